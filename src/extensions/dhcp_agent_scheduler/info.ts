/**
 * What a DHCP agent reads of networks: the network, its subnets in a stable order, its ports; for a page of networks in
 * one statement each. Source: reference of agents and RPC, §6.
 */
import type { JsonObject } from '#base/json.ts'
import { and, equals, isIn, type Predicate, TRUE } from '#base/predicate.ts'
import { type Network, networks } from '#core/network/tables.ts'
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
  return await infoOf(op, resources, rows, onlyDhcp)
}

/** Null when there is no such network. */
export async function networkInfo(op: Operation, resources: Resources, id: string): Promise<NetworkInfo | null> {
  const rows = await op.tx.list(networks, { id })
  return (await infoOf(op, resources, rows, false))[0] ?? null
}

async function infoOf(
  op: Operation,
  resources: Resources,
  rows: readonly Network[],
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
  return rows.map(
    ({ id, project_id, admin_state_up, mtu }) =>
      ({
        id,
        project_id: project_id ?? '',
        tenant_id: project_id ?? '',
        admin_state_up,
        mtu,
        subnets: subnets.get(id) ?? [],
        non_local_subnets: [],
        ports: ports.get(id) ?? [],
      }) as unknown as NetworkInfo,
  )
}

function byNetwork(rows: readonly JsonObject[]): Map<string, JsonObject[]> {
  const dicts = rows.map((row) => ({ ...row, tenant_id: row.project_id ?? null }) as JsonObject)
  return Map.groupBy(dicts, ({ network_id }) => String(network_id))
}
