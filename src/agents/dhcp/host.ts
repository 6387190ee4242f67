/**
 * The DHCP agent's hands: reads what the host has of a network and takes the steps of a plan. The directory of a
 * network's files is the record that this agent made it; namespaces and devices without one are another's.
 * Source: reference of agents and RPC, §13.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import type { InterfaceDriver } from '#agents/runtime/interface.ts'
import { OperatingError } from '#base/errors.ts'
import { isUuid } from '#base/ids.ts'
import { type Daemon, type DaemonWatch, findDaemon, signalDaemon, stopDaemon } from '#linux/child.ts'
import { parseLeases, renderLeases, renderRelease, renderRelease6 } from '#linux/dnsmasq.ts'
import { inside, netnsId } from '#linux/inside.ts'
import { type Datagram, sendInside } from '#linux/listen.ts'
import { readLinks, readNetns } from '#linux/netlink.ts'
import { changeNetns, type NetlinkChange } from '#linux/netlink-change.ts'
import { deleteDevices } from '#linux/netlink-move.ts'
import { netns, netnsExists, removeNetns } from '#linux/netns.ts'
import { createNetns } from '#linux/netns-create.ts'
import { digestOf, filesOf, netnsName } from './fragment.ts'
import type { NetworkState, Step } from './state.ts'

export interface DhcpHostOptions {
  /** `dhcp_confs` */
  readonly confs: string
  readonly driver: () => Promise<InterfaceDriver>
  readonly watch: DaemonWatch
  readonly deleteNamespaces: boolean
}

type Released = StepOf<'release-leases'>['leases'][number]
type StepOf<Name extends Step['do']> = Extract<Step, { readonly do: Name }>

const START_MS_MAX = 20_000
const CONFIG_FILES = ['host', 'addn_hosts', 'opts'] as const
const ACCEPT_RA = '/proc/sys/net/ipv6/conf/default/accept_ra'
const [DHCP_PORT, DHCP6_PORT, ALL_DHCP6_SERVERS] = [67, 547, 'ff02::1:2'] as const

export class DhcpHost {
  readonly #options: DhcpHostOptions
  readonly #plugs: { step: StepOf<'plug-device'>; done: PromiseWithResolvers<void> }[] = []

  constructor(options: DhcpHostOptions) {
    this.#options = options
  }

  /** Ids of the networks on record. */
  list(): string[] {
    const { confs } = this.#options
    return existsSync(confs) ? readdirSync(confs).filter(isUuid) : []
  }

