/**
 * A server with its API and bus, a DHCP agent and a switch, for tests that follow a request to what a client is told.
 * Instances are namespaces with a device on the integration bridge; a flow stands in for the L2 agent.
 */
import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDhcpAgent } from '#agents/dhcp/agent.ts'
import { startOpenvswitchAgent } from '#agents/l2/agent.ts'
import { openvswitchInterfaceDriver } from '#agents/runtime/interface.ts'
import { systemClock } from '#base/clock.ts'
import { sleep } from '#base/lifetime.ts'
import { silentLog } from '#base/log.ts'
import { configOf, type PlainValues } from '#config/config.ts'
import { discoverGroups } from '#config/discover.ts'
import { type Daemon, findDaemon, stopDaemon } from '#linux/child.ts'
import { netns, removeNetns } from '#linux/netns.ts'
import { createNetns } from '#linux/netns-create.ts'
import { addBridge } from '#linux/ovsdb/operations.ts'
import { coreFeatures, startTestCloud, type TestCloud } from '../fakes/bus.ts'
import { coreStore } from '../fakes/core.ts'
import { temporaryOvs } from './ovs.ts'

/** What udhcpc calls: puts the address on the device and prints all it was told. */
const SCRIPT = `#!/bin/sh
case "$1" in
deconfig) ip -4 addr flush dev "$interface"; ip link set dev "$interface" up ;;
bound | renew) ip addr replace "$ip/$mask" dev "$interface"; env ;;
esac
`

export interface Instance {
  readonly netns: string
  readonly device: string
  /** Asks for a lease, as a client that boots; answers all it was told, by udhcpc's names. */
  lease(...options: string[]): Promise<ReadonlyMap<string, string>>
  run(...argv: string[]): Promise<string>
}

export interface DhcpWorld extends AsyncDisposable {
  // biome-ignore lint/suspicious/noExplicitAny: whatever the server said
  create(resource: string, values: object): Promise<any>
  // biome-ignore lint/suspicious/noExplicitAny: whatever the server said
  update(resource: string, id: string, values: object): Promise<any>
  /** `ovs-vsctl …` against its switch. */
  vsctl(...args: string[]): Promise<string>
  boot(port: { readonly id: string; readonly mac_address: string }): Promise<Instance>
  dnsmasq(networkId: string): Daemon | null
}

const PATIENCE_MS = 20_000

/** Until what is looked for is there; a look that fails is one that finds nothing. @throws Error when it never is */
export async function until<T>(what: string, look: () => T | Promise<T>): Promise<NonNullable<T>> {
  let last: unknown
  const end = performance.now() + PATIENCE_MS
  while (performance.now() < end) {
    try {
      const found = await look()
      if (found) return found as NonNullable<T>
    } catch (error) {
      last = error
    }
    await sleep(100)
  }
  throw new Error(`waited in vain: ${what}`, { cause: last })
}

export interface Host {
  /** The server it reports to; its own without. */
  readonly cloud?: TestCloud
  /** Physical bridges by physical network, which a real L2 agent wires; a flow stands in for it without. */
  readonly bridges?: { readonly [physicalNetwork: string]: string }
}

