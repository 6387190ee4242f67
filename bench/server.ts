/** The server under measurement: `neutrino up --api-only` in a process and a state directory of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface BenchServer extends AsyncDisposable {
  readonly url: string
  /** How clients find it. */
  readonly cloudsFile: string
  /** From the start of the process to the first answer of the API. */
  readonly startMs: number
  /** Proportional set size, in MiB. */
  memory(): number
  /** Stops it and starts it again over the same state. */
  restart(): Promise<void>
}

const PROGRAM = join(import.meta.dirname, '../src/cmd/neutrino.ts')
const START_MS_MAX = 30_000

/**
 * `noauth`: without identity, every caller is an administrator and no token is looked up; `keystone`: with the built-in
 * identity, for clients that log in.
 */
export async function startBenchServer(auth: 'noauth' | 'keystone' = 'noauth'): Promise<BenchServer> {
  const state = mkdtempSync(join(tmpdir(), 'neutrino-bench-'))
  const [port, identityPort] = [await freePort(), await freePort()]
  const ports = ['--port', String(port), '--identity-port', String(identityPort)]
  const args = [PROGRAM, 'up', '--api-only', '--auth', auth, '--state', state, ...ports]
  const remove = () => rmSync(state, { recursive: true, force: true })
  const cloudsFile = join(state, 'clouds.yaml')
  const start = () => startProcess(args, { url: `http://127.0.0.1:${port}`, cloudsFile })
  let running = await start().catch((error: unknown) => {
    remove()
    throw error
  })
  return {
    url: `http://127.0.0.1:${port}`,
    cloudsFile,
    get startMs() {
      return running.startMs
    },
    memory: () => memoryOf(running.child.pid!),
    async restart() {
      await stopProcess(running.child)
      running = await start()
    },
    async [Symbol.asyncDispose]() {
      await stopProcess(running.child)
      remove()
    },
  }
}

/** Until it answers and clients are told how to find it. */
async function startProcess(
  args: readonly string[],
  { url, cloudsFile }: { readonly url: string; readonly cloudsFile: string },
): Promise<{ child: ChildProcess; startMs: number }> {
  const start = performance.now()
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text) => (output += text))
  const stop = () => child.kill('SIGKILL')
  process.once('exit', stop)
  child.once('exit', () => process.off('exit', stop))
  let startMs: number | null = null
  for (;;) {
    const answer = startMs === null ? await fetch(`${url}/v2.0/networks`).catch(() => null) : null
    if (answer && answer.status < 500) startMs = performance.now() - start
    if (startMs !== null && existsSync(cloudsFile)) return { child, startMs }
    if (child.exitCode !== null || performance.now() - start > START_MS_MAX) {
      stop()
      throw new Error(`the server did not start:\n${output}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await exited
}

function memoryOf(pid: number): number {
  const kibibytes = /^Pss: +(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]
  return Number(kibibytes) / 1_024
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return address.port
}
