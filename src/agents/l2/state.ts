/**
 * What the Open vSwitch agent brings about on a host, as data: bridges, the links between them, tunnels, the tags of
 * ports, the flows of bridges. `HostState` is both what is wanted and what is found.
 */
import type { Flow } from '#linux/openflow/flow.ts'
import type { SecurityGroupInfo, SecurityRule } from '#rpc/contract/l2.ts'

type Strings = { readonly [key: string]: string }

export interface BridgeState {
  readonly datapath_type: string
  readonly fail_mode: 'secure' | null
  readonly mac_table_size: string
  readonly igmp_snooping: boolean
}

/** A patch or tunnel port. */
export interface LinkState {
  readonly bridge: string
  readonly type: string
  readonly options: Strings
}

/** A port of an instance, router or DHCP server. */
export interface TagState {
  readonly tag: number | null
  /** The keys that the local VLAN is known again by after a restart; none for a port in the dead VLAN. */
  readonly other_config: Strings
}

export interface HostState {
  /** By name, as are links and ports. */
  readonly bridges: ReadonlyMap<string, BridgeState>
  readonly links: ReadonlyMap<string, LinkState>
  readonly ports: ReadonlyMap<string, TagState>
  /** By bridge. Of flows found, only the cookies are known. */
  readonly flows: ReadonlyMap<string, ReadonlyMap<string, Flow | null>>
  /** Local VLANs in use. */
  readonly vlans: ReadonlySet<number>
  /** The local VLAN, and so the conntrack zone, of each filtered port by its OpenFlow number. */
  readonly zones: ReadonlyMap<number, number>
}

/** A network as this host reaches it. */
export interface Segment {
  readonly network_id: string
  readonly network_type: string
  readonly physical_network: string | null
  readonly segmentation_id: number | null
}

/** What filters a port. */
export interface PortSecurity {
  readonly rules: readonly SecurityRule[]
  /** Members of the groups and address groups its rules name. */
  readonly members: ReadonlyMap<string, SecurityGroupInfo['sg_member_ips'][string]>
}

/** A port that is on the host and that the server wants connected. */
export interface WiredPort {
  readonly port_id: string
  /** The device's name. */
  readonly name: string
  readonly ofport: number
  readonly vlan: number
  readonly segment: Segment
  readonly mac: string
  readonly fixed_ips: readonly string[]
  readonly pairs: readonly { readonly mac: string; readonly ip: string }[]
  /** Null: a port of the network itself, or one without port security; it is not filtered. */
  readonly security: PortSecurity | null
}

/** A port as the database of Open vSwitch has it. */
export interface Plugged {
  readonly name: string
  readonly port_id: string
  readonly ofport: number
  readonly tag: number | null
  readonly other_config: Strings
}

export type Step =
  | {
      readonly do: 'change-bridges'
      readonly bridges: ReadonlyMap<string, BridgeState>
      readonly links: ReadonlyMap<string, LinkState>
      /** Names of links that are no longer wanted, or are made anew. */
      readonly remove: readonly string[]
    }
  | {
      readonly do: 'change-flows'
      readonly bridge: string
      readonly add: readonly Flow[]
      readonly remove: readonly string[]
    }
  | { readonly do: 'tag-ports'; readonly ports: ReadonlyMap<string, TagState> }
  | { readonly do: 'forget-cut-connections'; readonly zones: readonly number[] }
  | { readonly do: 'release-vlans'; readonly vlans: readonly number[] }
