/** What goes wrong between the `neutron` command and its services: a clear line and the exit code of Debian's client. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { loadSettings, openClient } from '#cli/client/client.ts'
import { breakOff, certificates, hangUp, identityV2, says, service, silence } from './broken-services.ts'
import { type NeutronWorld, neutronWorld, NEUTRON as OURS, outcomeOf } from './neutron-command.ts'
import type { Outcome } from './one-host.ts'
import { openTerminal } from './terminal.ts'

const DEBIANS = '/usr/bin/neutron'
const DEPRECATED = /^neutron CLI is deprecated.*\n/
const NETWORKS = '{"networks": [{"id": "n1", "name": "one", "subnets": []}], "subnets": []}'

let api: NeutronWorld
let folder: string

before(async () => {
  api = await neutronWorld()
  folder = mkdtempSync(join(tmpdir(), 'neutrino-client-'))
})
after(async () => {
  await api?.[Symbol.asyncDispose]()
  if (folder) rmSync(folder, { recursive: true, force: true })
})

type Env = Readonly<Record<string, string>>

const cloud = (): Env => api.env
const bare = (url: string): Env => ({ OS_AUTH_TYPE: 'none', OS_ENDPOINT: url })

/** The same command line by both, request ids aside. */
async function both(words: readonly string[], env: Env): Promise<{ ours: Outcome; theirs: Outcome }> {
  const [ours, theirs] = await Promise.all(
    [OURS, DEBIANS].map((program) => outcomeOf(program, words, { HOME: folder, LC_ALL: 'C.UTF-8', ...env })),
  )
  return { ours: plain(ours!), theirs: plain(theirs!) }
}

function plain({ status, out, err }: Outcome): Outcome {
  return { status, out, err: err.replace(DEPRECATED, '').replace(/req-[0-9a-f-]{36}/g, 'req-…') }
}

const refusals: Record<string, { words?: readonly string[]; env: () => Env | Promise<Env>; says: RegExp }> = {
  'a wrong password': {
    env: async () => ({ ...(await variables()), OS_PASSWORD: 'wrong' }),
    says: /^The request you have made requires authentication. \(HTTP 401\)/,
  },
  'no such cloud': { env: () => ({ ...cloud(), OS_CLOUD: 'nope' }), says: /^Cloud nope was not found.$/m },
  'no such region of the cloud': {
    words: ['--os-region-name', 'nowhere', 'net-list'],
    env: cloud,
    says: /^Region nowhere is not a valid region name/,
  },
  'no endpoint in the region': {
    env: async () => ({ ...(await variables()), OS_REGION_NAME: 'nowhere' }),
    says: /^public endpoint for network service in nowhere region not found$/m,
  },
  'no identity service said': {
    env: () => ({ OS_USERNAME: 'x' }),
    says: /^Auth plugin requires parameters which were not given: auth_url$/m,
  },
  'no version at the address of the identity service': {
    env: async () => ({ ...(await variables()), OS_AUTH_URL: new URL('/v9', (await variables()).OS_AUTH_URL).href }),
    says: /Could not find versioned identity endpoints/,
  },
  'an object that is not there': {
    words: ['net-show', 'nonesuch'],
    env: cloud,
    says: /^Unable to find network with name or id 'nonesuch'$/m,
  },
  'an attribute that is not there': {
    words: ['net-create', 'x', '--nonesuch', '1'],
    env: cloud,
    says: /^Unrecognized attribute\(s\) 'nonesuch'\nNeutron server returns request_ids: \['req-…'\]$/m,
  },
}

/** The credentials of clouds.yaml as variables. */
async function variables(): Promise<Record<string, string>> {
  const { credentials } = await loadSettings({}, cloud(), folder)
  assert.ok(credentials.kind === 'identity')
  const { user } = (credentials.v3 as { auth: { identity: { password: { user: Record<string, string> } } } }).auth
    .identity.password
  const domains = { OS_USER_DOMAIN_NAME: 'Default', OS_PROJECT_DOMAIN_NAME: 'Default' }
  return {
    OS_AUTH_URL: credentials.authUrl,
    OS_USERNAME: String(user.name),
    OS_PASSWORD: String(user.password),
    OS_PROJECT_NAME: 'demo',
    ...domains,
  }
}

