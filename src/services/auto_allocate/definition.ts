/** `auto-allocated-topology` as data; its path is served by plugin.ts. Source: Networking API v2.0, "Auto allocated topologies". */
import { defineExtension } from '#resource/definition.ts'

export default defineExtension({
  alias: 'auto-allocated-topology',
  name: 'Auto Allocated Topology Services',
  description: 'Auto Allocated Topology Services.',
  updated: '2016-01-01T00:00:00-00:00',
  requires: ['router', 'subnet_allocation', 'external-net'],
  extends: {
    network: {
      is_default: {
        type: 'boolean',
        allow: 'post put',
        default: false,
        query: 'filter',
        policy: 'enforce',
        help: 'Whether topologies made for projects have their gateway there. Of an external network only.',
      },
    },
  },
})
