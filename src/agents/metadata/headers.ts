/**
 * Headers of a metadata request on its way from an instance: what the proxy takes away and what it adds. Pure.
 * Source: Nova's metadata API behind Neutron's proxy, as observed: identity travels in X-Forwarded-For,
 * X-Neutron-Router-ID or X-Neutron-Network-ID, then X-Instance-ID, X-Tenant-ID and X-Instance-ID-Signature.
 */
import type { IncomingHttpHeaders } from 'node:http'

/** Where the instance's request was caught. */
export type ProxyIdentity = { readonly router_id: string } | { readonly network_id: string }

const HOP_BY_HOP: readonly string[] = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
]
/** By these Nova or the metadata agent would believe who asks; an instance may not say it itself. */
const FORGEABLE = /^x-(?:neutron|instance|tenant|ovn|metadata|forwarded|real-ip|project)/

/**
 * The request's headers for the metadata agent: identity as the proxy knows it, nothing the instance could forge. WSGI
 * takes `_` for `-`, so both spellings are refused.
 */
export function proxiedHeaders(
  headers: IncomingHttpHeaders,
  peer: string,
  identity: ProxyIdentity,
): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {}
  const named = new Set(String(headers.connection ?? '').split(/\s*,\s*/))
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || HOP_BY_HOP.includes(name) || named.has(name)) continue
    if (!FORGEABLE.test(name.replaceAll('_', '-'))) kept[name] = value
  }
  kept['x-forwarded-for'] = plainAddress(peer)
  if ('router_id' in identity) kept['x-neutron-router-id'] = identity.router_id
  else kept['x-neutron-network-id'] = identity.network_id
  return kept
}

/** An IPv4 address a dual-stack socket shows as `::ffff:10.0.0.5`, and a zone, made plain. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
}
