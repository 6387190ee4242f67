/**
 * Zones of networks: those they are wanted in, which must exist, and those of the DHCP agents that serve them. That
 * agents are chosen by zone is dhcp_agent_scheduler's.
 * Source: Networking API v2.0, "Networks", availability zones.
 */
import { isIn } from '#base/predicate.ts'
import { common } from '#config/common.ts'
import type { Network } from '#core/network/tables.ts'
import { checkZones, zonesOfPlaces } from '#extensions/availability_zone/tables.ts'
import { networkDhcpAgents } from '#extensions/dhcp_agent_scheduler/tables.ts'
import { definePlugin } from '#plugin/plugin.ts'
import api from './definition.ts'
import './tables.ts'

export default definePlugin({
  api,
  start({ config, events, show }) {
    const { default_availability_zones } = config.of(common)
    events.before<Network>('network', 'create', async ({ tx, rows }) => {
      // A default that no agent fulfils refuses every network, as it does upstream: better than one nobody serves.
      const hinted = rows.map(({ availability_zone_hints = [] }) => availability_zone_hints)
      const wanted = hinted.map((hints) => (hints.length > 0 ? hints.toSorted() : default_availability_zones))
      await checkZones(tx, 'DHCP agent', [...new Set(wanted.flat())])
      for (const [index, row] of rows.entries()) row.availability_zone_hints = wanted[index]!
    })
    show<Network>('network', ['availability_zones'], async ({ tx, rows }) => {
      const ids = rows.map(({ id }) => id)
      const places = await tx.select(networkDhcpAgents, { where: isIn('network_id', ids) })
      const zones = await zonesOfPlaces(
        tx,
        places.map(({ network_id, dhcp_agent_id }) => ({ of: network_id, agent_id: dhcp_agent_id })),
      )
      return new Map(ids.map((id) => [id, { availability_zones: zones.get(id) ?? [] }]))
    })
  },
})
