/**
 * The DHCP agent: a namespace, a device and a dnsmasq for each network the server gives it, and a metadata proxy where
 * no router has one. A message only marks a network; what is done follows from what the server says and the host has.
 * Source: reference of agents and RPC, §6, §13 and §21.
 */
import { mkdirSync, statSync, watch } from 'node:fs'
import { dirname } from 'node:path'
import { metadataProxy } from '#agents/metadata/options.ts'
import { createMetadataProxies, type MetadataProxies } from '#agents/metadata/proxy.ts'
import type { AgentHost, RunningAgent } from '#agents/runtime/agent.ts'
import { Reconciler } from '#agents/runtime/reconciler.ts'
import { startReports } from '#agents/runtime/report-state.ts'
import type { Target } from '#agents/runtime/target.ts'
import { newRequestId } from '#base/ids.ts'
import { isJsonObject, type Json, type JsonObject } from '#base/json.ts'
import { sleep } from '#base/lifetime.ts'
import { agentCommon, common } from '#config/common.ts'
import { DaemonWatch } from '#linux/child.ts'
import { netns } from '#linux/netns.ts'
import { dhcpAgent, dhcpPlugin } from '#rpc/contract/dhcp.ts'
import type { DhcpEvidence } from '#rpc/contract/evidence.ts'
import { client, type Message } from '#rpc/rpc.ts'
import { type DriverSource, openDriver } from './driver.ts'
import { evidenceOf } from './evidence.ts'
import { dhcpDeviceId, isServed, netnsName, type Settings, stateOf } from './fragment.ts'
import { DhcpHost } from './host.ts'
import { Networks } from './networks.ts'
import { dhcp } from './options.ts'
import { plan } from './plan.ts'
import { type DhcpPlugin, ensureDhcpPort, ReadyPorts } from './ports.ts'
import type { NetworkState, Step, WantedNetwork } from './state.ts'

/** Networks that are worked on at the same time. */
const PARALLEL = 32
const LOOK_MS = 100
const NETNS_DIR = '/run/netns'
const PROXY = { address: '169.254.169.254', port: 80 }

export function startDhcpAgent(host: AgentHost): Promise<RunningAgent> {
  return startDhcpAgentWith(host, openDriver(host))
}

/** With that interface driver. */
export async function startDhcpAgentWith(host: AgentHost, driver: DriverSource): Promise<RunningAgent> {
  const agent = new DhcpAgent(host, driver)
  await agent.start()
  return agent
}

class DhcpAgent implements RunningAgent, Target<NetworkState, Step> {
  readonly #agent: AgentHost
  readonly #driver: DriverSource
  readonly #settings: Settings
  readonly #options: { readonly host: string; readonly resyncMs: number }
  readonly #plugin: DhcpPlugin
  readonly #networks: Networks
  readonly #host: DhcpHost
  readonly #ready: ReadyPorts
  readonly #proxies: MetadataProxies
  readonly #watch: DaemonWatch
  readonly #reconciler: Reconciler<NetworkState, Step>
  /** What the last turns wanted: counts, and what the host is compared with. */
  readonly #wanted = new Map<string, WantedNetwork>()
  /** When the dnsmasq of a network that is served was last seen dead. */
  readonly #died = new Map<string, number>()
  readonly #abort = new AbortController()
  readonly #firstSync = Promise.withResolvers<void>()
  readonly #closing: (() => Promise<void> | void)[] = []
  #syncing: Promise<void> | null = null
  #syncAgain = false

