/**
 * A subnet's addresses as decisions: which may be used, where the gateway is, what the pools are. Pure.
 * Source: Networking API v2.0, "Subnets"; RFC 4291 (IPv6 has no broadcast), RFC 4862 §5.5.3 (auto-configuration wants
 * /64).
 */
import { type Cidr, cidrContains, eui64, formatIp, type IpRange, parseCidr, parseIp } from '#base/ip.ts'
import { InvalidInput } from '#resource/errors.ts'
import {
  GatewayConflictWithAllocationPools,
  InvalidAllocationPool,
  OutOfBoundsAllocationPool,
  OverlappingAllocationPools,
} from './errors.ts'
import type { AllocationPool, Subnet } from './tables.ts'

const HIGHEST = { 4: (1n << 32n) - 1n, 6: (1n << 128n) - 1n } as const
const AUTO_MODES: readonly unknown[] = ['slaac', 'dhcpv6-stateless']
/** Where a router's own address is, the subnet's first address is a usable one. */
const ROUTER_OWNERS = [
  'network:router_interface',
  'network:ha_router_replicated_interface',
  'network:router_interface_distributed',
  'network:router_centralized_snat',
  'network:router_gateway',
]

/** Whether hosts make their own address of the prefix and their MAC. */
export function isAutoAddress(subnet: Pick<Subnet, 'ipv6_address_mode' | 'ipv6_ra_mode'>): boolean {
  return AUTO_MODES.includes(subnet.ipv6_address_mode) || AUTO_MODES.includes(subnet.ipv6_ra_mode)
}

/** The address of a MAC on a subnet for automatic addresses. */
export function autoAddress({ cidr }: Pick<Subnet, 'cidr'>, mac: string): string {
  return eui64(parseCidr(cidr)!, mac)
}

/** Whether the address is made of a MAC. */
export function isEui64(ip: string): boolean {
  const address = parseIp(ip)
  return address?.version === 6 && ((address.value >> 24n) & 0xffffn) === 0xfffen
}

/** Whether a port of that owner may have the address: never the network's or broadcast address of an IPv4 subnet. */
export function isUsable(cidr: string, ip: string, owner: string): boolean {
  const [block, address] = [parseCidr(cidr)!, parseIp(ip)]
  if (!address || !cidrContains(block, address)) return false
  if (block.version === 4) return address.value !== block.first && (block.length > 30 || address.value !== block.last)
  return owner === '' || ROUTER_OWNERS.includes(owner) || address.value !== block.first
}

/**
 * The gateway nobody named: for IPv6 the block's first address (the anycast address of its routers, RFC 4291), for IPv4
 * the one after, even where the block has only one.
 */
export function defaultGateway({ version, first, last }: Cidr): string {
  if (version === 6) return formatIp(version, first)
  return formatIp(version, first === HIGHEST[version] ? last : first + 1n)
}

/**
 * The pools nobody named: the block without the network's own address, IPv4's broadcast address and the gateway, lowest
 * first. Blocks of one or two IPv4 addresses (RFC 3021) are whole.
 */
export function defaultPools(cidr: Cidr, gateway: string | null): AllocationPool[] {
  const { first, last } = cidr.first === cidr.last ? cidr : usable(cidr)
  const held = gateway === null ? null : parseIp(gateway)!.value
  const ranges: IpRange[] =
    held === null || held < first || held > last || first === last
      ? [{ first, last }]
      : [
          { first, last: held - 1n },
          { first: held + 1n, last },
        ]
  return ranges
    .filter((range) => range.first <= range.last)
    .map((range) => ({ start: formatIp(cidr.version, range.first), end: formatIp(cidr.version, range.last) }))
}

function usable({ version, first, last, length }: Cidr): IpRange {
  if (version === 6) return { first: first + 1n, last }
  return length > 30 ? { first, last } : { first: first + 1n, last: last - 1n }
}

/** @throws InvalidAllocationPool, OutOfBoundsAllocationPool, OverlappingAllocationPools */
export function checkPools(pools: readonly AllocationPool[], cidrText: string): void {
  const cidr = parseCidr(cidrText)!
  const bounds = usable(cidr)
  const ranges = pools.map((pool) => {
    const [start, end] = [parseIp(pool.start)!, parseIp(pool.end)!]
    const named = { pool: nameOf(pool) }
    if (start.version !== end.version || start.value > end.value) throw InvalidAllocationPool({ pool: { ...pool } })
    if (start.version !== cidr.version) throw InvalidAllocationPool(named)
    if (start.value < bounds.first || end.value > bounds.last) {
      throw OutOfBoundsAllocationPool({ ...named, subnet_cidr: cidrText })
    }
    return { first: start.value, last: end.value, ...named }
  })
  ranges.sort((a, b) => (a.first < b.first ? -1 : 1))
  for (const [index, range] of ranges.entries()) {
    const next = ranges[index + 1]
    if (next && next.first <= range.last) {
      throw OverlappingAllocationPools({ pool_1: range.pool, pool_2: next.pool, subnet_cidr: cidrText })
    }
  }
}

/** @throws GatewayConflictWithAllocationPools when a pool holds the gateway. */
export function checkGatewayOutside(gateway: string, pools: readonly AllocationPool[]): void {
  const { value, version } = parseIp(gateway)!
  const holder = pools.find(({ start, end }) => {
    const [first, last] = [parseIp(start)!, parseIp(end)!]
    return first.version === version && first.value <= value && value <= last.value
  })
  if (holder) throw GatewayConflictWithAllocationPools({ ip_address: gateway, pool: nameOf(holder) })
}

/** @throws InvalidInput when the gateway is the network's or the broadcast address of an IPv4 subnet. */
export function checkGateway(gateway: string, cidr: Cidr): void {
  const address = parseIp(gateway)!
  if (cidr.version !== 4 || !cidrContains(cidr, address)) return
  if (address.value === cidr.first || address.value === cidr.last) {
    throw InvalidInput({ error_message: 'Gateway is not valid on subnet' })
  }
}

function nameOf({ start, end }: AllocationPool): string {
  return `${start}-${end}`
}
