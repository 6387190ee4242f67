/**
 * Segments made and deleted by themselves: their ids are taken and given back by ml2's type drivers, and what the
 * network shows of how it is carried follows. The lock on the network's row puts changes of one network in order.
 * Source: Networking API v2.0, "Segments"; texts are upstream's.
 */
import { isIn } from '#base/predicate.ts'
import { NetworkNotFound } from '#core/network/errors.ts'
import { networks } from '#core/network/tables.ts'
import { AUTO_DELETE_OWNERS } from '#core/port/plan.ts'
import { ports } from '#core/port/tables.ts'
import { subnets } from '#core/subnet/tables.ts'
import { allowedMtu, segmentsOf, shownOf } from '#ml2/networks.ts'
import { giveSegments, poolsFor, type Types, takeSegments } from '#ml2/segments.ts'
import { bindingLevels, type NetworkSegment } from '#ml2/tables.ts'
import type { Creating, Deleting, Hooks, Operation, Resources } from '#plugin/plugin.ts'
import { InvalidInput } from '#resource/errors.ts'
import { SegmentInUse } from './errors.ts'

export function segmentHooks(resources: Resources, types: Types): Hooks<NetworkSegment> {
  return {
    beforeCreate: (creating) => take(creating, resources, types),
    async afterCreate({ tx, context, rows }) {
      for (const id of new Set(rows.map(({ network_id }) => network_id))) await showOn({ tx, context }, id, types)
    },
    beforeDelete: (deleting) => release(deleting, resources),
    afterDelete: ({ tx, context, before }) => showOn({ tx, context }, before.network_id, null),
  }
}

async function take({ tx, context, rows }: Creating<NetworkSegment>, resources: Resources, types: Types) {
  const networkIds = [...new Set(rows.map(({ network_id }) => network_id!))].sort()
  await resources.touch({ tx, context }, 'network', networkIds)
  const known = new Set((await tx.list(networks, { id: networkIds })).map(({ id }) => id))
  const missing = networkIds.find((id) => !known.has(id))
  if (missing !== undefined) throw NetworkNotFound({ net_id: missing })
  const wishes = rows.map((row) => ({
    id: row.id,
    said: {
      network_type: row.network_type!,
      physical_network: row.physical_network ?? null,
      segmentation_id: row.segmentation_id ?? null,
    },
    external: false,
    projectId: null,
  }))
  const taken = await takeSegments(tx, wishes, types, await poolsFor(tx, types))
  const near = new Map<string, NetworkSegment[]>()
  for (const id of networkIds) near.set(id, await segmentsOf(tx, id))
  for (const [index, row] of rows.entries()) {
    const others = near.get(row.network_id!)!
    Object.assign(row, taken[index], { segment_index: (others.at(-1)?.segment_index ?? -1) + 1 })
    refuseSecond(row as NetworkSegment, others)
    others.push(row as NetworkSegment)
  }
}

/** A host could not tell two segments of a type on one physical network apart. */
function refuseSecond(
  { network_id, network_type, physical_network }: NetworkSegment,
  others: readonly NetworkSegment[],
) {
  const there = others.some(
    (other) =>
      physical_network !== null && other.network_type === network_type && other.physical_network === physical_network,
  )
  if (!there) return
  throw InvalidInput({
    error_message: `network ${network_id} has a ${network_type} segment on physical network ${physical_network} already`,
  })
}

/** Writes what the network shows of its segments. Without types nothing is asked of its MTU: it may stay small. */
async function showOn({ tx }: Operation, networkId: string, types: Types | null): Promise<void> {
  const segments = await segmentsOf(tx, networkId)
  if (types !== null) {
    const network = await tx.find(networks, { id: networkId })
    allowedMtu(network?.mtu ?? 0, segments, types)
  }
  await tx.update(networks, { id: networkId }, shownOf(segments))
}

/** @throws SegmentInUse when subnets or ports are on it; ports of DHCP agents go with it. */
async function release({ tx, context, before }: Deleting<NetworkSegment>, resources: Resources): Promise<void> {
  const { id: segment_id } = before
  await resources.touch({ tx, context }, 'network', [before.network_id])
  const on = await tx.select(subnets, { where: isIn('segment_id', [segment_id]), columns: ['id'] })
  if (on.length > 0) {
    const ids = on.map(({ id }) => id).join(', ')
    throw SegmentInUse({ segment_id, reason: `The segment is still associated with subnet(s) ${ids}` })
  }
  const bound = await tx.select(ports, {
    where: {
      op: 'exists',
      table: bindingLevels.name,
      column: 'port_id',
      equals: 'id',
      where: isIn('segment_id', [segment_id]),
    },
    columns: ['id', 'device_owner'],
  })
  if (bound.some(({ device_owner }) => !AUTO_DELETE_OWNERS.includes(device_owner))) {
    throw SegmentInUse({ segment_id, reason: `The segment is still bound with ${bound.length} port(s)` })
  }
  for (const { id } of bound) await resources.remove({ tx, context }, 'port', id)
  await giveSegments(tx, [segment_id])
}
