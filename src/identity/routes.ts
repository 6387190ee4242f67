/**
 * The calls of Identity API v3 that clients of a network service need, as data: path, who may, what it does.
 * Source: Identity API v3. What is not here is answered 404, as an extension that is not there.
 */
import { isJsonObject, type JsonObject } from '#base/json.ts'
import * as accounts from './accounts.ts'
import { assignmentRoutes } from './assignments.ts'
import { type Call, isAdmin, type Reply, type Route } from './call.ts'
import { listEndpoints, listRegions, listServices, tokenCatalog } from './catalog.ts'
import { forbidden, IdentityError, invalid, missing, notFound, unauthorized } from './errors.ts'
import { login, tokenBody } from './login.ts'
import { hashPassword, isAcceptablePassword, isPassword } from './passwords.ts'
import { assignments, DOMAIN, type Project, projects, users } from './tables.ts'
import { findValid, hashToken, revokeToken, revokeTokensOf, type Valid } from './tokens.ts'

const VERSION = 'v3.14'

/** As `GET /v3` describes itself. Pure. */
export function versionBody(base: string): JsonObject {
  return {
    id: VERSION,
    status: 'stable',
    updated: '2020-04-07T00:00:00Z',
    links: [{ rel: 'self', href: `${base}/v3/` }],
    'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' }],
  }
}

const discovery: readonly Route[] = [
  {
    method: 'GET',
    path: '/',
    access: 'public',
    action: 'discover',
    run: async ({ base }) => ({ status: 300, body: { versions: { values: [versionBody(base)] } } }),
  },
  {
    method: 'GET',
    path: '/v3',
    access: 'public',
    action: 'discover',
    run: async ({ base }) => ({ status: 200, body: { version: versionBody(base) } }),
  },
]

const auth: readonly Route[] = [
  {
    method: 'POST',
    path: '/v3/auth/tokens',
    access: 'public',
    action: 'identity:authenticate',
    async run({ host, body, address, query }) {
      const { text, valid } = await login(host, body, address)
      const catalog = 'nocatalog' in query ? null : tokenCatalog(host.catalog)
      return {
        status: 201,
        headers: { 'x-subject-token': text, vary: 'X-Auth-Token' },
        body: { token: tokenBody(valid, catalog) },
      }
    },
  },
  {
    method: 'GET',
    path: '/v3/auth/tokens',
    access: 'token',
    action: 'identity:validate_token',
    async run(call) {
      const { text, valid } = await subjectOf(call, 'identity:validate_token', ['admin', 'service'])
      const catalog = 'nocatalog' in call.query ? null : tokenCatalog(call.host.catalog)
      const headers = { 'x-subject-token': text, vary: 'X-Auth-Token' }
      return { status: 200, headers, body: { token: tokenBody(valid, catalog) } }
    },
  },
  {
    method: 'HEAD',
    path: '/v3/auth/tokens',
    access: 'token',
    action: 'identity:check_token',
    async run(call) {
      const { text } = await subjectOf(call, 'identity:check_token', ['admin', 'service'])
      return { status: 200, headers: { 'x-subject-token': text, vary: 'X-Auth-Token' } }
    },
  },
  {
    method: 'DELETE',
    path: '/v3/auth/tokens',
    access: 'token',
    action: 'identity:revoke_token',
    async run(call) {
      const { valid } = await subjectOf(call, 'identity:revoke_token', ['admin'])
      await call.host.store.transaction((tx) => revokeToken(tx, valid.token.token_hash))
      return { status: 204, revokes: true }
    },
  },
  {
    method: 'GET',
    path: '/v3/auth/projects',
    access: 'token',
    action: 'identity:get_auth_projects',
    run: (call) => projectsOf(call, call.caller!.user.id, '/v3/auth/projects'),
  },
  {
    method: 'GET',
    path: '/v3/auth/domains',
    access: 'token',
    action: 'identity:get_auth_domains',
    run: async ({ base }) => ({ status: 200, body: collection(base, '/v3/auth/domains', 'domains', []) }),
  },
  {
    method: 'GET',
    path: '/v3/auth/catalog',
    access: 'token',
    action: 'identity:get_auth_catalog',
    async run({ base, host, caller }) {
      if (caller!.project === null) throw forbidden('identity:get_auth_catalog')
      return { status: 200, body: collection(base, '/v3/auth/catalog', 'catalog', tokenCatalog(host.catalog)) }
    },
  },
]

