/**
 * What L2 agents are told of security groups: ids only, and only of groups that matter to a port. A hundred changes of
 * one group in a page are one cast.
 * Source: reference of agents and RPC, §4, server → L2 agents.
 */
import { isIn } from '#base/predicate.ts'
import { ADDRESSES } from '#extensions/address-group/tables.ts'
import type { Cast, PluginHost } from '#plugin/plugin.ts'
import { securityGroupUpdate } from '#rpc/contract/l2.ts'
import type { Change, Tx } from '#store/store.ts'
import { MEMBERS } from './ports.ts'
import { portSecurityGroups, securityGroupRules } from './tables.ts'

/** Groups named in one cast. */
const GROUPS_MAX = 500

interface Page {
  readonly tx: Tx
  readonly changes: readonly Change[]
}

export function announceSecurityGroups({ announce }: PluginHost): void {
  announce('security_group', async ({ tx, changes }: Page) => {
    const changed = idsOf(changes.filter(({ kind }) => kind === 'update'))
    const used = await distinct(tx, portSecurityGroups.name, 'security_group_id', changed)
    return casts('security_groups_rule_updated', used)
  })
  announce(MEMBERS, async ({ tx, changes }: Page) => {
    const referred = await distinct(tx, securityGroupRules.name, 'remote_group_id', idsOf(changes))
    return casts('security_groups_member_updated', referred)
  })
  announce(ADDRESSES, async ({ tx, changes }: Page) => {
    const referring = await groupsReferringTo(tx, idsOf(changes))
    const used = await distinct(tx, portSecurityGroups.name, 'security_group_id', referring)
    return casts('security_groups_rule_updated', used)
  })
}

function idsOf(changes: readonly Change[]): string[] {
  return [...new Set(changes.map(({ id }) => id))]
}

/** The security groups with a rule about one of those address groups. */
async function groupsReferringTo(tx: Tx, addressGroupIds: readonly string[]): Promise<string[]> {
  const found = new Set<string>()
  for (let index = 0; index < addressGroupIds.length; index += GROUPS_MAX) {
    const where = isIn('remote_address_group_id', addressGroupIds.slice(index, index + GROUPS_MAX))
    const rules = await tx.select(securityGroupRules, { where, columns: ['id', 'security_group_id'] })
    for (const { security_group_id } of rules) found.add(security_group_id)
  }
  return [...found]
}

/** Those of the ids that the column has. */
async function distinct(tx: Tx, table: string, column: string, ids: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (let index = 0; index < ids.length; index += GROUPS_MAX) {
    const slice = ids.slice(index, index + GROUPS_MAX)
    const rows = await tx.sql.selectFrom(table).select(column).distinct().where(column, 'in', slice).execute()
    found.push(...rows.map((row) => String(row[column])))
  }
  return found.sort()
}

function casts(method: keyof typeof securityGroupUpdate.methods, groups: readonly string[]): Cast[] {
  const all: Cast[] = []
  for (let index = 0; index < groups.length; index += GROUPS_MAX) {
    all.push({
      topic: securityGroupUpdate.topic,
      method,
      args: { security_groups: groups.slice(index, index + GROUPS_MAX) },
      version: securityGroupUpdate.version,
    })
  }
  return all
}
