/** `./neutrino up --api-only` with the built-in identity, on ports and in a folder of the test's own: no root needed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, ready } from './one-host.ts'

const PROGRAM = join(import.meta.dirname, '../../src/cmd/neutrino.ts')

export interface ApiServer extends AsyncDisposable {
  readonly url: string
  readonly authUrl: string
  readonly state: string
  /** What a client needs to be that cloud's user: OS_CLIENT_CONFIG_FILE and OS_CLOUD. */
  env(cloud?: string): Record<string, string>
  /** Ends it at once, as a crash does; its state stays. */
  kill(): Promise<void>
  /** Starts it again over its state, on the same ports. */
  start(): Promise<void>
}

/** Starts it and waits until it is ready. `words` are more of `up`'s options. */
export async function apiServer(words: readonly string[] = []): Promise<ApiServer> {
  const state = mkdtempSync(join(tmpdir(), 'neutrino-api-'))
  const port = await freePort()
  const identityPort = await freePort()
  const argv = [
    'up',
    '--api-only',
    '--state',
    state,
    '--port',
    `${port}`,
    '--identity-port',
    `${identityPort}`,
    ...words,
  ]
  let child: ChildProcess | null = null
  const server: ApiServer = {
    url: `http://127.0.0.1:${port}`,
    authUrl: `http://127.0.0.1:${identityPort}/v3`,
    state,
    env: (cloud = 'neutrino-demo') => ({ OS_CLIENT_CONFIG_FILE: join(state, 'clouds.yaml'), OS_CLOUD: cloud }),
    async kill() {
      if (child === null) return
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await ended
      child = null
    },
    async start() {
      child = spawn(process.execPath, [PROGRAM, ...argv], { stdio: ['ignore', 'pipe', 'inherit'] })
      await ready(child)
    },
    async [Symbol.asyncDispose]() {
      await server.kill()
      rmSync(state, { recursive: true, force: true })
    },
  }
  await server.start()
  return server
}
