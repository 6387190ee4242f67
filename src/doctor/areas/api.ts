/** The server's API and the identity it believes, asked as a client asks them. */

import { common } from '#config/common.ts'
import { defineOptions, string } from '#config/options.ts'
import { askHttp } from '#doctor/ask-http.ts'
import { textOf } from '#doctor/examine.ts'
import type { Check, Verdict } from '#doctor/finding.ts'
import { good, lacking, note } from '#doctor/finding.ts'
import { hasRole, type Site } from '#doctor/site.ts'
import { identityOptions } from '#identity/options.ts'

/** Of an outer Keystone nobody else reads it yet. */
const keystone = defineOptions('keystone_authtoken', {
  www_authenticate_uri: string({ help: 'Where clients get tokens.' }),
})

const server = (site: Site) => hasRole(site, 'server')

export const api: readonly Check[] = [
  {
    area: 'api',
    subject: 'Networking API',
    why: 'Nobody can ask for a network or a port while it does not answer.',
    applies: server,
    check: networking,
  },
  {
    area: 'api',
    subject: 'health check',
    why: 'A load balancer sends nothing to a server that says it is not healthy.',
    applies: server,
    check: health,
  },
  {
    area: 'api',
    subject: 'identity',
    why: 'Without it every request is refused with 401.',
    applies: server,
    check: identity,
  },
]

/** Where tokens come from; null: nobody is configured. */
export function identityUrl({ config, roles }: Site): string | null {
  if (!roles.has('server') || config.of(common).auth_strategy === 'noauth') return null
  const { enabled, bind_host, bind_port } = config.of(identityOptions)
  return enabled ? `http://${reachable(bind_host)}:${bind_port}/v3` : config.of(keystone).www_authenticate_uri
}

/** An address to connect to, for one that is listened on. Pure. */
export function reachable(bindHost: string): string {
  if (bindHost === '0.0.0.0' || bindHost === '') return '127.0.0.1'
  if (bindHost === '::') return '[::1]'
  return bindHost.includes(':') ? `[${bindHost}]` : bindHost
}

function apiUrl({ config }: Site): string {
  const { bind_host, bind_port } = config.of(common)
  return `http://${reachable(bind_host)}:${bind_port}`
}

async function networking(site: Site, signal: AbortSignal): Promise<Verdict> {
  const url = apiUrl(site)
  const started = performance.now()
  try {
    const { status, body } = await askHttp(`${url}/`, {}, signal)
    const ms = Math.round(performance.now() - started)
    if (/"v2\.0"/.test(body)) return good(`${url} lists v2.0 after ${ms} ms`)
    const mend = `ss -ltnp sport = :${site.config.of(common).bind_port}`
    return lacking(`what answers at ${url} (${status}) is not the Networking API`, mend)
  } catch (error) {
    const log = 'neutron-server; its log says why it does not run'
    return lacking(`nothing answers at ${url}: ${textOf(error)}`, site.restart('server'), log)
  }
}

async function health(site: Site, signal: AbortSignal): Promise<Verdict> {
  const { status, body } = await askHttp(`${apiUrl(site)}/healthcheck`, { headers: { accept: 'text/plain' } }, signal)
  if (status === 200) return good('200 OK')
  return note(`${status} ${body.trim().slice(0, 100)}`, 'remove the file of [healthcheck] disable_by_file_path')
}

async function identity(site: Site, signal: AbortSignal): Promise<Verdict> {
  const { config } = site
  if (config.of(common).auth_strategy === 'noauth') {
    return note('auth_strategy = noauth: everybody who reaches the API is an administrator')
  }
  const url = identityUrl(site)
  const own = config.of(identityOptions).enabled
  if (url === null) {
    return lacking('neither [identity] enabled nor [keystone_authtoken] www_authenticate_uri is set', 'set one of them')
  }
  try {
    const { status } = await askHttp(url, {}, signal)
    const evidence = `${url} answers ${status}`
    if (!own) return lacking(`${evidence}, but tokens of an outer Keystone are not served by this release`)
    return status < 400 ? good(evidence) : lacking(evidence, site.restart('server'))
  } catch (error) {
    return lacking(`nothing answers at ${url}: ${textOf(error)}`, own ? site.restart('server') : `curl -i ${url}`)
  }
}
