/** Which agents are alive: what port binding and scheduling ask. Nothing is stored about it but the last report. */
import { spacedSeconds } from '#base/clock.ts'
import { and, equals, type Predicate } from '#base/predicate.ts'
import type { Tx } from '#store/store.ts'
import { type Agent, agents } from './tables.ts'

export interface AgentRow extends Agent {
  readonly alive: boolean
}

/** Rows that reported after this are alive. `now` and `downTimeMs` in milliseconds. Pure. */
export function aliveSince(now: number, downTimeMs: number): string {
  return spacedSeconds(now - downTimeMs)
}

/** Fulfilled by the rows of living agents. Pure. */
export function isAlive(now: number, downTimeMs: number): Predicate {
  return { op: 'greater', column: 'heartbeat_timestamp', value: aliveSince(now, downTimeMs), orEqual: false }
}

/** Every agent of a host. `downTimeMs`: `agent_down_time` in milliseconds. */
export async function agentsOnHost(tx: Tx, host: string, now: number, downTimeMs = 75_000): Promise<AgentRow[]> {
  const since = aliveSince(now, downTimeMs)
  const rows = await tx.list(agents, { host })
  return rows.map((row) => ({ ...row, alive: row.heartbeat_timestamp > since }))
}

/** Living agents of a type whose admin_state_up is set: those that may be given work. */
export async function ableAgents(tx: Tx, agentType: string, now: number, downTimeMs: number): Promise<Agent[]> {
  const where = and(equals('agent_type', agentType), equals('admin_state_up', true), isAlive(now, downTimeMs))
  return await tx.select(agents, { where, sort: [{ column: 'host', direction: 'asc' }] })
}
