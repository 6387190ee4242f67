/**
 * Asks the agents that have to do with a port what they see: all at once, each with the same deadline. An agent that
 * does not answer, or cannot tell, makes its steps unknown; it never fails the explanation.
 */

import { isIPv4 } from 'node:net'
import type { JsonObject } from '#base/json.ts'
import type { PluginHost } from '#plugin/plugin.ts'
import {
  type DhcpEvidence,
  dhcpEvidence,
  type L2Evidence,
  l2Evidence,
  type MetadataEvidence,
  metadataEvidence,
  type RouterEvidence,
  routerEvidence,
} from '#rpc/contract/evidence.ts'
import { CallTimeout, type Contract, type Method, RemoteError } from '#rpc/rpc.ts'
import type { Facts, KnownAgent } from './facts.ts'
import { kindOf, wiringAgent } from './owners.ts'

/** An agent's answer, or why there is none: `broken`, it tried to look at its host and could not. */
export type Told<Evidence> = { readonly said: Evidence } | { readonly silent: string; readonly broken: boolean }

export interface FromAgent<Evidence> {
  readonly agent: KnownAgent
  readonly told: Told<Evidence>
}

export interface Evidence {
  /** Null: there is nobody to ask. */
  readonly wiring: FromAgent<L2Evidence> | null
  readonly dhcp: readonly FromAgent<DhcpEvidence>[]
  /** Of each router on the network that an agent hosts. */
  readonly routers: readonly (FromAgent<RouterEvidence> & { readonly router_id: string })[]
  readonly metadata: readonly FromAgent<MetadataEvidence>[]
}

const ASK_MS_MAX = 2_500

type Asker = Pick<PluginHost, 'ask'>

export async function askAgents(host: Asker, facts: Facts): Promise<Evidence> {
  const { port } = facts
  const l2 = facts.bound ? wiringAgent(facts) : null
  const about = { network_id: port.network_id, port_id: port.id }
  const instance = instanceOf(facts)
  const [wiring, dhcp, routers, metadata] = await Promise.all([
    l2?.alive ? askOne<L2Evidence>(host, l2, l2Evidence, { port_id: port.id }) : null,
    askAll<DhcpEvidence>(host, facts.dhcpAgents, dhcpEvidence, about),
    instance ? askRouters(host, facts) : [],
    instance ? askAll<MetadataEvidence>(host, facts.metadataAgents, metadataEvidence, instance) : [],
  ])
  return { wiring, dhcp, routers, metadata }
}

function askRouters(host: Asker, { interfaces, routerAgents }: Facts): Promise<Evidence['routers']> {
  const hosted = interfaces.flatMap(({ device_id: router_id, 'binding:host_id': at }) => {
    const agent = routerAgents.find((each) => each.host === at && each.alive)
    return agent ? [{ agent, router_id }] : []
  })
  return Promise.all(
    hosted.map(async ({ agent, router_id }) => ({
      ...(await askRouter(host, agent, router_id)),
      router_id,
    })),
  )
}

/** Whose metadata the port's instance asks for; null: it asks for none. */
export function instanceOf({ port }: Pick<Facts, 'port'>): JsonObject | null {
  const address = port.fixed_ips.map(({ ip_address }) => ip_address).find((ip) => isIPv4(ip))
  if (kindOf(port.device_owner) !== 'instance' || !port.device_id || !address) return null
  return { instance_id: port.device_id, project_id: port.project_id ?? '', address }
}

type Explains = Contract<{ readonly explain_port: Method<never, unknown> }> | { topic: string; version: string }

function askAll<Said>(host: Asker, agents: readonly KnownAgent[], of: Explains, args: JsonObject) {
  return Promise.all(agents.filter(({ alive }) => alive).map((agent) => askOne<Said>(host, agent, of, args)))
}

/** What those of the agents that live say of a network they serve. */
export function askNetwork(host: Asker, agents: readonly KnownAgent[], network_id: string): Promise<Evidence['dhcp']> {
  return askAll<DhcpEvidence>(host, agents, dhcpEvidence, { network_id, port_id: '' })
}

/** What the agent says of a router it hosts. */
export function askRouter(host: Asker, agent: KnownAgent, router_id: string) {
  return askOne<RouterEvidence>(host, agent, routerEvidence, { router_id })
}

async function askOne<Said>(
  { ask }: Asker,
  agent: KnownAgent,
  { topic }: Explains,
  args: JsonObject,
): Promise<FromAgent<Said>> {
  const question = { topic, host: agent.host, method: 'explain_port', args, version: '1.0' }
  const told = await ask(question, ASK_MS_MAX).then(
    // An agent of an earlier release takes it for a message that does not concern it.
    (said): Told<Said> => (said === null ? DOES_NOT_TELL : { said: said as unknown as Said }),
    (error: unknown): Told<Said> => silenceOf(error),
  )
  return { agent, told }
}

const DOES_NOT_TELL = { silent: 'the agent does not tell', broken: false } as const

function silenceOf(error: unknown): { readonly silent: string; readonly broken: boolean } {
  if (error instanceof CallTimeout) {
    return { silent: `the agent did not answer within ${ASK_MS_MAX / 1000} s`, broken: false }
  }
  if (!(error instanceof RemoteError)) {
    return { silent: `the agent was not reached: ${error instanceof Error ? error.message : error}`, broken: false }
  }
  if (['NoSuchMethod', 'UnsupportedVersion'].includes(error.type)) return DOES_NOT_TELL
  return { silent: error.message, broken: true }
}

export type Said<E> = { readonly agent: KnownAgent; readonly told: { readonly said: E } }
export type Silent = {
  readonly agent: KnownAgent
  readonly told: { readonly silent: string; readonly broken: boolean }
}

/** Those that told, and those that did not. */
export function parted<E>(all: readonly FromAgent<E>[]): [readonly Said<E>[], readonly Silent[]] {
  const saying = all.filter((each): each is Said<E> => 'said' in each.told)
  return [saying, all.filter((each): each is Silent => 'silent' in each.told)]
}
