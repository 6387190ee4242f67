/**
 * Groups: a project's `default` group, made on first use, and the rules a new group starts with. Two requests that meet a
 * project without one both try to take its row in `default_security_groups`; the key decides, the other finds it there.
 * Source: Networking API v2.0, "Security groups", "Default security group rules".
 */
import { type Clock, isoSeconds } from '#base/clock.ts'
import { newId } from '#base/ids.ts'
import { isIn } from '#base/predicate.ts'
import { addressGroups } from '#extensions/address-group/tables.ts'
import {
  type DefaultSecurityGroupRule,
  defaultSecurityGroupRules,
  PARENT,
} from '#extensions/security-groups-default-rules/tables.ts'
import type { Operation, Resources } from '#plugin/plugin.ts'
import { MustWrite, StaleRow, type Tx } from '#store/store.ts'
import { normalizedCidr, ruleKey } from './rules.ts'
import {
  defaultSecurityGroups,
  type SecurityGroup,
  type SecurityGroupRule,
  securityGroupRules,
  securityGroups,
} from './tables.ts'

const DESCRIPTION = 'Default security group'

/**
 * The default group of each project, by project; made where it is missing. A project that is not the caller's is left
 * out unless the caller is an administrator.
 */
export async function ensureDefaultGroups(
  op: Operation,
  resources: Resources,
  projectIds: Iterable<string | null | undefined>,
): Promise<Map<string, string>> {
  const { tx, context } = op
  const wanted = [...new Set(projectIds)].filter(
    (id): id is string => !!id && (context.isAdmin || id === context.projectId),
  )
  const groups = await defaultGroups(tx, wanted)
  if (tx.readOnly && groups.size < wanted.length) throw new MustWrite('a default security group is to be made')
  for (const project_id of wanted.filter((id) => !groups.has(id)).sort()) {
    const id = newId()
    if ((await tx.insertMissing(defaultSecurityGroups, [{ project_id, security_group_id: id }])) === 1) {
      const group = { id, project_id, name: 'default', description: DESCRIPTION, is_default: true }
      await resources.create(op, 'security_group', [group])
      groups.set(project_id, id)
      continue
    }
    const made = (await defaultGroups(tx, [project_id])).get(project_id)
    // Another transaction has made it, and this one's snapshot is older: it must run again to see it.
    if (!made) throw new StaleRow(`the default security group of ${project_id} is being made`)
    groups.set(project_id, made)
  }
  return groups
}

async function defaultGroups(tx: Tx, projectIds: readonly string[]): Promise<Map<string, string>> {
  if (projectIds.length === 0) return new Map()
  const rows = await tx.select(defaultSecurityGroups, { where: isIn('project_id', projectIds) })
  return new Map(rows.map(({ project_id, security_group_id }) => [project_id, security_group_id]))
}

/** How many rules a group begins with that is no default group. */
export async function countFirstRules(tx: Tx): Promise<number> {
  return (await usableTemplates(tx)).filter(({ used_in_non_default_sg }) => used_in_non_default_sg).length
}

/** Gives new groups the rules they start with. */
export async function insertFirstRules(tx: Tx, groups: readonly SecurityGroup[], clock: Clock): Promise<void> {
  const templates = await usableTemplates(tx)
  const at = isoSeconds(clock.now())
  const rules = groups.flatMap((group) =>
    templates
      .filter((template) => (group.is_default ? template.used_in_default_sg : template.used_in_non_default_sg))
      .map((template) => ruleOf(template, group, at)),
  )
  if (rules.length === 0) return
  await tx.insert(securityGroupRules, rules)
  await tx.log(
    rules.map(({ id, project_id, security_group_id }) => ({
      resource: 'security_group_rule',
      id,
      kind: 'create' as const,
      project_id,
      revision_number: 0,
      detail: { security_group_id },
    })),
  )
}

/** Oldest first. One about a group that has gone would let nobody through, and is left out. */
async function usableTemplates(tx: Tx): Promise<DefaultSecurityGroupRule[]> {
  const templates = await tx.select(defaultSecurityGroupRules, { sort: [{ column: 'created_at', direction: 'asc' }] })
  const named = (ids: readonly (string | null)[]) => [...new Set(ids.filter((id) => id !== null && id !== PARENT))]
  const groupIds = named(templates.map(({ remote_group_id }) => remote_group_id))
  const addressGroupIds = named(templates.map(({ remote_address_group_id }) => remote_address_group_id)).sort()
  if (groupIds.length + addressGroupIds.length === 0) return templates
  // Who deletes one of them meanwhile waits, and finds the rules. (SQLite has one writer at a time.)
  if (tx.dialect !== 'sqlite' && addressGroupIds.length > 0) {
    const locked = tx.sql.selectFrom(addressGroups.name).select('id').where('id', 'in', addressGroupIds)
    await locked.orderBy('id').forUpdate().execute()
  }
  const columns = ['id']
  const found = [
    ...(await tx.select(securityGroups, { where: isIn('id', groupIds), columns })),
    ...(await tx.select(addressGroups, { where: isIn('id', addressGroupIds), columns })),
  ]
  const there = new Set<string | null>([null, PARENT, ...found.map(({ id }) => id)])
  return templates.filter((rule) => there.has(rule.remote_group_id) && there.has(rule.remote_address_group_id))
}

/** Pure but for the id. Templates' descriptions are about the template. */
function ruleOf(template: DefaultSecurityGroupRule, group: SecurityGroup, at: string): SecurityGroupRule {
  const { direction, ethertype, protocol, port_range_min, port_range_max, remote_address_group_id } = template
  const meaning = {
    direction,
    ethertype,
    protocol,
    port_range_min,
    port_range_max,
    remote_group_id: template.remote_group_id === PARENT ? group.id : template.remote_group_id,
    remote_address_group_id,
    remote_ip_prefix: template.remote_ip_prefix,
  }
  return {
    ...meaning,
    id: newId(),
    project_id: group.project_id,
    description: null,
    created_at: at,
    updated_at: at,
    revision_number: 0,
    security_group_id: group.id,
    normalized_cidr: normalizedCidr(template.remote_ip_prefix),
    belongs_to_default_sg: group.is_default,
    rule_key: ruleKey(meaning),
  }
}
