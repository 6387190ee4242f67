/**
 * Routers between the server and the kernel: reads what is wanted (many routers per call), reads what the host has (per
 * router one visit to its namespace and one program), and takes steps. It decides nothing: that is plan.ts.
 */
import { readdirSync } from 'node:fs'
import type { InterfaceDriver } from '#agents/runtime/interface.ts'
import type { Target } from '#agents/runtime/target.ts'
import type { Log } from '#base/log.ts'
import { announce } from '#linux/arping.ts'
import { deleteConnections, deleteConnectionsToPorts } from '#linux/conntrack.ts'
import { applyTables, owned, readTables, type Tables } from '#linux/iptables.ts'
import { ipBatch } from '#linux/link.ts'
import { type NetnsDevice, readLinks, readNetns } from '#linux/netlink.ts'
import { listNetns, type Netns, netns, netnsExists, removeNetns } from '#linux/netns.ts'
import { createNetns } from '#linux/netns-create.ts'
import { readSysctls, writeSysctls } from '#linux/sysctl.ts'
import type { RouterInfo } from '#rpc/contract/l3.ts'
import { CallTimeout } from '#rpc/rpc.ts'
import type { Advertisers } from './advertisers.ts'
import { batched, limited } from './batch.ts'
import { OWNER } from './chains.ts'
import type { Device, Settings } from './fragment.ts'
import { isGatewayTable, PRIORITIES } from './multihoming.ts'
import { plan } from './plan.ts'
import type { Records } from './record.ts'
import { byName, NETNS_SYSCTLS, NETNS_SYSCTLS_IPV6, netnsName, type RouterState, type Step, stateOf } from './state.ts'

/** Routers per `sync_routers`, as upstream's agent asks. */
const ROUTERS_MAX = 256
const ROUTERS_MIN = 32
/** Programs that may run at a time: more would only wait for each other. */
const PROGRAMS_MAX = 4
const PREFIX = 'qrouter-'

/** What the server is asked. A router that is missing in the answer is definitely not this host's. */
export interface RouterSource {
  ids(signal: AbortSignal): Promise<readonly string[]>
  routers(ids: readonly string[], signal: AbortSignal): Promise<readonly RouterInfo[]>
}

export interface RouterHostOptions {
  readonly source: RouterSource
  readonly driver: InterfaceDriver
  readonly records: Records
  readonly settings: Settings
  readonly advertisers: Advertisers
  readonly handleInternalOnlyRouters: boolean
  /** After a turn that went well; `router` is null when there is none any more. */
  readonly onDone: (id: string, router: RouterInfo | null, signal: AbortSignal) => Promise<void>
  /** Before a namespace is removed: nothing of this process may hold it. */
  readonly onRemove: (netnsName: string) => Promise<void>
  readonly log: Log
  /** Ends what goes on after its turn: announcements. */
  readonly closing: AbortSignal
}

export class RouterHost implements Target<RouterState, Step> {
  readonly #options: RouterHostOptions
  readonly #known = new Map<string, RouterInfo>()
  /** Whole tables as this turn's `have` has read them: the first change of the turn starts from them. */
  readonly #read = new Map<string, Tables>()
  readonly #program = limited(PROGRAMS_MAX)
  readonly #fetch
  readonly #plug
  readonly #unplug

