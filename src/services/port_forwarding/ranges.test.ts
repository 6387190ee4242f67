import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkRange, overlap, singlePort, sizeOf, toRange } from './ranges.ts'

test('port ranges: one port is a range too, and is said so', () => {
  assert.deepEqual(['80', '080', '80:90', 'x'].map(toRange), ['80:80', '80:80', '80:90', 'x'])
  assert.deepEqual(['80:80', '80:90'].map(singlePort), [80, null])
  assert.deepEqual(['80', '80:90'].map(sizeOf), [1, 11])
  assert.deepEqual(
    ['80', '1:65535', '0', '65536', '1:', '2:1', '1:2:3', '1:-2'].map((text) => checkRange(text, 65_535) === null),
    [true, true, false, false, false, false, false, false],
  )
})

test('port ranges: they overlap where they share a port', () => {
  assert.ok(overlap('80:90', '90:95'))
  assert.ok(overlap('85:86', '80:90'))
  assert.ok(overlap('80:80', '80:80'))
  assert.ok(!overlap('80:90', '91:95'))
})
