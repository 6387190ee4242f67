import assert from 'node:assert/strict'
import { test } from 'node:test'
import { and, equals, FALSE, not, or, type Predicate, TRUE } from '#base/predicate.ts'
import { table } from '#store/store.ts'
import { onColumns } from './authorize.ts'

const rows = table<{ id: string; shared: boolean }>('rows', { id: 'text', shared: 'boolean' })
const exists = (equal: string): Predicate => ({ op: 'exists', table: 't', column: 'id', equals: equal, where: TRUE })

test('a column the table lacks is null in every row', () => {
  const cases: readonly (readonly [Predicate, Predicate])[] = [
    [equals('owner', 'a'), FALSE],
    [equals('owner', null), TRUE],
    [or(equals('owner', 'a'), equals('shared', true)), equals('shared', true)],
    [and(not(equals('owner', 'a')), equals('id', '1')), equals('id', '1')],
    [{ op: 'starts', column: 'owner', text: 'a' }, FALSE],
    [exists('network_id'), FALSE],
    [exists('id'), exists('id')],
  ]
  for (const [given, expected] of cases) assert.deepEqual(onColumns(given, rows), expected)
})
