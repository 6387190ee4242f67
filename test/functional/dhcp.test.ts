import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { startDhcpAgent } from '#agents/dhcp/agent.ts'
import { startMetadataAgent } from '#agents/metadata/agent.ts'
import type { RunningAgent } from '#agents/runtime/agent.ts'
import { openvswitchInterfaceDriver } from '#agents/runtime/interface.ts'
import { systemClock } from '#base/clock.ts'
import { type Closeable, sleep } from '#base/lifetime.ts'
import { silentLog } from '#base/log.ts'
import { configOf } from '#config/config.ts'
import { discoverGroups } from '#config/discover.ts'
import { readLease, renewLease, startDhcpClient, stopDhcpClient } from '#lab/dhcp-client.ts'
import { startNovaMetadata } from '#lab/nova-metadata.ts'
import { Records } from '#lab/record.ts'
import { findDaemon } from '#linux/child.ts'
import { netns, netnsExists, removeNetns } from '#linux/netns.ts'
import { createNetns } from '#linux/netns-create.ts'
import { addBridge } from '#linux/ovsdb/operations.ts'
import type { NetworkInfo } from '#rpc/contract/dhcp.ts'
import type { PortInfo, SubnetInfo } from '#rpc/contract/payloads.ts'
import { inProcessTransport } from '#rpc/transports/in-process.ts'
import { address, FakeDhcpServer, network, port } from './dhcp-server.ts'
import { ownNamespaces } from './namespaces.ts'
import { type TemporaryOvs, temporaryOvs } from './ovs.ts'

ownNamespaces()

const HOST = 'host-1.example.org'
const SECRET = 'shared'
const state = mkdtempSync(join(tmpdir(), 'dhcp-'))
const log = silentLog
// As below /var/lib: dnsmasq reads its files again as nobody.
chmodSync(state, 0o755)
const transport = inProcessTransport({ log })
const server = new FakeDhcpServer(transport)
const running = new Set<Closeable>()
let ovs: TemporaryOvs
let agent: RunningAgent

before(async () => {
  ovs = await temporaryOvs()
  const bridge = addBridge({ name: 'br-int', datapath_type: 'netdev', fail_mode: 'secure' })
  await ovs.ovsdb.commit(bridge, AbortSignal.timeout(10_000))
  await forward()
  await server.start()
  agent = await startAgent()
  await agent.synced()
})

after(async () => {
  server.networks.clear()
  await restart()
  await Promise.all([...running].map((one) => one.close()))
  await server.close()
  await transport.close()
  await ovs[Symbol.asyncDispose]()
  rmSync(state, { recursive: true, force: true })
})

async function config(values: Record<string, string | number | boolean> = {}) {
  return configOf(
    {
      DEFAULT: { host: HOST, state_path: state, enable_isolated_metadata: true, resync_interval: 1, ...values },
      ovs: { ovsdb_connection: ovs.connection, integration_bridge: 'br-int', datapath_type: 'netdev' },
    },
    await discoverGroups(),
  )
}

/** Stands in for the L2 agent: every port reaches every other. */
const forward = () => ovs.run(['ovs-ofctl', '-O', 'OpenFlow13', 'add-flow', 'br-int', 'actions=NORMAL'])

async function startAgent(values: Parameters<typeof config>[0] = {}): Promise<RunningAgent> {
  const started = await startDhcpAgent({ config: await config(values), transport, log, clock: systemClock })
  running.add(started)
  return started
}

async function restart(values: Parameters<typeof config>[0] = {}): Promise<void> {
  running.delete(agent)
  await agent.close()
  agent = await startAgent(values)
  await agent.synced()
}

async function until<T>(what: string, look: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (let tries = 0; tries < 400; tries++) {
    const found = await look()
    if (found) return found as NonNullable<T>
    await sleep(25)
  }
  throw new Error(`waited in vain: ${what}`)
}

