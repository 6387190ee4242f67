/**
 * Security groups: default groups, rules, the port attribute, and what agents ask and are told.
 * Source: Networking API v2.0, "Security groups", "Security group rules".
 */
import type { Json, JsonObject } from '#base/json.ts'
import { isIn, type Predicate } from '#base/predicate.ts'
import { type Creating, type Deleting, definePlugin, type PluginHost, type Updating } from '#plugin/plugin.ts'
import { l2Plugin } from '#rpc/contract/l2.ts'
import type { Tx } from '#store/store.ts'
import { announceSecurityGroups } from './announce.ts'
import api from './definition.ts'
import {
  DuplicateSecurityGroupRuleInPost,
  SecurityGroupCannotRemoveDefault,
  SecurityGroupCannotUpdateDefault,
  SecurityGroupInUse,
  SecurityGroupNotFound,
  SecurityGroupNotSingleGroupRules,
  SecurityGroupRuleExists,
  SecurityGroupRulesNotSingleProject,
} from './errors.ts'
import { countFirstRules, ensureDefaultGroups, insertFirstRules } from './groups.ts'
import { infoForDevices } from './info.ts'
import { isInUse, serveSecurityGroupsOfPorts } from './ports.ts'
import { checkedRule, normalizedCidr, type RuleMeaning, ruleKey } from './rules.ts'
import {
  defaultSecurityGroups,
  type SecurityGroup,
  type SecurityGroupRule,
  securityGroupRules,
  securityGroups,
} from './tables.ts'

export default definePlugin({
  api,
  start(host: PluginHost) {
    serveGroups(host)
    serveRules(host)
    serveSecurityGroupsOfPorts(host)
    announceSecurityGroups(host)
    host.answer(l2Plugin.topic, '1.3', {
      security_group_info_for_devices: async ({ devices }) =>
        (await host.store.read((tx) => infoForDevices(tx, devices as readonly string[]))) as unknown as Json,
    })
  },
})

function serveGroups({ serve, show, resources, quotas, clock }: PluginHost): void {
  serve<SecurityGroup>('security_group', securityGroups, {
    async beforeRead(op) {
      await ensureDefaultGroups(op, resources, [op.context.projectId])
    },
    async beforeCreate({ rows, tx, context }) {
      for (const row of rows) row.is_default ??= false
      const projects = rows.filter((row) => !row.is_default).map(({ project_id }) => project_id)
      await ensureDefaultGroups({ tx, context }, resources, projects)
      await refuseWithoutRoom(tx, quotas, projects)
    },
    afterCreate: ({ tx, rows }) => insertFirstRules(tx, rows, clock),
    beforeUpdate: refuseUpdate,
    beforeDelete: (deleting) => removeWhatRefers(deleting, resources),
  })

  show<SecurityGroup>('security_group', ['security_group_rules'], async ({ tx, rows }) => {
    const rules = await tx.select(securityGroupRules, {
      where: isIn(
        'security_group_id',
        rows.map(({ id }) => id),
      ),
      sort: [{ column: 'created_at', direction: 'asc' }],
    })
    const byGroup = Map.groupBy(rules, ({ security_group_id }) => security_group_id)
    return new Map(rows.map(({ id }) => [id, { security_group_rules: (byGroup.get(id) ?? []).map(shown) }]))
  })
}

/** A group comes with rules, and they count. A default group, which nobody asked for, is made in any case. */
async function refuseWithoutRoom(
  tx: Tx,
  quotas: PluginHost['quotas'],
  projectIds: readonly (string | null | undefined)[],
): Promise<void> {
  const first = await countFirstRules(tx)
  const groups = Map.groupBy(
    projectIds.filter((id) => !!id),
    (id) => id as string,
  )
  const amounts = new Map([...groups].map(([projectId, { length }]) => [projectId, length * first]))
  const check = await quotas.admit(tx, 'security_group_rule', amounts)
  await check()
}

/** A rule inside its group, as it is shown by itself; there it has no tags, here an empty list of them. */
function shown({ rule_key: _key, ...rule }: SecurityGroupRule): JsonObject {
  return { ...rule, tenant_id: rule.project_id, tags: [] }
}

