/**
 * The L3 agent: wires routers to the bus. Messages only mark routers to be looked at again; a server that cannot be
 * reached changes nothing on the host. Source: reference of agents and RPC, §7 and §14.
 */

import { ovs } from '#agents/l2/options.ts'
import { metadataProxy } from '#agents/metadata/options.ts'
import { createMetadataProxies, type MetadataProxies } from '#agents/metadata/proxy.ts'
import type { AgentHost, RunningAgent } from '#agents/runtime/agent.ts'
import { failingOf } from '#agents/runtime/failing.ts'
import { openvswitchInterfaceDriver, watchSwitch } from '#agents/runtime/interface.ts'
import { Reconciler } from '#agents/runtime/reconciler.ts'
import { type ReportedState, startReports } from '#agents/runtime/report-state.ts'
import { OperatingError, WireError } from '#base/errors.ts'
import { isUuid, newRequestId } from '#base/ids.ts'
import type { Json, JsonObject } from '#base/json.ts'
import { sleep } from '#base/lifetime.ts'
import { agentCommon, common } from '#config/common.ts'
import { netns, netnsExists } from '#linux/netns.ts'
import { openOvsdb } from '#linux/ovsdb/ovsdb.ts'
import type { RouterEvidence } from '#rpc/contract/evidence.ts'
import { networkUpdate } from '#rpc/contract/l2.ts'
import { type FloatingIpInfo, l3Agent, l3Plugin, type RouterInfo } from '#rpc/contract/l3.ts'
import { client, type Message } from '#rpc/rpc.ts'
import { Advertisers } from './advertisers.ts'
import type { Settings } from './fragment.ts'
import { gatewaysOf } from './gateways.ts'
import { kernelHasIpv6, RouterHost, type RouterSource } from './host.ts'
import { iptablesOptions, l3 } from './options.ts'
import { forwardedAddresses } from './port-forwarding.ts'
import { openRecords } from './record.ts'
import { netnsName } from './state.ts'

/** Routers under way at a time; the programs they start are limited in host.ts. */
const PARALLEL = 256
const SYNC_RETRY_MS_MIN = 250
const SYNC_RETRY_MS_MAX = 30_000
/** How often some routers are looked at for damage no message tells of, and how many: about half a millisecond each. */
const LOOK_MS = 5_000
const LOOK_MAX = 50

/** @throws OperatingError when Open vSwitch's database cannot be reached. */
export async function startL3Agent({ config, transport, log, clock }: AgentHost): Promise<RunningAgent> {
  const shared = config.of(common)
  const options = config.of(l3)
  const switching = config.of(ovs)
  const closing = new AbortController()
  const ovsdb = await openOvsdb({
    connection: switching.ovsdb_connection,
    timeoutMs: switching.ovsdb_timeout * 1_000,
    log,
  })
  const proxies = createMetadataProxies({ socketPath: config.of(metadataProxy).metadata_proxy_socket, log })
  const server = client(transport, l3Plugin, {
    timeoutMs: shared.rpc_response_timeout * 1_000,
    context: () => ({ request_id: newRequestId(), is_admin: true }),
  })
  const source: RouterSource = {
    ids: (signal) => server.call('get_router_ids', { host: shared.host }, { signal }),
    routers: (ids, signal) => server.call('sync_routers', { host: shared.host, router_ids: ids }, { signal }),
  }
  const statuses = floatingIpStatuses((router_id, fip_statuses, signal) =>
    server.call('update_floatingip_statuses', { router_id, fip_statuses }, { signal }),
  )
  const settled = new Set<string>()
  const advertisers = new Advertisers({
    confs: options.ra_confs,
    pids: `${shared.state_path}/external/pids`,
    user: options.radvd_user,
    onDeath: (id) => {
      log.warn('radvd died', { router_id: id })
      reconciler.mark([id])
    },
  })
  const host = new RouterHost({
    source,
    driver: openvswitchInterfaceDriver({
      ovsdb,
      integrationBridge: switching.integration_bridge,
      datapathType: switching.datapath_type as 'system' | 'netdev',
    }),
    records: openRecords(`${shared.state_path}/l3-agent`),
    settings: settingsOf(options, config.of(iptablesOptions)),
    advertisers,
    handleInternalOnlyRouters: options.handle_internal_only_routers,
    onDone: async (id, router, signal) => {
      settled.add(id)
      if (router && options.enable_metadata_proxy) await listen(proxies, id, options.metadata_port)
      await statuses(id, router, signal)
    },
    onRemove: (name) => proxies.remove(name),
    log,
    closing: closing.signal,
  })
  const reconciler = new Reconciler(host, { log, parallel: PARALLEL })
  const first = Promise.withResolvers<void>()
  first.promise.catch(() => {})
  const syncing = fullSync(
    async () => {
      const ids = await host.ids(closing.signal)
      reconciler.mark(ids)
      await reconciler.settled()
      const left = ids.filter((id) => !settled.has(id))
      if (left.length > 0) throw new OperatingError(`routers that are not as wanted yet: ${left.length}`)
      first.resolve()
    },
    closing.signal,
    (error) => log.warn('full sync failed', { error }),
  )

  const tell = (id: string): RouterEvidence => ({
    serves: host.known.has(id),
    netns: netnsName(id),
    damaged: host.damaged([id]).length > 0,
    proxy: !options.enable_metadata_proxy
      ? 'none'
      : isListening(proxies, id, options.metadata_port)
        ? 'listening'
        : 'missing',
    failing: failingOf(reconciler.failureOf(id)),
  })
  const marks = marksOf(reconciler, syncing.request, () => host.known)
  const served = await Promise.all([
    transport.serve(l3Agent.topic, shared.host, async (message) =>
      message.method === 'explain_port'
        ? (tell(String(message.args.router_id)) as unknown as Json)
        : dispatch(marks, message),
    ),
    transport.serve(networkUpdate.topic, shared.host, async (message) => dispatch(marks, message)),
  ])
  transport.onConnect(syncing.request)
  const reports = startReports({
    transport,
    state: () => reportedState(shared.host, config, host.known),
    intervalMs: config.of(agentCommon).report_interval * 1_000,
    onRevived: syncing.request,
    log,
    clock,
  })
  // Who is not known yet is given no routers: the report goes first.
  reports.first.then(syncing.request, () => {})
  const watching = watchSwitch(switching.ovsdb_connection, switching.integration_bridge, syncing.request)
  const looking = lookForDamage(host, (ids) => reconciler.mark(ids), closing.signal)

  return {
    synced: () => first.promise,
    get stepsTaken() {
      return reconciler.stepsTaken
    },
    async close() {
      closing.abort(new OperatingError('the agent stops'))
      first.reject(closing.signal.reason)
      await Promise.all([
        reports.close(),
        ...served.map((item) => item.close()),
        reconciler.close(),
        syncing.ended,
        looking,
      ])
      await watching.close()
      advertisers.close()
      await proxies.close()
      await ovsdb.close()
    },
  }
}

