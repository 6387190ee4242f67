/**
 * `flavors` as data: flavors, service profiles, and `service-type`, the providers there are; paths below a flavor are
 * served by routes.ts. Source: Networking API v2.0, "Networking flavors framework", "Service providers".
 */
import { defineExtension, identity } from '#resource/definition.ts'

/** Sent by tradition, kept by nobody. */
const project_id = { type: 'string', allow: 'post', hidden: true } as const
const name = { type: 'string', allow: 'post put', default: '', query: 'filter sort' } as const
const description = {
  type: { string: { max: 1024 }, nullable: true },
  allow: 'post put',
  default: '',
  query: 'filter sort',
} as const
const enabled = { type: 'boolean', allow: 'post put', default: true, query: 'filter sort' } as const

export default defineExtension({
  alias: 'flavors',
  name: 'Neutron Service Flavors',
  description: 'Flavor specification for Neutron advanced services.',
  updated: '2015-09-17T10:00:00-00:00',

  resources: [
    {
      name: 'flavor',
      collection: 'flavors',
      notFound: { type: 'FlavorNotFound', text: 'Flavor %(id)s could not be found.' },
      attributes: {
        id: identity.id,
        name,
        description,
        service_type: { type: 'any', allow: 'post', query: 'filter sort', help: 'L3_ROUTER_NAT, METERING, …' },
        project_id,
        service_profiles: {
          type: 'uuids',
          allow: 'post put',
          default: [],
          help: 'Ids of its profiles. Taken so that objects may be sent back; changed below the path of the flavor.',
        },
        enabled,
      },
    },
    {
      name: 'service_profile',
      collection: 'service_profiles',
      notFound: { type: 'ServiceProfileNotFound', text: 'Service Profile %(id)s could not be found.' },
      attributes: {
        id: identity.id,
        description,
        driver: {
          type: { string: { max: 1024 } },
          allow: 'post put',
          default: '',
          query: 'filter sort',
          help: 'Of a service provider.',
        },
        metainfo: { type: 'any', allow: 'post put', default: '', query: 'sort', help: 'For the driver.' },
        project_id,
        enabled,
      },
    },
  ],
  extends: {
    router: {
      flavor_id: {
        type: 'any',
        allow: 'post',
        optional: true,
        query: 'sort',
        policy: 'enforce',
        help: 'A flavor whose provider makes such routers.',
      },
    },
  },
  announces: [
    {
      alias: 'service-type',
      name: 'Neutron Service Type Management',
      description: 'API for retrieving service providers for Neutron advanced services',
      updated: '2013-01-20T00:00:00-00:00',
    },
  ],
})
