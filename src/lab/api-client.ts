/**
 * A small client of the Networking API for what one host's lab does: a token by password from the identity service, the
 * network endpoint from its catalogue, JSON there and back. Not a product: people use openstackclient.
 * Source: Identity API v3, "Password authentication with scoped authorization"; Networking API v2.0.
 */
import { readFileSync } from 'node:fs'
import { parse as parseYaml } from 'yaml'
import { OperatingError } from '#base/errors.ts'
import { isJsonObject, type Json, type JsonObject } from '#base/json.ts'

/** The `auth` part of a cloud in clouds.yaml: a password, or (`auth_type: none`) nothing but where the API is. */
export type Cloud = PasswordCloud | { readonly endpoint: string }

interface PasswordCloud {
  readonly auth_url: string
  readonly username: string
  readonly password: string
  readonly project_name: string
  readonly user_domain_name?: string
  readonly project_domain_name?: string
}

/** The API refused: its status, the error's type and its message. */
export class ApiError extends OperatingError {
  override name = 'ApiError'
  readonly status: number
  readonly type: string

  constructor(status: number, type: string, message: string) {
    super(`${status} ${type}: ${message}`)
    this.status = status
    this.type = type
  }
}

export interface ApiClient {
  /** The project its token is for; empty without one. */
  projectId(): Promise<string>
  /** By path, `/v2.0/networks?name=…`; the whole answer. @throws ApiError */
  get<T = JsonObject>(path: string): Promise<T>
  post<T = JsonObject>(path: string, body: JsonObject): Promise<T>
  put<T = JsonObject>(path: string, body: JsonObject): Promise<T>
  delete(path: string): Promise<void>
  /** All of them that match; values are compared as the API's filters do. */
  list(collection: string, query?: { readonly [name: string]: string }): Promise<JsonObject[]>
  /** Null when there is none. */
  find(collection: string, id: string): Promise<JsonObject | null>
  create(collection: string, body: JsonObject): Promise<JsonObject>
  update(collection: string, id: string, body: JsonObject): Promise<JsonObject>
  /** Gone already is fine. */
  remove(collection: string, id: string): Promise<void>
}

const REQUEST_MS_MAX = 30_000

interface Session {
  readonly token: string
  readonly project_id: string
  readonly endpoint: string
}

/** A client with that cloud's credentials; it has a token already. @throws OperatingError, ApiError */
export async function openClient(cloudsFile: string, name: string): Promise<ApiClient> {
  const client = createApiClient(readCloud(cloudsFile, name))
  await client.projectId()
  return client
}

export function createApiClient(cloud: Cloud): ApiClient {
  let session: Promise<Session> | null = null
  const logIn = () => {
    session ??= authenticate(cloud).catch((error: unknown) => {
      session = null
      throw error
    })
    return session
  }

  const request = async (method: string, path: string, body?: JsonObject): Promise<JsonObject> => {
    for (let attempt = 0; ; attempt++) {
      const { endpoint, token } = await logIn()
      const { status, json } = await send(method, `${endpoint}${path}`, token ? { 'X-Auth-Token': token } : {}, body)
      if (status === 401 && attempt === 0) {
        session = null // it has expired, or the server has begun anew
        continue
      }
      if (status >= 400) throw errorOf(status, json)
      return isJsonObject(json) ? json : {}
    }
  }
  const inside = async (method: string, path: string, name: string, body?: JsonObject) =>
    (await request(method, `/v2.0/${path}`, body && { [name]: body }))[name] as JsonObject
  const unlessMissing = async <T>(work: Promise<T>) => {
    try {
      return await work
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return null
      throw error
    }
  }

  return {
    get: async (path) => (await request('GET', path)) as never,
    post: async (path, body) => (await request('POST', path, body)) as never,
    put: async (path, body) => (await request('PUT', path, body)) as never,
    delete: async (path) => void (await request('DELETE', path)),
    projectId: async () => (await logIn()).project_id,
    list: async (collection, query = {}) =>
      (await request('GET', `/v2.0/${collection}?${new URLSearchParams(query)}`))[
        wire(collection)
      ] as unknown as JsonObject[],
    find: (collection, id) => unlessMissing(inside('GET', `${collection}/${id}`, singular(collection))),
    create: (collection, body) => inside('POST', collection, singular(collection), body),
    update: (collection, id, body) => inside('PUT', `${collection}/${id}`, singular(collection), body),
    remove: async (collection, id) => void (await unlessMissing(request('DELETE', `/v2.0/${collection}/${id}`))),
  }
}

