/**
 * Addresses a port may use besides its own: how many, whose MAC, and only with port security. What is a pair is checked
 * in pairs.ts.
 * Source: Networking API v2.0, "Allowed address pairs"; option `max_allowed_address_pair`.
 */
import type { Port } from '#core/port/tables.ts'
import { type Draft, definePlugin } from '#plugin/plugin.ts'
import api from './definition.ts'
import { AddressPairAndPortSecurityRequired, AllowedAddressPairExhausted } from './errors.ts'
import { addressPairOptions } from './options.ts'
import { completePairs } from './pairs.ts'
import './tables.ts'

export default definePlugin({
  api,
  start({ events, config }) {
    const { max_allowed_address_pair: quota } = config.of(addressPairOptions)

    /** As sent, the MAC may be missing. */
    function complete(row: Draft<Port>): void {
      const pairs = row.allowed_address_pairs ?? []
      if (pairs.length > quota) throw AllowedAddressPairExhausted({ quota })
      row.allowed_address_pairs = completePairs(pairs, row.mac_address!)
    }

    events.before<Port>('port', 'create', async ({ rows }) => {
      for (const row of rows) {
        complete(row)
        refuseInsecure(row)
      }
    })
    events.before<Port>('port', 'update', async ({ values, after }) => {
      if ('allowed_address_pairs' in values) complete(after)
      refuseInsecure(after)
    })
  },
})

function refuseInsecure({ port_security_enabled, allowed_address_pairs }: Draft<Port>): void {
  if (port_security_enabled === false && (allowed_address_pairs ?? []).length > 0) {
    throw AddressPairAndPortSecurityRequired()
  }
}
