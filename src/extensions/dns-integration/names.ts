/**
 * What `[DEFAULT] dns_domain` means for the names of ports: whether one may be chosen, whether it fits, and by which
 * names a port's addresses are looked up. Pure.
 * Source: Networking API v2.0, "DNS integration"; the messages are upstream's.
 */
import type { FixedIp } from '#core/port/tables.ts'
import { FQDN_MAX } from '#resource/dns-names.ts'

/** With this domain ports have the names made of their addresses, and no other. */
const DEFAULT_DOMAIN = 'openstacklocal.'

export interface DnsAssignment {
  readonly ip_address: string
  readonly hostname: string
  readonly fqdn: string
}

/** The configured domain with a dot at its end; empty: there is none. */
export function domainOf(configured: string): string {
  return configured === '' || configured.endsWith('.') ? configured : `${configured}.`
}

export function mayBeNamed(configured: string): boolean {
  return !['', DEFAULT_DOMAIN].includes(domainOf(configured))
}

/** Why a port cannot have that name; null: it can. */
export function misfitOf(name: string, configured: string): string | null {
  if (name === '' || !mayBeNamed(configured)) return null
  const higher = `.${domainOf(configured)}`
  if (!name.endsWith('.')) {
    return name.length + higher.length <= FQDN_MAX
      ? null
      : `The dns_name passed is a PQDN and its size is '${name.length}'. The dns_domain option in neutron.conf is set ` +
          `to ${configured}, with a length of '${higher.length}'. When the two are concatenated to form a FQDN (with ` +
          `a '.' at the end), the resulting length exceeds the maximum size of '${FQDN_MAX}'`
  }
  return name.length > higher.length && name.endsWith(higher)
    ? null
    : 'The dns_name passed is a FQDN. Its higher level labels must be equal to the dns_domain option in neutron.conf, ' +
        `that has been set to '${configured}'. It must also include one or more valid DNS labels to the left of ` +
        `'${configured}'`
}

/** The names of a port's addresses, in their order: its own, else one made of the address. */
export function assignmentsOf(name: string, fixedIps: readonly FixedIp[], configured: string): DnsAssignment[] {
  const domain = domainOf(configured)
  const own = mayBeNamed(configured) ? name : ''
  return fixedIps.map(({ ip_address }) => {
    const hostname = own || `host-${ip_address.replaceAll(/[.:]/g, '-')}`
    const fqdn = domain === '' || hostname.endsWith('.') ? hostname : `${hostname}.${domain}`
    return { ip_address, hostname, fqdn }
  })
}
