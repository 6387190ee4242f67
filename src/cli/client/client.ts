/**
 * The Networking API, with credentials: a token when the first request needs one, renewed once when it has expired;
 * pages followed; connections tried again as often as was asked. What is printed of failures is neutronclient's.
 * Source: Networking API v2.0, "Pagination"; neutronclient 8.1.
 */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { isJsonObject, type Json, type JsonObject } from '#base/json.ts'
import type { Answer, Client, Query } from '#cli/command.ts'
import { CliError, Interrupted } from '#cli/errors.ts'
import { pythonJson } from '#cli/output/python.ts'
import { type Access, endpointUrl } from './catalogue.ts'
import { readClouds } from './clouds.ts'
import type { Environment, Options } from './config.ts'
import { networkingFault, parsed } from './faults.ts'
import { ConnectionFailure, createTransport, type HttpAnswer } from './http.ts'
import { authenticate } from './identity.ts'
import { parseQuery, renderQuery, splitQuery } from './query.ts'
import { resolveSettings, type Settings } from './settings.ts'

export interface ClientHooks {
  /** A line of `--debug`. */
  readonly trace?: (line: string) => void
  /** Aborted by ^C. */
  readonly signal?: AbortSignal
}

const USER_AGENT = 'python-neutronclient'
const RETRY_INTERVAL_MS = 1000
/** Of the event loop, until a request to an address that needs no lookup is written. */
const TURNS = 3
/** Longer addresses are refused by servers in between. */
const URI_LENGTH_MAX = 8192
const SUCCESS = [200, 201, 202, 204]

/** What options, environment and files say together. @throws CliError when that does not suffice. */
export async function loadSettings(options: Options, env: Environment, directory: string): Promise<Settings> {
  return resolveSettings(options, env, await readClouds(env, directory))
}

/** Asks nobody anything before it is used. */
export function openClient(settings: Settings, hooks: ClientHooks = {}): Client {
  return new HttpClient(settings, hooks)
}

/**
 * Logs in at once: the identity service takes its time with a password, and the caller has a command to load meanwhile.
 * What fails is told to whoever asks for something first. Answers when the request is on its way.
 */
export async function openEagerClient(settings: Settings, hooks: ClientHooks = {}): Promise<Client> {
  const client = new HttpClient(settings, hooks)
  client.begin()
  // Loading keeps the loop busy: the connection and the request each need a turn before.
  for (let turn = 0; turn < TURNS; turn++) await nextTurn()
  return client
}

class HttpClient implements Client {
  readonly #settings: Settings
  readonly #signal: AbortSignal | null
  readonly #trace: ((line: string) => void) | null
  readonly #transport
  #access: Promise<Access> | null = null

  constructor(settings: Settings, { trace, signal }: ClientHooks) {
    this.#settings = settings
    this.#signal = signal ?? null
    this.#trace = settings.debug && trace ? trace : null
    const { tls, proxies, timeoutMs } = settings
    this.#transport = createTransport({ tls, proxies, timeoutMs, signal: this.#signal, trace: this.#trace })
  }

  begin(): void {
    this.#logIn()?.catch(() => {})
  }

  /** A failure is told once to everybody who waits for it; who comes later logs in anew. */
  async session(): Promise<Access | null> {
    const access = this.#logIn()
    try {
      return await access
    } catch (error) {
      if (this.#access === access) this.#access = null
      throw error
    }
  }

  #logIn(): Promise<Access> | null {
    const { credentials } = this.#settings
    if (credentials.kind === 'identity') this.#access ??= authenticate(credentials, this.#transport, this.#trace)
    return this.#access
  }