for (const [title, { words = ['net-list'], env, says: line }] of Object.entries(refusals)) {
  test(`neutron says as Debian's does: ${title}`, async () => {
    const { ours, theirs } = await both(words, await env())
    // keystoneauth says first that it will look at the address itself.
    const last = theirs.err.replace(/^Failed to discover.*\n/, '')
    assert.deepEqual(ours, { ...theirs, err: last })
    assert.equal(ours.status, 1)
    assert.match(ours.err, line)
  })
}

const answers = {
  HTML: says(502, '<html>Bad gateway</html>', 'text/html'),
  'nothing but a status': says(500, ''),
  'a message': says(503, '{"message": "try later"}'),
  'an error with details': says(409, '{"NeutronError": {"type": "NetworkInUse", "message": "Busy.", "detail": "why"}}'),
  'an error that is a text': says(400, '{"NeutronError": "plain"}'),
  'plain text': says(404, '404 Not Found\n\nThe resource could not be found.\n', 'text/plain'),
  'JSON of another kind': says(418, '{"a": [true, null, "b"]}'),
  'no JSON where there should be': says(200, 'not json'),
}

for (const [title, answer] of Object.entries(answers)) {
  test(`neutron says as Debian's does: the server answered ${title}`, async () => {
    await using broken = await service(answer)
    const { ours, theirs } = await both(['net-list'], bare(broken.url))
    assert.deepEqual(ours, theirs)
    assert.equal(ours.status, 1)
  })
}

const lost = {
  'refuses connections': { answer: null, line: /Connection refused\)$/m },
  'hangs up': { answer: hangUp, line: /Remote end closed connection without response\)$/m },
  'dies in the middle of its answer': { answer: breakOff, line: /closed in the middle of the answer\)$/m },
  'says nothing': { answer: silence, line: /timed out\)$/m },
}

for (const [title, { answer, line }] of Object.entries(lost)) {
  test(`neutron says in one line that the server ${title}, and ends as Debian's does`, async () => {
    const broken = await service(answer ?? silence)
    if (answer === null) await broken[Symbol.asyncDispose]()
    try {
      const { ours, theirs } = await both(['--http-timeout', '1', 'net-list'], bare(broken.url))
      assert.deepEqual([ours.status, ours.out], [theirs.status, theirs.out])
      assert.match(ours.err, /^Connection to neutron failed: Failed to connect Neutron server \(http:.*\n$/)
      assert.match(ours.err, line)
    } finally {
      if (answer !== null) await broken[Symbol.asyncDispose]()
    }
  })
}

test('neutron tries again as often as -r says, but never a creation', async () => {
  await using broken = await service(hangUp)
  const run = (words: readonly string[]) => outcomeOf(OURS, words, { HOME: folder, ...bare(broken.url) })
  const list = await run(['-r', '2', 'net-list'])
  assert.equal(broken.asked.length, 3)
  assert.match(list.err, /Failed to connect to Neutron server after 3 attempts/)
  const create = await run(['-r', '2', 'net-create', 'x'])
  assert.deepEqual([broken.asked.length, create.status], [4, 1])
  assert.match(create.err, /^Unable to establish connection to http:\S+\/v2.0\/networks: Remote end closed/)
})

test('^C in the middle of a request ends with 130, as Debian’s does', async () => {
  for (const program of [OURS, DEBIANS]) {
    await using mute = await service(silence)
    const env = { PATH: process.env.PATH ?? '', HOME: folder, ...bare(mute.url) }
    const child = spawn(program, ['net-list'], { stdio: ['ignore', 'pipe', 'pipe'], env })
    let err = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text
    })
    const ended = once(child, 'close')
    await mute.until(1)
    child.kill('SIGINT')
    const [status] = await ended
    assert.deepEqual([status, err.replace(DEPRECATED, '')], [130, '... terminating neutron client\n'], program)
  }
})

