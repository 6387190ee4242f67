/**
 * `./neutrino up` as a person runs it, in namespaces and folders of the test's own: the launcher's program in its own
 * process, its state in a temporary folder, Open vSwitch's paths covered by empty file systems. A test file that uses it
 * calls `ownHost()` first.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stopProcessesMentioning } from '#lab/processes.ts'
import { ownNamespaces } from '../functional/namespaces.ts'

const COMMANDS = join(import.meta.dirname, '../../src/cmd')
const PROGRAM = join(COMMANDS, 'neutrino.ts')
const READY_MS_MAX = 60_000
const STOP_MS_MAX = 40_000
const COVERED = ['/run/openvswitch', '/var/lib/openvswitch', '/var/log/openvswitch', '/var/lib/neutrino']

/** Namespaces of the test's own, and nothing of the host's Open vSwitch in sight. */
export function ownHost(): void {
  ownNamespaces()
  for (const folder of COVERED) {
    mkdirSync(folder, { recursive: true })
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', folder])
  }
}

export interface OneHost extends AsyncDisposable {
  readonly state: string
  readonly api: string
  readonly auth: string
  readonly pid: number
  /** Ends the process with that signal and waits until it is gone; answers its exit status, null when killed. */
  end(signal: NodeJS.Signals): Promise<number | null>
  /** `./neutrino <words>` against this state; answers what it printed. */
  run(words: readonly string[]): Promise<string>
}

export function temporaryState(): string {
  return mkdtempSync(join(tmpdir(), 'neutrino-'))
}

/** Starts it over that state and waits until it says that it is ready. */
export async function oneHost(state: string, words: readonly string[] = []): Promise<OneHost> {
  const argv = ['up', '--state', state, ...words]
  const child = spawn(process.execPath, [PROGRAM, ...argv], { stdio: ['ignore', 'pipe', 'inherit'] })
  await ready(child)
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
    const ended = once(child, 'exit')
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX)
    child.kill(signal)
    await ended
    clearTimeout(late)
    return child.exitCode
  }
  return {
    state,
    api: 'http://127.0.0.1:9696',
    auth: 'http://127.0.0.1:5000/v3',
    pid: child.pid!,
    end,
    run: (command) => neutrino([...command, '--state', state]),
    [Symbol.asyncDispose]: async () => void (await end('SIGTERM')),
  }
}

/** Waits until `neutrino up` says that it is ready. @throws when it ends before; it is ended when it takes too long. */
export function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let printed = ''
    const late = setTimeout(() => child.kill('SIGKILL'), READY_MS_MAX)
    child.stdout!.on('data', (chunk: Buffer) => {
      printed += String(chunk)
      if (!/\bready\b/i.test(printed)) return
      clearTimeout(late)
      resolve()
    })
    child.once('exit', () => {
      clearTimeout(late)
      reject(new Error(`'neutrino up' ended before it was ready: ${printed}`))
    })
  })
}

/** What a command came to. */
export interface Outcome {
  readonly status: number | null
  readonly out: string
  readonly err: string
}

/** One command of the program (or of another of src/cmd), to its end, whatever that is. */
export async function outcomeOf(words: readonly string[], program = 'neutrino'): Promise<Outcome> {
  const child = spawn(process.execPath, [join(COMMANDS, `${program}.ts`), ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk
  })
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk
  })
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, out, err }
}

/** One command of the program, to its end. @throws with what it printed when it fails. */
export async function neutrino(words: readonly string[]): Promise<string> {
  const { status, out, err } = await outcomeOf(words)
  if (status !== 0) throw new Error(`neutrino ${words.join(' ')}: exit status ${status}\n${out}\n${err}`)
  return out
}

/** Whatever a test may have left: processes by their command lines, Open vSwitch, the folder. */
export async function sweep(state: string): Promise<void> {
  await stopProcessesMentioning(state)
  await stopProcessesMentioning('/run/openvswitch')
  await stopProcessesMentioning('/var/run/openvswitch')
  rmSync(state, { recursive: true, force: true })
}

/** Names of network namespaces; empty when the folder is not there. */
export function namespaces(): string[] {
  return existsSync('/run/netns') ? readdirSync('/run/netns').sort() : []
}

/** A port of loopback that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}
