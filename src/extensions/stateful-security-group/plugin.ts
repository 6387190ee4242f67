/**
 * Stateful and stateless security groups: what a new group is, where the request does not say; a group that ports are
 * in stays what it is, and the groups of a port are of one kind. What L2 agents are told of it is part of each rule
 * (extensions/security-group/info.ts).
 * Source: Networking API v2.0, "Security groups", `stateful`; "Security groups default statefulness".
 */
import { isIn } from '#base/predicate.ts'
import type { Port } from '#core/port/tables.ts'
import { SecurityGroupInUse } from '#extensions/security-group/errors.ts'
import { portSecurityGroups, type SecurityGroup, securityGroups } from '#extensions/security-group/tables.ts'
import { defaultStatefulness, EVERYWHERE } from '#extensions/security-groups-default-statefulness/tables.ts'
import { type Creating, definePlugin } from '#plugin/plugin.ts'
import type { Tx } from '#store/store.ts'
import api from './definition.ts'
import { SecurityGroupConflict } from './errors.ts'
import './tables.ts'

const MIXED = 'Cannot apply both stateful and stateless security groups on the same port at the same time'

export default definePlugin({
  api,
  start({ events }) {
    events.before<SecurityGroup>('security_group', 'create', setDefaults)
    events.before<SecurityGroup>('security_group', 'update', async ({ tx, before, after }) => {
      if (before.stateful === after.stateful) return
      if (await tx.exists(portSecurityGroups, { security_group_id: before.id })) {
        throw SecurityGroupInUse({ id: before.id })
      }
    })
    // The port is in its groups by now, which keeps them from being changed until this transaction ends.
    events.precommit<Port>('port', 'create', ({ tx, rows }) => refuseMixed(tx, rows))
    events.precommit<Port>('port', 'update', ({ tx, after }) => refuseMixed(tx, [after]))
  },
})

/** What the request does not say, the project's setting does, or that for all. A default group is stateful. */
async function setDefaults({ tx, rows }: Creating<SecurityGroup>): Promise<void> {
  for (const row of rows) if (row.is_default) row.stateful ??= true
  const open = rows.filter(({ stateful }) => stateful === undefined)
  if (open.length === 0) return
  const scopes = [...new Set([EVERYWHERE, ...open.flatMap(({ project_id }) => project_id ?? [])])]
  const settings = await tx.list(defaultStatefulness, { scope: scopes })
  const of = new Map(settings.map(({ scope, stateful }) => [scope, stateful]))
  for (const row of open) row.stateful = of.get(row.project_id ?? EVERYWHERE) ?? of.get(EVERYWHERE) ?? true
}

/** One statement for all ports; none where no port has several groups. @throws SecurityGroupConflict */
async function refuseMixed(tx: Tx, rows: readonly Port[]): Promise<void> {
  const several = rows.map(({ security_groups }) => security_groups ?? []).filter(({ length }) => length > 1)
  if (several.length === 0) return
  const where = isIn('id', [...new Set(several.flat())])
  const groups = await tx.select(securityGroups, { where, columns: ['id', 'stateful'] })
  const stateful = new Map(groups.map((group) => [group.id, group.stateful]))
  for (const ids of several) {
    if (new Set(ids.map((id) => stateful.get(id))).size > 1) throw SecurityGroupConflict({ reason: MIXED })
  }
}
