import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fulfils } from '#base/predicate.ts'
import { following, type SortKey, totalOrder } from './page.ts'

type Row = { readonly id: string; readonly [column: string]: unknown }

const rows: readonly Row[] = [
  { id: '1', name: 'b', size: 2, on: true },
  { id: '2', name: null, size: 1, on: false },
  { id: '3', name: 'a', size: 1, on: null },
  { id: '4', name: null, size: 2, on: true },
  { id: '5', name: 'b', size: 1, on: false },
]

/** As a database orders: null before everything. */
function compare(a: unknown, b: unknown): number {
  if (a === b) return 0
  if (a === null) return -1
  if (b === null) return 1
  return (a as string) < (b as string) ? -1 : 1
}

function sorted(some: readonly Row[], order: readonly SortKey[]): Row[] {
  return some.toSorted((a, b) => {
    for (const { column, direction } of order) {
      const result = compare(a[column], b[column])
      if (result !== 0) return direction === 'asc' ? result : -result
    }
    return 0
  })
}

const orders: readonly (readonly SortKey[])[] = [
  [],
  [{ column: 'name', direction: 'asc' }],
  [{ column: 'name', direction: 'desc' }],
  [{ column: 'on', direction: 'asc' }],
  [
    { column: 'on', direction: 'desc' },
    { column: 'size', direction: 'asc' },
  ],
]

for (const sort of orders) {
  for (const reverse of [false, true]) {
    test(`what follows each row of ${JSON.stringify(sort)}${reverse ? ' in reverse' : ''} is the rest`, async () => {
      const order = totalOrder(sort, reverse)
      const all = sorted(rows, order)
      for (const [index, marker] of all.entries()) {
        const after: string[] = []
        for (const part of following(order, marker)) {
          const found: Row[] = []
          for (const row of rows) if (await fulfils(part.where, row, async () => false)) found.push(row)
          after.push(...sorted(found, part.order).map(({ id }) => id))
        }
        assert.deepEqual(
          after,
          all.slice(index + 1).map(({ id }) => id),
        )
      }
    })
  }
}

test('a part is one range: equal keys, then one bound', () => {
  const order: SortKey[] = [
    { column: 'name', direction: 'desc' },
    { column: 'id', direction: 'desc' },
  ]
  const less = (column: string, value: string) => ({ op: 'less', column, value, orEqual: false })
  const equal = (column: string, value: string | null) => ({ op: 'in', column, values: [value] })
  assert.deepEqual(following(order, { id: '5', name: 'b' }), [
    { where: { op: 'and', of: [equal('name', 'b'), less('id', '5')] }, order: order.slice(1) },
    { where: less('name', 'b'), order },
    { where: equal('name', null), order: order.slice(1) },
  ])
})

test('an order ends with the id and names no column twice', () => {
  assert.deepEqual(totalOrder([{ column: 'id', direction: 'desc' }], false), [{ column: 'id', direction: 'desc' }])
  const twice: SortKey[] = [
    { column: 'a', direction: 'asc' },
    { column: 'a', direction: 'desc' },
  ]
  assert.deepEqual(
    totalOrder(twice, true).map(({ column, direction }) => `${column} ${direction}`),
    ['a desc', 'id desc'],
  )
  assert.deepEqual(totalOrder([...twice, { column: 'id', direction: 'desc' }, twice[0]!], false).length, 2)
})
