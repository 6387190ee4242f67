/**
 * What is printed when a service refuses: the Networking API's errors as neutronclient prints them, the Identity API's
 * as keystoneauth does. Pure. Source: Networking API v2.0, "Faults"; Identity API v3, "Errors"; observed output.
 */
import { pythonRepr } from '#base/errors.ts'
import { isJsonObject, type Json } from '#base/json.ts'
import { HttpError } from '#cli/errors.ts'
import { pythonText } from '#cli/output/python.ts'

// Not imported, for what that would load beside it: see ./http.ts.
const { STATUS_CODES } = process.getBuiltinModule('node:http')

export interface Refusal {
  readonly status: number
  /** The words behind the status. */
  readonly reason: string
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

export function networkingFault(refusal: Refusal): HttpError {
  const { status, headers } = refusal
  const { type, message } = networkingMessage(refusal)
  const id = headers['x-openstack-request-id']
  const ids = id === undefined ? '' : `\nNeutron server returns request_ids: ${pythonRepr([id])}`
  return new HttpError(`${message}${ids}`, status, type)
}

function networkingMessage(refusal: Refusal): { type: string; message: string } {
  const { status, reason, text } = refusal
  const shown = text === '' ? reason : text
  const body = parsed(shown)
  if (body === undefined) return { type: '', message: shown }
  if (!isJsonObject(body)) return { type: '', message: `${status}-${pythonText(body)}` }
  const fault = body.NeutronError
  if (isJsonObject(fault) && fault.type !== undefined && typeof fault.message === 'string') {
    const detail = typeof fault.detail === 'string' && fault.detail !== '' ? `\n${fault.detail}` : ''
    return { type: String(fault.type), message: `${fault.message}${detail}` }
  }
  if (fault) return { type: '', message: pythonText(fault) }
  // The keystone middleware in front of the API speaks the Identity API's language.
  if (isJsonObject(body.error)) return { type: '', message: identityText(refusal) }
  return { type: '', message: String(body.message || `${status}-${pythonText(body)}`) }
}

export function identityFault(refusal: Refusal): HttpError {
  const id = refusal.headers['x-openstack-request-id']
  const requestId = id === undefined ? '' : ` (Request-ID: ${id})`
  return new HttpError(`${identityText(refusal)}${requestId}`, refusal.status)
}

function identityText({ status, text }: Refusal): string {
  const body = parsed(text)
  const error = isJsonObject(body) ? body.error : undefined
  const said = isJsonObject(error) ? error.message : undefined
  const usual = isJsonObject(body) ? 'Unrecognized schema in response body.' : (STATUS_CODES[status] ?? 'HTTP Error')
  return `${typeof said === 'string' && said !== '' ? said : usual} (HTTP ${status})`
}

/** Undefined: it is no JSON. Whole numbers that a `number` would round are a `bigint`: they are only shown. */
export function parsed(text: string): Json | undefined {
  try {
    return (/\d{16}/.test(text) ? JSON.parse(text, exact) : JSON.parse(text)) as Json
  } catch {
    return undefined
  }
}

function exact(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const isRounded = Number.isInteger(value) && !Number.isSafeInteger(value)
  return isRounded && /^-?\d+$/.test(context?.source ?? '') ? BigInt(context!.source!) : value
}
