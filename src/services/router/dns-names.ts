/**
 * Names of floating IPs: a name and its domain, or neither. They are kept and shown; nothing publishes them.
 * Source: Networking API v2.0, "Floating IPs", `dns_name`, `dns_domain`; refusals in upstream's words.
 */
import { BadRequest } from '#resource/errors.ts'
import type { FloatingIp } from './tables.ts'

/** @throws BadRequest */
export function refuseHalfAName({ dns_name, dns_domain }: Partial<FloatingIp>): void {
  if (Boolean(dns_name) === Boolean(dns_domain)) return
  const [has, lacks] = dns_name ? ['dns_name', 'dns_domain'] : ['dns_domain', 'dns_name']
  throw BadRequest({ resource: 'floatingip', msg: `${has} cannot be specified without a ${lacks}` })
}
