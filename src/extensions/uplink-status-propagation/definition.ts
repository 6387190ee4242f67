/** `uplink-status-propagation` as data. Source: Networking API v2.0, "Uplink status propagation". */
import { defineExtension } from '#resource/definition.ts'

export default defineExtension({
  alias: 'uplink-status-propagation',
  name: 'Uplink status propagation extension',
  description: 'Provides ability to propagate port uplink status.',
  updated: '2018-05-31T18:00:00-00:00',
  requires: ['port'],

  extends: {
    port: {
      propagate_uplink_status: {
        type: 'boolean',
        allow: 'post put',
        default: true,
        help: 'Whether the device of an SR-IOV port goes down with the one of its host.',
      },
    },
  },
  announces: [
    {
      alias: 'uplink-status-propagation-updatable',
      name: 'Uplink status propagation updatable extension',
      description: 'Provides ability to update the port uplink status.',
      updated: '2024-09-03T18:00:00-00:00',
    },
  ],
})
