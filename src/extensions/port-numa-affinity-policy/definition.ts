/** `port-numa-affinity-policy` as data. Source: Networking API v2.0, "Port NUMA affinity policy". */
import { defineExtension } from '#resource/definition.ts'

export default defineExtension({
  alias: 'port-numa-affinity-policy',
  name: 'Port NUMA affinity policy',
  description: 'Expose the port NUMA affinity policy',
  updated: '2020-07-08T10:00:00-00:00',
  requires: ['port'],

  extends: {
    port: {
      numa_affinity_policy: {
        type: { values: ['required', 'preferred', 'legacy', 'socket'], nullable: true },
        allow: 'post put',
        default: null,
        help: 'How near the device is to be to the processors of the instance, which Nova sees to.',
      },
    },
  },
  announces: [
    {
      alias: 'port-numa-affinity-policy-socket',
      name: 'Port NUMA affinity policy "socket"',
      description: 'Adds "socket" to the supported port NUMA affinity policies',
      updated: '2024-02-09T10:00:00-00:00',
    },
  ],
})
