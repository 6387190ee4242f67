/**
 * A router's steps: switched on, on an agent that lives and has made it, its gateway and interfaces up. What the
 * database knows is read here, the agent is asked, the steps are decided purely.
 */
import { equals, isIn } from '#base/predicate.ts'
import { type Port, ports } from '#core/port/tables.ts'
import type { Operation, Resources } from '#plugin/plugin.ts'
import type { RouterEvidence } from '#rpc/contract/evidence.ts'
import { GATEWAY, type Router, routerBindings, routerPorts, routers } from '#services/router/tables.ts'
import type { RouterExplanation, Step } from './contract.ts'
import type { FromAgent } from './evidence.ts'
import type { KnownAgent } from './facts.ts'
import { isoOf, named, OPERATOR, ROUTER_OWNER, restart, SERVER } from './owners.ts'
import { after, causeOf, counted, done, failed, missing, notApplicable, unknown } from './steps.ts'
import { failure } from './wiring.ts'

export interface RouterFacts {
  readonly router: Router
  readonly ports: readonly Port[]
  /** Who hosts it; null: nobody. */
  readonly agent: KnownAgent | null
  /** How many L3 agents live that could host it. */
  readonly livingAgents: number
}

export type RouterSaid = FromAgent<RouterEvidence> | null

/** Ports of one router that are looked at. */
const PORTS_MAX = 500
const AGENTS_MAX = 100

/** Null: there is no such router. */
export async function readRouter(op: Operation, resources: Resources, id: string): Promise<RouterFacts | null> {
  const { tx } = op
  const router = await tx.find(routers, { id })
  if (!router) return null
  const own = await tx.select(routerPorts, { where: equals('router_id', id), limit: PORTS_MAX })
  const ids = own.map(({ port_id }) => port_id)
  const binding = await tx.find(routerBindings, { router_id: id })
  const where = binding ? equals('id', binding.agent_id) : equals('agent_type', 'L3 agent')
  const agents = (await resources.list(op, 'agent', { where, limit: AGENTS_MAX })) as unknown as KnownAgent[]
  return {
    router,
    ports: await tx.select(ports, { where: isIn('id', ids), sort: [{ column: 'id', direction: 'asc' }] }),
    agent: binding ? (agents[0] ?? null) : null,
    livingAgents: agents.filter(({ alive, admin_state_up }) => alive && admin_state_up).length,
  }
}

export function explainRouter(facts: RouterFacts, said: RouterSaid): RouterExplanation {
  const { id, name, status, created_at } = facts.router
  const steps = [
    done('created', name || id, { at: created_at }),
    ...hostSteps(facts, said),
    gateway(facts),
    interfaces(facts),
  ]
  return { router_id: id, name, status, steps, cause: causeOf(steps) }
}

/** From `enabled` to `namespace`: a floating IP needs them, too. */
export function hostSteps(facts: RouterFacts, said: RouterSaid): Step[] {
  return [enabled(facts), hosted(facts), alive(facts), namespace(facts, said)]
}

function enabled({ router }: RouterFacts): Step {
  if (router.admin_state_up) return done('enabled', 'the router is administratively up', { at: router.created_at })
  const mend = `neutron router-update ${router.id} --admin-state-up True`
  const more = { owner: ROUTER_OWNER, mend, since: router.updated_at }
  return missing('enabled', 'the router is administratively down', more)
}

function hosted({ router, agent, ports: own, livingAgents }: RouterFacts): Step {
  if (agent) return done('hosted', `${named(agent)} has the router`)
  if (own.length === 0) return notApplicable('hosted', 'without gateway and interface no agent needs to have it')
  if (livingAgents === 0) {
    const mend = 'start neutron-l3-agent on a network host'
    return missing('hosted', 'no agent has the router, and no L3 agent is alive', { owner: OPERATOR, mend })
  }
  const mend = `neutron l3-agent-router-add <agent> ${router.id}`
  return missing('hosted', 'the router was given to no L3 agent', { owner: SERVER, mend })
}

function alive({ agent, ports: own }: RouterFacts): Step {
  if (!agent) return own.length === 0 ? notApplicable('l3_agent', 'no agent has it') : after('l3_agent', 'hosted')
  const heartbeat = isoOf(agent.heartbeat_timestamp)
  if (!agent.alive) {
    return missing('l3_agent', `${named(agent)} is dead`, { owner: OPERATOR, mend: restart(agent), since: heartbeat })
  }
  if (agent.admin_state_up) return done('l3_agent', `${named(agent)} is alive`, { at: isoOf(agent.started_at) })
  const mend = `neutron agent-update ${agent.id} --admin-state-up True`
  return missing('l3_agent', `${named(agent)} is administratively down`, { owner: OPERATOR, mend })
}

function namespace({ router, agent, ports: own }: RouterFacts, said: RouterSaid): Step {
  if (!said)
    return own.length === 0 && !agent ? notApplicable('namespace', 'no agent has it') : after('namespace', 'l3_agent')
  const owner = named(said.agent)
  if ('silent' in said.told) {
    const { silent, broken } = said.told
    if (!broken) return unknown('namespace', `${owner}: ${silent}`)
    const mend = `on ${said.agent.host}: neutron doctor l3`
    return failed('namespace', `${owner} cannot look at its host: ${silent}`, { owner: OPERATOR, mend })
  }
  const { serves, damaged, netns, failing } = said.told.said
  const more = { owner, mend: restart(said.agent), since: failing?.since ?? null }
  if (!serves) return missing('namespace', `${owner} does not know router ${router.id}${failure(failing)}`, more)
  if (damaged) return missing('namespace', `${netns} lacks a device${failure(failing)}`, more)
  if (failing) return failed('namespace', `${owner} cannot bring it about${failure(failing)}`, more)
  return done('namespace', `${netns} on ${said.agent.host} is as it is to be`)
}

export function gateway({ router, ports: own }: RouterFacts): Step {
  const out = own.filter(({ device_owner }) => device_owner === GATEWAY)
  if (out.length === 0) return notApplicable('gateway', 'it has no gateway to an external network')
  return upOf(
    'gateway',
    out,
    router.external_gateway_info?.external_fixed_ips.map(({ ip_address }) => ip_address) ?? [],
  )
}

function interfaces({ ports: own }: RouterFacts): Step {
  const inner = own.filter(({ device_owner }) => device_owner !== GATEWAY)
  if (inner.length === 0) return notApplicable('interfaces', 'it has no interface on a subnet')
  return upOf(
    'interfaces',
    inner,
    inner.flatMap(({ fixed_ips }) => fixed_ips.map(({ ip_address }) => ip_address)),
  )
}

function upOf(step: 'gateway' | 'interfaces', all: readonly Port[], addresses: readonly string[]): Step {
  const down = all.filter(({ status }) => status !== 'ACTIVE')
  const [first] = down
  if (!first) return done(step, `${counted(all.length, 'port')} ACTIVE: ${addresses.slice(0, 5).join(', ')}`)
  const evidence = `${down.length} of ${counted(all.length, 'port')} not ACTIVE: ${first.id} is ${first.status}`
  const mend = `neutron explain port ${first.id}`
  return missing(step, evidence, { owner: OPERATOR, mend, since: first.updated_at })
}
