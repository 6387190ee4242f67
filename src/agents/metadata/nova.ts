/**
 * What the metadata agent tells Nova and makes of its answers. Pure. Source: reference of agents and RPC, §16; RFC 2104
 * (HMAC); Nova's metadata API refuses an instance whose signature does not match with 403.
 */
import { createHmac } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { ProxyIdentity } from './headers.ts'
import type { Instance } from './instance.ts'

/** Lower-case hexadecimal HMAC-SHA256 of the instance's id. */
export function signInstance(secret: string, instanceId: string): string {
  return createHmac('sha256', secret).update(instanceId).digest('hex')
}

/** Who asks, as the proxy says; null when it says nothing or two things: then somebody may lie. */
export function identityOf(headers: IncomingHttpHeaders): { identity: ProxyIdentity; address: string } | null {
  const router_id = headers['x-neutron-router-id']
  const network_id = headers['x-neutron-network-id']
  const address = headers['x-forwarded-for']
  if (typeof address !== 'string' || address === '') return null
  if (typeof router_id === 'string' && network_id === undefined) return { identity: { router_id }, address }
  if (typeof network_id === 'string' && router_id === undefined) return { identity: { network_id }, address }
  return null
}

/** All the headers Nova gets: nothing of what the instance sent. */
export function novaHeaders(instance: Instance, address: string, secret: string): Record<string, string> {
  return {
    'X-Forwarded-For': address,
    'X-Instance-ID': instance.id,
    'X-Tenant-ID': instance.project_id,
    'X-Instance-ID-Signature': signInstance(secret, instance.id),
  }
}

export interface Refusal {
  readonly status: number
  readonly text: string
}

const SECRETS = 'This response usually occurs when shared secrets do not match.'
const TEXTS: Readonly<Record<number, string>> = {
  400: 'The server could not comply with the request since it is either malformed or otherwise incorrect.',
  403: `The remote metadata server responded with Forbidden. ${SECRETS}`,
  404: 'The resource could not be found.',
  409: 'There was a conflict when trying to complete your request.',
  413: 'The body of your request was too large for this server.',
  500: 'Remote metadata server experienced an internal server error.',
  502: 'Bad gateway.',
  503: 'The server is currently unavailable. Please try again at a later time.',
  504: 'The gateway has timed out.',
}
const PASSED_ON: readonly number[] = [400, 403, 404, 409, 500, 502, 503, 504]

/** What the instance is told for an answer of Nova's that is not 200. */
export function refusalOf(status: number): Refusal {
  return refusal(PASSED_ON.includes(status) ? status : 500)
}

export function refusal(status: number, text = TEXTS[status] ?? 'An unknown error has occurred.'): Refusal {
  return { status, text }
}
