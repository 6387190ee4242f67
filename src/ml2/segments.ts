/**
 * Segments: how each network is carried. Ids are taken by the key of `segment_ids`, for a whole bulk create at
 * once; an id that somebody else inserted first is replaced by another.
 * Source: Networking API v2.0, "Provider extended attributes"; types and texts of errors are upstream's.
 */
import { findFree, type Taken } from '#base/gaps.ts'
import { InvalidInput } from '#resource/errors.ts'
import { StoreBusy } from '#store/errors.ts'
import { sql } from '#store/kysely.ts'
import type { Tx } from '#store/store.ts'
import type { SegmentRequest, TypeDriver } from './driver.ts'
import { NoNetworkAvailable } from './errors.ts'
import { configuredPools, type Pool, type Pools, storedPools } from './ranges.ts'
import { type SegmentId, segmentIds } from './tables.ts'

/** Turns of picking and inserting before the transaction is given back as busy. */
const TURNS_MAX = 100

export interface Types {
  readonly drivers: ReadonlyMap<string, TypeDriver>
  /** Types tried, in order, when nothing was said. */
  readonly projectTypes: readonly string[]
  /** The type of external networks when nothing was said; null: as any. */
  readonly externalType: string | null
  /** What networks without a limit of their own may carry. */
  readonly physicalMtu: number
  /** Whether ids are given from the ranges of the table, not of the configuration. */
  readonly ranged?: boolean
}

/** The ids there are, for one operation. */
export async function poolsFor(tx: Tx, { ranged = false }: Types): Promise<Pools> {
  return ranged ? await storedPools(tx) : configuredPools
}

/** A segment that is wanted. Its id is what takes the segmentation id. */
export interface Wish {
  readonly id: string
  /** Null: nothing was said. */
  readonly said: SegmentRequest | null
  readonly external: boolean
  /** Whose network it is; null: nobody's ranges but the shared ones. */
  readonly projectId: string | null
}

/** The driver of a type that was named. @throws InvalidInput */
export function driverOf({ drivers }: Types, type: string): TypeDriver {
  const driver = drivers.get(type)
  if (!driver) throw InvalidInput({ error_message: `network_type value '${type}' not supported` })
  return driver
}

/** The largest MTU a network carried so may have. Pure. */
export function largestMtu(types: Types, segments: readonly SegmentRequest[]): number {
  const limits = segments.flatMap(
    ({ network_type, physical_network }) => types.drivers.get(network_type)?.mtu(physical_network) ?? [],
  )
  return limits.length === 0 ? types.physicalMtu : Math.min(...limits)
}

/**
 * One segment per wish, in their order.
 * @throws InvalidInput, VlanIdInUse, TunnelIdInUse, FlatNetworkInUse, NoNetworkAvailable
 */
export async function takeSegments(
  tx: Tx,
  wishes: readonly Wish[],
  types: Types,
  pools: Pools,
): Promise<SegmentRequest[]> {
  const taken = new Map<string, SegmentRequest>()
  const open: { readonly id: string; readonly choices: readonly Choice[] }[] = []
  for (const wish of wishes) {
    const { id, said } = wish
    const driver = said && driverOf(types, said.network_type)
    if (said) driver!.check(said, pools.physnets(driver!))
    if (said && driver!.isComplete(said)) {
      await takeExact(tx, driver!, said, id)
      taken.set(id, said)
    } else {
      open.push({ id, choices: choicesOf(wish, types, pools) })
    }
  }
  const groups = Map.groupBy(open, ({ choices }) =>
    choices.map(({ driver, physnet, ranges }) => [driver.type, physnet, ...ranges.flatMap(Object.values)]).join(),
  )
  for (const group of groups.values()) {
    const ids = group.map(({ id }) => id)
    for (const [id, segment] of await takeAny(tx, group[0]!.choices, ids)) taken.set(id, segment)
  }
  return wishes.map(({ id }) => taken.get(id)!)
}

/** @throws the driver's refusal when it is taken */
export async function takeExact(tx: Tx, driver: TypeDriver, segment: SegmentRequest, id: string): Promise<void> {
  if (!driver.exclusive) return
  if ((await tx.insertMissing(segmentIds, [rowOf(segment, id)])) === 0) throw driver.inUse(segment)
}

