/**
 * Routed networks: subnets that belong to segments have addresses only for ports on hosts that reach the segment. Here
 * is which subnets that leaves, decided before anything is allocated; segments themselves are services/segments.
 * Source: Networking API v2.0, "Segments"; error types and texts are upstream's.
 */
import { cidrContains, parseCidr, parseIp } from '#base/ip.ts'
import { isJsonObject, type JsonObject } from '#base/json.ts'
import { isIn } from '#base/predicate.ts'
import { subnetsFor } from '#core/subnet/service-types.ts'
import type { Subnet } from '#core/subnet/tables.ts'
import { IpAddressGenerationFailureNoMatchingSubnet } from '#ipam/errors.ts'
import type { Operation, Resources } from '#plugin/plugin.ts'
import {
  FixedIpsSubnetsNotOnSameSegment,
  HostConnectedToMultipleSegments,
  HostNotConnectedToAnySegment,
} from './errors.ts'
import type { Port } from './tables.ts'

/** Where a port is: its host, the empty name when it has none, and the segments that host reaches. */
export interface Place {
  readonly host: string
  readonly segments: ReadonlySet<string>
}

export const NOWHERE: Place = { host: '', segments: new Set() }
/** Its ports have addresses of every segment at once. */
const DISTRIBUTED = 'network:distributed'
const MAPPINGS = ['bridge_mappings', 'interface_mappings', 'device_mappings'] as const

interface Wanted {
  readonly subnet_id?: string
  readonly ip_address?: string
}

/** A subnet's segment; null when the network is not routed, or segments are not served. Pure. */
export function segmentOf(subnet: Subnet): string | null {
  return (subnet as { readonly segment_id?: string | null }).segment_id ?? null
}

/** The host a port is on, or is to be; empty: none. */
export function hostOf(port: Port): string {
  return (port as { readonly 'binding:host_id'?: string | null })['binding:host_id'] ?? ''
}

export function isRouted(subnets: readonly Subnet[]): boolean {
  return subnets.some((subnet) => segmentOf(subnet) !== null)
}

/**
 * The subnets a port may have addresses of, those meant for its owner first; null: that depends on its host, which it
 * does not have yet. `wanted` is what was asked for, undefined when nothing was said. Pure.
 */
export function candidates(
  { network_id, device_owner }: { readonly network_id: string; readonly device_owner: string },
  all: readonly Subnet[],
  wanted: readonly Wanted[] | undefined,
  { host, segments }: Place,
): Subnet[] | null {
  const meant = subnetsFor(all, device_owner)
  const near = (subnet: Subnet) => segmentOf(subnet) === null || segments.has(segmentOf(subnet)!)
  const found =
    host !== ''
      ? meant.filter(near)
      : wanted === undefined
        ? meant.filter((subnet) => segmentOf(subnet) === null)
        : ofOneSegment(meant, wanted, device_owner === DISTRIBUTED)
  if (host !== '' && new Set(found.flatMap((subnet) => segmentOf(subnet) ?? [])).size > 1) {
    throw HostConnectedToMultipleSegments({ host, network_id })
  }
  if (found.length > 0 || all.length === 0) return found
  if (host !== '' && isRouted(all)) throw HostNotConnectedToAnySegment({ host, network_id })
  if (meant.length > 0) return null
  throw IpAddressGenerationFailureNoMatchingSubnet({ network_id, service_type: device_owner })
}

/** What was asked for decides on the segment; something that is in no subnet is left for the plan to refuse. */
function ofOneSegment(subnets: readonly Subnet[], wanted: readonly Wanted[], several: boolean): Subnet[] {
  const found = new Set<string | null>()
  for (const { subnet_id, ip_address } of wanted) {
    if (subnet_id === undefined && ip_address === undefined) continue
    const subnet = subnets.find(({ id, cidr }) => (subnet_id ? id === subnet_id : isInside(cidr, ip_address!)))
    if (!subnet) return [...subnets]
    found.add(segmentOf(subnet))
    if (found.size > 1 && !several) throw FixedIpsSubnetsNotOnSameSegment()
  }
  if (several) return [...subnets]
  const [segment = null] = found
  return subnets.filter((subnet) => segmentOf(subnet) === segment)
}

function isInside(cidr: string, ip: string): boolean {
  const [block, address] = [parseCidr(cidr), parseIp(ip)]
  return block !== null && address !== null && block.version === address.version && cidrContains(block, address)
}

/** The physical networks an agent reported to be plugged into. Pure. */
export function physicalNetworks(configurations: unknown): string[] {
  if (!isJsonObject(configurations as never)) return []
  return MAPPINGS.flatMap((name) => {
    const mappings = (configurations as JsonObject)[name]
    return mappings !== undefined && isJsonObject(mappings) ? Object.keys(mappings) : []
  })
}

/** Which of those networks' segments each of the hosts reaches, by what its agents reported: two statements. */
export async function segmentsOfHosts(
  op: Operation,
  resources: Resources,
  networkIds: readonly string[],
  hosts: readonly string[],
): Promise<Map<string, Set<string>>> {
  const reached = new Map(hosts.map((host) => [host, new Set<string>()]))
  if (hosts.length === 0 || networkIds.length === 0) return reached
  const agents = await resources.list(op, 'agent', {
    where: isIn('host', hosts),
    fields: ['host', 'configurations'],
  })
  const segments = await resources.list(op, 'segment', {
    where: isIn('network_id', networkIds),
    fields: ['physical_network'],
  })
  for (const { host, configurations } of agents) {
    const physnets = physicalNetworks(configurations)
    for (const { id, physical_network } of segments) {
      if (physnets.includes(String(physical_network))) reached.get(String(host))!.add(String(id))
    }
  }
  return reached
}
