/**
 * The two clients that are compared: Debian's `neutron` (debian.py runs the unmodified one, many command lines in one
 * process) and ours, a process for each command line.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import type { Json } from '#base/json.ts'

export interface Outcome {
  readonly status: number | null
  readonly out: string
  readonly err: string
}

export type Environment = Readonly<Record<string, string>>

export interface Client extends AsyncDisposable {
  /** One command line, to its end, in that environment and nothing else. */
  run(argv: readonly string[], env: Environment): Promise<Outcome>
}

export interface DebianClient extends Client {
  /** The names of its commands. */
  commands(): Promise<readonly string[]>
}

const DEBIAN = join(import.meta.dirname, 'debian.py')
const OURS = join(import.meta.dirname, '../../../src/cmd/neutron.ts')
const RUN_MS_MAX = 60_000
/** Where the commands run: nothing is read from there. */
const FOLDER = '/'

/** What every command line's environment has, whoever runs it. */
export const PLAIN_ENV: Environment = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C.UTF-8' }

export function openDebian(): DebianClient {
  const child = spawn('/usr/bin/python3', [DEBIAN], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...PLAIN_ENV } })
  const answers = linesOf(child)
  let turn: Promise<unknown> = Promise.resolve()
  const ask = <T extends Json | object>(call: object): Promise<T> => {
    const answer = turn.then(async () => {
      const late = setTimeout(() => child.kill('SIGKILL'), RUN_MS_MAX)
      child.stdin.write(`${JSON.stringify(call)}\n`)
      const { value, done } = await answers.next()
      clearTimeout(late)
      if (done) throw new Error(`Debian's client ended: ${JSON.stringify(call)}`)
      return JSON.parse(value) as T
    })
    turn = answer.catch(() => {})
    return answer
  }
  return {
    run: (argv, env) => ask<Outcome>({ argv, env: { ...PLAIN_ENV, ...env }, cwd: FOLDER }),
    commands: () => ask<string[]>({ commands: true }),
    async [Symbol.asyncDispose]() {
      child.stdin.end()
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}

async function* linesOf(child: ChildProcessByStdio<Writable, Readable, null>): AsyncGenerator<string, void> {
  let text = ''
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    text += chunk as string
    const lines = text.split('\n')
    text = lines.pop()!
    yield* lines
  }
}

/** Compiled modules are kept between its command lines, as the launcher keeps them. */
export function openOurs(): Client {
  const compiled = mkdtempSync(join(tmpdir(), 'neutron-compiled-'))
  const common = { ...PLAIN_ENV, NODE_COMPILE_CACHE: compiled }
  return {
    run: (argv, env) => program(process.execPath, [OURS, ...argv], { ...common, ...env }),
    async [Symbol.asyncDispose]() {
      rmSync(compiled, { recursive: true, force: true })
    },
  }
}

/** A program, to its end, with nothing to read. */
export async function program(path: string, argv: readonly string[], env: Environment): Promise<Outcome> {
  const child = spawn(path, argv, { stdio: ['ignore', 'pipe', 'pipe'], env, cwd: FOLDER, timeout: RUN_MS_MAX })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    out += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    err += chunk
  })
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, out, err }
}
