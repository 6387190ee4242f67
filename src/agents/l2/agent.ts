/**
 * The Open vSwitch agent: `neutron-openvswitch-agent`. Wires its parts: Open vSwitch's events and the server's messages
 * mark the host, one reconciler brings it about, and the server hears which ports are connected.
 * Source: the reference of agents and RPC, §4, §10, §21; the configuration reference, openvswitch_agent.ini.
 */
import { setMaxListeners } from 'node:events'
import type { AgentHost, RunningAgent } from '#agents/runtime/agent.ts'
import { type Failure, Reconciler } from '#agents/runtime/reconciler.ts'
import { startReports } from '#agents/runtime/report-state.ts'
import type { Target } from '#agents/runtime/target.ts'
import { OperatingError } from '#base/errors.ts'
import { newRequestId } from '#base/ids.ts'
import type { Json } from '#base/json.ts'
import { type Closeable, sleep } from '#base/lifetime.ts'
import type { Log } from '#base/log.ts'
import { agentCommon, common } from '#config/common.ts'
import { managementSocket, type Openflow, openflow, rundirOf } from '#linux/openflow/bridge.ts'
import { connections } from '#linux/openflow/conntrack.ts'
import { watchBridge } from '#linux/openflow/watch.ts'
import { type Ovsdb, openOvsdb } from '#linux/ovsdb/ovsdb.ts'
import type { L2Evidence } from '#rpc/contract/evidence.ts'
import {
  bindingActivate,
  bindingDeactivate,
  l2Plugin,
  networkDelete,
  networkUpdate,
  portDelete,
  portUpdate,
  securityGroupUpdate,
  tunnelDelete,
  tunnelUpdate,
} from '#rpc/contract/l2.ts'
import { client, type Message } from '#rpc/rpc.ts'
import { evidenceOf } from './evidence.ts'
import { Host } from './host.ts'
import { agent, ovs, securitygroup } from './options.ts'
import { plan } from './plan.ts'
import { ServerView } from './server.ts'
import { readSettings } from './settings.ts'
import type { HostState, Step } from './state.ts'
import { renderer, type Settings, type Wanted } from './want.ts'

/** All of a host is one thing to reconcile: ports wired together cost one transaction and one bundle of flows. */
const HOST = 'host'
/** The safety net below events: everything is read and compared again. */
const RESYNC_MS = 300_000

export async function startOpenvswitchAgent(agentHost: AgentHost): Promise<RunningAgent> {
  const { config, transport, clock } = agentHost
  const log = agentHost.log.child({ agent: 'openvswitch' })
  const parts = await openParts(agentHost, log)
  const { host, server, ovsdb, rundir } = parts
  if (config.of(agent).drop_flows_on_start) await dropFlows(parts)

  const synced = Promise.withResolvers<void>()
  synced.promise.catch(() => {})
  const mark = () => reconciler.mark([HOST])
  const latest: { want: Wanted | null } = { want: null }
  const keep = (want: Wanted) => {
    latest.want = want
  }
  const reconciler = new Reconciler(targetOf(parts, { log, again: mark, done: synced.resolve, keep }), {
    log,
    parallel: 1,
    retryMsMin: 100,
    retryMsMax: config.of(agent).polling_interval * 1000,
  })
  const resync = () => {
    server.markAll()
    for (const bridge of host.bridges) host.forgetFlows(bridge)
    mark()
  }
  const cameBack = (bridge: string) => () => {
    host.forgetFlows(bridge)
    mark()
  }

  const closing = new AbortController()
  setMaxListeners(0, closing.signal)
  const opened: Closeable[] = [
    ...host.bridges.map((bridge) => watchBridge(managementSocket(rundir, bridge), cameBack(bridge))),
    ...(await serveMessages(agentHost, server, mark, (portId) =>
      tellOf(parts, portId, latest.want, reconciler.failureOf(HOST)),
    )),
  ]
  ovsdb.onChange((changes) => {
    if (changes.some(({ table }) => table !== 'Open_vSwitch')) mark()
  })
  ovsdb.onReconnect(resync)
  transport.onConnect(resync)
  const reports = startReports({
    transport,
    intervalMs: config.of(agentCommon).report_interval * 1000,
    log,
    clock,
    onRevived: resync,
    state: () => reportedState(config, parts),
  })
  const net = safetyNet(resync, closing.signal)
  mark()

  return {
    synced: () => synced.promise,
    get stepsTaken() {
      return reconciler.stepsTaken
    },
    async close() {
      closing.abort(new OperatingError('the agent stops'))
      synced.reject(closing.signal.reason)
      await Promise.all([...opened.map((item) => item.close()), reports.close(), reconciler.close(), net])
      await ovsdb.close()
    },
  }
}

