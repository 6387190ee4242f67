import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '#base/json.ts'
import { portText, remoteText, ruleText } from './cli.ts'

const any = {
  direction: 'ingress',
  ethertype: 'IPv4',
  protocol: null,
  port_range_min: null,
  port_range_max: null,
  remote_ip_prefix: null,
  remote_group_id: null,
}

const ports: Record<string, { rule: JsonObject; text: string | null }> = {
  'any protocol is nothing': { rule: {}, text: null },
  'tcp without ports': { rule: { protocol: 'tcp' }, text: 'tcp' },
  'one port': { rule: { protocol: 'udp', port_range_min: 53, port_range_max: 53 }, text: '53/udp' },
  'a range': { rule: { protocol: 'tcp', port_range_min: 1, port_range_max: 9 }, text: '1-9/tcp' },
  'icmp of type 0': { rule: { protocol: 'icmp', port_range_min: 0 }, text: 'icmp (type:0)' },
  'icmp with a code': {
    rule: { protocol: 'icmp', port_range_min: 8, port_range_max: 0 },
    text: 'icmp (type:8, code:0)',
  },
  'other protocols have no ports': { rule: { protocol: 'sctp', port_range_min: 1, port_range_max: 2 }, text: 'sctp' },
}
for (const [title, { rule, text }] of Object.entries(ports)) {
  test(`security group rule: ${title}`, () => assert.equal(portText({ ...any, ...rule }), text))
}

test('security group rule: the other side is a CIDR before it is a group', () => {
  assert.equal(remoteText(any), null)
  assert.equal(remoteText({ ...any, remote_group_id: 'g' }), 'g (group)')
  assert.equal(remoteText({ ...any, remote_group_id: 'g', remote_ip_prefix: '10.0.0.0/8' }), '10.0.0.0/8 (CIDR)')
})

test('security group rule: in a line, without what it does not say', () => {
  assert.equal(ruleText(any), 'ingress, IPv4')
  const rule = { ...any, protocol: 'tcp', port_range_min: 22, port_range_max: 22, remote_group_id: 'g' }
  assert.equal(ruleText(rule), 'ingress, IPv4, 22/tcp, remote_group_id: g')
})
