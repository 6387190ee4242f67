/**
 * Finding free positions in inclusive ranges of which others take some: addresses of a pool, VLAN ids, tunnel ids. What
 * is taken is asked for a window at a time, so the cost does not grow with what is taken; only when windows run full
 * are counts per block asked for. It decides nothing: whether a candidate is still free is for the caller's unique key
 * to say.
 */
import { randomInt } from 'node:crypto'
import type { IpRange } from './ip.ts'

/** What is taken, as the caller's store knows it. */
export interface Taken {
  /** Positions taken from `first` to `last`, both included. */
  within(first: bigint, last: bigint): Promise<readonly bigint[]>
  /**
   * How many are taken in each block of `2 ** bits` positions (a multiple of 4) that has any, by `position >> bits`.
   */
  perBlock(first: bigint, last: bigint, bits: number): Promise<ReadonlyMap<bigint, number>>
}

export interface Search {
  readonly taken: Taken
  /** Positions not to offer although they look free: an insert was refused, the reading transaction cannot see why. */
  readonly refused: ReadonlySet<bigint>
  /** From the lowest position up; otherwise from anywhere, so that callers at the same time seldom meet. */
  readonly lowest: boolean
  /** A number from 0 to below `limit`. */
  readonly random?: (limit: number) => number
}

/** Positions read at once for the first look, at least; a larger wish reads more. */
const WINDOW = 64n
const WINDOW_PER_WISH = 8n
/** A stretch this long is read whole; a longer one is first counted by block. */
const STRETCH = 1024n

/** Up to `wanted` free positions, ascending; fewer only when there are no more. The ranges do not overlap. */
export async function findFree(ranges: readonly IpRange[], wanted: number, search: Search): Promise<bigint[]> {
  const size = ranges.reduce((sum, { first, last }) => sum + last - first + 1n, 0n)
  if (size <= 0n || wanted <= 0) return []
  const random = search.random ?? randomInt
  const least = BigInt(wanted) * WINDOW_PER_WISH
  const length = bigMin(size, least > WINDOW ? least : WINDOW)
  const start = search.lowest ? 0n : randomBelow(size, random)

  const found: bigint[] = []
  for (const { first, last } of slices(ranges, start, length, size))
    found.push(...(await freeBetween(first, last, search)))
  if (found.length < wanted && length < size) {
    const known = new Set(found)
    for (const range of rotated(ranges, search.lowest ? 0 : random(ranges.length))) {
      await searchRange(range, wanted, { ...search, random }, known)
      if (known.size >= wanted) break
    }
    return chosen([...known], wanted, search.lowest, random)
  }
  return chosen(found, wanted, search.lowest, random)
}

/** Adds free positions of the range to `found` until there are as many as wanted or no more. */
async function searchRange(
  { first, last }: IpRange,
  wanted: number,
  search: Search & { readonly random: (limit: number) => number },
  found: Set<bigint>,
): Promise<void> {
  if (last - first < STRETCH) {
    for (const position of await freeBetween(first, last, search)) found.add(position)
    return
  }
  const bits = blockBits(last - first + 1n)
  const counts = await search.taken.perBlock(first, last, bits)
  const shift = BigInt(bits)
  const [lowest, highest] = [first >> shift, last >> shift]
  const blocks = Array.from({ length: Number(highest - lowest) + 1 }, (_, index) => lowest + BigInt(index))
  for (const block of rotated(blocks, search.lowest ? 0 : search.random(blocks.length))) {
    const inside = { first: bigMax(first, block << shift), last: bigMin(last, ((block + 1n) << shift) - 1n) }
    if (BigInt(counts.get(block) ?? 0) > inside.last - inside.first) continue
    await searchRange(inside, wanted, search, found)
    if (found.size >= wanted) return
  }
}

async function freeBetween(first: bigint, last: bigint, { taken, refused }: Search): Promise<bigint[]> {
  const used = new Set(await taken.within(first, last))
  const free: bigint[] = []
  for (let position = first; position <= last; position++) {
    if (!used.has(position) && !refused.has(position)) free.push(position)
  }
  return free
}

/** The ranges laid end to end and closed to a ring: the parts of `length` positions from `start`. */
function slices(ranges: readonly IpRange[], start: bigint, length: bigint, size: bigint): IpRange[] {
  const parts: IpRange[] = []
  const cut = (from: bigint, to: bigint) => {
    let offset = 0n
    for (const { first, last } of ranges) {
      const [low, high] = [bigMax(from, offset), bigMin(to, offset + (last - first))]
      if (low <= high) parts.push({ first: first + low - offset, last: first + high - offset })
      offset += last - first + 1n
    }
  }
  const end = start + length - 1n
  cut(start, bigMin(end, size - 1n))
  if (end >= size) cut(0n, end - size)
  return parts
}

/** So many bits that a stretch of that size has at most some 1,000 blocks. */
function blockBits(size: bigint): number {
  let bits = 8
  while (size >> BigInt(bits) > 1000n) bits += 4
  return bits
}

function chosen(found: bigint[], wanted: number, lowest: boolean, random: (limit: number) => number): bigint[] {
  if (!lowest && found.length > wanted) {
    for (let index = 0; index < wanted; index++) {
      const other = index + random(found.length - index)
      ;[found[index], found[other]] = [found[other]!, found[index]!]
    }
  }
  if (lowest) found.sort(ascending)
  return found.slice(0, wanted).sort(ascending)
}

function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function rotated<T>(items: readonly T[], by: number): T[] {
  return [...items.slice(by), ...items.slice(0, by)]
}

function randomBelow(limit: bigint, random: (limit: number) => number): bigint {
  let value = 0n
  for (let rest = limit; rest > 0n; rest >>= 30n) value = (value << 30n) | BigInt(random(2 ** 30))
  return value % limit
}

function bigMin(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

function bigMax(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