const confs = (id: string) => `${state}/dhcp/${id}`
const dnsmasq = (id: string) => findDaemon(`${confs(id)}/pid`, (argv) => argv[0] === 'dnsmasq')
const answers = (id: string) => until('dnsmasq answers', () => existsSync(`${confs(id)}/loaded`) && dnsmasq(id))
const knows = (id: string, mac: string) =>
  until('the port is ready', () => readFileSync(`${confs(id)}/host`, 'utf8').includes(mac))

/** A network that the agent serves, with these ports. */
async function serve(n: number, ports: (network: NetworkInfo) => PortInfo[] = () => []): Promise<NetworkInfo> {
  const made = network(n)
  server.networks.set(made.id, { ...made, ports: ports(made) })
  await server.cast(HOST, 'network_create_end', { network: { id: made.id } })
  await answers(made.id)
  return server.networks.get(made.id)!
}

async function setPorts(id: string, change: (ports: readonly PortInfo[]) => PortInfo[]): Promise<void> {
  const before = server.networks.get(id)!
  const after = { ...before, ports: change(before.ports) }
  server.networks.set(id, after)
  for (const one of after.ports.filter((port) => !before.ports.includes(port))) {
    await server.cast(HOST, 'port_create_end', { port: { id: one.id, network_id: id } })
  }
  for (const one of before.ports.filter((port) => !after.ports.includes(port))) {
    await server.cast(HOST, 'port_delete_end', { port_id: one.id, network_id: id })
  }
}

/** An instance with that port: a namespace, a device on the bridge, a DHCP client. */
async function boot({ id, mac_address }: PortInfo, name: string) {
  const [directory, device] = [`${state}/instances/${name}`, `tap${id.slice(0, 11)}`]
  mkdirSync(directory, { recursive: true })
  createNetns(name)
  const driver = openvswitchInterfaceDriver({ ovsdb: ovs.ovsdb, integrationBridge: 'br-int', datapathType: 'netdev' })
  const plugged = { name: device, port_id: id, mac: mac_address, netns: name, mtu: 1500 }
  await driver.plug([plugged], AbortSignal.timeout(10_000))
  const names = (await ovs.run(['ovs-vsctl', 'list-ports', 'br-int'])).trim().split('\n')
  for (const port of names) await ovs.run(['ovs-vsctl', 'clear', 'Port', port, 'tag'])
  await startDhcpClient({ netns: netns(name), device, directory, hostname: name })
  return {
    directory,
    lease: () => readLease(directory),
    curl: (...args: string[]) =>
      netns(name).run(['curl', '-s', '-m', '5', '-w', '|%{http_code}', ...args], { timeoutMs: 10_000 }),
    shutDown: async () => {
      await stopDhcpClient(directory)
      await driver.unplug([device], AbortSignal.timeout(10_000))
      await removeNetns(name)
    },
  }
}

test("a client gets the port's address, from this network's dnsmasq, and keeps it when it renews", async () => {
  const { id, ports } = await serve(1, (made) => [port(made)])
  const vm = await boot(ports[0]!, 'vm1')
  const dhcpPort = server.networks.get(id)!.ports.find(({ device_owner }) => device_owner === 'network:dhcp')!

  const lease = vm.lease()
  assert.equal(lease?.address, '10.0.1.10')
  assert.equal(lease.serverId, dhcpPort.fixed_ips[0]!.ip_address)
  assert.deepEqual([lease.mtu, lease.router, lease.leaseSeconds], [1450, '10.0.1.1', 86_400])
  assert.deepEqual(lease.routes, [
    { destination: '169.254.169.254/32', via: '10.0.1.2' },
    { destination: '0.0.0.0/0', via: '10.0.1.1' },
  ])
  assert.ok(server.ready.includes(ports[0]!.id), 'the server was told that the port is ready')

  assert.ok(renewLease(vm.directory))
  const renewed = await until('the lease is renewed', () => {
    const found = vm.lease()
    return found && found.answers > 1 ? found : null
  })
  assert.deepEqual([renewed.event, renewed.address], ['renew', '10.0.1.10'])
  await vm.shutDown()
})