function settingsOf(
  options: ReturnType<AgentHost['config']['of']> & {
    readonly metadata_port: number
    readonly enable_metadata_proxy: boolean
    readonly metadata_access_mark: string
    readonly external_ingress_mark: string
    readonly ipv6_gateway: string | null
    readonly min_rtr_adv_interval: number
    readonly max_rtr_adv_interval: number
  },
  iptables: { readonly comment_iptables_rules: boolean; readonly use_random_fully: boolean },
): Settings {
  return {
    metadataPort: options.metadata_port,
    enableMetadataProxy: options.enable_metadata_proxy,
    metadataAccessMark: `0x${Number(options.metadata_access_mark).toString(16)}`,
    externalIngressMark: `0x${Number(options.external_ingress_mark).toString(16)}`,
    ipv6Gateway: options.ipv6_gateway,
    commentRules: iptables.comment_iptables_rules,
    randomFully: iptables.use_random_fully,
    ipv6: kernelHasIpv6(),
    raIntervalSeconds: { min: options.min_rtr_adv_interval, max: options.max_rtr_adv_interval },
  }
}

function listen(proxies: MetadataProxies, id: string, port: number): Promise<void> {
  return proxies.ensure(netns(netnsName(id)), { address: '0.0.0.0', port }, { router_id: id })
}

/** False for a router whose namespace is not there. */
function isListening(proxies: MetadataProxies, id: string, port: number): boolean {
  const where = netns(netnsName(id))
  return netnsExists(netnsName(id)) && proxies.has(where, { address: '0.0.0.0', port }, { router_id: id })
}

type Statuses = { readonly [id: string]: 'ACTIVE' | 'DOWN' }

/** Tells the server only what it does not know: addresses that work now, and those that have gone from a router. */
function floatingIpStatuses(
  report: (routerId: string, statuses: Statuses, signal: AbortSignal) => Promise<unknown>,
): (id: string, router: RouterInfo | null, signal: AbortSignal) => Promise<void> {
  const active = new Map<string, ReadonlySet<string>>()
  return async (id, router, signal) => {
    const { gw_port = null, _floatingips: floating = [] } = router ?? {}
    const forwarded = forwardedAddresses({ gw_port, _floatingips: floating })
    const works = ({ fixed_ip_address, floating_ip_address }: FloatingIpInfo) =>
      fixed_ip_address !== null || forwarded.includes(floating_ip_address)
    const wired = gw_port ? floating.filter(works) : []
    const here = new Set(wired.map((item) => item.id))
    const gone = [...(active.get(id) ?? [])].filter((item) => !here.has(item))
    const unknown = wired.filter((item) => item.status !== 'ACTIVE').map((item) => item.id)
    const statuses: Statuses = Object.fromEntries([
      ...unknown.map((item) => [item, 'ACTIVE'] as const),
      ...gone.map((item) => [item, 'DOWN'] as const),
    ])
    if (Object.keys(statuses).length > 0) await report(id, statuses, signal)
    if (router) active.set(id, here)
    else active.delete(id)
  }
}

