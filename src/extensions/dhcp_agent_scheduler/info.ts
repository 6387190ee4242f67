/**
 * What a DHCP agent reads of networks: the network, its subnets in a stable order, its ports; for a page of networks in
 * one statement each. Source: reference of agents and RPC, §6.
 */
import type { JsonObject } from '#base/json.ts'
import { and, equals, isIn, type Predicate, TRUE } from '#base/predicate.ts'
import { type Network, networks } from '#core/network/tables.ts'
import { segmentsOfHosts } from '#core/port/routed.ts'
import { agents } from '#extensions/agent/tables.ts'
import type { Operation, Resources } from '#plugin/plugin.ts'
import type { NetworkInfo } from '#rpc/contract/dhcp.ts'
import { DHCP_AGENT } from './scheduler.ts'
import { networkDhcpAgents } from './tables.ts'

/** Networks the agent of that host serves: those that are up, if it is switched on. Unknown agents serve none. */
export async function activeNetworks(
  op: Operation,
  resources: Resources,
  host: string,
  onlyDhcp: boolean,
): Promise<NetworkInfo[]> {
  const agent = await op.tx.find(agents, { host, agent_type: DHCP_AGENT })
  if (!agent?.admin_state_up) return []
  const hosted: Predicate = {
    op: 'exists',
    table: networkDhcpAgents.name,
    column: 'network_id',
    equals: 'id',
    where: equals('dhcp_agent_id', agent.id),
  }
  const rows = await op.tx.select(networks, { where: and(hosted, equals('admin_state_up', true)) })
  return await infoOf(op, resources, rows, host, onlyDhcp)
}

/** Null when there is no such network. */
export async function networkInfo(
  op: Operation,
  resources: Resources,
  id: string,
  host: string,
): Promise<NetworkInfo | null> {
  const rows = await op.tx.list(networks, { id })
  return (await infoOf(op, resources, rows, host, false))[0] ?? null
}

async function infoOf(
  op: Operation,
  resources: Resources,
  rows: readonly Network[],
  host: string,
  onlyDhcp: boolean,
): Promise<NetworkInfo[]> {
  if (rows.length === 0) return []
  const onNetworks = isIn(
    'network_id',
    rows.map(({ id }) => id),
  )
  const where = and(onNetworks, onlyDhcp ? equals('enable_dhcp', true) : TRUE)
  const subnets = byNetwork(await resources.list(op, 'subnet', { where, sort: [{ column: 'id', direction: 'asc' }] }))
  const ports = byNetwork(await resources.list(op, 'port', { where: onNetworks }))
  const local = await localSubnets(op, resources, host, [...subnets.values()].flat())
  return rows.map(
    ({ id, project_id, admin_state_up, mtu }) =>
      ({
        id,
        project_id: project_id ?? '',
        tenant_id: project_id ?? '',
        admin_state_up,
        mtu,
        subnets: (subnets.get(id) ?? []).filter(local),
        non_local_subnets: (subnets.get(id) ?? []).filter((subnet) => !local(subnet)),
        ports: ports.get(id) ?? [],
      }) as unknown as NetworkInfo,
  )
}

/**
 * Whether a subnet's clients can be on that host. On a network with subnets on segments, those of the segments the host
 * reaches; on any other, all.
 */
async function localSubnets(
  op: Operation,
  resources: Resources,
  host: string,
  all: readonly JsonObject[],
): Promise<(subnet: JsonObject) => boolean> {
  const routed = new Set(all.flatMap(({ segment_id, network_id }) => (segment_id ? [String(network_id)] : [])))
  if (routed.size === 0) return () => true
  const reached = (await segmentsOfHosts(op, resources, [...routed], [host])).get(host)!
  return ({ network_id, segment_id }) => !routed.has(String(network_id)) || reached.has(String(segment_id))
}

function byNetwork(rows: readonly JsonObject[]): Map<string, JsonObject[]> {
  const dicts = rows.map((row) => ({ ...row, tenant_id: row.project_id ?? null }) as JsonObject)
  return Map.groupBy(dicts, ({ network_id }) => String(network_id))
}
