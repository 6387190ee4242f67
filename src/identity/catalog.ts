/** Where services are: told by whoever starts the identity, shown in tokens and lists. Pure. */
import { uuid5Dns } from '#base/ids.ts'
import type { JsonObject } from '#base/json.ts'

export interface Service {
  /** `network`, `identity` */
  readonly type: string
  /** `neutron` */
  readonly name: string
  /** The same for public, internal and admin. */
  readonly url: string
}

export interface Catalog {
  readonly region: string
  readonly services: readonly Service[]
}

const INTERFACES = ['public', 'internal', 'admin'] as const

/** Ids are made of what they stand for: the same after a restart. */
const serviceId = ({ type, name }: Service) => uuid5Dns(`service.${type}.${name}`).replaceAll('-', '')
const endpointId = (service: Service, of: string, region: string) =>
  uuid5Dns(`endpoint.${service.type}.${service.name}.${of}.${region}`).replaceAll('-', '')

export function tokenCatalog({ region, services }: Catalog): JsonObject[] {
  return services.map((service) => ({
    id: serviceId(service),
    type: service.type,
    name: service.name,
    endpoints: INTERFACES.map((of) => ({
      id: endpointId(service, of, region),
      interface: of,
      region,
      region_id: region,
      url: service.url,
    })),
  }))
}

export function listServices({ services }: Catalog): JsonObject[] {
  return services.map((service) => ({
    id: serviceId(service),
    type: service.type,
    name: service.name,
    description: null,
    enabled: true,
  }))
}

export function listEndpoints({ region, services }: Catalog): JsonObject[] {
  return services.flatMap((service) =>
    INTERFACES.map((of) => ({
      id: endpointId(service, of, region),
      service_id: serviceId(service),
      interface: of,
      region,
      region_id: region,
      url: service.url,
      enabled: true,
    })),
  )
}

export function listRegions({ region }: Catalog): JsonObject[] {
  return [{ id: region, description: '', parent_region_id: null }]
}
