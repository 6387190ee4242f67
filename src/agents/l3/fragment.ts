/**
 * How features say what a router on a host consists of: each is a pure function from the server's answer to a part of
 * the state, and the state is the merge of all parts, in their order.
 */
import type { Chains, Tables } from '#linux/iptables.ts'
import { TABLE_NAMES } from '#linux/iptables.ts'
import type { Advertisement } from '#linux/radvd.ts'
import type { RouterInfo } from '#rpc/contract/l3.ts'

/** What is the same for every router of an agent. */
export interface Settings {
  readonly metadataPort: number
  readonly enableMetadataProxy: boolean
  /** In the lower 16 bits, as iptables prints it: `0x1`. */
  readonly metadataAccessMark: string
  readonly externalIngressMark: string
  readonly ipv6Gateway: string | null
  readonly commentRules: boolean
  readonly randomFully: boolean
  /** Whether the kernel has IPv6. */
  readonly ipv6: boolean
  /** Between unasked router advertisements. */
  readonly raIntervalSeconds: { readonly min: number; readonly max: number }
}

export interface Device {
  readonly name: string
  readonly port_id: string
  readonly mac: string
  readonly mtu: number
}

export interface Route {
  readonly version: 4 | 6
  /** `default` or a CIDR. */
  readonly destination: string
  /** Next hops, sorted; empty: on the device's link. */
  readonly via: readonly string[]
  /** Null: the kernel finds it by the next hop. */
  readonly device: string | null
  /** Absent: the main one. */
  readonly table?: number
}

export interface RouterPart {
  readonly devices?: readonly Device[]
  /** CIDRs by device. */
  readonly addresses?: { readonly [device: string]: readonly string[] }
  readonly routes?: readonly Route[]
  /** IPv4 rules of routing, as they follow `ip rule add`; see linux/netlink.ts. */
  readonly rules?: readonly string[]
  readonly sysctls?: { readonly [key: string]: string }
  /** IPv4 rules; a chain named by several parts has their rules one after the other. */
  readonly iptables?: Tables
  readonly advertisements?: readonly Advertisement[]
}

export type RouterFragment = (router: RouterInfo, settings: Settings) => RouterPart

export function defineRouterFragment(fragment: RouterFragment): RouterFragment {
  return fragment
}

/** Pure. All parts as one. */
export function mergeParts(parts: readonly RouterPart[]): Required<RouterPart> {
  return {
    devices: parts.flatMap(({ devices = [] }) => devices),
    addresses: mergeLists(parts.map(({ addresses = {} }) => addresses)),
    routes: parts.flatMap(({ routes = [] }) => routes),
    rules: parts.flatMap(({ rules = [] }) => rules),
    advertisements: parts.flatMap(({ advertisements = [] }) => advertisements),
    sysctls: Object.assign({}, ...parts.map(({ sysctls }) => sysctls)),
    iptables: Object.fromEntries(
      TABLE_NAMES.flatMap((name): [string, Chains][] => {
        const chains = mergeLists(parts.map(({ iptables }) => iptables?.[name] ?? {}))
        return Object.keys(chains).length === 0 ? [] : [[name, chains]]
      }),
    ),
  }
}

function mergeLists(all: readonly { readonly [key: string]: readonly string[] }[]): { [key: string]: string[] } {
  const merged: { [key: string]: string[] } = {}
  for (const [key, items] of all.flatMap(Object.entries<readonly string[]>)) {
    merged[key] = [...(merged[key] ?? []), ...items]
  }
  return merged
}
