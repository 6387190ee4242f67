/**
 * The address by which the client reached the API, for links: the Host header, or what a trusted proxy says, or the
 * operator's prefix. Pure. Source: oslo.middleware's http_proxy_to_wsgi, where `Forwarded` goes
 * before its elder relatives; option `network_link_prefix`.
 */
import type { IncomingHttpHeaders } from 'node:http'

export interface AddressOptions {
  /** Trust X-Forwarded-*. */
  readonly proxied: boolean
  readonly linkPrefix: string | null
  /** For a request without a Host header. */
  readonly fallbackHost: string
}

/** A host and nothing that could lead a link elsewhere. */
const HOST = /^[a-z0-9.:_[\]-]{1,255}$/i

/** Scheme, host and path prefix: `http://host:9696`. */
export function baseUrl(headers: IncomingHttpHeaders, { proxied, linkPrefix, fallbackHost }: AddressOptions): string {
  if (linkPrefix) return linkPrefix.replace(/\/+$/, '')
  const forwarded = (name: string) => (proxied ? first(headers[name]) : null)
  const said = forwarded('forwarded')
  const proto = (said === null ? forwarded('x-forwarded-proto') : partOf(said, 'proto'))?.toLowerCase()
  const host = (said === null ? forwarded('x-forwarded-host') : partOf(said, 'host')) ?? headers.host ?? ''
  const prefix = forwarded('x-forwarded-prefix')?.replace(/\/+$/, '') ?? ''
  const path = /^(?:\/[\w.~%-]+)*$/.test(prefix) ? prefix : ''
  return `${proto === 'https' ? 'https' : 'http'}://${HOST.test(host) ? host : fallbackHost}${path}`
}

/** `host` of `for=192.0.2.1;host="api.example";proto=https` (RFC 7239). */
function partOf(forwarded: string, name: string): string | null {
  for (const part of forwarded.split(';')) {
    const [, key, quoted, plain] = /^\s*(\w+)=(?:"([^"]*)"|(\S*))\s*$/.exec(part) ?? []
    if (key?.toLowerCase() === name) return quoted ?? plain ?? null
  }
  return null
}

/** The outermost proxy's word, when several have added theirs. */
function first(header: string | string[] | undefined): string | null {
  const text = Array.isArray(header) ? header[0] : header
  return text?.split(',')[0]?.trim() || null
}
