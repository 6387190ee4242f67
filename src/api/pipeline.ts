/**
 * One request from its head and body to a reply: which of discovery, health, extensions, a plugin's path or a resource
 * it is for, who asks, and what came of it. Knows no socket. Never throws: every error is a reply.
 * Source: Networking API v2.0, paths and status codes; upstream's pipeline (cors, request id, authtoken, application).
 */
import type { IncomingHttpHeaders } from 'node:http'
import { type Authenticate, unauthorized } from '#api/filters/authentication.ts'
import { type CorsOptions, corsHeaders, preflightHeaders } from '#api/filters/cors.ts'
import { type AddressOptions, baseUrl } from '#api/filters/proxy-headers.ts'
import { requestIds } from '#api/filters/request-id.ts'
import type { Reference } from '#api/reference/reference.ts'
import { answerChanges, type WatchOptions } from '#api/watch/watch.ts'
import type { JsonObject } from '#base/json.ts'
import type { Log } from '#base/log.ts'
import type { RequestContext } from '#plugin/context.ts'
import type { Started } from '#plugin/start.ts'
import { type LocatedResource, locate } from '#resource/catalogue.ts'
import type { Authorizer } from './authorize.ts'
import { parseBody } from './body.ts'
import type { Call, Controller } from './controller.ts'
import { HTTPMethodNotAllowed, HTTPNotFound, isUnexpected, type Reply, replyOfError } from './faults.ts'
import { type Match, RouteTable } from './routes.ts'
import { coreResources, extensions, healthcheck, versionList } from './versions.ts'

export interface RawRequest {
  readonly method: string
  /** Path and query, as on the request line. */
  readonly target: string
  readonly headers: IncomingHttpHeaders
  /** Empty when none was sent. */
  readonly body: string
}

export interface PipelineOptions {
  readonly started: Started
  readonly authorizer: Authorizer
  readonly controller: Controller
  readonly authenticate: Authenticate
  readonly authenticateUri: string
  readonly address: AddressOptions
  readonly cors: CorsOptions
  /** Whether the operator has taken the server out of service. */
  readonly isDisabled: () => boolean
  readonly reference: Reference
  readonly watch: WatchOptions
  readonly log: Log
}

interface Located {
  /** Decoded, without `/v2.0`, the suffix `.json` and empty ones. */
  readonly segments: readonly string[]
  /** `.json` when the path had it. */
  readonly suffix: string
  readonly query: URLSearchParams
  /** As the client would write it, without the query. */
  readonly url: string
}

const V2 = '/v2.0'
const OPENAPI = '/v2.0/openapi.json'
/** Longer than any id: no database would compare it, let alone keep it. */
const PARAM_MAX = 255
/** Not a segment of its own: nothing would be left of it. */
const SUFFIX = /(?<=[^/])\.json$/
const NO_QUERY = new URLSearchParams()

export class Pipeline {
  readonly #options: PipelineOptions
  readonly #routes: RouteTable

  constructor(options: PipelineOptions) {
    this.#options = options
    this.#routes = new RouteTable(options.started.routes)
  }

  async answer(request: RawRequest): Promise<Reply> {
    const { headers, method } = request
    // A proxy may send the whole address (RFC 9112, "absolute-form").
    const target = request.target.replace(/^https?:\/\/[^/?]*/i, '')
    const mark = target.indexOf('?')
    const path = mark < 0 ? target : target.slice(0, mark)
    const search = mark < 0 ? '' : target.slice(mark + 1)
    const isV2 = path === V2 || path.startsWith(`${V2}/`)
    const { cors } = this.#options
    if (cors.allowed_origin.length === 0 || !(isV2 || path === '/')) return this.#answerAt(request, path, search)
    if (method === 'OPTIONS') return { status: 200, body: null, headers: preflightHeaders(headers, cors) }
    const reply = await this.#answerAt(request, path, search)
    return { ...reply, headers: { ...corsHeaders(headers, cors), ...reply.headers } }
  }

