import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import {
  canonicalIp,
  cidrOf,
  cidrsOverlap,
  eui64,
  formatCidr,
  formatIp,
  isInCidr,
  linkLocal,
  netmask,
  parseCidr,
  parseIp,
} from './ip.ts'

test('ip: every IPv4 address survives being printed and read', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 2n ** 32n - 1n), (value) => {
      assert.deepEqual(parseIp(formatIp(4, value)), { version: 4, value })
    }),
  )
})

test('ip: IPv6 text is read as ipaddr.js and the URL parser read it and printed as RFC 5952 says', () => {
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      if (text.includes('%')) return
      assert.equal(`[${canonicalIp(text)}]`, new URL(`http://[${text}]`).hostname)
      // ipaddr.js takes every dotted tail for a mapped address.
      if (!text.includes('.')) assert.equal(canonicalIp(text), ipaddr.IPv6.parse(text).toRFC5952String())
    }),
  )
})

test('ip: what is no address is refused', () => {
  for (const text of ['', '10.0.0', '10.0.0.256', '10.0.0.1/24', 'fe80::1%eth0', '1::2::3', 'localhost', '010.0.0.1']) {
    assert.equal(parseIp(text), null, text)
  }
})

test('cidr: host bits are cut, a bare address is a block of one, a bad length is refused', () => {
  assert.equal(formatCidr(parseCidr('10.0.0.77/24')!), '10.0.0.0/24')
  assert.equal(formatCidr(parseCidr('2001:db8::1')!), '2001:db8::1/128')
  for (const text of ['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/-1', '::/129', '10.0.0.0/24/8'])
    assert.equal(parseCidr(text), null, text)
})

test('cidr: a block contains exactly its addresses', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 2n ** 32n - 1n), fc.integer({ min: 0, max: 32 }), (value, length) => {
      const block = cidrOf({ version: 4, value }, length)
      assert.ok(block.first <= value && value <= block.last)
      assert.equal(block.last - block.first + 1n, 2n ** BigInt(32 - length))
      assert.equal(isInCidr(formatIp(4, value), formatCidr(block)), true)
    }),
  )
  assert.equal(cidrsOverlap(parseCidr('10.0.0.0/8')!, parseCidr('10.1.0.0/16')!), true)
  assert.equal(cidrsOverlap(parseCidr('10.0.0.0/16')!, parseCidr('10.1.0.0/16')!), false)
  assert.equal(netmask(parseCidr('10.0.0.0/20')!), '255.255.240.0')
})

test('ip: a host makes its IPv6 address of its MAC as RFC 4291 says', () => {
  assert.equal(eui64(parseCidr('2001:db8::/64')!, 'fa:16:3e:00:00:01'), '2001:db8::f816:3eff:fe00:1')
  assert.equal(linkLocal('fa:16:3e:00:00:01'), 'fe80::f816:3eff:fe00:1')
})