/** `ownNamespaces()` is the caller's to call first. */
export async function startDhcpWorld(
  values: PlainValues = {},
  { cloud: given, bridges }: Host = {},
): Promise<DhcpWorld> {
  const state = mkdtempSync(join(tmpdir(), 'dhcp-world-'))
  chmodSync(state, 0o755)
  const ovs = await temporaryOvs()
  const bridge = addBridge({ name: 'br-int', datapath_type: 'netdev', fail_mode: 'secure' })
  await ovs.ovsdb.commit(bridge, AbortSignal.timeout(10_000))
  if (!bridges) await ovs.run(['ovs-ofctl', '-O', 'OpenFlow13', 'add-flow', 'br-int', 'actions=NORMAL'])
  for (const name of Object.values(bridges ?? {})) {
    await ovs.ovsdb.commit(addBridge({ name, datapath_type: 'netdev' }), AbortSignal.timeout(10_000))
  }
  const mappings = Object.entries(bridges ?? {}).map(([physnet, bridge]) => `${physnet}:${bridge}`)
  const settings = {
    ...values,
    DEFAULT: { host: 'h', state_path: state, resync_interval: '1', ...values.DEFAULT },
    ovs: {
      ovsdb_connection: ovs.connection,
      integration_bridge: 'br-int',
      datapath_type: 'netdev',
      ...(bridges ? { bridge_mappings: mappings.join() } : {}),
    },
  }
  const own = given ? null : await startOwnCloud(settings)
  const cloud = given ?? own!.cloud
  const { transport } = cloud
  const agentConfig = configOf(settings, await discoverGroups())
  const l2 = bridges
    ? await startOpenvswitchAgent({ config: agentConfig, transport, log: silentLog, clock: systemClock })
    : null
  await l2?.synced()
  const agent = await startDhcpAgent({ config: agentConfig, transport, log: silentLog, clock: systemClock })
  await agent.synced()
  const driver = openvswitchInterfaceDriver({ ovsdb: ovs.ovsdb, integrationBridge: 'br-int', datapathType: 'netdev' })
  const namespaces: string[] = []

  const dnsmasq = (id: string) => findDaemon(`${state}/dhcp/${id}/pid`, (argv) => argv[0] === 'dnsmasq')
  const send = async (method: string, path: string, resource: string, item: object) => {
    const { status, body, text } = await cloud.call('admin', method, path, { [resource]: item })
    assert.ok(status < 300, text)
    return body[resource]
  }
  return {
    create: (resource, item) => send('POST', `/v2.0/${resource}s`, resource, item),
    update: (resource, id, item) => send('PUT', `/v2.0/${resource}s/${id}`, resource, item),
    dnsmasq,
    vsctl: (...args) => ovs.run(['ovs-vsctl', ...args]),
    async boot({ id, mac_address: mac }) {
      const [name, device] = [`vm-${id.slice(0, 8)}`, `tap${id.slice(0, 11)}`]
      namespaces.push(name)
      createNetns(name)
      await driver.plug([{ name: device, port_id: id, mac, netns: name, mtu: 1500 }], AbortSignal.timeout(10_000))
      const script = `${state}/${name}.sh`
      writeFileSync(script, SCRIPT)
      chmodSync(script, 0o700)
      const run = (...argv: string[]) => netns(name).run(argv, { timeoutMs: 15_000 })
      return {
        netns: name,
        device,
        run,
        async lease(...options) {
          for (const port of (await ovs.run(['ovs-vsctl', 'list-ports', 'br-int'])).trim().split('\n')) {
            if (!l2) await ovs.run(['ovs-vsctl', 'clear', 'Port', port, 'tag'])
          }
          const asked = options.flatMap((option) => ['-O', option])
          const told = await run('udhcpc', '-f', '-n', '-q', '-t', '5', '-T', '1', '-i', device, '-s', script, ...asked)
          const lines = told.split('\n').flatMap((line) => /^([a-z0-9]+)=(.*)$/.exec(line)?.slice(1, 3) ?? [])
          return new Map(lines.flatMap((name, at) => (at % 2 === 0 ? [[name, lines[at + 1]!] as const] : [])))
        },
      }
    },
    async [Symbol.asyncDispose]() {
      await agent.close()
      await l2?.close()
      for (const id of existsSync(`${state}/dhcp`) ? readdirSync(`${state}/dhcp`) : []) {
        const daemon = dnsmasq(id)
        if (daemon) await stopDaemon(daemon)
        namespaces.push(`qdhcp-${id}`)
      }
      for (const name of namespaces) await removeNetns(name)
      await own?.close()
      await ovs[Symbol.asyncDispose]()
      rmSync(state, { recursive: true, force: true })
    },
  }
}

async function startOwnCloud(settings: PlainValues) {
  const features = await coreFeatures()
  const store = await coreStore(features)
  const cloud = await startTestCloud(store, features, settings)
  return {
    cloud,
    async close() {
      await cloud[Symbol.asyncDispose]()
      await store.close()
    },
  }
}