test('a new port costs a SIGHUP; an address is free for another port once its port has gone', async () => {
  const { id, ports } = await serve(2, (made) => [port(made)])
  const daemon = dnsmasq(id)!
  const first = await boot(ports[0]!, 'vm2')
  assert.equal(first.lease()?.address, '10.0.2.10')

  // The client is cut off without a word: its lease is still in dnsmasq's memory.
  process.kill(findDaemon(`${first.directory}/udhcpc.pid`, () => true)!.pid, 'SIGKILL')
  const other = port(server.networks.get(id)!, {}, 10)
  await setPorts(id, (all) => [...all.filter((one) => one.id !== ports[0]!.id), other])
  await knows(id, other.mac_address)
  const second = await boot(other, 'vm3')

  assert.equal(second.lease()?.address, '10.0.2.10')
  assert.equal(dnsmasq(id)?.pid, daemon.pid)
  await first.shutDown()
  await second.shutDown()
})

test('an agent that restarts takes no step; a dnsmasq that dies is back; another subnet restarts it', async () => {
  const { id } = await serve(3)
  const daemon = dnsmasq(id)!

  await restart()
  assert.equal(agent.stepsTaken, 0)
  assert.equal(dnsmasq(id)?.pid, daemon.pid)

  process.kill(daemon.pid, 'SIGKILL')
  const next = await until('dnsmasq is back', () => (dnsmasq(id)?.pid === daemon.pid ? null : dnsmasq(id)))

  const old = server.networks.get(id)!
  const added = { ...network(33).subnets[0]!, network_id: id }
  server.networks.set(id, { ...old, subnets: [...old.subnets, added] })
  await server.cast(HOST, 'subnet_create_end', { subnet: { id: added.id, network_id: id } })
  const both = await until('dnsmasq serves both', () =>
    dnsmasq(id)?.argv.some((arg) => arg.includes('10.0.33.0')) ? dnsmasq(id) : null,
  )
  assert.notEqual(both.pid, next.pid)
  const ips = server.networks.get(id)!.ports[0]!.fixed_ips
  assert.deepEqual(ips.map(({ ip_address }) => ip_address).sort(), ['10.0.3.2', '10.0.33.2'])
})

test('a wiped namespace is built again; a network that goes leaves nothing; what others made stays', async () => {
  const { id } = await serve(4)
  const name = `qdhcp-${id}`
  const daemon = dnsmasq(id)!
  const others = 'qdhcp-00000000-0000-4000-8000-000000000000'
  createNetns(others)

  await removeNetns(name)
  await until('it is built again', () => {
    const found = dnsmasq(id)
    return found && found.pid !== daemon.pid && netnsExists(name)
  })
  await until('its address is back', async () => {
    const text = await netns(name).run(['ip', '-o', '-4', 'addr'], { timeoutMs: 5_000 })
    return text.includes('10.0.4.2/24')
  })

  server.networks.delete(id)
  await server.cast(HOST, 'network_delete_end', { network_id: id })
  await until('it has gone', () => !existsSync(confs(id)))
  assert.equal(netnsExists(name), false)
  assert.equal(dnsmasq(id), null)
  assert.ok(server.calls.includes('release_dhcp_port'))
  await restart()
  assert.ok(netnsExists(others))
  await removeNetns(others)
})

test('a server that does not know loses nothing: the data plane stays as it is', async () => {
  const { id } = await serve(5)
  const daemon = dnsmasq(id)!
  await server.close()

  await server.cast(HOST, 'network_delete_end', { network_id: id })
  await server.cast(HOST, 'agent_updated', { admin_state_up: true })
  await sleep(300)

  assert.equal(dnsmasq(id)?.pid, daemon.pid)
  assert.ok(netnsExists(`qdhcp-${id}`))
  await server.start()
})

