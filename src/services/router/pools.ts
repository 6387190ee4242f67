/**
 * Where floating IPs may come from: the IPv4 subnets of external networks, to everybody as their own, because their
 * owners are not what is asked for. Source: Networking API v2.0, "Floating IP pools"; upstream's answers.
 */

import { and, equals } from '#base/predicate.ts'
import { subnets } from '#core/subnet/tables.ts'
import type { PluginHost } from '#plugin/plugin.ts'
import { smallList } from '#plugin/small-list.ts'
import type { Tx } from '#store/store.ts'

const EXTERNAL = and(equals('router:external', true), equals('ip_version', 4))

export function poolRoutes({ route, store }: PluginHost): void {
  route('GET', '/floatingip_pools', async ({ query, context, enforce }) => {
    const { projectId: project_id } = context
    await enforce('get_floatingip_pool', { project_id })
    const rows = await store.read(readPools)
    const pools = rows.map(({ id, name, network_id, cidr }) => ({
      subnet_id: id,
      subnet_name: name,
      network_id,
      cidr,
      project_id,
      tenant_id: project_id,
    }))
    return { status: 200, body: { floatingip_pools: smallList(pools, [], query) } }
  })
}

function readPools(tx: Tx) {
  return tx.select(subnets, {
    where: EXTERNAL,
    columns: ['id', 'name', 'network_id', 'cidr'],
    sort: [{ column: 'id', direction: 'asc' }],
  })
}
