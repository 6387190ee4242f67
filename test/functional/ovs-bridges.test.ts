import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openvswitchInterfaceDriver } from '#agents/runtime/interface.ts'
import { run } from '#linux/command.ts'
import { createNetns } from '#linux/netns-create.ts'
import { addBridge, addPort } from '#linux/ovsdb/operations.ts'
import { agentConfig, eventually, FakeServer, inside, instance, pings, plug, startAgent } from './l2.ts'
import { ownNamespaces } from './namespaces.ts'
import { temporaryOvs } from './ovs.ts'

ownNamespaces()

const ALL = [
  { direction: 'egress', ethertype: 'IPv4' },
  { direction: 'ingress', ethertype: 'IPv4' },
] as const

test('flat and VLAN networks are reached through the bridge of their physical network', async ({ signal }) => {
  await using ovs = await temporaryOvs()
  const { ovsdb } = ovs
  await ovsdb.commit(addBridge({ name: 'br-ex', datapath_type: 'netdev' }), signal)
  const server = new FakeServer()
  await server.start()
  server.rules.set('g', [...ALL])
  await using agent = await startAgent(server, agentConfig(ovs, { ovs: { bridge_mappings: { physnet1: 'br-ex' } } }))
  await agent.synced()
  const flat = instance(1, ['g'], { id: 'n1', network_type: 'flat', physical_network: 'physnet1' }, server)
  const vlan = instance(
    2,
    ['g'],
    { id: 'n2', network_type: 'vlan', physical_network: 'physnet1', segmentation_id: 101 },
    server,
  )
  await plug(ovs, [flat, vlan], signal)
  await eventually(() => server.up.size === 2, 'both ports up')

  // The outside: a device on the physical bridge, and one in VLAN 101 of it.
  const onto = { uuid: ovsdb.byName('Bridge', 'br-ex')!.uuid }
  const outside = [{ name: 'ext' }, { name: 'ext101', tag: 101 }]
  await ovsdb.commit(
    outside.flatMap((port) => addPort(onto, { ...port, type: 'internal' })),
    signal,
  )
  for (const [index, { name }] of outside.entries()) {
    createNetns(name)
    await run(['ip', 'link', 'set', name, 'netns', name], { timeoutMs: 5_000, signal })
    await inside(name, ['ip', 'link', 'set', name, 'up'], signal)
    await inside(name, ['ip', 'address', 'add', `10.0.0.${201 + index}/24`, 'dev', name], signal)
  }
  await eventually(() => pings(flat, { ip: '10.0.0.201' }, signal), 'a ping out of the flat network')
  await eventually(() => pings(vlan, { ip: '10.0.0.202' }, signal), 'a ping out of the VLAN network')
  assert.equal(await pings(flat, vlan, signal), false)
})

test('tunnels to other hosts are made, learned of by messages, and removed with them', async ({ signal }) => {
  await using ovs = await temporaryOvs()
  const { ovsdb } = ovs
  const server = new FakeServer()
  await server.start()
  server.tunnels.push({ ip_address: '192.0.2.2', host: 'host-2' }, { ip_address: '127.0.0.1', host: 'host-1' })
  const given = { ovs: { local_ip: '127.0.0.1' }, agent: { tunnel_types: ['vxlan', 'geneve'] } }
  await using agent = await startAgent(server, agentConfig(ovs, given))
  await agent.synced()
  await ovsdb.settled(signal)
  const tunnels = () => ovsdb.rows('Interface').filter(({ options }) => options.remote_ip !== undefined)
  assert.deepEqual(
    tunnels()
      .map(({ name }) => name)
      .sort(),
    ['geneve-c0000202', 'vxlan-c0000202'],
  )

  const one = instance(1, [], { id: 'n1', network_type: 'vxlan', segmentation_id: 77 }, server)
  await plug(ovs, [one], signal)
  await eventually(() => server.up.size === 1, 'the port up')
  const floods = () => ovs.run(['ovs-ofctl', '-O', 'OpenFlow13', '--no-stats', 'dump-flows', 'br-tun', 'table=22'])
  const ofport = ovsdb.byName('Interface', 'vxlan-c0000202')!.ofport
  assert.match(await floods(), /pop_vlan,set_field:0x4d->tun_id,output:(\d+|"vxlan-c0000202")/)
  assert.ok(ofport! > 0)

  await server.cast('q-agent-notifier-tunnel-update', 'tunnel_update', { tunnel_ip: '192.0.2.3', tunnel_type: 'vxlan' })
  await eventually(() => tunnels().length === 3, 'a third tunnel')
  await eventually(async () => (await floods()).split('output:').length === 3, 'flooding to two hosts')
  await server.cast('q-agent-notifier-tunnel-delete', 'tunnel_delete', { tunnel_ip: '192.0.2.2', tunnel_type: 'vxlan' })
  await eventually(() => tunnels().length === 2, 'the tunnel gone')
})

