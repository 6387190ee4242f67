import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WiredPort } from '#agents/l2/state.ts'
import { flowText } from '#linux/openflow/flow.ts'
import type { SecurityRule } from '#rpc/contract/l2.ts'
import { openvswitchFirewall } from './openvswitch.ts'

const OUT: SecurityRule = { direction: 'egress', ethertype: 'IPv4' }
const WEB: SecurityRule = {
  direction: 'ingress',
  ethertype: 'IPv4',
  protocol: 'tcp',
  port_range_min: 80,
  port_range_max: 80,
}

function portWith(rules: readonly SecurityRule[]): WiredPort {
  return {
    port_id: 'p',
    name: 'tap1',
    ofport: 5,
    vlan: 7,
    segment: { network_id: 'n', network_type: 'local', physical_network: null, segmentation_id: null },
    mac: 'fa:16:3e:00:00:01',
    fixed_ips: ['10.0.0.1'],
    pairs: [],
    security: { rules, members: new Map() },
  }
}

function flowsOf(rules: readonly SecurityRule[], permitted: readonly string[] = []): string[] {
  return openvswitchFirewall(permitted).port(portWith(rules)).map(flowText)
}

const tracks = (flow: string) => /\bct\(table=|ct_mark|ct_zone/.test(flow)

test('the firewall tracks what a stateful port sends and gets, and nothing of a stateless one', () => {
  const stateless = [OUT, WEB].map((rule) => ({ ...rule, stateful: false }))
  assert.ok(flowsOf([OUT, WEB]).some(tracks))
  assert.deepEqual(flowsOf(stateless).filter(tracks), [])
  const accepts = flowsOf(stateless).filter((flow) => flow.includes('tcp_dst=80'))
  assert.equal(accepts.length, 1)
  assert.doesNotMatch(accepts[0]!, /ct_state|commit/)
  // A port without rules, or with rules of both kinds, is tracked.
  assert.ok(flowsOf([]).some(tracks))
  assert.ok(flowsOf([OUT, { ...WEB, stateful: false }]).some(tracks))
})

test('a permitted Ethernet type passes in both directions, whatever the rules say', () => {
  const passing = flowsOf([], ['0x4008']).filter((flow) => flow.includes('0x4008'))
  assert.equal(passing.length, 2)
  assert.ok(passing.some((flow) => flow.includes('table=71') && flow.includes('in_port=5')))
  assert.ok(passing.some((flow) => flow.includes('table=81') && flow.includes('output:5')))
  assert.deepEqual(
    flowsOf([]).filter((flow) => flow.includes('0x4008')),
    [],
  )
})
