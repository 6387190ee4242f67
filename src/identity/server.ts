/**
 * The built-in identity's HTTP server: one socket, the routes of routes.ts, errors as Keystone's clients know them. For
 * one host; a cloud has Keystone. Start it and hand `revoked` the authenticator's `forget`.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import type { Clock } from '#base/clock.ts'
import { closing, readBodiesAsText, urlOf } from '#base/http-server.ts'
import { newRequestId } from '#base/ids.ts'
import type { Closeable } from '#base/lifetime.ts'
import type { Log } from '#base/log.ts'
import type { Store } from '#store/store.ts'
import { type Bootstrap, bootstrapIdentity } from './bootstrap.ts'
import type { Call, IdentityHost, Reply, Route } from './call.ts'
import type { Service } from './catalog.ts'
import { IdentityError, invalid, notFound } from './errors.ts'
import { PasswordGate } from './passwords.ts'
import { authorize, routes } from './routes.ts'
import { findValid, hashToken, removeExpired } from './tokens.ts'

export interface IdentityOptions {
  readonly store: Store
  readonly host: string
  /** 0: one that is free. */
  readonly port: number
  /** Services besides the identity itself, which adds itself. */
  readonly catalog: readonly Service[]
  readonly region?: string
  readonly bootstrap: Bootstrap
  readonly log: Log
  readonly clock: Clock
  /** Called after every change that may have taken rights away. */
  readonly revoked?: () => void
}

export interface RunningIdentity extends Closeable {
  /** What clients are given as `auth_url`: `http://127.0.0.1:5000/v3`. */
  readonly url: string
}

const BODY_BYTES_MAX = 114_688
const REQUEST_MS_MAX = 30_000
const IDLE_MS_MAX = 65_000
const SWEEP_MS = 600_000
export const REGION = 'RegionOne'

/** Fills the store, which has its schema. @throws Error when the address cannot be listened on. */
export async function startIdentity(options: IdentityOptions): Promise<RunningIdentity> {
  const { store, clock, log } = options
  await bootstrapIdentity(store, options.bootstrap)

  const catalog: { region: string; services: Service[] } = { region: options.region ?? REGION, services: [] }
  const host: IdentityHost = { store, clock, gate: new PasswordGate(clock), catalog }
  const app = fastify({
    serverFactory: (handler) =>
      createServer({ requestTimeout: REQUEST_MS_MAX, keepAliveTimeout: IDLE_MS_MAX, noDelay: true }, handler),
    bodyLimit: BODY_BYTES_MAX,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 255 },
  })
  serve(app, host, options)
  const end = closing(app)
  await app.listen({ host: options.host, port: options.port })
  const base = urlOf(options.host, (app.server.address() as AddressInfo).port)
  catalog.services.push(...options.catalog, { type: 'identity', name: 'keystone', url: `${base}/v3` })

  const sweep = () =>
    void store
      .transaction((tx) => removeExpired(tx, clock.now()))
      .catch((error: unknown) => log.warn('expired tokens not removed', { error }))
  sweep()
  const timer = setInterval(sweep, SWEEP_MS).unref()
  log.info('identity listens', { url: `${base}/v3` })
  return {
    url: `${base}/v3`,
    close: async () => {
      clearInterval(timer)
      await end()
    },
  }
}

function serve(app: FastifyInstance, host: IdentityHost, { log, revoked }: IdentityOptions): void {
  readBodiesAsText(app)
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('x-openstack-request-id', newRequestId())
  })
  for (const route of routes) {
    app.route({
      method: route.method,
      url: route.path,
      async handler(request, reply) {
        const answer = await answerOf(route, host, request)
        if (answer.revokes) revoked?.()
        reply.code(answer.status).headers({ ...answer.headers })
        return answer.body === undefined
          ? reply.send()
          : reply.type('application/json').send(JSON.stringify(answer.body))
      },
    })
  }
  app.setNotFoundHandler(() => {
    throw new IdentityError(404, 'The resource could not be found.')
  })
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const known = knownError(error)
    if (known === null)
      log.error('identity request failed', { method: request.method, path: request.routeOptions.url, error })
    const { status, title, message, retryAfter } =
      known ?? new IdentityError(500, 'An unexpected error prevented the server from fulfilling your request.')
    reply.code(status).type('application/json')
    if (status === 401) reply.header('www-authenticate', `Keystone uri="${baseSeenBy(request)}"`)
    if (retryAfter !== null) reply.header('retry-after', String(retryAfter))
    return reply.send(JSON.stringify({ error: { code: status, title, message } }))
  })
}

async function answerOf(route: Route, host: IdentityHost, request: FastifyRequest): Promise<Reply> {
  const headers = singles(request.headers)
  const token = headers['x-auth-token']
  const caller =
    route.access === 'public' || token === undefined || token === ''
      ? null
      : await host.store.read((tx) => findValid(tx, hashToken(token), host.clock.now()))
  const call: Call = {
    params: singles(request.params),
    query: singles(request.query),
    body: parsed(request.body),
    headers,
    base: baseSeenBy(request),
    address: request.ip,
    caller,
    host,
  }
  refuseNul(call, request.body)
  await authorize(route, call)
  return await route.run(call)
}

/** No id or name has it, and some databases refuse to compare with it. @throws IdentityError */
function refuseNul({ params, query }: Call, body: unknown): void {
  for (const [name, id] of Object.entries(params)) {
    if (id.includes('\0')) throw notFound(name.replace(/_id$/, ''), JSON.stringify(id))
  }
  const texts = [...Object.entries(query).flat(), typeof body === 'string' ? body.replaceAll('\\u0000', '\0') : '']
  if (texts.some((text) => text.includes('\0'))) throw invalid('A text holds the character NUL.')
}

/** Of a header or parameter given twice, the last. */
function singles(values: unknown): { readonly [name: string]: string } {
  const entries = Object.entries((values ?? {}) as { readonly [name: string]: unknown })
  return Object.fromEntries(
    entries.flatMap(([name, value]) => {
      const last: unknown = Array.isArray(value) ? value.at(-1) : value
      return typeof last === 'string' ? [[name, last]] : []
    }),
  )
}

function parsed(body: unknown): unknown {
  if (typeof body !== 'string' || body === '') return undefined
  try {
    return JSON.parse(body)
  } catch {
    throw invalid('Could not parse the request body as JSON.')
  }
}

function knownError(error: Error & { statusCode?: number }): IdentityError | null {
  if (error instanceof IdentityError) return error
  if (error.name === 'StoreBusy') return new IdentityError(503, 'The database is busy. Try again later.', 1)
  const status = error.statusCode ?? 500
  return status < 500 ? new IdentityError(status, error.message) : null
}

function baseSeenBy(request: FastifyRequest): string {
  return `http://${request.headers.host ?? request.host}`
}