  constructor(options: RouterHostOptions) {
    this.#options = options
    const { source, driver } = options
    this.#fetch = batched(ROUTERS_MAX, async (ids: readonly string[], signal) => {
      const routers = await routersOf(source, ids, signal)
      return new Map(routers.map((router) => [router.id, router]))
    })
    this.#plug = batched(ROUTERS_MAX, (devices: readonly Parameters<InterfaceDriver['plug']>[0][number][], signal) =>
      driver.plug(devices, signal),
    )
    this.#unplug = batched(ROUTERS_MAX, (names: readonly string[], signal) => driver.unplug(names, signal))
  }

  /** Routers as the server last described them. */
  get known(): ReadonlyMap<string, RouterInfo> {
    return this.#known
  }

  readonly plan = plan

  async want(id: string, signal: AbortSignal): Promise<RouterState | null> {
    const router = (await this.#fetch([id], signal)).get(id)
    const serves = router?.admin_state_up && (router.gw_port !== null || this.#options.handleInternalOnlyRouters)
    if (!router || !serves) {
      this.#known.delete(id)
      return null
    }
    this.#known.set(id, router)
    return stateOf(router, this.#options.settings)
  }

  async have(id: string, signal: AbortSignal): Promise<RouterState | null> {
    const { driver, records } = this.#options
    const name = netnsName(id)
    const record = records.find(id)
    const advertisements = this.#options.advertisers.find(id)
    const empty = { sysctls: {}, devices: [], addresses: {}, routes: [], rules: [], iptables: {}, advertisements }
    const nothing = { netns: name, record, ...empty }
    this.#read.delete(id)
    if (!netnsExists(name)) {
      this.#read.set(id, {})
      return record && { ...nothing, exists: false }
    }
    const space = netns(name)
    const tables = await this.#program(() => readTables(space, { signal }))
    this.#read.set(id, tables)
    const iptables = owned(tables, OWNER)
    const [ports, { links, routes, rules }] = [await driver.list(), readNetns(space)]
    const ids = new Map(ports.map((port) => [port.name, port.port_id]))
    const ours = links.filter((link) => /^q[rg]-/.test(link.name))
    const devices = ours
      .filter((link) => link.up && link.carrier)
      .map((link): Device => ({ name: link.name, port_id: ids.get(link.name) ?? '', mac: link.mac, mtu: link.mtu }))
    const perDevice = ours.flatMap(({ name: device }) => [
      `net/ipv6/conf/${device}/accept_ra`,
      `net/ipv4/conf/${device}/rp_filter`,
    ])
    const keys = [...Object.keys(NETNS_SYSCTLS), ...Object.keys(NETNS_SYSCTLS_IPV6), ...perDevice]
    return {
      ...nothing,
      exists: true,
      sysctls: readSysctls(space, keys),
      devices: devices.toSorted(byName),
      addresses: Object.fromEntries(ours.map((link) => [link.name, link.addresses.toSorted()])),
      routes: routes.filter(({ table }) => table === undefined || isGatewayTable(table)),
      rules: rules.filter(isOurs).toSorted(),
      iptables,
    }
  }

  /** What the server wants here, what has a record, and namespaces of others whose devices are on our bridge. */
  async ids(signal: AbortSignal): Promise<readonly string[]> {
    const { source, records, driver } = this.#options
    const [wanted, ports] = await Promise.all([source.ids(signal), driver.list()])
    const known = new Set([...wanted, ...records.ids()])
    const names = new Set(ports.map((port) => port.name))
    const foreign = listNetns()
      .filter((name) => name.startsWith(PREFIX) && !known.has(name.slice(PREFIX.length)))
      .filter((name) => linksOf(name).some((link) => /^q[rg]-/.test(link.name) && names.has(link.name)))
    return [...known, ...foreign.map((name) => name.slice(PREFIX.length))]
  }

  /** Of these routers, those that have lost their namespace or a device: by a hand, or a new ovs-vswitchd. */
  damaged(ids: readonly string[]): string[] {
    return ids.filter((id) => {
      const { devices } = this.#options.records.find(id) ?? { devices: [] }
      const links = new Map(linksOf(netnsName(id)).map((link) => [link.name, link]))
      return devices.some((name) => !links.get(name)?.up || !links.get(name)?.carrier)
    })
  }

  async apply(id: string, step: Step, signal: AbortSignal): Promise<void> {
    const { records, onRemove, advertisers } = this.#options
    const space = netns(netnsName(id))
    switch (step.do) {
      case 'remember':
        return records.write(id, step.record)
      case 'create-netns':
        createNetns(netnsName(id))
        return undefined
      case 'set-sysctls':
        return writeSysctls(space, step.values)
      case 'unplug-devices':
        return this.#unplug(step.names, signal)
      case 'plug-devices':
        return this.#plug(
          step.devices.map((device) => ({ ...device, netns: netnsName(id) })),
          signal,
        )
      case 'run-ip':
        return this.#program(() => ipBatch(space, step.lines, signal))
      case 'write-iptables':
        return this.#writeTables(id, step.tables, signal)
      case 'forget-connections':
        for (const item of step.to) await this.#program(() => forgetConnections(space, item, signal))
        return undefined
      case 'advertise':
        return this.#program(() => advertisers.run(id, space, step.config, signal))
      case 'stop-advertising':
        return advertisers.stop(id)
      case 'announce':
        return this.#announce(id, step.announce)
      case 'remove-netns':
        await onRemove(netnsName(id))
        return this.#program(() => removeNetns(netnsName(id), signal))
      case 'forget-router':
        return records.remove(id)
    }
  }

  async #writeTables(id: string, tables: Tables, signal: AbortSignal): Promise<void> {
    const have = this.#read.get(id)
    this.#read.delete(id)
    const options = have ? { signal, have } : { signal }
    await this.#program(() => applyTables(netns(netnsName(id)), tables, OWNER, options))
  }

  async done(id: string, want: RouterState | null, signal: AbortSignal): Promise<void> {
    this.#read.delete(id)
    await this.#options.onDone(id, want ? (this.#known.get(id) ?? null) : null, signal)
  }

  /** The first round is sent at once, the others while the turn goes on. */
  #announce(id: string, items: readonly string[]): void {
    const { log, closing } = this.#options
    const space = netns(netnsName(id))
    const macs = new Map(readLinks(space).map((link) => [link.name, link.mac]))
    const announcements = items.flatMap((item) => {
      const [device = '', address = ''] = item.split(' ')
      const mac = macs.get(device)
      return mac ? [{ device, address, mac }] : []
    })
    announce(space, announcements, closing).catch((error: unknown) => {
      // A router that goes within these seconds has nobody to tell.
      if (netnsExists(netnsName(id))) log.warn('gratuitous ARP failed', { router: id, error })
    })
  }
}

