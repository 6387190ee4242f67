/**
 * The metadata agent's HTTP server on a Unix socket: finds the instance that asks, and asks Nova for it with the signed
 * id. What Nova may not be told by an instance, it is not told. Source: reference of agents and RPC, §16.
 */
import { chmodSync, existsSync, lstatSync, mkdirSync, rmSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import { dirname } from 'node:path'
import { OperatingError } from '#base/errors.ts'
import type { Closeable } from '#base/lifetime.ts'
import type { Log } from '#base/log.ts'
import type { FindInstance, Instance } from './instance.ts'
import { identityOf, novaHeaders, type Refusal, refusal, refusalOf } from './nova.ts'

export interface MetadataServerOptions {
  readonly socketPath: string
  readonly mode: number
  readonly nova: {
    readonly protocol: 'http' | 'https'
    readonly host: string
    readonly port: number
    readonly tls: https.AgentOptions
  }
  readonly secret: string
  readonly findInstance: FindInstance
  /** Called with the status of every answer of Nova's for an instance. */
  readonly answered: (instanceId: string, status: number) => void
  readonly log: Log
}

export interface MetadataServer extends Closeable {
  /** Asks Nova as that instance would; answers the status. @throws the error of a request that found nobody. */
  probe(instance: Instance, address: string): Promise<number>
}

const CONNECTIONS_MAX = 4_096
const NOVA_SOCKETS_MAX = 128
const NOVA_MS_MAX = 60_000
const LOOKUP_MS_MAX = 30_000
const BODY_BYTES_MAX = 1024 * 1024
const PROBE_MS_MAX = 1_500
/** What every instance has; answered only to who signs well. */
const PROBED = '/latest/meta-data/instance-id'

/** Listens once it resolves. @throws OperatingError when the socket cannot be had. */
export async function startMetadataServer(options: MetadataServerOptions): Promise<MetadataServer> {
  const { socketPath, mode, nova, log } = options
  const pool = { keepAlive: true, maxSockets: NOVA_SOCKETS_MAX, timeout: NOVA_MS_MAX }
  const agent = nova.protocol === 'https' ? new https.Agent({ ...pool, ...nova.tls }) : new http.Agent(pool)
  const server = http.createServer((incoming, outgoing) => {
    answer(options, agent, incoming, outgoing).catch((error: unknown) => {
      log.error('metadata request failed', { path: incoming.url, error })
      refuse(outgoing, refusal(500, 'An unknown error has occurred. Please try your request again.'))
    })
  })
  server.maxConnections = CONNECTIONS_MAX
  server.requestTimeout = LOOKUP_MS_MAX

  mkdirSync(dirname(socketPath), { recursive: true })
  if (existsSync(socketPath)) {
    if (!lstatSync(socketPath).isSocket()) throw new OperatingError(`metadata_proxy_socket: ${socketPath} is no socket`)
    rmSync(socketPath) // left by an agent that was killed
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new OperatingError(`cannot listen on ${socketPath}`, { cause })))
    server.listen(socketPath, resolve)
  })
  chmodSync(socketPath, mode)

  return {
    probe: (instance, address) =>
      statusOf(options, agent, { path: PROBED, headers: novaHeaders(instance, address, options.secret) }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
        agent.destroy()
      }),
  }
}

async function answer(
  options: MetadataServerOptions,
  agent: http.Agent,
  incoming: http.IncomingMessage,
  outgoing: http.ServerResponse,
): Promise<void> {
  const { findInstance, log } = options
  if (incoming.method !== 'GET' && incoming.method !== 'POST')
    return refuse(outgoing, refusal(405, 'GET and POST only.'))
  const asked = identityOf(incoming.headers)
  if (!asked) {
    log.warn('metadata request without an identity refused', { path: incoming.url })
    return refuse(outgoing, refusal(404))
  }
  const body = await bodyOf(incoming)
  if (body === null) return refuse(outgoing, refusal(413))
  const instance = await findInstance(asked.identity, asked.address, AbortSignal.timeout(LOOKUP_MS_MAX))
  if (!instance) {
    log.warn('no instance for metadata request', { ...asked.identity, address: asked.address })
    return refuse(outgoing, refusal(404))
  }
  const headers = novaHeaders(instance, asked.address, options.secret)
  return askNova(options, { agent, headers, instance, body, incoming, outgoing })
}

function statusOf(
  { nova: { protocol, host, port } }: MetadataServerOptions,
  agent: http.Agent,
  asked: Pick<http.RequestOptions, 'path'> & { readonly headers: Record<string, string> },
): Promise<number> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(PROBE_MS_MAX)
    const ahead = (protocol === 'https' ? https : http).request({ agent, host, port, signal, ...asked })
    ahead.on('response', (response) => {
      response.resume()
      resolve(response.statusCode ?? 500)
    })
    ahead.on('error', reject)
    ahead.end()
  })
}

/** Null when it is too long. */
async function bodyOf(incoming: http.IncomingMessage): Promise<Buffer | null> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of incoming as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > BODY_BYTES_MAX) return null
    parts.push(part)
  }
  return Buffer.concat(parts)
}

interface Exchange {
  readonly agent: http.Agent
  readonly headers: Record<string, string>
  readonly instance: Instance
  readonly body: Buffer
  readonly incoming: http.IncomingMessage
  readonly outgoing: http.ServerResponse
}

function askNova({ nova, answered, log }: MetadataServerOptions, exchange: Exchange): Promise<void> {
  const { agent, headers, instance, body, incoming, outgoing } = exchange
  const { protocol, host, port } = nova
  const client = protocol === 'https' ? https : http
  return new Promise((resolve) => {
    const finish = (refused: Refusal | null) => {
      if (refused) refuse(outgoing, refused)
      resolve()
    }
    const ahead = client.request({
      agent,
      host,
      port,
      method: incoming.method,
      path: pathOf(incoming.url),
      headers: { ...headers, 'Content-Length': body.length },
      timeout: NOVA_MS_MAX,
    })
    ahead.on('response', (response) => {
      const status = response.statusCode ?? 500
      answered(instance.id, status)
      if (status !== 200) {
        response.resume()
        if (status === 403)
          log.warn('Nova refused the signature: do the shared secrets match?', { instance: instance.id })
        return finish(refusalOf(status))
      }
      outgoing.writeHead(200, { 'content-type': response.headers['content-type'] ?? 'text/plain' })
      response.on('error', () => outgoing.destroy())
      response.pipe(outgoing).on('close', () => finish(null))
      return undefined
    })
    ahead.on('timeout', () => {
      finish(refusal(504))
      ahead.destroy()
    })
    ahead.on('error', (error) => {
      if (!outgoing.headersSent) log.warn('Nova not reached', { host, port, error: error.message })
      finish(outgoing.headersSent ? null : refusal(503))
    })
    outgoing.on('close', () => !outgoing.writableFinished && ahead.destroy())
    ahead.end(body)
  })
}

/** Path and query only: an absolute URL would choose another host. */
function pathOf(url = '/'): string {
  const { pathname, search } = new URL(url, 'http://metadata/')
  return pathname + search
}

function refuse(outgoing: http.ServerResponse, { status, text }: Refusal): void {
  if (outgoing.headersSent || outgoing.destroyed) return void outgoing.destroy()
  const page = `${status} ${http.STATUS_CODES[status] ?? 'Error'}\n\n${text}\n`
  outgoing.writeHead(status, { 'content-type': 'text/plain; charset=UTF-8' }).end(page)
}
