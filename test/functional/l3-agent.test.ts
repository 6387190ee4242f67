/** The L3 agent as it runs: a real server over the bus, the L2 agent beside it, Open vSwitch below. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { startOpenvswitchAgent } from '#agents/l2/agent.ts'
import { startL3Agent } from '#agents/l3/agent.ts'
import type { RunningAgent } from '#agents/runtime/agent.ts'
import { systemClock } from '#base/clock.ts'
import type { JsonObject } from '#base/json.ts'
import { type Closeable, sleep } from '#base/lifetime.ts'
import { silentLog } from '#base/log.ts'
import { configOf } from '#config/config.ts'
import { findDaemon, stopDaemon } from '#linux/child.ts'
import { run } from '#linux/command.ts'
import { readNetns } from '#linux/netlink.ts'
import { listNetns, netns } from '#linux/netns.ts'
import { createNetns } from '#linux/netns-create.ts'
import { addBridge, addPort } from '#linux/ovsdb/operations.ts'
import { startNotifier } from '#notify/agents.ts'
import { systemContext } from '#plugin/context.ts'
import { discover } from '#plugin/discover.ts'
import { type Started, startPlugins } from '#plugin/start.ts'
import { serveEndpoints } from '#rpc/server.ts'
import { inProcessTransport } from '#rpc/transports/in-process.ts'
import { openStore } from '#store/database.ts'
import { migrate } from '#store/migrate.ts'
import { ownNamespaces } from './namespaces.ts'
import { type TemporaryOvs, temporaryOvs } from './ovs.ts'

ownNamespaces()

const HOST = 'h1'
const { signal } = new AbortController()
const directory = mkdtempSync(join(tmpdir(), 'l3-agent-'))
const transport = inProcessTransport({ log: silentLog })
const closing: Closeable[] = []
let ovs: TemporaryOvs
let started: Started
let serving: Closeable
let config: ReturnType<typeof configOf>

const serve = () => serveEndpoints({ transport, endpoints: started.endpoints, host: 'server', log: silentLog })
const startAgent = () => startL3Agent({ config, transport, log: silentLog, clock: systemClock })

before(async () => {
  ovs = await temporaryOvs()
  await ovs.ovsdb.commit(addBridge({ name: 'br-ex', datapath_type: 'netdev', fail_mode: 'standalone' }), signal)
  config = configOf({
    DEFAULT: { host: HOST, state_path: directory, rpc_response_timeout: '2' },
    ml2: { project_network_types: 'local', mechanism_drivers: 'openvswitch' },
    ovs: { ovsdb_connection: ovs.connection, datapath_type: 'netdev', bridge_mappings: 'physnet1:br-ex' },
    quotas: { quota_router: '-1', quota_network: '-1', quota_subnet: '-1', quota_port: '-1' },
  })
  const features = await discover(['router'])
  const store = await openStore('sqlite://', { log: silentLog, clock: systemClock })
  await migrate(
    store,
    features.flatMap((feature) => feature.migrations),
  )
  started = await startPlugins({ features, config, store, clock: systemClock, log: silentLog })
  const notifier = await startNotifier({ store, transport, announcements: started.announcements, log: silentLog })
  serving = await serve()
  closing.push(notifier, started, store)
  const l2 = await startOpenvswitchAgent({ config, transport, log: silentLog, clock: systemClock })
  closing.unshift(l2)
  await l2.synced()
})

after(async () => {
  for (const each of closing) await each.close()
  await serving.close()
  await transport.close()
  await stopDaemons()
  await ovs[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true })
})

/** What a test that has failed leaves of radvd. */
async function stopDaemons(): Promise<void> {
  const pids = `${directory}/external/pids`
  for (const file of existsSync(pids) ? readdirSync(pids) : []) {
    const daemon = findDaemon(`${pids}/${file}`, (argv) => argv.includes(`${pids}/${file}`))
    if (daemon) await stopDaemon(daemon)
  }
}

type Made = JsonObject & { readonly id: string }