/** The token a request is about, and what it is worth; one's own may always be asked about. @throws IdentityError */
async function subjectOf(
  call: Call,
  action: string,
  roles: readonly string[],
): Promise<{ text: string; valid: Valid }> {
  const text = call.headers['x-subject-token']
  if (text === undefined || text === '') throw missing('X-Subject-Token', 'request headers')
  const hash = hashToken(text)
  const caller = call.caller!
  if (hash !== caller.token.token_hash && !caller.roles.some(({ name }) => roles.includes(name)))
    throw forbidden(action)
  const valid = await call.host.store.read((tx) => findValid(tx, hash, call.host.clock.now()))
  if (valid === null) throw new IdentityError(404, 'Failed to validate token')
  return { text, valid }
}

async function projectsOf({ host, base }: Call, userId: string, path: string): Promise<Reply> {
  const rows = await host.store.read(async (tx) => {
    const held = await tx.list(assignments, { user_id: userId })
    const ids = [...new Set(held.map(({ project_id }) => project_id))]
    return ids.length === 0 ? [] : await tx.list(projects, { id: ids })
  })
  const shown = rows.filter(({ enabled }) => enabled).sort((a, b) => (a.name < b.name ? -1 : 1))
  const items = shown.map((row) => linked(base, accounts.projectKind, row))
  return { status: 200, body: collection(base, path, 'projects', items) }
}

/** List, show, create, change and delete for one kind of account. */
function accountRoutes<Row extends Project>(kind: accounts.Kind<Row>, showTo: Route['access']): readonly Route[] {
  const path = `/v3/${kind.collection}`
  const one = ({ base }: Call, row: Row) => ({ [kind.name]: linked(base, kind, row) })
  return [
    {
      method: 'GET',
      path,
      access: 'admin',
      action: `identity:list_${kind.collection}`,
      async run({ host, base, query }) {
        const { rows, truncated } = await host.store.read((tx) => accounts.list(tx, kind, query))
        const items = rows.map((row) => linked(base, kind, row))
        return {
          status: 200,
          body: { ...collection(base, path, kind.collection, items), ...(truncated ? { truncated } : {}) },
        }
      },
    },
    {
      method: 'POST',
      path,
      access: 'admin',
      action: `identity:create_${kind.name}`,
      run: async (call) => ({ status: 201, body: one(call, await accounts.create(call.host.store, kind, call.body)) }),
    },
    {
      method: 'GET',
      path: `${path}/:${kind.name}_id`,
      access: showTo,
      action: `identity:get_${kind.name}`,
      run: async (call) => ({
        status: 200,
        body: one(call, await call.host.store.read((tx) => accounts.get(tx, kind, call.params[`${kind.name}_id`]!))),
      }),
    },
    {
      method: 'PATCH',
      path: `${path}/:${kind.name}_id`,
      access: 'admin',
      action: `identity:update_${kind.name}`,
      async run(call) {
        const row = await accounts.update(call.host.store, kind, call.params[`${kind.name}_id`]!, call.body)
        return { status: 200, body: one(call, row), revokes: true }
      },
    },
    {
      method: 'DELETE',
      path: `${path}/:${kind.name}_id`,
      access: 'admin',
      action: `identity:delete_${kind.name}`,
      async run({ host, params }) {
        await host.store.transaction((tx) => accounts.remove(tx, kind, params[`${kind.name}_id`]!))
        return { status: 204, revokes: true }
      },
    },
  ]
}

