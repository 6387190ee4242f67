/**
 * Agents as rows, and which of them are alive: what scheduling asks. One row is one type of agent on one host. Times
 * are UTC, `2016-08-01 12:00:00`; of being alive nothing is stored but the last report.
 */
import { spacedSeconds } from '#base/clock.ts'
import type { JsonObject } from '#base/json.ts'
import { and, equals, type Predicate } from '#base/predicate.ts'
import { type Tx, table } from '#store/store.ts'

export interface Agent {
  id: string
  agent_type: string
  binary: string
  topic: string
  host: string
  admin_state_up: boolean
  created_at: string
  started_at: string
  heartbeat_timestamp: string
  availability_zone: string | null
  description: string | null
  configurations: JsonObject
  /** Of the last report to Placement; null: there was none. */
  resources_synced?: boolean | null
}

export const agents = table<Agent>('agents', {
  id: 'text',
  agent_type: 'text',
  binary: 'text',
  topic: 'text',
  host: 'text',
  admin_state_up: 'boolean',
  created_at: 'text',
  started_at: 'text',
  heartbeat_timestamp: 'text',
  availability_zone: 'text',
  description: 'text',
  configurations: 'json',
  resources_synced: 'boolean',
})

/** Rows that reported after this are alive. `now` and `downTimeMs` in milliseconds. Pure. */
export function aliveSince(now: number, downTimeMs: number): string {
  return spacedSeconds(now - downTimeMs)
}

/** Fulfilled by the rows of living agents. Pure. */
export function isAlive(now: number, downTimeMs: number): Predicate {
  return { op: 'greater', column: 'heartbeat_timestamp', value: aliveSince(now, downTimeMs), orEqual: false }
}

/** Living agents of a type whose admin_state_up is set: those that may be given work. */
export async function ableAgents(tx: Tx, agentType: string, now: number, downTimeMs: number): Promise<Agent[]> {
  const where = and(equals('agent_type', agentType), equals('admin_state_up', true), isAlive(now, downTimeMs))
  return await tx.select(agents, { where, sort: [{ column: 'host', direction: 'asc' }] })
}
