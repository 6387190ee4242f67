/** `allowed-address-pairs` as data. Source: Networking API v2.0, "Allowed address pairs". */
import { defineExtension } from '#resource/definition.ts'
import { addressPairs } from './pairs.ts'

export default defineExtension({
  alias: 'allowed-address-pairs',
  name: 'Allowed Address Pairs',
  description: 'Provides allowed address pairs',
  updated: '2013-07-23T10:00:00-00:00',
  requires: ['port', 'port-security'],

  extends: {
    port: {
      allowed_address_pairs: {
        type: { check: addressPairs },
        allow: 'post put',
        optional: true,
        policy: 'enforce',
        help: "What the port may use besides its own: `ip_address` or a block, and `mac_address`, else the port's.",
      },
    },
  },

  announces: [
    {
      alias: 'aap-reject-multicast',
      name: 'Allowed address pairs reject multicast extension',
      description: 'Reject multicast addresses in Allowed Address Pairs',
      updated: '2026-04-01T00:00:00-00:00',
    },
  ],
})
