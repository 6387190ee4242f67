/**
 * Flavors and their service profiles: which driver a profile may name, and that what is in use stays.
 * Source: Networking API v2.0, "Networking flavors framework".
 */
import { isIn } from '#base/predicate.ts'
import { definePlugin, type PluginHost } from '#plugin/plugin.ts'
import type { Tx } from '#store/store.ts'
import api from './definition.ts'
import { InvalidServiceType, ServiceProfileDriverNotFound, ServiceProfileEmpty, ServiceProfileInUse } from './errors.ts'
import { providerOptions } from './options.ts'
import { type Provider, providersOf, ROUTER_PROVIDER, serviceTypes } from './providers.ts'
import { flavorRouters } from './routers.ts'
import { serveProfiles, serveProviders } from './routes.ts'
import { type Flavor, flavors, profileBindings, serviceProfiles } from './tables.ts'

export default definePlugin({
  api,
  start(host: PluginHost) {
    const aliases = new Set(host.definitions.listed.map(({ alias }) => alias))
    const builtIn = aliases.has('router') ? [ROUTER_PROVIDER] : []
    const providers = providersOf(host.config.of(providerOptions).service_provider, builtIn)
    serveFlavors(host, serviceTypes(aliases))
    serveServiceProfiles(host, providers)
    serveProfiles(host, providers)
    serveProviders(host, providers)
    if (aliases.has('router')) flavorRouters(host, providers)
  },
})

function serveFlavors({ serve, show }: PluginHost, types: ReadonlySet<string>): void {
  serve('flavor', flavors, {
    async beforeCreate({ rows }) {
      for (const { service_type } of rows) {
        if (!types.has(service_type as string)) throw InvalidServiceType({ service_type: service_type ?? null })
      }
    },
  })
  show<Flavor>('flavor', ['service_profiles'], async ({ tx, rows }) => {
    const ids = rows.map(({ id }) => id)
    const bindings = Map.groupBy(
      await tx.select(profileBindings, { where: isIn('flavor_id', ids) }),
      ({ flavor_id }) => flavor_id,
    )
    const profilesOf = (id: string) => (bindings.get(id) ?? []).map(({ service_profile_id }) => service_profile_id)
    return new Map(ids.map((id) => [id, { service_profiles: profilesOf(id) }]))
  })
}

function serveServiceProfiles({ serve }: PluginHost, providers: readonly Provider[]): void {
  const checkDriver = (driver: unknown) => {
    if (!providers.some((provider) => provider.driver === driver)) {
      throw ServiceProfileDriverNotFound({ driver: String(driver) })
    }
  }
  serve('service_profile', serviceProfiles, {
    async beforeCreate({ rows }) {
      for (const row of rows) {
        if (row.driver) checkDriver(row.driver)
        else if (!row.metainfo) throw ServiceProfileEmpty()
        row.metainfo = textOf(row.metainfo)
      }
    },
    async beforeUpdate({ tx, before, after, values }) {
      if (values.driver) checkDriver(values.driver)
      await keepUsed(tx, before.id)
      after.metainfo = textOf(after.metainfo)
    },
    beforeDelete: ({ tx, before }) => keepUsed(tx, before.id),
  })
}

/** @throws ServiceProfileInUse */
async function keepUsed(tx: Tx, service_profile_id: string): Promise<void> {
  if (await tx.exists(profileBindings, { service_profile_id })) throw ServiceProfileInUse({ sp_id: service_profile_id })
}

/** Whatever was sent, as text. */
function textOf(metainfo: unknown): string {
  return typeof metainfo === 'string' ? metainfo : metainfo ? JSON.stringify(metainfo) : ''
}
