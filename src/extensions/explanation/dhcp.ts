/** The steps of DHCP: an agent that serves the network, its dnsmasq, the port's entry. Pure. */
import type { DhcpEvidence } from '#rpc/contract/evidence.ts'
import type { Step } from './contract.ts'
import { type Evidence, parted, type Said } from './evidence.ts'
import type { Facts } from './facts.ts'
import { isoOf, kindOf, named, OPERATOR, restart, SERVER } from './owners.ts'
import { after, done, failed, missing, notApplicable, unknown } from './steps.ts'
import { failure } from './wiring.ts'

export function dhcpSteps(facts: Facts, { dhcp }: Evidence): Step[] {
  const none = noDhcp(facts)
  if (none) return (['dhcp_agent', 'dhcp_server', 'dhcp_entry'] as const).map((step) => notApplicable(step, none))
  const agent = dhcpAgent(facts)
  const server = agent.state === 'done' ? dhcpServers(dhcp) : after('dhcp_server', 'dhcp_agent')
  if (server.state === 'unknown') return [agent, server, unknown('dhcp_entry', server.evidence)]
  if (server.state !== 'done')
    return [agent, server, after('dhcp_entry', agent.state === 'done' ? 'dhcp_server' : 'dhcp_agent')]
  return [agent, server, worst(parted(dhcp)[0].map(dhcpEntry))]
}

/** Of all that answer for the network. */
export function dhcpServers(dhcp: Evidence['dhcp']): Step {
  const [saying, silent] = parted(dhcp)
  if (saying.length > 0) return worst(saying.map(dhcpServer))
  const [broken] = silent.filter(({ told }) => told.broken)
  if (broken) {
    const evidence = `${named(broken.agent)} cannot look at its host: ${broken.told.silent}`
    const mend = `on ${broken.agent.host}: neutron doctor dhcp`
    return failed('dhcp_server', evidence, { owner: OPERATOR, mend })
  }
  return unknown('dhcp_server', silent.map((each) => `${named(each.agent)}: ${each.told.silent}`).join('; '))
}

/** Why the port's addresses do not come by DHCP; null: they do. */
function noDhcp({ port, subnets }: Facts): string | null {
  if (port.fixed_ips.length === 0) return 'the port has no address'
  if (kindOf(port.device_owner) === 'none' || port.device_owner.startsWith('network:')) {
    return `${port.device_owner} asks nobody for its address`
  }
  const served = subnets.some(({ enable_dhcp, ipv6_address_mode }) => enable_dhcp && ipv6_address_mode !== 'slaac')
  return served ? null : 'DHCP is off on the subnets of its addresses'
}

export function dhcpAgent({
  dhcpAgents,
  livingDhcpAgents,
  network,
}: Pick<Facts, 'dhcpAgents' | 'livingDhcpAgents' | 'network'>): Step {
  const living = dhcpAgents.filter(({ alive, admin_state_up }) => alive && admin_state_up)
  if (living.length > 0) {
    const dead = dhcpAgents.filter(({ alive }) => !alive)
    const more = dead.length > 0 ? ` (dead: ${dead.map(named).join(', ')})` : ''
    return done('dhcp_agent', `the network is served by ${living.map(named).join(', ')}${more}`)
  }
  const [off] = dhcpAgents.filter(({ alive }) => alive)
  if (off) {
    const mend = `neutron agent-update ${off.id} --admin-state-up True`
    return missing('dhcp_agent', `${named(off)} is administratively down`, { owner: OPERATOR, mend })
  }
  const [dead] = dhcpAgents
  if (dead) {
    const since = isoOf(dead.heartbeat_timestamp)
    return missing('dhcp_agent', `${named(dead)} serves the network and is dead`, {
      owner: OPERATOR,
      mend: restart(dead),
      since,
    })
  }
  if (livingDhcpAgents === 0) {
    const mend = 'start neutron-dhcp-agent on a network host'
    return missing('dhcp_agent', 'no DHCP agent serves the network, and none is alive', { owner: OPERATOR, mend })
  }
  const mend = `neutron dhcp-agent-network-add <agent> ${network.id}`
  return missing('dhcp_agent', 'the network was given to no DHCP agent', { owner: SERVER, mend })
}

function dhcpServer({ agent, told: { said } }: Said<DhcpEvidence>): Step {
  const owner = named(agent)
  const trying = failure(said.failing)
  const details = { plan: [...said.plan], netns: said.netns }
  if (!said.serves) {
    return missing('dhcp_server', `${owner} does not know that it serves the network${trying}`, {
      owner,
      mend: restart(agent),
      details,
    })
  }
  const { alive, wanted, died_at } = said.dnsmasq
  if (!alive && wanted) {
    const since = died_at ?? said.failing?.since ?? null
    const evidence = `dnsmasq does not run in ${said.netns}${trying}`
    return failed('dhcp_server', evidence, { owner, mend: restart(agent), since, details })
  }
  const undone = said.plan.filter((step) => !['write-files', 'signal-dnsmasq', 'release-leases'].includes(step))
  if (undone.length > 0) {
    const evidence = `${said.netns} is not as it is to be: ${undone.join(', ')}${trying}`
    return missing('dhcp_server', evidence, {
      owner,
      mend: restart(agent),
      since: said.failing?.since ?? null,
      details,
    })
  }
  return done('dhcp_server', `dnsmasq answers in ${said.netns} on ${agent.host}`, { details })
}

function dhcpEntry({ agent, told: { said } }: Said<DhcpEvidence>): Step {
  const owner = named(agent)
  const { wanted, missing: lacking } = said.entries
  const details = { hosts_file: said.hosts_file, entries: [...wanted] }
  const more = { owner, mend: restart(agent), since: said.failing?.since ?? null, details }
  if (wanted.length === 0)
    return missing('dhcp_entry', `${owner} was not told of the port${failure(said.failing)}`, more)
  if (lacking.length > 0) {
    const evidence = `${said.hosts_file} lacks '${lacking[0]}'${failure(said.failing)}`
    return missing('dhcp_entry', evidence, more)
  }
  if (!said.loaded) return missing('dhcp_entry', `dnsmasq has not read ${said.hosts_file} as it is now`, more)
  return done('dhcp_entry', `dnsmasq on ${agent.host} knows '${wanted[0]}'`, { details })
}

const ORDER: readonly Step['state'][] = ['failed', 'missing', 'waiting', 'done', 'unknown', 'not_applicable']

/** Of what several agents say of one step, what has to be acted on first. */
export function worst(steps: readonly Step[]): Step {
  return steps.toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state))[0]!
}
