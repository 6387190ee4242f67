/**
 * Service types: whose ports may have an address of a subnet, by device owner. Pure.
 * Source: Networking API v2.0, "Subnets", `service_types`; texts are upstream's.
 */
import type { Json } from '#base/json.ts'
import { HTTPBadRequest } from '#resource/errors.ts'
import { said } from '#resource/types.ts'
import { InvalidInputSubnetServiceType, InvalidSubnetServiceType } from './errors.ts'
import type { Subnet } from './tables.ts'

/** Upstream takes the last prefix apart: a type may also begin with any letter of it, as `manila:share` does. */
const PREFIXES = ['network:', 'neutron:', ...'compute:']
const TYPE_MAX = 255
const DHCP = 'network:dhcp'

type Served = Pick<Subnet, 'service_types' | 'enable_dhcp'>

/** The attribute as sent, checked; whatever is empty means any owner. @throws the errors of a type that is none. */
export function toServiceTypes(value: Json): Json {
  if (isEmpty(value)) return []
  if (!Array.isArray(value)) throw HTTPBadRequest({ message: 'Subnet service types must be a list.' })
  for (const service_type of value as readonly Json[]) {
    if (typeof service_type !== 'string') throw InvalidInputSubnetServiceType({ service_type: said(service_type) })
    const fits = PREFIXES.some((prefix) => service_type.startsWith(prefix)) && service_type.length <= TYPE_MAX
    if (!fits) throw InvalidSubnetServiceType({ service_type })
  }
  return [...new Set(value as readonly string[])]
}

function isEmpty(value: Json): boolean {
  return (
    value === null ||
    value === false ||
    value === 0 ||
    (typeof value === 'object' && Object.keys(value).length === 0) ||
    value === ''
  )
}

/** Whether a port of that owner may have an address there. Where there is DHCP, so may whoever serves it. */
export function mayServe({ service_types, enable_dhcp }: Served, owner: string): boolean {
  return service_types.length === 0 || service_types.includes(owner) || (enable_dhcp && owner === DHCP)
}

/** The subnets a port of that owner may have addresses of: those meant for it before those for anybody. */
export function subnetsFor<S extends Served>(subnets: readonly S[], owner: string): S[] {
  const [meant, open]: [S[], S[]] = [[], []]
  for (const subnet of subnets) {
    if (mayServe(subnet, owner)) (subnet.service_types.length > 0 ? meant : open).push(subnet)
  }
  return [...meant, ...open]
}
