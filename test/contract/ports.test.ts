import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { spacedSeconds, systemClock } from '#base/clock.ts'
import { newId } from '#base/ids.ts'
import { clearBlock } from '#core/port/provisioning.ts'
import { provisioningBlocks } from '#core/port/tables.ts'
import { type Agent, agents } from '#extensions/agent/tables.ts'
import { rebindFailed } from '#ml2/binding.ts'
import { deviceDetails } from '#ml2/details.ts'
import type { Store } from '#store/store.ts'
import { type Answer, startTestApi, type TestApi } from '../fakes/api.ts'
import { coreFeatures, coreStore, ML2, systemOperation } from '../fakes/core.ts'

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
const create = (port: object, token = 'admin') => api.call(token, 'POST', '/v2.0/ports', { port })
const change = (id: string, port: object, token = 'admin') => api.call(token, 'PUT', `/v2.0/ports/${id}`, { port })
const show = async (id: string, token = 'admin'): Promise<Body> =>
  (await api.call(token, 'GET', `/v2.0/ports/${id}`)).body.port
const list = async (query: string): Promise<Body[]> =>
  (await api.call('admin', 'GET', `/v2.0/ports?${query}`)).body.ports

function assertRefused(answer: Answer, status: number, type: string, message?: string): void {
  assert.equal(answer.status, status, answer.text)
  assert.equal(answer.body.NeutronError.type, type, answer.text)
  if (message !== undefined) assert.equal(answer.body.NeutronError.message, message)
}

