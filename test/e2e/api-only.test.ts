/** `neutrino up --api-only`: a process that needs no root, no kernel, and nobody to read what it says. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { sleep } from '#base/lifetime.ts'

const PROGRAM = join(import.meta.dirname, '../../src/cmd/neutrino.ts')
const START_MS_MAX = 30_000

interface Served extends AsyncDisposable {
  readonly url: string
  readonly state: string
  readonly child: ChildProcess
}

/** Starts it and closes the pipes it would write to. */
async function startDeaf(
  nodeFlags: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
  prepare: (state: string) => void = () => {},
): Promise<Served> {
  const state = mkdtempSync(join(tmpdir(), 'neutrino-api-only-'))
  prepare(state)
  const port = await freePort()
  const words = ['up', '--api-only', '--auth', 'noauth', '--state', state, '--port', String(port)]
  const child = spawn(process.execPath, [...nodeFlags, PROGRAM, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  child.stdout.destroy()
  child.stderr.destroy()
  return {
    url: `http://127.0.0.1:${port}`,
    state,
    child,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      rmSync(state, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  assert.ok(typeof address === 'object' && address !== null)
  return address.port
}

/** Until it has said that it is ready, which it does last. */
async function untilReady({ state, child }: Served): Promise<void> {
  const end = performance.now() + START_MS_MAX
  for (;;) {
    const log = readLog(state)
    if (/ ready /.test(log)) return
    assert.ok(child.exitCode === null && performance.now() < end, `not ready:\n${log}`)
    await sleep(20)
  }
}

function readLog(state: string): string {
  try {
    return readFileSync(join(state, 'neutrino.log'), 'utf8')
  } catch {
    return ''
  }
}

async function answers(url: string): Promise<number> {
  return (await fetch(`${url}/v2.0/networks`)).status
}

test('the service outlives whoever read its output, and ends in order all the same', async () => {
  await using served = await startDeaf()
  await untilReady(served)
  assert.equal(await answers(served.url), 200)
  // What it wrote when it was ready has been refused by now.
  await sleep(100)
  assert.equal(await answers(served.url), 200)
  served.child.kill('SIGTERM')
  const [code] = await once(served.child, 'exit')
  assert.equal(code, 0)
})

test('the service outlives a full disk under its log, and ends in order all the same', async () => {
  await using served = await startDeaf([], {}, (state) => symlinkSync('/dev/full', join(state, 'neutrino.log')))
  const end = performance.now() + START_MS_MAX
  while ((await answers(served.url).catch(() => 0)) !== 200) {
    assert.ok(served.child.exitCode === null && performance.now() < end)
    await sleep(20)
  }
  await sleep(500)
  assert.equal(await answers(served.url), 200)
  served.child.kill('SIGTERM')
  const [code] = await once(served.child, 'exit')
  assert.equal(code, 0)
})

test('without agents it loads none of their code, and no driver of a database it does not use', async () => {
  const list = join(mkdtempSync(join(tmpdir(), 'neutrino-loaded-')), 'modules')
  const hook = `
    import { registerHooks } from 'node:module'
    import { appendFileSync } from 'node:fs'
    const load = (url, context, next) => {
      appendFileSync(process.env.LOADED, url + '\\n')
      return next(url, context)
    }
    registerHooks({ load })`
  const flags = ['--import', `data:text/javascript,${encodeURIComponent(hook)}`]
  await using served = await startDeaf(flags, { LOADED: list })
  await untilReady(served)
  const loaded = readFileSync(list, 'utf8')
  assert.match(loaded, /src\/cmd\/up\.ts/)
  assert.doesNotMatch(loaded, /src\/agents\/\w+\/agent\.ts|node_modules\/(pg|mysql2|ajv)\//)
  rmSync(join(list, '..'), { recursive: true, force: true })
})
