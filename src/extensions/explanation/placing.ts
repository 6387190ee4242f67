/**
 * The steps that the database alone knows: made, switched on, addressed, placed on a host, bound there, told to its
 * agent. Pure.
 */
import type { JsonObject } from '#base/json.ts'
import type { Segment } from '#ml2/driver.ts'
import type { Step } from './contract.ts'
import type { Facts, KnownAgent } from './facts.ts'
import {
  isoOf,
  kindOf,
  NETWORK_OWNER,
  named,
  OPERATOR,
  PORT_OWNER,
  plugger,
  restart,
  SERVER,
  wiringAgent,
} from './owners.ts'
import { after, counted, done, failed, missing, notApplicable, unknown, waiting } from './steps.ts'

/** Until then what agents are to be told is on its way. */
const TELLING_MS_MAX = 10_000
const WIRING = 'port_wiring'

export function placingSteps(facts: Facts): Step[] {
  return [created(facts), enabled(facts), addressed(facts), placed(facts), agentLives(facts), bound(facts), told(facts)]
}

function created({ port }: Facts): Step {
  const named = port.name ? `${port.name}, ` : ''
  const of = port.device_owner
    ? `of ${port.device_owner}${port.device_id ? ` ${port.device_id}` : ''}`
    : 'of nobody yet'
  return done('created', `${named}${port.mac_address}, ${of}`, { at: port.created_at })
}

function enabled({ port, network }: Facts): Step {
  if (!port.admin_state_up) {
    const mend = `neutron port-update ${port.id} --admin-state-up True`
    return missing('enabled', 'the port is administratively down', { owner: PORT_OWNER, mend, since: port.updated_at })
  }
  if (!network.admin_state_up) {
    const mend = `neutron net-update ${network.id} --admin-state-up True`
    const owner = NETWORK_OWNER
    return missing('enabled', `its network ${network.id} is administratively down`, {
      owner,
      mend,
      since: network.updated_at,
    })
  }
  return done('enabled', 'port and network are administratively up', { at: port.created_at })
}

function addressed({ port, subnets, history }: Facts): Step {
  if (port.fixed_ips.length === 0) return notApplicable('addressed', 'the port was made without an address')
  const cidrs = new Map(subnets.map(({ id, cidr }) => [id, cidr]))
  const texts = port.fixed_ips.map(
    ({ ip_address, subnet_id }) => `${ip_address} of ${cidrs.get(subnet_id) ?? subnet_id}`,
  )
  const changed = history.findLast(({ resource, detail }) => resource === WIRING && detail?.addressed === true)
  return done('addressed', texts.join(', '), { at: changed?.at ?? port.created_at })
}

function placed({ port }: Facts): Step {
  const host = port['binding:host_id']
  if (host) return done('placed', `it goes to host ${host}`, { at: port.created_at })
  if (kindOf(port.device_owner) === 'none') {
    return notApplicable('placed', 'a floating IP is no device: the router that has it answers for it')
  }
  const owner = plugger({ port })
  return missing('placed', `no host was named for it (binding:host_id): ${owner} does`, {
    owner,
    since: port.created_at,
  })
}

function agentLives(facts: Facts): Step {
  const { port, wiringTypes, now } = facts
  const host = port['binding:host_id']
  if (!host) return unplaced(facts, 'agent')
  const agent = wiringAgent(facts)
  if (!agent) {
    const binary = 'neutron-openvswitch-agent'
    const evidence = `no ${wiringTypes.join(' or ')} has ever reported from host ${host}`
    return missing('agent', evidence, { owner: OPERATOR, mend: restart({ binary, host }), since: placedAt(facts) })
  }
  const heartbeat = isoOf(agent.heartbeat_timestamp)
  if (agent.alive) {
    const details = { id: agent.id, heartbeat }
    return done('agent', `${named(agent)} is alive`, { at: isoOf(agent.started_at), details })
  }
  const seconds = Math.round((now - Date.parse(heartbeat)) / 1000)
  return missing('agent', `${named(agent)} is dead: it reported ${seconds} s ago for the last time`, {
    owner: OPERATOR,
    mend: restart(agent),
    since: heartbeat,
    details: { id: agent.id, heartbeat },
  })
}

