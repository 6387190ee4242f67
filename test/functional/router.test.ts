import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { floatingIp, gatewayPort, internalPort, ROUTER_ID, router } from '#agents/l3/example.ts'
import { RouterHost } from '#agents/l3/host.ts'
import { openRecords } from '#agents/l3/record.ts'
import { netnsName, type RouterState, type Step } from '#agents/l3/state.ts'
import { type InterfaceDriver, openvswitchInterfaceDriver } from '#agents/runtime/interface.ts'
import { reconcile } from '#agents/runtime/target.ts'
import { silentLog } from '#base/log.ts'
import { listNetns, netns, removeNetns } from '#linux/netns.ts'
import { createNetns } from '#linux/netns-create.ts'
import { addBridge } from '#linux/ovsdb/operations.ts'
import type { RouterInfo } from '#rpc/contract/l3.ts'
import { ownNamespaces } from './namespaces.ts'
import { type TemporaryOvs, temporaryOvs } from './ovs.ts'

ownNamespaces()

const SETTINGS = {
  metadataPort: 9697,
  enableMetadataProxy: true,
  metadataAccessMark: '0x1',
  externalIngressMark: '0x2',
  ipv6Gateway: null,
  commentRules: true,
  randomFully: true,
  ipv6: true,
}
const INSIDE_TAG = '1'
const OUTSIDE_TAG = '2'
const signal = new AbortController().signal
const closing = new AbortController()
let ovs: TemporaryOvs
let driver: InterfaceDriver
const directory = mkdtempSync(join(tmpdir(), 'l3-'))

/** The L2 agent's share: no packet leaves the dead VLAN otherwise. */
const wired: InterfaceDriver = {
  list: () => driver.list(),
  unplug: (names, stop) => driver.unplug(names, stop),
  async plug(devices, stop) {
    await driver.plug(devices, stop)
    for (const { name } of devices) {
      await ovs.run(['ovs-vsctl', 'set', 'port', name, `tag=${name.startsWith('qg-') ? OUTSIDE_TAG : INSIDE_TAG}`])
    }
  },
}

before(async () => {
  ovs = await temporaryOvs()
  await ovs.ovsdb.commit(addBridge({ name: 'br-int', datapath_type: 'netdev', fail_mode: 'standalone' }), signal)
  driver = openvswitchInterfaceDriver({ ovsdb: ovs.ovsdb, integrationBridge: 'br-int', datapathType: 'netdev' })
  await machine('vm', INSIDE_TAG, '10.0.0.10/24', '10.0.0.1')
  await machine('vm2', INSIDE_TAG, '10.0.0.11/24', '10.0.0.1')
  await machine('world', OUTSIDE_TAG, '203.0.113.1/24', null)
})

after(async () => {
  closing.abort(new Error('the test ends'))
  await ovs[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true })
})

async function machine(name: string, tag: string, address: string, gateway: string | null): Promise<void> {
  createNetns(name)
  const mac = `fa:16:3e:00:09:${address.split(/[./]/)[3]!.padStart(2, '0')}`
  await driver.plug([{ name: `tap-${name}`, port_id: `port-${name}`, mac, netns: name, mtu: 1450 }], signal)
  await ovs.run(['ovs-vsctl', 'set', 'port', `tap-${name}`, `tag=${tag}`])
  await inNetns(name, 'ip', 'addr', 'add', address, 'dev', `tap-${name}`)
  if (gateway) await inNetns(name, 'ip', 'route', 'add', 'default', 'via', gateway)
}

function inNetns(name: string, ...argv: string[]): Promise<string> {
  return netns(name).run(argv, { timeoutMs: 15_000 })
}

function hostOf(wanted: () => readonly RouterInfo[], driving = wired): RouterHost {
  return new RouterHost({
    source: { ids: async () => wanted().map(({ id }) => id), routers: async () => wanted() },
    driver: driving,
    records: openRecords(directory),
    settings: SETTINGS,
    handleInternalOnlyRouters: true,
    onDone: async () => {},
    onRemove: async () => {},
    log: silentLog,
    closing: closing.signal,
  })
}

const ping = (from: string, to: string) => inNetns(from, 'ping', '-c', '1', '-W', '3', to)
const names = (steps: readonly Step[]) => steps.map((step) => step.do)

