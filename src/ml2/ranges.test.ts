import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IpRange } from '#base/ip.ts'
import type { TypeDriver } from './driver.ts'
import { merged, poolsOf, without } from './ranges.ts'

const range = (text: string): IpRange => {
  const [first, last] = text.split('-').map(BigInt)
  return { first: first!, last: last ?? first! }
}
const ranges = (text: string) => (text === '' ? [] : text.split(' ').map(range))
const told = (list: readonly IpRange[]) => list.map(({ first, last }) => `${first}-${last}`).join(' ')

const left: [string, string, string][] = [
  ['1-10', '', '1-10'],
  ['1-10', '3-4', '1-2 5-10'],
  ['1-10', '1-4', '5-10'],
  ['1-10', '8-20', '1-7'],
  ['1-10', '1-10', ''],
  ['1-10', '0-99', ''],
  ['1-10 20-30', '5-25', '1-4 26-30'],
  ['1-10', '2-2 4-4 9-9', '1-1 3-3 5-8 10-10'],
  ['5-6', '1-2 8-9', '5-6'],
]
for (const [all, others, expected] of left) {
  test(`ranges: ${all} without ${others || 'nothing'} is ${expected || 'nothing'}`, () => {
    assert.equal(told(without(ranges(all), ranges(others))), expected)
  })
}

test('ranges: merged ones meet and do not overlap', () => {
  assert.equal(told(merged(ranges('7-9 1-3 4-5 8-20'))), '1-5 7-20')
})

const row = (project_id: string | null, minimum: number, maximum: number, physical_network: string | null = null) => ({
  network_type: physical_network === null ? 'vxlan' : 'vlan',
  physical_network,
  minimum,
  maximum,
  project_id,
  shared: project_id === null,
})
const driver = (type: string) => ({ type, ranges: new Map() }) as unknown as TypeDriver

test("ranges: a project has its own first, then the shared ones less other projects'", () => {
  const pools = poolsOf([row(null, 1, 100), row('a', 50, 60), row('b', 90, 200), row(null, 7, 8, 'p1')])
  const has = (project: string | null) => pools.of(driver('vxlan'), project).map(({ ranges: own }) => told(own))
  assert.deepEqual(has('a'), ['50-60', '1-89'])
  assert.deepEqual(has('b'), ['90-200', '1-49 61-100'])
  assert.deepEqual(has('c'), ['1-49 61-89'])
  assert.deepEqual(has(null), ['1-49 61-89'])
  assert.deepEqual([...pools.physnets(driver('vlan'))], ['p1'])
})