/** `security-groups` in a path is `security_groups` in a body. */
function wire(collection: string): string {
  return collection.replaceAll('-', '_')
}

function singular(collection: string): string {
  return wire(collection).replace(/s$/, '')
}

async function authenticate(cloud: Cloud): Promise<Session> {
  if ('endpoint' in cloud) return { token: '', project_id: '', endpoint: cloud.endpoint.replace(/\/+$/, '') }
  const { auth_url, username, password, project_name } = cloud
  const { user_domain_name = 'Default', project_domain_name = 'Default' } = cloud
  const user = { name: username, password, domain: { name: user_domain_name } }
  const scope = { project: { name: project_name, domain: { name: project_domain_name } } }
  const body = { auth: { identity: { methods: ['password'], password: { user } }, scope } }
  const base = auth_url.replace(/\/+(?:v3\/*)?$/, '')
  const { status, json, headers } = await send('POST', `${base}/v3/auth/tokens`, {}, body)
  const token = headers.get('x-subject-token')
  if (status !== 201 || token === null) throw errorOf(status, json)
  const { catalog, project } = (json as { token: { catalog: Catalog; project: { id: string } } }).token
  const endpoints = catalog.find(({ type }) => type === 'network')?.endpoints ?? []
  const url = endpoints.find((endpoint) => endpoint.interface === 'public')?.url
  if (!url) throw new OperatingError(`${auth_url}: the catalogue has no public network endpoint`)
  return { token, project_id: project.id, endpoint: url.replace(/\/+(?:v2\.0\/*)?$/, '') }
}

type Catalog = readonly {
  readonly type: string
  readonly endpoints: readonly { readonly interface: string; readonly url: string }[]
}[]

async function send(method: string, url: string, headers: Record<string, string>, body?: JsonObject) {
  const response = await fetch(url, {
    method,
    headers: { ...headers, Accept: 'application/json', ...(body && { 'Content-Type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(REQUEST_MS_MAX),
  }).catch((cause: unknown) => {
    throw new OperatingError(`${method} ${url}: no answer`, { cause })
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, json: parse(text) }
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}

function errorOf(status: number, json: Json): ApiError {
  const fault = isJsonObject(json) ? (json.NeutronError ?? json.error) : null
  if (!isJsonObject(fault)) return new ApiError(status, 'Error', typeof json === 'string' ? json.slice(0, 200) : '')
  return new ApiError(status, String(fault.type ?? fault.title ?? 'Error'), String(fault.message ?? ''))
}

/**
 * The `auth` part of that cloud in a clouds.yaml.
 * @throws OperatingError when it is not there.
 */
export function readCloud(path: string, name: string): Cloud {
  const auth = findMap(parseYaml(readFileSync(path, 'utf8')) as Json, ['clouds', name, 'auth'])
  const needed = auth && 'endpoint' in auth ? ['endpoint'] : ['auth_url', 'username', 'password', 'project_name']
  const missing = needed.filter((key) => auth?.[key] === undefined)
  if (!auth || missing.length > 0) throw new OperatingError(`${path}: cloud ${name} lacks ${missing.join(', ')}`)
  return Object.fromEntries(Object.entries(auth).map(([key, value]) => [key, String(value)])) as unknown as Cloud
}

function findMap(map: Json, path: readonly string[]): JsonObject | null {
  const found = path.reduce<Json>((within, key) => (isJsonObject(within) ? (within[key] ?? null) : null), map)
  return isJsonObject(found) ? found : null
}
