import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Store } from '#store/store.ts'
import { type Answer, startTestApi, type TestApi } from '../fakes/api.ts'
import { coreFeatures, coreStore, ML2 } from '../fakes/core.ts'

const features = await coreFeatures()
let store: Store
let api: TestApi

before(async () => {
  store = await coreStore(features)
  api = await startTestApi(store, features, ML2)
})
after(async () => {
  await api[Symbol.asyncDispose]()
  await store.close()
})

// biome-ignore lint/suspicious/noExplicitAny: whatever the server said
type Body = any

async function make(resource: string, values: object, token = 'admin'): Promise<Body> {
  const answer = await api.call(token, 'POST', `/v2.0/${resource}s`, { [resource]: values })
  assert.equal(answer.status, 201, answer.text)
  return answer.body[resource]
}
const show = async (resource: string, id: string, token = 'admin'): Promise<Body> =>
  (await api.call(token, 'GET', `/v2.0/${resource}s/${id}`)).body[resource]
const change = (resource: string, id: string, values: object, token = 'admin') =>
  api.call(token, 'PUT', `/v2.0/${resource}s/${id}`, { [resource]: values })
const remove = (resource: string, id: string, token = 'admin') => api.call(token, 'DELETE', `/v2.0/${resource}s/${id}`)

function assertRefused(answer: Answer, status: number, type: string, message?: string): void {
  assert.equal(answer.status, status, answer.text)
  assert.equal(answer.body.NeutronError.type, type, answer.text)
  if (message !== undefined) assert.equal(answer.body.NeutronError.message, message)
}