  async endpoint(): Promise<string> {
    const { credentials, endpoint } = this.#settings
    const access = endpoint === null ? await this.session() : null
    const url =
      endpoint ??
      (access ? endpointUrl(access, this.#settings) : credentials.kind === 'identity' ? '' : credentials.endpoint)
    return url.replace(/\/+$/, '').replace(/\/v2\.0$/, '')
  }

  async request(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    { query = {}, body }: { readonly query?: Query; readonly body?: Json } = {},
  ): Promise<Answer> {
    const text = body === undefined ? null : pythonJson(body, null)
    const answer = await this.#retried(method, `/v2.0${path}${renderQuery(query)}`, text)
    if (!SUCCESS.includes(answer.status)) throw networkingFault(answer)
    const json = answer.text === '' ? null : parsed(answer.text)
    if (json === undefined) throw new CliError('Malformed response body: Cannot understand JSON')
    return { status: answer.status, headers: answer.headers, body: json }
  }

  async list(path: string, query: Query = {}, collection?: string): Promise<JsonObject[]> {
    const name = collection ?? path.slice(path.lastIndexOf('/') + 1).replaceAll('-', '_')
    const room = URI_LENGTH_MAX - (await this.endpoint()).length - '/v2.0'.length - path.length
    const found: JsonObject[] = []
    for (const part of splitQuery(query, room)) found.push(...(await this.#pages(path, part, name)))
    return found
  }

  async #pages(path: string, query: Query, collection: string): Promise<JsonObject[]> {
    const rel = String(query.page_reverse ?? '').toLowerCase() === 'true' ? 'previous' : 'next'
    const found: JsonObject[] = []
    const asked = new Set<string>()
    for (let page: Query | null = query; page !== null; ) {
      const { body } = await this.request('GET', path, { query: page })
      const items = isJsonObject(body) ? body[collection] : undefined
      if (!Array.isArray(items)) throw new CliError(`Malformed response body: there are no ${collection} in it`)
      found.push(...(items as readonly JsonObject[]))
      page = nextPage(body as JsonObject, collection, rel)
      const text = page === null ? '' : renderQuery(page)
      if (asked.has(text)) throw new CliError(`Malformed response body: ${collection}_links lead in a circle`)
      asked.add(text)
    }
    return found
  }

  /** Requests that may be sent twice are, where there was no connection. */
  async #retried(method: string, path: string, body: string | null): Promise<HttpAnswer> {
    const { retries } = this.#settings
    await this.endpoint() // where the identity service is not there, that is what is said
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#authenticated(method, path, body)
      } catch (error) {
        if (method === 'POST' || !(error instanceof ConnectionFailure)) throw error
        if (attempt >= retries) throw exhausted(error, retries)
        await sleep(RETRY_INTERVAL_MS, undefined, { ...(this.#signal && { signal: this.#signal }) }).catch(() => {
          throw new Interrupted()
        })
      }
    }
  }

  async #authenticated(method: string, path: string, body: string | null): Promise<HttpAnswer> {
    const answer = await this.#send(method, path, body)
    if (answer.status !== 401 || this.#settings.credentials.kind !== 'identity') return answer
    this.#access = null // it has expired, or the identity service has begun anew
    return this.#send(method, path, body)
  }

  async #send(method: string, path: string, body: string | null): Promise<HttpAnswer> {
    const { credentials } = this.#settings
    const token = credentials.kind === 'token' ? credentials.token : (await this.session())?.token
    const headers = {
      Accept: 'application/json',
      ...(body !== null && { 'Content-Type': 'application/json' }),
      'User-Agent': USER_AGENT,
      ...(token && { 'X-Auth-Token': token }),
    }
    return this.#transport.send({ method, url: `${await this.endpoint()}${path}`, headers, body })
  }
}

function nextPage(body: JsonObject, collection: string, rel: string): Query | null {
  const links = body[`${collection}_links`]
  const link = (Array.isArray(links) ? links.filter(isJsonObject) : []).find((each) => each.rel === rel)
  return typeof link?.href === 'string' ? parseQuery(link.href) : null
}

/** What neutronclient prints, and why. */
function exhausted(failure: ConnectionFailure, retries: number): CliError {
  const tried =
    retries === 0
      ? 'Failed to connect Neutron server'
      : `Failed to connect to Neutron server after ${retries + 1} attempts`
  return new CliError(`Connection to neutron failed: ${tried} (${failure.reason})`)
}
