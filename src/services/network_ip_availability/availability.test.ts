import assert from 'node:assert/strict'
import { test } from 'node:test'
import { availabilityOf, type Counted } from './availability.ts'

const subnet = (id: string, cidr: string, ...pools: readonly string[]): Counted => ({
  id,
  name: id,
  cidr,
  ip_version: cidr.includes(':') ? 6 : 4,
  allocation_pools: pools.map((pool) => {
    const [start = '', end = ''] = pool.split('-')
    return { start, end }
  }),
})

test('availability: a network sums its subnets up', () => {
  const subnets = [
    subnet('a', '10.0.0.0/24', '10.0.0.2-10.0.0.254'),
    subnet('b', '10.0.1.0/29', '10.0.1.1-10.0.1.2', '10.0.1.4-10.0.1.5'),
  ]
  const used = new Map([
    ['a', { all: 3, inPools: 2 }],
    ['b', { all: 1, inPools: 1 }],
  ])
  const { subnet_ip_availability, ...sums } = availabilityOf(subnets, used, true)
  assert.deepEqual(sums, {
    used_ips: 4,
    total_ips: 257,
    ip_availability_details: {
      total_ips_in_subnet: 260,
      total_ips_in_allocation_pool: 257,
      used_ips_in_subnet: 4,
      used_ips_in_allocation_pool: 3,
    },
  })
  assert.equal((subnet_ip_availability as readonly object[]).length, 2)
})

test('availability: what no number holds is written in full', () => {
  const all = [subnet('a', 'fd00::/64', 'fd00::1-fd00::ffff:ffff:ffff:ffff'), subnet('b', 'fd01::/8')]
  const { total_ips } = availabilityOf(all, new Map(), false)
  assert.equal(JSON.stringify(total_ips), String(2n ** 64n - 1n + 2n ** 120n))
})

test('availability: a subnet without pools counts as a whole, one of a single address has no address to spare', () => {
  const { subnet_ip_availability } = availabilityOf([subnet('a', '10.0.0.1/32')], new Map(), true)
  assert.partialDeepStrictEqual(subnet_ip_availability, [
    { total_ips: 1, used_ips: 0, ip_availability_details: { total_ips_in_subnet: 0, total_ips_in_allocation_pool: 0 } },
  ])
})