  async #answerAt(request: RawRequest, path: string, search: string): Promise<Reply> {
    const { headers, method } = request
    if (path === V2 || path.startsWith(`${V2}/`)) return this.#answerV2(request, path, search)
    try {
      if (path === '/' || path === '') return versionList(method, baseUrl(headers, this.#options.address))
      if (path === '/healthcheck') {
        const disabled = this.#options.isDisabled()
        return healthcheck({ method, accept: headers.accept ?? '', detailed: search.includes('detailed'), disabled })
      }
      if (path === '/docs') return this.#options.reference.page(method)
      throw HTTPNotFound()
    } catch (error) {
      return this.#failed(error, request)
    }
  }

  async #answerV2(request: RawRequest, path: string, search: string): Promise<Reply> {
    const { method, headers } = request
    const ids = requestIds(headers)
    const startedMs = performance.now()
    const reply = await this.#authenticated(request, ids, path, search)
    this.#options.log.debug('request', {
      method,
      path,
      status: reply.status,
      duration_ms: Math.round(performance.now() - startedMs),
      request_id: ids.requestId,
      global_request_id: ids.globalRequestId,
    })
    return { ...reply, headers: { ...reply.headers, 'x-openstack-request-id': ids.requestId } }
  }

  async #authenticated(
    request: RawRequest,
    ids: Pick<RequestContext, 'requestId' | 'globalRequestId'>,
    path: string,
    search: string,
  ): Promise<Reply> {
    try {
      if (path === OPENAPI) {
        return this.#options.reference.openapi(request.method, baseUrl(request.headers, this.#options.address))
      }
      const credentials = await this.#options.authenticate(request.headers)
      if (credentials === null) return unauthorized(this.#options.authenticateUri)
      const context = { ...credentials, ...ids, isAdmin: this.#options.authorizer.isAdmin(credentials) }
      const query = search === '' ? NO_QUERY : new URLSearchParams(search)
      const url = `${baseUrl(request.headers, this.#options.address)}${path}`
      return await this.#dispatch(request, context, { ...segmentsOf(path), query, url })
    } catch (error) {
      return this.#failed(error, request, ids.requestId)
    }
  }

  async #dispatch(request: RawRequest, context: RequestContext, located: Located): Promise<Reply> {
    const { definitions } = this.#options.started
    const { method } = request
    const { segments, suffix, url } = located
    const [first, second] = segments
    if (first === undefined) return coreResources(method, url, definitions)
    if (first === 'extensions') {
      if (segments.length > 2) throw HTTPNotFound()
      return extensions(method, second ?? null, definitions)
    }
    if (first === 'changes' && segments.length === 1) {
      return answerChanges(this.#options.watch, { method, headers: request.headers, query: located.query, context })
    }
    const route = this.#routes.find(segments, suffix)
    if (route) return this.#answerRoute(request, context, located, route)
    const found = locate(definitions, segments)
    if (!found) throw HTTPNotFound()
    return this.#answerResource(request, context, located, found)
  }

  async #answerResource(
    { method, headers, body }: RawRequest,
    context: RequestContext,
    { query, url }: Located,
    { resource, parent, rest: [id, action, ...rest] }: LocatedResource,
  ): Promise<Reply> {
    const { controller, started } = this.#options
    const { methods, actions } = resource
    const call = (value: JsonObject | null = null): Call => ({
      context,
      served: started.registry.get(resource.name),
      parent: parent && { served: started.registry.get(parent.resource.name), id: parent.id },
      query,
      url,
      body: value,
      ifMatch: headers['if-match'],
    })
    if (id === undefined) {
      if (method === 'GET' && methods.has('list')) return controller.list(call())
      if (method === 'POST' && methods.has('create')) return controller.create(call(parseBody(body)))
      throw HTTPMethodNotAllowed()
    }
    if (action === undefined) {
      if (method === 'GET' && methods.has('show')) return controller.show(call(), id)
      if (method === 'PUT' && methods.has('update')) return controller.update(call(parseBody(body)), id)
      if (method === 'DELETE' && methods.has('delete')) return controller.remove(call(bodyOfDelete(body)), id)
      throw HTTPMethodNotAllowed()
    }
    if (!actions.has(action) || rest.length > 0) throw HTTPNotFound()
    if (method !== 'PUT') throw HTTPMethodNotAllowed()
    return controller.act(call(parseBody(body)), id, action)
  }

  async #answerRoute(
    { method, body }: RawRequest,
    context: RequestContext,
    { query }: Located,
    { handlers, params, texts }: Match,
  ): Promise<Reply> {
    const { started, authorizer } = this.#options
    for (const [name, text] of Object.entries(params)) {
      if ((text.length > PARAM_MAX && !texts.has(name)) || text.includes('\0')) throw HTTPNotFound()
    }
    const handle = handlers.get(method)
    if (!handle) throw HTTPMethodNotAllowed()
    const reply = await handle({
      context,
      params,
      query,
      // Parsed when it is asked for: a path that takes no body does not judge one.
      get body() {
        return method === 'POST' || method === 'PUT' ? parseBody(body) : null
      },
      find: (resource, id) =>
        started.store.read((tx) => authorizer.findVisible(tx, started.registry.get(resource), context, id)),
      enforce: (rule, target) => started.store.read((tx) => authorizer.enforce(tx, rule, context, target)),
    })
    return { status: reply.status, body: reply.body === undefined ? null : JSON.stringify(reply.body) }
  }

  #failed(error: unknown, { method, target }: RawRequest, requestId?: string): Reply {
    const reply = replyOfError(error)
    const fields = { method, path: target.split('?')[0], status: reply.status, request_id: requestId }
    if (isUnexpected(error)) this.#options.log.error('request failed', { ...fields, error })
    else this.#options.log.info('request refused', { ...fields, reason: (error as Error).message.slice(0, 500) })
    return reply
  }
}

/** Empty ones count for nothing, wherever they stand. @throws HTTPNotFound for what is no UTF-8. */
function segmentsOf(path: string): Pick<Located, 'segments' | 'suffix'> {
  const plain = path.slice(V2.length).replace(SUFFIX, '')
  const suffix = path.slice(V2.length + plain.length)
  const segments = plain.split('/').filter((segment) => segment !== '')
  try {
    return { segments: plain.includes('%') ? segments.map(decodeURIComponent) : segments, suffix }
  } catch {
    throw HTTPNotFound()
  }
}

/** Any body at all is refused, whatever it says. */
function bodyOfDelete(body: string): JsonObject | null {
  return body === '' ? null : {}
}