/** `<address>`, or `<protocol> <address> <port>[:<last port>]`. */
async function forgetConnections(space: Netns, item: string, signal: AbortSignal): Promise<void> {
  const [protocol = '', destination, ports = ''] = item.split(' ')
  if (destination === undefined) {
    await deleteConnections(space, { destination: item }, signal)
    return deleteConnections(space, { replyDestination: item }, signal)
  }
  const [first = 0, last = first] = ports.split(':').map(Number)
  return deleteConnectionsToPorts(space, { protocol, destination }, [first, last], signal)
}

/** A server that cannot answer for so many in time is asked for half, as upstream's agent does. */
async function routersOf(
  source: RouterSource,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<readonly RouterInfo[]> {
  try {
    return await source.routers(ids, signal)
  } catch (error) {
    if (!(error instanceof CallTimeout) || ids.length <= ROUTERS_MIN) throw error
    const half = Math.ceil(ids.length / 2)
    const first = await routersOf(source, ids.slice(0, half), signal)
    return [...first, ...(await routersOf(source, ids.slice(half), signal))]
  }
}

function isOurs(rule: string): boolean {
  return Object.values(PRIORITIES).some((priority) => rule.startsWith(`priority ${priority} `))
}

/** Empty when the namespace has gone meanwhile, or is no namespace at all. */
function linksOf(name: string): readonly NetnsDevice[] {
  try {
    return readLinks(netns(name))
  } catch {
    return []
  }
}

/** Whether the kernel has IPv6. */
export function kernelHasIpv6(): boolean {
  return readdirSync('/proc/sys/net').includes('ipv6')
}