function unplaced({ port }: Facts, step: 'agent' | 'bound' | 'told'): Step {
  return kindOf(port.device_owner) === 'none' ? notApplicable(step, 'nothing plugs it') : after(step, 'placed')
}

function bound(facts: Facts): Step {
  const { port, verdicts } = facts
  const host = port['binding:host_id']
  if (!host) return unplaced(facts, 'bound')
  const vif = port['binding:vif_type']
  if (vif !== 'unbound' && vif !== 'binding_failed') {
    const to = facts.bound
      ? `by ${facts.bound.driver} to ${facts.bound.segment ? said(facts.bound.segment) : 'a segment that is gone'}`
      : 'to no segment'
    return done('bound', `as ${vif} ${to}`, { at: placedAt(facts) })
  }
  const agent = wiringAgent(facts)
  const details: JsonObject = {
    vif_type: vif,
    drivers: verdicts.drivers.map(({ driver, verdict }) => ({
      driver,
      reason: verdict.bound ? null : verdict.reason,
    })),
    segments: verdicts.segments.map(said),
    ...(agent ? { agent_reaches: reachOf(agent) } : {}),
  }
  const since = placedAt(facts)
  if (verdicts.drivers.some(({ verdict }) => verdict.bound)) {
    const mend = `neutron port-update ${port.id} --binding:host_id ${host}`
    const evidence = `it is ${vif}, though a driver would bind it now: any update of the port binds it`
    return failed('bound', evidence, { owner: OPERATOR, mend, since, details })
  }
  if (verdicts.segments.length === 0) {
    return failed('bound', 'its network has no segment to bind it to', { owner: OPERATOR, since, details })
  }
  return failed('bound', refusals(facts, agent), { owner: OPERATOR, mend: reachable(facts, agent), since, details })
}

/** Each driver's reason, and what the agent would have to reach. */
function refusals({ verdicts }: Facts, agent: KnownAgent | null): string {
  const reasons = verdicts.drivers.map(({ driver, verdict }) => `${driver}: ${verdict.bound ? '' : verdict.reason}`)
  const reach = agent?.alive ? `; the agent reaches ${reachOf(agent) || 'nothing'}` : ''
  return `${reasons.join('; ') || 'no driver is configured'} (${verdicts.segments.map(said).join(', ')}${reach})`
}

function reachable({ verdicts }: Facts, agent: KnownAgent | null): string | null {
  if (!agent?.alive) return null
  const [segment] = verdicts.segments
  if (!segment) return null
  const file = `openvswitch_agent.ini on ${agent.host}`
  return segment.physical_network === null
    ? `[agent] tunnel_types = ${segment.network_type} in ${file}, and restart the agent`
    : `[ovs] bridge_mappings = ${segment.physical_network}:<bridge> in ${file}, and restart the agent`
}

export function said({ network_type, physical_network, segmentation_id }: Segment): string {
  return [network_type, physical_network, segmentation_id].filter((part) => part !== null).join(' ')
}

function reachOf({ configurations }: KnownAgent): string {
  const { bridge_mappings, tunnel_types } = configurations
  const physical = Object.keys((bridge_mappings ?? {}) as JsonObject)
  return [...physical, ...(Array.isArray(tunnel_types) ? tunnel_types.map(String) : [])].join(', ')
}

/** When the port came to the host it is on. */
export function placedAt({ port, history }: Facts): string {
  return (
    history.findLast(({ resource, detail }) => resource === WIRING && detail?.moved === true)?.at ?? port.created_at
  )
}

function told(facts: Facts): Step {
  const { port, untold, now } = facts
  if (!port['binding:host_id']) return unplaced(facts, 'told')
  if (untold === null) return unknown('told', 'no server has begun to tell agents')
  const [first] = untold.lines
  if (!first) return done('told', 'every change of the port was told to the agents', { at: placedAt(facts) })
  const evidence = `${counted(untold.lines.length, 'change')} of the port not told to the agents yet`
  const more = { owner: SERVER, since: first.at }
  return now - Date.parse(first.at) < TELLING_MS_MAX
    ? waiting('told', evidence, more)
    : missing('told', evidence, { ...more, mend: "see neutron-server's log for 'agents not told'" })
}
