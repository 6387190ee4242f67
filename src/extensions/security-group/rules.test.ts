import assert from 'node:assert/strict'
import { test } from 'node:test'
import { providerRules } from './info.ts'
import { type RuleMeaning, ruleKey } from './rules.ts'
import { ipPrefix, protocol } from './values.ts'

const rule: RuleMeaning = {
  direction: 'ingress',
  ethertype: 'IPv4',
  protocol: null,
  port_range_min: null,
  port_range_max: null,
  remote_group_id: null,
  remote_address_group_id: null,
  remote_ip_prefix: null,
}

test('rule key: a protocol by name and by number, and every address and no prefix, are the same', () => {
  const same = (a: Partial<RuleMeaning>, b: Partial<RuleMeaning>) =>
    ruleKey({ ...rule, ...a }) === ruleKey({ ...rule, ...b })
  assert.ok(same({ protocol: 'tcp' }, { protocol: '6' }))
  assert.ok(same({ remote_ip_prefix: '0.0.0.0/0' }, {}))
  assert.ok(same({ ethertype: 'IPv6', protocol: '58' }, { ethertype: 'IPv6', protocol: 'icmp' }))
  assert.ok(same({ protocol: '250' }, { protocol: '250' }))
  assert.ok(!same({ remote_ip_prefix: '10.0.0.0/8' }, {}))
  assert.ok(!same({ protocol: 'tcp' }, { protocol: 'udp' }))
  assert.ok(!same({ direction: 'egress' }, {}))
})

test('values: protocols and prefixes become what is shown', () => {
  assert.deepEqual([protocol('ANY'), protocol('Tcp'), protocol(6), protocol(' +06')], [null, 'tcp', '6', '6'])
  assert.deepEqual(
    [ipPrefix('10.0.0.5'), ipPrefix('10.0.0.5/24'), ipPrefix('FD00:0::1/64'), ipPrefix('')],
    ['10.0.0.5/32', '10.0.0.5/24', 'fd00::1/64', null],
  )
  for (const wrong of ['x', '10.0.0.0/33', '10.0.0.0/8/8', '10.0.0.0/', 5]) {
    assert.throws(() => ipPrefix(wrong), { name: 'InvalidCIDR' })
  }
})

test('provider rules: two addresses of one family share the rule for everyone; IPv4 alone gets no advertisement', () => {
  const rules = providerRules(['10.0.0.5', '10.0.0.6'])
  assert.deepEqual(
    rules.map(({ dest_ip_prefix }) => dest_ip_prefix),
    ['10.0.0.5/32', '255.255.255.255/32', '10.0.0.6/32'],
  )
  assert.deepEqual(providerRules([]), [])
})
