import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { portMasks } from './ranges.ts'

function matches(masks: readonly string[], port: number): number {
  return masks.filter((text) => {
    const [value, mask = 0xffff] = text.split('/').map(Number)
    return (port & mask) === value
  }).length
}

test('every port of a range is matched once and no other', () => {
  const ends = fc.tuple(fc.nat(65_535), fc.nat(65_535)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const)
  fc.assert(
    fc.property(ends, fc.nat(65_535), ([min, max], port) => {
      const masks = portMasks(min, max)
      for (const probe of [port, min, max, min - 1, max + 1].filter((item) => item >= 0 && item <= 65_535)) {
        assert.equal(matches(masks, probe), probe >= min && probe <= max ? 1 : 0)
      }
      assert.ok(masks.length <= 30)
    }),
  )
})

test('one port is one plain match, and all ports are one', () => {
  assert.deepEqual(portMasks(80, 80), ['80'])
  assert.deepEqual(portMasks(0, 65_535), ['0x0000/0x0000'])
  assert.deepEqual(portMasks(1000, 1999), [
    '0x03e8/0xfff8',
    '0x03f0/0xfff0',
    '0x0400/0xfe00',
    '0x0600/0xff00',
    '0x0700/0xff80',
    '0x0780/0xffc0',
    '0x07c0/0xfff0',
  ])
})