test('a full disk under the answer is a line and an exit code', async () => {
  const env = { HOME: folder, LC_ALL: 'C.UTF-8', ...cloud() }
  const { status, err } = await outcomeOf('/bin/sh', ['-c', `exec ${OURS} net-list >/dev/full`], env)
  assert.equal(status, 1)
  assert.match(err, /^neutron: standard output cannot be written: .*no space left on device.*\n$/)
})

test('a token that has expired is renewed once, without a word', async () => {
  const env = cloud()
  const client = openClient(await loadSettings({}, env, folder))
  const first = await client.session()
  const { OS_AUTH_URL } = await variables()
  const headers = { 'X-Auth-Token': first!.token, 'X-Subject-Token': first!.token }
  const revoked = await fetch(`${OS_AUTH_URL}/auth/tokens`, { method: 'DELETE', headers })
  assert.equal(revoked.status, 204)
  assert.ok(Array.isArray(await client.list('/networks')))
  assert.notEqual((await client.session())?.token, first!.token)
})

test('a token that has expired, and nothing to renew it by, is a clear line', async () => {
  const endpoint = api.url
  const { status, err } = await outcomeOf(OURS, ['net-list'], { HOME: folder, OS_TOKEN: 'gone', OS_URL: endpoint })
  assert.equal(status, 1)
  assert.match(err, /^The request you have made requires authentication. \(HTTP 401\)\n/)
})

test('pages are followed to the last, and show what Debian’s shows', async () => {
  for (const name of ['a', 'b', 'c', 'd', 'e']) await api.member.create('networks', { name: `page-${name}` })
  const { ours, theirs } = await both(
    ['net-list', '-P', '2', '--sort-key', 'name', '-f', 'value', '-c', 'name'],
    cloud(),
  )
  assert.deepEqual(ours, theirs)
  assert.equal(ours.out.split('\n').filter((line) => line.startsWith('page-')).length, 5)
})

test('a list of more ids than an address can hold is asked in pieces', async () => {
  await using recorded = await service(says(200, NETWORKS))
  const client = openClient(await loadSettings({}, { HOME: folder, ...bare(recorded.url) }, folder))
  const ids = Array.from({ length: 700 }, (_, index) => `bab88a30-e852-4169-b7b2-${String(index).padStart(12, '0')}`)
  await client.list('/networks', { id: ids, fields: ['id'] })
  assert.ok(recorded.asked.length > 1)
  const sent = recorded.asked.flatMap((line) => [...line.matchAll(/id=([0-9a-f-]{36})/g)].map(([, id]) => id))
  assert.deepEqual(sent, ids)
  assert.ok(recorded.asked.every((line) => recorded.url.length + line.length - 'GET '.length <= 8192))
})

test('--fit-width wraps a table to the terminal as Debian’s does', async () => {
  const screens = await Promise.all(
    [OURS, DEBIANS].map(async (program) => {
      const env = { HOME: folder, LC_ALL: 'C.UTF-8', ...cloud() }
      await using terminal = openTerminal([program, 'net-list', '--fit-width'], { columns: 60, env })
      assert.equal(await terminal.ended(), 0)
      return /\+[\s\S]*\+$/m.exec(terminal.everything())?.[0]
    }),
  )
  assert.match(screens[0] ?? '', /^\+[-+]{58}\+$/m)
  assert.equal(screens[0], screens[1])
})