interface Parts {
  readonly settings: Settings
  readonly host: Host
  readonly server: ServerView
  readonly ovsdb: Ovsdb
  readonly flows: Openflow
  readonly rundir: string
}

async function openParts({ config, transport }: AgentHost, log: Log): Promise<Parts> {
  const options = config.of(ovs)
  const { host: hostName, rpc_response_timeout } = config.of(common)
  const settings = readSettings(options, config.of(agent), config.of(securitygroup))
  const { ovsdb_connection: connection, ovsdb_timeout } = options
  const ovsdb = await openOvsdb({ connection, timeoutMs: ovsdb_timeout * 1000, log })
  const rundir = rundirOf(connection)
  const flows = openflow({ rundir, timeoutMs: options.of_request_timeout * 1000 })
  const host = new Host({ ovsdb, openflow: flows, connections: connections(rundir, settings.datapathType), settings })
  const server = new ServerView({
    client: client(transport, l2Plugin, {
      timeoutMs: rpc_response_timeout * 1000,
      context: () => ({ request_id: newRequestId(), is_admin: true }),
    }),
    host: hostName,
    agentId: `ovs-agent-${hostName}`,
    securityGroups: settings.firewall.name === 'openvswitch',
    localIp: settings.localIp,
    tunnelTypes: settings.tunnelTypes,
  })
  return { settings, host, server, ovsdb, flows, rundir }
}

interface Turns {
  readonly log: Log
  /** Another turn is needed at once. */
  again(): void
  /** All is as it is to be, and the server knows. */
  done(): void
  /** What a turn has found to be wanted. */
  keep(want: Wanted): void
}

function targetOf({ settings, host, server }: Parts, { log, again, done, keep }: Turns): Target<HostState, Step> {
  const render = renderer(settings)
  let complained: ReadonlyMap<string, string> = new Map()
  return {
    async want(_id, signal) {
      const facts = host.facts()
      const ids = facts.plugged.map(({ port_id }) => port_id)
      await Promise.all([server.refresh(ids, signal), host.isolateNew()])
      const want = render(facts, server)
      keep(want)
      return want
    },
    have: (_id, signal) => host.have(signal),
    plan,
    apply: (_id, step, signal) => host.apply(step, signal),
    ids: async () => [HOST],
    async done(_id, want, signal) {
      const { vlans, unreachable, ...wanted } = want as Wanted
      host.noteVlans(vlans)
      // Flows follow from the numbers of links that were just made: once more, before anything is called ready.
      if (host.linksChanged) {
        again()
        return
      }
      for (const [port_id, network] of unreachable) {
        if (!complained.has(port_id)) log.error('no way to the network of a port', { port_id, network })
      }
      complained = unreachable
      await server.report(wanted, signal)
      done()
    },
  }
}

/** What somebody who wants to know why a port does not work is told. */
async function tellOf(
  { settings, host, server }: Parts,
  portId: string,
  all: Wanted | null,
  failure: Failure | null,
): Promise<L2Evidence> {
  const facts = host.facts()
  const plugged = facts.plugged.filter(({ port_id }) => port_id === portId)
  const [device, have] = await Promise.all([host.device(portId), host.look()])
  const want = all && { all, alone: renderer(settings)({ ...facts, plugged }, server) }
  return evidenceOf({
    portId,
    integrationBridge: settings.integrationBridge,
    device,
    view: server,
    want,
    have,
    failure,
  })
}

