/**
 * What ML2 decides of networks: their segments on create, the one change of them that is allowed, and the MTU that
 * follows.
 * Source: Networking API v2.0, "Provider extended attributes", "Multiple provider"; texts are upstream's.
 */

import { type Clock, isoSeconds } from '#base/clock.ts'
import { newId } from '#base/ids.ts'
import { and, isIn, not } from '#base/predicate.ts'
import type { Network } from '#core/network/tables.ts'
import { ports } from '#core/port/tables.ts'
import type { Created, Creating, Deleting, Draft, Updating } from '#plugin/plugin.ts'
import { InvalidInput } from '#resource/errors.ts'
import type { Tx } from '#store/store.ts'
import type { SegmentRequest } from './driver.ts'
import { SegmentsContainDuplicateEntry, SegmentsSetInConjunctionWithProviders } from './errors.ts'
import type { Pools } from './ranges.ts'
import {
  driverOf,
  giveSegment,
  giveSegments,
  largestMtu,
  poolsFor,
  type Types,
  takeExact,
  takeSegments,
} from './segments.ts'
import { type NetworkSegment, networkSegments } from './tables.ts'

type ShownSegment = NonNullable<Network['segments']>[number]

/** A change of segment reaches ports of these VIF types: their agents read it again. */
const MOVABLE = ['unbound', 'binding_failed', 'ovs', 'vhostuser']

/** The segments of networks that are not written yet. */
const waiting = new WeakMap<object, readonly NetworkSegment[]>()

/** Every new network gets its segments, what it shows of them and its MTU. */
export async function segmentNew({ tx, rows }: Creating<Network>, types: Types, clock: Clock): Promise<void> {
  const pools = await poolsFor(tx, types)
  const said = rows.map((row) => saidOf(row, types, pools))
  const wishes = rows.flatMap((row, index) => {
    const whose = { external: row['router:external'] === true, projectId: row.project_id || null }
    return said[index]!.map((one) => ({ id: newId(), said: one, ...whose }))
  })
  const taken = await takeSegments(tx, wishes, types, pools)
  let next = 0
  for (const [index, row] of rows.entries()) {
    const own = said[index]!.map((_, segment_index) => {
      const place = next++
      return newSegment(wishes[place]!.id, row.id, taken[place]!, segment_index, clock)
    })
    waiting.set(row, own)
    Object.assign(row, shownOf(own))
    row.mtu = allowedMtu(row.mtu ?? 0, own, types)
  }
}

/** A segment's row. Pure but for the clock. */
export function newSegment(
  id: string,
  network_id: string,
  { network_type, physical_network, segmentation_id }: SegmentRequest,
  segment_index: number,
  clock: Clock,
): NetworkSegment {
  const now = isoSeconds(clock.now())
  const carried = { id, network_id, network_type, physical_network, segmentation_id, segment_index }
  return { ...carried, name: null, description: null, created_at: now, updated_at: now, revision_number: 0 }
}

/** The rows of segments of new networks. */
export async function recordSegments({ tx, rows }: Created<Network>): Promise<void> {
  await tx.insert(
    networkSegments,
    rows.flatMap((row) => waiting.get(row) ?? []),
  )
}

/** What a network's row says of its segments: one in the provider attributes, several as a list. Pure. */
export function shownOf(
  segments: readonly SegmentRequest[],
): Pick<Network, 'segments' | 'provider:network_type' | 'provider:physical_network' | 'provider:segmentation_id'> {
  const shown = segments.map((segment) => ({
    'provider:network_type': segment.network_type,
    'provider:physical_network': segment.physical_network,
    'provider:segmentation_id': segment.segmentation_id,
  }))
  const none = {
    'provider:network_type': null,
    'provider:physical_network': null,
    'provider:segmentation_id': null,
  }
  return shown.length === 1
    ? { segments: null, ...shown[0]! }
    : { segments: shown.length === 0 ? null : shown, ...none }
}

/** The network's segments, in their order. */
export function segmentsOf(tx: Tx, networkId: string): Promise<NetworkSegment[]> {
  return tx.select(networkSegments, {
    where: isIn('network_id', [networkId]),
    sort: [{ column: 'segment_index', direction: 'asc' }],
  })
}

