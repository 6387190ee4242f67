/**
 * What a router on a host is, as one value: wanted (from the server's answer) and present (from the host) have the same
 * shape, so they can be compared and planned between. Pure.
 */
import type { Tables } from '#linux/iptables.ts'
import { renderConfig } from '#linux/radvd.ts'
import type { RouterInfo } from '#rpc/contract/l3.ts'
import { advertisements } from './advertisements.ts'
import { chains } from './chains.ts'
import { devices } from './devices.ts'
import { type Device, mergeParts, type Route, type RouterFragment, type Settings } from './fragment.ts'
import { metadataAccess } from './metadata-access.ts'
import { multihoming } from './multihoming.ts'
import { nat } from './nat.ts'
import { portForwarding } from './port-forwarding.ts'
import { scopeNat, scopes } from './scopes.ts'

/** What is kept on disk of a router: what is ours, and what is owed to the network by an agent that was killed. */
export interface RouterRecord {
  /** Names of devices this agent made or is about to make. */
  readonly devices: readonly string[]
  /**
   * What has changed its translation: `<address>`, or `<protocol> <address> <port>[:<last port>]` of a port forwarding.
   * Connections to it are to be forgotten.
   */
  readonly forget: readonly string[]
  /** `<device> <address>`: neighbours are to be told. */
  readonly announce: readonly string[]
}

export interface RouterState {
  readonly netns: string
  /** Whether the namespace is there. */
  readonly exists: boolean
  /** Null: the host has none; the router was not made by this agent, or is not there. */
  readonly record: RouterRecord | null
  readonly sysctls: { readonly [key: string]: string }
  /** By name. On the host: only those that are up, within the namespace. */
  readonly devices: readonly Device[]
  /** CIDRs by device, sorted. */
  readonly addresses: { readonly [device: string]: readonly string[] }
  readonly routes: readonly Route[]
  /** Ours: those of our priorities, sorted. */
  readonly rules: readonly string[]
  readonly iptables: Tables
  /** What radvd has read and announces; null: none is wanted, or none lives. */
  readonly advertisements: string | null
}

export type Step =
  | { readonly do: 'remember'; readonly record: RouterRecord }
  | { readonly do: 'create-netns' }
  | { readonly do: 'set-sysctls'; readonly values: { readonly [key: string]: string } }
  | { readonly do: 'unplug-devices'; readonly names: readonly string[] }
  | { readonly do: 'plug-devices'; readonly devices: readonly Device[] }
  | { readonly do: 'run-ip'; readonly lines: readonly string[] }
  | { readonly do: 'write-iptables'; readonly tables: Tables }
  | { readonly do: 'forget-connections'; readonly to: readonly string[] }
  | { readonly do: 'announce'; readonly announce: readonly string[] }
  | { readonly do: 'advertise'; readonly config: string }
  | { readonly do: 'stop-advertising' }
  | { readonly do: 'remove-netns' }
  | { readonly do: 'forget-router' }

/** Settings of the namespace as a whole, by path below /proc/sys. */
export const NETNS_SYSCTLS: { readonly [key: string]: string } = {
  'net/ipv4/ip_forward': '1',
  'net/ipv4/conf/all/arp_ignore': '1',
  'net/ipv4/conf/all/arp_announce': '2',
  // An address that goes must not take the others of its subnet along.
  'net/ipv4/conf/all/promote_secondaries': '1',
  'net/netfilter/nf_conntrack_tcp_be_liberal': '1',
}
export const NETNS_SYSCTLS_IPV6: { readonly [key: string]: string } = { 'net/ipv6/conf/all/forwarding': '1' }

const FRAGMENTS: readonly RouterFragment[] = [
  chains,
  devices,
  advertisements,
  scopes,
  scopeNat,
  metadataAccess,
  nat,
  multihoming,
  portForwarding,
]

export function netnsName(routerId: string): string {
  return `qrouter-${routerId}`
}

/** The whole state the server's answer asks for. */
export function stateOf(router: RouterInfo, settings: Settings): RouterState {
  const parts = mergeParts(FRAGMENTS.map((fragment) => fragment(router, settings)))
  const sorted = parts.devices.toSorted(byName)
  return {
    netns: netnsName(router.id),
    exists: true,
    record: { devices: sorted.map(({ name }) => name), forget: [], announce: [] },
    sysctls: { ...NETNS_SYSCTLS, ...(settings.ipv6 ? NETNS_SYSCTLS_IPV6 : {}), ...parts.sysctls },
    devices: sorted,
    addresses: Object.fromEntries(
      Object.entries(parts.addresses).map(([device, cidrs]) => [device, [...new Set(cidrs)].sort()]),
    ),
    routes: parts.routes,
    rules: parts.rules.toSorted(),
    iptables: parts.iptables,
    advertisements: parts.advertisements.length > 0 ? renderConfig(parts.advertisements) : null,
  }
}

export function byName(a: Device, b: Device): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}
