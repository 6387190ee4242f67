/**
 * Discovery: versions at `/`, the core resources at `/v2.0/`, extensions, and the health check. Pure.
 * Source: Networking API v2.0, "API versions", "Extensions"; oslo.middleware's healthcheck.
 */
import { errorType } from '#base/errors.ts'
import type { Catalogue } from '#resource/catalogue.ts'
import { HTTPMethodNotAllowed, HTTPNotFound, type Reply } from './faults.ts'

const CORE: readonly string[] = ['network', 'subnet', 'subnetpool', 'port']

const ExtensionUnknown = errorType('HTTPNotFound', 404, 'Extension with alias %(alias)s does not exist')

/** `base` is scheme, host and prefix: `http://host:9696`. */
export function versionList(method: string, base: string): Reply {
  if (method !== 'GET') throw HTTPMethodNotAllowed()
  const links = [{ rel: 'self', href: `${base}/v2.0/` }]
  return json({ versions: [{ id: 'v2.0', status: 'CURRENT', links }] })
}

/** `url` as it was asked for; upstream has this page with the slash only. */
export function coreResources(method: string, url: string, { resources }: Catalogue): Reply {
  if (!url.endsWith('/')) throw HTTPNotFound()
  if (method !== 'GET') throw HTTPMethodNotAllowed()
  const known = CORE.flatMap((name) => resources.get(name) ?? [])
  return json({
    resources: known.map(({ name, collection }) => ({
      links: [{ rel: 'self', href: `${url}${collection}` }],
      name,
      collection,
    })),
  })
}

/** Everything but GET is "not found" there, by tradition. */
export function extensions(method: string, alias: string | null, { listed }: Catalogue): Reply {
  if (method !== 'GET') throw HTTPNotFound()
  if (alias === null) return json({ extensions: listed })
  const extension = listed.find((each) => each.alias === alias)
  if (!extension) throw ExtensionUnknown({ alias })
  return json({ extension })
}

export interface HealthQuestion {
  readonly method: string
  readonly accept: string
  readonly detailed: boolean
  /** Whether the operator has taken the server out of service. */
  readonly disabled: boolean
}

/** The process answers, so it is well, unless the operator says otherwise. */
export function healthcheck({ method, accept, detailed, disabled }: HealthQuestion): Reply {
  const reason = disabled ? 'DISABLED BY FILE' : 'OK'
  const status = disabled ? 503 : 200
  if (method === 'HEAD') return { status: disabled ? 503 : 204, body: null }
  if (method !== 'GET') throw HTTPMethodNotAllowed()
  if (accept.includes('application/json')) return { status, body: JSON.stringify({ detailed, reasons: [reason] }) }
  return { status, body: reason, headers: { 'content-type': 'text/plain; charset=UTF-8' } }
}

function json(body: unknown): Reply {
  return { status: 200, body: JSON.stringify(body) }
}
