/**
 * One request to one answer over HTTP or HTTPS, with connections kept open between requests. Knows nothing of tokens
 * and of what an answer means. Source: RFC 9110; Node's http, "Class: http.Agent".
 */
import { existsSync, readFileSync } from 'node:fs'
import type { IncomingHttpHeaders, Agent as PlainAgent } from 'node:http'
import { CliError, Interrupted } from '#cli/errors.ts'
import type { TlsSettings } from './settings.ts'
import { answerLines, requestLine } from './trace.ts'

// An `import` of it reads every name it has, WebSocket among them, which loads a second HTTP client: 45 ms.
const http = process.getBuiltinModule('node:http')

export interface HttpRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

export interface HttpAnswer {
  readonly status: number
  readonly reason: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Names and values by turns, as they came. */
  readonly rawHeaders: readonly string[]
  readonly text: string
  readonly url: string
}

/** Nothing was answered, or not all of it. */
export class ConnectionFailure extends CliError {
  override name = 'ConnectionFailure'
  /** Where, and what went wrong. */
  readonly reason: string

  constructor(url: string, message: string, reason: string) {
    super(message)
    this.reason = `${url}: ${reason}`
  }
}

export interface Transport {
  /** @param quiet a request that `--debug` does not show. @throws ConnectionFailure, Interrupted */
  send(request: HttpRequest, quiet?: boolean): Promise<HttpAnswer>
}

export interface TransportOptions {
  readonly tls: TlsSettings
  /** `HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`, in capitals or not. */
  readonly proxies: Readonly<Record<string, string>>
  /** Null: `SILENCE_MS_MAX`. */
  readonly timeoutMs: number | null
  readonly signal: AbortSignal | null
  /** A line for `--debug`; null: nobody reads it. */
  readonly trace: ((line: string) => void) | null
}

const SILENCE_MS_MAX = 600_000
const ANSWER_BYTES_MAX = 1 << 29
const REDIRECTS_MAX = 30
const REDIRECTS = [301, 302, 303, 305, 307, 308]
/** Where Debian keeps the authorities that the host trusts. */
const SYSTEM_CA_FILE = '/etc/ssl/certs/ca-certificates.crt'

export function createTransport(options: TransportOptions): Transport {
  const plain = new http.Agent({ keepAlive: true, proxyEnv: options.proxies })
  let secure: Promise<{ request: typeof http.request; agent: PlainAgent }> | null = null
  const sender = async (url: URL) => {
    if (url.protocol === 'http:') return { request: http.request, agent: plain }
    secure ??= import('node:https').then((https) => ({
      request: https.request,
      agent: new https.Agent({ keepAlive: true, proxyEnv: options.proxies, ...tlsOptions(options.tls) }),
    }))
    return secure
  }
  const once = async (request: HttpRequest) => {
    const { request: start, agent } = await sender(parseUrl(request.url))
    return exchange(start, agent, request, options)
  }
  return {
    async send(request, quiet = false) {
      const trace = quiet ? null : options.trace
      for (let { url } = request, hops = 0; ; hops++) {
        const each = { ...request, url }
        trace?.(requestLine(each, options.tls))
        const answer = await once(each)
        if (trace) answerLines(each, answer).forEach(trace)
        const location = answer.headers.location
        if (!REDIRECTS.includes(answer.status) || location === undefined || hops === REDIRECTS_MAX) return answer
        url = new URL(location, url).href
      }
    },
  }
}

function parseUrl(text: string): URL {
  const url = URL.parse(text)
  if (url && /^https?:$/.test(url.protocol)) return url
  throw new CliError(`Invalid URL '${text}': it does not begin with http:// or https://`)
}

/** @throws CliError when a file cannot be read. */
function tlsOptions({ verify, caFile, certFile, keyFile }: TlsSettings) {
  const caPath = caFile ?? (existsSync(SYSTEM_CA_FILE) ? SYSTEM_CA_FILE : null)
  return {
    rejectUnauthorized: verify,
    ...(verify && caPath !== null && { ca: readPem(caPath) }),
    ...(certFile !== null && { cert: readPem(certFile), key: readPem(keyFile ?? certFile) }),
  }
}

function readPem(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new CliError(`Could not find a suitable TLS certificate: ${(cause as Error).message}`)
  }
}

function exchange(
  start: typeof http.request,
  agent: PlainAgent,
  request: HttpRequest,
  { timeoutMs, signal }: TransportOptions,
): Promise<HttpAnswer> {
  const { method, url, headers, body } = request
  return new Promise((resolve, reject) => {
    const timeout = timeoutMs ?? SILENCE_MS_MAX
    const length = body === null ? {} : { 'Content-Length': Buffer.byteLength(body) }
    const sent = start(url, { method, agent, headers: { ...headers, ...length }, timeout, ...(signal && { signal }) })
    const fail = (error: Error) => reject(signal?.aborted ? new Interrupted() : failureOf(url, error))
    sent.on('error', fail)
    sent.on('timeout', () => sent.destroy(new Error('timeout')))
    sent.on('response', (answer) => {
      const chunks: Buffer[] = []
      let bytes = 0
      answer.on('error', fail)
      answer.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        bytes += chunk.length
        if (bytes > ANSWER_BYTES_MAX) answer.destroy(new Error(`the answer is longer than ${ANSWER_BYTES_MAX} bytes`))
      })
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        resolve({
          status: answer.statusCode!,
          reason: answer.statusMessage ?? '',
          headers: flat(answer.headers),
          rawHeaders: answer.rawHeaders,
          text,
          url,
        })
      })
    })
    sent.end(body ?? undefined)
  })
}

function flat(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  )
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Connection refused',
  ENOTFOUND: 'Name or service not known',
  EAI_AGAIN: 'Temporary failure in name resolution',
  ECONNRESET: 'Remote end closed connection without response',
  EPIPE: 'Broken pipe',
  EHOSTUNREACH: 'No route to host',
  ENETUNREACH: 'Network is unreachable',
  ETIMEDOUT: 'Connection timed out',
}

/** In the words of keystoneauth, ending with the reason alone. Pure. */
export function failureOf(url: string, error: Error): ConnectionFailure {
  const first = error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error
  const code = (first as NodeJS.ErrnoException).code ?? ''
  if (first.message === 'timeout') return new ConnectionFailure(url, `Request to ${url} timed out`, 'timed out')
  if (first.message === 'aborted') {
    const reason = 'the connection was closed in the middle of the answer'
    return new ConnectionFailure(url, `Unable to establish connection to ${url}: ${reason}`, reason)
  }
  if (/CERT|TLS|SSL|SIGNATURE|ISSUER/.test(code) && !REASONS[code]) {
    // OpenSSL's own message says in which of its files it stood.
    const { reason = first.message } = first as { readonly reason?: string }
    return new ConnectionFailure(url, `SSL exception connecting to ${url}: ${reason}`, reason)
  }
  const reason = REASONS[code] ?? first.message
  return new ConnectionFailure(url, `Unable to establish connection to ${url}: ${reason}`, reason)
}
