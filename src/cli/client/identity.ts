/**
 * Asks the identity service for a token, of whichever version it has. An address that says its version is asked nothing
 * else: discovery would be a round trip more.
 * Source: Identity API v3, "Authentication and token management", "API versions"; Identity API v2.0, "Authenticate".
 */
import { isJsonObject, type Json, type JsonObject } from '#base/json.ts'
import { CliError, HttpError } from '#cli/errors.ts'
import { pythonJson } from '#cli/output/python.ts'
import { type Access, accessOfV2, accessOfV3 } from './catalogue.ts'
import { stringOf } from './config.ts'
import type { IdentityCredentials } from './credentials.ts'
import { identityFault, parsed } from './faults.ts'
import type { HttpAnswer, Transport } from './http.ts'
import { authenticationLines } from './trace.ts'

const USER_AGENT = 'neutron keystoneauth1'
const NOT_FOUND =
  'Could not find versioned identity endpoints when attempting to authenticate. ' +
  'Please check that your auth_url is correct.'

type Trace = ((line: string) => void) | null

/** @throws HttpError when it refuses; CliError when it is not there, or has no version that will do. */
export async function authenticate(
  credentials: IdentityCredentials,
  transport: Transport,
  trace: Trace,
): Promise<Access> {
  const url = credentials.authUrl.replace(/\/+$/, '')
  const root = url.replace(/\/v(?:2\.0|3)$/, '')
  const { version } = credentials
  if (version === 3 || (version === null && url.endsWith('/v3')))
    return byV3(`${root}/v3`, credentials, transport, trace)
  if (version === 2) return byV2(url, credentials, transport, trace)
  if (!url.endsWith('/v2.0')) return byDiscovery(url, credentials, transport, trace)
  // Such addresses stand in old scripts, while most identity services have version 3 alone.
  if (credentials.v2 === null) return byV3(`${root}/v3`, credentials, transport, trace)
  try {
    return await byV2(url, credentials, transport, trace)
  } catch (error) {
    if (error instanceof HttpError && error.status === 404) {
      return byV3(`${root}/v3`, { ...credentials, v3: withDefaultDomain(credentials.v3) }, transport, trace)
    }
    throw error
  }
}

async function byV3(url: string, { v3 }: IdentityCredentials, transport: Transport, trace: Trace): Promise<Access> {
  const answer = await ask(`${url}/auth/tokens`, v3, transport, trace)
  return accessOr(accessOfV3(parsed(answer.text) ?? null, answer.headers['x-subject-token']), url)
}

async function byV2(url: string, { v2 }: IdentityCredentials, transport: Transport, trace: Trace): Promise<Access> {
  if (v2 === null) throw new CliError('Cannot use v2 authentication with domain scope')
  const answer = await ask(`${url}/tokens`, v2, transport, trace)
  return accessOr(accessOfV2(parsed(answer.text) ?? null), url)
}

function accessOr(access: Access | null, url: string): Access {
  if (access) return access
  throw new CliError(`Invalid response: ${url} answered without a token`)
}

async function ask(url: string, body: JsonObject, transport: Transport, trace: Trace): Promise<HttpAnswer> {
  const headers = { Accept: 'application/json', 'Content-Type': 'application/json', 'User-Agent': USER_AGENT }
  const answer = await transport.send({ method: 'POST', url, headers, body: pythonJson(body, null) }, true)
  if (trace) authenticationLines(url, answer).forEach(trace)
  if (answer.status >= 300) throw identityFault(answer)
  return answer
}

async function byDiscovery(
  url: string,
  credentials: IdentityCredentials,
  transport: Transport,
  trace: Trace,
): Promise<Access> {
  const headers = { Accept: 'application/json', 'User-Agent': USER_AGENT }
  const answer = await transport.send({ method: 'GET', url, headers, body: null })
  if (answer.status >= 400) throw new CliError(`${NOT_FOUND} ${identityFault(answer).message}`)
  const versions = versionsOf(parsed(answer.text) ?? null, url)
  const usable = versions.filter(({ version }) => version === 3 || credentials.v2 !== null)
  const chosen = usable.at(credentials.prefersV3 ? -1 : 0)
  if (chosen) return (chosen.version === 3 ? byV3 : byV2)(chosen.url, credentials, transport, trace)
  if (versions.length > 0) throw new CliError('Cannot use v2 authentication with domain scope')
  throw new CliError(NOT_FOUND)
}

interface Version {
  readonly version: 2 | 3
  readonly url: string
}

/** Oldest first. Pure. */
export function versionsOf(body: Json, asked: string): Version[] {
  const said = isJsonObject(body) ? (body.versions ?? body.version) : null
  const listed = isJsonObject(said) ? (said.values ?? [said]) : said
  return (Array.isArray(listed) ? listed.filter(isJsonObject) : [])
    .filter(({ status }) => ['stable', 'current', 'supported', 'deprecated'].includes(stringOf(status).toLowerCase()))
    .flatMap(({ id, links }): Version[] => {
      const major = Number(/^v(\d+)/.exec(stringOf(id))?.[1])
      const self = (Array.isArray(links) ? links.filter(isJsonObject) : []).find(({ rel }) => rel === 'self')
      const url = self && URL.parse(stringOf(self.href), asked)?.href.replace(/\/+$/, '')
      return (major === 2 || major === 3) && url ? [{ version: major, url }] : []
    })
    .sort((a, b) => a.version - b.version)
}

/** What version 2 took for granted: users and projects are those of the default domain. Pure. */
function withDefaultDomain(v3: JsonObject): JsonObject {
  const mended = JSON.stringify(v3, (_, value: Json) =>
    isJsonObject(value) && typeof value.name === 'string' && !('domain' in value)
      ? { ...value, domain: { id: 'default' } }
      : value,
  )
  return JSON.parse(mended) as JsonObject
}
