/**
 * A token as the identity service answered it: who it is for, and where services are. Pure.
 * Source: Identity API v3, "The Service Catalog"; Identity API v2.0, "Authenticate".
 */
import { isJsonObject, type Json, type JsonObject } from '#base/json.ts'
import type { Session } from '#cli/command.ts'
import { CliError } from '#cli/errors.ts'
import { stringOf } from './config.ts'

export interface Access extends Session {
  readonly endpoints: readonly Endpoint[]
}

interface Endpoint {
  readonly type: string
  readonly interface: string
  readonly region: string
  readonly url: string
}

/** @param token of the header `X-Subject-Token`. Null when the answer holds none. */
export function accessOfV3(body: Json, token: string | undefined): Access | null {
  const said = isJsonObject(body) ? body.token : null
  if (!isJsonObject(said) || token === undefined) return null
  const endpoints = objects(said.catalog).flatMap((service) =>
    objects(service.endpoints).map((endpoint) => ({
      type: stringOf(service.type),
      interface: stringOf(endpoint.interface),
      region: stringOf(endpoint.region_id) || stringOf(endpoint.region),
      url: stringOf(endpoint.url),
    })),
  )
  return { token, ...peopleOf(said.project, said.user, said.roles), endpoints }
}

/** Null when the answer holds no token. */
export function accessOfV2(body: Json): Access | null {
  const said = isJsonObject(body) ? body.access : null
  const token = isJsonObject(said) && isJsonObject(said.token) ? said.token : null
  if (!isJsonObject(said) || token === null) return null
  const endpoints = objects(said.serviceCatalog).flatMap((service) =>
    objects(service.endpoints).flatMap((endpoint) =>
      ['public', 'internal', 'admin'].map((name) => ({
        type: stringOf(service.type),
        interface: name,
        region: stringOf(endpoint.region),
        url: stringOf(endpoint[`${name}URL`]),
      })),
    ),
  )
  const user = isJsonObject(said.user) ? said.user : {}
  return { token: stringOf(token.id), ...peopleOf(token.tenant, user, user.roles), endpoints }
}

function peopleOf(project: Json | undefined, user: Json | undefined, roles: Json | undefined) {
  return {
    projectId: isJsonObject(project) ? stringOf(project.id) : null,
    userId: isJsonObject(user) ? stringOf(user.id) : null,
    roles: objects(roles).map(({ name }) => stringOf(name)),
  }
}

function objects(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : []
}

export interface Wanted {
  readonly serviceType: string
  readonly interface: string
  /** Empty: any. */
  readonly region: string
}

/** @throws CliError when the catalogue has none, in keystoneauth's words. */
export function endpointUrl({ endpoints }: Access, wanted: Wanted): string {
  if (endpoints.length === 0) throw new CliError('The service catalog is empty.')
  const found = endpoints.find(
    ({ type, interface: name, region, url }) =>
      type === wanted.serviceType &&
      name.replace(/URL$/, '') === wanted.interface &&
      (wanted.region === '' || region === wanted.region) &&
      url !== '',
  )
  if (found) return found.url
  const where = wanted.region === '' ? '' : ` in ${wanted.region} region`
  throw new CliError(`${wanted.interface} endpoint for ${wanted.serviceType} service${where} not found`)
}
