/**
 * What DHCP agents are told: only those that serve the network, and of many ports of one network at once only that the
 * network is to be read again. Payloads are upstream's.
 * Source: reference of agents and RPC, §6, server → agent.
 */
import type { JsonObject } from '#base/json.ts'
import { isIn } from '#base/predicate.ts'
import { networks } from '#core/network/tables.ts'
import { ports } from '#core/port/tables.ts'
import { subnets } from '#core/subnet/tables.ts'
import { agents } from '#extensions/agent/tables.ts'
import { PORT_WIRING, type Wiring } from '#ml2/wiring.ts'
import type { Cast, PluginHost } from '#plugin/plugin.ts'
import { dhcpAgent } from '#rpc/contract/dhcp.ts'
import type { Change, Tx } from '#store/store.ts'
import { HOSTING } from './scheduler.ts'
import { networkDhcpAgents } from './tables.ts'

/** More changes of one network's ports than this in a page are one `network_update_end`. */
const PORTS_TOLD_MAX = 10

type Method = keyof typeof dhcpAgent.methods
interface Page {
  readonly tx: Tx
  readonly changes: readonly Change[]
}
/** Something to tell the agents of a network. */
interface Tale {
  readonly network_id: string
  readonly method: Method
  readonly payload: JsonObject
  readonly isPort: boolean
}

export function announceDhcp({ announce }: PluginHost): void {
  announce(HOSTING, async ({ changes }) => changes.flatMap(hostingCasts))
  announce('network', tellNetworks)
  announce('subnet', tellSubnets)
  announce('port', tellPorts)
  announce(PORT_WIRING, tellAddressed)
}

function cast(method: Method, payload: JsonObject, host?: string): Cast {
  const { topic, version } = dhcpAgent
  return { topic, version, method, args: { payload }, ...(host === undefined ? {} : { host }) }
}

function hostingCasts({ id, kind, detail }: Change): Cast[] {
  const host = detail?.host
  if (typeof host !== 'string') return []
  return kind === 'create'
    ? [cast('network_create_end', { network: { id }, priority: 0 }, host)]
    : [cast('network_delete_end', { network_id: id, priority: 2 }, host)]
}

async function tellNetworks({ tx, changes }: Page): Promise<Cast[]> {
  const rows = await rowsOf(tx, networks, changes, 'update')
  const tales = rows.map((row) => tale(row.id, 'network_update_end', { network: dict(row), priority: 1 }))
  // Its places are gone with the network: nobody knows any more who served it.
  const gone = changes.filter(({ kind }) => kind === 'delete')
  return [
    ...(await castsFor(tx, tales)),
    ...gone.map(({ id }) => cast('network_delete_end', { network_id: id, priority: 2 })),
  ]
}

async function tellSubnets({ tx, changes }: Page): Promise<Cast[]> {
  const rows = await rowsOf(tx, subnets, changes, 'create', 'update')
  const made = new Set(changes.filter(({ kind }) => kind === 'create').map(({ id }) => id))
  const tales = rows.map((row) =>
    tale(row.network_id, made.has(row.id) ? 'subnet_create_end' : 'subnet_update_end', {
      subnet: dict(row),
      priority: 3,
    }),
  )
  const gone = changes.flatMap(({ kind, id, detail }) => {
    const network_id = detail?.network_id
    if (kind !== 'delete' || typeof network_id !== 'string') return []
    return [tale(network_id, 'subnet_delete_end', { subnet_id: id, network_id, priority: 4 })]
  })
  return await castsFor(tx, [...tales, ...gone])
}

async function tellPorts({ tx, changes }: Page): Promise<Cast[]> {
  const rows = await rowsOf(tx, ports, changes, 'create')
  const made = rows.map((row) => tale(row.network_id, 'port_create_end', { port: dict(row), priority: 5 }, true))
  const gone = changes.flatMap(({ kind, id, detail }) => {
    const network_id = detail?.network_id
    if (kind !== 'delete' || typeof network_id !== 'string') return []
    const payload = { port_id: id, network_id, fixed_ips: detail?.fixed_ips ?? [], priority: 6 }
    return [tale(network_id, 'port_delete_end', payload, true)]
  })
  return await castsFor(tx, [...made, ...gone])
}

async function tellAddressed({ tx, changes }: Page): Promise<Cast[]> {
  const addressed = changes.filter(({ detail }) => (detail as unknown as Wiring).addressed)
  const rows = await rowsOf(tx, ports, addressed, 'update')
  return await castsFor(
    tx,
    rows.map((row) => tale(row.network_id, 'port_update_end', { port: dict(row), priority: 6 }, true)),
  )
}

function tale(network_id: string, method: Method, payload: JsonObject, isPort = false): Tale {
  return { network_id, method, payload, isPort }
}

/** The rows as they are now, in the order of their changes; those that are gone have told of it themselves. */
async function rowsOf<Row extends { id: string }>(
  tx: Tx,
  table: Parameters<typeof tx.select<Row>>[0],
  changes: readonly Change[],
  ...kinds: readonly Change['kind'][]
): Promise<Row[]> {
  const ids = [...new Set(changes.filter(({ kind }) => kinds.includes(kind)).map(({ id }) => id))]
  if (ids.length === 0) return []
  const rows = new Map((await tx.select(table, { where: isIn('id', ids) })).map((row) => [row.id, row]))
  return ids.flatMap((id) => rows.get(id) ?? [])
}

function dict(row: { readonly project_id: string | null }): JsonObject {
  return { ...row, tenant_id: row.project_id } as unknown as JsonObject
}

async function castsFor(tx: Tx, tales: readonly Tale[]): Promise<Cast[]> {
  const hosts = await hostsOf(tx, [...new Set(tales.map(({ network_id }) => network_id))])
  const casts: Cast[] = []
  for (const [network_id, own] of Map.groupBy(tales, (each) => each.network_id)) {
    const many = own.filter(({ isPort }) => isPort).length > PORTS_TOLD_MAX
    for (const host of hosts.get(network_id) ?? []) {
      for (const { method, payload, isPort } of own) if (!isPort || !many) casts.push(cast(method, payload, host))
      if (many) casts.push(cast('network_update_end', { network: { id: network_id, admin_state_up: true } }, host))
    }
  }
  return casts
}

async function hostsOf(tx: Tx, networkIds: readonly string[]): Promise<Map<string, string[]>> {
  const hosts = new Map<string, string[]>()
  if (networkIds.length === 0) return hosts
  const rows = await tx.sql
    .selectFrom(networkDhcpAgents.name)
    .innerJoin(agents.name, 'agents.id', 'network_dhcp_agents.dhcp_agent_id')
    .select(['network_dhcp_agents.network_id', 'agents.host'])
    .where('network_dhcp_agents.network_id', 'in', networkIds)
    .execute()
  for (const { network_id, host } of rows) {
    const id = String(network_id)
    hosts.set(id, [...(hosts.get(id) ?? []), String(host)])
  }
  return hosts
}
