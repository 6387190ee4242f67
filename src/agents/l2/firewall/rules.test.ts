import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SecurityRule } from '#rpc/contract/l2.ts'
import { ConjunctionIds } from './remote.ts'
import { matchesOf, narrowness } from './rules.ts'

const rule = (given: Partial<SecurityRule>): SecurityRule => ({ direction: 'ingress', ethertype: 'IPv4', ...given })

const cases: { readonly [title: string]: readonly [Partial<SecurityRule>, readonly string[]] } = {
  anything: [{}, ['ip']],
  'any protocol of a block, in its canonical form': [{ source_ip_prefix: '10.0.0.9/24' }, ['ip,nw_src=10.0.0.0/24']],
  'a block of everything is no match': [{ source_ip_prefix: '0.0.0.0/0' }, ['ip']],
  'one port': [{ protocol: 'tcp', port_range_min: 22, port_range_max: 22 }, ['ip,nw_proto=6,tcp_dst=22']],
  'all ports': [{ protocol: 'udp', port_range_min: 1, port_range_max: 65_535 }, ['ip,nw_proto=17']],
  'a protocol by its number': [
    { protocol: '132', port_range_min: 7, port_range_max: 7 },
    ['ip,nw_proto=132,sctp_dst=7'],
  ],
  'a protocol without ports': [{ protocol: 'gre' }, ['ip,nw_proto=47']],
  'an ICMP type and code': [
    { protocol: 'icmp', port_range_min: 8, port_range_max: 0 },
    ['ip,nw_proto=1,icmp_type=8,icmp_code=0'],
  ],
  'ICMP over IPv6 is ICMPv6': [
    { protocol: 'icmp', ethertype: 'IPv6', port_range_min: 128 },
    ['ipv6,nw_proto=58,icmpv6_type=128'],
  ],
  'egress to an address': [
    { direction: 'egress', ethertype: 'IPv6', dest_ip_prefix: '2001:DB8::1/128' },
    ['ipv6,ipv6_dst=2001:db8::1'],
  ],
  'a protocol nobody knows lets nothing through': [{ protocol: 'nonsense' }, []],
}

for (const [title, [given, matches]] of Object.entries(cases)) {
  test(`rule: ${title}`, () => assert.deepEqual(matchesOf(rule(given)), matches))
}

test('narrower rules have higher ranks', () => {
  const ranks = [{}, { protocol: 'icmp' }, { protocol: 'icmp', port_range_min: 8 }, { protocol: 'tcp' }]
  assert.deepEqual(
    ranks.map((given) => narrowness(rule(given))),
    [0, 1, 2, 3],
  )
})

test('conjunctions have numbers of their own, and the same ones after a restart', () => {
  const keys = Array.from({ length: 2_000 }, (_, index) => `group-${index} ingress IPv4 0`)
  const [first, second] = [new ConjunctionIds(), new ConjunctionIds()]
  const ids = keys.map((key) => first.of(key))
  assert.equal(new Set(ids).size, keys.length)
  assert.deepEqual(
    keys.map((key) => second.of(key)),
    ids,
  )
})
