/** What HTTP itself brings: paths, verbs, heads, limits, origins. SQLite will do: the database has no part in it. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { systemClock } from '#base/clock.ts'
import { type Log, silentLog } from '#base/log.ts'
import type { PlainValues } from '#config/config.ts'
import { discover } from '#plugin/discover.ts'
import { openStore } from '#store/database.ts'
import { migrate } from '#store/migrate.ts'
import { machineFeatures, startTestApi, type TestApi } from '../fakes/api.ts'
import { gadgetFeature } from '../fakes/gadgets.ts'

const features = [...(await machineFeatures()), gadgetFeature]

async function startHttp(values: PlainValues = {}, loaded = features, log: Log = silentLog): Promise<TestApi> {
  const store = await openStore('sqlite://', { log: silentLog, clock: systemClock })
  await migrate(
    store,
    loaded.flatMap((feature) => feature.migrations),
  )
  const api = await startTestApi(store, loaded, values, { log })
  const close = api[Symbol.asyncDispose]
  return {
    ...api,
    async [Symbol.asyncDispose]() {
      await close()
      await store.close()
    },
  }
}

/** Bytes to the server, and what it says until it hangs up. */
async function speak(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  let answer = ''
  socket.setEncoding('utf8')
  socket.write(text)
  for await (const chunk of socket) answer += chunk
  return answer
}

test('discovery needs no token, everything below /v2.0 does', async () => {
  await using api = await startHttp()
  const root = await api.call(null, 'GET', '/')
  const links = [{ rel: 'self', href: `${api.url}/v2.0/` }]
  assert.deepEqual(root.body, { versions: [{ id: 'v2.0', status: 'CURRENT', links }] })
  assert.equal(root.headers.get('content-type'), 'application/json')
  assert.equal(root.headers.has('x-openstack-request-id'), false)
  assert.equal((await api.call(null, 'POST', '/')).status, 405)

  const refused = await api.call(null, 'GET', '/v2.0/gadgets')
  assert.equal(refused.status, 401)
  assert.deepEqual(refused.body, {
    error: { code: 401, title: 'Unauthorized', message: 'The request you have made requires authentication.' },
  })
  assert.equal(refused.headers.get('www-authenticate'), 'Keystone uri="http://identity.example/v3"')
  assert.equal((await api.call('forged', 'GET', '/v2.0/nothing')).status, 401)
})

test('the health check answers as load balancers ask', async () => {
  await using api = await startHttp()
  const plain = await api.call(null, 'GET', '/healthcheck')
  assert.deepEqual([plain.status, plain.text], [200, 'OK'])
  const json = await api.call(null, 'GET', '/healthcheck', undefined, { accept: 'application/json' })
  assert.deepEqual(json.body, { detailed: false, reasons: ['OK'] })
  assert.equal((await api.call(null, 'HEAD', '/healthcheck')).status, 204)
  await using closed = await startHttp({ healthcheck: { disable_by_file_path: import.meta.filename } })
  const disabled = await closed.call(null, 'GET', '/healthcheck')
  assert.deepEqual([disabled.status, disabled.text], [503, 'DISABLED BY FILE'])
})

