/**
 * What a client is told when a request fails: every error becomes `{"NeutronError": {type, message, detail}}`, and no
 * stack, statement or path ever leaves. Pure.
 * Source: Networking API v2.0, "Faults"; texts of 404, 405, 413 and 501 as upstream's web framework has them.
 */
import { errorType, WireError } from '#base/errors.ts'
import { InUse, MissingReference, StoreBusy } from '#store/errors.ts'
import { DuplicateKey } from '#store/store.ts'

export const HTTPNotFound = errorType('HTTPNotFound', 404, 'The resource could not be found.')
export const HTTPMethodNotAllowed = errorType(
  'HTTPMethodNotAllowed',
  405,
  'The server could not comply with the request since it is either malformed or otherwise incorrect.',
)
export const HTTPRequestEntityTooLarge = errorType(
  'HTTPRequestEntityTooLarge',
  413,
  'The body of your request was too large for this server.',
)
export const HTTPRequestHeaderFieldsTooLarge = errorType(
  'HTTPRequestHeaderFieldsTooLarge',
  431,
  'The headers of your request were too large for this server.',
)
export const PolicyNotAuthorized = errorType('PolicyNotAuthorized', 403, '%(rule)s is disallowed by policy')
const ServiceUnavailable = errorType('ServiceUnavailable', 503, 'The service is unavailable.')
const Conflict = errorType('Conflict', 409, 'The request conflicts with an object that exists.')
const HTTPInternalServerError = errorType(
  'HTTPInternalServerError',
  500,
  'Request Failed: internal server error while processing your request.',
)

export interface Reply {
  readonly status: number
  /** JSON text; null: no body. */
  readonly body: string | null
  readonly headers?: { readonly [name: string]: string }
  /** In place of a body: text as it comes, until it ends or `gone` says that nobody reads any more. Must be read. */
  readonly stream?: (gone: AbortSignal) => AsyncIterable<string>
}

/** Whether it is nobody's fault but ours, and belongs in the log with its stack. */
export function isUnexpected(error: unknown): boolean {
  return wireErrorOf(error).status === 500
}

export function replyOfError(error: unknown): Reply {
  const { status, type, message, detail } = wireErrorOf(error)
  const body = JSON.stringify({ NeutronError: { type, message, detail } })
  // Other 503s last longer than a second: an allocation range that is used up, say.
  return error instanceof StoreBusy ? { status, body, headers: { 'retry-after': '1' } } : { status, body }
}

/** A refused show of an object that the caller's project owns answers without the wrapper. */
export const BARE_NOT_FOUND: Reply = {
  status: 404,
  body: JSON.stringify({ type: 'HTTPNotFound', message: 'The resource could not be found.', detail: '' }),
}

function wireErrorOf(error: unknown): WireError {
  if (error instanceof WireError) return error
  if (error instanceof StoreBusy) return ServiceUnavailable()
  if (error instanceof DuplicateKey || error instanceof InUse || error instanceof MissingReference) return Conflict()
  return HTTPInternalServerError()
}
