/**
 * What the doctor reads of the server's database, by column: it must not need the server's features to look at a
 * database whose server does not start. A table or column that is not there makes a check `unknown`.
 */
import { spacedSeconds } from '#base/clock.ts'
import type { JsonObject } from '#base/json.ts'
import type { Where } from '#store/store.ts'
import { type Table, type Tx, table } from '#store/store.ts'

export interface AgentRow {
  readonly id: string
  readonly agent_type: string
  readonly binary: string
  readonly host: string
  readonly admin_state_up: boolean
  /** UTC, `2016-08-01 12:00:00` */
  readonly heartbeat_timestamp: string
  readonly configurations: JsonObject
}

export interface NetworkRow {
  readonly id: string
  readonly mtu: number
}

export interface PortRow {
  readonly id: string
  readonly network_id: string
}

/** A port as DHCP knows it. */
export interface HostRow {
  readonly id: string
  readonly network_id: string
  readonly mac_address: string
  readonly device_owner: string
  readonly fixed_ips: readonly { readonly subnet_id: string; readonly ip_address: string }[]
}

export interface SubnetRow {
  readonly id: string
  readonly network_id: string
  readonly ip_version: number
  readonly enable_dhcp: boolean
  readonly ipv6_address_mode: string | null
}

export interface SegmentRow {
  readonly network_id: string
  readonly network_type: string
  readonly physical_network: string | null
}

export const agents = table<AgentRow>('agents', {
  id: 'text',
  agent_type: 'text',
  binary: 'text',
  host: 'text',
  admin_state_up: 'boolean',
  heartbeat_timestamp: 'text',
  configurations: 'json',
})
export const networks = table<NetworkRow>('networks', { id: 'text', mtu: 'integer' })
export const ports = table<PortRow>('ports', { id: 'text', network_id: 'text' })
export const hosts = table<HostRow>('ports', {
  id: 'text',
  network_id: 'text',
  mac_address: 'text',
  device_owner: 'text',
  fixed_ips: 'json',
})
export const subnets = table<SubnetRow>('subnets', {
  id: 'text',
  network_id: 'text',
  ip_version: 'integer',
  enable_dhcp: 'boolean',
  ipv6_address_mode: 'text',
})
export const segments = table<SegmentRow>('network_segments', {
  network_id: 'text',
  network_type: 'text',
  physical_network: 'text',
})
export const networkAgents = table<{ readonly network_id: string; readonly dhcp_agent_id: string }>(
  'network_dhcp_agents',
  { network_id: 'text', dhcp_agent_id: 'text' },
)
export const routerAgents = table<{ readonly router_id: string; readonly agent_id: string }>(
  'router_l3_agent_bindings',
  { router_id: 'text', agent_id: 'text' },
)

/** Ids asked for in one statement. */
const SLICE = 500

/** Rows by a column's values, in slices a database takes. */
export async function listByIds<Row>(
  tx: Tx,
  from: Table<Row>,
  column: keyof Row & string,
  ids: readonly string[],
): Promise<Row[]> {
  const rows: Row[] = []
  for (let at = 0; at < ids.length; at += SLICE) {
    const where = { [column]: ids.slice(at, at + SLICE) } as Where<Row>
    rows.push(...(await tx.list(from, where)))
  }
  return rows
}

/** Of an agent's last report: how long ago, in seconds; negative: by a clock that is ahead of ours. Pure. */
export function secondsSince(heartbeat: string, nowMs: number): number {
  return Math.round((nowMs - Date.parse(`${heartbeat.replace(' ', 'T')}Z`)) / 1000)
}

/** Whether an agent counts as alive, as the server counts. Pure. */
export function isAlive({ heartbeat_timestamp }: AgentRow, nowMs: number, downSeconds: number): boolean {
  return heartbeat_timestamp > spacedSeconds(nowMs - downSeconds * 1000)
}

/** `90 s`, `12 min`, `3 h`, `5 days`. Pure. */
export function span(seconds: number): string {
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`
}
