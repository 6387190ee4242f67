/**
 * Networks: status, sharing, and what goes with a network when it is deleted. Segments, MTU and the external flag are
 * other features' (ml2, net-mtu, external-net).
 * Source: Networking API v2.0, "Networks"; deleting a network with foreign ports replies 409 `NetworkInUse`.
 */
import { and, isIn, not, type Predicate } from '#base/predicate.ts'
import { AUTO_DELETE_OWNERS } from '#core/port/plan.ts'
import { ports } from '#core/port/tables.ts'
import { subnets } from '#core/subnet/tables.ts'
import { keepWhileUsed, rbacPolicies } from '#plugin/grants.ts'
import { type Deleting, definePlugin, type PluginHost, type Updating } from '#plugin/plugin.ts'
import { EVERYBODY } from '#resource/granted.ts'
import type { Tx } from '#store/store.ts'
import api from './definition.ts'
import { InvalidSharedSetting, NetworkInUse } from './errors.ts'
import { type Network, networks } from './tables.ts'

/** Ports named in a refusal. */
const NAMED_MAX = 100

export default definePlugin({
  api,
  start(host: PluginHost) {
    host.serve('network', networks, {
      async beforeCreate({ rows }) {
        for (const row of rows) row.status = 'ACTIVE'
      },
      beforeUpdate: keepSharedWithUsers,
      beforeDelete: (deleting) => emptyNetwork(host, deleting),
    })

    keepWhileUsed(host, {
      object: 'network',
      action: 'access_as_shared',
      used: async (tx, id, projects) => (await tx.count(ports, and(isIn('network_id', [id]), projects))) > 0,
      details: ({ object_id }) => InvalidSharedSetting({ network: object_id }).message,
    })

    host.show<Network>('network', ['subnets'], async ({ tx, rows }) => {
      const byNetwork = await subnetIds(
        tx,
        rows.map(({ id }) => id),
      )
      return new Map(rows.map(({ id }) => [id, { subnets: byNetwork.get(id) ?? [] }]))
    })
  },
})

/** Ids of the subnets on each network, oldest first. */
async function subnetIds(tx: Tx, networkIds: readonly string[]): Promise<Map<string, string[]>> {
  const rows = await tx.select(subnets, {
    where: isIn('network_id', networkIds),
    columns: ['id', 'network_id'],
    sort: [{ column: 'created_at', direction: 'asc' }],
  })
  const ids = new Map<string, string[]>()
  for (const { id, network_id } of rows) {
    const known = ids.get(network_id)
    if (known) known.push(id)
    else ids.set(network_id, [id])
  }
  return ids
}

/**
 * Sharing with everybody ends only while whoever has a port or subnet on the network may still use it.
 * @throws InvalidSharedSetting
 */
async function keepSharedWithUsers({ tx, before, values }: Updating<Network>): Promise<void> {
  if (values.shared !== false) return
  const entries = await tx.list(rbacPolicies, { object_id: before.id, action: 'access_as_shared' })
  const targets = entries.map(({ target_tenant }) => target_tenant)
  if (!targets.includes(EVERYBODY)) return
  const onNetwork = isIn('network_id', [before.id])
  const foreign = not(isIn('project_id', [before.project_id, '', ...targets]))
  const services: Predicate = { op: 'starts', column: 'device_owner', text: 'network:' }
  const others =
    (await tx.count(ports, and(onNetwork, foreign, not(services)))) + (await tx.count(subnets, and(onNetwork, foreign)))
  if (others > 0) throw InvalidSharedSetting({ network: before.name })
}

/**
 * Takes the network's own ports and its subnets away.
 * @throws NetworkInUse when a port of anybody else is there.
 */
async function emptyNetwork({ resources }: PluginHost, { tx, context, before }: Deleting<Network>): Promise<void> {
  const onNetwork = isIn('network_id', [before.id])
  const kept = await tx.select(ports, {
    where: and(onNetwork, not(isIn('device_owner', AUTO_DELETE_OWNERS))),
    columns: ['id'],
    limit: NAMED_MAX,
  })
  if (kept.length > 0) {
    const ids = kept.map(({ id }) => id).join(',')
    throw NetworkInUse({
      net_id: before.id,
      reason: `There are one or more ports still in use on the network, id for these ports is: ${ids}`,
    })
  }
  const own = await tx.select(ports, { where: onNetwork, columns: ['id'] })
  for (const { id } of own) await resources.remove({ tx, context }, 'port', id)
  const below = await tx.select(subnets, { where: onNetwork, columns: ['id'] })
  for (const { id } of below) await resources.remove({ tx, context }, 'subnet', id)
}