/** As the system: policy is not in question here. */
async function create(resource: string, values: JsonObject): Promise<Made> {
  return started.store.transaction(async (tx) => {
    const op = { tx, context: systemContext('req-x') }
    return (await started.resources.create(op, resource, [{ project_id: 'p', ...values }]))[0] as Made
  })
}
const update = (resource: string, id: string, values: JsonObject) =>
  started.store.transaction((tx) =>
    started.resources.update({ tx, context: systemContext('req-x') }, resource, id, values),
  )
const act = (id: string, action: string, body: JsonObject) =>
  started.store.transaction((tx) =>
    started.resources.act({ tx, context: systemContext('req-x') }, 'router', id, action, body),
  )
const remove = (resource: string, id: string) =>
  started.store.transaction((tx) => started.resources.remove({ tx, context: systemContext('req-x') }, resource, id))
const show = (resource: string, id: string) =>
  started.store.read((tx) => started.resources.get({ tx, context: systemContext('req-x') }, resource, id))

function inNetns(name: string, ...argv: string[]): Promise<string> {
  return netns(name).run(argv, { timeoutMs: 15_000 })
}

/** Tries until it holds; the last failure is the test's. */
async function eventually<T>(check: () => Promise<T>): Promise<T> {
  const end = Date.now() + 15_000
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (Date.now() > end) throw error
      await sleep(50)
    }
  }
}

const ping = (from: string, to: string) => inNetns(from, 'ping', '-c', '1', '-W', '1', to)

/** An instance as a hypervisor plugs it, with the address its port has. */
async function instance(name: string, network_id: string, gateway: string): Promise<Made> {
  const port = await create('port', {
    network_id,
    device_id: name,
    device_owner: 'compute:nova',
    'binding:host_id': HOST,
  })
  const bridge = await eventually(async () => {
    const row = ovs.ovsdb.byName('Bridge', 'br-int')
    assert.ok(row)
    return row
  })
  await ovs.ovsdb.commit(
    addPort(bridge, {
      name,
      type: 'internal',
      external_ids: { 'iface-id': port.id, 'attached-mac': port.mac_address as string, 'iface-status': 'active' },
    }),
    signal,
  )
  createNetns(name)
  const addresses = (port.fixed_ips as { ip_address: string }[]).map(({ ip_address }) => ip_address)
  const address = addresses.find((ip) => !ip.includes(':'))
  await run(['ip', 'link', 'set', name, 'netns', name], { timeoutMs: 5_000 })
  await inNetns(name, 'ip', 'link', 'set', name, 'address', port.mac_address as string, 'up')
  await inNetns(name, 'ip', 'addr', 'add', `${address}/24`, 'dev', name)
  await inNetns(name, 'ip', 'route', 'add', 'default', 'via', gateway)
  return port
}

async function world(): Promise<void> {
  const bridge = ovs.ovsdb.byName('Bridge', 'br-ex')!
  await ovs.ovsdb.commit(addPort(bridge, { name: 'world', type: 'internal' }), signal)
  createNetns('world')
  await run(['ip', 'link', 'set', 'world', 'netns', 'world'], { timeoutMs: 5_000 })
  await inNetns('world', 'ip', 'addr', 'add', '203.0.113.1/24', 'dev', 'world')
  await inNetns('world', 'ip', 'link', 'set', 'world', 'up')
}

