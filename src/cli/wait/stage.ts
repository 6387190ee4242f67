/**
 * How far an object is on its way to being in use: reached, on the way, or failed. Pure.
 * Source: Networking API v2.0, `status` of networks, ports, routers, floating IPs and trunks; `provisioning_status` of
 * load balancers.
 */
import type { JsonObject } from '#base/json.ts'

export interface Stage {
  readonly state: 'reached' | 'waiting' | 'failed'
  /** `DOWN (not bound to a host)`. */
  readonly text: string
}

const GOOD = new Set(['ACTIVE', 'ALLOCATED', 'ONLINE', 'INACTIVE'])

/** What has no status is as it should be. */
export function stageOf(resource: string, object: JsonObject): Stage {
  const status = object.provisioning_status ?? object.status
  if (typeof status !== 'string' || status === '') return { state: 'reached', text: 'there' }
  if (/ERROR|FAILED/i.test(status)) return { state: 'failed', text: status }
  if (object['binding:vif_type'] === 'binding_failed') return { state: 'failed', text: `${status} (binding failed)` }
  if (GOOD.has(status.toUpperCase())) return { state: 'reached', text: status }
  if (object.admin_state_up === false) return { state: 'reached', text: `${status} (administratively down)` }
  if (resource === 'floatingip' && !object.port_id) return { state: 'reached', text: `${status} (not associated)` }
  const why = resource === 'port' ? whyDown(object) : ''
  return { state: 'waiting', text: why === '' ? status : `${status} (${why})` }
}

function whyDown(port: JsonObject): string {
  if (port['binding:host_id'] === '') return 'not bound to a host'
  if (port['binding:vif_type'] === 'unbound') return 'not bound'
  const host = port['binding:host_id']
  return typeof host === 'string' ? `on ${host}` : ''
}