describe('networks', () => {
  test('a network is ACTIVE, has a segment of the first project type and the MTU that leaves', async () => {
    const network = await make('network', { name: 'n' })
    assert.equal(network.status, 'ACTIVE')
    assert.equal(network['provider:network_type'], 'vxlan')
    assert.equal(network['provider:physical_network'], null)
    assert.ok(network['provider:segmentation_id'] >= 1)
    assert.equal(network.mtu, 1450)
    assert.deepEqual(network.subnets, [])
  })

  test('members neither see nor set how a network is carried', async () => {
    const network = await make('network', { name: 'n' }, 'alice')
    assert.ok(!('provider:network_type' in network))
    const answer = await api.call('alice', 'POST', '/v2.0/networks', {
      network: { 'provider:network_type': 'flat', 'provider:physical_network': 'x' },
    })
    assertRefused(answer, 403, 'PolicyNotAuthorized')
  })

  const vlan = { 'provider:network_type': 'vlan', 'provider:physical_network': 'physnet1' }
  test('provider attributes are checked by their type driver, in its words', async () => {
    const cases: [object, string][] = [
      [{ 'provider:network_type': 'carrier-pigeon' }, "network_type value 'carrier-pigeon' not supported"],
      [{ 'provider:segmentation_id': 7 }, 'network_type required'],
      [{ 'provider:network_type': 'flat' }, 'physical_network required for flat provider network'],
      [
        { 'provider:network_type': 'flat', 'provider:physical_network': 'p', 'provider:segmentation_id': 3 },
        'segmentation_id prohibited for flat provider network',
      ],
      [{ ...vlan, 'provider:segmentation_id': 4095 }, 'segmentation_id out of range (1 through 4094)'],
      [
        { ...vlan, 'provider:physical_network': 'nowhere' },
        "physical_network 'nowhere' unknown for VLAN provider network",
      ],
      [
        { 'provider:network_type': 'vlan', 'provider:segmentation_id': 5 },
        'segmentation_id requires physical_network for VLAN provider network',
      ],
      [
        { 'provider:network_type': 'vxlan', 'provider:physical_network': 'physnet1' },
        'provider:physical_network specified for vxlan network',
      ],
      [{ mtu: 1451 }, 'Requested MTU is too big, maximum is 1450'],
    ]
    for (const [values, reason] of cases) {
      const answer = await api.call('admin', 'POST', '/v2.0/networks', { network: values })
      assertRefused(answer, 400, 'InvalidInput', `Invalid input for operation: ${reason}.`)
    }
  })

  test('an id, a VLAN or a physical network belongs to one network at a time', async () => {
    const first = await make('network', { ...vlan, 'provider:segmentation_id': 150 })
    const again = (network: object) => api.call('admin', 'POST', '/v2.0/networks', { network })
    assertRefused(
      await again({ ...vlan, 'provider:segmentation_id': 150 }),
      409,
      'VlanIdInUse',
      'Unable to create the network. The VLAN 150 on physical network physnet1 is in use.',
    )
    await make('network', { 'provider:network_type': 'gre', 'provider:segmentation_id': 77 })
    assertRefused(
      await again({ 'provider:network_type': 'gre', 'provider:segmentation_id': 77 }),
      409,
      'TunnelIdInUse',
      'Unable to create the network. The tunnel ID 77 is in use.',
    )
    await make('network', { 'provider:network_type': 'flat', 'provider:physical_network': 'public' })
    assertRefused(
      await again({ 'provider:network_type': 'flat', 'provider:physical_network': 'public' }),
      409,
      'FlatNetworkInUse',
      'Unable to create the flat network. Physical network public is in use.',
    )
    assert.equal((await remove('network', first.id)).status, 204)
    await make('network', { ...vlan, 'provider:segmentation_id': 150 })
  })

  test('a VLAN without an id gets one of the range; a physical network without a range has none', async () => {
    const network = await make('network', vlan)
    assert.ok(network['provider:segmentation_id'] >= 100 && network['provider:segmentation_id'] <= 199)
    assert.equal(network.mtu, 1500)
    const answer = await api.call('admin', 'POST', '/v2.0/networks', {
      network: { ...vlan, 'provider:physical_network': 'physnet2' },
    })
    assertRefused(answer, 503, 'NoNetworkAvailable')
  })

  test("a VLAN network's id can be changed, and nothing else of how it is carried", async () => {
    const network = await make('network', { ...vlan, 'provider:segmentation_id': 190 })
    const moved = await change('network', network.id, { 'provider:segmentation_id': 191 })
    assert.equal(moved.body.network['provider:segmentation_id'], 191)
    await make('network', { ...vlan, 'provider:segmentation_id': 190 })
    assertRefused(await change('network', network.id, { 'provider:network_type': 'flat' }), 400, 'InvalidInput')
    const tunnel = await make('network', {})
    assertRefused(
      await change('network', tunnel.id, { 'provider:segmentation_id': 9999 }),
      400,
      'InvalidInput',
      'Invalid input for operation: Only VLAN type networks can be updated..',
    )
  })

  test('an MTU may not be smaller than a subnet needs', async () => {
    const network = await make('network', { mtu: 1000 })
    const subnet = { network_id: network.id, ip_version: 6, cidr: 'fd00::/64' }
    assertRefused(
      await api.call('admin', 'POST', '/v2.0/subnets', { subnet }),
      409,
      'NetworkMTUSubnetConflict',
      `MTU of ${network.id} is not valid, subnet requires a minimum of 1280`,
    )
    assert.equal((await change('network', network.id, { mtu: 0 })).body.network.mtu, 1450)
    await make('subnet', subnet)
    assertRefused(await change('network', network.id, { mtu: 1279 }), 409, 'NetworkMTUSubnetConflict')
  })

  test('a shared network is seen by all, and cannot be taken back from those who use it', async () => {
    const network = await make('network', { shared: true, name: 'common' })
    const subnet = await make('subnet', { network_id: network.id, ip_version: 4, cidr: '10.9.0.0/24' })
    assert.equal((await show('subnet', subnet.id, 'bob')).id, subnet.id)
    const port = await make('port', { network_id: network.id }, 'bob')
    assertRefused(
      await change('network', network.id, { shared: false }),
      409,
      'InvalidSharedSetting',
      'Unable to reconfigure sharing settings for network common. Multiple projects are using it.',
    )
    assert.equal((await remove('port', port.id, 'bob')).status, 204)
    assert.equal((await change('network', network.id, { shared: false })).status, 200)
    assert.equal((await api.call('bob', 'GET', `/v2.0/subnets/${subnet.id}`)).status, 404)
  })

  test('the external flag shows on the network and on its subnets', async () => {
    const network = await make('network', { 'router:external': true })
    const subnet = await make('subnet', { network_id: network.id, ip_version: 4, cidr: '198.51.100.0/24' })
    assert.equal(subnet['router:external'], true)
    assert.equal((await show('network', network.id, 'alice'))['router:external'], true)
    await change('network', network.id, { 'router:external': false })
    assert.equal((await show('subnet', subnet.id))['router:external'], false)
  })

  test('deleting a network takes its subnets and DHCP ports; any other port keeps it', async () => {
    const network = await make('network', {}, 'alice')
    const subnet = await make('subnet', { network_id: network.id, ip_version: 4, cidr: '10.0.0.0/24' }, 'alice')
    const dhcp = await make('port', { network_id: network.id, device_owner: 'network:dhcp' })
    assert.equal(dhcp.fixed_ips[0].ip_address, '10.0.0.2')
    const port = await make('port', { network_id: network.id }, 'alice')
    assertRefused(
      await remove('network', network.id, 'alice'),
      409,
      'NetworkInUse',
      `Unable to complete operation on network ${network.id}. There are one or more ports still in use on the network, ` +
        `id for these ports is: ${port.id}.`,
    )
    assert.deepEqual((await show('network', network.id)).subnets, [subnet.id])
    await remove('port', port.id, 'alice')
    assert.equal((await remove('network', network.id, 'alice')).status, 204)
    assert.equal((await api.call('admin', 'GET', `/v2.0/subnets/${subnet.id}`)).status, 404)
    assert.equal((await api.call('admin', 'GET', `/v2.0/ports/${dhcp.id}`)).status, 404)
  })

  test('an unknown network is not found, by its own type', async () => {
    const id = '11111111-1111-4111-8111-111111111111'
    assertRefused(
      await api.call('admin', 'GET', `/v2.0/networks/${id}`),
      404,
      'NetworkNotFound',
      `Network ${id} could not be found.`,
    )
    const port = await api.call('admin', 'POST', '/v2.0/ports', { port: { network_id: id } })
    assertRefused(port, 404, 'NetworkNotFound')
  })
})

