/** All the steps of a port in order, and the one that everything waits for. Pure. */
import type { PortExplanation, Step } from './contract.ts'
import { dhcpSteps } from './dhcp.ts'
import type { Evidence } from './evidence.ts'
import type { Facts } from './facts.ts'
import { metadataStep } from './metadata.ts'
import { kindOf, named, OPERATOR, restart, wiringAgent } from './owners.ts'
import { placedAt, placingSteps } from './placing.ts'

import { causeOf, done, failed, missing, notApplicable, waiting } from './steps.ts'
import { wiringSteps } from './wiring.ts'

export function explain(facts: Facts, evidence: Evidence): PortExplanation {
  const before = [...placingSteps(facts), ...wiringSteps(facts, evidence), ...dhcpSteps(facts, evidence)]
  const steps = [...before, reported(facts, before), metadataStep(facts, evidence), novaTold(facts)]
  const { id, name, status } = facts.port
  return { port_id: id, name, status, steps, cause: causeOf(steps) }
}

/** The status says what the agents have reported, and the blocks who has not. */
function reported(facts: Facts, before: readonly Step[]): Step {
  const { port, blocks, history } = facts
  if (kindOf(port.device_owner) === 'none') return notApplicable('reported', 'nothing plugs it')
  if (port.status === 'ACTIVE') {
    const at = history.findLast(({ detail }) => detail?.status === 'ACTIVE')?.at ?? null
    return done('reported', 'the port is ACTIVE', { at })
  }
  const since = history.findLast(({ detail }) => detail?.status === port.status)?.at ?? placedAt(facts)
  const details = { status: port.status, blocks: [...blocks] }
  if (port.status === 'ERROR') {
    return failed('reported', 'the port is in ERROR', { owner: OPERATOR, since, details })
  }
  const agent = wiringAgent(facts)
  const silent = [
    ...(blocks.includes('L2') && agent ? [named(agent)] : []),
    ...(blocks.includes('DHCP') ? facts.dhcpAgents.map(named) : []),
  ]
  const evidence =
    silent.length > 0
      ? `the port is ${port.status}: ${silent.join(' and ')} did not report it ready`
      : `the port is ${port.status}`
  if (before.some(({ state }) => ['missing', 'failed', 'waiting'].includes(state)) || !agent) {
    return waiting('reported', evidence, { since, details })
  }
  return missing('reported', evidence, { owner: silent[0] ?? named(agent), mend: restart(agent), since, details })
}

function novaTold({ port }: Facts): Step {
  const reason =
    kindOf(port.device_owner) === 'instance'
      ? 'this release tells Nova nothing of ports: nova-compute sees that the device is plugged'
      : 'it is not an instance of Nova'
  return notApplicable('nova', reason)
}