  constructor(agent: AgentHost, driver: DriverSource) {
    const { config, transport, log, clock } = agent
    const options = config.of(dhcp)
    const { host, rpc_response_timeout, dns_domain } = config.of(common)
    this.#agent = agent
    this.#driver = driver
    mkdirSync(options.dhcp_confs, { recursive: true, mode: 0o755 })
    // dnsmasq gives up root after its start, and must still find its files on SIGHUP.
    this.#settings = { ...options, dns_domain, user: isReachable(options.dhcp_confs) ? null : 'root' }
    this.#options = { host, resyncMs: options.resync_interval * 1000 }
    this.#plugin = client(transport, dhcpPlugin, {
      timeoutMs: rpc_response_timeout * 1000,
      context: () => ({ request_id: newRequestId(), is_admin: true }),
    })
    this.#networks = new Networks({
      all: (signal) => this.#plugin.call('get_active_networks_info', { host, enable_dhcp_filter: false }, { signal }),
      one: (id, signal) => this.#plugin.call('get_network_info', { network_id: id, host }, { signal }),
    })
    this.#watch = new DaemonWatch((id) => {
      log.warn('dnsmasq died', { network_id: id })
      this.#died.set(id, clock.now())
      this.#reconciler.mark([id])
    })
    this.#host = new DhcpHost({
      confs: options.dhcp_confs,
      driver: () => driver.get(),
      watch: this.#watch,
      deleteNamespaces: options.dhcp_delete_namespaces,
    })
    this.#ready = new ReadyPorts(this.#plugin, log)
    this.#proxies = createMetadataProxies({ socketPath: config.of(metadataProxy).metadata_proxy_socket, log })
    this.#reconciler = new Reconciler(this, { log, parallel: PARALLEL })
  }

  get stepsTaken(): number {
    return this.#reconciler.stepsTaken
  }

  synced(): Promise<void> {
    return this.#firstSync.promise
  }

  async start(): Promise<void> {
    const { config, transport, log, clock } = this.#agent
    const { host } = this.#options
    const { report_interval, availability_zone, log_agent_heartbeats } = config.of(agentCommon)
    const { dhcp_driver, dhcp_lease_duration } = config.of(dhcp)
    this.#firstSync.promise.catch(() => {})
    const served = await transport.serve(dhcpAgent.topic, host, async (message) =>
      message.method === 'explain_port' ? (this.#tell(message) as unknown as Json) : this.#hear(message),
    )
    const reports = startReports({
      transport,
      state: () => ({
        binary: 'neutron-dhcp-agent',
        host,
        topic: dhcpAgent.topic,
        agent_type: 'DHCP agent',
        availability_zone,
        configurations: { dhcp_driver, dhcp_lease_duration, log_agent_heartbeats, ...this.#counts() },
      }),
      intervalMs: report_interval * 1000,
      onRevived: () => this.#sync(),
      log,
      clock,
    })
    this.#closing.push(
      () => served.close(),
      () => reports.close(),
    )
    // The server gives networks only to agents it knows.
    void reports.first.then(() => this.#sync()).catch(() => {})
    transport.onConnect(() => this.#sync())
    this.#lookAround()
  }

  async close(): Promise<void> {
    this.#abort.abort(new Error('the agent stops'))
    this.#firstSync.reject(this.#abort.signal.reason)
    await Promise.all(this.#closing.splice(0).map((stop) => stop()))
    await this.#syncing
    await this.#reconciler.close()
    this.#ready.close()
    this.#watch.close()
    await this.#proxies.close()
    await this.#driver.close()
  }

  async want(id: string, signal: AbortSignal): Promise<WantedNetwork | null> {
    const network = await this.#networks.find(id, signal)
    const want = network && isServed(network) ? await this.#wantedOf(network, signal) : null
    if (want) {
      this.#wanted.set(id, want)
    } else {
      this.#wanted.delete(id)
      this.#died.delete(id)
    }
    return want
  }

  async have(id: string): Promise<NetworkState | null> {
    return this.#host.have(id)
  }

  plan(want: NetworkState | null, have: NetworkState | null): readonly Step[] {
    return plan(want as WantedNetwork | null, have)
  }

  async apply(id: string, step: Step, signal: AbortSignal): Promise<void> {
    if (step.do === 'remove-network') {
      const { host } = this.#options
      await this.#proxies.remove(step.netns)
      // Before the record goes: a server that does not answer now is asked again.
      const port = { host, network_id: id, device_id: dhcpDeviceId(host, id) }
      await this.#plugin.call('release_dhcp_port', port, { signal })
    }
    await this.#host.apply(id, step, signal)
  }

  async done(id: string, state: NetworkState | null): Promise<void> {
    const want = state as WantedNetwork | null
    if (want?.proxy) await this.#proxies.ensure(netns(want.netns), PROXY, want.proxy)
    else await this.#proxies.remove(netnsName(id))
    this.#ready.set(id, want?.ports ?? [])
  }

  async ids(signal: AbortSignal): Promise<readonly string[]> {
    const here = this.#host.list()
    return [...new Set([...(await this.#networks.readAll(here, signal)), ...here])]
  }

  async #wantedOf(network: Parameters<typeof stateOf>[0], signal: AbortSignal): Promise<WantedNetwork> {
    const port = await ensureDhcpPort(this.#plugin, network, this.#options.host, signal)
    const ports = [...network.ports.filter(({ id }) => id !== port.id), port]
    return stateOf({ ...network, ports }, port, this.#settings)
  }

  /** Somebody wants to know why a port does not work. */
  #tell({ args }: Message): DhcpEvidence {
    const networkId = String(args.network_id)
    const want = this.#wanted.get(networkId) ?? null
    return evidenceOf({
      networkId,
      portId: String(args.port_id),
      want,
      have: this.#host.have(networkId),
      listens: Boolean(want?.proxy && this.#proxies.has(netns(want.netns), PROXY, want.proxy)),
      diedMs: this.#died.get(networkId) ?? null,
      failure: this.#reconciler.failureOf(networkId),
      confs: this.#agent.config.of(dhcp).dhcp_confs,
    })
  }

  #hear({ method, args }: Message): null {
    const payload = isJsonObject(args.payload) ? args.payload : {}
    if (method === 'agent_updated') {
      this.#sync()
      return null
    }
    const id = networkIdOf(payload)
    const port = isJsonObject(payload.port) ? payload.port : null
    if (id === null || port?.device_id === dhcpDeviceId(this.#options.host, id)) return null
    const isAboutPort = method.startsWith('port_')
    // A port says nothing about who serves its network: of networks not served here, it is another agent's.
    if (isAboutPort && !this.#wanted.has(id) && !this.#host.has(id)) return null
    const portId = port?.id ?? payload.port_id
    if (typeof portId === 'string') this.#ready.forget(id, portId)
    this.#networks.forget(id, method === 'network_delete_end')
    this.#reconciler.mark([id])
    return null
  }

  /** Reads everything, soon; tries until it works. Asked for while it runs, it runs once more. */
  #sync(): void {
    if (this.#syncing) {
      this.#syncAgain = true
      return
    }
    this.#syncing = this.#syncUntilDone().finally(() => {
      this.#syncing = null
      if (this.#syncAgain && !this.#abort.signal.aborted) {
        this.#syncAgain = false
        this.#sync()
      }
    })
  }

  async #syncUntilDone(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      try {
        await this.#reconciler.markAll()
        await this.#reconciler.settled()
        return this.#firstSync.resolve()
      } catch (error) {
        if (this.#abort.signal.aborted) return
        this.#agent.log.warn('synchronisation failed', { error })
        await sleep(this.#options.resyncMs, this.#abort.signal).catch(() => {})
      }
    }
  }

  /**
   * The host may change under the agent: a namespace that goes and an Open vSwitch that is started anew are seen at
   * once, anything else within a few seconds.
   */
  #lookAround(): void {
    const switching = this.#driver.watch(() => this.#reconciler.mark(this.#wanted.keys()))
    this.#closing.push(() => switching.close())
    // A few at a time, so that nothing else waits for a look at all of them; each once in `resyncMs`.
    let next: string[] = []
    let due = 0
    const timer = setInterval(() => {
      due += (this.#wanted.size * LOOK_MS) / this.#options.resyncMs
      const now = Math.floor(due)
      due -= now
      if (next.length === 0) next = [...this.#wanted.keys()]
      for (const id of next.splice(0, now)) {
        const want = this.#wanted.get(id)
        if (want && this.#hasDrifted(id, want)) this.#reconciler.mark([id])
      }
    }, LOOK_MS).unref()
    this.#closing.push(() => clearInterval(timer))
    mkdirSync(NETNS_DIR, { recursive: true })
    const watcher = watch(NETNS_DIR, { persistent: false }, (_, name) => {
      const id = name?.startsWith('qdhcp-') ? name.slice('qdhcp-'.length) : null
      if (id && this.#wanted.has(id)) this.#reconciler.mark([id])
    })
    watcher.on('error', (error) => this.#agent.log.warn('namespaces not watched', { error }))
    this.#closing.push(() => watcher.close())
  }

  #hasDrifted(id: string, want: WantedNetwork): boolean {
    try {
      const listens = !want.proxy || this.#proxies.has(netns(want.netns), PROXY, want.proxy)
      return !listens || plan(want, this.#host.have(id)).length > 0
    } catch {
      return true // it changes right now, or the turn says what is wrong
    }
  }

  #counts(): JsonObject {
    const wanted = [...this.#wanted.values()]
    const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
    return {
      networks: wanted.length,
      subnets: sum(wanted.map(({ counts }) => counts.subnets)),
      ports: sum(wanted.map(({ counts }) => counts.ports)),
    }
  }
}

/** A message names its network itself, or in the network, subnet or port it carries. */
function networkIdOf(payload: JsonObject): string | null {
  if (typeof payload.network_id === 'string') return payload.network_id
  const [network, inner] = [payload.network, payload.subnet ?? payload.port]
  const id = isJsonObject(network) ? network.id : isJsonObject(inner) ? inner.network_id : null
  return typeof id === 'string' ? id : null
}

/** Whether everyone may pass through the directory and all above it. */
function isReachable(path: string): boolean {
  if ((statSync(path).mode & 0o001) === 0) return false
  return path === dirname(path) || isReachable(dirname(path))
}