describe('subnets', () => {
  test('gateway and pools are what is left when nobody names them', async () => {
    const network = await make('network', {})
    const subnet = await make('subnet', { network_id: network.id, ip_version: 4, cidr: '10.1.2.77/24' })
    assert.equal(subnet.cidr, '10.1.2.0/24')
    assert.equal(subnet.gateway_ip, '10.1.2.1')
    assert.deepEqual(subnet.allocation_pools, [{ start: '10.1.2.2', end: '10.1.2.254' }])
    const around = await make('subnet', {
      network_id: network.id,
      ip_version: 4,
      cidr: '10.1.3.0/24',
      gateway_ip: '10.1.3.100',
    })
    assert.deepEqual(around.allocation_pools, [
      { start: '10.1.3.1', end: '10.1.3.99' },
      { start: '10.1.3.101', end: '10.1.3.254' },
    ])
    const none = await make('subnet', { network_id: network.id, ip_version: 4, cidr: '10.1.4.0/30', gateway_ip: null })
    assert.equal(none.gateway_ip, null)
    assert.deepEqual(none.allocation_pools, [{ start: '10.1.4.1', end: '10.1.4.2' }])
  })

  test('what cannot be a subnet is refused with the reason', async () => {
    const network = await make('network', {})
    await make('subnet', { network_id: network.id, ip_version: 4, cidr: '10.5.0.0/16' })
    const input = (reason: string) => [400, 'InvalidInput', `Invalid input for operation: ${reason}.`] as const
    const cases: [object, readonly [number, string, string?]][] = [
      [
        { cidr: '10.5.7.0/24' },
        input(`Requested subnet with cidr: 10.5.7.0/24 for network: ${network.id} overlaps with another subnet`),
      ],
      [{ cidr: '0.0.0.0/0', enable_dhcp: false }, input('0 is not allowed as CIDR prefix length')],
      [{ cidr: 'fd00::/64' }, input("cidr 'fd00::/64' does not match the ip_version '4'")],
      [{ cidr: '10.6.0.0/31' }, input('Subnet has a prefix length that is incompatible with DHCP service enabled')],
      [{ cidr: '224.0.0.0/24' }, input('Multicast IP subnet is not supported if enable_dhcp is True')],
      [{ cidr: '127.0.0.0/24' }, input('Loopback IP subnet is not supported if enable_dhcp is True')],
      [{ cidr: '10.6.0.0/24', gateway_ip: '10.6.0.255' }, input('Gateway is not valid on subnet')],
      [{ cidr: '10.6.0.0/24', gateway_ip: 'fd00::1' }, input("gateway_ip 'fd00::1' does not match the ip_version '4'")],
      [{ cidr: '10.6.0.0/24', ipv6_ra_mode: 'slaac' }, input('ipv6_ra_mode is not valid when ip_version is 4')],
      [
        { cidr: 'fd01::/64', ip_version: 6, ipv6_ra_mode: 'slaac', ipv6_address_mode: 'dhcpv6-stateful' },
        input(
          "ipv6_ra_mode set to 'slaac' with ipv6_address_mode set to 'dhcpv6-stateful' is not valid. " +
            'If both attributes are set, they must be the same value',
        ),
      ],
      [
        { cidr: 'fd01::/80', ip_version: 6, ipv6_ra_mode: 'slaac' },
        input(
          'Invalid CIDR fd01::/80 for IPv6 address mode. OpenStack uses the EUI-64 address format, ' +
            'which requires the prefix to be /64',
        ),
      ],
      [{}, [400, 'BadRequest', 'Bad subnets request: a subnetpool must be specified in the absence of a cidr.']],
      [
        { cidr: '10.6.0.0/24', prefixlen: 24 },
        [400, 'BadRequest', 'Bad subnets request: cidr and prefixlen must not be supplied together.'],
      ],
      [{ subnetpool_id: network.id }, [404, 'SubnetPoolNotFound', `Subnet pool ${network.id} could not be found.`]],
      [
        { cidr: '10.6.0.0/24', allocation_pools: [{ start: '10.6.0.9', end: '10.6.1.9' }] },
        [
          400,
          'OutOfBoundsAllocationPool',
          'The allocation pool 10.6.0.9-10.6.1.9 spans beyond the subnet cidr 10.6.0.0/24.',
        ],
      ],
      [
        { cidr: '10.6.0.0/24', allocation_pools: [{ start: '10.6.0.9', end: '10.6.0.5' }] },
        [400, 'InvalidAllocationPool'],
      ],
      [
        {
          cidr: '10.6.0.0/24',
          allocation_pools: [
            { start: '10.6.0.5', end: '10.6.0.9' },
            { start: '10.6.0.9', end: '10.6.0.12' },
          ],
        },
        [
          409,
          'OverlappingAllocationPools',
          'Found overlapping allocation pools: 10.6.0.5-10.6.0.9 10.6.0.9-10.6.0.12 for subnet 10.6.0.0/24.',
        ],
      ],
      [
        { cidr: '10.6.0.0/24', gateway_ip: '10.6.0.6', allocation_pools: [{ start: '10.6.0.5', end: '10.6.0.9' }] },
        [
          409,
          'GatewayConflictWithAllocationPools',
          'Gateway ip 10.6.0.6 conflicts with allocation pool 10.6.0.5-10.6.0.9.',
        ],
      ],
      [
        { cidr: '10.6.0.0/24', dns_nameservers: ['1.1.1.1', '1.1.1.2', '1.1.1.3', '1.1.1.4', '1.1.1.5', '1.1.1.6'] },
        [
          400,
          'DNSNameServersExhausted',
          'Unable to complete operation for new subnet. The number of DNS nameservers exceeds the limit 5.',
        ],
      ],
      [
        { cidr: '10.6.0.0/24', dns_nameservers: ['1.1.1.1', '1.1.1.1'] },
        [400, 'HTTPBadRequest', "Invalid input for dns_nameservers. Reason: Duplicate nameserver '1.1.1.1'."],
      ],
      [
        {
          cidr: '10.6.0.0/24',
          host_routes: Array.from({ length: 21 }, (_, index) => ({
            destination: `10.7.${index}.0/24`,
            nexthop: '10.6.0.9',
          })),
        },
        [
          400,
          'HostRoutesExhausted',
          'Unable to complete operation for new subnet. The number of host routes exceeds the limit 20.',
        ],
      ],
      [
        { cidr: '10.6.0.0/24', host_routes: [{ destination: '10.7.0.1/24', nexthop: '10.6.0.9' }] },
        [400, 'HTTPBadRequest', "Invalid input for host_routes. Reason: '10.7.0.1/24' is not a valid CIDR."],
      ],
    ]
    for (const [values, [status, type, message]] of cases) {
      const subnet = { network_id: network.id, ip_version: 4, ...values }
      assertRefused(await api.call('admin', 'POST', '/v2.0/subnets', { subnet }), status, type, message)
    }
    assert.equal((await show('network', network.id)).subnets.length, 1)
  })

  test('subnets of one bulk create may not overlap each other, and none is made', async () => {
    const network = await make('network', {})
    const subnet = { network_id: network.id, ip_version: 4, cidr: '10.0.0.0/24' }
    const answer = await api.call('admin', 'POST', '/v2.0/subnets', { subnets: [subnet, subnet] })
    assertRefused(answer, 400, 'InvalidInput')
    assert.deepEqual((await show('network', network.id)).subnets, [])
  })

  test('changing a subnet counts a revision of its network, and an update is held to the same rules', async () => {
    const network = await make('network', {})
    const subnet = await make('subnet', { network_id: network.id, ip_version: 4, cidr: '10.0.0.0/24' })
    const { revision_number } = await show('network', network.id)
    const routes = [{ destination: '10.8.0.0/16', nexthop: '10.0.0.9' }]
    const changed = await change('subnet', subnet.id, { host_routes: routes, name: 'x' })
    assert.deepEqual(changed.body.subnet.host_routes, routes)
    assert.equal(changed.body.subnet.revision_number, subnet.revision_number + 1)
    assert.equal((await show('network', network.id)).revision_number, revision_number + 1)
    assertRefused(
      await change('subnet', subnet.id, { gateway_ip: '10.0.0.50' }),
      409,
      'GatewayConflictWithAllocationPools',
    )
    const moved = await change('subnet', subnet.id, {
      gateway_ip: '10.0.0.50',
      allocation_pools: [{ start: '10.0.0.60', end: '10.0.0.70' }],
    })
    assert.equal(moved.body.subnet.gateway_ip, '10.0.0.50')
    assertRefused(await change('subnet', subnet.id, { cidr: '10.0.0.0/16' }), 400, 'HTTPBadRequest')
  })

  test('a gateway that a router has cannot be changed', async () => {
    const network = await make('network', {})
    const subnet = await make('subnet', { network_id: network.id, ip_version: 4, cidr: '10.0.0.0/24' })
    const port = await make('port', {
      network_id: network.id,
      device_owner: 'network:router_interface',
      fixed_ips: [{ subnet_id: subnet.id, ip_address: '10.0.0.1' }],
    })
    assertRefused(
      await change('subnet', subnet.id, { gateway_ip: null }),
      409,
      'GatewayIpInUse',
      `Current gateway ip 10.0.0.1 already in use by port ${port.id}. Unable to update.`,
    )
  })

  test('a subnet in use cannot be deleted; DHCP ports and automatic addresses do not keep it', async () => {
    const network = await make('network', {})
    const subnet = await make('subnet', { network_id: network.id, ip_version: 4, cidr: '10.0.0.0/24' })
    const dhcp = await make('port', { network_id: network.id, device_owner: 'network:dhcp' })
    const port = await make('port', { network_id: network.id })
    const modes = { ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' }
    const auto = await make('subnet', { network_id: network.id, ip_version: 6, cidr: 'fd00:1::/64', ...modes })
    const grown = await show('port', port.id)
    assert.equal(grown.fixed_ips.length, 2)
    assert.equal(grown.revision_number, port.revision_number + 1)
    assert.match(grown.fixed_ips[1].ip_address, /^fd00:1::f816:3eff:fe/)
    assertRefused(
      await remove('subnet', subnet.id),
      409,
      'SubnetInUse',
      `Unable to complete operation on subnet ${subnet.id}: One or more ports have an IP allocation from this subnet.`,
    )
    assert.equal((await remove('subnet', auto.id)).status, 204)
    assert.equal((await show('port', port.id)).fixed_ips.length, 1)
    await remove('port', port.id)
    assert.equal((await remove('subnet', subnet.id)).status, 204)
    assert.deepEqual((await show('port', dhcp.id)).fixed_ips, [])
  })
})
