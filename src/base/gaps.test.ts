import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { findFree, type Taken } from './gaps.ts'
import type { IpRange } from './ip.ts'

/** What is taken, in memory; counts how often it is asked. */
function memory(positions: Iterable<bigint>): Taken & { asked: number } {
  const all = [...positions]
  const between = (first: bigint, last: bigint) => all.filter((position) => position >= first && position <= last)
  return {
    asked: 0,
    async within(first, last) {
      this.asked += 1
      return between(first, last)
    },
    async perBlock(first, last, bits) {
      this.asked += 1
      const counts = new Map<bigint, number>()
      for (const position of between(first, last)) {
        const block = position >> BigInt(bits)
        counts.set(block, (counts.get(block) ?? 0) + 1)
      }
      return counts
    },
  }
}

/** Ranges that do not overlap, with what is taken of them and beside them. */
const worlds = fc
  .array(fc.tuple(fc.bigInt(1n, 3_000n), fc.bigInt(1n, 40n)), { minLength: 1, maxLength: 4 })
  .chain((parts) => {
    let next = 10n
    const ranges: IpRange[] = parts.map(([length, gap]) => {
      const first = next + gap
      next = first + length
      return { first, last: first + length - 1n }
    })
    return fc.record({
      ranges: fc.constant(ranges),
      free: fc.uniqueArray(fc.bigInt(10n, next), { maxLength: 40 }),
      wanted: fc.integer({ min: 1, max: 60 }),
      lowest: fc.boolean(),
    })
  })

test('gaps: whatever is taken, as many free positions as wanted are found, or all there are', async () => {
  await fc.assert(
    fc.asyncProperty(worlds, async ({ ranges, free, wanted, lowest }) => {
      const inside = new Set<bigint>()
      for (const { first, last } of ranges) for (let at = first; at <= last; at++) inside.add(at)
      const open = free.filter((position) => inside.has(position))
      const taken = new Set([...inside].filter((position) => !open.includes(position)))
      taken.add(1n)

      const found = await findFree(ranges, wanted, { taken: memory(taken), refused: new Set(), lowest })

      assert.equal(found.length, Math.min(wanted, open.length))
      assert.equal(new Set(found).size, found.length)
      assert.ok(found.every((position) => open.includes(position)))
      if (lowest) assert.deepEqual(found, [...open].sort((a, b) => (a < b ? -1 : 1)).slice(0, found.length))
    }),
    { numRuns: 300 },
  )
})

test('gaps: a refused position is not offered again, and when all are refused nothing is', async () => {
  const refused = new Set([5n, 6n])
  const taken = memory([])
  const ranges = [{ first: 5n, last: 7n }]
  assert.deepEqual(await findFree(ranges, 3, { taken, refused, lowest: false }), [7n])
  assert.deepEqual(await findFree(ranges, 1, { taken, refused: new Set([5n, 6n, 7n]), lowest: false }), [])
})

test('gaps: an empty range of 2^64 positions is looked at in one window', async () => {
  const taken = memory([])
  const found = await findFree([{ first: 1n, last: (1n << 64n) - 1n }], 100, {
    taken,
    refused: new Set(),
    lowest: false,
  })
  assert.equal(found.length, 100)
  assert.ok(taken.asked <= 2, 'the window may wrap around')
})

test('gaps: the last free position among 65,000 is found without reading them all', async () => {
  const free = 40_000n
  const taken = memory(Array.from({ length: 65_000 }, (_, index) => BigInt(index)).filter((at) => at !== free))
  const found = await findFree([{ first: 0n, last: 64_999n }], 1, { taken, refused: new Set(), lowest: false })
  assert.deepEqual(found, [free])
  assert.ok(taken.asked <= 4, `asked ${taken.asked} times`)
})

test('gaps: two searches at the same time seldom meet', async () => {
  const ranges = [{ first: 0n, last: 1_000n }]
  const picks = await Promise.all(
    Array.from({ length: 20 }, () => findFree(ranges, 1, { taken: memory([]), refused: new Set(), lowest: false })),
  )
  assert.ok(new Set(picks.flat()).size > 10)
})