/** Gives back what those segments took. */
export async function giveSegments(tx: Tx, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await tx.remove(segmentIds, { segment_id: ids })
}

export async function giveSegment(tx: Tx, segment: SegmentRequest, id: string): Promise<void> {
  await tx.remove(segmentIds, rowOf(segment, id))
}

/** A pool of ids to choose from, and whose they are. */
interface Choice extends Pool {
  readonly driver: TypeDriver
}

function choicesOf({ said, external, projectId }: Wish, types: Types, pools: Pools): Choice[] {
  const { drivers, projectTypes, externalType } = types
  const names = said ? [said.network_type] : external && externalType !== null ? [externalType] : projectTypes
  return names.flatMap((name) => {
    const driver = drivers.get(name)
    if (!driver) return []
    if (!driver.exclusive) return [{ driver, physnet: '', ranges: [] }]
    return pools
      .of(driver, projectId)
      .filter(({ physnet }) => said === null || said.physical_network === null || physnet === said.physical_network)
      .map((pool) => ({ ...pool, driver }))
  })
}

/** @throws NoNetworkAvailable when every choice is used up */
async function takeAny(
  tx: Tx,
  choices: readonly Choice[],
  ids: readonly string[],
): Promise<Map<string, SegmentRequest>> {
  const given = new Map<string, SegmentRequest>()
  for (const { driver, physnet, ranges } of choices) {
    const refused = new Set<bigint>()
    for (let turn = 0; given.size < ids.length; turn++) {
      if (turn === TURNS_MAX) throw new StoreBusy(`ids of ${driver.type} were taken ${TURNS_MAX} times over`)
      const waiting = ids.filter((id) => !given.has(id))
      if (!driver.exclusive) {
        const bare = { network_type: driver.type, physical_network: null, segmentation_id: null }
        for (const id of waiting) given.set(id, bare)
        break
      }
      const search = { taken: takenIn(tx, driver.type, physnet), refused, lowest: false }
      const free = await findFree(ranges, waiting.length, search)
      if (free.length === 0) break
      const physical_network = physnet === '' ? null : physnet
      const tried = free.map((id) => ({ network_type: driver.type, physical_network, segmentation_id: Number(id) }))
      const mine = await insertMine(
        tx,
        tried.map((segment, index) => rowOf(segment, waiting[index]!)),
      )
      for (const [index, segment] of tried.entries()) {
        if (mine.has(waiting[index]!)) given.set(waiting[index]!, segment)
        else refused.add(free[index]!)
      }
    }
  }
  if (given.size < ids.length) throw NoNetworkAvailable()
  return given
}

function rowOf({ network_type, physical_network, segmentation_id }: SegmentRequest, segment_id: string): SegmentId {
  return { network_type, physical_network: physical_network ?? '', segmentation_id: segmentation_id ?? 0, segment_id }
}

/** Inserts what meets no owner; answers the segments that got theirs. */
async function insertMine(tx: Tx, rows: readonly SegmentId[]): Promise<Set<string>> {
  const ids = rows.map(({ segment_id }) => segment_id)
  if ((await tx.insertMissing(segmentIds, rows)) === rows.length) return new Set(ids)
  return new Set((await tx.list(segmentIds, { segment_id: ids })).map(({ segment_id }) => segment_id))
}

function takenIn(tx: Tx, type: string, physnet: string): Taken {
  const between = (first: bigint, last: bigint) =>
    tx.sql
      .selectFrom(segmentIds.name)
      .where('network_type', '=', type)
      .where('physical_network', '=', physnet)
      .where('segmentation_id', '>=', Number(first))
      .where('segmentation_id', '<=', Number(last))
  return {
    async within(first, last) {
      const rows = await between(first, last).select('segmentation_id').execute()
      return rows.map(({ segmentation_id }) => BigInt(segmentation_id))
    },
    async perBlock(first, last, bits) {
      const rows = await between(first, last)
        .select(({ fn }) => [
          sql()<number | string>`segmentation_id >> ${sql().lit(bits)}`.as('block'),
          fn.countAll().as('taken'),
        ])
        .groupBy('block')
        .execute()
      return new Map(rows.map(({ block, taken }) => [BigInt(block), Number(taken)]))
    },
  }
}
