/**
 * For tests of routers against the kernel: a switch, machines on it, and a host that reads what the test wants.
 * The L2 agent's share is done here: a device is on the VLAN of its network, named by the number a test gives it.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Advertisers } from '#agents/l3/advertisers.ts'
import { ROUTER_ID } from '#agents/l3/example.ts'
import type { Settings } from '#agents/l3/fragment.ts'
import { RouterHost } from '#agents/l3/host.ts'
import { openRecords, type Records } from '#agents/l3/record.ts'
import type { RouterState, Step } from '#agents/l3/state.ts'
import { type InterfaceDriver, openvswitchInterfaceDriver } from '#agents/runtime/interface.ts'
import { reconcile } from '#agents/runtime/target.ts'
import { silentLog } from '#base/log.ts'
import { listNetns, netns } from '#linux/netns.ts'
import { createNetns } from '#linux/netns-create.ts'
import { addBridge } from '#linux/ovsdb/operations.ts'
import type { RouterInfo } from '#rpc/contract/l3.ts'
import { temporaryOvs } from './ovs.ts'

const SETTINGS: Settings = {
  metadataPort: 9697,
  enableMetadataProxy: true,
  metadataAccessMark: '0x1',
  externalIngressMark: '0x2',
  ipv6Gateway: null,
  commentRules: true,
  randomFully: true,
  ipv6: true,
  raIntervalSeconds: { min: 3, max: 4 },
}
export const INSIDE = 1
export const OUTSIDE = 2
export const signal = new AbortController().signal

export interface RouterWorld extends AsyncDisposable {
  readonly directory: string
  readonly records: Records
  readonly driver: InterfaceDriver
  /** A namespace with one address; `gateway` null: none. */
  machine(name: string, vlan: number, address: string, gateway: string | null): Promise<void>
  hostOf(wanted: () => readonly RouterInfo[]): RouterHost
  /** One turn for the router of the example; answers the steps it took. */
  turn(wanted: readonly RouterInfo[]): Promise<Step['do'][]>
  /** What can be compared of two hosts: everything. */
  state(): Promise<{ state: RouterState | null; devices: string[]; namespaces: string[] }>
}

/** `vlanOf`: the VLAN of a router's device; by default `qg-` is outside and `qr-` inside. */
export async function routerWorld(
  vlanOf: (device: string) => number = (device) => (device.startsWith('qg-') ? OUTSIDE : INSIDE),
): Promise<RouterWorld> {
  const closing = new AbortController()
  const directory = mkdtempSync(join(tmpdir(), 'l3-'))
  const ovs = await temporaryOvs()
  await ovs.ovsdb.commit(addBridge({ name: 'br-int', datapath_type: 'netdev', fail_mode: 'standalone' }), signal)
  const driver = openvswitchInterfaceDriver({
    ovsdb: ovs.ovsdb,
    integrationBridge: 'br-int',
    datapathType: 'netdev',
  })
  const tag = (name: string, vlan: number) => ovs.run(['ovs-vsctl', 'set', 'port', name, `tag=${vlan}`])
  const wired: InterfaceDriver = {
    list: () => driver.list(),
    unplug: (names, stop) => driver.unplug(names, stop),
    async plug(devices, stop) {
      await driver.plug(devices, stop)
      for (const { name } of devices) await tag(name, vlanOf(name))
    },
  }
  const records = openRecords(`${directory}/records`)
  const advertisers = new Advertisers({ confs: `${directory}/ra`, pids: directory, user: '', onDeath: () => {} })
  const hostOf = (wanted: () => readonly RouterInfo[]) =>
    new RouterHost({
      source: { ids: async () => wanted().map(({ id }) => id), routers: async () => wanted() },
      driver: wired,
      records,
      settings: SETTINGS,
      advertisers,
      handleInternalOnlyRouters: true,
      onDone: async () => {},
      onRemove: async () => {},
      log: silentLog,
      closing: closing.signal,
    })
  return {
    directory,
    records,
    driver,
    hostOf,
    turn: async (wanted) =>
      names(
        await reconcile(
          hostOf(() => wanted),
          ROUTER_ID,
          signal,
        ),
      ),
    async machine(name, vlan, address, gateway) {
      createNetns(name)
      const [bare = ''] = address.split('/')
      const octets = bare.split('.').map((part) => Number(part).toString(16).padStart(2, '0'))
      await driver.plug(
        [{ name: `tap-${name}`, port_id: `port-${name}`, mac: `fa:16:${octets.join(':')}`, netns: name, mtu: 1450 }],
        signal,
      )
      await tag(`tap-${name}`, vlan)
      await inNetns(name, 'ip', 'addr', 'add', address, 'dev', `tap-${name}`)
      if (gateway) await inNetns(name, 'ip', 'route', 'add', 'default', 'via', gateway)
    },
    async state() {
      const devices = (await driver.list()).map(({ name }) => name).filter((name) => /^q[rg]-/.test(name))
      const state = await hostOf(() => []).have(ROUTER_ID, signal)
      return { state, devices: devices.sort(), namespaces: listNetns().sort() }
    },
    async [Symbol.asyncDispose]() {
      await advertisers.stop(ROUTER_ID)
      advertisers.close()
      closing.abort(new Error('the test ends'))
      await ovs[Symbol.asyncDispose]()
      rmSync(directory, { recursive: true })
    },
  }
}

export const names = (steps: readonly Step[]) => steps.map((step) => step.do)

export function inNetns(name: string, ...argv: string[]): Promise<string> {
  return netns(name).run(argv, { timeoutMs: 15_000 })
}

export const ping = (from: string, to: string) => inNetns(from, 'ping', '-c', '1', '-W', '3', to)
