/** The steps on the port's host: its device on the switch, the device's MTU, its flows. Pure. */
import type { Failing, L2Evidence } from '#rpc/contract/evidence.ts'
import type { Step, StepName } from './contract.ts'
import type { Evidence } from './evidence.ts'
import type { Facts, KnownAgent } from './facts.ts'
import { kindOf, named, OPERATOR, PORT_OWNER, plugger, restart } from './owners.ts'
import { placedAt } from './placing.ts'
import { after, counted, done, failed, missing, notApplicable, unknown, waiting } from './steps.ts'

const STEPS = ['plugged', 'mtu', 'wired'] as const
/** What Open vSwitch writes where it has no number for a device it could not make. */
const FAILED_OFPORT = -1

export function wiringSteps(facts: Facts, { wiring }: Evidence): Step[] {
  if (kindOf(facts.port.device_owner) === 'none') return STEPS.map((step) => notApplicable(step, 'nothing plugs it'))
  if (!wiring) {
    const earlier: StepName = facts.bound ? 'agent' : 'bound'
    return STEPS.map((step) => after(step, earlier))
  }
  const { agent, told } = wiring
  if ('silent' in told && told.broken) {
    const evidence = `${named(agent)} cannot look at its switch: ${told.silent}`
    const mend = `on ${agent.host}: neutron doctor switch`
    return [failed('plugged', evidence, { owner: OPERATOR, mend }), after('mtu', 'plugged'), after('wired', 'plugged')]
  }
  if ('silent' in told) return STEPS.map((step) => unknown(step, `${named(agent)}: ${told.silent}`))
  const { said } = told
  return [plugged(facts, said), mtu(facts, said), wired(facts, agent, said)]
}

function plugged(facts: Facts, { device, integration_bridge: bridge }: L2Evidence): Step {
  const { port, history } = facts
  const owner = plugger(facts)
  const since = placedAt(facts)
  const mend = replug(facts)
  if (!device) {
    const evidence = `no interface on ${bridge} says iface-id=${port.id}`
    return missing('plugged', evidence, { owner, since, mend })
  }
  const { name, ofport, error } = device
  const details = { ...device }
  if (error !== null || ofport === FAILED_OFPORT) {
    const reason = error ?? 'it has no OpenFlow number'
    return failed('plugged', `Open vSwitch could not open ${name}: ${reason}`, { owner, since, mend, details })
  }
  if (ofport === null) return waiting('plugged', `Open vSwitch is making ${name}`, { owner, since, details })
  const seen = history.find(({ detail, at }) => detail?.status === 'BUILD' && at >= since)
  return done('plugged', `${name} is port ${ofport} of ${bridge}`, { at: seen?.at ?? null, details })
}

function replug(facts: Facts): string | null {
  const { device_id, device_owner, 'binding:host_id': host } = facts.port
  switch (kindOf(device_owner)) {
    case 'instance':
      return device_id ? `openstack server reboot --hard ${device_id}` : null
    case 'dhcp':
      return restart({ binary: 'neutron-dhcp-agent', host })
    case 'router':
      return restart({ binary: 'neutron-l3-agent', host })
    default:
      return null
  }
}

/** Larger is no fault: whoever uses the device is told the network's by DHCP or by Nova. */
function mtu(facts: Facts, { device }: L2Evidence): Step {
  const { network, port } = facts
  if (!device) return after('mtu', 'plugged')
  if (device.mtu === null) return unknown('mtu', `Open vSwitch does not say the MTU of ${device.name}`)
  const details = { device: device.mtu, network: network.mtu }
  if (device.mtu >= network.mtu) {
    return done('mtu', `${device.name} lets packets of ${device.mtu} bytes pass, its network ${network.mtu}`, {
      details,
    })
  }
  return failed('mtu', `the MTU of ${device.name} is ${device.mtu}, that of its network ${network.mtu}`, {
    owner: plugger(facts),
    mend: `on ${port['binding:host_id']}: ip link set dev ${device.name} mtu ${network.mtu}`,
    details,
  })
}

function wired(facts: Facts, agent: KnownAgent, said: L2Evidence): Step {
  const { device, known, unreachable, admin_state_up } = said
  if (!device || device.ofport === null || device.ofport < 1) return after('wired', 'plugged')
  const owner = named(agent)
  const since = null
  const details = { flows: { ...said.flows }, lacking: [...said.lacking] } as unknown as Step['details']
  if (!known) {
    return missing('wired', `${owner} has not asked the server what the port is to be${failure(said.failing)}`, {
      owner,
      since,
      mend: restart(agent),
    })
  }
  if (unreachable !== null) {
    return failed('wired', `${owner} has no way to the network (${unreachable})`, {
      owner: OPERATOR,
      mend: `[ovs] bridge_mappings or [agent] tunnel_types on ${agent.host}, and restart the agent`,
    })
  }
  if (admin_state_up === false) {
    return missing('wired', `${device.name} is in the dead VLAN: the port is administratively down`, {
      owner: PORT_OWNER,
      mend: `neutron port-update ${facts.port.id} --admin-state-up True`,
    })
  }
  const lack = lackOf(said)
  if (lack) {
    const mend = `${restart(agent)} (it reads all flows again by itself within 5 minutes)`
    return missing('wired', `${lack}${failure(said.failing)}`, {
      owner,
      mend,
      since: said.failing?.since ?? null,
      details,
    })
  }
  const rules = said.rules === null ? 'not filtered' : counted(said.rules, 'security group rule')
  const evidence = `${counted(said.flows.wanted, 'flow')} in place, local VLAN ${device.tag}, ${rules}`
  return done('wired', evidence, { details })
}

/** What of the flows, tags and links is not there; null: nothing. */
function lackOf({ flows, lacking }: L2Evidence): string | null {
  const [first] = flows.examples
  if (first) {
    const share = `${flows.missing} of ${counted(flows.wanted, 'flow')}`
    return `${share} ${flows.missing === 1 ? 'is' : 'are'} missing, on ${first.bridge}: ${first.flow}`
  }
  return lacking.length > 0 ? `not as it is to be: ${lacking.join(', ')}` : null
}

export function failure(failing: Failing | null): string {
  return failing ? ` (tried ${counted(failing.times, 'time')} since ${failing.since}: ${failing.error})` : ''
}
