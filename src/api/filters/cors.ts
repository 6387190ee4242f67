/**
 * Cross-origin requests: off unless the operator names origins. Pure.
 * Source: the Fetch standard, "CORS protocol"; oslo.middleware's `[cors]` options.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { corsOptions } from '#api/options.ts'
import type { Values } from '#config/options.ts'

export type CorsOptions = Values<typeof corsOptions>

/** The headers of an answer; null when the request is of no origin that is allowed. */
export function corsHeaders(
  { origin }: IncomingHttpHeaders,
  { allowed_origin, allow_credentials, expose_headers }: CorsOptions,
): { [name: string]: string } | null {
  if (origin === undefined || !(allowed_origin.includes(origin) || allowed_origin.includes('*'))) return null
  return {
    'access-control-allow-origin': origin,
    vary: 'Origin',
    ...(allow_credentials ? { 'access-control-allow-credentials': 'true' } : {}),
    ...(expose_headers.length > 0 ? { 'access-control-expose-headers': expose_headers.join(',') } : {}),
  }
}

/** What a preflight is answered with besides; null when it asks for what is not allowed. */
export function preflightHeaders(
  headers: IncomingHttpHeaders,
  { allow_methods, allow_headers, max_age }: CorsOptions,
): { [name: string]: string } | null {
  const method = headers['access-control-request-method']
  if (method === undefined || !allow_methods.includes(method)) return null
  const known = new Set([...allow_headers, ...SIMPLE_HEADERS].map((name) => name.toLowerCase()))
  const asked = (headers['access-control-request-headers'] ?? '').split(',').map((name) => name.trim().toLowerCase())
  if (!asked.every((name) => name === '' || known.has(name))) return null
  return {
    'access-control-max-age': String(max_age),
    'access-control-allow-methods': method,
    'access-control-allow-headers': asked.join(','),
  }
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
