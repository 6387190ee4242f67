/**
 * External networks: subnets carry their network's flag. Whether a network in use may stop being external is for those
 * who use it to say (services/router).
 */
import { type Network, networks } from '#core/network/tables.ts'
import { type Subnet, subnets } from '#core/subnet/tables.ts'
import { definePlugin } from '#plugin/plugin.ts'
import api from './definition.ts'
import './tables.ts'

export default definePlugin({
  api,
  start({ events }) {
    events.before<Subnet>('subnet', 'create', async ({ tx, rows }) => {
      const parents = await tx.list(networks, { id: [...new Set(rows.map(({ network_id }) => network_id!))] })
      const external = new Set(parents.flatMap((network) => (network['router:external'] ? [network.id] : [])))
      for (const row of rows) row['router:external'] = external.has(row.network_id!)
    })

    events.precommit<Network>('network', 'update', async ({ tx, before, after }) => {
      if (before['router:external'] === after['router:external']) return
      await tx.update(subnets, { network_id: after.id }, { 'router:external': after['router:external'] })
    })
  },
})
