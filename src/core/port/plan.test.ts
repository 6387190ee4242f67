import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Subnet } from '#core/subnet/tables.ts'
import type { AddressRequest } from '#ipam/allocate.ts'
import { changesFor, requestsFor, type WantedIp } from './plan.ts'

const port = { id: 'p', network_id: 'n', device_owner: 'compute:nova', mac_address: 'fa:16:3e:00:00:01' }
const router = { ...port, device_owner: 'network:router_interface' }
const subnet = (id: string, ip_version: 4 | 6, cidr: string, auto = false): Subnet =>
  ({
    id,
    network_id: 'n',
    ip_version,
    cidr,
    allocation_pools: [],
    service_types: [],
    enable_dhcp: true,
    ipv6_ra_mode: auto ? 'slaac' : null,
    ipv6_address_mode: auto ? 'slaac' : null,
  }) as unknown as Subnet
const a = subnet('a', 4, '10.0.0.0/24')
const b = subnet('b', 4, '10.0.1.0/24')
const s = subnet('s', 6, 'fd00::/64', true)
const AUTO = 's=fd00::f816:3eff:fe00:1'

/** `subnet=address`, or the subnets any of whose addresses will do. */
const told = (requests: readonly AddressRequest[]) =>
  requests.map((request) =>
    'ip' in request ? `${request.subnetId}=${request.ip}` : request.pools.map(({ id }) => id).join('|'),
  )

const creates: { [title: string]: [WantedIp[] | undefined, typeof port, string[]] } = {
  'nothing said: any of the family, and the automatic one': [undefined, port, ['a|b', AUTO]],
  'an empty list asks for nothing, and the automatic one comes by itself': [[], port, [AUTO]],
  'a router with an empty list gets nothing at all': [[], router, []],
  'a subnet for automatic addresses is not asked for twice': [[{ subnet_id: 's' }], port, [AUTO]],
  'the automatic address itself may be named': [[{ ip_address: 'fd00::f816:3eff:fe00:1' }], port, [AUTO]],
  'a router says what it wants, and gets nothing more': [[{ ip_address: 'fd00::1' }], router, ['s=fd00::1']],
  'a router with nothing said gets no automatic address': [undefined, router, ['a|b']],
  'an address finds its subnet': [[{ ip_address: '10.0.1.9' }], port, ['b=10.0.1.9', AUTO]],
}

for (const [title, [wanted, owner, expected]] of Object.entries(creates)) {
  test(`addresses of a new port: ${title}`, () => {
    assert.deepEqual(told(requestsFor(owner, wanted, [a, b, s]) ?? []), expected)
  })
}

const has = (subnet_id: string, ip_address: string) => ({ subnet_id, ip_address })
const auto = has('s', 'fd00::f816:3eff:fe00:1')

test('addresses of a changed port: what is asked for again stays, in the new order', () => {
  const current = [has('a', '10.0.0.5'), has('b', '10.0.1.5'), auto]
  const changes = changesFor(port, current, [{ subnet_id: 'b' }, { ip_address: '10.0.0.5' }], [a, b, s], false)
  assert.deepEqual(changes, { slots: [current[1], current[0], auto], requests: [], remove: [] })
})

test('addresses of a changed port: what nobody asks for goes, but for automatic addresses', () => {
  const current = [has('a', '10.0.0.5'), auto]
  const changes = changesFor(port, current, [{ ip_address: '10.0.0.6' }], [a, s], false)
  assert.deepEqual(told(changes.requests), ['a=10.0.0.6'])
  assert.deepEqual(changes.remove, [current[0]])
  assert.deepEqual(changes.slots, [null, auto])
})

test('addresses of a changed port: a new MAC address brings new automatic addresses and nothing else', () => {
  const current = [has('a', '10.0.0.5'), auto]
  const renewed = { ...port, mac_address: 'fa:16:3e:00:00:02' }
  const changes = changesFor(renewed, current, current, [a, s], true)
  assert.deepEqual(told(changes.requests), ['s=fd00::f816:3eff:fe00:2'])
  assert.deepEqual(changes.remove, [auto])
  assert.deepEqual(changes.slots, [current[0], null])
})

test('addresses of a changed port: an exact address is matched before a bare subnet takes it', () => {
  const current = [has('a', '10.0.0.5')]
  const changes = changesFor(port, current, [{ subnet_id: 'a' }, { ip_address: '10.0.0.5' }], [a], false)
  assert.deepEqual(changes.slots, [null, current[0]])
  assert.deepEqual(told(changes.requests), ['a'])
})