test('ports that are disabled, deleted or unplugged are cut off and the server hears of it', async ({ signal }) => {
  await using ovs = await temporaryOvs()
  const { ovsdb } = ovs
  const server = new FakeServer()
  await server.start()
  server.rules.set('g', [...ALL])
  await using agent = await startAgent(server, agentConfig(ovs))
  await agent.synced()
  const network = { id: 'n1', network_type: 'local' }
  const [a, b, c] = [1, 2, 3].map((n) => instance(n, ['g'], network, server))
  await plug(ovs, [a!, b!, c!], signal)
  await eventually(() => pings(a!, b!, signal), 'a ping')

  const port = server.ports.get(b!.id)!
  server.ports.set(b!.id, { ...port, details: { ...port.details, admin_state_up: false } })
  await server.cast('q-agent-notifier-port-update', 'port_update', { port: { id: b!.id } })
  await eventually(() => server.downs.includes(b!.id), 'the disabled port down')
  await eventually(() => ovsdb.byName('Port', b!.name)!.tag === 4095, 'the disabled port in the dead VLAN')
  assert.equal(await pings(a!, b!, signal), false)

  server.ports.delete(c!.id)
  await server.cast('q-agent-notifier-port-delete', 'port_delete', { port_id: c!.id })
  await eventually(() => ovsdb.byName('Port', c!.name)!.tag === 4095, 'the deleted port in the dead VLAN')

  const driver = openvswitchInterfaceDriver({ ovsdb, integrationBridge: 'br-int', datapathType: 'netdev' })
  await driver.unplug([a!.name], signal)
  await eventually(() => server.downs.includes(a!.id), 'the unplugged port down')
  const left = await ovs.run(['ovs-ofctl', '-O', 'OpenFlow13', '--no-stats', 'dump-flows', 'br-int'])
  assert.doesNotMatch(left, /reg5=/)
})

test('a port that nobody asked for hears nothing of any network', async ({ signal }) => {
  await using ovs = await temporaryOvs()
  const { ovsdb } = ovs
  const server = new FakeServer()
  await server.start()
  await using agent = await startAgent(server, agentConfig(ovs))
  await agent.synced()
  const external_ids = { 'iface-id': 'nobody', 'attached-mac': 'fa:16:3e:00:00:01' }
  await ovsdb.settled(signal)
  const onto = { uuid: ovsdb.byName('Bridge', 'br-int')!.uuid }
  await ovsdb.commit(addPort(onto, { name: 'tap1', type: 'internal', external_ids }), signal)
  await eventually(() => ovsdb.byName('Port', 'tap1')!.tag === 4095, 'the port in the dead VLAN')
})

test('after ovs-vswitchd was started again everything is as before', async ({ signal }) => {
  await using ovs = await temporaryOvs()
  const server = new FakeServer()
  await server.start()
  server.rules.set('g', [...ALL])
  await using agent = await startAgent(server, agentConfig(ovs))
  await agent.synced()
  const network = { id: 'n1', network_type: 'local' }
  const [a, b] = [instance(1, ['g'], network, server), instance(2, ['g'], network, server)]
  await plug(ovs, [a, b], signal)
  await eventually(() => pings(a, b, signal), 'a ping')

  await ovs.restartVswitchd()
  await plug(ovs, [a, b], signal)
  await eventually(() => pings(a, b, signal), 'a ping after the restart')
})