test('the L3 agent wires what the API says, survives itself and the server, and tells what works', async () => {
  await world()
  const ext = await create('network', {
    'router:external': true,
    'provider:network_type': 'flat',
    'provider:physical_network': 'physnet1',
  })
  await create('subnet', { network_id: ext.id, ip_version: 4, cidr: '203.0.113.0/24', enable_dhcp: false })
  const net = await create('network', {})
  const subnet = await create('subnet', { network_id: net.id, ip_version: 4, cidr: '10.0.0.0/24' })
  const router = await create('router', { external_gateway_info: { network_id: ext.id } })

  let agent: RunningAgent = await startAgent()
  await agent.synced()
  await act(router.id, 'add_router_interface', { subnet_id: subnet.id })
  const vm = await instance('vm', net.id, '10.0.0.1')
  await eventually(() => ping('vm', '10.0.0.1'))
  await eventually(() => ping('vm', '203.0.113.1'))

  const fip = await create('floatingip', { floating_network_id: ext.id, port_id: vm.id })
  await eventually(async () => assert.equal((await show('floatingip', fip.id)).status, 'ACTIVE'))
  const ports = await started.store.read((tx) =>
    started.resources.list({ tx, context: systemContext('req-x') }, 'port', {}),
  )
  const own = ports.filter(({ device_id }) => device_id === router.id)
  await eventually(async () => {
    const states = await Promise.all(own.map(async ({ id }) => (await show('port', id as string)).status))
    assert.deepEqual(states, ['ACTIVE', 'ACTIVE'])
  })

  // Another MTU of a network is that of the router's device there, and of no other.
  await update('network', net.id, { mtu: 1342 })
  const links = () => inNetns(`qrouter-${router.id}`, 'ip', '-o', 'link')
  await eventually(async () => assert.match(await links(), /qr-\S+: .* mtu 1342 /))
  assert.match(await links(), /qg-\S+: .* mtu 1500 /)

  const running = inNetns('vm', 'ping', '-i', '0.01', '-c', '200', '-W', '1', '203.0.113.1')
  await agent.close()
  agent = await startAgent()
  await agent.synced()
  assert.equal(agent.stepsTaken, 0)
  assert.match(await running, /200 received, 0% packet loss/)

  await serving.close()
  await agent.close()
  agent = await startAgent()
  await sleep(300)
  await ping('vm', '203.0.113.1')
  serving = await serve()
  await agent.synced()
  assert.equal(agent.stepsTaken, 0)

  await ovs.restartVswitchd()
  await eventually(async () => {
    const { links } = readNetns(netns(`qrouter-${router.id}`))
    const alive = links.filter(({ name, up, carrier }) => /^q[rg]-/.test(name) && up && carrier)
    assert.deepEqual(alive.map(({ name, addresses }) => [name.slice(0, 3), addresses.length]).sort(), [
      ['qg-', 2],
      ['qr-', 1],
    ])
  })

  await update('floatingip', fip.id, { port_id: null })
  await remove('floatingip', fip.id)
  await act(router.id, 'remove_router_interface', { subnet_id: subnet.id })
  await remove('router', router.id)
  await eventually(async () =>
    assert.deepEqual(
      listNetns().filter((name) => name.startsWith('qrouter-')),
      [],
    ),
  )
  assert.equal(
    ovs.ovsdb.rows('Port').some(({ name }) => /^q[rg]-/.test(name)),
    false,
  )
  await agent.close()
})

test('an instance makes the IPv6 address its port has, from what its router announces', async () => {
  const agent = await startAgent()
  await agent.synced()
  const net = await create('network', {})
  await create('subnet', { network_id: net.id, ip_version: 4, cidr: '10.6.0.0/24' })
  const subnet = await create('subnet', {
    network_id: net.id,
    ip_version: 6,
    cidr: 'fd00:6::/64',
    ipv6_ra_mode: 'slaac',
    ipv6_address_mode: 'slaac',
  })
  const router = await create('router', {})
  const vm = await instance('vm6', net.id, '10.6.0.1')
  await inNetns('vm6', 'sysctl', '-qw', 'net.ipv6.conf.vm6.accept_ra=1')
  await act(router.id, 'add_router_interface', { subnet_id: subnet.id })

  const address = (vm.fixed_ips as { ip_address: string }[]).find(({ ip_address }) => ip_address.includes(':'))
  await eventually(async () => {
    const shown = await inNetns('vm6', 'ip', '-6', '-o', 'addr', 'show', 'dev', 'vm6', 'scope', 'global')
    assert.match(shown, new RegExp(` ${address!.ip_address}/64 `))
  })
  await eventually(() => ping('vm6', subnet.gateway_ip as string))
  assert.match(await inNetns('vm6', 'ip', '-6', 'route'), /default via fe80::\S+ dev vm6 proto ra/)

  await act(router.id, 'remove_router_interface', { subnet_id: subnet.id })
  await remove('router', router.id)
  await eventually(async () =>
    assert.deepEqual(
      listNetns().filter((name) => name.startsWith('qrouter-')),
      [],
    ),
  )
  await agent.close()
})
