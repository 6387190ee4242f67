/**
 * L3 agents that die: their routers go to those that live. The host of a dead agent may still forward, so the agent has
 * twice the time after which it counts as dead, as upstream gives it. One that comes back reads everything again.
 * Source: option `allow_automatic_l3agent_failover`.
 */
import { newRequestId } from '#base/ids.ts'
import { systemContext } from '#plugin/context.ts'
import type { PluginHost } from '#plugin/plugin.ts'
import type { Tx } from '#store/store.ts'
import { logMove } from './announcements.ts'
import { ensureScheduled, type Scheduling, stranded } from './scheduler.ts'
import { routerBindings } from './tables.ts'

/** Routers per transaction. */
const MOVES_MAX = 100

interface Move {
  readonly router_id: string
  readonly from: string
  readonly to: string | null
}

/** Routers of dead agents go to living ones; while none lives, all stay where they are. */
export async function moveStranded(
  { store, log, resources }: Pick<PluginHost, 'store' | 'log' | 'resources'>,
  scheduling: Scheduling,
): Promise<void> {
  for (;;) {
    const moves = await store.transaction(async (tx) => {
      const made = await moveSome(tx, scheduling)
      const ids = made.map(({ router_id }) => router_id)
      await resources.touch({ tx, context: systemContext(newRequestId()) }, 'router', ids)
      return made
    })
    for (const move of moves) log.warn('router moved off a dead agent', { ...move })
    if (moves.length < MOVES_MAX) return
  }
}

async function moveSome(tx: Tx, scheduling: Scheduling): Promise<Move[]> {
  const moves: Move[] = []
  for (const { router_id, agent } of await stranded(tx, scheduling, MOVES_MAX)) {
    // Another server may have moved it meanwhile.
    if ((await tx.remove(routerBindings, { router_id, agent_id: agent.id })) === 0) continue
    const to = await ensureScheduled(tx, { id: router_id }, scheduling)
    await logMove(tx, router_id, 'delete', agent.host)
    if (to !== null) await logMove(tx, router_id, 'create', to)
    moves.push({ router_id, from: agent.host, to })
  }
  return moves
}
