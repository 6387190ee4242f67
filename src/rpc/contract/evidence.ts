/**
 * What the server asks agents about a port when somebody wants to know why it does not work: an addition of this
 * project's own on the agents' own topics. An agent that does not know the method refuses it, or answers null. Nothing
 * is changed on the host.
 */
import { contract, method } from '#rpc/rpc.ts'

/** A turn of the agent that has not come to its end. */
export interface Failing {
  readonly error: string
  readonly times: number
  /** ISO 8601, UTC, whole seconds. */
  readonly since: string
}

export interface L2Evidence {
  /** Null: no device on the integration bridge says that it is this port. */
  readonly device: {
    readonly name: string
    readonly ofport: number | null
    readonly error: string | null
    readonly admin_state: string | null
    readonly link_state: string | null
    /** Null where Open vSwitch cannot say: a device in a namespace of its own, or not of the kernel. */
    readonly mtu: number | null
    /** The local VLAN. */
    readonly tag: number | null
  } | null
  readonly integration_bridge: string
  /** The port is not this host's by what the agent was told, or it was told nothing yet. */
  readonly known: boolean
  readonly admin_state_up: boolean | null
  /** `vlan physnet2`: the network this host has no way to. */
  readonly unreachable: string | null
  /** Bridges, links and tags that are not as the port needs them, by name. */
  readonly lacking: readonly string[]
  readonly flows: {
    readonly wanted: number
    readonly missing: number
    /** Flows on the same bridges that the agent does not know. */
    readonly foreign: number
    /** Some of those missing, as ovs-ofctl writes them. */
    readonly examples: readonly { readonly bridge: string; readonly flow: string }[]
  }
  /** How it is filtered: the rules that are let through; null: not at all. */
  readonly rules: number | null
  readonly failing: Failing | null
}

export interface DhcpEvidence {
  /** Whether the agent serves the network. */
  readonly serves: boolean
  readonly netns: string
  /** What is left to do for the network, as the agent's plan names it. */
  readonly plan: readonly string[]
  readonly dnsmasq: { readonly alive: boolean; readonly died_at: string | null; readonly wanted: boolean }
  /** Lines of the hosts file that the port needs. */
  readonly entries: { readonly wanted: readonly string[]; readonly missing: readonly string[] }
  /** Whether dnsmasq has read the files as they are. */
  readonly loaded: boolean
  readonly hosts_file: string
  /** `router`: a router's proxy answers. */
  readonly proxy: 'listening' | 'missing' | 'none'
  readonly failing: Failing | null
}

export interface RouterEvidence {
  /** Whether the agent hosts the router. */
  readonly serves: boolean
  readonly netns: string
  /** Its namespace or a device of it has gone. */
  readonly damaged: boolean
  /** The proxy that takes the instances' metadata requests; `none`: the options say so. */
  readonly proxy: 'listening' | 'missing' | 'none'
  readonly failing: Failing | null
}

export interface MetadataEvidence {
  /** The status Nova answered a request for this instance with just now; null: it was not reached. */
  readonly nova: { readonly url: string; readonly status: number | null; readonly error: string | null } | null
  /** What this instance was answered before, by status. */
  readonly answered: { readonly [status: string]: number }
  readonly last_at: string | null
}

export const l2Evidence = contract('q-agent-notifier-port-update', '1.4', {
  explain_port: method<{ port_id: string }, L2Evidence | null>('1.0'),
})
export const dhcpEvidence = contract('dhcp_agent', '1.0', {
  explain_port: method<{ network_id: string; port_id: string }, DhcpEvidence | null>('1.0'),
})
export const routerEvidence = contract('l3_agent', '1.4', {
  explain_port: method<{ router_id: string }, RouterEvidence | null>('1.0'),
})
export const metadataEvidence = contract('metadata_agent', '1.0', {
  explain_port: method<{ instance_id: string; project_id: string; address: string }, MetadataEvidence | null>('1.0'),
})
