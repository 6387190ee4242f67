/**
 * Routers of a flavor (`l3-flavors`): made by the provider that the flavor's first profile names. A flavor with routers
 * stays. Source: Networking API v2.0, "Routers", `flavor_id`.
 */
import type { Json } from '#base/json.ts'
import { heldRows } from '#core/port/parents.ts'
import type { PluginHost } from '#plugin/plugin.ts'
import { InvalidInput } from '#resource/errors.ts'
import { type Router, routers } from '#services/router/tables.ts'
import { FlavorInUse, FlavorNotFound } from './errors.ts'
import { type Provider, ROUTER_PROVIDER } from './providers.ts'
import { nextProvider } from './routes.ts'
import { type Flavor, flavors } from './tables.ts'

export function flavorRouters({ events }: PluginHost, providers: readonly Provider[]): void {
  events.before<Router>('router', 'create', async ({ tx, rows }) => {
    for (const row of rows) {
      if (row.flavor_id === undefined) continue
      const flavor_id: unknown = row.flavor_id
      // Whoever deletes the flavor waits, and then finds this router.
      const there = typeof flavor_id === 'string' && (await heldRows(tx, flavors, 'id', [flavor_id])).length > 0
      if (!there) throw FlavorNotFound({ flavor_id: (flavor_id ?? null) as Json })
      const { name, service_type } = await nextProvider(tx, flavor_id, providers)
      if (service_type !== ROUTER_PROVIDER.service_type) {
        throw InvalidInput({ error_message: `Provider ${name} makes no routers` })
      }
    }
  })
  events.before<Flavor>('flavor', 'delete', async ({ tx, before }) => {
    if (await tx.exists(routers, { flavor_id: before.id })) throw FlavorInUse({ flavor_id: before.id })
  })
}
