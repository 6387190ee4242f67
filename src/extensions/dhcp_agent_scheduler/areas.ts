/**
 * Routed networks need agents on every segment: which agents are where. An agent is on a segment when an L2 agent of
 * its host reported the segment's physical network.
 * Source: upstream's scheduling of networks with subnets on segments.
 */
import { and, equals, isIn } from '#base/predicate.ts'
import { physicalNetworks, segmentOf } from '#core/port/routed.ts'
import { subnets } from '#core/subnet/tables.ts'
import { type Agent, agents } from '#extensions/agent/tables.ts'
import { networkSegments } from '#ml2/tables.ts'
import type { Tx } from '#store/store.ts'

/** For each of the networks that is routed, the ids of the agents on each of its segments under DHCP. */
export async function areasOf(
  tx: Tx,
  networkIds: readonly string[],
  candidates: readonly Pick<Agent, 'id' | 'host'>[],
): Promise<Map<string, ReadonlySet<string>[]>> {
  const all = await tx.select(subnets, { where: and(isIn('network_id', networkIds), equals('enable_dhcp', true)) })
  const ids = new Set(all.flatMap((subnet) => segmentOf(subnet) ?? []))
  if (ids.size === 0) return new Map()
  const segments = await tx.select(networkSegments, { where: isIn('id', [...ids]) })
  const reached = await physicalNetworksOf(tx, [...new Set(candidates.map(({ host }) => host))])
  const areas = segments.map(({ network_id, physical_network }) => ({
    network_id,
    on: candidates.filter(({ host }) => physical_network !== null && reached.get(host)?.has(physical_network)),
  }))
  return new Map(
    [...Map.groupBy(areas, ({ network_id }) => network_id)].map(([id, own]) => [
      id,
      own.map(({ on }) => new Set(on.map((agent) => agent.id))),
    ]),
  )
}

/** Routed networks with a subnet under DHCP on a segment that the host reaches. Call only where segments are served. */
export async function routedNetworksNear(tx: Tx, host: string): Promise<string[]> {
  const physnets = [...((await physicalNetworksOf(tx, [host])).get(host) ?? [])]
  if (physnets.length === 0) return []
  const near = await tx.select(networkSegments, { where: isIn('physical_network', physnets), columns: ['id'] })
  const where = and(
    isIn(
      'segment_id',
      near.map(({ id }) => id),
    ),
    equals('enable_dhcp', true),
  )
  const rows = await tx.select(subnets, { where, columns: ['network_id'] })
  return [...new Set(rows.map(({ network_id }) => network_id))].sort()
}

async function physicalNetworksOf(tx: Tx, hosts: readonly string[]): Promise<Map<string, Set<string>>> {
  const there = await tx.select(agents, { where: isIn('host', hosts), columns: ['host', 'configurations'] })
  const reached = new Map<string, Set<string>>()
  for (const { host, configurations } of there) {
    const known = reached.get(host) ?? new Set()
    for (const physnet of physicalNetworks(configurations)) known.add(physnet)
    reached.set(host, known)
  }
  return reached
}
