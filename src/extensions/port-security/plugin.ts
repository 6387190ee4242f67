/**
 * Whether a port's packets are looked at: said by the port, else by its network; ports of the network itself
 * (`network:*`) never are. What that means for groups and address pairs is for those features to say.
 * Source: Networking API v2.0, "Port security".
 */
import { isIn } from '#base/predicate.ts'
import { networks } from '#core/network/tables.ts'
import type { Port } from '#core/port/tables.ts'
import { definePlugin } from '#plugin/plugin.ts'
import type { Tx } from '#store/store.ts'
import api from './definition.ts'
import './tables.ts'

export default definePlugin({
  api,
  start({ events }) {
    events.before<Port>('port', 'create', async ({ tx, rows }) => {
      for (const row of rows) if (row.device_owner?.startsWith('network:')) row.port_security_enabled = false
      const unsaid = rows.filter((row) => row.port_security_enabled === undefined || row.port_security_enabled === null)
      const off = await insecure(tx, new Set(unsaid.map(({ network_id }) => network_id!)))
      for (const row of unsaid) row.port_security_enabled = !off.has(row.network_id!)
    })
  },
})

/** Those of the networks whose new ports are not looked at. */
async function insecure(tx: Tx, networkIds: ReadonlySet<string>): Promise<Set<string>> {
  if (networkIds.size === 0) return new Set()
  const where = isIn('id', [...networkIds])
  const found = await tx.select(networks, { where, columns: ['id', 'port_security_enabled'] })
  return new Set(found.filter(({ port_security_enabled }) => !port_security_enabled).map(({ id }) => id))
}
