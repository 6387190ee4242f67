import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Cidr, cidrOf, formatCidr, parseCidr } from '#base/ip.ts'
import { chooseBlock } from './allocate.ts'
import { compact, covers, firstFree, intersects, subtract } from './prefixes.ts'
import type { Subnetpool } from './tables.ts'

/** The last 64 addresses of each family: few enough to be counted one by one, and at the end of all there are. */
const END = { 4: (1n << 32n) - 64n, 6: (1n << 128n) - 64n } as const
const blocksOf = (version: 4 | 6) =>
  fc.array(
    fc
      .tuple(fc.integer({ min: 0, max: 63 }), fc.integer({ min: 0, max: 5 }))
      .map(([at, bits]) => cidrOf({ version, value: END[version] + BigInt(at) }, (version === 4 ? 32 : 128) - bits)),
    { maxLength: 8 },
  )
const families = fc.constantFrom<4 | 6>(4, 6)
const two = families.chain((version) => fc.tuple(blocksOf(version), blocksOf(version)))

function addresses(blocks: readonly Cidr[]): Set<bigint> {
  const all = new Set<bigint>()
  for (const { first, last } of blocks) for (let each = first; each <= last; each += 1n) all.add(each)
  return all
}

function assertCompact(blocks: readonly Cidr[]): void {
  for (const [index, block] of blocks.entries()) {
    assert.deepEqual(parseCidr(formatCidr(block)), block)
    const next = blocks[index + 1]
    if (!next) continue
    assert.ok(block.last < next.first)
    // Two halves of one block would have been one.
    const halves = block.length === next.length && block.last + 1n === next.first
    assert.ok(!halves || cidrOf({ version: block.version, value: next.first }, block.length - 1).first === next.first)
  }
}

test('prefixes: compacting and subtracting leave exactly the addresses they should, in the fewest blocks', () => {
  fc.assert(
    fc.property(two, ([blocks, taken]) => {
      assert.deepEqual(addresses(compact(blocks)), addresses(blocks))
      assertCompact(compact(blocks))
      const left = subtract(blocks, taken)
      assert.deepEqual(addresses(left), addresses(blocks).difference(addresses(taken)))
      assertCompact(left)
    }),
    { numRuns: 300 },
  )
})

test('prefixes: covering and meeting are what the addresses say', () => {
  fc.assert(
    fc.property(two, ([one, other]) => {
      assert.equal(covers(one, other), addresses(other).isSubsetOf(addresses(one)))
      assert.equal(intersects(one, other), !addresses(one).isDisjointFrom(addresses(other)))
    }),
    { numRuns: 300 },
  )
  const [four, six] = [parseCidr('0.0.0.0/0')!, parseCidr('::/0')!]
  assert.ok(!covers([four], [six]))
  assert.ok(!intersects([four], [six]))
})

test('prefixes: whatever is asked for, subnets lie in the pool, apart from each other, until no block is left', () => {
  const lengths = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 40 })
  const pools = families.chain((version) => blocksOf(version).filter((blocks) => blocks.length > 0))
  fc.assert(
    fc.property(pools, lengths, (blocks, sizes) => {
      const version = blocks[0]!.version
      const bits = version === 4 ? 32 : 128
      const pool = { ip_version: version, prefixes: blocks.map(formatCidr), min_prefixlen: 0, max_prefixlen: bits }
      const taken: { cidr: Cidr; projectId: null }[] = []
      for (const size of sizes) {
        const cidrs = taken.map(({ cidr }) => cidr)
        const room = firstFree(subtract(blocks, cidrs), bits - size)
        const choose = () => chooseBlock(pool as unknown as Subnetpool, taken, null, bits - size)
        if (room === null) {
          assert.throws(choose, { name: 'SubnetAllocationError' })
          continue
        }
        const cidr = choose()
        assert.equal(cidr.length, bits - size)
        assert.ok(covers(blocks, [cidr]))
        assert.ok(!intersects(cidrs, [cidr]))
        taken.push({ cidr, projectId: null })
      }
    }),
    { numRuns: 100 },
  )
})

test('prefixes: the smallest block that is large enough is taken, from its beginning', () => {
  const free = ['10.0.0.0/16', '10.2.0.0/24', '10.3.0.0/24'].map((text) => parseCidr(text)!)
  assert.equal(formatCidr(firstFree(free, 26)!), '10.2.0.0/26')
  assert.equal(formatCidr(firstFree(free, 20)!), '10.0.0.0/20')
  assert.equal(firstFree(free, 15), null)
  const all = subtract([parseCidr('::/0')!], [parseCidr('8000::/1')!])
  assert.deepEqual(all.map(formatCidr), ['::/1'])
})
