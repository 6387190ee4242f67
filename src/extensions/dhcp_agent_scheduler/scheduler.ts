/**
 * Networks and the DHCP agents that serve them. A place is a row; its index within the network decides between
 * schedulers that run at once. Every change is a line of the change log, from which the agent concerned is told.
 * Which agents are chosen is choice.ts's.
 */
import { and, equals, isIn } from '#base/predicate.ts'
import { networks } from '#core/network/tables.ts'
import { ports } from '#core/port/tables.ts'
import { subnets } from '#core/subnet/tables.ts'
import type { Agent } from '#extensions/agent/tables.ts'
import '#extensions/network_availability_zone/tables.ts'
import type { Operation, Resources } from '#plugin/plugin.ts'
import type { Tx } from '#store/store.ts'
import { areasOf } from './areas.ts'
import { chooseAgents, strategyOf } from './choice.ts'
import { dhcpDeviceId, RESERVED_DEVICE } from './device.ts'
import { type NetworkDhcpAgent, networkDhcpAgents } from './tables.ts'

export const DHCP_AGENT = 'DHCP agent'
/** The resource under which the change log tells that an agent got or lost a network; its detail: the agent's host. */
export const HOSTING = 'dhcp_hosting'
/** Networks given away in one transaction. */
export const NETWORKS_MAX = 500

export interface SchedulerOptions {
  readonly dhcp_agents_per_network: number
  readonly network_scheduler_driver: string
  readonly dhcp_load_type: string
  /** Hints of networks that have none. */
  readonly default_availability_zones: readonly string[]
}

export type LivingAgent = Agent & { readonly alive: boolean }

/** Every DHCP agent, with whether it is alive. */
export async function dhcpAgents(op: Operation, resources: Resources): Promise<LivingAgent[]> {
  const rows = await resources.list(op, 'agent', { where: equals('agent_type', DHCP_AGENT) })
  return rows as unknown as LivingAgent[]
}

export async function hostings(tx: Tx, networkIds: readonly string[]): Promise<Map<string, NetworkDhcpAgent[]>> {
  const rows = await tx.select(networkDhcpAgents, { where: isIn('network_id', networkIds) })
  return Map.groupBy(rows, ({ network_id }) => network_id)
}

/** Gives the networks that have too few agents to the living ones. Answers the places that were new. */
export async function scheduleNetworks(
  op: Operation,
  networkIds: readonly string[],
  agents: readonly LivingAgent[],
  options: SchedulerOptions,
): Promise<number> {
  const { dhcp_agents_per_network, network_scheduler_driver, default_availability_zones } = options
  const able = agents.filter(({ alive, admin_state_up }) => alive && admin_state_up)
  if (able.length === 0 || networkIds.length === 0) return 0
  const loads = await loadOf(op.tx, able, options.dhcp_load_type)
  const present = await hostings(op.tx, networkIds)
  const columns = ['id', 'availability_zone_hints']
  const sort = [{ column: 'id', direction: 'asc' }] as const
  const wanted = await op.tx.select(networks, { where: isIn('id', networkIds), columns, sort })
  const areas = await areasOf(op.tx, networkIds, agents)
  const zones = new Map(agents.map(({ id, availability_zone }) => [id, availability_zone ?? '']))
  const chosen = chooseAgents(
    wanted.map(({ id, availability_zone_hints }) => ({
      id,
      hints: availability_zone_hints.length > 0 ? availability_zone_hints : default_availability_zones,
      ...(areas.has(id) ? { areas: areas.get(id)! } : {}),
    })),
    able.map(({ id }) => ({ id, load: loads.get(id) ?? 0, zone: zones.get(id)! })),
    { present, zones, perNetwork: dhcp_agents_per_network, strategy: strategyOf(network_scheduler_driver) },
  )
  return await host(op.tx, chosen, agents)
}

