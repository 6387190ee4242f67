/**
 * Cross-origin requests: off unless the operator names origins. Pure.
 * Source: the Fetch standard, "CORS protocol"; oslo.middleware's `[cors]` options and what its filter answers.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { corsOptions } from '#api/options.ts'
import type { Values } from '#config/options.ts'

export type CorsOptions = Values<typeof corsOptions>

type Headers = { [name: string]: string }

/** What any answer has besides; null when the request is of no origin that is allowed, or none is. */
export function corsHeaders({ origin }: IncomingHttpHeaders, options: CorsOptions): Headers | null {
  const { allow_credentials, expose_headers } = options
  const allowed = allowedOrigin(origin, options)
  if (allowed === null) return null
  return {
    vary: 'Origin',
    'access-control-allow-origin': allowed,
    ...(allow_credentials ? { 'access-control-allow-credentials': 'true' } : {}),
    ...(expose_headers.length > 0 ? { 'access-control-expose-headers': expose_headers.join(',') } : {}),
  }
}

/** The head of the answer to a preflight request; without any of these it tells the browser no. */
export function preflightHeaders(headers: IncomingHttpHeaders, options: CorsOptions): Headers {
  const { allow_credentials, allow_methods, allow_headers, max_age } = options
  const allowed = allowedOrigin(headers.origin, options)
  const method = headers['access-control-request-method']
  if (allowed === null || method === undefined || !allow_methods.includes(method)) return {}
  const known = new Set([...allow_headers, ...SIMPLE_HEADERS].map((name) => name.toLowerCase()))
  const asked = (headers['access-control-request-headers'] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  if (!asked.every((name) => known.has(name.toLowerCase()))) return {}
  return {
    vary: 'Origin',
    'access-control-allow-origin': allowed,
    ...(allow_credentials ? { 'access-control-allow-credentials': 'true' } : {}),
    ...(max_age > 0 ? { 'access-control-max-age': String(max_age) } : {}),
    'access-control-allow-methods': method,
    ...(asked.length > 0 ? { 'access-control-allow-headers': asked.join(',') } : {}),
  }
}

function allowedOrigin(origin: string | undefined, { allowed_origin }: CorsOptions): string | null {
  if (origin === undefined) return null
  if (allowed_origin.includes(origin)) return origin
  return allowed_origin.includes('*') ? '*' : null
}

const SIMPLE_HEADERS: readonly string[] = [
  'Accept',
  'Accept-Language',
  'Content-Type',
  'Cache-Control',
  'Content-Language',
  'Expires',
  'Last-Modified',
  'Pragma',
]
