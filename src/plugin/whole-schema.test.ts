import assert from 'node:assert/strict'
import { test } from 'node:test'
import { idOf } from '#store/revisions.ts'
import { inOrder, loadWholeSchema, orderFaults, readOrder } from './whole-schema.ts'

test('every migration has its place in the order (node scripts/schema-order.ts gives it one)', async () => {
  const names = (await loadWholeSchema()).map(({ name }) => name)
  assert.deepEqual(orderFaults(names, readOrder()), [])
  assert.equal(new Set(names.map(idOf)).size, names.length)
})

test('the schema is whole whichever plugins are switched on, and begins with what the store needs', async () => {
  const names = (await loadWholeSchema()).map(({ name }) => name)
  assert.equal(names[0], 'store/0001-changes.expand')
  assert.ok(names.includes('services/port_forwarding/0001-port-forwardings.expand'))
})

test('what the order does not name comes last, by name', () => {
  const named = (names: readonly string[]) => names.map((name) => ({ name, steps: [] }))
  const sorted = inOrder(named(['z', 'new/b', 'a', 'new/a']), ['a', 'z'])
  assert.deepEqual(
    sorted.map(({ name }) => name),
    ['a', 'z', 'new/a', 'new/b'],
  )
})

test('an order that lacks, invents, repeats or turns round is told so', () => {
  const [one, two] = ['x/0001-one.expand', 'x/0002-two.contract']
  assert.deepEqual(orderFaults([one, two], [one, two]), [])
  assert.deepEqual(orderFaults([one, two], [one]), [`${two} has no place in the order`])
  assert.deepEqual(orderFaults([one], [one, two]), [`${two} is in the order, but has no file`])
  assert.match(orderFaults([one, two], [two, one]).join(), /0001-one.expand comes after one of its folder/)
  assert.match(orderFaults([one], [one, one]).join(), /is in the order twice/)
  assert.match(orderFaults(['x/1.expand'], ['x/1.expand']).join(), /is not named NNNN-what/)
})
