/** `address-scope` as data: what the API accepts, shows and sorts by. Source: Networking API v2.0, "Address scopes". */
import { defineExtension, identity } from '#resource/definition.ts'

export default defineExtension({
  alias: 'address-scope',
  name: 'Address scope',
  description: 'Address scopes extension.',
  updated: '2015-07-26T10:00:00-00:00',
  requires: ['network', 'subnet_allocation'],

  resources: [
    {
      name: 'address_scope',
      collection: 'address_scopes',
      attributes: {
        ...identity,
        shared: {
          type: 'boolean',
          allow: 'post put',
          default: false,
          query: 'filter sort',
          policy: 'enforce',
          granted: { object: 'address_scope', action: 'access_as_shared' },
        },
        ip_version: { type: { values: [4, 6] }, allow: 'post', query: 'filter sort' },
      },
    },
  ],
  extends: {
    subnetpool: {
      address_scope_id: { type: 'uuid?', allow: 'post put', optional: true, query: 'filter sort' },
    },
    network: {
      ipv4_address_scope: { type: 'uuid?', help: "The scope of the network's IPv4 subnets." },
      ipv6_address_scope: { type: 'uuid?', help: "The scope of the network's IPv6 subnets." },
    },
  },
})