const ofUser: readonly Route[] = [
  {
    method: 'GET',
    path: '/v3/users/:user_id/projects',
    access: 'user',
    action: 'identity:list_user_projects',
    async run(call) {
      const id = call.params.user_id!
      await call.host.store.read((tx) => accounts.get(tx, accounts.userKind, id))
      return await projectsOf(call, id, `/v3/users/${id}/projects`)
    },
  },
  {
    method: 'POST',
    path: '/v3/users/:user_id/password',
    access: 'public', // the original password is the proof
    action: 'identity:change_password',
    async run({ host, params, body, address }) {
      const given = isJsonObject(body) && isJsonObject(body.user) ? body.user : null
      if (given === null) throw missing('user', 'request body')
      const { original_password: original, password } = given
      if (typeof original !== 'string' || typeof password !== 'string') throw missing('original_password', 'user')
      if (!isAcceptablePassword(password)) throw invalid("Invalid input for field 'password'.")
      const id = params.user_id!
      const user = await host.store.read((tx) => tx.find(users, { id }))
      const key = JSON.stringify([address, id])
      const right = await host.gate.check(key, () => isPassword(original, user?.password_hash ?? null))
      if (!right || !user?.enabled) throw unauthorized()
      const password_hash = await hashPassword(password)
      await host.store.transaction(async (tx) => {
        await tx.update(users, { id }, { password_hash })
        await revokeTokensOf(tx, id)
      })
      return { status: 204, revokes: true }
    },
  },
]

/** A list that does not change while the service runs, and its items by id. */
function fixedRoutes(name: string, plural: string, items: (call: Call) => readonly JsonObject[]): readonly Route[] {
  const path = `/v3/${plural}`
  const shown = (call: Call): JsonObject[] =>
    items(call).map((item) => ({ ...item, links: { self: `${call.base}${path}/${String(item.id)}` } }))
  const matches = (item: JsonObject, query: Call['query']) =>
    Object.entries(query).every(([key, value]) => !(key in item) || String(item[key]) === value)
  return [
    {
      method: 'GET',
      path,
      access: 'admin',
      action: `identity:list_${plural}`,
      run: async (call) => ({
        status: 200,
        body: collection(
          call.base,
          path,
          plural,
          shown(call).filter((item) => matches(item, call.query)),
        ),
      }),
    },
    {
      method: 'GET',
      path: `${path}/:id`,
      access: 'admin',
      action: `identity:get_${name}`,
      async run(call) {
        const item = shown(call).find(({ id }) => id === call.params.id)
        if (!item) throw notFound(name, call.params.id!)
        return { status: 200, body: { [name]: item } }
      },
    },
  ]
}

export function collection(base: string, path: string, name: string, items: readonly JsonObject[]): JsonObject {
  return { [name]: items, links: { self: `${base}${path}`, previous: null, next: null } }
}

function linked<Row extends Project>(base: string, kind: accounts.Kind<Row>, row: Row): JsonObject {
  return { ...kind.show(row), links: { self: `${base}/v3/${kind.collection}/${row.id}` } }
}

export const routes: readonly Route[] = [
  ...discovery,
  ...auth,
  ...accountRoutes(accounts.projectKind, 'project'),
  ...accountRoutes(accounts.userKind, 'user'),
  ...accountRoutes(accounts.roleKind, 'admin'),
  ...ofUser,
  ...assignmentRoutes,
  ...fixedRoutes('domain', 'domains', () => [
    { ...DOMAIN, enabled: true, description: 'The only domain', options: {}, tags: [] },
  ]),
  ...fixedRoutes('service', 'services', ({ host }) => listServices(host.catalog)),
  ...fixedRoutes('endpoint', 'endpoints', ({ host }) => listEndpoints(host.catalog)),
  ...fixedRoutes('region', 'regions', ({ host }) => listRegions(host.catalog)),
]

/** Whether the caller may call the route. @throws IdentityError 401, 403 */
export async function authorize(route: Route, call: Call): Promise<void> {
  if (route.access === 'public') return
  const { caller, params } = call
  if (caller === null) throw unauthorized()
  if (route.access === 'token' || isAdmin(caller)) return
  if (route.access === 'user' && params.user_id === caller.user.id) return
  if (route.access === 'project') {
    const where = { user_id: caller.user.id, project_id: params.project_id! }
    if (await call.host.store.read((tx) => tx.exists(assignments, where))) return
  }
  throw forbidden(route.action)
}
