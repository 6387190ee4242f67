/** Zones as agents have them: asked by networks and routers, which are wanted in some of them. */
import { isIn } from '#base/predicate.ts'
import { agents } from '#extensions/agent/tables.ts'
import type { Tx } from '#store/store.ts'
import { AvailabilityZoneNotFound } from './errors.ts'

/** @throws AvailabilityZoneNotFound when no agent of that type, living or not, is in one of the zones. */
export async function checkZones(tx: Tx, agent_type: string, zones: readonly string[]): Promise<void> {
  if (zones.length === 0) return
  const there = await tx.list(agents, { agent_type, availability_zone: [...zones] })
  const known = new Set(there.map(({ availability_zone }) => availability_zone))
  const missing = zones.find((zone) => !known.has(zone))
  if (missing !== undefined) throw AvailabilityZoneNotFound({ availability_zone: missing })
}

/** The zones of what agents serve, each once: by what is served, from places that say who serves it. */
export async function zonesOfPlaces(
  tx: Tx,
  places: readonly { readonly of: string; readonly agent_id: string }[],
): Promise<Map<string, string[]>> {
  if (places.length === 0) return new Map()
  const ids = [...new Set(places.map(({ agent_id }) => agent_id))]
  const rows = await tx.select(agents, { where: isIn('id', ids), columns: ['id', 'availability_zone'] })
  const zoneOf = new Map(rows.map(({ id, availability_zone }) => [id, availability_zone]))
  const zones = new Map<string, Set<string>>()
  for (const { of, agent_id } of places) {
    const zone = zoneOf.get(agent_id)
    if (zone) zones.set(of, (zones.get(of) ?? new Set()).add(zone))
  }
  return new Map([...zones].map(([of, names]) => [of, [...names].sort()]))
}
