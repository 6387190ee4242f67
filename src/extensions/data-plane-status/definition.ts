/** `data-plane-status` as data. Source: Networking API v2.0, "Port data plane status". */
import { defineExtension } from '#resource/definition.ts'

export default defineExtension({
  alias: 'data-plane-status',
  name: 'Port data plane status extension',
  description: 'Expose status of underlying data plane',
  updated: '2017-01-24T10:00:00-00:00',
  requires: ['port'],

  extends: {
    port: {
      data_plane_status: {
        type: { values: ['ACTIVE', 'DOWN'], nullable: true },
        allow: 'put',
        policy: 'enforce',
        help: 'What whoever watches the network below says of it; null: nobody has.',
      },
    },
  },
})
