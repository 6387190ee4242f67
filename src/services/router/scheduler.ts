/**
 * Which L3 agent hosts a router: the living one with the fewest, in the zones it is wanted in, or any. The binding's
 * key lets one agent win when several servers or agents try at once.
 * Source: upstream's LeastRoutersScheduler, AZLeastRoutersScheduler, ChanceScheduler; reference of agents and RPC, §7.
 */
import { and, isIn, not } from '#base/predicate.ts'
import { type Agent, ableAgents, agents } from '#extensions/agent/tables.ts'
import type { Tx } from '#store/store.ts'
import { type Router, routerBindings, routers } from './tables.ts'

export const L3_AGENT = 'L3 agent'

export interface Scheduling {
  readonly now: () => number
  /** `agent_down_time`. */
  readonly downTimeMs: number
  readonly strategy: Strategy
  /** `default_availability_zones`: hints of routers that have none. */
  readonly defaultZones: readonly string[]
}

export type Strategy = 'least' | 'zones' | 'chance'

/** The strategy that `router_scheduler_driver` names. */
export function strategyOf(driver: string): Strategy {
  if (driver.endsWith('.ChanceScheduler')) return 'chance'
  return driver.endsWith('.AZLeastRoutersScheduler') ? 'zones' : 'least'
}

/** Whether the agent may host a router that is wanted in those zones: only one strategy looks at them. Pure. */
export function mayHost(
  { availability_zone }: Pick<Agent, 'availability_zone'>,
  hints: readonly string[],
  { strategy, defaultZones }: Pick<Scheduling, 'strategy' | 'defaultZones'>,
): boolean {
  const zones = hints.length > 0 ? hints : defaultZones
  return strategy !== 'zones' || zones.length === 0 || zones.includes(availability_zone ?? '')
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
  router: Pick<Router, 'id' | 'availability_zone_hints'>,
  scheduling: Scheduling,
): Promise<string | null> {
  const current = (await agentsOfRouters(tx, [router.id])).get(router.id)
  if (current) return current.host
  const chosen = await choose(tx, router.availability_zone_hints, scheduling)
  if (!chosen) return null
  const won = await tx.insertMissing(routerBindings, [{ router_id: router.id, agent_id: chosen.id }])
  return won === 1 ? chosen.host : ((await agentsOfRouters(tx, [router.id])).get(router.id)?.host ?? null)
}

async function choose(tx: Tx, hints: readonly string[], scheduling: Scheduling): Promise<Agent | null> {
  const living = await ableAgents(tx, L3_AGENT, scheduling.now(), scheduling.downTimeMs)
  const able = living.filter((agent) => mayHost(agent, hints, scheduling))
  if (able.length < 2) return able[0] ?? null
  if (scheduling.strategy === 'chance') return able[Math.floor(Math.random() * able.length)]!
  const counts = await tx.sql
    .selectFrom(routerBindings.name)
    .select(({ fn }) => ['agent_id', fn.countAll().as('routers')])
    .groupBy('agent_id')
    .execute()
  const load = new Map(counts.map(({ agent_id, routers: count }) => [String(agent_id), Number(count)]))
  return able.reduce((best, agent) => ((load.get(agent.id) ?? 0) < (load.get(best.id) ?? 0) ? agent : best))
}

/** Routers that no agent hosts go to this one, where it may host them. Answers how many did. */
export async function takeUnhosted(
  tx: Tx,
  agent: Agent,
  scheduling: Pick<Scheduling, 'strategy' | 'defaultZones'>,
): Promise<number> {
  const hosted = {
    op: 'exists',
    table: routerBindings.name,
    column: 'router_id',
    equals: 'id',
    where: { op: 'true' },
  } as const
  const all = await tx.select(routers, { where: not(hosted), columns: ['id', 'availability_zone_hints'] })
  const unhosted = all.filter(({ availability_zone_hints }) => mayHost(agent, availability_zone_hints, scheduling))
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

/** A router on an agent that has been silent for long. */
export interface Stranded {
  readonly router: Pick<Router, 'id' | 'availability_zone_hints'>
  readonly agent: Agent
}

/**
 * Routers whose agent has been silent for long, with that agent, by id, those after `after`; none while no agent could
 * take them.
 */
export async function stranded(
  tx: Tx,
  { now, downTimeMs }: Scheduling,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<Stranded[]> {
  if ((await ableAgents(tx, L3_AGENT, now(), downTimeMs)).length === 0) return []
  const recent = new Set((await ableAgents(tx, L3_AGENT, now(), 2 * downTimeMs)).map(({ id }) => id))
  const all = await tx.list(agents, { agent_type: L3_AGENT, admin_state_up: true })
  const dead = new Map(all.flatMap((agent) => (recent.has(agent.id) ? [] : [[agent.id, agent] as const])))
  const bindings = await tx.select(routerBindings, {
    where: and(isIn('agent_id', [...dead.keys()]), {
      op: 'greater',
      column: 'router_id',
      value: after,
      orEqual: false,
    }),
    sort: [{ column: 'router_id', direction: 'asc' }],
    limit,
  })
  const ids = bindings.map(({ router_id }) => router_id)
  const rows = await tx.select(routers, { where: isIn('id', ids), columns: ['id', 'availability_zone_hints'] })
  const byId = new Map(rows.map((router) => [router.id, router]))
  return bindings.flatMap(({ router_id, agent_id }) => {
    const router = byId.get(router_id)
    return router ? [{ router, agent: dead.get(agent_id)! }] : []
  })
}

/** Whether a living agent could take the router. */
export async function hasRefuge(tx: Tx, { router }: Stranded, scheduling: Scheduling): Promise<boolean> {
  return (await choose(tx, router.availability_zone_hints, scheduling)) !== null
}
