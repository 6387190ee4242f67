/**
 * The DHCP agents' own ports, and the block that keeps an instance's port from ACTIVE until its address can be had.
 * Source: reference of agents and RPC, §6: which failures are answered with null, which travel to the agent.
 */
import { WireError } from '#base/errors.ts'
import type { JsonObject } from '#base/json.ts'
import { equals, isIn } from '#base/predicate.ts'
import { NetworkNotFound } from '#core/network/errors.ts'
import { addBlocks, clearBlock } from '#core/port/provisioning.ts'
import { type Port, ports, provisioningBlocks } from '#core/port/tables.ts'
import { subnets } from '#core/subnet/tables.ts'
import { agents } from '#extensions/agent/tables.ts'
import type { Operation, Resources } from '#plugin/plugin.ts'
import type { Tx } from '#store/store.ts'
import { DHCP_OWNER, dhcpDeviceId, RESERVED_DEVICE } from './device.ts'
import { DHCP_AGENT, dhcpAgents, hostings } from './scheduler.ts'
import { networkDhcpAgents } from './tables.ts'

/** The network or subnet went while the agent was asking: it will hear of that, and needs no port. */
const EXPECTED = ['NetworkNotFound', 'SubnetNotFound', 'InvalidInput']

/** The port with that device_id; made when it is not there. Null when the network is going. */
export async function ensureDhcpPort(
  op: Operation,
  resources: Resources,
  host: string,
  wanted: JsonObject,
): Promise<JsonObject | null> {
  const { tx } = op
  const { network_id, device_id } = wanted as { network_id: string; device_id: string }
  await lockHosting(tx, network_id, host)
  const there = await tx.select(ports, { where: equals('device_id', device_id) })
  const own = there.find((port) => port.network_id === network_id && port.device_owner === DHCP_OWNER)
  if (own) return withTenant(await resources.get(op, 'port', own.id))
  const { tenant_id, ...rest } = wanted
  const project_id = wanted.project_id ?? tenant_id ?? ''
  const item = { ...rest, project_id, device_owner: DHCP_OWNER, 'binding:host_id': host }
  const [made] = await resources.create(op, 'port', [item])
  return withTenant(made!)
}

/** @throws NetworkNotFound when this host's agent does not serve the network. */
export async function updateDhcpPort(
  op: Operation,
  resources: Resources,
  host: string,
  portId: string,
  wanted: JsonObject,
): Promise<JsonObject | null> {
  const { tx } = op
  const { network_id, ...changes } = wanted as { network_id: string }
  const before = await tx.find(ports, { id: portId })
  if (!before) return null
  if (before.device_id !== RESERVED_DEVICE && before.device_id !== dhcpDeviceId(network_id, host)) return null
  if (!(await isHosting(tx, network_id, host))) throw NetworkNotFound({ net_id: network_id })
  return withTenant(await resources.update(op, 'port', portId, { ...changes, 'binding:host_id': host }))
}

export async function releaseDhcpPort(
  op: Operation,
  resources: Resources,
  networkId: string,
  deviceId: string,
): Promise<void> {
  const rows = await op.tx.select(ports, { where: equals('device_id', deviceId) })
  const own = rows.filter((port) => port.network_id === networkId && port.device_owner === DHCP_OWNER)
  for (const { id } of own) await resources.remove(op, 'port', id)
}

/** Whether a failed create or update is answered with null: what it was for is going. */
export async function isExpected(tx: Tx, error: unknown, { fixed_ips }: JsonObject): Promise<boolean> {
  if (!(error instanceof WireError)) return false
  if (EXPECTED.includes(error.type)) return true
  if (error.type !== 'IpAddressGenerationFailure') return false
  const [first] = (fixed_ips ?? []) as readonly { readonly subnet_id?: string }[]
  return first?.subnet_id !== undefined && !(await tx.exists(subnets, { id: first.subnet_id }))
}

function withTenant(port: JsonObject): JsonObject {
  return { ...port, tenant_id: port.project_id ?? null }
}

async function isHosting(tx: Tx, network_id: string, host: string): Promise<boolean> {
  const agent = await tx.find(agents, { host, agent_type: DHCP_AGENT })
  return agent !== null && (await tx.exists(networkDhcpAgents, { network_id, dhcp_agent_id: agent.id }))
}

/** A call that is repeated after a time-out follows the first one, and finds the port that made. */
async function lockHosting(tx: Tx, network_id: string, host: string): Promise<void> {
  if (tx.dialect === 'sqlite') return
  const agent = await tx.find(agents, { host, agent_type: DHCP_AGENT })
  if (!agent) return
  await tx.sql
    .selectFrom(networkDhcpAgents.name)
    .select('network_id')
    .where('network_id', '=', network_id)
    .where('dhcp_agent_id', '=', agent.id)
    .forUpdate()
    .execute()
}

/** Blocks the new ports whose address a living agent gives out. */
export async function blockUntilReady(op: Operation, resources: Resources, rows: readonly Port[]): Promise<void> {
  const { tx } = op
  const waiting = rows.filter(({ device_owner, fixed_ips }) => !device_owner.startsWith('network:') && fixed_ips.length)
  if (waiting.length === 0) return
  const hosted = await hostings(tx, [...new Set(waiting.map(({ network_id }) => network_id))])
  if (hosted.size === 0) return
  const living = new Set((await dhcpAgents(op, resources)).filter(({ alive }) => alive).map(({ id }) => id))
  const served = [...hosted].filter(([, places]) => places.some(({ dhcp_agent_id }) => living.has(dhcp_agent_id)))
  const networkIds = served.map(([id]) => id)
  const here = waiting.filter(({ network_id }) => networkIds.includes(network_id))
  const subnetIds = [...new Set(here.flatMap(({ fixed_ips }) => fixed_ips.map(({ subnet_id }) => subnet_id)))]
  const rowsOf = await tx.select(subnets, { where: isIn('id', subnetIds), columns: ['id', 'enable_dhcp'] })
  const dhcp = new Set(rowsOf.filter(({ enable_dhcp }) => enable_dhcp).map(({ id }) => id))
  const blocked = here.filter(({ fixed_ips }) => fixed_ips.some(({ subnet_id }) => dhcp.has(subnet_id)))
  if (blocked.length > 0) {
    await addBlocks(
      tx,
      blocked.map(({ id }) => id),
      'DHCP',
    )
  }
}

/** Those of the ports that wait for DHCP wait no longer. Others stay as they are: DHCP says nothing about wiring. */
export async function readyPorts(op: Operation, resources: Resources, portIds: readonly string[]): Promise<void> {
  const waiting = await op.tx.list(provisioningBlocks, { port_id: portIds, entity: 'DHCP' })
  await clearBlock(
    op,
    resources,
    waiting.map(({ port_id }) => port_id),
    'DHCP',
  )
}