async function dualStack(): Promise<{ network_id: string; v4: string; v6: string; slaac: string }> {
  const { id: network_id } = await make('network', {})
  const subnet = async (values: object) => (await make('subnet', { network_id, ...values })).id as string
  const modes = { ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' }
  return {
    network_id,
    v4: await subnet({ ip_version: 4, cidr: '10.0.0.0/24' }),
    v6: await subnet({ ip_version: 6, cidr: 'fd00:6::/64' }),
    slaac: await subnet({ ip_version: 6, cidr: 'fd00:5::/64', ...modes }),
  }
}

test('what is listed as an extension is what adds to the core resources, not those themselves', async () => {
  const { body } = await api.call('admin', 'GET', '/v2.0/extensions')
  const aliases = body.extensions.map(({ alias }: Body) => alias)
  for (const alias of [
    'provider',
    'binding',
    'external-net',
    'subnet-external-network',
    'net-mtu',
    'net-mtu-writable',
  ]) {
    assert.ok(aliases.includes(alias), alias)
  }
  assert.ok(aliases.includes('port-mac-address-regenerate') && aliases.includes('ip-substring-filtering'))
  assert.ok(!aliases.some((alias: string) => ['network', 'subnet', 'port', 'ml2'].includes(alias)))
})

describe('addresses of ports', () => {
  test('nothing said: one address of each family, and the automatic ones', async () => {
    const { network_id, v4, v6, slaac } = await dualStack()
    const port = await make('port', { network_id, mac_address: '02:00:00:00:00:01' })
    assert.deepEqual(
      port.fixed_ips.map(({ subnet_id }: Body) => subnet_id),
      [v4, v6, slaac],
    )
    assert.equal(port.fixed_ips[2].ip_address, 'fd00:5::ff:fe00:1')
    assert.equal(port.status, 'DOWN')
    const bare = await make('port', { network_id, fixed_ips: [] })
    assert.deepEqual(
      bare.fixed_ips.map(({ subnet_id }: Body) => subnet_id),
      [slaac],
    )
  })

  test('several addresses of one subnet, exact ones among them, keep the order asked for', async () => {
    const { network_id, v4 } = await dualStack()
    const port = await make('port', {
      network_id,
      fixed_ips: [{ subnet_id: v4 }, { ip_address: '10.0.0.77' }, { subnet_id: v4, ip_address: '10.0.0.66' }],
    })
    const ips = port.fixed_ips.map(({ ip_address }: Body) => ip_address)
    assert.equal(ips.length, 4)
    assert.deepEqual(ips.slice(1, 3), ['10.0.0.77', '10.0.0.66'])
  })

  test('an address that cannot be had is refused with the reason', async () => {
    const { network_id, v4, slaac } = await dualStack()
    const other = await dualStack()
    await make('port', { network_id, fixed_ips: [{ subnet_id: v4, ip_address: '10.0.0.5' }] })
    const cases: [object[], number, string, string?][] = [
      [
        [{ subnet_id: v4, ip_address: '10.0.0.5' }],
        409,
        'IpAddressAlreadyAllocated',
        `IP address 10.0.0.5 already allocated in subnet ${v4}`,
      ],
      [
        [{ subnet_id: v4, ip_address: '10.0.1.5' }],
        400,
        'InvalidIpForSubnet',
        'IP address 10.0.1.5 is not a valid IP for the specified subnet.',
      ],
      [[{ subnet_id: v4, ip_address: '10.0.0.255' }], 400, 'InvalidIpForSubnet'],
      [
        [{ ip_address: '192.0.2.1' }],
        400,
        'InvalidIpForNetwork',
        'IP address 192.0.2.1 is not a valid IP for any of the subnets on the specified network.',
      ],
      [
        [{ subnet_id: slaac, ip_address: 'fd00:5::1234' }],
        400,
        'AllocationOnAutoAddressSubnet',
        `IPv6 address fd00:5::1234 cannot be directly assigned to a port on subnet ${slaac} as the subnet is ` +
          'configured for automatic addresses',
      ],
      [
        [{ subnet_id: other.v4 }],
        400,
        'InvalidInput',
        `Invalid input for operation: Failed to create port on network ${network_id}, because fixed_ips included ` +
          `invalid subnet ${other.v4}.`,
      ],
      [[{ subnet_id: network_id }], 404, 'SubnetNotFound'],
      [[{}], 400, 'InvalidInput', 'Invalid input for operation: IP allocation requires subnet_id or ip_address.'],
      [
        [{ ip_address: '10.0.0.9' }, { ip_address: '10.0.0.9' }],
        400,
        'HTTPBadRequest',
        "Invalid input for fixed_ips. Reason: Duplicate IP address '10.0.0.9'.",
      ],
    ]
    for (const [fixed_ips, status, type, message] of cases) {
      assertRefused(await create({ network_id, fixed_ips }), status, type, message)
    }
    assert.equal((await list(`network_id=${network_id}`)).length, 1)
    const { id: empty } = await make('network', {})
    assertRefused(
      await create({ network_id: empty, fixed_ips: [{ ip_address: '10.0.0.9' }] }),
      400,
      'InvalidInput',
      'Invalid input for operation: IP allocation requires subnets for network.',
    )
  })

  test('a full subnet answers that no address is left; the next subnet of the family helps out', async () => {
    const { id: network_id } = await make('network', {})
    const pools = { allocation_pools: [{ start: '10.0.0.2', end: '10.0.0.4' }] }
    const first = await make('subnet', { network_id, ip_version: 4, cidr: '10.0.0.0/24', ...pools })
    const port = { network_id }
    const bulk = await api.call('admin', 'POST', '/v2.0/ports', { ports: [port, port, port, port] })
    assertRefused(bulk, 409, 'IpAddressGenerationFailure', `No more IP addresses available on network ${network_id}.`)
    assert.deepEqual(await list(`network_id=${network_id}`), [])
    const full = await api.call('admin', 'POST', '/v2.0/ports', { ports: [port, port, port] })
    assert.equal(full.status, 201)
    const next = await make('subnet', { network_id, ip_version: 4, cidr: '10.0.1.0/24' })
    const again = await api.call('admin', 'POST', '/v2.0/ports', { ports: [port, port] })
    assert.equal(again.status, 201)
    for (const { fixed_ips } of full.body.ports) assert.equal(fixed_ips[0].subnet_id, first.id)
    for (const { fixed_ips } of again.body.ports) assert.equal(fixed_ips[0].subnet_id, next.id)
  })

  test('an update gives back what is no longer wanted and keeps what is', async () => {
    const { network_id, v4 } = await dualStack()
    const port = await make('port', { network_id, fixed_ips: [{ subnet_id: v4, ip_address: '10.0.0.8' }] })
    const auto = port.fixed_ips[1]
    const { body } = await change(port.id, { fixed_ips: [{ subnet_id: v4 }, { ip_address: '10.0.0.9' }] })
    assert.deepEqual(body.port.fixed_ips, [
      { subnet_id: v4, ip_address: '10.0.0.8' },
      { subnet_id: v4, ip_address: '10.0.0.9' },
      auto,
    ])
    assert.equal(body.port.revision_number, port.revision_number + 1)
    await change(port.id, { fixed_ips: [{ ip_address: '10.0.0.9' }] })
    const next = await make('port', { network_id, fixed_ips: [{ ip_address: '10.0.0.8' }] })
    assert.equal(next.fixed_ips[0].ip_address, '10.0.0.8')
    assertRefused(await change(port.id, { fixed_ips: [{ ip_address: '10.0.0.8' }] }), 409, 'IpAddressAlreadyAllocated')
    assert.equal((await show(port.id)).fixed_ips[0].ip_address, '10.0.0.9')
  })

  test('automatic addresses follow the MAC address', async () => {
    const { network_id } = await dualStack()
    const port = await make('port', { network_id, mac_address: '02:00:00:00:00:01' })
    const { body } = await change(port.id, { mac_address: '02:00:00:00:00:02' })
    const ips = body.port.fixed_ips.map(({ ip_address }: Body) => ip_address)
    assert.deepEqual(
      ips.slice(0, 2),
      port.fixed_ips.slice(0, 2).map(({ ip_address }: Body) => ip_address),
    )
    assert.equal(ips[2], 'fd00:5::ff:fe00:2')
    const fresh = (await change(port.id, { mac_address: null })).body.port
    assert.match(fresh.mac_address, /^fa:16:3e:/)
  })

  test('ports are found by address, by part of one, and by subnet', async () => {
    const { network_id, v4, v6 } = await dualStack()
    const port = await make('port', { network_id, fixed_ips: [{ ip_address: '10.0.0.203' }] })
    const ids = async (query: string) => (await list(`network_id=${network_id}&${query}`)).map(({ id }) => id)
    assert.deepEqual(await ids('fixed_ips=ip_address=10.0.0.203'), [port.id])
    assert.deepEqual(await ids('fixed_ips=ip_address_substr=0.203'), [port.id])
    assert.deepEqual(await ids(`fixed_ips=subnet_id=${v4}`), [port.id])
    assert.deepEqual(await ids(`fixed_ips=ip_address=10.0.0.203&fixed_ips=subnet_id=${v6}`), [])
    assert.deepEqual(await ids('fixed_ips=ip_address=10.0.0.203&fixed_ips=ip_address=10.0.0.204'), [port.id])
  })
})

describe('MAC addresses and owners of ports', () => {
  test('a MAC address is unique on its network, in whatever way it is written', async () => {
    const { id: network_id } = await make('network', {})
    const port = await make('port', { network_id, mac_address: '02-00-00-00-00-AA' })
    assert.equal(port.mac_address, '02:00:00:00:00:aa')
    const refusal = `Unable to complete operation for network ${network_id}. The mac address 02:00:00:00:00:aa is in use.`
    assertRefused(await create({ network_id, mac_address: '02:00:00:00:00:aa' }), 409, 'MacAddressInUse', refusal)
    const other = await make('port', { network_id })
    assertRefused(await change(other.id, { mac_address: '02:00:00:00:00:aa' }), 409, 'MacAddressInUse')
    await api.call('admin', 'DELETE', `/v2.0/ports/${port.id}`)
    assert.equal((await change(other.id, { mac_address: '02:00:00:00:00:aa' })).status, 200)
    assertRefused(await create({ network_id, mac_address: '00:00:00:00:00:00' }), 400, 'HTTPBadRequest')
  })

  test("members may not pose as the network's own devices on networks of others", async () => {
    const { id: network_id } = await make('network', { shared: true })
    assertRefused(await create({ network_id, device_owner: 'network:dhcp' }, 'bob'), 403, 'PolicyNotAuthorized')
    assertRefused(await create({ network_id, mac_address: '02:00:00:00:00:01' }, 'bob'), 403, 'PolicyNotAuthorized')
    assert.equal((await create({ network_id, device_owner: 'compute:nova' }, 'bob')).status, 201)
    const subnet = await make('subnet', { network_id, ip_version: 4, cidr: '10.0.0.0/24' })
    assert.equal((await create({ network_id, fixed_ips: [{ subnet_id: subnet.id }] }, 'bob')).status, 201)
    const named = { network_id, fixed_ips: [{ subnet_id: subnet.id, ip_address: '10.0.0.9' }] }
    assertRefused(await create(named, 'bob'), 403, 'PolicyNotAuthorized')
    const { id: own } = await make('network', {}, 'bob')
    assert.equal((await create({ network_id: own, device_owner: 'network:dhcp' }, 'bob')).status, 201)
  })

  test('the MAC address of a service port stays', async () => {
    const { id: network_id } = await make('network', {})
    const port = await make('port', { network_id, device_owner: 'network:dhcp' })
    assertRefused(
      await change(port.id, { mac_address: '02:00:00:00:00:01' }),
      409,
      'UnsupportedPortDeviceOwner',
      `Operation mac address update is not supported for device_owner network:dhcp on port ${port.id}.`,
    )
  })
})

async function report(host: string, values: Partial<Agent> = {}): Promise<void> {
  const now = spacedSeconds(systemClock.now())
  const row: Agent = {
    id: newId(),
    agent_type: 'Open vSwitch agent',
    binary: 'neutron-openvswitch-agent',
    topic: 'N/A',
    host,
    admin_state_up: true,
    created_at: now,
    started_at: now,
    heartbeat_timestamp: now,
    availability_zone: null,
    description: null,
    configurations: {
      tunnel_types: ['vxlan'],
      bridge_mappings: { physnet1: 'br-ex' },
      integration_bridge: 'br-int',
      datapath_type: 'netdev',
    },
    ...values,
  }
  await store.transaction((tx) => tx.insert(agents, [row]))
}

describe('binding of ports', () => {
  const here = { 'binding:host_id': 'host-1' }
  let network_id: string

  before(async () => {
    await report('host-1')
    await report('dead', { heartbeat_timestamp: '2020-01-01 00:00:00' })
    network_id = (await make('network', {})).id
    await make('subnet', { network_id, ip_version: 4, cidr: '10.0.0.0/24' })
  })

  test('a port that names a host with a living agent is bound, and goes ACTIVE when the agent is done', async () => {
    const port = await make('port', { network_id, ...here })
    assert.equal(port['binding:vif_type'], 'ovs')
    assert.deepEqual(port['binding:vif_details'], {
      port_filter: true,
      connectivity: 'l2',
      ovs_hybrid_plug: false,
      datapath_type: 'netdev',
      bridge_name: 'br-int',
      bound_drivers: { '0': 'openvswitch' },
    })
    assert.equal(port.status, 'DOWN')

    const active = await store.transaction((tx) =>
      clearBlock(systemOperation(tx), api.started.resources, [port.id], 'L2'),
    )
    assert.deepEqual(active, [port.id])
    const shown = await show(port.id)
    assert.equal(shown.status, 'ACTIVE')
    assert.equal(shown.revision_number, port.revision_number + 1)
  })

  test('members do not see where a port is bound', async () => {
    const { id } = await make('network', {}, 'alice')
    const port = await make('port', { network_id: id }, 'alice')
    assert.deepEqual(
      Object.keys(port).filter((name) => name.startsWith('binding:')),
      ['binding:vnic_type'],
    )
    assertRefused(await create({ network_id: id, ...here }, 'alice'), 403, 'PolicyNotAuthorized')
  })

  test('no agent, a dead one, or one that cannot reach the network: binding failed', async () => {
    const typeOf = async (values: object) => (await make('port', values))['binding:vif_type']
    assert.equal(await typeOf({ network_id, 'binding:host_id': 'nobody' }), 'binding_failed')
    assert.equal(await typeOf({ network_id, 'binding:host_id': 'dead' }), 'binding_failed')
    const { id: gre } = await make('network', { 'provider:network_type': 'gre' })
    assert.equal(await typeOf({ network_id: gre, ...here }), 'binding_failed')
    assert.equal(await typeOf({ network_id, ...here, 'binding:vnic_type': 'macvtap' }), 'binding_failed')
    assert.equal(await typeOf({ network_id }), 'unbound')
  })

  test('another host binds again, no host unbinds, and the port is DOWN meanwhile', async () => {
    await report('host-2')
    const port = await make('port', { network_id, ...here })
    await store.transaction((tx) => clearBlock(systemOperation(tx), api.started.resources, [port.id], 'L2'))
    const moved = (await change(port.id, { 'binding:host_id': 'host-2' })).body.port
    assert.equal(moved['binding:vif_type'], 'ovs')
    assert.equal(moved.status, 'DOWN')
    const blocks = await store.read((tx) => tx.list(provisioningBlocks, { port_id: port.id, entity: 'L2' }))
    assert.equal(blocks.length, 1)
    const gone = (await change(port.id, { 'binding:host_id': null })).body.port
    assert.equal(gone['binding:vif_type'], 'unbound')
    assert.deepEqual(gone['binding:vif_details'], {})
    assert.equal(gone.status, 'DOWN')
  })

  test('a bound port keeps its MAC address and VNIC type', async () => {
    const port = await make('port', { network_id, ...here, mac_address: '02:00:00:00:01:01' })
    assertRefused(
      await change(port.id, { mac_address: '02:00:00:00:01:02' }),
      409,
      'PortBound',
      `Unable to complete operation on port ${port.id}, port is already bound, port type: ovs, ` +
        'old_mac 02:00:00:00:01:01, new_mac 02:00:00:00:01:02.',
    )
    assertRefused(await change(port.id, { 'binding:vnic_type': 'direct' }), 409, 'PortInUse')
  })

  test('failed bindings are tried again when the agent comes back', async () => {
    const port = await make('port', { network_id, 'binding:host_id': 'late' })
    assert.equal(port['binding:vif_type'], 'binding_failed')
    await report('late')
    const tried = await store.transaction((tx) => rebindFailed(systemOperation(tx), api.started.resources, 'late'))
    assert.equal(tried, 1)
    assert.equal((await show(port.id))['binding:vif_type'], 'ovs')
  })

  test('a profile has a limit, and null clears it', async () => {
    const port = await make('port', { network_id, 'binding:profile': { pci_slot: '0000:00:01.0' } })
    assertRefused(
      await change(port.id, { 'binding:profile': { x: 'y'.repeat(5000) } }),
      400,
      'InvalidInput',
      'Invalid input for operation: binding:profile value too large.',
    )
    assert.deepEqual((await change(port.id, { 'binding:profile': null })).body.port['binding:profile'], {})
  })

  test('agents read of bound ports all they need, and of unbound ones nothing', async () => {
    const bound = await make('port', { network_id, ...here })
    const unbound = await make('port', { network_id })
    const network = (await api.call('admin', 'GET', `/v2.0/networks/${network_id}`)).body.network
    const found = await store.read((tx) => deviceDetails(tx, [bound.id, unbound.id, newId()]))
    assert.equal(found.size, 2)
    assert.equal(found.get(unbound.id)!.details, null)
    const details = found.get(bound.id)!.details!
    assert.equal(details.network_type, 'vxlan')
    assert.equal(details.segmentation_id, network['provider:segmentation_id'])
    assert.equal(details.physical_network, null)
    assert.equal(details.mtu, 1450)
    assert.deepEqual(details.fixed_ips, bound.fixed_ips)
  })

  test('a deleted port leaves no address, MAC address, block or level behind', async () => {
    const port = await make('port', { network_id, ...here })
    assert.equal((await api.call('admin', 'DELETE', `/v2.0/ports/${port.id}`)).status, 204)
    await store.read(async (tx) => {
      for (const table of ['ip_allocations', 'port_macs', 'provisioning_blocks', 'port_binding_levels']) {
        const left = await tx.sql.selectFrom(table).selectAll().where('port_id', '=', port.id).execute()
        assert.deepEqual(left, [], table)
      }
    })
  })
})
