/**
 * Availability zones, made of what agents report. Source: Networking API v2.0, "Availability zones": filters by `name`,
 * `resource` and `state`.
 */
import { isIn } from '#base/predicate.ts'
import { agents } from '#extensions/agent/tables.ts'
import { definePlugin } from '#plugin/plugin.ts'
import { smallList } from '#plugin/small-list.ts'
import api from './definition.ts'

/** What an agent of a type makes a zone usable for. */
const RESOURCES: ReadonlyMap<string, string> = new Map([
  ['DHCP agent', 'network'],
  ['L3 agent', 'router'],
])
const KEYS = ['name', 'resource', 'state'] as const

type Zone = { readonly [Key in (typeof KEYS)[number]]: string }

export default definePlugin({
  api,
  start({ route, store }) {
    route(
      'GET',
      '/availability_zones',
      async ({ query, enforce }) => {
        await enforce('get_availability_zone', {})
        const rows = await store.read((tx) =>
          tx.select(agents, {
            where: isIn('agent_type', [...RESOURCES.keys()]),
            columns: ['agent_type', 'availability_zone', 'admin_state_up'],
          }),
        )
        return { status: 200, body: { availability_zones: smallList(zonesOf(rows), KEYS, query) } }
      },
      'List the availability zones that agents are in',
    )
  },
})

/** One entry for each zone and resource, by name. Pure. */
export function zonesOf(
  rows: readonly {
    readonly agent_type: string
    readonly availability_zone: string | null
    readonly admin_state_up: boolean
  }[],
): Zone[] {
  const zones = new Map<string, Zone>()
  for (const { agent_type, availability_zone: name, admin_state_up } of rows) {
    const resource = RESOURCES.get(agent_type)
    if (!name || !resource) continue
    const key = `${name} ${resource}`
    const state = admin_state_up || zones.get(key)?.state === 'available' ? 'available' : 'unavailable'
    zones.set(key, { name, resource, state })
  }
  return [...zones].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, zone]) => zone)
}