interface FullSync {
  /** Soon; while one runs, once more after it. */
  readonly request: () => void
  readonly ended: Promise<void>
}

/** Runs `sync` when asked, one at a time, again after a failure with a growing pause. */
function fullSync(sync: () => Promise<void>, signal: AbortSignal, failed: (error: unknown) => void): FullSync {
  let wanted = Promise.withResolvers<void>()
  const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  const loop = async () => {
    let pauseMs = SYNC_RETRY_MS_MIN
    while (!signal.aborted) {
      await Promise.race([wanted.promise, stopped])
      if (signal.aborted) return
      wanted = Promise.withResolvers<void>()
      try {
        await Promise.race([sync(), stopped])
        pauseMs = SYNC_RETRY_MS_MIN
      } catch (error) {
        if (signal.aborted) return
        failed(error)
        wanted.resolve()
        await sleep(pauseMs, signal).catch(() => {})
        pauseMs = Math.min(pauseMs * 2, SYNC_RETRY_MS_MAX)
      }
    }
  }
  return { request: () => wanted.resolve(), ended: loop() }
}

/** The safety net below the messages: routers in turn, a few at a time, until the agent stops. */
async function lookForDamage(host: RouterHost, mark: (ids: readonly string[]) => void, signal: AbortSignal) {
  let from = 0
  while (!signal.aborted) {
    await sleep(LOOK_MS, signal).catch(() => {})
    if (signal.aborted) return
    const ids = [...host.known.keys()]
    if (from >= ids.length) from = 0
    mark(host.damaged(ids.slice(from, from + LOOK_MAX)))
    from += LOOK_MAX
  }
}

type Marks = { readonly [method: string]: (args: JsonObject) => void }

/** What each message makes the agent look at again. */
function marksOf(
  reconciler: { mark(ids: Iterable<string>): void },
  resync: () => void,
  known: () => ReadonlyMap<string, RouterInfo>,
): Marks {
  // Ids become names of namespaces and files.
  const mark = (ids: readonly string[]) => reconciler.mark(ids.filter((id) => isUuid(id)))
  return {
    routers_updated: ({ routers }) => mark(routers as readonly string[]),
    router_deleted: ({ router_id }) => mark([router_id as string]),
    router_added_to_agent: ({ payload }) => mark(payload as readonly string[]),
    router_removed_from_agent: ({ payload }) => mark([(payload as { router_id: string }).router_id]),
    agent_updated: () => resync(),
    network_update: ({ network }) => {
      const { id } = network as { id: string }
      const on = ({ gw_port, _extra_gateways = [], _interfaces }: RouterInfo) =>
        [gw_port, ..._extra_gateways.map(({ port }) => port), ..._interfaces].some((port) => port?.network_id === id)
      reconciler.mark([...known().values()].filter(on).map((router) => router.id))
    },
  }
}

function dispatch(marks: Marks, { method, args }: Message): Json {
  const mark = marks[method]
  if (!mark) throw new WireError('NoSuchMethod', 404, `Endpoint does not support RPC method ${method}`)
  mark(args)
  return null
}

function reportedState(
  host: string,
  config: AgentHost['config'],
  known: ReadonlyMap<string, RouterInfo>,
): ReportedState {
  const { agent_mode, handle_internal_only_routers } = config.of(l3)
  const { log_agent_heartbeats, availability_zone } = config.of(agentCommon)
  const routers = [...known.values()]
  const count = (of: (router: RouterInfo) => number) => routers.reduce((sum, router) => sum + of(router), 0)
  return {
    binary: 'neutron-l3-agent',
    host,
    topic: l3Agent.topic,
    agent_type: 'L3 agent',
    availability_zone,
    configurations: {
      agent_mode,
      handle_internal_only_routers,
      interface_driver: config.of(common).interface_driver,
      extensions: [],
      log_agent_heartbeats,
      routers: routers.length,
      ex_gw_ports: count((router) => gatewaysOf(router).length),
      interfaces: count(({ _interfaces }) => _interfaces.length),
      floating_ips: count(({ _floatingips }) => _floatingips.length),
    },
  }
}
