/** A router with two gateways, with packets: what comes in through the second is answered through it. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { floatingIp, gatewayPort, router } from '#agents/l3/example.ts'
import { netnsName } from '#agents/l3/state.ts'
import type { RouterInfo, RouterPort } from '#rpc/contract/l3.ts'
import { ownNamespaces } from './namespaces.ts'
import { INSIDE, inNetns, OUTSIDE, ping, type RouterWorld, routerWorld } from './routers.ts'

ownNamespaces()

const BESIDE = 3
/** Behind the second network's machine, and nowhere else. */
const FAR = '192.0.2.9'
/** Behind the first network's machine. */
const AWAY = '192.0.2.10'
let world: RouterWorld

const second: RouterPort = {
  ...gatewayPort,
  id: 'eeeeeeee-2222-0000-0000-000000000002',
  network_id: 'eeeeeeee-2222-0000-0000-000000000000',
  mac_address: 'fa:16:3e:00:02:02',
  fixed_ips: [{ subnet_id: 's5', ip_address: '198.51.100.5', prefixlen: 24 }],
  subnets: [{ id: 's5', cidr: '198.51.100.0/24', gateway_ip: '198.51.100.1', dns_nameservers: [], ipv6_ra_mode: null }],
}
const there = { ...floatingIp, floating_ip_address: '198.51.100.77', floating_network_id: second.network_id }
const two: RouterInfo = {
  ...router,
  _extra_gateways: [{ port: second, enable_snat: true }],
  _floatingips: [there],
}

before(async () => {
  world = await routerWorld((device) => {
    if (!device.startsWith('qg-')) return INSIDE
    return device.startsWith('qg-eeeeeeee-22') ? BESIDE : OUTSIDE
  })
  await world.machine('vm', INSIDE, '10.0.0.10/24', '10.0.0.1')
  await world.machine('vm2', INSIDE, '10.0.0.11/24', '10.0.0.1')
  await world.machine('world', OUTSIDE, '203.0.113.1/24', null)
  await world.machine('beside', BESIDE, '198.51.100.1/24', null)
  await inNetns('beside', 'ip', 'addr', 'add', `${FAR}/32`, 'dev', 'tap-beside')
  await inNetns('world', 'ip', 'addr', 'add', `${AWAY}/32`, 'dev', 'tap-world')
})

after(() => world[Symbol.asyncDispose]())

const pingFrom = (space: string, source: string, to: string) =>
  inNetns(space, 'ping', '-c', '1', '-W', '2', '-I', source, to)
const seen = (from: string, to: string) =>
  inNetns(netnsName(router.id), 'conntrack', '-L', '-p', 'icmp', '-s', from, '-d', to)

test('two gateways: answers leave where the connection came in, and senders where their floating IP is', async () => {
  await world.turn([two])
  assert.deepEqual(await world.turn([two]), [])

  await pingFrom('beside', FAR, '198.51.100.77')
  await pingFrom('beside', FAR, '198.51.100.5')
  await pingFrom('world', AWAY, '203.0.113.5')
  await ping('vm', FAR)
  assert.match(await seen('10.0.0.10', FAR), /dst=198\.51\.100\.77 /)

  await ping('vm2', AWAY)
  assert.match(await seen('10.0.0.11', AWAY), /dst=203\.0\.113\.5 /)
  await ping('vm2', '198.51.100.1')
  assert.match(await seen('10.0.0.11', '198.51.100.1'), /dst=198\.51\.100\.5 /)
  await ping('vm', '10.0.0.11')
  await ping('vm2', '198.51.100.77')
})

test('two gateways: a floating IP at each, of one address', async () => {
  const both = { ...two, _floatingips: [floatingIp, there] }
  await world.turn([both])
  assert.deepEqual(await world.turn([both]), [])
  await pingFrom('beside', FAR, '198.51.100.77')
  await pingFrom('world', AWAY, '203.0.113.77')
  await ping('vm', AWAY)
  assert.match(await seen('10.0.0.10', AWAY), /dst=203\.0\.113\.77 /)
})

test('two gateways: translation is for each of them', async () => {
  const plain = { ...two, _extra_gateways: [{ port: second, enable_snat: false }], _floatingips: [] }
  await world.turn([plain])
  await inNetns('beside', 'ip', 'route', 'add', '10.0.0.0/24', 'via', '198.51.100.5')
  await ping('vm2', '198.51.100.1')
  assert.match(await seen('10.0.0.11', '198.51.100.1'), /dst=10\.0\.0\.11 /)
  await ping('vm2', '203.0.113.1')
  assert.match(await seen('10.0.0.11', '203.0.113.1'), /dst=203\.0\.113\.5 /)
})

test('two gateways: on one network; the second first; one again, as if there never was another', async () => {
  const beside: RouterPort = {
    ...gatewayPort,
    id: second.id,
    mac_address: second.mac_address,
    fixed_ips: [{ subnet_id: 's2', ip_address: '203.0.113.6', prefixlen: 24 }],
    extra_subnets: [{ id: 's9', cidr: '192.168.99.0/24', gateway_ip: null }],
  }
  const swapped: RouterInfo = {
    ...two,
    gw_port: second,
    gw_port_id: second.id,
    _extra_gateways: [{ port: gatewayPort, enable_snat: true }],
  }
  await world.turn([router])
  const good = await world.state()
  for (const info of [two, swapped, { ...two, _extra_gateways: [{ port: beside, enable_snat: true }] }, two, router]) {
    await world.turn([info])
    assert.deepEqual(await world.turn([info]), [])
  }
  const again = await world.state()
  const ours = ({ state }: typeof good) => ({ ...state, sysctls: {} })
  assert.deepEqual(ours(again), ours(good))
  await world.turn([])
})
