/**
 * What `--debug` prints of requests and answers: the request as a command for curl, tokens as their hashes. Pure.
 * Source: the log of keystoneauth 5, as Debian's clients print it.
 */
import { pythonJson } from '#cli/output/python.ts'
import { parsed } from './faults.ts'
import type { HttpAnswer, HttpRequest } from './http.ts'
import type { TlsSettings } from './settings.ts'

const SECRET_HEADERS = ['authorization', 'x-auth-token', 'x-subject-token', 'x-service-token']

export function requestLine({ method, url, headers, body }: HttpRequest, { verify, caFile }: TlsSettings): string {
  const tls = verify ? (caFile === null ? [] : [`--cacert "${caFile}"`]) : ['--insecure']
  const shown = sorted(headers).map(([name, value]) => `-H "${name}: ${shownValue(name, value)}"`)
  const data = body === null ? [] : [`-d '${body}'`]
  return session(['REQ: curl -g -i', ...tls, '-X', method, url, ...shown, ...data].join(' '))
}

export function answerLines({ method }: HttpRequest, answer: HttpAnswer): string[] {
  const headers = sorted(named(answer.rawHeaders)).map(([name, value]) => `${name}: ${shownValue(name, value)}`)
  const id = answer.headers['x-openstack-request-id']
  const isText = /^(application\/json|text\/plain)/.test(answer.headers['content-type'] ?? '')
  const body = isText
    ? answer.text
    : `Omitted, Content-Type is set to ${answer.headers['content-type']}. Only application/json, text/plain responses have their bodies logged.`
  return [
    session(`RESP: [${answer.status}] ${headers.join(' ')}`),
    ...(answer.text === '' ? [] : [session(`RESP BODY: ${body}`)]),
    ...(id === undefined
      ? []
      : [
          session(
            `${method} call to ${isNetwork(answer.url) ? 'network for ' : ''}${answer.url} used request id ${id}`,
          ),
        ]),
  ]
}

/** Of a request that is not shown itself, as its body holds the password; nor are headers, as one holds the token. */
export function authenticationLines(url: string, { text }: HttpAnswer): string[] {
  const logger = url.endsWith('/v3/auth/tokens')
    ? 'DEBUG: keystoneauth.identity.v3.base'
    : 'DEBUG: keystoneauth.identity.v2'
  const body = parsed(text)
  // In version 2 the body is where the token is.
  const shown = body === undefined || !url.endsWith('/auth/tokens') ? [] : [`${logger} ${pythonJson(body, null)}`]
  return [`${logger} Making authentication request to ${url}`, ...shown]
}

function isNetwork(url: string): boolean {
  return url.includes('/v2.0/')
}

function session(text: string): string {
  return `DEBUG: keystoneauth.session ${text}`
}

function sorted(headers: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(headers).sort(([a], [b]) => (a < b ? -1 : 1))
}

/** A name that comes twice has both its values. */
function named(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const [name, value] = [raw[at]!, raw[at + 1]!]
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value
  }
  return headers
}

function shownValue(name: string, value: string): string {
  const isSecret = SECRET_HEADERS.includes(name.toLowerCase())
  if (!isSecret) return value
  // Loaded here, for those few who ask for a trace.
  const { createHash } = process.getBuiltinModule('node:crypto')
  return `{SHA256}${createHash('sha256').update(value).digest('hex')}`
}
