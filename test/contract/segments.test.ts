/** Segments as objects, and routed networks: subnets on segments, addresses by host, DHCP by segment. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { discover } from '#plugin/discover.ts'
import { forEachDatabase } from '../databases.ts'
import { refused, type TestApi } from '../fakes/api.ts'
import { startTestCloud, type TestCloud } from '../fakes/bus.ts'

const features = await discover(['segments'])
const migrations = features.flatMap((feature) => feature.migrations)
const values = {
  ml2: { mechanism_drivers: ['openvswitch'], project_network_types: ['vxlan'] },
  ml2_type_vxlan: { vni_ranges: ['1:1000'] },
  ml2_type_vlan: { network_vlan_ranges: ['physnet1:100:199', 'physnet2:100:199'] },
}
const OVS = 'Open vSwitch agent'
const DHCP = 'DHCP agent'
const MISSING = '00000000-0000-4000-8000-00000000dead'
const reaches = (...physnets: string[]) => ({
  bridge_mappings: Object.fromEntries(physnets.map((physnet) => [physnet, `br-${physnet}`])),
  tunnel_types: ['vxlan'],
})
const way = (type: string, physnet: string | null, id: number | null) => ({
  'provider:network_type': type,
  'provider:physical_network': physnet,
  'provider:segmentation_id': id,
})

function send(api: TestApi, resource: string, item: object, token = 'admin') {
  return api.call(token, 'POST', `/v2.0/${resource}s`, { [resource]: item })
}
async function create(api: TestApi, resource: string, item: object, token = 'admin') {
  const answer = await send(api, resource, item, token)
  assert.equal(answer.status, 201, answer.text)
  return answer.body[resource]
}
function change(api: TestApi, resource: string, id: string, item: object, token = 'admin') {
  return api.call(token, 'PUT', `/v2.0/${resource}s/${id}`, { [resource]: item })
}
async function show(api: TestApi, resource: string, id: string) {
  return (await api.call('admin', 'GET', `/v2.0/${resource}s/${id}`)).body[resource]
}
interface World {
  readonly network_id: string
  readonly segments: readonly { readonly id: string; readonly physical_network: string }[]
  readonly subnets: readonly { readonly id: string; readonly host_routes: unknown }[]
}

/** A network on two physical networks, h1 on the one, h2 on the other, h12 on both, h0 on none; a subnet on each. */
async function routedNetwork(api: TestCloud): Promise<World> {
  await api.report(OVS, 'h0', reaches())
  await api.report(OVS, 'h1', reaches('physnet1'))
  await api.report(OVS, 'h2', reaches('physnet2'))
  await api.report(OVS, 'h12', reaches('physnet1', 'physnet2'))
  const network = await create(api, 'network', {
    segments: [way('vlan', 'physnet1', 150), way('vlan', 'physnet2', 150)],
  })
  const listed = await api.call(
    'admin',
    'GET',
    `/v2.0/segments?network_id=${network.id}&sort_key=physical_network&sort_dir=asc`,
  )
  const { segments } = listed.body
  const subnets = []
  for (const [index, { id }] of segments.entries()) {
    const cidr = `10.0.${index}.0/24`
    subnets.push(await create(api, 'subnet', { network_id: network.id, ip_version: 4, cidr, segment_id: id }))
  }
  return { network_id: network.id, segments, subnets }
}

const subnetOf = (port: { fixed_ips: { subnet_id: string }[] }) => port.fixed_ips.map(({ subnet_id }) => subnet_id)

