import assert from 'node:assert/strict'
import { test } from 'node:test'
import { run } from '#linux/command.ts'
import { turnTxOffloadOff } from '#linux/ethtool.ts'
import { netns } from '#linux/netns.ts'
import { createNetns } from '#linux/netns-create.ts'
import { addBridge, addPort } from '#linux/ovsdb/operations.ts'
import { agentConfig, eventually, FakeServer, type Instance, inside, instance, pings, startAgent } from './l2.ts'
import { ownNamespaces } from './namespaces.ts'
import { type TemporaryOvs, temporaryOvs } from './ovs.ts'

ownNamespaces()

const TYPES = ['vxlan', 'gre', 'geneve']

/** Two namespaces with a cable between them: on each end Open vSwitch owns the device and has the host's address. */
async function cable(hosts: readonly TemporaryOvs[], signal: AbortSignal): Promise<void> {
  await run(['ip', 'link', 'add', 'cable1', 'type', 'veth', 'peer', 'name', 'cable2'], { timeoutMs: 5_000, signal })
  for (const [index, { ovsdb }] of hosts.entries()) {
    const n = index + 1
    const [host, device] = [`host${n}`, `cable${n}`]
    await run(['ip', 'link', 'set', device, 'netns', host], { timeoutMs: 5_000, signal })
    await turnTxOffloadOff(netns(host), [device], signal)
    await inside(host, ['ip', 'link', 'set', device, 'up'], signal)
    const bridge = addBridge({ name: 'br-phy', datapath_type: 'netdev' })
    await ovsdb.commit([...bridge, ...addPort({ made: 'br-phy' }, { name: device, type: '' })], signal)
    await inside(host, ['ip', 'address', 'add', `192.0.2.${n}/24`, 'dev', 'br-phy'], signal)
    await inside(host, ['ip', 'link', 'set', 'br-phy', 'up'], signal)
  }
}

async function plugAt(host: number, { ovsdb }: TemporaryOvs, one: Instance, signal: AbortSignal): Promise<void> {
  const external_ids = { 'iface-id': one.id, 'attached-mac': one.mac, 'iface-status': 'active' }
  const onto = { uuid: ovsdb.byName('Bridge', 'br-int')!.uuid }
  await ovsdb.commit(addPort(onto, { name: one.name, type: 'internal', tag: 4095, external_ids }), signal)
  createNetns(one.name)
  const move = ['ip', 'link', 'set', one.name, 'address', one.mac, 'mtu', '1400', 'netns', one.name]
  await inside(`host${host}`, move, signal)
  await inside(one.name, ['ip', 'link', 'set', one.name, 'up'], signal)
  await inside(one.name, ['ip', 'address', 'add', `${one.ip}/24`, 'dev', one.name], signal)
}

test('instances on two hosts reach each other through tunnels of every type', async ({ signal }) => {
  createNetns('host1')
  createNetns('host2')
  await using first = await temporaryOvs({ within: 'host1' })
  await using second = await temporaryOvs({ within: 'host2' })
  const [serverA, serverB] = [new FakeServer(), new FakeServer()]
  const ends = [1, 2].map((n) => ({ ip_address: `192.0.2.${n}`, host: `host-${n}` }))
  for (const server of [serverA, serverB]) {
    await server.start()
    server.tunnels.push(...ends)
    server.rules.set('g', [
      { direction: 'egress', ethertype: 'IPv4' },
      { direction: 'ingress', ethertype: 'IPv4', remote_group_id: 'g' },
    ])
  }
  await cable([first, second], signal)
  const config = (ovs: TemporaryOvs, n: number) =>
    agentConfig(ovs, {
      DEFAULT: { host: `host-${n}` },
      ovs: { local_ip: `192.0.2.${n}` },
      agent: { tunnel_types: TYPES },
    })
  await using agentA = await startAgent(serverA, config(first, 1))
  await using agentB = await startAgent(serverB, config(second, 2))
  await Promise.all([agentA.synced(), agentB.synced()])

  for (const [index, network_type] of TYPES.entries()) {
    const network = { id: `n-${network_type}`, network_type, segmentation_id: 70 + index }
    const numbers = [2 * index + 1, 2 * index + 2]
    const [one, two] = numbers.map((n) => {
      instance(n, ['g'], network, serverA)
      return instance(n, ['g'], network, serverB)
    })
    await plugAt(1, first, one!, signal)
    await plugAt(2, second, two!, signal)
    await eventually(() => pings(one!, two!, signal), `a ping through ${network_type}`)
  }
  const learned = await first.run(['ovs-ofctl', '-O', 'OpenFlow13', '--no-stats', 'dump-flows', 'br-tun', 'table=20'])
  assert.match(learned, /dl_dst=fa:16:3e:00:00:02 actions=/)
  await agentA.close()
  await using again = await startAgent(serverA, config(first, 1))
  await again.synced()
  assert.equal(again.stepsTaken, 0)
})
