/** `--wait` and `--watch` against a server: until it is there, gone, failed or too late; on a terminal and off it. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, request, type Server } from 'node:http'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { JsonObject } from '#base/json.ts'
import { sleep } from '#base/lifetime.ts'
import { type ApiClient, openClient } from '#lab/api-client.ts'
import { type ApiServer, apiServer } from './api-server.ts'
import { openTerminal } from './terminal.ts'

const NEUTRON = join(import.meta.dirname, '../../src/cmd/neutron.ts')
const WAIT_MS_MAX = 30_000
let server: ApiServer
let api: ApiClient
let network: string

before(async () => {
  server = await apiServer()
  api = await openClient(join(server.state, 'clouds.yaml'), 'neutrino-demo')
  network = String((await api.create('networks', { name: 'blue' })).id)
})
after(async () => {
  await server?.[Symbol.asyncDispose]()
})

/** One that runs, and what it has printed so far. */
class Running {
  out = ''
  err = ''
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown[]>

  constructor(words: readonly string[], env: Readonly<Record<string, string>> = server.env()) {
    this.#child = spawn(process.execPath, [NEUTRON, ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    })
    this.#child.stdout!.on('data', (chunk: Buffer) => {
      this.out += chunk
    })
    this.#child.stderr!.on('data', (chunk: Buffer) => {
      this.err += chunk
    })
    this.#ended = once(this.#child, 'close')
  }

  async until(met: (so: Running) => boolean): Promise<void> {
    const end = performance.now() + WAIT_MS_MAX
    while (!met(this)) {
      if (performance.now() > end) {
        this.#child.kill('SIGKILL')
        throw new Error(`waited in vain; printed:\n${this.out}\n${this.err}`)
      }
      await sleep(50)
    }
  }

  interrupt(): void {
    this.#child.kill('SIGINT')
  }

  async status(): Promise<number | null> {
    const late = setTimeout(() => this.#child.kill('SIGKILL'), WAIT_MS_MAX)
    const [status] = (await this.#ended) as [number | null]
    clearTimeout(late)
    return status
  }
}

const neutron = (...words: readonly string[]) => new Running(words)
const port = async (name: string): Promise<JsonObject> => api.create('ports', { network_id: network, name })

test('wait: what is ACTIVE at once is shown at once', async () => {
  const ran = neutron('net-create', 'at-once', '--wait', '-f', 'value', '-c', 'status')
  assert.equal(await ran.status(), 0)
  assert.equal(ran.out, 'ACTIVE\n')
  assert.equal(ran.err, '')
})

test('wait: what is as its owner wants it is shown as it is now', async () => {
  const { id } = await port('later')
  const ran = neutron('port-show', 'later', '--wait', '-f', 'json', '-c', 'status', '-c', 'admin_state_up')
  await ran.until(({ err }) => err === 'port later: DOWN\n')
  await api.update('ports', String(id), { admin_state_up: false })
  assert.equal(await ran.status(), 0)
  assert.deepEqual(JSON.parse(ran.out), { status: 'DOWN', admin_state_up: false })
})

test('wait: too late is status 124, what was made is told, and where to look', async () => {
  const ran = neutron('port-create', 'blue', '--name', 'never', '--wait', '--wait-timeout', '1')
  assert.equal(await ran.status(), 124)
  const [made] = await api.list('ports', { name: 'never' })
  assert.match(ran.out, new RegExp(`Created a new port:[\\s\\S]*\\| id +\\| ${made!.id} `))
  assert.equal(
    ran.err,
    `port never: DOWN\nWaited 1 s, and still port never: DOWN\nSee: neutron explain port ${made!.id}\n`,
  )
})

test('wait: what somebody deletes meanwhile is an error', async () => {
  const { id } = await port('doomed')
  const ran = neutron('port-update', 'doomed', '--description', 'x', '--wait')
  await ran.until(({ err }) => err.includes('DOWN'))
  await api.remove('ports', String(id))
  assert.equal(await ran.status(), 1)
  assert.match(ran.err, new RegExp(`port ${id} was deleted by someone else\\.\\n$`))
})

test('wait: what is deleted is waited for until it is gone', async () => {
  await port('gone')
  const ran = neutron('port-delete', 'gone', '--wait')
  assert.equal(await ran.status(), 0)
  assert.equal(ran.out, 'Deleted port(s): gone\n')
})

test('wait: a wrong time is refused before anything is done', async () => {
  for (const [seconds, message] of [
    ['0', '--wait-timeout must be a positive number of seconds'],
    ['soon', "argument --wait-timeout: invalid int value: 'soon'"],
  ] as const) {
    const ran = neutron('net-create', 'not-made', '--wait', '--wait-timeout', seconds)
    assert.equal(await ran.status(), 2)
    assert.ok(ran.err.includes(message), ran.err)
  }
  assert.deepEqual(await api.list('networks', { name: 'not-made' }), [])
})

test('wait: ^C ends it with status 130, on a terminal with the time it has taken', async () => {
  const argv = [process.execPath, NEUTRON, 'port-create', 'blue', '--name', 'slow', '--wait']
  await using terminal = openTerminal(argv, { env: server.env() })
  await terminal.until(/^port slow: DOWN [1-9]\d* s$/m)
  terminal.press('C-c')
  assert.equal(await terminal.ended(), 130)
  assert.match(terminal.screen(), /\.\.\. terminating neutron client/)
})

test('wait: a server that keeps no log of changes is asked again and again', async () => {
  const asked: string[] = []
  const proxy = await withoutChanges(asked)
  const address = proxy.address()
  assert.ok(address !== null && typeof address === 'object')
  const token = await tokenOf()
  const { id } = await port('polled')
  const env = { OS_URL: `http://127.0.0.1:${address.port}`, OS_TOKEN: token }
  const ran = new Running(['port-show', 'polled', '--wait'], env)
  await ran.until(({ err }) => err === 'port polled: DOWN\n')
  await api.update('ports', String(id), { admin_state_up: false })
  assert.equal(await ran.status(), 0)
  assert.ok(asked.filter((url) => url.includes(`/ports/${id}`)).length >= 3, asked.join('\n'))
  proxy.close()
})

test('watch: each new state of a list, until ^C', async () => {
  const ran = neutron('port-list', '--watch', '-f', 'value', '-c', 'name', '--name', 'seen')
  await ran.until(({ out }) => out === '\n')
  const { id } = await port('seen')
  await ran.until(({ out }) => out === '\nseen\n')
  await api.update('ports', String(id), { name: 'unseen' })
  await ran.until(({ out }) => out === '\nseen\n\n')
  ran.interrupt()
  assert.equal(await ran.status(), 130)
})

test('watch: what the log of changes does not tell of is asked after', async () => {
  const ran = neutron('ext-list', '--watch', '-f', 'value', '-c', 'alias')
  await ran.until(({ out }) => out.includes('router\n'))
  // Longer than it takes to read the log once.
  await sleep(1_500)
  ran.interrupt()
  assert.equal(await ran.status(), 130)
  assert.equal(ran.err, '... terminating neutron client\n')
})

test('watch: on a terminal the new state takes the place of the old, through a restart of the server', async () => {
  const { id } = await port('first')
  const argv = [process.execPath, NEUTRON, 'port-show', String(id), '--watch', '-c', 'name']
  await using terminal = openTerminal(argv, { env: server.env() })
  await terminal.until(/^port-show, as of .* \^C ends it\.\n[\s\S]*\| name +\| first +\|/)
  await api.update('ports', String(id), { name: 'second' })
  const screen = await terminal.until(/\| name +\| second +\|/)
  assert.doesNotMatch(screen, /first/)
  await server.kill()
  await server.start()
  api = await openClient(join(server.state, 'clouds.yaml'), 'neutrino-demo')
  await api.update('ports', String(id), { name: 'third' })
  await terminal.until(/\| name +\| third +\|/)
  terminal.press('C-c')
  assert.equal(await terminal.ended(), 130)
})

test('watch: what is shown and then deleted ends it', async () => {
  const { id } = await port('short-lived')
  const ran = neutron('port-show', String(id), '--watch', '-f', 'value', '-c', 'name')
  await ran.until(({ out }) => out === 'short-lived\n')
  await api.remove('ports', String(id))
  assert.equal(await ran.status(), 1)
  assert.match(ran.err, new RegExp(`Unable to find port with name or id '${id}'`))
})

/** The service, less the log of changes, as one that never had it. */
async function withoutChanges(asked: string[]): Promise<Server> {
  const proxy = createServer((incoming, outgoing) => {
    asked.push(incoming.url!)
    if (incoming.url!.startsWith('/v2.0/changes')) {
      outgoing.writeHead(404).end()
      return
    }
    const { method, headers, url } = incoming
    const onward = request(`${server.url}${url}`, { method: method!, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(outgoing)
    })
    incoming.pipe(onward)
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  return proxy
}

/** A token of the member's, as Debian's client would have it. */
async function tokenOf(): Promise<string> {
  const clouds = readFileSync(join(server.state, 'clouds.yaml'), 'utf8')
  const password = /username: demo\n\s+password: "([^"]+)"/.exec(clouds)?.[1]
  const domain = { id: 'default' }
  const auth = {
    identity: { methods: ['password'], password: { user: { name: 'demo', password, domain } } },
    scope: { project: { name: 'demo', domain } },
  }
  const answer = await fetch(`${server.authUrl}/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth }),
  })
  return answer.headers.get('x-subject-token') ?? ''
}
