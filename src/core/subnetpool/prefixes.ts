/**
 * Sets of addresses of one IP version as blocks: compacted, subtracted, compared, and the block a subnet gets. Pure.
 * Source: RFC 4632; the choice among free blocks is upstream's: the smallest that is large enough, lowest first.
 */
import type { Cidr, IpRange } from '#base/ip.ts'

const BITS = { 4: 32, 6: 128 } as const

/** The fewest blocks for the same addresses, lowest first. */
export function compact(blocks: readonly Cidr[]): Cidr[] {
  const version = blocks[0]?.version ?? 4
  return merged(blocks).flatMap((range) => blocksOf(version, range))
}

/** The fewest blocks for the addresses of `blocks` that are not in `taken`, lowest first. */
export function subtract(blocks: readonly Cidr[], taken: readonly Cidr[]): Cidr[] {
  const version = blocks[0]?.version ?? 4
  const holes = merged(taken)
  const free: IpRange[] = []
  let hole = 0
  for (const { first, last } of merged(blocks)) {
    let next = first
    while (hole < holes.length && holes[hole]!.last < first) hole += 1
    for (; hole < holes.length && holes[hole]!.first <= last; hole += 1) {
      const { first: start, last: end } = holes[hole]!
      if (start > next) free.push({ first: next, last: start - 1n })
      next = end + 1n
      if (end >= last) break // it may reach into the next range
    }
    if (next <= last) free.push({ first: next, last })
  }
  return free.flatMap((range) => blocksOf(version, range))
}

/** Whether every address of `inner` is in `outer`. Versions may differ. */
export function covers(outer: readonly Cidr[], inner: readonly Cidr[]): boolean {
  return ([4, 6] as const).every((version) => {
    const wanted = inner.filter((block) => block.version === version)
    const whole = merged(outer.filter((block) => block.version === version))
    return wanted.every(({ first, last }) => whole.some((range) => range.first <= first && last <= range.last))
  })
}

/** Whether some address is in both. Versions may differ. */
export function intersects(one: readonly Cidr[], other: readonly Cidr[]): boolean {
  return one.some((a) => other.some((b) => a.version === b.version && a.first <= b.last && b.first <= a.last))
}

/** The block of that prefix length that is taken next; null when no free block is large enough. */
export function firstFree(free: readonly Cidr[], length: number): Cidr | null {
  let best: Cidr | null = null
  for (const block of free) {
    if (block.length <= length && (best === null || block.length > best.length)) best = block
  }
  if (best === null) return null
  const { version, first } = best
  return { version, first, last: first + (1n << BigInt(BITS[version] - length)) - 1n, length }
}

/** Disjoint, not adjacent, lowest first. */
function merged(blocks: readonly Cidr[]): IpRange[] {
  const sorted = blocks.toSorted((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))
  const ranges: { first: bigint; last: bigint }[] = []
  for (const { first, last } of sorted) {
    const before = ranges.at(-1)
    if (before === undefined || first > before.last + 1n) ranges.push({ first, last })
    else if (last > before.last) before.last = last
  }
  return ranges
}

/** The fewest blocks of a range: at each address the largest that may begin there and does not go beyond the end. */
function blocksOf(version: 4 | 6, { first, last }: IpRange): Cidr[] {
  const blocks: Cidr[] = []
  for (let next = first; next <= last; ) {
    let size = next === 0n ? 1n << BigInt(BITS[version]) : next & -next
    while (next + size - 1n > last) size >>= 1n
    blocks.push({ version, first: next, last: next + size - 1n, length: BITS[version] + 1 - size.toString(2).length })
    next += size
  }
  return blocks
}
