/** A routed network on real hosts: each has DHCP for the addresses of the segment it reaches, and for no other. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { netns } from '#linux/netns.ts'
import { discover } from '#plugin/discover.ts'
import { startTestCloud } from '../fakes/bus.ts'
import { coreStore } from '../fakes/core.ts'
import { type DhcpWorld, type Instance, startDhcpWorld, until } from './dhcp-world.ts'
import { ownNamespaces } from './namespaces.ts'

ownNamespaces()

const values = {
  ml2: { mechanism_drivers: 'openvswitch', project_network_types: 'vlan' },
  ml2_type_vlan: { network_vlan_ranges: 'physnet1:100:199,physnet2:100:199' },
}
const way = (physnet: string, id: number) => ({
  'provider:network_type': 'vlan',
  'provider:physical_network': physnet,
  'provider:segmentation_id': id,
})

/** Two instances on that host: each leases the address of its port, and they reach each other. */
async function lives(world: DhcpWorld, host: string, network_id: string, subnet_id: string, segment: object) {
  // biome-ignore lint/suspicious/noExplicitAny: whatever the server said
  const ports: any[] = []
  for (const n of [1, 2]) {
    const port = { network_id, name: `${host}-${n}`, port_security_enabled: false, 'binding:host_id': host }
    ports.push(await world.create('port', port))
  }
  for (const port of ports) {
    assert.equal(port['binding:vif_type'], 'ovs')
    assert.deepEqual(
      port.fixed_ips.map((ip: { subnet_id: string }) => ip.subnet_id),
      [subnet_id],
    )
  }
  await until('dnsmasq serves the network', () => world.dnsmasq(network_id))
  const instances: Instance[] = []
  for (const port of ports) {
    const instance = await world.boot(port)
    const config = await until('the port is wired to its segment', async () => {
      const text = await world.vsctl('get', 'Port', instance.device, 'other_config')
      return text.includes('segmentation_id') ? text : null
    })
    for (const [key, value] of Object.entries(segment)) assert.match(config, new RegExp(`${key}="?${value}"?`))
    const lease = await until('a lease', () => instance.lease())
    assert.equal(lease.get('ip'), port.fixed_ips[0].ip_address)
    instances.push(instance)
  }
  await until('a ping within the segment', () =>
    instances[0]!.run('ping', '-c1', '-W1', ports[1].fixed_ips[0].ip_address),
  )
  return await netns(`qdhcp-${network_id}`).run(['ip', '-4', '-o', 'address'], { timeoutMs: 5_000 })
}

test('ports of a network on two physical networks get the addresses of the segment of their host', async () => {
  const features = await discover(['segments'])
  const store = await coreStore(features)
  const cloud = await startTestCloud(store, features, values)
  const call = async (method: string, path: string, body?: object) => {
    const answer = await cloud.call('admin', method, path, body)
    assert.ok(answer.status < 300, answer.text)
    return answer.body
  }
  try {
    const { network } = await call('POST', '/v2.0/networks', {
      network: { segments: [way('physnet1', 111), way('physnet2', 122)] },
    })
    const { segments } = await call(
      'GET',
      `/v2.0/segments?network_id=${network.id}&sort_key=physical_network&sort_dir=asc`,
    )
    const subnets = []
    for (const [index, { id: segment_id }] of segments.entries()) {
      const subnet = { network_id: network.id, ip_version: 4, cidr: `10.77.${index}.0/24`, segment_id }
      subnets.push((await call('POST', '/v2.0/subnets', { subnet })).subnet)
    }
    for (const [index, { id }] of subnets.entries()) {
      const host = `host-${index + 1}`
      const physnet = `physnet${index + 1}`
      await using world = await startDhcpWorld(
        { ...values, DEFAULT: { host } },
        { cloud, bridges: { [physnet]: `br-p${index + 1}` } },
      )
      const segment = { physical_network: physnet, segmentation_id: index === 0 ? 111 : 122 }
      const addresses = await lives(world, host, network.id, id, segment)
      const other = 1 - index
      assert.match(addresses, new RegExp(`10\\.77\\.${index}\\.`))
      assert.doesNotMatch(addresses, new RegExp(`10\\.77\\.${other}\\.`))
    }
  } finally {
    await cloud[Symbol.asyncDispose]()
    await store.close()
  }
})
