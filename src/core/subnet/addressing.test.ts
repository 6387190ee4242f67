import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import { cidrOf, formatCidr, parseCidr, parseIp } from '#base/ip.ts'
import { checkPools, defaultGateway, defaultPools, isEui64, isUsable } from './addressing.ts'

const blocks = fc.oneof(
  fc.tuple(fc.ipV4(), fc.integer({ min: 8, max: 32 })),
  fc.tuple(fc.ipV6(), fc.integer({ min: 16, max: 128 })),
)

test('addressing: pools nobody named lie in the block, leave the gateway out, and pass their own check', () => {
  fc.assert(
    fc.property(blocks, fc.boolean(), ([ip, length], withGateway) => {
      const cidr = cidrOf(parseIp(ip)!, length)
      const gateway = withGateway ? defaultGateway(cidr) : null
      const pools = defaultPools(cidr, gateway)
      const size = pools.reduce((sum, { start, end }) => sum + parseIp(end)!.value - parseIp(start)!.value + 1n, 0n)
      const all = cidr.last - cidr.first + 1n
      assert.ok(size <= all)
      const [address, prefix] = ipaddr.parseCIDR(formatCidr(cidr))
      for (const { start, end } of pools) {
        assert.ok(ipaddr.parse(start).match(address as never, prefix))
        assert.ok(ipaddr.parse(end).match(address as never, prefix))
      }
      if (all > 4n) {
        checkPools(pools, formatCidr(cidr))
        if (gateway) assert.ok(!pools.some(({ start, end }) => start === gateway || end === gateway))
      }
    }),
  )
})

test('addressing: small blocks have what there is', () => {
  const pools = (text: string, gateway: string | null) =>
    defaultPools(parseCidr(text)!, gateway).map(({ start, end }) => `${start}-${end}`)
  assert.deepEqual(pools('10.0.0.0/30', '10.0.0.1'), ['10.0.0.2-10.0.0.2'])
  assert.deepEqual(pools('10.0.0.0/31', null), ['10.0.0.0-10.0.0.1'])
  assert.deepEqual(pools('10.0.0.7/32', '10.0.0.8'), ['10.0.0.7-10.0.0.7'])
  assert.deepEqual(pools('fd00::/126', 'fd00::1'), ['fd00::2-fd00::3'])
  assert.equal(defaultGateway(parseCidr('255.255.255.255/32')!), '255.255.255.255')
  assert.equal(defaultGateway(parseCidr('10.0.0.0/24')!), '10.0.0.1')
  assert.equal(defaultGateway(parseCidr('fd00::/64')!), 'fd00::')
  assert.deepEqual(pools('fd00::/126', 'fd00::'), ['fd00::1-fd00::3'])
})

test("addressing: IPv4's network and broadcast addresses are nobody's; IPv6's first is a router's", () => {
  assert.equal(isUsable('10.0.0.0/24', '10.0.0.0', ''), false)
  assert.equal(isUsable('10.0.0.0/24', '10.0.0.255', ''), false)
  assert.equal(isUsable('10.0.0.0/24', '10.0.0.1', ''), true)
  assert.equal(isUsable('10.0.0.0/24', '10.0.1.1', ''), false)
  assert.equal(isUsable('fd00::/64', 'fd00::', 'compute:nova'), false)
  assert.equal(isUsable('fd00::/64', 'fd00::', 'network:router_interface'), true)
  assert.equal(isUsable('fd00::/64', '10.0.0.1', ''), false)
})

test('addressing: an address made of a MAC is known by its middle', () => {
  assert.equal(isEui64('fd00::f816:3eff:fe01:203'), true)
  assert.equal(isEui64('fd00::1'), false)
  assert.equal(isEui64('10.0.0.1'), false)
})
