/** `network` as data: what the API accepts, shows and sorts by. Source: Networking API v2.0, "Networks". */
import { defineExtension, identity, standard, tagged } from '#resource/definition.ts'

export default defineExtension({
  alias: 'network',
  name: 'Neutron L2 Network',
  description: 'Layer 2 network abstraction',
  updated: '2012-01-01T10:00:00-00:00',
  unlisted: true,

  resources: [
    {
      name: 'network',
      collection: 'networks',
      notFound: { type: 'NetworkNotFound', text: 'Network %(id)s could not be found.' },
      quota: { default: 100 },
      attributes: {
        ...identity,
        ...standard,
        ...tagged,
        subnets: { type: 'any', help: 'Ids of the subnets on the network.' },
        admin_state_up: { type: 'boolean', allow: 'post put', default: true, query: 'filter sort' },
        status: { type: 'any', query: 'filter sort', help: 'ACTIVE, DOWN, BUILD or ERROR.' },
        shared: {
          type: 'boolean',
          allow: 'post put',
          default: false,
          query: 'filter',
          policy: 'enforce',
          granted: { object: 'network', action: 'access_as_shared' },
          help: "Whether the caller's project may use the network; set: every project may.",
        },
      },
    },
  ],
})
