/** Every feature there is, with ML2 set up as tests of networks, subnets and ports have it. No HTTP, no agents. */

import { systemClock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import type { PlainValues } from '#config/config.ts'
import { configOf } from '#config/config.ts'
import { systemContext } from '#plugin/context.ts'
import { discover, type Feature } from '#plugin/discover.ts'
import type { Operation } from '#plugin/plugin.ts'
import { type Started, startPlugins } from '#plugin/start.ts'
import { openStore } from '#store/database.ts'
import { migrate } from '#store/migrate.ts'
import type { Store, Tx } from '#store/store.ts'

/** ML2 as tests have it: every type, and ids enough. */
export const ML2: PlainValues = {
  ml2: { project_network_types: 'vxlan', mechanism_drivers: 'openvswitch' },
  ml2_type_vlan: { network_vlan_ranges: 'physnet1:100:199,physnet2' },
  ml2_type_vxlan: { vni_ranges: '1:10000' },
  ml2_type_gre: { tunnel_id_ranges: '1:1000' },
  ml2_type_geneve: { vni_ranges: '1:1000' },
  quotas: { quota_network: '-1', quota_subnet: '-1', quota_port: '-1' },
}

export function coreFeatures(): Promise<Feature[]> {
  return discover()
}

export function startCore(store: Store, features: readonly Feature[], values: PlainValues = ML2): Promise<Started> {
  return startPlugins({ features, config: configOf(values), store, clock: systemClock, log: silentLog })
}

/** An operation of the system itself in that transaction. */
export function systemOperation(tx: Tx): Operation {
  return { tx, context: systemContext('req-00000000-0000-4000-8000-000000000000') }
}

/** An empty database in memory with what these features keep in it. */
export async function coreStore(features: readonly Feature[]): Promise<Store> {
  const store = await openStore('sqlite://', { log: silentLog, clock: systemClock })
  await migrate(
    store,
    features.flatMap(({ migrations }) => migrations),
  )
  return store
}