test('--debug shows the requests as Debian’s does, and no secret', async () => {
  const { ours, theirs } = await both(['--debug', 'router-list', '--name', 'a b'], cloud())
  const lines = ({ err }: Outcome) => {
    const from = err.search(/^DEBUG: keystoneauth.session REQ: .*\/v2.0\//m)
    const said = err
      .slice(from)
      .split('\n')
      .filter((line) => line.startsWith('DEBUG: keystoneauth.session'))
    return said.map((line) => line.replace(/\{SHA256\}[0-9a-f]{64}/, '{SHA256}').replace(/Date: .* GMT/, 'Date'))
  }
  assert.equal(lines(ours).length, 4)
  assert.deepEqual(lines(ours), lines(theirs))
  const { OS_PASSWORD } = await variables()
  assert.ok(!ours.err.includes(OS_PASSWORD!) && !/x-subject-token: [^{]/i.test(ours.err))
})

test('an identity service of version 2 is asked in its words, by its address or by discovery', async () => {
  await using old = await service(identityV2())
  const env = { OS_USERNAME: 'bob', OS_PASSWORD: 'right', OS_TENANT_NAME: 'shop', OS_REGION_NAME: 'one' }
  for (const path of ['/v2.0', '/v2.0/', '', '/']) {
    const { ours, theirs } = await both(['net-list', '-f', 'value', '-c', 'name'], {
      ...env,
      OS_AUTH_URL: old.url + path,
    })
    assert.deepEqual(ours, theirs)
    assert.equal(ours.out, 'one\n', ours.err)
  }
  const refused = await both(['net-list'], { ...env, OS_AUTH_URL: `${old.url}/v2.0`, OS_PASSWORD: 'wrong' })
  assert.deepEqual(refused.ours, refused.theirs)
  assert.equal(refused.ours.err, 'Invalid user / password (HTTP 401)\n')
  const domain = await both(['net-list'], { ...env, OS_AUTH_URL: old.url, OS_PROJECT_DOMAIN_ID: 'default' })
  assert.deepEqual(domain.ours, domain.theirs)
  assert.equal(domain.ours.err, 'Cannot use v2 authentication with domain scope\n')
})

test('a proxy is asked where variables name one, and not where they except the address', async () => {
  await using proxy = await service(says(200, NETWORKS))
  const run = (more: Env) =>
    both(['net-list', '-f', 'value', '-c', 'name'], { ...bare('http://nowhere.test'), ...more })
  const { ours, theirs } = await run({ http_proxy: proxy.url })
  assert.deepEqual(ours, theirs)
  assert.equal(ours.out, 'one\n')
  assert.ok(proxy.asked.includes('GET http://nowhere.test/v2.0/networks'), proxy.asked.join())
  const excepted = await run({ HTTP_PROXY: proxy.url, http_proxy: proxy.url, no_proxy: 'nowhere.test' })
  assert.deepEqual([excepted.ours.status, excepted.theirs.status], [1, 1])
})

test('TLS: the authority is checked, can be named or waived; a client shows its certificate', async () => {
  const made = certificates(folder)
  await using open = await service(says(200, NETWORKS), made.server())
  await using closed = await service(says(200, NETWORKS), made.server(true))
  const run = (url: string, words: readonly string[], env: Env = {}) =>
    both([...words, 'net-list', '-f', 'value', '-c', 'name'], { ...bare(url), ...env })
  const trusted = ['--os-cacert', made.authority]
  const { cert, key, both: pair } = made.client
  const works = [
    await run(open.url, trusted),
    await run(open.url, [], { OS_CACERT: made.authority }),
    await run(open.url, ['--insecure']),
    await run(closed.url, [...trusted, '--os-cert', cert, '--os-key', key]),
    await run(closed.url, [...trusted, '--os-cert', pair]),
  ]
  for (const { ours, theirs } of works) {
    assert.deepEqual([ours.status, ours.out, ours.err], [0, 'one\n', ''])
    assert.deepEqual([theirs.status, theirs.out], [0, 'one\n'], theirs.err)
  }
  const refused = [await run(open.url, []), await run(closed.url, trusted)]
  for (const { ours, theirs } of refused) {
    assert.deepEqual([ours.status, theirs.status], [1, 1])
    assert.match(ours.err, /^Connection to neutron failed: .*\n$/)
  }
  const missing = await run(open.url, ['--os-cacert', '/nonesuch.pem'])
  assert.deepEqual([missing.ours.status, missing.theirs.status], [1, 1])
  assert.match(missing.ours.err, /nonesuch.pem/)
})
