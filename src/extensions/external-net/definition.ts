/** `external-net` as data. Source: Networking API v2.0, "External network". */
import { defineExtension } from '#resource/definition.ts'

export default defineExtension({
  alias: 'external-net',
  name: 'Neutron external network',
  description: 'Adds external network attribute to network resource.',
  updated: '2013-01-14T10:00:00-00:00',
  requires: ['network', 'subnet'],

  extends: {
    network: {
      'router:external': {
        type: 'boolean',
        allow: 'post put',
        default: false,
        query: 'filter',
        policy: 'enforce',
        granted: { object: 'network', action: 'access_as_external' },
        help: 'Whether routers may have their gateway there.',
      },
    },
    subnet: {
      'router:external': {
        type: 'boolean',
        query: 'filter',
        granted: { object: 'network', action: 'access_as_external', by: 'network_id' },
      },
    },
  },
  announces: [
    {
      alias: 'subnet-external-network',
      name: 'Subnet belongs to an external network',
      description: 'Informs if the subnet belongs to an external network',
      updated: '2024-02-05T18:00:00-00:00',
    },
  ],
})