forEachDatabase((_name, openFresh) => {
  test('every network has its segments as objects; more are made and deleted, and the network shows what it has', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, values)
    const network = await create(api, 'network', { mtu: 1400, ...way('vlan', 'physnet1', 150) })
    const list = async (query: string, token = 'admin') =>
      (await api.call(token, 'GET', `/v2.0/segments?${query}`)).body.segments
    const [first] = await list(`network_id=${network.id}`)
    assert.deepEqual(Object.keys(first).sort(), [
      'created_at',
      'description',
      'id',
      'name',
      'network_id',
      'network_type',
      'physical_network',
      'revision_number',
      'segmentation_id',
      'updated_at',
    ])
    assert.deepEqual([first.name, first.network_type, first.segmentation_id], [null, 'vlan', 150])

    const second = await create(api, 'segment', { network_id: network.id, network_type: 'vxlan', name: 's2' })
    assert.ok(second.segmentation_id > 0)
    assert.deepEqual((await show(api, 'network', network.id)).segments, [
      way('vlan', 'physnet1', 150),
      way('vxlan', null, second.segmentation_id),
    ])
    const renamed = await change(api, 'segment', second.id, { name: 'new', description: 'd' })
    assert.deepEqual([renamed.body.segment.name, renamed.body.segment.revision_number], ['new', 1])
    assert.deepEqual((await list('network_type=vxlan')).length, 1)

    assert.deepEqual(await list('', 'alice'), [])
    assert.equal((await api.call('alice', 'GET', `/v2.0/segments/${second.id}`)).status, 404)
    refused(
      await send(api, 'segment', { network_id: network.id, network_type: 'vxlan' }, 'alice'),
      403,
      'PolicyNotAuthorized',
    )
    assert.equal((await change(api, 'segment', second.id, { name: 'x' }, 'alice')).status, 404)
    assert.equal((await api.call('alice', 'DELETE', `/v2.0/segments/${second.id}`)).status, 404)

    refused(await send(api, 'segment', { network_id: MISSING, network_type: 'vxlan' }), 404, 'NetworkNotFound')
    const wrong: [object, number, string][] = [
      [{ network_type: 'vlan', physical_network: 'physnet1', segmentation_id: 151 }, 400, 'InvalidInput'],
      [{ network_type: 'vxlan', segmentation_id: second.segmentation_id }, 409, 'TunnelIdInUse'],
      [{ network_type: 'vlan', physical_network: 'nowhere' }, 400, 'InvalidInput'],
      [{ network_type: 'pigeon' }, 400, 'InvalidInput'],
      [{}, 400, 'HTTPBadRequest'],
    ]
    for (const [item, status, type] of wrong) {
      refused(await send(api, 'segment', { network_id: network.id, ...item }), status, type)
    }

    assert.equal((await api.call('admin', 'DELETE', `/v2.0/segments/${second.id}`)).status, 204)
    const now = await show(api, 'network', network.id)
    assert.equal(now['provider:segmentation_id'], 150)
    assert.ok(!('segments' in now))
    await create(api, 'network', way('vxlan', null, second.segmentation_id))
    assert.equal((await api.call('admin', 'DELETE', `/v2.0/networks/${network.id}`)).status, 204)
    assert.deepEqual(await list(`network_id=${network.id}`), [])
    await create(api, 'network', way('vlan', 'physnet1', 150))
  })

  test('a segment stays while a subnet is on it or a port is bound to it; a DHCP port goes with it', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, values)
    await api.report(OVS, 'h1', reaches('physnet1'))
    const network = await create(api, 'network', { mtu: 1400, ...way('vlan', 'physnet1', 150) })
    const vxlan = await create(api, 'segment', { network_id: network.id, network_type: 'vxlan' })
    const [vlan] = (await api.call('admin', 'GET', '/v2.0/segments?network_type=vlan')).body.segments
    const remove = () => api.call('admin', 'DELETE', `/v2.0/segments/${vlan.id}`)
    const subnet = await create(api, 'subnet', {
      network_id: network.id,
      ip_version: 4,
      cidr: '10.0.0.0/24',
      segment_id: vlan.id,
    })
    refused(
      await remove(),
      409,
      'SegmentInUse',
      `Segment '${vlan.id}' cannot be deleted: The segment is still associated with subnet(s) ${subnet.id}.`,
    )
    assert.equal((await api.call('admin', 'DELETE', `/v2.0/subnets/${subnet.id}`)).status, 204)
    const on = { network_id: network.id, 'binding:host_id': 'h1' }
    const port = await create(api, 'port', on)
    const dhcp = await create(api, 'port', { ...on, device_owner: 'network:dhcp' })
    refused(
      await remove(),
      409,
      'SegmentInUse',
      `Segment '${vlan.id}' cannot be deleted: The segment is still bound with 2 port(s).`,
    )
    assert.equal((await api.call('admin', 'DELETE', `/v2.0/ports/${port.id}`)).status, 204)
    assert.equal((await remove()).status, 204)
    assert.equal((await api.call('admin', 'GET', `/v2.0/ports/${dhcp.id}`)).status, 404)
    assert.equal((await show(api, 'network', network.id))['provider:segmentation_id'], vxlan.segmentation_id)
  })

  test('subnets are all on segments of their network or none is; they have routes to each other', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, values)
    const { network_id, segments, subnets } = await routedNetwork(api)
    const subnet = (item: object, token = 'admin') =>
      send(api, 'subnet', { network_id, ip_version: 4, cidr: '10.0.7.0/24', ...item }, token)
    const other = await create(api, 'network', { shared: true })
    const segment_id = segments[0]!.id

    refused(await subnet({}), 400, 'SubnetsNotAllAssociatedWithSegments')
    refused(await subnet({ segment_id: MISSING }), 404, 'SegmentNotFound', `Segment ${MISSING} could not be found.`)
    refused(
      await subnet({ network_id: other.id, segment_id }),
      400,
      'NetworkIdsDontMatch',
      `The subnet's network id, '${other.id}', doesn't match the network_id of segment '${segment_id}'`,
    )
    refused(await subnet({ network_id: other.id, segment_id }, 'alice'), 403, 'PolicyNotAuthorized')
    assert.equal((await show(api, 'network', network_id)).l2_adjacency, false)
    assert.equal((await show(api, 'network', other.id)).l2_adjacency, true)
    const hidden = await create(api, 'network', {}, 'alice')
    const own = await create(api, 'subnet', { network_id: hidden.id, ip_version: 4, cidr: '10.9.0.0/24' }, 'alice')
    assert.ok(!('segment_id' in own))

    const routes = async (index: number) => (await show(api, 'subnet', subnets[index]!.id)).host_routes
    assert.deepEqual(await routes(0), [{ destination: '10.0.1.0/24', nexthop: '10.0.0.1' }])
    assert.deepEqual(await routes(1), [{ destination: '10.0.0.0/24', nexthop: '10.0.1.1' }])
    const allocation_pools = [{ start: '10.0.0.2', end: '10.0.0.100' }]
    await change(api, 'subnet', subnets[0]!.id, { gateway_ip: '10.0.0.254', allocation_pools })
    assert.deepEqual(await routes(0), [{ destination: '10.0.1.0/24', nexthop: '10.0.0.254' }])
    const wide = { destination: '10.0.0.0/16', nexthop: '10.0.0.9' }
    await change(api, 'subnet', subnets[0]!.id, { host_routes: [wide] })
    assert.deepEqual(await routes(0), [wide])

    for (const value of [null, segments[1]!.id]) {
      refused(
        await change(api, 'subnet', subnets[0]!.id, { segment_id: value }),
        400,
        'SubnetsNotAllAssociatedWithSegments',
      )
    }
    assert.equal((await api.call('admin', 'DELETE', `/v2.0/subnets/${subnets[0]!.id}`)).status, 204)
    assert.deepEqual(await routes(1), [])
    refused(
      await change(api, 'subnet', subnets[1]!.id, { segment_id: null }),
      400,
      'SubnetSegmentAssociationChangeNotAllowed',
      'A subnet that is already associated with a segment cannot have its segment association changed.',
    )
    const { id } = await create(api, 'subnet', { network_id: other.id, ip_version: 4, cidr: '10.8.0.0/24' })
    const [only] = (await api.call('admin', 'GET', `/v2.0/segments?network_id=${other.id}`)).body.segments
    const added = await create(api, 'segment', { network_id: other.id, network_type: 'gre', segmentation_id: 5 })
    refused(
      await change(api, 'subnet', id, { segment_id: only.id }),
      400,
      'NoUpdateSubnetWhenMultipleSegmentsOnNetwork',
    )
    assert.equal((await api.call('admin', 'DELETE', `/v2.0/segments/${added.id}`)).status, 204)
    const associated = await change(api, 'subnet', id, { segment_id: only.id })
    assert.equal(associated.body.subnet.segment_id, only.id)
    assert.equal((await show(api, 'network', other.id)).l2_adjacency, false)
  })

  test('a port has addresses of the segment its host reaches, at once or when it gets a host', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, values)
    const { network_id, segments, subnets } = await routedNetwork(api)
    const [a, b] = subnets.map(({ id }) => id) as [string, string]
    const port = (item: object) => create(api, 'port', { network_id, ...item })
    const at = (host: string) => ({ 'binding:host_id': host })

    const here = await port(at('h1'))
    assert.deepEqual([subnetOf(here), here.ip_allocation, here['binding:vif_type']], [[a], 'immediate', 'ovs'])
    assert.deepEqual(subnetOf(await port(at('h2'))), [b])
    const details = await api.rpc('get_devices_details_list', { devices: [here.id], agent_id: 'x', host: 'h1' })
    assert.equal(details[0].physical_network, 'physnet1')

    const later = await port({})
    assert.deepEqual([later.fixed_ips, later.ip_allocation], [[], 'deferred'])
    const bound = (await change(api, 'port', later.id, at('h2'))).body.port
    assert.deepEqual([subnetOf(bound), bound['binding:vif_type']], [[b], 'ovs'])
    assert.equal((await change(api, 'port', later.id, { name: 'same' })).body.port.fixed_ips.length, 1)
    refused(
      await change(api, 'port', later.id, at('h1')),
      409,
      'HostNotCompatibleWithFixedIps',
      `Host h1 is not connected to a segment where the existing fixed_ips on port ${later.id} will function given the ` +
        'routed network topology.',
    )
    const moved = await change(api, 'port', later.id, { ...at('h1'), fixed_ips: [{ subnet_id: a }] })
    assert.deepEqual(subnetOf(moved.body.port), [a])

    const none = await port({ fixed_ips: [] })
    assert.equal(none.ip_allocation, 'none')
    assert.deepEqual((await change(api, 'port', none.id, at('h1'))).body.port.fixed_ips, [])
    const named = await port({ fixed_ips: [{ subnet_id: b }] })
    assert.deepEqual([subnetOf(named), named.ip_allocation], [[b], 'immediate'])
    const both = [{ subnet_id: a }, { subnet_id: b }]
    refused(await send(api, 'port', { network_id, fixed_ips: both }), 400, 'FixedIpsSubnetsNotOnSameSegment')
    refused(await send(api, 'port', { network_id, ...at('h1'), fixed_ips: [{ subnet_id: b }] }), 400, 'InvalidInput')
    refused(
      await send(api, 'port', { network_id, ...at('h0') }),
      409,
      'HostNotConnectedToAnySegment',
      `Host h0 is not connected to any segments on routed provider network '${network_id}'.  It should be connected to one.`,
    )
    refused(await send(api, 'port', { network_id, ...at('unknown') }), 409, 'HostNotConnectedToAnySegment')
    refused(
      await send(api, 'port', { network_id, ...at('h12') }),
      409,
      'HostConnectedToMultipleSegments',
      `Host h12 is connected to multiple segments on routed provider network '${network_id}'.  It should be connected to ` +
        'one.',
    )
    const listed = await api.call('admin', 'GET', '/v2.0/ports?ip_allocation=none')
    assert.deepEqual(
      listed.body.ports.map(({ id }: { id: string }) => id),
      [none.id],
    )

    const bulk = { ports: [at('h1'), at('h2'), {}].map((each) => ({ network_id, ...each })) }
    const made = (await api.call('admin', 'POST', '/v2.0/ports', bulk)).body.ports
    assert.deepEqual(made.map(subnetOf), [[a], [b], []])
    assert.equal(segments.length, 2)
  })

  test('addresses that ports make themselves come with the subnet of their own segment', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, values)
    const { network_id, segments, subnets } = await routedNetwork(api)
    const here = await create(api, 'port', { network_id, 'binding:host_id': 'h1' })
    const there = await create(api, 'port', { network_id, 'binding:host_id': 'h2' })
    const unhosted = await create(api, 'port', { network_id, fixed_ips: [{ subnet_id: subnets[0]!.id }] })
    const slaac = await create(api, 'subnet', {
      network_id,
      ip_version: 6,
      cidr: 'fd00::/64',
      ipv6_address_mode: 'slaac',
      ipv6_ra_mode: 'slaac',
      segment_id: segments[0]!.id,
    })
    const has = async (id: string) => subnetOf(await show(api, 'port', id)).includes(slaac.id)
    assert.deepEqual([await has(here.id), await has(there.id), await has(unhosted.id)], [true, false, true])
    const only = await create(api, 'port', { network_id, fixed_ips: [{ subnet_id: slaac.id }] })
    assert.deepEqual(subnetOf(only), [slaac.id])
    refused(await api.call('admin', 'DELETE', `/v2.0/subnets/${slaac.id}`), 409, 'SubnetInUse')
    assert.equal((await api.call('admin', 'DELETE', `/v2.0/ports/${only.id}`)).status, 204)
    assert.equal((await api.call('admin', 'DELETE', `/v2.0/subnets/${slaac.id}`)).status, 204)
  })

  test('a network that is carried in several ways without being routed binds to what the host reaches', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, values)
    await api.report(OVS, 'h1', reaches('physnet1'))
    await api.report(OVS, 'h2', reaches('physnet2'))
    const { id: network_id } = await create(api, 'network', {
      segments: [way('vlan', 'physnet1', 150), way('vlan', 'physnet2', 151), way('vxlan', null, 9)],
    })
    await create(api, 'subnet', { network_id, ip_version: 4, cidr: '10.0.0.0/24' })
    const carried = async (host: string) => {
      const { id } = await create(api, 'port', { network_id, 'binding:host_id': host })
      const [details] = await api.rpc('get_devices_details_list', { devices: [id], agent_id: 'x', host })
      return [details.network_type, details.segmentation_id]
    }
    await api.report(OVS, 'h3', reaches())
    assert.deepEqual(await carried('h1'), ['vlan', 150])
    assert.deepEqual(await carried('h2'), ['vlan', 151])
    assert.deepEqual(await carried('h3'), ['vxlan', 9])
  })

  test('a routed network has a DHCP agent on each segment, which serves the subnets of that segment only', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, values)
    for (const host of ['h1', 'h2', 'h3']) await api.report(DHCP, host)
    await api.report(OVS, 'h3', reaches('physnet2'))
    const { network_id, subnets } = await routedNetwork(api)
    const [a, b] = subnets.map(({ id }) => id) as [string, string]
    const serving = async () =>
      (await api.call('admin', 'GET', `/v2.0/networks/${network_id}/dhcp-agents`)).body.agents
        .map(({ host }: { host: string }) => host)
        .sort()
    const first = await serving()
    assert.equal(first.length, 2)
    assert.equal(first[0], 'h1')

    const active = async (host: string) => {
      const networks = await api.rpc('get_active_networks_info', { host })
      const ids = (list: { id: string }[]) => list.map(({ id }) => id)
      return networks.map((one: { subnets: { id: string }[]; non_local_subnets: { id: string }[] }) => [
        ids(one.subnets),
        ids(one.non_local_subnets),
      ])
    }
    assert.deepEqual(await active('h1'), [[[a], [b]]])
    assert.deepEqual(await active(first[1]), [[[b], [a]]])
    const info = await api.rpc('get_network_info', { network_id, host: first[1] })
    assert.deepEqual(info.subnets[0].id, b)

    const dhcpPort = {
      name: '',
      admin_state_up: true,
      network_id,
      device_id: `dhcp-of-h1-${network_id}`,
      fixed_ips: [{ subnet_id: a }],
    }
    const made = await api.rpc('create_dhcp_port', { host: 'h1', port: { port: dhcpPort } })
    assert.deepEqual(subnetOf(made), [a])

    await api.report(DHCP, 'h4')
    await api.report(OVS, 'h4', reaches('physnet3'))
    const more = await create(api, 'segment', { network_id, network_type: 'flat', physical_network: 'physnet3' })
    assert.deepEqual(await active('h4'), [])
    await create(api, 'subnet', { network_id, ip_version: 4, cidr: '10.0.3.0/24', segment_id: more.id })
    assert.deepEqual(await serving(), [...first, 'h4'].sort())
    await api.report(OVS, 'h4', reaches('physnet1'))
    assert.deepEqual((await active('h4'))[0][0], [a])
  })
})
