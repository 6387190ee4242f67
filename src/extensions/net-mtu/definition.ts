/** `net-mtu` and `net-mtu-writable` as data. Source: Networking API v2.0, "Network MTU". */
import { defineExtension } from '#resource/definition.ts'

export default defineExtension({
  alias: 'net-mtu',
  name: 'Network MTU',
  description: 'Provides MTU attribute for a network resource.',
  updated: '2015-03-25T10:00:00-00:00',
  requires: ['network', 'subnet'],

  extends: {
    network: {
      mtu: {
        type: { integer: { min: 0 } },
        allow: 'post put',
        default: 0,
        query: 'filter sort',
        help: 'Zero: the largest that the way the network is carried allows.',
      },
    },
  },
  announces: [
    {
      alias: 'net-mtu-writable',
      name: 'Network MTU (writable)',
      description: 'Provides a writable MTU attribute for a network resource.',
      updated: '2017-07-12T00:00:00-00:00',
    },
  ],
})
