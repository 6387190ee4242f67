/**
 * Which L3 agent hosts a router: the living one with the fewest. The binding's key lets one agent win when several
 * servers or agents try at once. Source: upstream's LeastRoutersScheduler; reference of agents and RPC, §7.
 */
import { isIn, not } from '#base/predicate.ts'
import { type Agent, ableAgents, agents } from '#extensions/agent/tables.ts'
import type { Tx } from '#store/store.ts'
import { type Router, routerBindings, routers } from './tables.ts'

export const L3_AGENT = 'L3 agent'

export interface Scheduling {
  readonly now: () => number
  /** `agent_down_time`. */
  readonly downTimeMs: number
}

/** The agent of each of these routers that has one. */
export async function agentsOfRouters(tx: Tx, routerIds: readonly string[]): Promise<Map<string, Agent>> {
  if (routerIds.length === 0) return new Map()
  const bindings = await tx.select(routerBindings, { where: isIn('router_id', routerIds) })
  const rows = await tx.list(agents, { id: [...new Set(bindings.map(({ agent_id }) => agent_id))] })
  const byId = new Map(rows.map((agent) => [agent.id, agent]))
  return new Map(
    bindings.flatMap(({ router_id, agent_id }) => {
      const agent = byId.get(agent_id)
      return agent ? [[router_id, agent] as const] : []
    }),
  )
}

/** Gives the router to an agent unless it has one; answers the host, null when there is no agent to give it to. */
export async function ensureScheduled(
  tx: Tx,
  router: Pick<Router, 'id'>,
  scheduling: Scheduling,
): Promise<string | null> {
  const current = (await agentsOfRouters(tx, [router.id])).get(router.id)
  if (current) return current.host
  const chosen = await leastLoaded(tx, scheduling)
  if (!chosen) return null
  const won = await tx.insertMissing(routerBindings, [{ router_id: router.id, agent_id: chosen.id }])
  return won === 1 ? chosen.host : ((await agentsOfRouters(tx, [router.id])).get(router.id)?.host ?? null)
}

async function leastLoaded(tx: Tx, { now, downTimeMs }: Scheduling): Promise<Agent | null> {
  const able = await ableAgents(tx, L3_AGENT, now(), downTimeMs)
  if (able.length < 2) return able[0] ?? null
  const counts = await tx.sql
    .selectFrom(routerBindings.name)
    .select(({ fn }) => ['agent_id', fn.countAll().as('routers')])
    .groupBy('agent_id')
    .execute()
  const load = new Map(counts.map(({ agent_id, routers: count }) => [String(agent_id), Number(count)]))
  return able.reduce((best, agent) => ((load.get(agent.id) ?? 0) < (load.get(best.id) ?? 0) ? agent : best))
}

/** Routers that no agent hosts go to this one. Answers how many did. */
export async function takeUnhosted(tx: Tx, agent: Agent): Promise<number> {
  const hosted = {
    op: 'exists',
    table: routerBindings.name,
    column: 'router_id',
    equals: 'id',
    where: { op: 'true' },
  } as const
  const unhosted = await tx.select(routers, { where: not(hosted), columns: ['id'] })
  if (unhosted.length === 0) return 0
  return tx.insertMissing(
    routerBindings,
    unhosted.map(({ id }) => ({ router_id: id, agent_id: agent.id })),
  )
}

/** The agent of that host, if it may serve. */
export async function servingAgent(tx: Tx, host: string): Promise<Agent | null> {
  return tx.find(agents, { host, agent_type: L3_AGENT, admin_state_up: true })
}

/** Routers whose agent has been silent for long, with that agent; none while no agent could take them. */
export async function stranded(
  tx: Tx,
  { now, downTimeMs }: Scheduling,
  limit: number,
): Promise<{ router_id: string; agent: Agent }[]> {
  if ((await ableAgents(tx, L3_AGENT, now(), downTimeMs)).length === 0) return []
  const recent = new Set((await ableAgents(tx, L3_AGENT, now(), 2 * downTimeMs)).map(({ id }) => id))
  const all = await tx.list(agents, { agent_type: L3_AGENT, admin_state_up: true })
  const dead = new Map(all.flatMap((agent) => (recent.has(agent.id) ? [] : [[agent.id, agent] as const])))
  const bindings = await tx.select(routerBindings, { where: isIn('agent_id', [...dead.keys()]), limit })
  return bindings.map(({ router_id, agent_id }) => ({ router_id, agent: dead.get(agent_id)! }))
}
