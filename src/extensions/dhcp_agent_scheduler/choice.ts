/**
 * Which agents serve which networks: the rules of upstream's WeightScheduler (the fewest networks first),
 * AZAwareWeightScheduler (the zone with the fewest of the network's agents first) and ChanceScheduler (any). All of
 * them keep to the zones a network is wanted in. Pure, but for chance.
 */
import type { NetworkDhcpAgent } from './tables.ts'

export type Strategy = 'weight' | 'zones' | 'chance'

export interface Candidate {
  readonly id: string
  /** Networks it serves. */
  readonly load: number
  readonly zone: string
}

export interface WantedNetwork {
  readonly id: string
  /** Zones its agents are to be in; empty: any. */
  readonly hints: readonly string[]
  /** The agents on each segment of a routed network, which is served on every one; absent: it has one, for all. */
  readonly areas?: readonly ReadonlySet<string>[]
}

export interface Choice {
  readonly present: ReadonlyMap<string, readonly NetworkDhcpAgent[]>
  /** Of every agent, also of those that are no candidates. */
  readonly zones: ReadonlyMap<string, string>
  readonly perNetwork: number
  readonly strategy: Strategy
}

/** The strategy that `network_scheduler_driver` names. */
export function strategyOf(driver: string): Strategy {
  if (driver.endsWith('.ChanceScheduler')) return 'chance'
  return driver.endsWith('.AZAwareWeightScheduler') ? 'zones' : 'weight'
}

/**
 * Gives networks to agents until each has `perNetwork`, a routed one on each of its segments, or there are no more that
 * it may have. Load is counted along, so that many networks are spread.
 */
export function chooseAgents(
  networks: readonly WantedNetwork[],
  candidates: readonly Candidate[],
  { present, zones, perNetwork, strategy }: Choice,
): NetworkDhcpAgent[] {
  const loads = new Map(candidates.map(({ id, load }) => [id, load]))
  return networks.flatMap(({ id: network_id, hints, areas }) => {
    const before = present.get(network_id) ?? []
    const has = [...before]
    for (const area of areas ?? [null]) {
      const free = freeIndexes(has, area === null ? perNetwork : has.length + perNetwork)
      const inside = ({ id }: { readonly id: string }) => area?.has(id) ?? true
      const here = has.filter(({ dhcp_agent_id }) => inside({ id: dhcp_agent_id }))
      const count = Math.max(0, Math.min(perNetwork - here.length, free.length))
      const able = candidates.filter(
        (candidate) =>
          inside(candidate) &&
          (hints.length === 0 || hints.includes(candidate.zone)) &&
          !has.some(({ dhcp_agent_id }) => dhcp_agent_id === candidate.id),
      )
      const ordered = strategy === 'chance' ? shuffled(able) : byLoad(able, loads)
      const held = here.map(({ dhcp_agent_id }) => zones.get(dhcp_agent_id) ?? '')
      const chosen = strategy === 'zones' ? spread(ordered, held, count) : ordered.slice(0, count)
      for (const [index, { id: dhcp_agent_id }] of chosen.entries()) {
        loads.set(dhcp_agent_id, loads.get(dhcp_agent_id)! + 1)
        has.push({ network_id, dhcp_agent_id, binding_index: free[index]! })
      }
    }
    return has.slice(before.length)
  })
}

/** Places of a network that nobody has, up to that one: two schedulers that run at once choose the same. */
function freeIndexes(has: readonly NetworkDhcpAgent[], last: number): number[] {
  const taken = new Set(has.map(({ binding_index }) => binding_index))
  return Array.from({ length: last }, (_, index) => index + 1).filter((index) => !taken.has(index))
}

function byLoad(able: readonly Candidate[], loads: ReadonlyMap<string, number>): Candidate[] {
  return able.toSorted((a, b) => loads.get(a.id)! - loads.get(b.id)! || (a.id < b.id ? -1 : 1))
}

function shuffled(able: readonly Candidate[]): Candidate[] {
  return able
    .map((candidate) => ({ candidate, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ candidate }) => candidate)
}

/** The best of the zone that has the fewest, again and again; of equals, the zone whose best comes first. */
function spread(ordered: readonly Candidate[], held: readonly string[], count: number): Candidate[] {
  const left = [...ordered]
  const counts = new Map<string, number>()
  for (const zone of held) counts.set(zone, (counts.get(zone) ?? 0) + 1)
  const chosen: Candidate[] = []
  while (chosen.length < count && left.length > 0) {
    const fewest = Math.min(...left.map(({ zone }) => counts.get(zone) ?? 0))
    const index = left.findIndex(({ zone }) => (counts.get(zone) ?? 0) === fewest)
    const [next] = left.splice(index, 1)
    counts.set(next!.zone, fewest + 1)
    chosen.push(next!)
  }
  return chosen
}
