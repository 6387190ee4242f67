import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bundleText, changeFlows, cookieOf, cookiesOf, flow, flowSet, flowText, LEARNED_COOKIE } from './flow.ts'

const one = flow(60, 100, 'in_port=1', 'resubmit(,71)')
const two = flow(60, 100, 'in_port=2', 'resubmit(,71)')

test('flows that are there as they are wanted cost nothing', () => {
  const want = flowSet([one, two])
  assert.deepEqual(changeFlows(want, new Set([...want.keys(), LEARNED_COOKIE])), { add: [], remove: [] })
})

test('a flow with other actions is another flow, and the old one goes', () => {
  const changed = { ...one, actions: 'drop' }
  const change = changeFlows(flowSet([changed, two]), new Set(flowSet([one, two]).keys()))
  assert.deepEqual(change, { add: [changed], remove: [cookieOf(flowText(one))] })
  assert.match(
    bundleText(change),
    /^add cookie=0x4e54[0-9a-f]{12},table=60,priority=100,in_port=1,actions=drop\ndelete /,
  )
})

test('cookies are read from what ovs-ofctl prints, none meaning zero', () => {
  const dump =
    ' cookie=0x4e54000000000001, table=0, priority=1 actions=NORMAL\n priority=0 actions=drop\nOFPST_FLOW reply:\n'
  assert.deepEqual([...cookiesOf(dump)], ['0x4e54000000000001', '0x0'])
})