  has(id: string): boolean {
    return existsSync(this.#file(id, ''))
  }

  /** Null when there is no record of it. Takes no process. */
  have(id: string): NetworkState | null {
    if (!this.has(id)) return null
    const name = netnsName(id)
    const namespace = netnsExists(name)
    const { links, routes } = namespace ? readNetns(netns(name)) : { links: [], routes: [] }
    // A device that is up without a carrier is the shell of one: Open vSwitch was started anew without it.
    const taps = links.filter((link) => link.name.startsWith('tap') && (link.carrier || !link.up))
    const main = taps.find((link) => link.name === this.#read(id, 'interface').trim()) ?? taps[0]
    const daemon = this.#daemon(id)
    if (daemon) this.#options.watch.set(id, daemon)
    const [host, addn_hosts, opts] = CONFIG_FILES.map((file) => this.#read(id, file))
    const files = { host: host!, addn_hosts: addn_hosts!, opts: opts! }
    return {
      netns: name,
      namespace: links.some((link) => link.name === 'lo' && link.up),
      // A device that is down is not plugged yet: its MTU shows as one nobody wants.
      devices: taps.map(({ name, mac, mtu, up }) => ({ name, mac, mtu: up ? mtu : 0 })),
      addresses: main ? [...main.addresses].sort() : [],
      routes: routes
        .filter((route) => route.device === main?.name)
        .map(({ version, destination, via }) => ({ version, destination, via: via[0] ?? null })),
      files,
      loaded: daemon && this.#read(id, 'loaded') === stamp(digestOf(files), daemon) ? digestOf(files) : '',
      dnsmasq: daemon?.argv ?? null,
      leases: parseLeases(this.#read(id, 'leases')),
    }
  }

  async apply(id: string, step: Step, signal: AbortSignal): Promise<void> {
    switch (step.do) {
      case 'remove-network':
        return this.#remove(id, step.netns, signal)
      case 'create-netns':
        this.#record(id)
        createNetns(step.netns)
        return
      case 'unplug-devices':
        return this.#unplug(step.netns, step.names, signal)
      case 'plug-device':
        this.#record(id)
        this.#write(id, 'interface', step.device.name)
        return this.#plug(step)
      case 'configure-device':
        return changeNetns(netns(step.netns), changesOf(step))
      case 'write-files':
        for (const file of CONFIG_FILES) this.#write(id, file, step.files[file])
        return
      case 'start-dnsmasq':
        return this.#start(id, step, signal)
      case 'signal-dnsmasq': {
        const daemon = this.#daemon(id)
        if (!daemon || !signalDaemon(daemon, 'SIGHUP')) throw new OperatingError(`dnsmasq of network ${id} is gone`)
        return this.#write(id, 'loaded', stamp(step.loaded, daemon))
      }
      case 'release-leases':
        return sendInside(
          netns(step.netns),
          step.leases.map((lease) => releaseOf(lease, step.device)),
        )
    }
  }

  async #start(id: string, { netns: name, argv, leases, loaded }: StepOf<'start-dnsmasq'>, signal: AbortSignal) {
    this.#options.watch.delete(id)
    const old = findDaemon(filesOf(this.#settings, id).pid, (running) => this.#isOurs(id, running))
    if (old) await stopDaemon(old)
    this.#write(id, 'leases', renderLeases(leases, this.#read(id, 'leases')))
    for (const arg of argv) {
      const log = /^--log-facility=(.+)$/.exec(arg)?.[1]
      if (log) mkdirSync(dirname(log), { recursive: true })
    }
    await netns(name).run(argv, { timeoutMs: START_MS_MAX, signal })
    const daemon = this.#daemon(id)
    if (!daemon) throw new OperatingError(`dnsmasq of network ${id} did not stay`)
    this.#write(id, 'loaded', stamp(loaded, daemon))
    this.#options.watch.set(id, daemon)
  }

  /** Devices of many networks that are plugged at the same time are one change of the switch. */
  #plug(step: StepOf<'plug-device'>): Promise<void> {
    const done = Promise.withResolvers<void>()
    this.#plugs.push({ step, done })
    if (this.#plugs.length === 1) setTimeout(() => void this.#plugAll(), 2)
    return done.promise
  }

  async #plugAll(): Promise<void> {
    const plugs = this.#plugs.splice(0)
    try {
      const driver = await this.#options.driver()
      for (const { step } of plugs) refuseRouterAdvertisements(step.netns)
      await driver.plug(
        plugs.map(({ step: { device, port_id, netns } }) => ({ ...device, port_id, netns })),
        AbortSignal.timeout(START_MS_MAX),
      )
      for (const { done } of plugs) done.resolve()
    } catch (error) {
      for (const { done } of plugs) done.reject(error)
    }
  }

  async #unplug(name: string, devices: readonly string[], signal: AbortSignal): Promise<void> {
    await (await this.#options.driver()).unplug(devices, signal)
    if (!netnsExists(name)) return
    // What was no port of the bridge is still there.
    await deleteDevices(netns(name), devices, signal)
  }

  async #remove(id: string, name: string, signal: AbortSignal): Promise<void> {
    this.#options.watch.delete(id)
    const daemon = findDaemon(filesOf(this.#settings, id).pid, (running) => this.#isOurs(id, running))
    if (daemon) await stopDaemon(daemon)
    const links = netnsExists(name) ? readLinks(netns(name)).map((link) => link.name) : []
    const known = this.#read(id, 'interface').trim()
    const devices = new Set([...links.filter((link) => link.startsWith('tap')), ...(known ? [known] : [])])
    if (devices.size > 0) await this.#unplug(name, [...devices], signal)
    if (this.#options.deleteNamespaces) await removeNetns(name, signal)
    rmSync(this.#file(id, ''), { recursive: true, force: true })
  }

  /** The dnsmasq of that network, if it lives in the namespace of today. */
  #daemon(id: string): Daemon | null {
    const daemon = findDaemon(filesOf(this.#settings, id).pid, (running) => this.#isOurs(id, running))
    const where = daemon && statSync(`/proc/${daemon.pid}/ns/net`, { bigint: true, throwIfNoEntry: false })
    return where && `${where.dev}:${where.ino}` === netnsId(netns(netnsName(id))) ? daemon : null
  }

  #isOurs(id: string, argv: readonly string[]): boolean {
    return argv[0]?.endsWith('dnsmasq') === true && argv.includes(`--pid-file=${filesOf(this.#settings, id).pid}`)
  }

  get #settings() {
    return { dhcp_confs: this.#options.confs }
  }

  #file(id: string, name: string): string {
    return `${this.#options.confs}/${id}/${name}`
  }

  /** Whatever this process lets others see of its files, dnsmasq reads these as nobody. */
  #record(id: string): void {
    mkdirSync(this.#file(id, ''), { recursive: true })
    chmodSync(this.#file(id, ''), 0o755)
  }

  /** Empty when there is none. */
  #read(id: string, name: string): string {
    try {
      return readFileSync(this.#file(id, name), 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
      throw error
    }
  }

  /** All or nothing: nobody reads half a file. */
  #write(id: string, name: string, text: string): void {
    const file = this.#file(id, name)
    writeFileSync(`${file}.new`, text)
    chmodSync(`${file}.new`, 0o644)
    renameSync(`${file}.new`, file)
  }
}

/** IPv4 to the server's address; IPv6 to all servers on the device, of which the release names one. */
function releaseOf({ server, client, ...lease }: Released, device: string): Datagram {
  if (!client) return { device, address: server, port: DHCP_PORT, data: renderRelease(lease, server) }
  return { device, address: `${ALL_DHCP6_SERVERS}%${device}`, port: DHCP6_PORT, data: renderRelease6(lease.ip, client) }
}

/** Whom this dnsmasq, and no later one, has read. */
function stamp(digest: string, { pid, startedAt }: Daemon): string {
  return `${digest} ${pid} ${startedAt}`
}

function changesOf({ device, addresses, routes }: StepOf<'configure-device'>): NetlinkChange[] {
  return [
    ...routes.remove.map((route) => ({ do: 'delete-route', device, ...route }) as const),
    ...addresses.remove.map((cidr) => ({ do: 'delete-address', device, cidr }) as const),
    ...addresses.add.map((cidr) => ({ do: 'add-address', device, cidr }) as const),
    ...routes.add.map((route) => ({ do: 'replace-route', device, ...route }) as const),
  ]
}

/** Addresses are the server's to give: devices made from now on take none from a router. */
function refuseRouterAdvertisements(name: string): void {
  inside(netns(name), () => {
    if (existsSync(ACCEPT_RA)) writeFileSync(ACCEPT_RA, '0')
  })
}
