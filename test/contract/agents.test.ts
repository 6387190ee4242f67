/** Agents on every database: reports, devices, tunnels, DHCP: what they are answered, what they are told. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuid5Dns } from '#base/ids.ts'
import { silentLog } from '#base/log.ts'
import { agents as agentRows } from '#extensions/agent/tables.ts'
import { failOver } from '#extensions/dhcp_agent_scheduler/failover.ts'
import { forEachDatabase } from '../databases.ts'
import type { TestApi } from '../fakes/api.ts'
import { coreFeatures, startTestCloud, type TestCloud, type Told } from '../fakes/bus.ts'

const features = await coreFeatures()
const migrations = features.flatMap((feature) => feature.migrations)
const values = {
  ml2: { mechanism_drivers: ['openvswitch'], project_network_types: ['vxlan'] },
  ml2_type_vxlan: { vni_ranges: ['1:1000'] },
}
const OVS = 'Open vSwitch agent'
const DHCP = 'DHCP agent'
const ovs = { tunnel_types: ['vxlan'], tunneling_ip: '192.0.2.1', bridge_mappings: {} }

async function create(api: TestApi, collection: string, item: object, token = 'admin') {
  const key = collection.replaceAll('-', '_').slice(0, -1)
  const answer = await api.call(token, 'POST', `/v2.0/${collection}`, { [key]: item })
  assert.equal(answer.status, 201, answer.text)
  return answer.body[key]
}

async function networkWithSubnet(api: TestApi) {
  const network = await create(api, 'networks', { name: 'n' })
  const subnet = await create(api, 'subnets', { network_id: network.id, cidr: '10.0.0.0/24', ip_version: 4 })
  return { network_id: network.id as string, subnet_id: subnet.id as string }
}

type Payload = { readonly port: { readonly id: string } }
const instance = { device_owner: 'compute:nova', device_id: 'vm' }
const statusOf = async (api: TestCloud, id: string) =>
  (await api.call('admin', 'GET', `/v2.0/ports/${id}`)).body.port.status

forEachDatabase((_name, openFresh) => {
  test('a report makes an agent, a later one keeps it alive, and it is shown with its times', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, values)
    assert.equal(await api.report(OVS, 'h1', ovs), 'new')
    assert.equal(await api.report(OVS, 'h1', ovs), 'alive')
    assert.equal(await api.report(DHCP, 'h1'), 'new')
    assert.equal(await api.rpc('has_alive_neutron_server', {}), true)
    const listed = await api.call('admin', 'GET', '/v2.0/agents?host=h1&sort_key=agent_type&sort_dir=asc')
    const { agents } = listed.body
    assert.deepEqual(
      agents.map(({ agent_type, alive, admin_state_up }: { [key: string]: unknown }) => [
        agent_type,
        alive,
        admin_state_up,
      ]),
      [
        [DHCP, true, true],
        [OVS, true, true],
      ],
    )
    assert.match(agents[0].heartbeat_timestamp, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
    assert.deepEqual(agents[1].configurations, ovs)
    assert.deepEqual((await api.call('admin', 'GET', '/v2.0/agents?alive=false')).body.agents, [])
    assert.deepEqual((await api.call('alice', 'GET', '/v2.0/agents')).body.agents, [])

    await api.listen('dhcp_agent', 'h1')
    const path = `/v2.0/agents/${agents[0].id}`
    const updated = await api.call('admin', 'PUT', path, { agent: { admin_state_up: false, description: 'off' } })
    assert.equal(updated.body.agent.description, 'off')
    assert.deepEqual((await api.told('agent_updated'))[0]!.args, { payload: { admin_state_up: false } })
    assert.equal((await api.call('admin', 'DELETE', path)).status, 204)
    assert.equal((await api.call('admin', 'GET', path)).body.NeutronError.type, 'AgentNotFound')
    assert.equal(await api.report(DHCP, 'h1'), 'new')
  })

  test('agents are sorted by being alive, page by page, in both directions', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, values)
    for (const host of ['h1', 'h2', 'h3', 'h4']) await api.report(DHCP, host)
    const hosts = async (query: string) => {
      const { body } = await api.call('admin', 'GET', `/v2.0/agents?fields=host&fields=alive&${query}`)
      return body.agents.map(({ host, alive }: { [key: string]: unknown }) => `${host} ${alive}`)
    }
    await database.store.transaction((tx) =>
      tx.update(agentRows, { host: ['h2', 'h3'] }, { heartbeat_timestamp: '2020-01-01 00:00:00' }),
    )
    const dead = ['h2 false', 'h3 false']
    const living = ['h1 true', 'h4 true']
    const byHost = '&sort_key=host&sort_dir=asc'
    assert.deepEqual(await hosts(`sort_key=alive&sort_dir=asc${byHost}`), [...dead, ...living])
    assert.deepEqual(await hosts(`sort_key=alive&sort_dir=desc${byHost}`), [...living, ...dead])
    const walked: string[] = []
    const backwards: string[] = []
    const first = '/v2.0/agents?limit=1&sort_key=alive&sort_dir=asc&sort_key=host&sort_dir=asc'
    let last = ''
    for (let path = first; path !== ''; ) {
      const { agents, agents_links = [] } = (await api.call('admin', 'GET', path)).body
      if (agents.length > 0) {
        walked.push(`${agents[0].host} ${agents[0].alive}`)
        last = agents[0].id
      }
      const next = agents_links.find(({ rel }: { rel: string }) => rel === 'next')?.href ?? ''
      path = next.slice(api.url.length)
    }
    const before = await api.call(
      'admin',
      'GET',
      `${first.replace('limit=1', 'limit=9')}&page_reverse=True&marker=${last}`,
    )
    for (const { host, alive } of before.body.agents) backwards.push(`${host} ${alive}`)
    assert.deepEqual(walked, [...dead, ...living])
    assert.deepEqual(backwards, [...dead, ...living].slice(0, 3))
    assert.equal((await api.call('admin', 'GET', '/v2.0/agents')).body.agents[0].resources_synced, null)
  })

  test('an agent that was down is revived, and ports its host could not bind are bound', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, values)
    const { network_id } = await networkWithSubnet(api)
    const port = await create(api, 'ports', { network_id, ...instance, 'binding:host_id': 'h1' })
    assert.equal(port['binding:vif_type'], 'binding_failed')
    await api.listen('q-agent-notifier-port-update', 'h1')
    assert.equal(await api.report(OVS, 'h1', ovs), 'new')
    // The first message may still be about the port as it was created.
    let told = (await api.told('port_update')).at(-1)!
    while (told.args.network_type === null) told = (await api.told('port_update')).at(-1)!
    assert.equal((told.args.port as { id: string }).id, port.id)
    assert.equal(told.args.network_type, 'vxlan')
    const long = { heartbeat_timestamp: '2020-01-01 00:00:00' }
    await database.store.transaction((tx) => tx.sql.updateTable('agents').set(long).execute())
    assert.equal((await api.call('admin', 'GET', '/v2.0/agents?alive=true')).body.agents.length, 0)
    // Another server remembers nothing of the agent: it reads what is written.
    await using other = await startTestCloud(database.store, features, values)
    assert.equal(await other.report(OVS, 'h1', ovs), 'revived')
  })

  test('a port goes from DOWN to BUILD to ACTIVE and back as its agent says, and a second time changes nothing', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, values)
    await api.report(OVS, 'h1', ovs)
    const { network_id } = await networkWithSubnet(api)
    const port = await create(api, 'ports', { network_id, ...instance, 'binding:host_id': 'h1' })
    assert.deepEqual([port['binding:vif_type'], port.status], ['ovs', 'DOWN'])
    const unbound = await create(api, 'ports', { network_id })
    const from = { agent_id: 'ovs-agent-h1', host: 'h1' }
    const devices = [port.id, unbound.id, 'tap00000000-00']
    const list = await api.rpc('get_devices_details_list_and_failed_devices', { devices, ...from })
    const [details, ...rest] = list.devices
    assert.deepEqual(rest, [{ device: unbound.id }, { device: 'tap00000000-00' }])
    assert.equal(details.device, port.id)
    assert.equal(details.network_type, 'vxlan')
    assert.deepEqual(details.fixed_ips, port.fixed_ips)
    assert.equal(await statusOf(api, port.id), 'BUILD')

    const elsewhere = await api.rpc('get_device_details', { device: port.id, agent_id: 'x', host: 'h2' })
    assert.deepEqual(elsewhere, { device: port.id, no_active_binding: true })

    const up = { devices_up: [port.id], devices_down: [], ...from }
    assert.deepEqual(await api.rpc('update_device_list', up), {
      devices_up: [port.id],
      failed_devices_up: [],
      devices_down: [],
      failed_devices_down: [],
    })
    assert.equal(await statusOf(api, port.id), 'ACTIVE')
    const before = (await api.call('admin', 'GET', `/v2.0/ports/${port.id}`)).body.port.revision_number
    await api.rpc('update_device_list', up)
    await api.rpc('get_devices_details_list', { devices, ...from })
    assert.equal((await api.call('admin', 'GET', `/v2.0/ports/${port.id}`)).body.port.revision_number, before)

    const tap = `tap${port.id.slice(0, 11)}`
    const down = await api.rpc('update_device_list', { devices_up: [], devices_down: [tap, 'tapffffffff-ff'], ...from })
    assert.deepEqual(down.devices_down, [
      { device: tap, exists: true },
      { device: 'tapffffffff-ff', exists: false },
    ])
    assert.equal(await statusOf(api, port.id), 'DOWN')

    await api.listen('q-agent-notifier-port-delete', 'h1')
    await api.call('admin', 'DELETE', `/v2.0/ports/${port.id}`)
    assert.deepEqual((await api.told('port_delete'))[0]!.args, { port_id: port.id })
  })

  test('tunnel endpoints are learned, told to others when they change, and refused when they are none', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, values)
    await api.listen('q-agent-notifier-tunnel-update', 'x')
    await api.listen('q-agent-notifier-tunnel-delete', 'x')
    const sync = (tunnel_ip: string, host: string) => api.rpc('tunnel_sync', { tunnel_ip, tunnel_type: 'vxlan', host })
    await sync('192.0.2.1', 'h1')
    const { tunnels } = await sync('192.0.2.2', 'h2')
    assert.deepEqual(tunnels, [
      { ip_address: '192.0.2.1', host: 'h1', udp_port: 4789 },
      { ip_address: '192.0.2.2', host: 'h2', udp_port: 4789 },
    ])
    assert.deepEqual((await api.told('tunnel_update'))[0]!.args, { tunnel_ip: '192.0.2.1', tunnel_type: 'vxlan' })
    assert.equal((await sync('192.0.2.3', 'h1')).tunnels.length, 2)
    assert.deepEqual((await api.told('tunnel_delete'))[0]!.args, { tunnel_ip: '192.0.2.1', tunnel_type: 'vxlan' })
    await assert.rejects(api.rpc('tunnel_sync', { host: 'h1', tunnel_type: 'vxlan' }), { type: 'InvalidInput' })
    await assert.rejects(api.rpc('no_such_method', {}), { type: 'NoSuchMethod' })
  })

  test('a network is given to a DHCP agent with its subnet, and its port waits for both agents', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, values)
    await api.report(OVS, 'h1', ovs)
    await api.report(DHCP, 'h1')
    await api.listen('dhcp_agent', 'h1')
    const { network_id, subnet_id } = await networkWithSubnet(api)
    assert.deepEqual((await api.told('network_create_end'))[0]!.args, {
      payload: { network: { id: network_id }, priority: 0 },
    })
    const device_id = `dhcp${uuid5Dns('h1')}-${network_id}`
    const wanted = {
      name: '',
      admin_state_up: true,
      device_id,
      network_id,
      project_id: 'admins',
      fixed_ips: [{ subnet_id }],
    }
    const own = await api.rpc('create_dhcp_port', { host: 'h1', port: { port: wanted } })
    assert.deepEqual([own.device_owner, own['binding:host_id'], own.security_groups], ['network:dhcp', 'h1', []])
    const again = await api.rpc('create_dhcp_port', { host: 'h1', port: { port: wanted } })
    assert.equal(again.id, own.id)

    const port = await create(api, 'ports', { network_id, ...instance, 'binding:host_id': 'h1' })
    const heard = new Set<string>()
    while (!heard.has(port.id)) {
      for (const { args } of await api.told('port_create_end')) heard.add((args.payload as Payload).port.id)
    }
    assert.deepEqual([...heard], [own.id, port.id])
    const [info, ...more] = await api.rpc('get_active_networks_info', { host: 'h1', enable_dhcp_filter: false })
    assert.equal(more.length, 0)
    assert.deepEqual([info.id, info.subnets[0].id, info.ports.length], [network_id, subnet_id, 2])
    assert.equal((await api.rpc('get_network_info', { network_id, host: 'h1' })).subnets[0].cidr, '10.0.0.0/24')
    assert.equal(await api.rpc('get_network_info', { network_id: subnet_id, host: 'h1' }), null)

    const up = { devices_up: [port.id, own.id], devices_down: [], agent_id: 'a', host: 'h1' }
    await api.rpc('update_device_list', up)
    assert.deepEqual([await statusOf(api, own.id), await statusOf(api, port.id)], ['ACTIVE', 'DOWN'])
    await api.rpc('dhcp_ready_on_ports', { port_ids: [port.id, own.id] })
    assert.equal(await statusOf(api, port.id), 'ACTIVE')

    const filters = { network_id: [network_id], fixed_ips: { ip_address: [port.fixed_ips[0].ip_address] } }
    const [found, ...others] = await api.rpc('get_ports', { filters })
    assert.deepEqual([found.id, found.device_id, found.project_id, others.length], [port.id, 'vm', 'admins', 0])
    await assert.rejects(api.rpc('get_ports', { filters: { nonsense: ['x'] } }), { type: 'InvalidInput' })

    await api.rpc('release_dhcp_port', { host: 'h1', network_id, device_id })
    assert.equal((await api.call('admin', 'GET', `/v2.0/ports/${own.id}`)).status, 404)
  })

  test('networks without an agent are given to one that asks, spread over those there are', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, values)
    const ids: string[] = []
    for (let index = 0; index < 6; index++) ids.push((await networkWithSubnet(api)).network_id)
    await api.report(DHCP, 'h1')
    await api.report(DHCP, 'h2')
    const served = async (host: string): Promise<string[]> =>
      (await api.rpc('get_active_networks_info', { host })).map(({ id }: { id: string }) => id)
    const [one, two] = await Promise.all([served('h1'), served('h2')])
    assert.deepEqual([...new Set([...one, ...two])].sort(), ids.toSorted())
    assert.deepEqual([(await served('h1')).length, (await served('h2')).length], [3, 3])
  })

  test('networks of a DHCP agent that died go to one that lives, and its port is kept for that one', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, values)
    await api.report(DHCP, 'h1')
    const { network_id, subnet_id } = await networkWithSubnet(api)
    const device_id = `dhcp${uuid5Dns('h1')}-${network_id}`
    const wanted = {
      name: '',
      admin_state_up: true,
      device_id,
      network_id,
      project_id: 'admins',
      fixed_ips: [{ subnet_id }],
    }
    const port = await api.rpc('create_dhcp_port', { host: 'h1', port: { port: wanted } })
    const served = async (host: string) => (await api.rpc('get_active_networks_info', { host })).length
    const { store } = database
    const pass = () => {
      const parts = { store, resources: api.started.resources, log: silentLog }
      return failOver(parts, {
        dhcp_agents_per_network: 1,
        network_auto_schedule: true,
        dhcp_load_type: 'networks',
        network_scheduler_driver: 'neutron.scheduler.dhcp_agent_scheduler.WeightScheduler',
        default_availability_zones: [],
      })
    }
    const long = { heartbeat_timestamp: '2020-01-01 00:00:00' }
    await store.transaction((tx) => tx.sql.updateTable('agents').set(long).execute())
    await pass()
    assert.equal(await served('h1'), 1)

    await api.listen('dhcp_agent', 'h2')
    await api.report(DHCP, 'h2')
    await pass()
    assert.deepEqual([await served('h1'), await served('h2')], [0, 1])
    const { payload } = (await api.told('network_create_end'))[0]!.args as { payload: { network: { id: string } } }
    assert.equal(payload.network.id, network_id)
    const mine = { port: { network_id, device_id: `dhcp${uuid5Dns('h2')}-${network_id}` } }
    const args = { host: 'h1', port_id: port.id, port: mine }
    await assert.rejects(api.rpc('update_dhcp_port', args), { type: 'NetworkNotFound' })
    const taken = await api.rpc('update_dhcp_port', { ...args, host: 'h2' })
    assert.deepEqual([taken.id, taken.fixed_ips, taken['binding:host_id']], [port.id, port.fixed_ips, 'h2'])
    assert.equal(await api.rpc('update_dhcp_port', args), null)
  })

  test('the operator sees and moves networks between DHCP agents', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, values)
    await api.report(DHCP, 'h1')
    const { network_id } = await networkWithSubnet(api)
    await api.report(DHCP, 'h2')
    const { agents } = (await api.call('admin', 'GET', '/v2.0/agents?sort_key=host&sort_dir=asc')).body
    const path = (index: number) => `/v2.0/agents/${agents[index].id}/dhcp-networks`
    const hosting = async () =>
      (await api.call('admin', 'GET', `/v2.0/networks/${network_id}/dhcp-agents`)).body.agents
        .map(({ host }: { host: string }) => host)
        .sort()
    assert.deepEqual(await hosting(), ['h1'])
    assert.equal((await api.call('admin', 'GET', path(0))).body.networks[0].id, network_id)
    await api.listen('dhcp_agent', 'h1')
    const added = await api.call('admin', 'POST', path(1), { network_id })
    assert.deepEqual([added.status, added.body], [201, null])
    assert.equal(
      (await api.call('admin', 'POST', path(1), { network_id })).body.NeutronError.type,
      'NetworkHostedByDHCPAgent',
    )
    assert.equal((await api.call('admin', 'DELETE', `${path(0)}/${network_id}`)).status, 204)
    assert.deepEqual((await api.told('network_delete_end'))[0]!.args, { payload: { network_id, priority: 2 } })
    assert.equal(
      (await api.call('admin', 'DELETE', `${path(0)}/${network_id}`)).body.NeutronError.type,
      'NetworkNotHostedByDhcpAgent',
    )
    assert.deepEqual(await hosting(), ['h2'])
    assert.equal((await api.call('alice', 'GET', path(0))).status, 403)
  })

  test('zones are those that agents report, as readers see them', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, values)
    await api.report(DHCP, 'h1', {}, 'east')
    await api.report('L3 agent', 'h1', {}, 'east')
    const zones = async (query = '') =>
      (await api.call('reader', 'GET', `/v2.0/availability_zones${query}`)).body.availability_zones
    const network = { name: 'east', resource: 'network', state: 'available' }
    assert.deepEqual(await zones(), [network, { ...network, resource: 'router' }])
    assert.deepEqual(await zones('?resource=network&state=available'), [network])
    assert.deepEqual(await zones('?name=west'), [])
    const { agents } = (await api.call('admin', 'GET', '/v2.0/agents?availability_zone=east')).body
    assert.equal(agents[0].availability_zone, 'east')
    assert.equal((await api.call('nobody', 'GET', '/v2.0/availability_zones')).status, 403)
  })

  test('many new ports of one network are one message to its DHCP agent', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, values)
    await api.report(DHCP, 'h1')
    const { network_id } = await networkWithSubnet(api)
    await api.listen('dhcp_agent', 'h1')
    await create(api, 'ports', { network_id })
    await api.told('port_create_end')
    const ports = Array.from({ length: 50 }, () => ({ network_id }))
    assert.equal((await api.call('admin', 'POST', '/v2.0/ports', { ports })).status, 201)
    const isShort = ({ args }: Told) => Object.keys((args.payload as { network: object }).network).length === 2
    let told: Told[] = []
    while (told.length === 0) told = (await api.told('network_update_end')).filter(isShort)
    assert.deepEqual(
      told.map(({ args }) => args),
      [{ payload: { network: { id: network_id, admin_state_up: true } } }],
    )
  })
})
