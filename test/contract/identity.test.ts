import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { silentLog } from '#base/log.ts'
import { type Authenticator, identityAuthenticator } from '#identity/authenticator.ts'
import { type RunningIdentity, startIdentity } from '#identity/server.ts'
import { identityMigrations } from '#identity/tables.ts'
import { type FreshDatabase, forEachDatabase } from '../databases.ts'

interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: what a server answers is looked at, not typed
  readonly body: any
}

forEachDatabase((_name, openFresh) => {
  let nowMs = 1_700_000_000_000
  const clock = { now: () => nowMs }
  let database: FreshDatabase
  let identity: RunningIdentity
  let authenticate: Authenticator

  before(async () => {
    database = await openFresh(identityMigrations)
    const { store } = database
    authenticate = identityAuthenticator({ store, clock })
    const catalog = [{ type: 'network', name: 'neutron', url: 'http://127.0.0.1:9696' }]
    const bootstrap = { adminPassword: 'for admin', demoPassword: 'for demo' }
    identity = await startIdentity({
      store,
      clock,
      catalog,
      bootstrap,
      host: '127.0.0.1',
      port: 0,
      log: silentLog,
      revoked: authenticate.forget,
    })
  })
  after(async () => {
    await identity.close()
    await database[Symbol.asyncDispose]()
  })

  async function ask(
    method: string,
    path: string,
    token: string | null,
    body?: unknown,
    more: { readonly [name: string]: string } = {},
  ): Promise<Answer> {
    const headers = {
      ...(token === null ? {} : { 'x-auth-token': token }),
      'content-type': 'application/json',
      ...more,
    }
    const url = `${identity.url.replace(/\/v3$/, '')}${path}`
    const init = {
      method,
      headers,
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    }
    const response = await fetch(url, init as RequestInit)
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) }
  }

  const domain = { id: 'default' }
  const byName = (name: string, password: string) => ({
    methods: ['password'],
    password: { user: { name, domain: { name: 'Default' }, password } },
  })

  async function tokenOf(name: string, password = `for ${name}`, project: string | null = name): Promise<string> {
    const scope = project === null ? 'unscoped' : { project: { name: project, domain } }
    const { status, headers } = await ask('POST', '/v3/auth/tokens', null, {
      auth: { identity: byName(name, password), scope },
    })
    assert.equal(status, 201)
    return headers.get('x-subject-token')!
  }

  async function newUser(name: string, role = 'member') {
    const admin = await tokenOf('admin')
    const project = (
      await ask('POST', '/v3/projects', admin, { project: { name, domain_id: 'default', description: 'd' } })
    ).body.project
    const user = (await ask('POST', '/v3/users', admin, { user: { name, password: `for ${name}`, email: 'e@x' } })).body
      .user
    const roles = (await ask('GET', `/v3/roles?name=${role}`, admin)).body.roles
    const grant = `/v3/projects/${project.id}/users/${user.id}/roles/${roles[0].id}`
    assert.equal((await ask('PUT', grant, admin)).status, 204)
    return { admin, project, user, grant }
  }

  test('identity: anybody may discover the version', async () => {
    const root = await ask('GET', '/', null)
    assert.deepEqual([root.status, root.body.versions.values[0].id], [300, 'v3.14'])
    const { body } = await ask('GET', '/v3/', null)
    assert.equal(body.version.links[0].href, `${identity.url}/`)
  })

  test('identity: a password gives a token with user, project, implied roles and catalogue', async () => {
    const scope = { project: { name: 'demo', domain } }
    const { status, headers, body } = await ask('POST', '/v3/auth/tokens', null, {
      auth: { identity: byName('demo', 'for demo'), scope },
    })
    assert.equal(status, 201)
    assert.ok(headers.get('x-subject-token'))
    const { token } = body
    assert.deepEqual(
      [token.user.name, token.project.name, token.roles.map(({ name }: { name: string }) => name), token.methods],
      ['demo', 'demo', ['member', 'reader'], ['password']],
    )
    assert.deepEqual(
      token.catalog.map(({ type }: { type: string }) => type),
      ['network', 'identity'],
    )
    assert.match(token.expires_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
  })

  test('identity: a token may be asked about, exchanged and revoked', async () => {
    const token = await tokenOf('demo', 'for demo', null)
    const subject = { 'x-subject-token': token }
    const shown = await ask('GET', '/v3/auth/tokens', token, undefined, subject)
    assert.deepEqual([shown.status, shown.body.token.project], [200, undefined])

    const exchanged = await ask('POST', '/v3/auth/tokens', null, {
      auth: { identity: { methods: ['token'], token: { id: token } }, scope: { project: { name: 'demo', domain } } },
    })
    assert.deepEqual([exchanged.status, exchanged.body.token.methods], [201, ['password', 'token']])

    assert.equal((await ask('HEAD', '/v3/auth/tokens', token, undefined, subject)).status, 200)
    assert.equal((await ask('DELETE', '/v3/auth/tokens', token, undefined, subject)).status, 204)
    assert.equal((await ask('GET', '/v3/auth/tokens', token, undefined, subject)).status, 401)
    const admin = await tokenOf('admin')
    const gone = await ask('GET', '/v3/auth/tokens', admin, undefined, subject)
    assert.deepEqual([gone.status, gone.body.error.title], [404, 'Not Found'])
  })

  test('identity: a wrong password, user, domain, project or scope is refused alike', async () => {
    const scope = { project: { name: 'demo', domain } }
    const identities = [byName('demo', 'wrong'), byName('nobody', 'x'), { methods: ['token'], token: { id: 'x' } }]
    for (const who of identities) {
      const { status, body, headers } = await ask('POST', '/v3/auth/tokens', null, { auth: { identity: who, scope } })
      assert.equal(status, 401)
      assert.deepEqual(body.error, {
        code: 401,
        title: 'Unauthorized',
        message: 'The request you have made requires authentication.',
      })
      assert.match(headers.get('www-authenticate')!, /^Keystone uri=/)
    }
    const scopes = [
      { project: { name: 'admin', domain } },
      { project: { id: 'x' } },
      { system: { all: true } },
      { domain },
      { project: { name: 'demo', domain: { name: 'x' } } },
    ]
    for (const other of scopes) {
      const { status } = await ask('POST', '/v3/auth/tokens', null, {
        auth: { identity: byName('demo', 'for demo'), scope: other },
      })
      assert.equal(status, 401)
    }
  })

  test('identity: an administrator makes projects and users and says who may what where', async () => {
    const { admin, project, user, grant } = await newUser('maker')
    assert.deepEqual([project.domain_id, project.enabled, project.description], ['default', true, 'd'])
    assert.deepEqual([user.email, 'password_hash' in user, 'password' in user], ['e@x', false, false])
    assert.equal((await ask('HEAD', grant, admin)).status, 204)
    const listed = await ask('GET', `/v3/role_assignments?user.id=${user.id}&include_names=True`, admin)
    assert.deepEqual(
      listed.body.role_assignments.map((item: { role: { name: string }; scope: { project: { name: string } } }) => [
        item.role.name,
        item.scope.project.name,
      ]),
      [['member', 'maker']],
    )
    const effective = await ask('GET', `/v3/role_assignments?user.id=${user.id}&effective`, admin)
    assert.equal(effective.body.role_assignments.length, 2)

    const changed = await ask('PATCH', `/v3/projects/${project.id}`, admin, { project: { description: 'other' } })
    assert.deepEqual([changed.status, changed.body.project.description], [200, 'other'])
    assert.equal((await ask('POST', '/v3/projects', admin, { project: { name: 'maker' } })).status, 409)
    assert.equal((await ask('DELETE', `/v3/users/${user.id}`, admin)).status, 204)
    assert.equal(
      (await ask('GET', `/v3/users/${user.id}`, admin)).body.error.message,
      `Could not find user: ${user.id}.`,
    )
    assert.equal((await ask('HEAD', grant, admin)).status, 404)
    assert.equal((await ask('DELETE', `/v3/projects/${project.id}`, admin)).status, 204)
  })

  test("identity: the calls of Tempest's dynamic credentials are answered as it expects", async () => {
    const admin = await tokenOf('admin')
    const { domains } = (await ask('GET', '/v3/domains?name=Default', admin)).body
    const made = { name: 'tempest-1', description: 'd', domain_id: domains[0].id }
    const { project } = (await ask('POST', '/v3/projects', admin, { project: made })).body
    const person = { name: 'tempest-1-project', password: 'T$t', domain_id: domains[0].id }
    const { user } = (await ask('POST', '/v3/users', admin, { user: person })).body
    const { roles } = (await ask('GET', '/v3/roles', admin)).body
    const role = roles.find(({ name }: { name: string }) => name === 'member')
    assert.equal((await ask('POST', '/v3/roles', admin, { role: { name: 'member' } })).status, 409)
    const grant = `/v3/projects/${project.id}/users/${user.id}/roles/${role.id}`
    for (let times = 0; times < 2; times++) assert.equal((await ask('PUT', grant, admin)).status, 204)

    const who = { id: user.id, name: user.name, domain: { id: 'default' }, password: 'T$t' }
    const scope = { project: { id: project.id, name: project.name, domain: { id: 'default' } } }
    const issued = await ask('POST', '/v3/auth/tokens', null, {
      auth: { identity: { methods: ['password'], password: { user: who } }, scope },
    })
    assert.deepEqual([issued.status, issued.body.token.project.id], [201, project.id])
    for (const path of [`/v3/users/${user.id}`, `/v3/projects/${project.id}`]) {
      const { status, body } = await ask('DELETE', path, admin)
      assert.deepEqual([status, body], [204, null])
    }
  })

  test('identity: others than administrators see themselves and no more', async () => {
    const { admin, project, user } = await newUser('modest')
    const token = await tokenOf('modest')
    const status = async (method: string, path: string, body?: unknown) => (await ask(method, path, token, body)).status
    assert.deepEqual(
      [
        await status('GET', `/v3/users/${user.id}`),
        await status('GET', `/v3/projects/${project.id}`),
        await status('GET', '/v3/auth/projects'),
        await status('GET', `/v3/users/${user.id}/projects`),
      ],
      [200, 200, 200, 200],
    )
    const other = (await ask('GET', '/v3/users?name=admin', admin)).body.users[0].id
    const refused = [
      ['GET', '/v3/users'],
      ['GET', `/v3/users/${other}`],
      ['POST', '/v3/projects', { project: { name: 'x' } }],
      ['PATCH', `/v3/users/${user.id}`, { user: { name: 'x' } }],
      ['GET', '/v3/role_assignments'],
      ['GET', '/v3/services'],
    ] as const
    for (const [method, path, body] of refused) assert.equal(await status(method, path, body), 403, `${method} ${path}`)
    const subject = { 'x-subject-token': admin }
    assert.equal((await ask('GET', '/v3/auth/tokens', token, undefined, subject)).status, 403)
    assert.equal((await ask('GET', '/v3/users', null)).status, 401)
  })

  test('identity: what the API knows of a token ends with the role, the user, the password or the time', async () => {
    const { admin, project, user, grant } = await newUser('passing')
    const token = await tokenOf('passing')
    const expected = { userId: user.id, projectId: project.id, projectName: 'passing', roles: ['member', 'reader'] }
    assert.deepEqual(await authenticate(token), expected)
    assert.deepEqual(await authenticate(token), expected)
    assert.equal(await authenticate('unknown'), null)

    await ask('DELETE', grant, admin)
    assert.equal(await authenticate(token), null)
    await ask('PUT', grant, admin)
    assert.deepEqual(await authenticate(token), expected)

    const change = { user: { original_password: 'for passing', password: 'other' } }
    assert.equal((await ask('POST', `/v3/users/${user.id}/password`, null, change)).status, 204)
    assert.equal(await authenticate(token), null)

    const again = await tokenOf('passing', 'other')
    assert.deepEqual(await authenticate(again), expected)
    await ask('PATCH', `/v3/users/${user.id}`, admin, { user: { enabled: false } })
    assert.equal(await authenticate(again), null)

    const last = await tokenOf('demo')
    nowMs += 3_600_001
    assert.equal(await authenticate(last), null)
  })

  test('identity: guessing ends after ten failures, for that account and a while', async () => {
    const { user } = await newUser('guessed')
    const guess = () => ask('POST', '/v3/auth/tokens', null, { auth: { identity: byName('guessed', 'wrong') } })
    for (let failures = 0; failures < 10; failures++) assert.equal((await guess()).status, 401)
    const refused = await guess()
    assert.deepEqual([refused.status, Number(refused.headers.get('retry-after')) > 0], [429, true])
    await tokenOf('admin')
    nowMs += 60_001
    assert.ok(await tokenOf('guessed'))
    assert.ok(user.id)
  })

  test('identity: many may log in at once, and as many wrong guesses gain nothing', async () => {
    await newUser('busy')
    const attempt = (password: string) =>
      ask('POST', '/v3/auth/tokens', null, { auth: { identity: byName('busy', password) } })
    const right = await Promise.all(Array.from({ length: 30 }, () => attempt('for busy')))
    assert.deepEqual([...new Set(right.map(({ status }) => status))], [201])
    const wrong = await Promise.all(Array.from({ length: 30 }, () => attempt('wrong')))
    const tried = wrong.filter(({ status }) => status === 401).length
    assert.ok(tried >= 10 && tried < 14, `${tried} guesses were tried`)
    assert.ok(wrong.every(({ status }) => status === 401 || status === 429))
    nowMs += 60_001
  })

  test('identity: a restart keeps everything and changes no password', async () => {
    const token = await tokenOf('demo')
    const bootstrap = { adminPassword: 'another', demoPassword: 'another' }
    const second = await startIdentity({
      store: database.store,
      clock,
      catalog: [],
      bootstrap,
      host: '127.0.0.1',
      port: 0,
      log: silentLog,
    })
    await second.close()
    assert.ok(await authenticate(token))
    await tokenOf('admin')
  })

  test('identity: whatever is sent, nothing fails inside', async () => {
    const admin = await tokenOf('admin')
    const path = fc.constantFrom(
      '/v3/auth/tokens',
      '/v3/projects',
      '/v3/users',
      '/v3/roles',
      '/v3/users/x',
      '/v3/projects/x/users/y/roles/z',
      '/v3/role_assignments?user.id=%00',
      '/v3/users?name=%ff',
      '/v3/users/%00',
      '/v3/nothing',
      '/v3/users?enabled=x&domain_id=y',
      `/v3/users/${'x'.repeat(200)}`,
      '/v3/role_assignments?effective&include_names&scope.project.id=x',
    )
    const odd = fc.oneof(fc.constantFrom('\0', 'x'.repeat(70_000), 'a'.repeat(64), '\ud800', '😀'), fc.string())
    const body = fc.oneof(
      fc
        .record({ name: odd, email: odd, default_project_id: odd, id: odd }, { requiredKeys: ['name'] })
        .map((user) => JSON.stringify({ user, project: user, role: user })),
      fc.json(),
      fc.string(),
      fc
        .constantFrom('user', 'project', 'auth', 'role')
        .chain((key) => fc.jsonValue().map((value) => JSON.stringify({ [key]: value }))),
      fc
        .record({ name: fc.jsonValue(), enabled: fc.jsonValue(), password: fc.jsonValue() })
        .map((user) => JSON.stringify({ user })),
      fc
        .record({
          identity: fc.record({
            methods: fc.constant(['password', 'token']),
            password: fc.jsonValue(),
            token: fc.jsonValue(),
          }),
          scope: fc.jsonValue(),
        })
        .map((auth) => JSON.stringify({ auth })),
    )
    const method = fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE')
    await fc.assert(
      fc.asyncProperty(method, path, body, fc.boolean(), async (how, where, text, isAdmin) => {
        const { status } = await ask(how, where, isAdmin ? admin : 'none', how === 'GET' ? undefined : text)
        assert.ok(status < 500, `${how} ${where} ${text}: ${status}`)
      }),
      { numRuns: 150 },
    )
  })
})
