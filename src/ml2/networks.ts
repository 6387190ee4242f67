/**
 * What ML2 decides of networks: their segment on create, the one change of it that is allowed, and the MTU that
 * follows.
 * Source: Networking API v2.0, "Provider extended attributes"; texts are upstream's.
 */

import { newId } from '#base/ids.ts'
import { and, isIn, not } from '#base/predicate.ts'
import type { Network } from '#core/network/tables.ts'
import { ports } from '#core/port/tables.ts'
import type { Created, Creating, Draft, Updating } from '#plugin/plugin.ts'
import { InvalidInput } from '#resource/errors.ts'
import type { SegmentRequest } from './driver.ts'
import { driverOf, giveSegment, largestMtu, type Types, takeExact, takeSegments } from './segments.ts'
import { networkSegments } from './tables.ts'

/** A change of segment reaches ports of these VIF types: their agents read it again. */
const MOVABLE = ['unbound', 'binding_failed', 'ovs', 'vhostuser']

/** Every new network gets a segment, its provider attributes and its MTU. */
export async function segmentNew({ tx, rows }: Creating<Network>, types: Types): Promise<void> {
  const requests = rows.map((row) => ({
    networkId: row.id,
    said: saidOf(row),
    external: row['router:external'] === true,
  }))
  const segments = await takeSegments(tx, requests, types)
  for (const [index, row] of rows.entries()) {
    const segment = segments[index]!
    row['provider:network_type'] = segment.network_type
    row['provider:physical_network'] = segment.physical_network
    row['provider:segmentation_id'] = segment.segmentation_id
    row.mtu = allowedMtu(row.mtu ?? 0, segment, types)
  }
}

/** The rows of segments of new networks. */
export async function recordSegments({ tx, rows }: Created<Network>): Promise<void> {
  await tx.insert(
    networkSegments,
    rows.map((row) => ({ id: newId(), network_id: row.id, ...segmentOf(row), segment_index: 0 })),
  )
}

/** @throws InvalidInput, VlanIdInUse */
export async function segmentChanged(updating: Updating<Network>, types: Types): Promise<void> {
  const { after, values } = updating
  await moveSegment(updating, types)
  if ('mtu' in values) after.mtu = allowedMtu(after.mtu, segmentOf(after), types)
}

async function moveSegment({ tx, before, after, values }: Updating<Network>, types: Types): Promise<void> {
  for (const fixed of ['provider:network_type', 'provider:physical_network'] as const) {
    if (values[fixed] !== undefined && values[fixed] !== null && values[fixed] !== before[fixed]) {
      throw refuse(
        'Plugin does not support updating the following provider network attributes: ' +
          'provider:network_type, provider:physical_network',
      )
    }
    after[fixed] = before[fixed]
  }
  const wanted = values['provider:segmentation_id'] as number | null | undefined
  after['provider:segmentation_id'] = before['provider:segmentation_id']
  if (!wanted || wanted === before['provider:segmentation_id']) return
  const onNetwork = isIn('network_id', [before.id])
  if ((await tx.count(ports, and(onNetwork, not(isIn('binding:vif_type', MOVABLE))))) > 0) {
    throw refuse(
      'Provider network attribute provider:segmentation_id cannot be updated if any port in the network has not the ' +
        `following binding:vif_type: ${MOVABLE.slice(0, 3).join(', ')}`,
    )
  }
  if (before['provider:network_type'] !== 'vlan') throw refuse('Only VLAN type networks can be updated.')
  const segment = { ...segmentOf(before), segmentation_id: wanted }
  const driver = driverOf(types, 'vlan')
  driver.check(segment)
  await takeExact(tx, driver, segment, before.id)
  await giveSegment(tx, segmentOf(before), before.id)
  await tx.update(networkSegments, { network_id: before.id, segment_index: 0 }, { segmentation_id: wanted })
  after['provider:segmentation_id'] = wanted
}

/** Null when nothing was said. @throws InvalidInput when something was said, but not the type. */
function saidOf(row: Draft<Network>): SegmentRequest | null {
  const network_type = row['provider:network_type'] ?? null
  const physical_network = row['provider:physical_network'] ?? null
  const segmentation_id = row['provider:segmentation_id'] ?? null
  if (network_type !== null) return { network_type, physical_network, segmentation_id }
  if (physical_network !== null || segmentation_id !== null) throw refuse('network_type required')
  return null
}

function segmentOf(row: Network): SegmentRequest {
  return {
    network_type: row['provider:network_type'] ?? '',
    physical_network: row['provider:physical_network'],
    segmentation_id: row['provider:segmentation_id'],
  }
}

function allowedMtu(mtu: number, segment: SegmentRequest, types: Types): number {
  const largest = largestMtu(types, segment)
  if (mtu > largest) throw refuse(`Requested MTU is too big, maximum is ${largest}`)
  return mtu === 0 ? largest : mtu
}

function refuse(error_message: string) {
  return InvalidInput({ error_message })
}
