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
import { ensureScheduled, hasRefuge, type Scheduling, type Stranded, stranded } from './scheduler.ts'
import { routerBindings } from './tables.ts'

/** Routers per transaction. */
const MOVES_MAX = 100

interface Move {
  readonly router_id: string
  readonly from: string
  readonly to: string | null
}

/** Routers of dead agents go to living ones; one that no living agent may host stays where it is. */
export async function moveStranded(
  { store, log, resources }: Pick<PluginHost, 'store' | 'log' | 'resources'>,
  scheduling: Scheduling,
): Promise<void> {
  for (let after: string | null = ''; after !== null; ) {
    const page: { moves: readonly Move[]; next: string | null } = await store.transaction(async (tx) => {
      const left = await stranded(tx, scheduling, { after: after!, limit: MOVES_MAX })
      const made = await move(tx, left, scheduling)
      const ids = made.map(({ router_id }) => router_id)
      await resources.touch({ tx, context: systemContext(newRequestId()) }, 'router', ids)
      return { moves: made, next: left.length < MOVES_MAX ? null : left.at(-1)!.router.id }
    })
    for (const moved of page.moves) log.warn('router moved off a dead agent', { ...moved })
    after = page.next
  }
}

async function move(tx: Tx, left: readonly Stranded[], scheduling: Scheduling): Promise<Move[]> {
  const moves: Move[] = []
  for (const each of left) {
    const { router, agent } = each
    if (!(await hasRefuge(tx, each, scheduling))) continue
    // Another server may have moved it meanwhile.
    if ((await tx.remove(routerBindings, { router_id: router.id, agent_id: agent.id })) === 0) continue
    const to = await ensureScheduled(tx, router, scheduling)
    await logMove(tx, router.id, 'delete', agent.host)
    if (to !== null) await logMove(tx, router.id, 'create', to)
    moves.push({ router_id: router.id, from: agent.host, to })
  }
  return moves
}