/** What can be compared of two hosts: everything. */
async function hostState(): Promise<{ state: RouterState | null; devices: string[]; namespaces: string[] }> {
  const host = hostOf(() => [])
  const devices = (await driver.list()).map(({ name }) => name).filter((name) => /^q[rg]-/.test(name))
  return { state: await host.have(ROUTER_ID, signal), devices: devices.sort(), namespaces: listNetns().sort() }
}

test('a router: out by SNAT, in by floating IP, restarted without a step, taken down without a trace', async () => {
  let wanted: RouterInfo[] = [router]
  const host = hostOf(() => wanted)
  const before = await hostState()

  await reconcile(host, ROUTER_ID, signal)
  await ping('vm', '10.0.0.1')
  await ping('vm2', '203.0.113.1')
  await ping('vm', '203.0.113.1')
  await ping('world', '203.0.113.77')
  await ping('vm2', '203.0.113.77')
  const seen = await inNetns(netnsName(ROUTER_ID), 'conntrack', '-L', '-s', '10.0.0.11', '-d', '203.0.113.1')
  assert.match(seen, /dst=203\.0\.113\.5 /)

  assert.deepEqual(
    names(
      await reconcile(
        hostOf(() => wanted),
        ROUTER_ID,
        signal,
      ),
    ),
    [],
  )

  wanted = [{ ...router, _floatingips: [] }]
  assert.ok(names(await reconcile(host, ROUTER_ID, signal)).includes('forget-connections'))
  await assert.rejects(ping('world', '203.0.113.77'))
  await ping('vm', '203.0.113.1')

  wanted = [{ ...router, admin_state_up: false }]
  await reconcile(host, ROUTER_ID, signal)
  assert.deepEqual(await hostState(), before)
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
    await reconcile(
      hostOf(() => [info]),
      ROUTER_ID,
      signal,
    )
    assert.deepEqual(
      names(
        await reconcile(
          hostOf(() => [info]),
          ROUTER_ID,
          signal,
        ),
      ),
      [],
      `settled: ${info.routes.length}`,
    )
  }
  await ping('world', '203.0.113.77')
  await reconcile(
    hostOf(() => []),
    ROUTER_ID,
    signal,
  )
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
        hostOf(() => from),
        ROUTER_ID,
        signal,
      )
    const end = () =>
      reconcile(
        hostOf(() => to),
        ROUTER_ID,
        signal,
      )
    await start()
    const steps = await end()
    const good = await hostState()
    for (let kill = 0; kill < steps.length; kill++) {
      await start()
      const host = hostOf(() => to)
      const plan = host.plan(await host.want(ROUTER_ID, signal), await host.have(ROUTER_ID, signal))
      for (const step of plan.slice(0, kill)) await host.apply(ROUTER_ID, step, signal)
      const again = hostOf(() => to)
      for (const id of await again.ids(signal)) await reconcile(again, id, signal)
      assert.deepEqual(await hostState(), good, `killed before ${names(plan)[kill]}`)
    }
  }
})

test('a router: a namespace that was never finished is made anew', async () => {
  writeFileSync(netns(netnsName(ROUTER_ID)).path, '')
  await reconcile(
    hostOf(() => [router]),
    ROUTER_ID,
    signal,
  )
  await ping('vm', '203.0.113.1')
  await reconcile(
    hostOf(() => []),
    ROUTER_ID,
    signal,
  )
  assert.ok(!listNetns().includes(netnsName(ROUTER_ID)))
})

test('routers of others are left alone; one whose devices are on our bridge is taken over and removed', async () => {
  const foreign = '22222222-0000-0000-0000-000000000002'
  createNetns(netnsName(foreign))
  await reconcile(
    hostOf(() => [router]),
    ROUTER_ID,
    signal,
  )
  openRecords(directory).remove(ROUTER_ID)

  assert.deepEqual([...(await hostOf(() => []).ids(signal))], [ROUTER_ID])
  assert.deepEqual(
    names(
      await reconcile(
        hostOf(() => [router]),
        ROUTER_ID,
        signal,
      ),
    ),
    ['remember'],
  )
  openRecords(directory).remove(ROUTER_ID)
  await reconcile(
    hostOf(() => []),
    ROUTER_ID,
    signal,
  )

  assert.ok(listNetns().includes(netnsName(foreign)))
  assert.ok(!listNetns().includes(netnsName(ROUTER_ID)))
  await removeNetns(netnsName(foreign), signal)
})
