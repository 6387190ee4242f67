/**
 * What a router may be connected to: no subnet twice, no two that overlap, and of a network's IPv6 subnets one port.
 * Pure. Source: upstream's refusals of add_router_interface and of gateways.
 */
import { cidrsOverlap, parseCidr } from '#base/ip.ts'
import type { Port } from '#core/port/tables.ts'
import type { Subnet } from '#core/subnet/tables.ts'
import { BadRequest } from '#resource/errors.ts'

export function badRouter(msg: string): Error {
  return BadRequest({ resource: 'router', msg })
}

/** `attached` are the router's ports, `subnets` those ports are on. @throws BadRequest */
export function refuseSameOrOverlapping(
  attached: readonly Port[],
  subnets: readonly Subnet[],
  added: readonly Subnet[],
): void {
  const ids = new Set(added.map(({ id }) => id))
  for (const { subnet_id } of attached.flatMap(({ fixed_ips }) => fixed_ips)) {
    if (ids.has(subnet_id)) throw badRouter(`Router already has a port on subnet ${subnet_id}`)
  }
  for (const present of subnets) {
    for (const subnet of added) {
      const [a, b] = [parseCidr(present.cidr), parseCidr(subnet.cidr)]
      if (!a || !b || !cidrsOverlap(a, b)) continue
      throw badRouter(
        `Cidr ${subnet.cidr} of subnet ${subnet.id} overlaps with cidr ${present.cidr} of subnet ${present.id}`,
      )
    }
  }
}

/** @throws BadRequest */
export function refuseSecondIpv6Port(attached: readonly Port[], port: Port): void {
  if (!hasIpv6(port)) return
  const other = attached.find((has) => has.id !== port.id && has.network_id === port.network_id && hasIpv6(has))
  if (!other) return
  throw badRouter(
    `Router already contains IPv6 port ${other.id} belonging to network id ${other.network_id}. Only one IPv6 port ` +
      'from the same network subnet can be connected to a router.',
  )
}

export function hasIpv6({ fixed_ips }: Pick<Port, 'fixed_ips'>): boolean {
  return fixed_ips.some(({ ip_address }) => ip_address.includes(':'))
}

/** A subnet whose advertisements come from elsewhere has its router elsewhere. @throws BadRequest */
export function refuseForeignRouter({ id, ip_version, ipv6_ra_mode, ipv6_address_mode }: Subnet): void {
  if (ip_version !== 6 || ipv6_ra_mode !== null || ipv6_address_mode === null) return
  throw badRouter(
    `IPv6 subnet ${id} configured to receive RAs from an external router cannot be added to Neutron Router.`,
  )
}