async function dropFlows({ host, ovsdb, flows }: Parts): Promise<void> {
  const there = host.bridges.filter((bridge) => ovsdb.byName('Bridge', bridge) !== null)
  await Promise.all(there.map((bridge) => flows.remove(bridge, ['table=255'], AbortSignal.timeout(30_000))))
}

/** What the server casts: each only marks. What it asks about a port is answered. */
function serveMessages(
  { transport, config }: AgentHost,
  server: ServerView,
  mark: () => void,
  tell: (portId: string) => Promise<L2Evidence>,
): Promise<Closeable[]> {
  const { host: hostName } = config.of(common)
  const text = (value: Json | undefined) => String(value ?? '')
  const marks: { readonly [method: string]: (args: Message['args']) => boolean } = {
    port_update: ({ port }) => server.markPort(text((port as { id?: Json } | null)?.id)),
    port_delete: ({ port_id }) => server.markPort(text(port_id)),
    binding_activate: ({ port_id }) => server.markPort(text(port_id)),
    binding_deactivate: ({ port_id }) => server.markPort(text(port_id)),
    network_delete: ({ network_id }) => server.markNetwork(text(network_id)),
    network_update: ({ network }) => server.markNetwork(text((network as { id?: Json } | null)?.id)),
    security_groups_rule_updated: ({ security_groups }) => server.markGroups((security_groups ?? []) as string[]),
    security_groups_member_updated: ({ security_groups }) => server.markGroups((security_groups ?? []) as string[]),
    tunnel_update: ({ tunnel_type, tunnel_ip }) => server.setTunnel(text(tunnel_type), text(tunnel_ip), true),
    tunnel_delete: ({ tunnel_type, tunnel_ip }) => server.setTunnel(text(tunnel_type), text(tunnel_ip), false),
  }
  const topics = [
    portUpdate,
    portDelete,
    bindingActivate,
    bindingDeactivate,
    networkDelete,
    networkUpdate,
    securityGroupUpdate,
    tunnelUpdate,
    tunnelDelete,
  ]
  return Promise.all(
    topics.map(({ topic }) =>
      transport.serve(topic, hostName, async ({ method, args }) => {
        if (method === 'explain_port') return (await tell(text(args.port_id))) as unknown as Json
        if (marks[method]?.(args)) mark()
        return null
      }),
    ),
  )
}

async function safetyNet(resync: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(RESYNC_MS, signal).then(resync, () => {})
  }
}

/** What the server binds ports by. */
function reportedState(config: AgentHost['config'], { settings, ovsdb, host }: Parts) {
  const { host: hostName } = config.of(common)
  const { vhostuser_socket_dir } = config.of(ovs)
  const { availability_zone, log_agent_heartbeats } = config.of(agentCommon)
  const root = ovsdb.rows('Open_vSwitch')[0]
  return {
    binary: 'neutron-openvswitch-agent',
    host: hostName,
    topic: 'N/A',
    agent_type: 'Open vSwitch agent',
    availability_zone,
    configurations: {
      bridge_mappings: Object.fromEntries(settings.mappings),
      integration_bridge: settings.integrationBridge,
      tunnel_types: settings.tunnelTypes,
      tunneling_ip: settings.localIp,
      l2_population: false,
      arp_responder_enabled: false,
      enable_distributed_routing: false,
      log_agent_heartbeats,
      extensions: [],
      datapath_type: settings.datapathType,
      ovs_capabilities: { datapath_types: root?.datapath_types ?? [], iface_types: root?.iface_types ?? [] },
      vhostuser_socket_dir,
      ovs_hybrid_plug: false,
      baremetal_smartnic: false,
      in_distributed_mode: false,
      devices: host.facts().plugged.length,
    },
  }
}
