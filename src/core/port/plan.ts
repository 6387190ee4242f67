/**
 * Which addresses a port is to have: decided from what was asked and the network's subnets, before anything is
 * allocated. Pure. Source: Networking API v2.0, "Ports", `fixed_ips`; error types and texts are upstream's.
 */
import { autoAddress, isAutoAddress, isEui64, isUsable } from '#core/subnet/addressing.ts'
import type { Subnet } from '#core/subnet/tables.ts'
import type { AddressRequest } from '#ipam/allocate.ts'
import { InvalidInput } from '#resource/errors.ts'
import { AllocationOnAutoAddressSubnet, InvalidIpForNetwork, InvalidIpForSubnet } from './errors.ts'
import { candidates, NOWHERE, type Place } from './routed.ts'
import type { FixedIp } from './tables.ts'

/** Router ports that have an address of their own choice on every subnet. */
export const ROUTER_OWNERS = [
  'network:router_interface',
  'network:ha_router_replicated_interface',
  'network:router_interface_distributed',
]
/** As above, and the ports of distributed routers that translate addresses. */
export const ROUTER_OWNERS_SNAT = [...ROUTER_OWNERS, 'network:router_centralized_snat']

/** Ports of these owners go with their network, and their addresses with their subnet; any other keeps both. */
export const AUTO_DELETE_OWNERS = ['network:dhcp', 'network:distributed', 'network:floatingip_agent_gateway']

/** An entry of `fixed_ips` as sent. */
export interface WantedIp {
  readonly subnet_id?: string
  readonly ip_address?: string
}

export interface AddressedPort {
  readonly id: string
  readonly network_id: string
  readonly device_owner: string
  readonly mac_address: string
}

/**
 * What a new port asks for; `wanted` undefined: nothing was said. Subnets are the network's, oldest first. Null: the
 * port gets its addresses with its host.
 */
export function requestsFor(
  port: AddressedPort,
  wanted: readonly WantedIp[] | undefined,
  all: readonly Subnet[],
  place: Place = NOWHERE,
): AddressRequest[] | null {
  const subnets = candidates(port, all, wanted, place)
  if (subnets === null) return null
  if (wanted === undefined) return [...anyOfEachFamily(port, subnets), ...automatic(port, subnets, new Set())]
  const named = wanted.map((item) => requestFor(port, item, subnets)).filter((request) => request !== null)
  const served = new Set(named.flatMap((request) => ('ip' in request ? [request.subnetId] : [])))
  return [...named, ...automatic(port, subnets, served)]
}

function anyOfEachFamily(port: AddressedPort, subnets: readonly Subnet[]): AddressRequest[] {
  const manual = subnets.filter((subnet) => !isAutoAddress(subnet))
  return [4, 6].flatMap((version) => {
    const pools = manual.filter(({ ip_version }) => ip_version === version)
    return pools.length === 0 ? [] : [anyOf(port, pools)]
  })
}

function anyOf(port: AddressedPort, pools: readonly Subnet[]): AddressRequest {
  return { portId: port.id, networkId: port.network_id, pools, lowest: port.device_owner === 'network:dhcp' }
}

function exactly({ id, network_id }: AddressedPort, { id: subnetId }: Subnet, ip: string): AddressRequest {
  return { portId: id, networkId: network_id, subnetId, ip }
}

/** The addresses a port makes itself on subnets for that, but for those it has already. */
function automatic(port: AddressedPort, subnets: readonly Subnet[], served: ReadonlySet<string>): AddressRequest[] {
  if (ROUTER_OWNERS_SNAT.includes(port.device_owner)) return []
  return subnets
    .filter((subnet) => isAutoAddress(subnet) && !served.has(subnet.id))
    .map((subnet) => exactly(port, subnet, autoAddress(subnet, port.mac_address)))
}

/** Null where the address comes by itself: a subnet for automatic addresses that was only named. */
function requestFor(port: AddressedPort, wanted: WantedIp, subnets: readonly Subnet[]): AddressRequest | null {
  const subnet = subnetFor(port, wanted, subnets)
  const { ip_address } = wanted
  if (ip_address === undefined) {
    return isAutoAddress(subnet) && !ROUTER_OWNERS_SNAT.includes(port.device_owner) ? null : anyOf(port, [subnet])
  }
  if (
    isAutoAddress(subnet) &&
    !ROUTER_OWNERS.includes(port.device_owner) &&
    autoAddress(subnet, port.mac_address) !== ip_address
  ) {
    throw AllocationOnAutoAddressSubnet({ ip: ip_address, subnet_id: subnet.id })
  }
  return exactly(port, subnet, ip_address)
}

