/**
 * A network's steps: switched on, carried by segments, with subnets and somebody who serves DHCP, its plugged ports up.
 * What the database knows is read here, the agents are asked, the steps are decided purely.
 */
import { and, equals, isIn, not } from '#base/predicate.ts'
import { type Network, networks } from '#core/network/tables.ts'
import { type Port, ports } from '#core/port/tables.ts'
import { type Subnet, subnets } from '#core/subnet/tables.ts'
import { networkDhcpAgents } from '#extensions/dhcp_agent_scheduler/tables.ts'
import type { Segment } from '#ml2/driver.ts'
import { networkSegments } from '#ml2/tables.ts'
import type { Operation, Resources } from '#plugin/plugin.ts'
import type { NetworkExplanation, Step } from './contract.ts'
import { dhcpAgent, dhcpServers } from './dhcp.ts'
import type { Evidence } from './evidence.ts'
import { agentsWhere, type KnownAgent } from './facts.ts'
import { NETWORK_OWNER, OPERATOR } from './owners.ts'
import { said } from './placing.ts'
import { after, causeOf, counted, done, failed, missing, notApplicable } from './steps.ts'

export interface NetworkFacts {
  readonly network: Network
  readonly subnets: readonly Subnet[]
  readonly segments: readonly Segment[]
  readonly dhcpAgents: readonly KnownAgent[]
  readonly livingDhcpAgents: number
  /** Ports that a host was named for. */
  readonly placed: number
  /** How many of these are switched on and not ACTIVE, and one of them. */
  readonly down: number
  readonly firstDown: Pick<Port, 'id' | 'status' | 'updated_at'> | null
}

const AGENTS_MAX = 10
const SHOWN_MAX = 5

/** Null: there is no such network. */
export async function readNetwork(op: Operation, resources: Resources, id: string): Promise<NetworkFacts | null> {
  const { tx } = op
  const network = await tx.find(networks, { id })
  if (!network) return null
  const places = await tx.select(networkDhcpAgents, { where: equals('network_id', id), limit: AGENTS_MAX })
  const hosting = places.map(({ dhcp_agent_id }) => dhcp_agent_id)
  // Who could serve the network matters only while nobody does.
  const where = hosting.length > 0 ? isIn('id', hosting) : equals('agent_type', 'DHCP agent')
  const agents = await agentsWhere(op, resources, where)
  const onHost = and(equals('network_id', id), not(equals('binding:host_id', '')))
  const notUp = and(onHost, equals('admin_state_up', true), not(equals('status', 'ACTIVE')))
  const [firstDown = null] = await tx.select(ports, {
    where: notUp,
    sort: [{ column: 'id', direction: 'asc' }],
    limit: 1,
  })
  return {
    network,
    subnets: await tx.list(subnets, { network_id: id }),
    segments: await tx.list(networkSegments, { network_id: id }),
    dhcpAgents: hosting.length > 0 ? agents : [],
    livingDhcpAgents: agents.filter(({ alive }) => alive).length,
    placed: await tx.count(ports, onHost),
    down: await tx.count(ports, notUp),
    firstDown,
  }
}

export function explainNetwork(facts: NetworkFacts, dhcp: Evidence['dhcp']): NetworkExplanation {
  const { id, name, status, created_at } = facts.network
  const steps = [
    done('created', name || id, { at: created_at }),
    enabled(facts),
    carried(facts),
    subnetsOf(facts),
    ...served(facts, dhcp),
    portsOf(facts),
  ]
  return { network_id: id, name, status, steps, cause: causeOf(steps) }
}

function enabled({ network }: NetworkFacts): Step {
  if (network.admin_state_up) return done('enabled', 'the network is administratively up', { at: network.created_at })
  const mend = `neutron net-update ${network.id} --admin-state-up True`
  const more = { owner: NETWORK_OWNER, mend, since: network.updated_at }
  return missing('enabled', 'the network is administratively down', more)
}

function carried({ segments, network }: NetworkFacts): Step {
  if (segments.length > 0) return done('carried', `as ${segments.map(said).join(', ')}, MTU ${network.mtu}`)
  return failed('carried', 'it has no segment: nothing carries it', { owner: OPERATOR })
}

function subnetsOf({ subnets: all }: NetworkFacts): Step {
  if (all.length === 0) return notApplicable('subnets', 'it has no subnet: its ports have no address')
  const shown = all.slice(0, SHOWN_MAX).map(({ cidr, enable_dhcp }) => `${cidr}${enable_dhcp ? '' : ' (without DHCP)'}`)
  return done('subnets', shown.join(', '))
}

function served(facts: NetworkFacts, dhcp: Evidence['dhcp']): Step[] {
  if (!facts.subnets.some(({ enable_dhcp, ipv6_address_mode }) => enable_dhcp && ipv6_address_mode !== 'slaac')) {
    const none = 'no subnet of it gives addresses by DHCP'
    return [notApplicable('dhcp_agent', none), notApplicable('dhcp_server', none)]
  }
  const agent = dhcpAgent(facts)
  return [agent, agent.state === 'done' ? dhcpServers(dhcp) : after('dhcp_server', 'dhcp_agent')]
}

function portsOf({ placed, down, firstDown }: NetworkFacts): Step {
  if (placed === 0) return notApplicable('ports', 'no port of it is on a host')
  if (!firstDown) return done('ports', `all ${counted(placed, 'port')} on hosts are ACTIVE`)
  const { id, status, updated_at } = firstDown
  const evidence = `${down} of ${counted(placed, 'port')} on hosts not ACTIVE: ${id} is ${status}`
  return missing('ports', evidence, { owner: OPERATOR, mend: `neutron explain port ${id}`, since: updated_at })
}
