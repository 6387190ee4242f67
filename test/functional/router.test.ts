import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { floatingIp, gatewayPort, internalPort, ROUTER_ID, router } from '#agents/l3/example.ts'
import { netnsName } from '#agents/l3/state.ts'
import { reconcile } from '#agents/runtime/target.ts'
import { listNetns, netns, removeNetns } from '#linux/netns.ts'
import { createNetns } from '#linux/netns-create.ts'
import type { RouterInfo } from '#rpc/contract/l3.ts'
import { ownNamespaces } from './namespaces.ts'
import { INSIDE, inNetns, names, OUTSIDE, ping, type RouterWorld, routerWorld, signal } from './routers.ts'

ownNamespaces()

let world: RouterWorld

before(async () => {
  world = await routerWorld()
  await world.machine('vm', INSIDE, '10.0.0.10/24', '10.0.0.1')
  await world.machine('vm2', INSIDE, '10.0.0.11/24', '10.0.0.1')
  await world.machine('world', OUTSIDE, '203.0.113.1/24', null)
})

after(() => world[Symbol.asyncDispose]())

test('a router: out by SNAT, in by floating IP, restarted without a step, taken down without a trace', async () => {
  let wanted: RouterInfo[] = [router]
  const host = world.hostOf(() => wanted)
  const before = await world.state()

  await reconcile(host, ROUTER_ID, signal)
  await ping('vm', '10.0.0.1')
  await ping('vm2', '203.0.113.1')
  await ping('vm', '203.0.113.1')
  await ping('world', '203.0.113.77')
  await ping('vm2', '203.0.113.77')
  const seen = await inNetns(netnsName(ROUTER_ID), 'conntrack', '-L', '-s', '10.0.0.11', '-d', '203.0.113.1')
  assert.match(seen, /dst=203\.0\.113\.5 /)

  assert.deepEqual(await world.turn(wanted), [])

  wanted = [{ ...router, _floatingips: [] }]
  assert.ok(names(await reconcile(host, ROUTER_ID, signal)).includes('forget-connections'))
  await assert.rejects(ping('world', '203.0.113.77'))
  await ping('vm', '203.0.113.1')

  wanted = [{ ...router, admin_state_up: false }]
  await reconcile(host, ROUTER_ID, signal)
  assert.deepEqual(await world.state(), before)
  assert.deepEqual(names(await reconcile(host, ROUTER_ID, signal)), [])
})

test('a router: IPv6, further interfaces, extra routes and another gateway come and go', async () => {
  const more: RouterInfo = {
    ...router,
    enable_snat: false,
    routes: [
      { destination: '192.168.7.0/24', nexthop: '10.0.0.10' },
      { destination: '192.168.8.0/24', nexthop: '10.0.0.10' },
      { destination: '192.168.8.0/24', nexthop: '10.0.0.11' },
    ],
    gw_port: {
      ...gatewayPort,
      fixed_ips: [{ subnet_id: 's2', ip_address: '203.0.113.9', prefixlen: 24 }],
      extra_subnets: [{ id: 's9', cidr: '198.51.100.0/24', gateway_ip: null }],
    },
    _interfaces: [
      {
        ...internalPort,
        fixed_ips: [...internalPort.fixed_ips, { subnet_id: 's6', ip_address: 'fd00:1::1', prefixlen: 64 }],
      },
      {
        ...internalPort,
        id: 'aaaaaaaa-bbbb-0000-0000-000000000002',
        mac_address: 'fa:16:3e:00:01:02',
        fixed_ips: [{ subnet_id: 's3', ip_address: '10.0.1.1', prefixlen: 24 }],
      },
    ],
  }
  for (const info of [router, more, { ...router, gw_port: null, gw_port_id: null }, more, router]) {
    await world.turn([info])
    assert.deepEqual(await world.turn([info]), [], `settled: ${info.routes.length}`)
  }
  await ping('world', '203.0.113.77')
  await world.turn([])
})

test('a router: a kill between any two steps, then a resync, ends in the same host', async () => {
  const changed: RouterInfo = {
    ...router,
    _floatingips: [{ ...floatingIp, fixed_ip_address: '10.0.0.11' }],
    _interfaces: [{ ...internalPort, id: 'aaaaaaaa-cccc-0000-0000-000000000003', mac_address: 'fa:16:3e:00:01:03' }],
  }
  for (const [from, to] of [
    [[], [router]],
    [[router], [changed]],
    [[changed], []],
  ] as const) {
    const start = () =>
      reconcile(
        world.hostOf(() => from),
        ROUTER_ID,
        signal,
      )
    const end = () =>
      reconcile(
        world.hostOf(() => to),
        ROUTER_ID,
        signal,
      )
    await start()
    const steps = await end()
    const good = await world.state()
    for (let kill = 0; kill < steps.length; kill++) {
      await start()
      const host = world.hostOf(() => to)
      const plan = host.plan(await host.want(ROUTER_ID, signal), await host.have(ROUTER_ID, signal))
      for (const step of plan.slice(0, kill)) await host.apply(ROUTER_ID, step, signal)
      const again = world.hostOf(() => to)
      for (const id of await again.ids(signal)) await reconcile(again, id, signal)
      assert.deepEqual(await world.state(), good, `killed before ${names(plan)[kill]}`)
    }
  }
})

test('a router: a namespace that was never finished is made anew', async () => {
  writeFileSync(netns(netnsName(ROUTER_ID)).path, '')
  await world.turn([router])
  await ping('vm', '203.0.113.1')
  await world.turn([])
  assert.ok(!listNetns().includes(netnsName(ROUTER_ID)))
})

test('routers of others are left alone; one whose devices are on our bridge is taken over and removed', async () => {
  const foreign = '22222222-0000-0000-0000-000000000002'
  createNetns(netnsName(foreign))
  await world.turn([router])
  world.records.remove(ROUTER_ID)

  assert.deepEqual([...(await world.hostOf(() => []).ids(signal))], [ROUTER_ID])
  assert.deepEqual(await world.turn([router]), ['remember'])
  world.records.remove(ROUTER_ID)
  await world.turn([])

  assert.ok(listNetns().includes(netnsName(foreign)))
  assert.ok(!listNetns().includes(netnsName(ROUTER_ID)))
  await removeNetns(netnsName(foreign), signal)
})