/** @throws InvalidInput, VlanIdInUse */
export async function segmentChanged(updating: Updating<Network>, types: Types): Promise<void> {
  const { tx, before, after, values } = updating
  await moveSegment(updating, types)
  // What is sent of the segments is accepted and changes nothing, as upstream.
  after.segments = before.segments
  if ('mtu' in values) after.mtu = allowedMtu(after.mtu, await segmentsOf(tx, before.id), types)
}

/** Gives back all a network took. Its segments go with its row. */
export async function giveNetwork({ tx, before }: Deleting<Network>): Promise<void> {
  const own = await tx.list(networkSegments, { network_id: before.id })
  await giveSegments(
    tx,
    own.map(({ id }) => id),
  )
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
  if (before.segments) {
    throw refuse('Provider network attributes can be updated only in provider networks with a single segment.')
  }
  const onNetwork = isIn('network_id', [before.id])
  if ((await tx.count(ports, and(onNetwork, not(isIn('binding:vif_type', MOVABLE))))) > 0) {
    throw refuse(
      'Provider network attribute provider:segmentation_id cannot be updated if any port in the network has not the ' +
        `following binding:vif_type: ${MOVABLE.slice(0, 3).join(', ')}`,
    )
  }
  const [old] = await segmentsOf(tx, before.id)
  if (old?.network_type !== 'vlan') throw refuse('Only VLAN type networks can be updated.')
  const segment = { ...old, segmentation_id: wanted }
  const driver = driverOf(types, 'vlan')
  driver.check(segment, (await poolsFor(tx, types)).physnets(driver))
  await takeExact(tx, driver, segment, old.id)
  await giveSegment(tx, old, old.id)
  await tx.update(networkSegments, { id: old.id }, { segmentation_id: wanted })
  after['provider:segmentation_id'] = wanted
}

/**
 * What a new network says of each way it is to be carried; null for the one that nothing was said of.
 * @throws SegmentsSetInConjunctionWithProviders, SegmentsContainDuplicateEntry, InvalidInput
 */
function saidOf(row: Draft<Network>, types: Types, pools: Pools): (SegmentRequest | null)[] {
  const provider = {
    'provider:network_type': row['provider:network_type'] ?? null,
    'provider:physical_network': row['provider:physical_network'] ?? null,
    'provider:segmentation_id': row['provider:segmentation_id'] ?? null,
  }
  if (Object.values(provider).some((value) => value !== null)) {
    if (row.segments) throw SegmentsSetInConjunctionWithProviders()
    return [requestOf(provider)]
  }
  if (!row.segments?.length) return [null]
  const requests = row.segments.map(requestOf)
  for (const request of requests) {
    const driver = driverOf(types, request.network_type)
    driver.check(request, pools.physnets(driver))
  }
  const whole = requests.filter((request) => driverOf(types, request.network_type).isComplete(request))
  const places = requests.filter(({ physical_network }) => physical_network !== null).map(placeOf)
  if (hasTwice(whole.map((request) => JSON.stringify(request))) || hasTwice(places)) {
    throw SegmentsContainDuplicateEntry()
  }
  return requests
}

/** A network has at most one segment of a type on a physical network: a host could not tell them apart. */
function placeOf({ network_type, physical_network }: SegmentRequest): string {
  return `${network_type} ${physical_network}`
}

function hasTwice(texts: readonly string[]): boolean {
  return new Set(texts).size < texts.length
}

/** @throws InvalidInput when something was said, but not the type */
function requestOf(said: ShownSegment): SegmentRequest {
  const network_type = said['provider:network_type']
  if (network_type === null) throw refuse('network_type required')
  const physical_network = said['provider:physical_network']
  return { network_type, physical_network, segmentation_id: said['provider:segmentation_id'] }
}

/** @throws InvalidInput when the segments carry less */
export function allowedMtu(mtu: number, segments: readonly SegmentRequest[], types: Types): number {
  const largest = largestMtu(types, segments)
  if (mtu > largest) throw refuse(`Requested MTU is too big, maximum is ${largest}`)
  return mtu === 0 ? largest : mtu
}

function refuse(error_message: string) {
  return InvalidInput({ error_message })
}
