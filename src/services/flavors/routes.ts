/**
 * Which profiles a flavor has, who would serve it, and the service providers there are.
 * Source: Networking API v2.0, "Networking flavors framework", "Service providers".
 */
import { isUuid } from '#base/ids.ts'
import type { JsonObject } from '#base/json.ts'
import type { PluginHost, RouteRequest } from '#plugin/plugin.ts'
import { smallList } from '#plugin/small-list.ts'
import { HTTPBadRequest } from '#resource/errors.ts'
import { said } from '#resource/types.ts'
import type { Tx } from '#store/store.ts'
import {
  FlavorNotFound,
  FlavorServiceProfileBindingExists,
  FlavorServiceProfileBindingNotFound,
  ServiceProfileDisabled,
  ServiceProfileDriverNotFound,
  ServiceProfileNotFound,
} from './errors.ts'
import type { Provider } from './providers.ts'
import { flavors, profileBindings, serviceProfiles } from './tables.ts'

const KEYS = ['service_type', 'name', 'default']

export function serveProviders({ route }: PluginHost, providers: readonly Provider[]): void {
  const shown = providers.map(({ service_type, name, default: isDefault }) => ({
    service_type,
    name,
    default: isDefault,
  }))
  route(
    'GET',
    '/service-providers',
    async ({ query, enforce }) => {
      await enforce('get_service_provider', {})
      // Other keys narrow nothing down here.
      const known = new URLSearchParams([...query].filter(([key]) => KEYS.includes(key) || key === 'fields'))
      return { status: 200, body: { service_providers: smallList(shown, KEYS, known) } }
    },
    'List the service providers there are',
  )
}

export function serveProfiles({ route, store }: PluginHost, providers: readonly Provider[]): void {
  const path = '/flavors/{flavor_id}/service_profiles'
  const add = async ({ params: { flavor_id = '' }, body, enforce }: RouteRequest) => {
    const service_profile_id = profileOf(body)
    await enforce('create_flavor_service_profile', {})
    await store.transaction(async (tx) => {
      if (!(await tx.exists(flavors, { id: flavor_id }))) throw FlavorNotFound({ flavor_id })
      if (!(await tx.exists(serviceProfiles, { id: service_profile_id }))) {
        throw ServiceProfileNotFound({ sp_id: service_profile_id })
      }
      if ((await tx.insertMissing(profileBindings, [{ flavor_id, service_profile_id }])) === 0) {
        throw FlavorServiceProfileBindingExists({ sp_id: service_profile_id, fl_id: flavor_id })
      }
    })
    // Of which it is: upstream answers the flavor, cut down to what a profile shows.
    return { status: 201, body: { service_profile: { id: flavor_id } } }
  }
  route('POST', path, add, 'Give a flavor a profile')

  route(
    'GET',
    `${path}/{service_profile_id}`,
    async ({ params: { flavor_id = '', service_profile_id = '' }, enforce }) => {
      await enforce('get_flavor_service_profile', {})
      const there = await store.read((tx) => tx.exists(profileBindings, { flavor_id, service_profile_id }))
      if (!there) throw FlavorServiceProfileBindingNotFound({ sp_id: service_profile_id, fl_id: flavor_id })
      return { status: 200, body: { service_profile: {} } }
    },
    'Whether a flavor has a profile',
  )
  route(
    'DELETE',
    `${path}/{service_profile_id}`,
    async ({ params: { flavor_id = '', service_profile_id = '' }, enforce }) => {
      await enforce('delete_flavor_service_profile', {})
      const gone = await store.transaction((tx) => tx.remove(profileBindings, { flavor_id, service_profile_id }))
      if (gone === 0) throw FlavorServiceProfileBindingNotFound({ sp_id: service_profile_id, fl_id: flavor_id })
      return { status: 204 }
    },
    'Take a profile from a flavor',
  )
  route(
    'GET',
    '/flavors/{flavor_id}/next_providers',
    async ({ params: { flavor_id = '' }, enforce }) => {
      await enforce('get_flavor_next_provider', {})
      const { driver, name } = await store.read((tx) => nextProvider(tx, flavor_id, providers))
      return { status: 200, body: { next_providers: [{ driver, provider: name }] } }
    },
    'Who would serve a flavor',
  )
}

/** @throws HTTPBadRequest */
function profileOf(body: JsonObject | null): string {
  const profile = body?.service_profile as JsonObject | undefined
  if (typeof profile !== 'object' || profile === null) {
    throw HTTPBadRequest({ message: 'Resource body required' })
  }
  const { id } = profile
  if (id === undefined) {
    throw HTTPBadRequest({ message: "Failed to parse request. Required attribute 'id' not specified" })
  }
  if (typeof id !== 'string' || !isUuid(id)) {
    throw HTTPBadRequest({ message: `Invalid input for id. Reason: '${said(id)}' is not a valid UUID.` })
  }
  return id
}

/** The provider of the flavor's first profile. @throws what says why there is none. */
export async function nextProvider(tx: Tx, flavor_id: string, providers: readonly Provider[]): Promise<Provider> {
  const bindings = await tx.list(profileBindings, { flavor_id })
  const first = bindings.map(({ service_profile_id }) => service_profile_id).sort()[0]
  if (first === undefined) throw FlavorServiceProfileBindingNotFound({ sp_id: '', fl_id: flavor_id })
  const profile = await tx.find(serviceProfiles, { id: first })
  if (profile === null) throw ServiceProfileNotFound({ sp_id: first })
  if (!profile.enabled) throw ServiceProfileDisabled()
  const provider = providers.find(({ driver }) => driver === profile.driver)
  if (!provider) throw ServiceProfileDriverNotFound({ driver: profile.driver })
  return provider
}
