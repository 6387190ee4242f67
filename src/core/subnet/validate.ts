/**
 * What a subnet may be: every rule that needs nothing but the subnet itself. Pure.
 * Source: Networking API v2.0, "Subnets"; texts are upstream's.
 */
import { type Cidr, cidrContains, parseCidr, parseIp } from '#base/ip.ts'
import { InvalidInput } from '#resource/errors.ts'
import { checkGateway, isAutoAddress } from './addressing.ts'
import { DNSNameServersExhausted, HostRoutesExhausted } from './errors.ts'
import type { HostRoute, Subnet } from './tables.ts'

export interface Limits {
  readonly max_dns_nameservers: number
  readonly max_subnet_host_routes: number
}

/** A subnet as asked for; what was not sent is absent. On update the fixed attributes are filled in. */
export type Wanted = Pick<Subnet, 'id' | 'ip_version' | 'cidr'> & Partial<Subnet>

const MULTICAST = { 4: parseCidr('224.0.0.0/4')!, 6: parseCidr('ff00::/8')! } as const
const LOOPBACK = { 4: parseCidr('127.0.0.0/8')!, 6: parseCidr('::1/128')! } as const
/** The longest prefix that leaves room for a DHCP server and a client. */
const DHCP_LENGTH_MAX = { 4: 30, 6: 126 } as const

/**
 * `current` is the subnet before an update, null on create.
 * @throws InvalidInput, DNSNameServersExhausted, HostRoutesExhausted
 */
export function checkSubnet(wanted: Wanted, current: Subnet | null, limits: Limits): void {
  const version = wanted.ip_version
  checkVersion(version, wanted.cidr, 'cidr')
  const cidr = parseCidr(wanted.cidr)!
  if (version === 6 && cidr.first === 0n) refuse("IPv6 subnet '::' is not supported")
  if (wanted.enable_dhcp && !current?.enable_dhcp) checkDhcp(cidr)
  if (wanted.gateway_ip) {
    checkVersion(version, wanted.gateway_ip, 'gateway_ip')
    checkGateway(wanted.gateway_ip, cidr)
  }
  const subnet_id = current ? current.id : 'new subnet'
  if (wanted.dns_nameservers) {
    if (wanted.dns_nameservers.length > limits.max_dns_nameservers) {
      throw DNSNameServersExhausted({ subnet_id, quota: limits.max_dns_nameservers })
    }
    for (const server of wanted.dns_nameservers) checkVersion(version, server, 'dns_nameserver')
  }
  if (wanted.host_routes) {
    if (wanted.host_routes.length > limits.max_subnet_host_routes) {
      throw HostRoutesExhausted({ subnet_id, quota: limits.max_subnet_host_routes })
    }
    for (const route of wanted.host_routes) checkRoute(version, route)
  }
  if (version === 4) refuseIpv6Modes(wanted)
  else if (current) checkModesKept(wanted, current)
  else checkIpv6Modes(wanted, cidr)
}

function checkDhcp(cidr: Cidr): void {
  if (cidr.length > DHCP_LENGTH_MAX[cidr.version]) {
    refuse('Subnet has a prefix length that is incompatible with DHCP service enabled')
  }
  const inside = (block: Cidr) => cidrContains(block, { version: cidr.version, value: cidr.first })
  if (inside(MULTICAST[cidr.version])) refuse('Multicast IP subnet is not supported if enable_dhcp is True')
  if (inside(LOOPBACK[cidr.version])) refuse('Loopback IP subnet is not supported if enable_dhcp is True')
  if (cidr.version === 4 && cidr.first === 0n) {
    refuse("First IP '0.0.0.0' of network is not supported if enable_dhcp is True.")
  }
}

function checkRoute(version: 4 | 6, { destination, nexthop }: HostRoute): void {
  checkVersion(version, nexthop, 'nexthop')
  checkVersion(version, destination, 'destination')
}

function checkVersion(version: 4 | 6, address: string, name: string): void {
  const given = address.includes('/') ? parseCidr(address) : parseIp(address)
  if (given?.version !== version) refuse(`${name} '${address}' does not match the ip_version '${version}'`)
}

function refuseIpv6Modes(wanted: Wanted): void {
  if (wanted.ipv6_ra_mode) refuse('ipv6_ra_mode is not valid when ip_version is 4')
  if (wanted.ipv6_address_mode) refuse('ipv6_address_mode is not valid when ip_version is 4')
}

function checkIpv6Modes(wanted: Wanted, cidr: Cidr): void {
  const { ipv6_ra_mode: ra = null, ipv6_address_mode: address = null } = wanted
  if (ra === null && address === null) return
  if (wanted.enable_dhcp === false) {
    refuse('ipv6_ra_mode or ipv6_address_mode cannot be set when enable_dhcp is set to False')
  }
  if (ra !== null && address !== null && ra !== address) {
    refuse(
      `ipv6_ra_mode set to '${ra}' with ipv6_address_mode set to '${address}' is not valid. ` +
        'If both attributes are set, they must be the same value',
    )
  }
  if (isAutoAddress({ ipv6_ra_mode: ra, ipv6_address_mode: address }) && cidr.length !== 64) {
    refuse(
      `Invalid CIDR ${wanted.cidr} for IPv6 address mode. ` +
        'OpenStack uses the EUI-64 address format, which requires the prefix to be /64',
    )
  }
}

function checkModesKept(wanted: Wanted, current: Subnet): void {
  if (wanted.enable_dhcp === false && (current.ipv6_ra_mode || current.ipv6_address_mode)) {
    refuse('Cannot disable enable_dhcp with ipv6 attributes set')
  }
}

function refuse(error_message: string): never {
  throw InvalidInput({ error_message })
}
