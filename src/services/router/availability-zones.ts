/**
 * Zones of routers: those they are wanted in, which must exist, and that of the L3 agent that hosts them.
 * Source: Networking API v2.0, "Routers", availability zones.
 */
import { isIn } from '#base/predicate.ts'
import { checkZones, zonesOfPlaces } from '#extensions/availability_zone/tables.ts'
import type { PluginHost } from '#plugin/plugin.ts'
import { L3_AGENT } from './scheduler.ts'
import { type Router, routerBindings } from './tables.ts'

/** `defaultZones`: what routers without hints of their own get. */
export function showZones({ events, show }: PluginHost, defaultZones: readonly string[]): void {
  events.before<Router>('router', 'create', async ({ tx, rows }) => {
    const hinted = rows.map(({ availability_zone_hints = [] }) => availability_zone_hints)
    const wanted = hinted.map((hints) => (hints.length > 0 ? hints.toSorted() : defaultZones))
    await checkZones(tx, L3_AGENT, [...new Set(wanted.flat())])
    for (const [index, row] of rows.entries()) row.availability_zone_hints = wanted[index]!
  })
  show<Router>('router', ['availability_zones'], async ({ tx, rows }) => {
    const ids = rows.map(({ id }) => id)
    const places = await tx.select(routerBindings, { where: isIn('router_id', ids) })
    const zones = await zonesOfPlaces(
      tx,
      places.map(({ router_id, agent_id }) => ({ of: router_id, agent_id })),
    )
    return new Map(ids.map((id) => [id, { availability_zones: zones.get(id) ?? [] }]))
  })
}
