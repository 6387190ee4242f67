/**
 * Explanations as data: the steps from a thing's creation to traffic, each with its evidence and who owes it. What
 * `GET /v2.0/ports/{id}/explanation` (and of networks, routers, floating IPs) answers and `neutron explain` draws. An API of
 * this project's own.
 */
import type { JsonObject } from '#base/json.ts'

/** In the order things happen in. */
export const STEPS = [
  'created',
  'enabled',
  'addressed',
  'placed',
  'agent',
  'bound',
  'told',
  'plugged',
  'mtu',
  'wired',
  'dhcp_agent',
  'dhcp_server',
  'dhcp_entry',
  'reported',
  'metadata',
  'nova',
] as const
/** Of a router. */
export const ROUTER_STEPS = ['created', 'enabled', 'hosted', 'l3_agent', 'namespace', 'gateway', 'interfaces'] as const
/** Of a network. */
export const NETWORK_STEPS = ['created', 'enabled', 'carried', 'subnets', 'dhcp_agent', 'dhcp_server', 'ports'] as const
/** Of a floating IP: those of its router are among them. */
export const FLOATING_IP_STEPS = [
  'created',
  'associated',
  'routed',
  'enabled',
  'hosted',
  'l3_agent',
  'namespace',
  'gateway',
  'target',
  'allowed',
  'reported',
] as const
export type StepName =
  | (typeof STEPS)[number]
  | (typeof NETWORK_STEPS)[number]
  | (typeof ROUTER_STEPS)[number]
  | (typeof FLOATING_IP_STEPS)[number]

/**
 * `missing`: it is not there, and somebody owes it. `failed`: it was tried. `waiting`: it comes by itself, or after an
 * earlier step. `unknown`: nobody could be asked.
 */
export type StepState = 'done' | 'missing' | 'failed' | 'waiting' | 'unknown' | 'not_applicable'

export interface Step {
  readonly step: StepName
  readonly state: StepState
  /** When it was done, where that is known. ISO 8601, UTC, whole seconds. */
  readonly at: string | null
  /** Since when it is not. */
  readonly since: string | null
  /** What was seen, one sentence. */
  readonly evidence: string
  /** Who has to act; null where nobody has to. */
  readonly owner: string | null
  /** What the owner does: a command, or a sentence. */
  readonly mend: string | null
  readonly details: JsonObject
}

/** The step that everything after it waits for. */
export type Cause = Pick<Step, 'step' | 'state' | 'since' | 'evidence' | 'owner' | 'mend'>

/** Besides: `port_id`, `network_id`, `router_id` or `floatingip_id`. */
export interface Explanation {
  /** Of a floating IP its address. */
  readonly name: string
  readonly status: string
  readonly steps: readonly Step[]
  /** Null: nothing is missing. */
  readonly cause: Cause | null
}

export interface PortExplanation extends Explanation {
  readonly port_id: string
}

export interface RouterExplanation extends Explanation {
  readonly router_id: string
}

export interface FloatingIpExplanation extends Explanation {
  readonly floatingip_id: string
}

export interface NetworkExplanation extends Explanation {
  readonly network_id: string
}