/** What each agent's networks have of that. */
async function loadOf(tx: Tx, agents: readonly LivingAgent[], type: string): Promise<Map<string, number>> {
  const places = networkDhcpAgents.name
  const hosted = tx.sql.selectFrom(places)
  const counted = type === 'ports' ? ports.name : subnets.name
  const joined =
    type === 'networks' ? hosted : hosted.innerJoin(counted, `${counted}.network_id`, `${places}.network_id`)
  const ids = agents.map(({ id }) => id)
  const rows = await joined
    .select(({ fn }) => ['dhcp_agent_id', fn.countAll().as('load')])
    .where('dhcp_agent_id', 'in', ids)
    .groupBy('dhcp_agent_id')
    .execute()
  return new Map(rows.map(({ dhcp_agent_id, load }) => [String(dhcp_agent_id), Number(load)]))
}

/** Writes places; those that another scheduler took meanwhile are left out. */
export async function host(
  tx: Tx,
  places: readonly NetworkDhcpAgent[],
  agents: readonly Pick<Agent, 'id' | 'host'>[],
): Promise<number> {
  if (places.length === 0) return 0
  const inserted = await tx.insertMissing(networkDhcpAgents, places)
  if (inserted > 0) await logHosting(tx, 'create', places, agents)
  return inserted
}

async function logHosting(
  tx: Tx,
  kind: 'create' | 'delete',
  places: readonly NetworkDhcpAgent[],
  agents: readonly Pick<Agent, 'id' | 'host'>[],
): Promise<void> {
  const hosts = new Map(agents.map(({ id, host: at }) => [id, at]))
  await tx.log(
    places.map(({ network_id, dhcp_agent_id }) => ({
      resource: HOSTING,
      id: network_id,
      kind,
      project_id: null,
      revision_number: 0,
      detail: { host: hosts.get(dhcp_agent_id) ?? null },
    })),
  )
}

/**
 * Takes networks from an agent. Its ports are kept for whoever serves the network next: leases keep their server.
 * `tell`: whether the agent is told; one that is down reads everything again when it comes back.
 */
export async function unhost(
  op: Operation,
  resources: Resources,
  agent: Pick<Agent, 'id' | 'host'>,
  networkIds: readonly string[],
  tell: boolean,
): Promise<number> {
  const { tx } = op
  const where = { dhcp_agent_id: agent.id, network_id: networkIds }
  const places = await tx.list(networkDhcpAgents, where)
  if (places.length === 0) return 0
  await tx.remove(networkDhcpAgents, where)
  if (tell) await logHosting(tx, 'delete', places, [agent])
  const devices = places.map(({ network_id }) => dhcpDeviceId(network_id, agent.host))
  const own = await tx.select(ports, { where: isIn('device_id', devices), columns: ['id'] })
  for (const { id } of own) await resources.update(op, 'port', id, { device_id: RESERVED_DEVICE })
  return places.length
}

/**
 * Networks with a subnet under DHCP that have fewer than `perNetwork` agents: at most NETWORKS_MAX of them, by id, those
 * after `after`.
 */
export async function unhostedNetworks(tx: Tx, perNetwork: number, after: string): Promise<string[]> {
  const rows = await tx.sql
    .selectFrom(networks.name)
    .leftJoin(networkDhcpAgents.name, 'network_dhcp_agents.network_id', 'networks.id')
    .select('networks.id')
    .where('networks.id', '>', after)
    .where('networks.admin_state_up', '=', truth(tx))
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom(subnets.name)
          .select('subnets.id')
          .whereRef('subnets.network_id', '=', 'networks.id')
          .where('subnets.enable_dhcp', '=', truth(tx)),
      ),
    )
    .groupBy('networks.id')
    .having(({ fn }) => fn.count('network_dhcp_agents.dhcp_agent_id'), '<', perNetwork)
    .orderBy('networks.id')
    .limit(NETWORKS_MAX)
    .execute()
  return rows.map(({ id }) => String(id))
}

function truth({ dialect }: Tx): boolean | number {
  return dialect === 'postgres' ? true : 1
}

/** Those of the networks that have a subnet under DHCP and are up. */
export async function networksUnderDhcp(tx: Tx, networkIds: readonly string[]): Promise<string[]> {
  const where = and(isIn('id', networkIds), equals('admin_state_up', true), {
    op: 'exists',
    table: subnets.name,
    column: 'network_id',
    equals: 'id',
    where: equals('enable_dhcp', true),
  })
  return (await tx.select(networks, { where, columns: ['id'] })).map(({ id }) => id)
}