test('metadata comes through proxy, socket and agent from Nova; what an instance forges is not believed', async () => {
  const { id, ports } = await serve(6, (made) => [port(made), port(made, {}, 11)])
  const [mine, theirs] = [ports[0]!, ports[1]!]
  const nova = await startNovaMetadata({ port: 0, secret: SECRET, instances: `${state}/instances` })
  const secrets = { nova_metadata_port: nova.port, metadata_proxy_shared_secret: SECRET }
  const metadata = await startMetadataAgent({ config: await config(secrets), transport, log, clock: systemClock })
  running.add(nova).add(metadata)
  const vm = await boot(mine, 'vm6')
  new Records(`${state}/instances`).claim({
    name: 'vm6',
    id: mine.device_id,
    status: 'active',
    builder: 0,
    netns: 'vm6',
    project_id: 'p',
    network_id: id,
    port_id: mine.id,
    mac: mine.mac_address,
    mtu: 1450,
    device: 'tap',
    fixed_ips: ['10.0.6.10'],
    security_groups: ['default'],
    user_data: '#!/bin/sh\n',
    keys: { mine: 'ssh-ed25519 AAAA' },
    created_at: '',
  })
  const url = 'http://169.254.169.254'

  const [body, status] = (await vm.curl(`${url}/openstack/latest/meta_data.json`)).split('|')
  assert.equal(status, '200')
  assert.equal(JSON.parse(body!).uuid, mine.device_id)
  assert.equal(await vm.curl(`${url}/latest/user-data`), '#!/bin/sh\n|200')
  assert.equal(await vm.curl(`${url}/2009-04-04/meta-data/local-ipv4`), '10.0.6.10|200')
  assert.match(await vm.curl(`${url}/latest/nonsense`), /\|404$/)

  const lies = [
    `X-Instance-ID: ${theirs.device_id}`,
    `X_Instance_ID: ${theirs.device_id}`,
    'X-Forwarded-For: 10.0.6.11',
    'X-Neutron-Router-ID: 1',
    'X-Tenant-ID: other',
  ]
  const forged = lies.flatMap((lie) => ['-H', lie])
  const answer = await vm.curl(...forged, `${url}/openstack/latest/meta_data.json`)
  assert.equal(JSON.parse(answer.split('|')[0]!).uuid, mine.device_id)

  // Past the proxy: both ids at once, or none, is nobody.
  const socket = ['--unix-socket', `${state}/metadata_proxy`, 'http://x/openstack']
  const both = [
    '-H',
    `X-Neutron-Router-ID: ${id}`,
    '-H',
    `X-Neutron-Network-ID: ${id}`,
    '-H',
    'X-Forwarded-For: 10.0.6.10',
  ]
  assert.match(await vm.curl(...both, ...socket), /\|404$/)
  assert.match(await vm.curl(...socket), /\|404$/)
  // Past the agent: Nova's stand-in believes nobody without the signature.
  const direct = await fetch(`http://127.0.0.1:${nova.port}/openstack`, {
    headers: { 'X-Instance-ID': mine.device_id, 'X-Tenant-ID': 'p', 'X-Instance-ID-Signature': '0'.repeat(64) },
  })
  assert.equal(direct.status, 403)

  running.delete(metadata)
  await metadata.close()
  assert.match(await vm.curl(`${url}/openstack`), /\|503$/)
  const other = { ...secrets, metadata_proxy_shared_secret: 'another' }
  running.add(await startMetadataAgent({ config: await config(other), transport, log, clock: systemClock }))
  assert.match(await vm.curl(`${url}/openstack`), /\|403$/)
  await vm.shutDown()
})