/** @throws InvalidInput, InvalidIpForSubnet, InvalidIpForNetwork */
function subnetFor(port: AddressedPort, { subnet_id, ip_address }: WantedIp, subnets: readonly Subnet[]): Subnet {
  if (subnets.length === 0) throw InvalidInput({ error_message: 'IP allocation requires subnets for network' })
  if (subnet_id !== undefined) {
    const subnet = subnets.find(({ id }) => id === subnet_id)
    if (!subnet) {
      throw InvalidInput({
        error_message:
          `Failed to create port on network ${port.network_id}, ` +
          `because fixed_ips included invalid subnet ${subnet_id}`,
      })
    }
    if (ip_address !== undefined && !isUsable(subnet.cidr, ip_address, port.device_owner)) {
      throw InvalidIpForSubnet({ ip_address })
    }
    return subnet
  }
  if (ip_address === undefined) {
    throw InvalidInput({ error_message: 'IP allocation requires subnet_id or ip_address' })
  }
  const subnet = subnets.find(({ cidr }) => isUsable(cidr, ip_address, port.device_owner))
  if (!subnet) throw InvalidIpForNetwork({ ip_address })
  return subnet
}

export interface AddressChanges {
  /** By their place in the new list; null: one that `requests` asks for, in order. */
  readonly slots: readonly (FixedIp | null)[]
  readonly requests: readonly AddressRequest[]
  readonly remove: readonly FixedIp[]
}

/**
 * What a change of `fixed_ips`, or of the MAC address, means for the addresses the port has. Addresses that are asked
 * for again stay; a subnet asked for without an address keeps the one it has; addresses made of a MAC follow the MAC.
 */
export function changesFor(
  port: AddressedPort,
  current: readonly FixedIp[],
  wanted: readonly WantedIp[],
  subnets: readonly Subnet[],
  macChanged: boolean,
  place: Place = NOWHERE,
): AddressChanges {
  const spare = current.filter(({ ip_address }) => !(macChanged && isEui64(ip_address)))
  const stale = current.filter((address) => !spare.includes(address))
  const take = (fits: (address: FixedIp) => boolean) => {
    const index = spare.findIndex(fits)
    return index < 0 ? null : spare.splice(index, 1)[0]!
  }
  // Addresses named in full are matched first, so that a bare subnet does not take one of them.
  const kept = new Map<WantedIp, FixedIp>()
  for (const item of wanted) {
    const same = item.ip_address !== undefined && take(({ ip_address }) => ip_address === item.ip_address)
    if (same) kept.set(item, same)
  }
  for (const item of wanted) {
    const same =
      item.ip_address === undefined && take((has) => has.subnet_id === item.subnet_id && !isEui64(has.ip_address))
    if (same) kept.set(item, same)
  }
  const stays = (address: FixedIp) =>
    !ROUTER_OWNERS_SNAT.includes(port.device_owner) &&
    subnets.some((subnet) => subnet.id === address.subnet_id && isAutoAddress(subnet))
  const left = spare.filter(stays)
  return laidOut(port, wanted, candidates(port, subnets, wanted, place) ?? [], {
    kept,
    left,
    remove: [...stale, ...spare.filter((has) => !stays(has))],
  })
}

function laidOut(
  port: AddressedPort,
  wanted: readonly WantedIp[],
  subnets: readonly Subnet[],
  {
    kept,
    left,
    remove,
  }: { kept: ReadonlyMap<WantedIp, FixedIp>; left: readonly FixedIp[]; remove: readonly FixedIp[] },
): AddressChanges {
  const slots: (FixedIp | null)[] = []
  const requests: AddressRequest[] = []
  const served = new Set(left.map(({ subnet_id }) => subnet_id))
  for (const item of wanted) {
    const same = kept.get(item)
    if (same) {
      slots.push(same)
      served.add(same.subnet_id)
      continue
    }
    // An address that followed the old MAC was sent back as it was read: the new MAC's comes in its place.
    if (remove.some(({ ip_address }) => ip_address === item.ip_address)) continue
    const request = requestFor(port, item, subnets)
    if (!request) continue
    if ('ip' in request) served.add(request.subnetId)
    slots.push(null)
    requests.push(request)
  }
  const more = automatic(port, subnets, served)
  return { slots: [...slots, ...left, ...more.map(() => null)], requests: [...requests, ...more], remove }
}
