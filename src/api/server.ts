/**
 * The HTTP server: sockets, limits of head and body, keep-alive. What a request means is the pipeline's. Fastify routes
 * nothing here: every request goes to one handler with its target as it came.
 */
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { Readable } from 'node:stream'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Authenticate } from '#api/filters/authentication.ts'
import { createReference } from '#api/reference/reference.ts'
import { watchOptions } from '#api/watch/options.ts'
import { Watchers } from '#api/watch/watchers.ts'
import type { Clock } from '#base/clock.ts'
import { closing, readBodiesAsText, urlOf } from '#base/http-server.ts'
import type { Closeable } from '#base/lifetime.ts'
import type { Log } from '#base/log.ts'
import { common } from '#config/common.ts'
import type { Config } from '#config/options.ts'
import type { Started } from '#plugin/start.ts'
import type { Policy } from '#policy/policy.ts'
import { HTTPBadRequest } from '#resource/errors.ts'
import { Authorizer } from './authorize.ts'
import { Controller } from './controller.ts'
import { HTTPRequestEntityTooLarge, HTTPRequestHeaderFieldsTooLarge, type Reply, replyOfError } from './faults.ts'
import { apiOptions, corsOptions, healthcheckOptions, middlewareOptions } from './options.ts'
import { Pipeline } from './pipeline.ts'

const JSON_TYPE = 'application/json'
const HTTP = { noDelay: true, requireHostHeader: false } as const
const NO_HTTP = { message: 'Request is not valid HTTP' }

export interface ApiOptions {
  readonly started: Started
  readonly policy: Policy
  readonly authenticate: Authenticate
  /** Where tokens are to be had: what a 401 tells. */
  readonly authenticateUri?: string
  readonly config: Config
  readonly log: Log
  readonly clock: Clock
  /** In place of `bind_host` and `bind_port`. */
  readonly listen?: { readonly host: string; readonly port: number }
}

export interface RunningApi extends Closeable {
  /** `http://127.0.0.1:9696`; for a server that listens everywhere, with this host's loopback address. */
  readonly url: string
}

/** @throws Error when the address cannot be listened on. */
export async function startApi(options: ApiOptions): Promise<RunningApi> {
  const { config } = options
  const { bind_host, bind_port } = config.of(common)
  const { host, port } = options.listen ?? { host: bind_host, port: bind_port }
  const { max_header_line, client_socket_timeout, wsgi_keep_alive } = config.of(apiOptions)
  const idleMs = wsgi_keep_alive ? client_socket_timeout * 1000 : 1
  const app = fastify({
    serverFactory: (handler) =>
      createServer({ ...HTTP, maxHeaderSize: max_header_line, keepAliveTimeout: idleMs }, (request, response) => {
        // Whatever a client calls its body, it is read as JSON.
        request.headers['content-type'] = JSON_TYPE
        handler(request, response)
      }),
    rewriteUrl: () => '/',
    clientErrorHandler: refuseSocket,
    bodyLimit: config.of(middlewareOptions).max_request_body_size,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
  })
  const watchers = new Watchers(options.started.store, config.of(watchOptions))
  const pipeline = pipelineOf(options, `${host}:${port}`, watchers)
  serve(app, pipeline, wsgi_keep_alive)
  const end = closing(app)
  await app.listen({ host, port })
  const address = app.server.address() as AddressInfo
  const close = () => {
    // Listeners are told to come again; other requests under way are finished.
    watchers.close()
    return end()
  }
  return { url: urlOf(host, address.port), close }
}

/** Fastify validates nothing here, and need not load what it would validate with. */
function noSchemas(): never {
  throw new Error('no route of the API has a schema')
}

function pipelineOf(options: ApiOptions, fallbackHost: string, watchers: Watchers): Pipeline {
  const { started, policy, config, log, authenticate } = options
  const { pagination_max_limit, filter_validation, allow_bulk, network_link_prefix } = config.of(apiOptions)
  const { disable_by_file_path } = config.of(healthcheckOptions)
  const limit = Number(pagination_max_limit)
  const authorizer = new Authorizer(policy, started.registry)
  const controller = new Controller(started, authorizer, {
    limitMax: limit > 0 ? limit : null,
    filterValidation: filter_validation,
    allowBulk: allow_bulk,
  })
  return new Pipeline({
    started,
    authorizer,
    controller,
    authenticate,
    authenticateUri: options.authenticateUri ?? '',
    address: {
      proxied: config.of(middlewareOptions).enable_proxy_headers_parsing,
      linkPrefix: network_link_prefix,
      fallbackHost,
    },
    cors: config.of(corsOptions),
    isDisabled: () => existsSync(disable_by_file_path),
    watch: {
      store: started.store,
      registry: started.registry,
      authorizer,
      watchers,
      heartbeatMs: config.of(watchOptions).heartbeat * 1000,
    },
    reference: createReference({ ...started, hasRule: (name) => policy.has(name) }),
    log,
  })
}

function serve(app: FastifyInstance, pipeline: Pipeline, keepAlive: boolean): void {
  readBodiesAsText(app)
  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    const { method, headers, originalUrl, body } = request
    const text = typeof body === 'string' ? body : ''
    if (!keepAlive) reply.header('connection', 'close')
    // RFC 9112, "Request Target": Node would refuse it too, but without a word.
    if (headers.host === undefined && request.raw.httpVersion !== '1.0') {
      return send(reply, replyOfError(HTTPBadRequest(NO_HTTP)))
    }
    return send(reply, await pipeline.answer({ method, headers, target: originalUrl, body: text }))
  }
  app.setNotFoundHandler(answer)
  app.setErrorHandler((error: { code?: string }, _request, reply) => {
    const tooLarge = error.code === 'FST_ERR_CTP_BODY_TOO_LARGE'
    const fault = tooLarge ? HTTPRequestEntityTooLarge() : HTTPBadRequest({ message: 'Body contains invalid data' })
    return send(reply, replyOfError(fault))
  })
}

function send(reply: FastifyReply, { status, body, headers = {}, stream }: Reply): FastifyReply {
  reply.code(status)
  if (stream) return sendStream(reply.headers(headers), stream)
  if (body === null) return reply.headers(headers).send()
  // As bytes: to text Fastify would add a charset, which upstream's answers do not have.
  return reply.headers({ 'content-type': JSON_TYPE, ...headers }).send(Buffer.from(body))
}

/** A client that takes nothing for that long is not there any more. */
const STALLED_MS_MAX = 120_000

/** One text is asked for at a time: a client that reads slowly is sent little, and nothing piles up here. */
function sendStream(reply: FastifyReply, stream: NonNullable<Reply['stream']>): FastifyReply {
  const gone = new AbortController()
  if (reply.raw.destroyed) gone.abort()
  else reply.raw.once('close', () => gone.abort())
  reply.raw.setTimeout(STALLED_MS_MAX, () => reply.raw.destroy())
  return reply.send(Readable.from(stream(gone.signal), { highWaterMark: 1 }))
}

/** What is no HTTP gets its answer on the bare socket. */
function refuseSocket(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const tooLarge = error.code === 'HPE_HEADER_OVERFLOW'
  const fault = tooLarge ? HTTPRequestHeaderFieldsTooLarge() : HTTPBadRequest(NO_HTTP)
  const { status, body } = replyOfError(fault)
  const head = `HTTP/1.1 ${status} ${tooLarge ? 'Request Header Fields Too Large' : 'Bad Request'}`
  const length = Buffer.byteLength(body ?? '')
  socket.end(
    `${head}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n${body}`,
  )
}