/** A DHCPv6 client with that MAC, a program in its namespace: SOLICIT, then REQUEST; prints the address it is given. */
const DHCP6_CLIENT = `
const { createSocket } = require('node:dgram')
const [device, mac] = process.argv.slice(1)
const option = (code, data) => {
  const head = Buffer.alloc(4)
  head.writeUInt16BE(code, 0)
  head.writeUInt16BE(data.length, 2)
  return Buffer.concat([head, data])
}
const duid = Buffer.from('00030001' + mac.replaceAll(':', ''), 'hex')
const iaNa = Buffer.from('000000010000000000000000', 'hex')
const said = Buffer.concat([option(1, duid), option(3, iaNa), option(8, Buffer.alloc(2))])
let message = Buffer.concat([Buffer.from('01abcdef', 'hex'), said])
const socket = createSocket('udp6')
socket.on('message', (answer) => {
  const at = answer.indexOf(Buffer.from('00050018', 'hex'))
  const server = answer.indexOf(Buffer.from('0002', 'hex'), 4)
  const length = answer.readUInt16BE(server + 2)
  message = Buffer.concat([Buffer.from('03abcdee', 'hex'), said, answer.subarray(server, server + 4 + length)])
  if (answer[0] !== 7) return
  console.log(at < 0 ? 'none' : answer.subarray(at + 4, at + 20).toString('hex'))
  process.exit(0)
})
socket.bind(546, () => setInterval(() => socket.send(message, 547, 'ff02::1:2%' + device), 200))
`

test('a DHCPv6 client is given its address; leases of both families go with their port', async () => {
  const made = network(7)
  const v6: SubnetInfo = {
    ...made.subnets[0]!,
    id: 'bbbbbbbb-0000-4000-8000-000000000000',
    ip_version: 6,
    cidr: 'fd00:7::/64',
    gateway_ip: 'fd00:7::1',
    ipv6_address_mode: 'dhcpv6-stateful',
    ipv6_ra_mode: 'dhcpv6-stateful',
  }
  const dual = { ...made, subnets: [made.subnets[0]!, v6] }
  const fixed_ips = [address(dual, made.subnets[0]!.id, 16), address(dual, v6.id, 16)]
  const host = port(dual, { fixed_ips })
  server.networks.set(made.id, { ...dual, ports: [host] })
  await server.cast(HOST, 'network_create_end', { network: { id: made.id } })
  await answers(made.id)
  const vm = await boot(host, 'vm7')

  assert.equal(vm.lease()?.address, '10.0.7.16')
  const client = [process.execPath, '-e', DHCP6_CLIENT, `tap${host.id.slice(0, 11)}`, host.mac_address]
  const given = await netns('vm7').run(client, { timeoutMs: 15_000 })
  assert.equal(given.trim(), 'fd000007000000000000000000000010')
  const leases = () => readFileSync(`${confs(made.id)}/leases`, 'utf8')
  assert.match(leases(), / fd00:7::10 /)
  await restart()
  assert.equal(agent.stepsTaken, 0)

  await setPorts(made.id, (all) => all.filter(({ id }) => id !== host.id))
  await until('the leases have gone with the port', () => !/fd00:7::10|10\.0\.7\.16/.test(leases()))
  await vm.shutDown()
})

test('after Open vSwitch was started anew, the network has its device and its dnsmasq again', async () => {
  const { id, ports } = await serve(8, (made) => [port(made)])
  // Nothing is looked at again in this time: the switch itself says that it is another.
  await restart({ resync_interval: 600 })
  await ovs.restartVswitchd()
  await until('the bridge is there', () =>
    forward()
      .catch(() => null)
      .then((text) => text !== null),
  )

  await until('the device works again, with its address', async () => {
    const text = await netns(`qdhcp-${id}`).run(['ip', 'addr'], { timeoutMs: 5_000 })
    return /tap.*LOWER_UP/.test(text) && text.includes('10.0.8.2/24')
  })
  const vm = await boot(ports[0]!, 'vm8')
  assert.equal(vm.lease()?.address, '10.0.8.10')
  await vm.shutDown()
  await restart()
})
