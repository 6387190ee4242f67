/**
 * An explanation for those who are not the operator: the same steps and times, without hosts, agents and what they
 * found. Pure.
 */
import type { Explanation, Step, StepName, StepState } from './contract.ts'
import { FLOATING_IP_OWNER, NETWORK_OWNER, OPERATOR, PORT_OWNER, ROUTER_OWNER } from './owners.ts'
import { causeOf } from './steps.ts'

/** Steps that only tell what the port's owner may see anyway. */
const OPEN: readonly StepName[] = [
  'created',
  'enabled',
  'addressed',
  'subnets',
  'ports',
  'associated',
  'routed',
  'interfaces',
  'target',
  'allowed',
  'nova',
]

const TEXTS: { readonly [Name in StepName]?: { readonly [State in StepState]?: string } } = {
  placed: { done: 'it has a host', missing: 'nothing asked for it to be plugged yet: boot or attach the instance' },
  agent: { done: 'the agent of its host is alive', missing: 'no agent on its host answers for it' },
  bound: { done: 'its host can plug it', failed: 'its host cannot plug it' },
  told: { done: 'its host was told', missing: 'its host was not told' },
  plugged: { done: 'its device is plugged', missing: 'its device is not plugged', failed: 'its device failed' },
  mtu: { done: "its device lets the network's packets pass", failed: 'its device is too small for the network' },
  wired: { done: 'it is connected', missing: 'it is not connected', failed: 'its host has no way to the network' },
  dhcp_agent: { done: 'the network has DHCP', missing: 'nobody serves DHCP on the network' },
  dhcp_server: { done: 'DHCP answers', missing: 'DHCP does not answer', failed: 'DHCP does not answer' },
  dhcp_entry: { done: 'DHCP knows the port', missing: 'DHCP does not know the port' },
  reported: { done: 'the port is ACTIVE', missing: 'the port was not reported ready', failed: 'the port is in ERROR' },
  carried: { done: 'something carries it', failed: 'nothing carries it' },
  gateway: { done: 'its gateway is up', missing: 'its gateway is not up' },
  hosted: { done: 'an agent has the router', missing: 'no agent has the router' },
  l3_agent: { done: 'its agent is alive', missing: 'its agent is dead' },
  namespace: { done: 'it is as it is to be', missing: 'its agent has not made it', failed: 'its agent cannot make it' },
  metadata: { done: 'metadata is served', missing: 'metadata is not served', failed: 'metadata is not served' },
}

const OWNERS: readonly unknown[] = [PORT_OWNER, NETWORK_OWNER, ROUTER_OWNER, FLOATING_IP_OWNER]

const BY_STATE: { readonly [State in StepState]: string } = {
  done: 'done',
  missing: 'not done',
  failed: 'failed',
  waiting: 'not yet',
  unknown: 'not known',
  not_applicable: 'not needed',
}

export function publicly<Some extends Explanation>(explanation: Some): Some {
  const steps = explanation.steps.map(publicStep)
  return { ...explanation, steps, cause: causeOf(steps) }
}

function publicStep(step: Step): Step {
  if (OPEN.includes(step.step)) return { ...step, details: {} }
  const { state } = step
  const owes = state === 'missing' || state === 'failed'
  const isOwn = OWNERS.includes(step.owner)
  // Which step comes before which is no secret.
  if (state === 'waiting' && step.details.after !== undefined) return step
  return {
    ...step,
    evidence: TEXTS[step.step]?.[state] ?? BY_STATE[state],
    owner: owes ? (isOwn ? step.owner : OPERATOR) : null,
    mend: isOwn ? step.mend : null,
    details: {},
  }
}
