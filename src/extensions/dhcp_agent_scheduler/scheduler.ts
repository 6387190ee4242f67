/**
 * Networks and the DHCP agents that serve them. A place is a row; its index within the network decides between
 * schedulers that run at once. Every change is a line of the change log, from which the agent concerned is told.
 * Source: upstream's weight scheduler: the agents with the fewest networks come first.
 */
import { and, equals, isIn } from '#base/predicate.ts'
import { networks } from '#core/network/tables.ts'
import { ports } from '#core/port/tables.ts'
import { subnets } from '#core/subnet/tables.ts'
import type { Agent } from '#extensions/agent/tables.ts'
import type { Operation, Resources } from '#plugin/plugin.ts'
import type { Tx } from '#store/store.ts'
import { dhcpDeviceId, RESERVED_DEVICE } from './device.ts'
import { type NetworkDhcpAgent, networkDhcpAgents } from './tables.ts'

export const DHCP_AGENT = 'DHCP agent'
/** The resource under which the change log tells that an agent got or lost a network; its detail: the agent's host. */
export const HOSTING = 'dhcp_hosting'
/** Networks given away in one transaction. */
export const NETWORKS_MAX = 500

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

/**
 * Gives networks to agents, the least loaded first, until each has `perNetwork` or there are no more agents. Load is
 * counted along, so that many networks are spread. Pure.
 */
export function chooseAgents(
  networkIds: readonly string[],
  candidates: readonly { readonly id: string; readonly load: number }[],
  present: ReadonlyMap<string, readonly NetworkDhcpAgent[]>,
  perNetwork: number,
): NetworkDhcpAgent[] {
  const loads = new Map(candidates.map(({ id, load }) => [id, load]))
  return networkIds.flatMap((network_id) => {
    const has = present.get(network_id) ?? []
    const taken = new Set(has.map(({ binding_index }) => binding_index))
    const free = Array.from({ length: perNetwork }, (_, index) => index + 1).filter((index) => !taken.has(index))
    const wanted = Math.max(0, Math.min(perNetwork - has.length, free.length))
    const able = [...loads.keys()].filter((id) => !has.some(({ dhcp_agent_id }) => dhcp_agent_id === id))
    const chosen = able.sort((a, b) => loads.get(a)! - loads.get(b)! || (a < b ? -1 : 1)).slice(0, wanted)
    return chosen.map((dhcp_agent_id, index) => {
      loads.set(dhcp_agent_id, loads.get(dhcp_agent_id)! + 1)
      return { network_id, dhcp_agent_id, binding_index: free[index]! }
    })
  })
}

/** Gives the networks that have too few agents to the living ones. Answers the places that were new. */
export async function scheduleNetworks(
  op: Operation,
  networkIds: readonly string[],
  agents: readonly LivingAgent[],
  perNetwork: number,
): Promise<number> {
  const able = agents.filter(({ alive, admin_state_up }) => alive && admin_state_up)
  if (able.length === 0 || networkIds.length === 0) return 0
  const loads = await loadOf(op.tx, able)
  const present = await hostings(op.tx, networkIds)
  const candidates = able.map(({ id }) => ({ id, load: loads.get(id) ?? 0 }))
  const chosen = chooseAgents([...networkIds].sort(), candidates, present, perNetwork)
  return await host(op.tx, chosen, agents)
}

async function loadOf(tx: Tx, agents: readonly LivingAgent[]): Promise<Map<string, number>> {
  const rows = await tx.sql
    .selectFrom(networkDhcpAgents.name)
    .select(({ fn }) => ['dhcp_agent_id', fn.countAll().as('load')])
    .where(
      'dhcp_agent_id',
      'in',
      agents.map(({ id }) => id),
    )
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

/** Networks with a subnet under DHCP that have fewer than `perNetwork` agents, at most NETWORKS_MAX of them. */
export async function unhostedNetworks(tx: Tx, perNetwork: number): Promise<string[]> {
  const rows = await tx.sql
    .selectFrom(networks.name)
    .leftJoin(networkDhcpAgents.name, 'network_dhcp_agents.network_id', 'networks.id')
    .select('networks.id')
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
