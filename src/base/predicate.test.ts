import assert from 'node:assert/strict'
import { test } from 'node:test'
import { and, equals, FALSE, fulfils, isIn, not, or, type Predicate, TRUE } from './predicate.ts'

const unasked = () => assert.fail('the lookup does not decide here')
const row = { id: 'a', project_id: 'p', shared: false, mtu: 1450, name: 'web-1', gateway_ip: null }

test('predicate: constants are folded, so what everyone may is asked of nobody', () => {
  const open = equals('id', 'a')
  assert.deepEqual(and(TRUE, open), open)
  assert.deepEqual(and(FALSE, open), FALSE)
  assert.deepEqual(or(TRUE, open), TRUE)
  assert.deepEqual(or(FALSE, open), open)
  assert.deepEqual(not(TRUE), FALSE)
  assert.deepEqual(isIn('id', []), FALSE)
})

test('predicate: what is asked about the same rows of another table is asked at once', () => {
  const about = (equals: string, where: Predicate): Predicate => ({
    op: 'exists',
    table: 't',
    column: 'c',
    equals,
    where,
  })
  const [one, two, own] = [equals('action', 'a'), equals('action', 'b'), equals('project_id', 'p')]
  assert.deepEqual(or(about('id', one), own, about('id', two)), or(about('id', or(one, two)), own))
  assert.deepEqual(or(about('id', one), about('network_id', two)), {
    op: 'or',
    of: [about('id', one), about('network_id', two)],
  })
})

const cases: readonly [string, Predicate, boolean][] = [
  ['a value among several', isIn('id', ['b', 'a']), true],
  ['null among the values is the absent value', isIn('gateway_ip', [null]), true],
  ['a part of the text', { op: 'contains', column: 'name', text: 'eb-' }, true],
  ['the start of the text', { op: 'starts', column: 'name', text: 'eb' }, false],
  ['at most', { op: 'less', column: 'mtu', value: 1450, orEqual: true }, true],
  ['less', { op: 'less', column: 'mtu', value: 1450, orEqual: false }, false],
  ['nothing compares with null', { op: 'greater', column: 'gateway_ip', value: '', orEqual: true }, false],
  ['either', or(equals('shared', true), equals('project_id', 'p')), true],
  ['neither', not(or(equals('shared', true), equals('project_id', 'q'))), true],
]
for (const [title, predicate, expected] of cases) {
  test(`predicate: ${title}`, async () => assert.equal(await fulfils(predicate, row, unasked), expected))
}

test('predicate: the lookup is asked with the value of the row, and not for null', async () => {
  const parent: Predicate = { op: 'exists', table: 'networks', column: 'id', equals: 'id', where: TRUE }
  assert.equal(await fulfils(parent, row, async (_, value) => value === 'a'), true)
  assert.equal(await fulfils({ ...parent, equals: 'gateway_ip' }, row, unasked), false)
})
