/** What a network is on a DHCP agent's host, wanted or found, and the steps between. Data only. */
import type { ProxyIdentity } from '#agents/metadata/headers.ts'
import type { Lease } from '#linux/dnsmasq.ts'

export interface Device {
  readonly name: string
  readonly mac: string
  readonly mtu: number
}

export interface Route {
  readonly version: 4 | 6
  /** `default` or a CIDR. */
  readonly destination: string
  /** Null: on the link. */
  readonly via: string | null
}

/** The texts dnsmasq reads again on SIGHUP. */
export interface ConfigFiles {
  readonly host: string
  readonly addn_hosts: string
  readonly opts: string
}

export interface NetworkState {
  readonly netns: string
  /** Whether the namespace is there and set up. */
  readonly namespace: boolean
  /** Wanted: exactly one. Found: every device that agents plug. */
  readonly devices: readonly Device[]
  /** `10.0.0.2/24` on the device, sorted. */
  readonly addresses: readonly string[]
  /** Sorted by version and destination. */
  readonly routes: readonly Route[]
  readonly files: ConfigFiles
  /** A digest of the files dnsmasq has read; differs while a signal is due. */
  readonly loaded: string
  /** The command line dnsmasq runs with in this namespace; null while it does not. */
  readonly dnsmasq: readonly string[] | null
  /** Wanted: the leases there may be. Found: those there are. */
  readonly leases: readonly Lease[]
}

/** Besides the state: what the steps and the turn's end need. */
export interface WantedNetwork extends NetworkState {
  readonly id: string
  readonly port_id: string
  /** IPv4 addresses of the DHCP port by CIDR: whom a DHCPRELEASE is for. */
  readonly servers: readonly { readonly cidr: string; readonly ip: string }[]
  /** Who the metadata proxy asks for; null: there is none. */
  readonly proxy: ProxyIdentity | null
  /** Ports that dnsmasq answers for, with what a change of theirs shows in. */
  readonly ports: readonly {
    readonly id: string
    readonly mac: string
    readonly ready: boolean
    readonly version: string
  }[]
  readonly counts: { readonly subnets: number; readonly ports: number }
}

export interface Change<Item> {
  readonly add: readonly Item[]
  readonly remove: readonly Item[]
}

export type Step =
  | { readonly do: 'remove-network'; readonly netns: string }
  | { readonly do: 'create-netns'; readonly netns: string }
  | { readonly do: 'unplug-devices'; readonly netns: string; readonly names: readonly string[] }
  | { readonly do: 'plug-device'; readonly netns: string; readonly device: Device; readonly port_id: string }
  | {
      readonly do: 'configure-device'
      readonly netns: string
      readonly device: string
      readonly addresses: Change<string>
      readonly routes: Change<Route>
    }
  | { readonly do: 'write-files'; readonly files: ConfigFiles }
  | {
      readonly do: 'start-dnsmasq'
      readonly netns: string
      readonly argv: readonly string[]
      readonly leases: readonly Lease[]
      readonly loaded: string
    }
  | { readonly do: 'signal-dnsmasq'; readonly loaded: string }
  | {
      readonly do: 'release-leases'
      readonly netns: string
      readonly device: string
      /** IPv4 leases with the server's address. */
      readonly leases: readonly (Lease & { readonly server: string })[]
    }
