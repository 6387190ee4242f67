import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WireError } from '#base/errors.ts'
import type { Subnet } from '#core/subnet/tables.ts'
import { candidates, NOWHERE, type Place, physicalNetworks } from './routed.ts'

const port = { network_id: 'n', device_owner: 'compute:nova' }
const subnet = (id: string, segment_id: string | null, cidr: string, service_types: string[] = []): Subnet =>
  ({ id, segment_id, cidr, service_types, enable_dhcp: true }) as unknown as Subnet
const a = subnet('a', 's1', '10.0.0.0/24')
const b = subnet('b', 's2', '10.0.1.0/24')
const plain = subnet('plain', null, '10.1.0.0/24')
const meant = subnet('meant', 's1', '10.0.2.0/24', ['compute:nova'])
const on = (host: string, ...segments: string[]): Place => ({ host, segments: new Set(segments) })

type Wanted = Parameters<typeof candidates>[2]
const cases: { [title: string]: [Subnet[], Wanted, Place, string[] | null | string] } = {
  'a network without subnets has none': [[], undefined, on('h'), []],
  'a network that is not routed asks for no host': [[plain], undefined, NOWHERE, ['plain']],
  'and does not mind one': [[plain], undefined, on('h'), ['plain']],
  'a routed network waits for the host': [[a, b], undefined, NOWHERE, null],
  'the host decides on the segment': [[a, b], undefined, on('h', 's2'), ['b']],
  'a host that reaches none of them': [[a, b], undefined, on('h', 's3'), 'HostNotConnectedToAnySegment'],
  'a host that reaches both': [[a, b], undefined, on('h', 's1', 's2'), 'HostConnectedToMultipleSegments'],
  'a host that reaches segments of other networks too': [[a, b], undefined, on('h', 's1', 's9'), ['a']],
  'a subnet that is asked for decides without a host': [[a, b], [{ subnet_id: 'b' }], NOWHERE, ['b']],
  'and so does an address': [[a, b], [{ ip_address: '10.0.0.9' }], NOWHERE, ['a']],
  'two segments cannot be asked for': [
    [a, b],
    [{ subnet_id: 'a' }, { ip_address: '10.0.1.9' }],
    NOWHERE,
    'FixedIpsSubnetsNotOnSameSegment',
  ],
  'what is in no subnet is for the plan to refuse': [[a, b], [{ ip_address: '192.0.2.1' }], NOWHERE, ['a', 'b']],
  'nothing asked for waits on a routed network': [[a, b], [], NOWHERE, null],
  'nothing asked for on another leaves it all': [[plain], [], NOWHERE, ['plain']],
  'subnets for this owner come first': [[a, meant], undefined, on('h', 's1'), ['meant', 'a']],
  'subnets for other owners only': [
    [subnet('x', null, '10.2.0.0/24', ['network:router_gateway'])],
    undefined,
    NOWHERE,
    'IpAddressGenerationFailureNoMatchingSubnet',
  ],
}

for (const [title, [all, wanted, place, expected]] of Object.entries(cases)) {
  test(`routed networks: ${title}`, () => {
    const run = () => candidates(port, all, wanted, place)
    if (typeof expected === 'string') {
      assert.throws(run, (error) => error instanceof WireError && error.type === expected)
    } else {
      assert.deepEqual(run()?.map(({ id }) => id) ?? null, expected)
    }
  })
}

test('routed networks: a distributed port has addresses of every segment', () => {
  const distributed = { ...port, device_owner: 'network:distributed' }
  const found = candidates(distributed, [a, b], [{ subnet_id: 'a' }, { subnet_id: 'b' }], NOWHERE)
  assert.deepEqual(
    found?.map(({ id }) => id),
    ['a', 'b'],
  )
})

test('routed networks: an agent reaches what it has mapped', () => {
  const mapped = { bridge_mappings: { p1: 'br-1' }, interface_mappings: { p2: 'eth2' }, tunnel_types: ['vxlan'] }
  assert.deepEqual(physicalNetworks(mapped), ['p1', 'p2'])
  for (const nothing of [null, undefined, 'x', {}, { bridge_mappings: null }]) {
    assert.deepEqual(physicalNetworks(nothing), [])
  }
})
