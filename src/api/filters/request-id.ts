/**
 * Request ids: every request gets its own; one that the caller sent in a valid form is kept beside it, as the id of the
 * larger operation. Pure but for the new id. Source: "X-Openstack-Request-Id" of the API reference.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { newRequestId } from '#base/ids.ts'

const VALID = /^req-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export function requestIds(headers: IncomingHttpHeaders): { requestId: string; globalRequestId: string | null } {
  const sent = headers['x-openstack-request-id']
  return { requestId: newRequestId(), globalRequestId: typeof sent === 'string' && VALID.test(sent) ? sent : null }
}
