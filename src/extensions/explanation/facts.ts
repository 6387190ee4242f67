/**
 * What the database says of a port and of all it depends on: read once, in one snapshot, a statement for each kind of
 * thing. Agents are not asked here.
 */
import type { Clock } from '#base/clock.ts'
import { and, equals, isIn, or, type Predicate } from '#base/predicate.ts'
import { type Network, networks } from '#core/network/tables.ts'
import { type Port, ports, provisioningBlocks } from '#core/port/tables.ts'
import { type Subnet, subnets } from '#core/subnet/tables.ts'
import type { Agent } from '#extensions/agent/tables.ts'
import { networkDhcpAgents } from '#extensions/dhcp_agent_scheduler/tables.ts'
import type { Binding } from '#ml2/binding.ts'
import type { Segment } from '#ml2/driver.ts'
import { bindingLevels, networkSegments } from '#ml2/tables.ts'
import { type Verdicts, verdictsOf } from '#ml2/verdicts.ts'
import type { Operation, Resources } from '#plugin/plugin.ts'
import { AGENTS, announced } from '#store/announced.ts'
import { changesTable } from '#store/changes.ts'
import type { Change, Store, Tx } from '#store/store.ts'

export interface KnownAgent extends Agent {
  readonly alive: boolean
}

/** Lines of the log that no agent was told of yet; null: it is not known how far the telling has come. */
export type Untold = { readonly lines: readonly Change[] } | null

export interface Facts {
  readonly now: number
  readonly port: Port
  readonly network: Network
  /** Of the port's addresses. */
  readonly subnets: readonly Subnet[]
  readonly verdicts: Verdicts
  readonly bound: { readonly driver: string; readonly segment: Segment | null } | null
  /** `L2`, `DHCP`: who has still to report before the port goes ACTIVE. */
  readonly blocks: readonly string[]
  /** The port's own lines of the change log, as far as looked back, oldest first. */
  readonly history: readonly Omit<Change, 'sequence'>[]
  readonly untold: Untold
  /** Types of the agents that wire ports. */
  readonly wiringTypes: readonly string[]
  /** On the port's host, of every type. */
  readonly agents: readonly KnownAgent[]
  /** Those that serve the network, and how many live that could. */
  readonly dhcpAgents: readonly KnownAgent[]
  readonly livingDhcpAgents: number
  /** L3 agents of the hosts that the network's routers are on. */
  readonly routerAgents: readonly KnownAgent[]
  /** Of hosts where this port's metadata requests come out. */
  readonly metadataAgents: readonly KnownAgent[]
  /** Routers' interfaces on the network. */
  readonly interfaces: readonly Port[]
}

/** Lines of the change log that are looked back through for the port's. */
const HISTORY_LINES_MAX = 20_000
/** Lines nobody was told of that are looked through. */
const UNTOLD_MAX = 1_000
/** Agents, and interfaces of routers, that are looked at. */
const FEW = 10
const ROUTER_INTERFACE = 'network:router_interface'

export interface Sources {
  readonly resources: Resources
  readonly binding: Binding
  readonly clock: Clock
}

/** Null: there is no such port. */
export async function readFacts(op: Operation, id: string, sources: Sources): Promise<Omit<Facts, 'untold'> | null> {
  const { tx } = op
  const { resources, binding, clock } = sources
  const port = await tx.find(ports, { id })
  const network = port && (await tx.find(networks, { id: port.network_id }))
  if (!port || !network) return null
  const interfaces = await tx.select(ports, {
    where: and(equals('network_id', network.id), equals('device_owner', ROUTER_INTERFACE)),
    limit: FEW,
  })
  const places = await tx.select(networkDhcpAgents, { where: equals('network_id', network.id), limit: FEW })
  const hosting = new Set(places.map(({ dhcp_agent_id }) => dhcp_agent_id))
  const host = port['binding:host_id']
  const known = await agentsWhere(op, resources, or(equals('host', host || '?'), isIn('id', [...hosting])))
  const dhcpAgents = known.filter((agent) => hosting.has(agent.id))
  const ways = [...dhcpAgents.map((agent) => agent.host), ...interfaces.map((each) => each['binding:host_id'])]
  const here = and(isIn('agent_type', ['Metadata agent', 'L3 agent']), isIn('host', ways))
  // Who could serve the network matters only while nobody does.
  const able = dhcpAgents.length > 0 ? [] : [equals('agent_type', 'DHCP agent')]
  const others = await agentsWhere(op, resources, or(here, ...able))
  return {
    now: clock.now(),
    port,
    network,
    subnets: await tx.list(subnets, { id: port.fixed_ips.map(({ subnet_id }) => subnet_id) }),
    verdicts: await verdictsOf(op, port, binding),
    bound: await boundTo(tx, port),
    blocks: (await tx.list(provisioningBlocks, { port_id: id })).map(({ entity }) => entity).sort(),
    history: await historyOf(tx, id),
    wiringTypes: [...new Set(binding.drivers.map(({ agentType }) => agentType))],
    agents: known.filter((agent) => agent.host === host),
    dhcpAgents,
    livingDhcpAgents: others.filter(({ agent_type, alive }) => agent_type === 'DHCP agent' && alive).length,
    routerAgents: others.filter(({ agent_type }) => agent_type === 'L3 agent'),
    metadataAgents: others.filter(({ agent_type }) => agent_type === 'Metadata agent'),
    interfaces,
  }
}

export async function agentsWhere(op: Operation, resources: Resources, where: Predicate): Promise<KnownAgent[]> {
  const sort = [{ column: 'host', direction: 'asc' }] as const
  return (await resources.list(op, 'agent', { where, sort, limit: 4 * FEW })) as unknown as KnownAgent[]
}

/** The level the port is bound at on its host. */
async function boundTo(tx: Tx, { id, 'binding:host_id': host }: Port): Promise<Facts['bound']> {
  const level = host ? await tx.find(bindingLevels, { port_id: id, host, level: 0 }) : null
  if (!level) return null
  return { driver: level.driver, segment: await tx.find(networkSegments, { id: level.segment_id }) }
}

async function historyOf(tx: Tx, id: string): Promise<Facts['history']> {
  const newest = await tx.sql
    .selectFrom(changesTable.name)
    .select(({ fn }) => fn.max('entry').as('entry'))
    .executeTakeFirst()
  const rows = await tx.sql
    .selectFrom(changesTable.name)
    .select([...changesTable.columns.keys()])
    .where('entry', '>', Number(newest?.entry ?? 0) - HISTORY_LINES_MAX)
    .where('id', '=', id)
    .orderBy('entry')
    .limit(UNTOLD_MAX)
    .execute()
  return rows.map((row) => tx.decode(changesTable, row as { readonly [column: string]: unknown }))
}

/** What of the port agents were not told. Outside a transaction: reading may have to number lines first. */
export async function readUntold(store: Store, portId: string): Promise<Untold> {
  const place = await store.read((tx) => tx.find(announced, { name: AGENTS }))
  if (!place) return null
  const lines = await store.changesSince(place.sequence, UNTOLD_MAX)
  return { lines: lines.filter(({ id }) => id === portId) }
}
