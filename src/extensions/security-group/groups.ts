/**
 * Groups: a project's `default` group, made on first use, and the rules a new group starts with. Two requests that meet a
 * project without one both try to take its row in `default_security_groups`; the key decides, the other finds it there.
 * Source: Networking API v2.0, "Security groups": every group lets everything out, the default group its own members in.
 */
import { type Clock, isoSeconds } from '#base/clock.ts'
import { newId } from '#base/ids.ts'
import { isIn } from '#base/predicate.ts'
import type { Operation, Resources } from '#plugin/plugin.ts'
import { StaleRow, type Tx } from '#store/store.ts'
import { ruleKey } from './rules.ts'
import { defaultSecurityGroups, type SecurityGroup, type SecurityGroupRule, securityGroupRules } from './tables.ts'

const DESCRIPTION = 'Default security group'
/** Rules every group starts with: everything out, for either family. */
export const FIRST_RULES = 2

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

/** Gives new groups the rules they start with. */
export async function insertFirstRules(tx: Tx, groups: readonly SecurityGroup[], clock: Clock): Promise<void> {
  const at = isoSeconds(clock.now())
  const rules = groups.flatMap((group) => firstRules(group, at))
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

/** Everything out for both families; into a default group, what comes from the group itself. Pure but for the ids. */
function firstRules({ id, project_id, is_default }: SecurityGroup, at: string): SecurityGroupRule[] {
  const rule = (direction: 'ingress' | 'egress', ethertype: 'IPv4' | 'IPv6'): SecurityGroupRule => {
    const meaning = {
      direction,
      ethertype,
      protocol: null,
      port_range_min: null,
      port_range_max: null,
      remote_group_id: direction === 'ingress' ? id : null,
      remote_address_group_id: null,
      remote_ip_prefix: null,
    }
    return {
      ...meaning,
      id: newId(),
      project_id,
      description: null,
      created_at: at,
      updated_at: at,
      revision_number: 0,
      security_group_id: id,
      normalized_cidr: null,
      belongs_to_default_sg: is_default,
      rule_key: ruleKey(meaning),
    }
  }
  const egress = [rule('egress', 'IPv4'), rule('egress', 'IPv6')]
  return is_default ? [...egress, rule('ingress', 'IPv4'), rule('ingress', 'IPv6')] : egress
}
