/**
 * DHCP agents: networks given to them, what they ask, what they are told. A network gets its agents in the transaction
 * that brings its first subnet under DHCP; later ones when an agent asks for its networks; again when agents die.
 * Source: reference of agents and RPC, §6.
 */
import { newRequestId } from '#base/ids.ts'
import type { Json, JsonObject } from '#base/json.ts'
import { common } from '#config/common.ts'
import { segmentOf } from '#core/port/routed.ts'
import type { Port } from '#core/port/tables.ts'
import type { Subnet } from '#core/subnet/tables.ts'
import { systemContext } from '#plugin/context.ts'
import { definePlugin, type Operation, type PluginHost } from '#plugin/plugin.ts'
import { dhcpPlugin } from '#rpc/contract/dhcp.ts'
import type { Tx } from '#store/store.ts'
import { announceDhcp } from './announce.ts'
import { routedNetworksNear } from './areas.ts'
import api from './definition.ts'
import { failOver } from './failover.ts'
import { activeNetworks, networkInfo } from './info.ts'
import { dhcpSchedulerOptions } from './options.ts'
import { blockUntilReady, ensureDhcpPort, isExpected, readyPorts, releaseDhcpPort, updateDhcpPort } from './ports.ts'
import { serveRoutes } from './routes.ts'
import { dhcpAgents, NETWORKS_MAX, networksUnderDhcp, scheduleNetworks, unhostedNetworks } from './scheduler.ts'

/** Ports reported ready that are cleared in one transaction. */
const READY_MAX = 500

export default definePlugin({
  api,
  start(host: PluginHost) {
    const options = optionsOf(host)
    scheduleWithSubnets(host)
    host.events.precommit<Port>('port', 'create', ({ tx, context, rows }) =>
      blockUntilReady({ tx, context }, host.resources, rows),
    )
    answerAgents(host)
    announceDhcp(host)
    serveRoutes(host)
    if (options.allow_automatic_dhcp_failover) {
      const downMs = host.config.of(common).agent_down_time * 1000
      // After a start every agent looks dead that could not report to a server that was not there.
      const settledAt = host.clock.now() + 2 * downMs
      host.periodic('dhcp failover', downMs / 2, async () => {
        if (host.clock.now() >= settledAt) await failOver(host, options)
      })
    }
  },
})

function optionsOf({ config }: Pick<PluginHost, 'config'>) {
  const { default_availability_zones } = config.of(common)
  return { ...config.of(dhcpSchedulerOptions), default_availability_zones }
}

function operation(tx: Tx): Operation {
  return { tx, context: systemContext(newRequestId()) }
}

function scheduleWithSubnets({ config, events, resources }: PluginHost): void {
  const options = optionsOf({ config })
  if (!options.network_auto_schedule) return
  const schedule = async (op: Operation, rows: readonly Subnet[]) => {
    const ids = [...new Set(rows.filter(({ enable_dhcp }) => enable_dhcp).map(({ network_id }) => network_id))]
    if (ids.length === 0) return
    const up = await networksUnderDhcp(op.tx, ids)
    await scheduleNetworks(op, up, await dhcpAgents(op, resources), options)
  }
  events.precommit<Subnet>('subnet', 'create', ({ tx, context, rows }) => schedule({ tx, context }, rows))
  events.precommit<Subnet>('subnet', 'update', async ({ tx, context, before, after }) => {
    if (!before.enable_dhcp || segmentOf(before) !== segmentOf(after)) await schedule({ tx, context }, [after])
  })
}

function answerAgents(host: PluginHost): void {
  const { store, resources, answer } = host
  const text = (value: Json | undefined) => String(value ?? '')
  answer(dhcpPlugin.topic, dhcpPlugin.version, {
    get_active_networks_info: async ({ host: at, enable_dhcp_filter = true }) => {
      await autoSchedule(host, text(at))
      const onlyDhcp = enable_dhcp_filter === true
      return (await store.read((tx) => activeNetworks(operation(tx), resources, text(at), onlyDhcp))) as unknown as Json
    },
    get_network_info: async ({ network_id, host: at }) =>
      (await store.read((tx) => networkInfo(operation(tx), resources, text(network_id), text(at)))) as unknown as Json,
    create_dhcp_port: async ({ host: at, port }) => {
      const wanted = portOf(port)
      return await orNull(host, wanted, (op) => ensureDhcpPort(op, resources, text(at), wanted))
    },
    update_dhcp_port: async ({ host: at, port_id, port }) => {
      const wanted = portOf(port)
      return await orNull(host, { ...wanted, keepNotFound: true }, (op) =>
        updateDhcpPort(op, resources, text(at), text(port_id), wanted),
      )
    },
    release_dhcp_port: async ({ network_id, device_id }) => {
      await store.transaction((tx) => releaseDhcpPort(operation(tx), resources, text(network_id), text(device_id)))
      return null
    },
    dhcp_ready_on_ports: async ({ port_ids }) => {
      const ids = ((port_ids ?? []) as readonly Json[]).map(String)
      for (let index = 0; index < ids.length; index += READY_MAX) {
        await store.transaction((tx) => readyPorts(operation(tx), resources, ids.slice(index, index + READY_MAX)))
      }
      return null
    },
  })
}

function portOf(port: Json | undefined): JsonObject {
  return ((port as JsonObject | undefined)?.port ?? {}) as JsonObject
}

/** Null when what the port is for is going; the agent hears of that by itself. */
async function orNull(
  { store }: PluginHost,
  wanted: JsonObject,
  run: (op: Operation) => Promise<JsonObject | null>,
): Promise<JsonObject | null> {
  try {
    return await store.transaction((tx) => run(operation(tx)))
  } catch (error) {
    if (wanted.keepNotFound && (error as Error).name === 'NetworkNotFound') throw error
    if (await store.read((tx) => isExpected(tx, error, wanted))) return null
    throw error
  }
}

/** Routed networks are served on each of their segments: those the asking agent's host reaches. */
async function scheduleRouted({ config, store, resources }: PluginHost, at: string): Promise<void> {
  const near = await store.read((tx) => routedNetworksNear(tx, at))
  for (let index = 0; index < near.length; index += NETWORKS_MAX) {
    await store.transaction(async (tx) => {
      const op = operation(tx)
      const up = await networksUnderDhcp(tx, near.slice(index, index + NETWORKS_MAX))
      await scheduleNetworks(op, up, await dhcpAgents(op, resources), optionsOf({ config }))
    })
  }
}

/** Networks nobody serves yet, to the agents there are: the one that asks has just shown that it lives. */
async function autoSchedule(host: PluginHost, at: string): Promise<void> {
  const { store, resources, definitions } = host
  const options = optionsOf(host)
  if (!options.network_auto_schedule) return
  if (definitions.resources.has('segment')) await scheduleRouted(host, at)
  const all = await store.read((tx) => dhcpAgents(operation(tx), resources))
  // More agents than there are is no network's due: without this, every network would be looked at every time.
  const perNetwork = Math.min(options.dhcp_agents_per_network, all.length)
  if (perNetwork === 0) return
  for (let after = ''; ; ) {
    const waiting = await store.read((tx) => unhostedNetworks(tx, perNetwork, after))
    if (waiting.length === 0) return
    await store.transaction(async (tx) => {
      const op = operation(tx)
      await scheduleNetworks(op, waiting, await dhcpAgents(op, resources), options)
    })
    if (waiting.length < NETWORKS_MAX) return
    after = waiting.at(-1)!
  }
}
