/** `provider` as data: how a network is carried. Source: Networking API v2.0, "Provider extended attributes". */
import { defineExtension } from '#resource/definition.ts'

export default defineExtension({
  alias: 'provider',
  name: 'Provider Network',
  description: 'Expose mapping of virtual networks to physical networks',
  updated: '2012-09-07T10:00:00-00:00',
  requires: ['network'],

  extends: {
    network: {
      'provider:network_type': {
        type: { string: { max: 32 }, nullable: true },
        allow: 'post put',
        optional: true,
        query: 'filter',
        policy: 'enforce',
      },
      'provider:physical_network': {
        type: { string: { max: 64 }, nullable: true },
        allow: 'post put',
        optional: true,
        query: 'filter',
        policy: 'enforce',
      },
      'provider:segmentation_id': {
        type: { integer: { max: 2 ** 32 - 1 }, nullable: true },
        allow: 'post put',
        optional: true,
        query: 'filter',
        policy: 'enforce',
      },
    },
  },
})