async function refuseUpdate({ before, values }: Updating<SecurityGroup>): Promise<void> {
  if (before.name === 'default' && 'name' in values) throw SecurityGroupCannotUpdateDefault()
}

/** Other groups' rules that refer to the group go with it, and those groups have changed. */
async function removeWhatRefers(
  { tx, context, before }: Deleting<SecurityGroup>,
  resources: PluginHost['resources'],
): Promise<void> {
  if (await isInUse(tx, before.id)) throw SecurityGroupInUse({ id: before.id })
  if (before.name === 'default' && !context.isAdmin) throw SecurityGroupCannotRemoveDefault()
  const referring = await tx.list(securityGroupRules, { remote_group_id: before.id })
  const others = [...new Set(referring.map(({ security_group_id }) => security_group_id))]
  await tx.remove(securityGroupRules, { remote_group_id: before.id })
  await resources.touch(
    { tx, context },
    'security_group',
    others.filter((id) => id !== before.id),
  )
  await tx.remove(defaultSecurityGroups, { security_group_id: before.id })
}

function serveRules({ serve, resources }: PluginHost): void {
  serve<SecurityGroupRule>('security_group_rule', securityGroupRules, {
    async beforeRead(op) {
      await ensureDefaultGroups(op, resources, [op.context.projectId])
    },
    beforeCreate: (creating) => prepareRules(creating, resources),
    async beforeDelete({ tx, context, before }) {
      await resources.touch({ tx, context }, 'security_group', [before.security_group_id])
    },
    filters: { port_range_min: byNumber('port_range_min'), port_range_max: byNumber('port_range_max') },
  })
}

function byNumber(column: string): (values: readonly Json[]) => Predicate {
  return (values) =>
    isIn(
      column,
      values.map(Number).filter((value) => Number.isSafeInteger(value)),
    )
}

/** Checks every rule of the request, then the group it is for, then that none is there already. */
async function prepareRules(
  { tx, context, rows }: Creating<SecurityGroupRule>,
  resources: PluginHost['resources'],
): Promise<void> {
  if (new Set(rows.map(({ security_group_id }) => security_group_id)).size > 1) throw SecurityGroupNotSingleGroupRules()
  if (new Set(rows.map(({ project_id }) => project_id)).size > 1) throw SecurityGroupRulesNotSingleProject()
  for (const row of rows) {
    row.remote_group_id ||= null
    row.remote_address_group_id ||= null
    Object.assign(row, checkedRule(row as RuleMeaning))
    row.normalized_cidr = normalizedCidr(row.remote_ip_prefix ?? null)
    row.rule_key = ruleKey(row as RuleMeaning)
  }
  const groupId = rows[0]!.security_group_id!
  const remotes = rows.flatMap(({ remote_group_id }) => remote_group_id || [])
  const groups = await tx.list(securityGroups, { id: [...new Set([...remotes, groupId])] })
  const own = ({ project_id }: SecurityGroup) => context.isAdmin || project_id === (rows[0]!.project_id ?? null)
  const known = new Map(groups.filter(own).map((group) => [group.id, group]))
  const missing = [...remotes, groupId].find((id) => !known.has(id))
  if (missing !== undefined) throw SecurityGroupNotFound({ id: missing })
  for (const row of rows) row.belongs_to_default_sg = known.get(groupId)!.is_default

  // The group's row is written first, so that two requests for one group follow each other.
  await resources.touch({ tx, context }, 'security_group', [groupId])
  await refuseDuplicates(tx, groupId, rows)
}

async function refuseDuplicates(tx: Tx, groupId: string, rows: Creating<SecurityGroupRule>['rows']): Promise<void> {
  const keys = [...new Set(rows.map(({ rule_key }) => rule_key!))]
  if (keys.length < rows.length) throw DuplicateSecurityGroupRuleInPost()
  const there = await tx.list(securityGroupRules, { security_group_id: groupId, rule_key: keys })
  if (there.length > 0) throw SecurityGroupRuleExists({ rule_id: there[0]!.id })
}
