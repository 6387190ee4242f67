/** Who is answerable for what: whoever plugs a port, the agents of its host, the operator. Pure. */
import type { Facts, KnownAgent } from './facts.ts'

export const OPERATOR = 'the operator'
export const PORT_OWNER = "the port's owner"
export const NETWORK_OWNER = "the network's owner"
export const ROUTER_OWNER = "the router's owner"
export const FLOATING_IP_OWNER = "the floating IP's owner"
export const SERVER = 'neutron-server'

/** What a port is of. `none`: nothing ever plugs it (a floating IP's). */
export type Kind = 'instance' | 'dhcp' | 'router' | 'none' | 'other'

export function kindOf(device_owner: string): Kind {
  if (device_owner.startsWith('compute:')) return 'instance'
  if (device_owner === 'network:dhcp') return 'dhcp'
  if (device_owner === 'network:floatingip') return 'none'
  return device_owner.startsWith('network:') ? 'router' : 'other'
}

/** Who puts the port's device onto the host's switch. */
export function plugger({ port }: Pick<Facts, 'port'>): string {
  const host = port['binding:host_id']
  const on = host ? ` on ${host}` : ''
  switch (kindOf(port.device_owner)) {
    case 'instance':
      return `nova-compute${on}`
    case 'dhcp':
      return `neutron-dhcp-agent${on}`
    case 'router':
      return `neutron-l3-agent${on}`
    default:
      return port.device_owner ? `${port.device_owner}${on}` : `whoever plugs the port${on}`
  }
}

export function named({ binary, host }: Pick<KnownAgent, 'binary' | 'host'>): string {
  return `${binary} on ${host}`
}

/** The command that brings a dead agent back. */
export function restart({ binary, host }: Pick<KnownAgent, 'binary' | 'host'>): string {
  return `on ${host}: systemctl restart ${binary}`
}

/** The L2 agent of the port's host that wires it; the first one where none lives. */
export function wiringAgent({ agents, wiringTypes }: Pick<Facts, 'agents' | 'wiringTypes'>): KnownAgent | null {
  const able = agents.filter(({ agent_type }) => wiringTypes.includes(agent_type))
  return able.find(({ alive }) => alive) ?? able[0] ?? null
}

/** An agent's time, `2016-08-01 12:00:00`, as everything else is written. */
export function isoOf(spaced: string): string {
  return `${spaced.replace(' ', 'T').slice(0, 19)}Z`
}