test('paths: dashes or underscores, a slash or .json at the end; unknown ones are 404', async () => {
  await using api = await startHttp()
  for (const path of ['/v2.0/gadgets', '/v2.0/gadgets/', '/v2.0/gadgets.json', '/v2.0/g%61dgets']) {
    assert.deepEqual((await api.call('alice', 'GET', path)).body, { gadgets: [] }, path)
  }
  const absolute = await speak(api.url, `GET ${api.url}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
  assert.match(absolute, /^HTTP\/1\.1 200 OK.*"versions"/s)
  for (const path of ['/x', '/v2.0', '/v2.0/x', '/v2.0/gadgets/a/b', '/v2.0/gadgets/a/b/c', '/v2.0/%ff', '/v3/']) {
    const { status, body } = await api.call('alice', 'GET', path)
    assert.deepEqual([status, body.NeutronError.type], [404, 'HTTPNotFound'], path)
  }
})

test('verbs that a path does not know are 405, on extensions 404', async () => {
  await using api = await startHttp()
  const cases = { '/v2.0/gadgets': 'PUT DELETE PATCH HEAD', '/v2.0/gadgets/1': 'POST PATCH HEAD', '/v2.0/': 'POST' }
  for (const [path, verbs] of Object.entries(cases)) {
    for (const verb of verbs.split(' ')) assert.equal((await api.call('alice', verb, path)).status, 405, verb + path)
  }
  assert.equal((await api.call('alice', 'PATCH', '/v2.0/quotas/a')).status, 405)
  assert.equal((await api.call('alice', 'POST', '/v2.0/extensions', {})).status, 404)
})

test('extensions are listed with what they announce, and shown by alias', async () => {
  await using api = await startHttp()
  const { extensions } = (await api.call('alice', 'GET', '/v2.0/extensions')).body
  const aliases = extensions.map(({ alias }: { alias: string }) => alias)
  for (const alias of ['gadgets', 'gadget-shine', 'sorting', 'pagination', 'quotas', 'quota_details']) {
    assert.ok(aliases.includes(alias), alias)
  }
  assert.equal(aliases.includes('neutrino-machine'), false)
  const shown = await api.call('alice', 'GET', '/v2.0/extensions/gadget-shine')
  assert.deepEqual(shown.body, {
    extension: extensions.find(({ alias }: { alias: string }) => alias === 'gadget-shine'),
  })
  const unknown = await api.call('alice', 'GET', '/v2.0/extensions/x')
  assert.equal(unknown.body.NeutronError.message, 'Extension with alias x does not exist')
})

test('a body is JSON whatever the Content-Type says', async () => {
  await using api = await startHttp()
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=utf-8',
    'nonsense',
  ]) {
    const made = await api.call('alice', 'POST', '/v2.0/gadgets', { gadget: {} }, { 'content-type': type })
    assert.equal(made.status, 201, type)
  }
})

test('heads and bodies have limits, and what is no HTTP is refused in JSON', async () => {
  await using api = await startHttp()
  const long = await speak(api.url, `GET / HTTP/1.1\r\nHost: x\r\nX-Auth-Token: ${'t'.repeat(20_000)}\r\n\r\n`)
  assert.match(long, /^HTTP\/1\.1 431 .*HTTPRequestHeaderFieldsTooLarge/s)
  const garbage = await speak(api.url, 'GARBAGE\r\n\r\n')
  assert.match(garbage, /^HTTP\/1\.1 400 .*NeutronError/s)
  const head = `POST /v2.0/gadgets HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Auth-Token: alice\r\n`
  const huge = await speak(api.url, `${head}Content-Length: 99999999\r\n\r\n`)
  assert.match(huge, /^HTTP\/1\.1 413 .*HTTPRequestEntityTooLarge/s)
})

test('requests of every make are answered: HTTP/1.0, in chunks, without a host, with odd heads', async () => {
  await using api = await startHttp()
  const head = 'Connection: close\r\nX-Auth-Token: alice\r\n'
  const old = await speak(api.url, 'GET /v2.0/gadgets HTTP/1.0\r\nX-Auth-Token: alice\r\n\r\n')
  assert.match(old, /^HTTP\/1\.1 200 .*\{"gadgets":\[\]\}$/s)
  const chunked = `POST /v2.0/gadgets HTTP/1.1\r\nHost: x\r\n${head}Transfer-Encoding: chunked\r\n\r\n`
  const body = ['{"gad', 'get": {"name": "p', 'ieces"}}']
  const chunks = body.map((text) => `${text.length.toString(16)}\r\n${text}\r\n`).join('')
  assert.match(await speak(api.url, `${chunked}${chunks}0\r\n\r\n`), /^HTTP\/1\.1 201 .*"name":"pieces"/s)
  for (const wrong of [
    `GET /v2.0/gadgets HTTP/1.1\r\n${head}\r\n`,
    `${chunked}zz\r\n`,
    `${chunked.replace('\r\n\r\n', '\r\nContent-Length: 5\r\n\r\n')}0\r\n\r\n`,
    `GET /v2.0/gadgets HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Auth-Token: a\0b\r\n\r\n`,
    `GET /v2.0/gad\0gets HTTP/1.1\r\nHost: x\r\n${head}\r\n`,
    `GET v2.0/gadgets HTTP/1.1\r\nHost: x\r\n${head}\r\n`,
    `GET /v2.0/gadgets HTTP/1.1\r\nHost: x\r\n${head}Content-Length: -1\r\n\r\n`,
  ]) {
    assert.match(await speak(api.url, wrong), /^HTTP\/1\.1 400 .*"Request is not valid HTTP"/s, wrong)
  }
  const long = await speak(api.url, `GET /v2.0/gadgets?${'name=x&'.repeat(3_000)} HTTP/1.1\r\nHost: x\r\n${head}\r\n`)
  assert.match(long, /^HTTP\/1\.1 431 /)
})

test('a bulk of more objects than one request may make is too large, whatever its bytes', async () => {
  await using api = await startHttp()
  const gadgets = `{"gadgets": [${Array.from({ length: 20_001 }, () => '{}').join()}]}`
  const { status, body } = await api.call('alice', 'POST', '/v2.0/gadgets', gadgets)
  assert.deepEqual([status, body.NeutronError.type], [413, 'HTTPRequestEntityTooLarge'])
})

test('links use the Host header; a proxy is believed only when told to', async () => {
  const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'api.example', 'x-forwarded-prefix': '/network' }
  await using plain = await startHttp()
  assert.match((await plain.call(null, 'GET', '/', undefined, headers)).text, /"http:\/\/127\.0\.0\.1:\d+\/v2\.0\/"/)
  await using proxied = await startHttp({ oslo_middleware: { enable_proxy_headers_parsing: 'true' } })
  assert.match(
    (await proxied.call(null, 'GET', '/', undefined, headers)).text,
    /"https:\/\/api\.example\/network\/v2\.0\/"/,
  )
  const standard = { ...headers, forwarded: 'for=192.0.2.1;proto=https;host="front.example", for=10.0.0.1;host=in' }
  assert.match(
    (await proxied.call(null, 'GET', '/', undefined, standard)).text,
    /"https:\/\/front\.example\/network\/v2\.0\/"/,
  )
  await using prefixed = await startHttp({ DEFAULT: { network_link_prefix: 'https://front.example/net' } })
  const page = await prefixed.call('alice', 'GET', '/v2.0/gadgets?limit=1')
  assert.match(page.text, /"https:\/\/front\.example\/net\/v2\.0\/gadgets\?limit=1/)
})

test('other origins are let in only when named', async () => {
  const origin = 'https://console.example'
  await using closed = await startHttp()
  const silent = await closed.call('alice', 'GET', '/v2.0/gadgets', undefined, { origin })
  assert.equal(silent.headers.has('access-control-allow-origin'), false)
  await using open = await startHttp({ cors: { allowed_origin: `${origin},https://other.example` } })
  for (const path of ['/v2.0/gadgets', '/']) {
    const answer = await open.call(null, 'GET', path, undefined, { origin })
    assert.equal(answer.headers.get('access-control-allow-origin'), origin)
    assert.equal(answer.headers.get('access-control-allow-credentials'), 'true')
    assert.equal(answer.headers.get('vary'), 'Origin')
    assert.match(answer.headers.get('access-control-expose-headers') ?? '', /X-OpenStack-Request-ID/)
  }
  const other = await open.call(null, 'GET', '/v2.0/gadgets', undefined, { origin: 'https://evil.example' })
  assert.equal(other.headers.has('access-control-allow-origin'), false)
  await using all = await startHttp({ cors: { allowed_origin: '*', allow_credentials: 'false', expose_headers: '' } })
  const any = await all.call('alice', 'GET', '/v2.0/gadgets', undefined, { origin })
  assert.equal(any.headers.get('access-control-allow-origin'), '*')
  assert.equal(any.headers.has('access-control-allow-credentials'), false)
  assert.equal(any.headers.has('access-control-expose-headers'), false)
})

test('a preflight needs no token, and says yes only to what the operator allows', async () => {
  const origin = 'https://console.example'
  await using api = await startHttp({
    cors: { allowed_origin: origin, allow_methods: 'GET,PUT', allow_headers: 'X-Auth-Token,X-Mine', max_age: '60' },
  })
  const ask = (method: string, headers: string, from = origin) =>
    api.call(null, 'OPTIONS', '/v2.0/gadgets', undefined, {
      origin: from,
      'access-control-request-method': method,
      ...(headers === '' ? {} : { 'access-control-request-headers': headers }),
    })
  const yes = await ask('PUT', 'x-mine, Content-Type')
  assert.equal(yes.status, 200)
  assert.equal(yes.text, '')
  assert.equal(yes.headers.get('access-control-allow-origin'), origin)
  assert.equal(yes.headers.get('access-control-allow-methods'), 'PUT')
  assert.equal(yes.headers.get('access-control-allow-headers'), 'x-mine,Content-Type')
  assert.equal(yes.headers.get('access-control-max-age'), '60')
  assert.equal((await ask('GET', '')).headers.has('access-control-allow-headers'), false)
  for (const no of [
    await ask('DELETE', ''),
    await ask('GET', 'x-other'),
    await ask('GET', '', 'https://evil.example'),
  ]) {
    assert.equal(no.status, 200)
    assert.equal(no.headers.has('access-control-allow-origin'), false)
  }
})

test('the operator bounds bodies', async () => {
  await using api = await startHttp({ oslo_middleware: { max_request_body_size: '2048' } })
  const named = (length: number) => api.call('alice', 'POST', '/v2.0/gadgets', { gadget: { name: 'x'.repeat(length) } })
  assert.equal((await named(200)).status, 201)
  const { status, body } = await named(3000)
  assert.deepEqual([status, body.NeutronError.type], [413, 'HTTPRequestEntityTooLarge'])
  const head = 'POST /v2.0/gadgets HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Auth-Token: alice\r\n'
  const chunk = `${(4096).toString(16)}\r\n${' '.repeat(4096)}\r\n0\r\n\r\n`
  assert.match(await speak(api.url, `${head}Transfer-Encoding: chunked\r\n\r\n${chunk}`), /^HTTP\/1\.1 413 /)
})

test('the log knows a request by its own id, and by the id the caller gave the larger operation', async () => {
  const sent = 'req-00000000-0000-4000-8000-000000000000'
  const lines: { readonly [field: string]: unknown }[] = []
  const keep = (_message: string, fields?: object) => void lines.push({ ...fields })
  const log: Log = { debug: keep, info: keep, warn: keep, error: keep, child: () => log }
  await using api = await startHttp({}, features, log)
  const told = await api.call('alice', 'GET', '/v2.0/gadgets', undefined, { 'x-openstack-request-id': sent })
  const own = told.headers.get('x-openstack-request-id')
  assert.ok(lines.some(({ request_id, global_request_id }) => request_id === own && global_request_id === sent))
  await api.call('alice', 'GET', '/v2.0/gadgets', undefined, { 'x-openstack-request-id': `${sent} or so` })
  assert.equal(lines.at(-1)?.global_request_id, null)
})

test('every answer has a request id of its own, whatever the caller calls the request', async () => {
  await using api = await startHttp()
  const sent = 'req-00000000-0000-4000-8000-000000000000'
  const one = await api.call('alice', 'GET', '/v2.0/gadgets', undefined, { 'x-openstack-request-id': sent })
  const two = await api.call(null, 'GET', '/v2.0/gadgets')
  const ids = [one, two].map(({ headers }) => headers.get('x-openstack-request-id'))
  assert.equal(new Set([...ids, sent]).size, 3)
})

test('creating below an object that does not exist says so, and so does one the caller cannot see', async () => {
  await using api = await startHttp({}, await discover())
  const network_id = '00000000-0000-4000-8000-000000000000'
  for (const token of ['alice', 'admin']) {
    const { status, body } = await api.call(token, 'POST', '/v2.0/ports', { port: { network_id } })
    assert.equal(status, 404, token)
    assert.equal(body.NeutronError.type, 'NetworkNotFound')
  }
  const { network } = (await api.call('alice', 'POST', '/v2.0/networks', { network: {} })).body
  const foreign = await api.call('bob', 'POST', '/v2.0/ports', { port: { network_id: network.id } })
  assert.equal(foreign.status, 404)
  assert.equal(foreign.body.NeutronError.message, `Network ${network.id} could not be found.`)
})
