/**
 * What the tests of `neutron-db-manage` stand on: the command and the server as processes over one database, and a
 * newer release, which is this one's tree with migrations added.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { sleep } from '#base/lifetime.ts'

export const TREE = join(import.meta.dirname, '../..')
const ANSWER_MS_MAX = 30_000

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** One run of a program, its output as text. */
export async function ended(child: ChildProcess): Promise<Ended> {
  let [out, err] = ['', '']
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (out += chunk))
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (err += chunk))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out, err }
}

/** A directory with a neutron.conf for that database, removed at the end. */
export class World implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'neutrino-db-manage-'))
  readonly config = join(this.directory, 'neutron.conf')
  readonly #running = new Set<ChildProcess>()

  constructor(connection: string | null = null) {
    writeFileSync(
      this.config,
      `[DEFAULT]
auth_strategy = noauth
service_plugins = router
bind_host = 127.0.0.1
bind_port = 0
state_path = ${this.directory}
transport_url = local://${this.directory}/bus.sock
[database]
connection = ${connection ?? `sqlite:///${this.directory}/neutron.sqlite`}
`,
    )
  }

  /** `neutron-db-manage --config-file … words`, from that tree. */
  start(words: readonly string[], { tree = TREE, before = [] as readonly string[] } = {}): ChildProcess {
    const command = [process.execPath, `${tree}/src/cmd/neutron-db-manage.ts`, '--config-file', this.config, ...words]
    const [program = '', ...args] = [...before, ...command]
    return this.#spawn(program, args)
  }

  run(...words: readonly string[]): Promise<Ended> {
    return ended(this.start(words))
  }

  runFrom(tree: string, ...words: readonly string[]): Promise<Ended> {
    return ended(this.start(words, { tree }))
  }

  /** `neutron-server`, which ends by itself when it refuses. */
  startServer(tree = TREE): ChildProcess {
    const args = [`${tree}/src/cmd/neutron-server.ts`, '--config-file', this.config]
    return this.#spawn(process.execPath, args)
  }

  #spawn(program: string, args: readonly string[]): ChildProcess {
    const env = { ...process.env, NODE_COMPILE_CACHE: join(this.directory, 'compiled') }
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env })
    this.#running.add(child)
    child.once('exit', () => this.#running.delete(child))
    return child
  }

  async [Symbol.asyncDispose]() {
    await Promise.all(
      [...this.#running].map(async (child) => {
        const gone = once(child, 'exit')
        child.kill('SIGKILL')
        await gone
      }),
    )
    rmSync(this.directory, { recursive: true, force: true })
  }
}

export interface Listening {
  readonly url: string
  /** What it has logged by now. */
  log(): string
}

/** Until the server says where it listens. */
export async function listening(child: ChildProcess): Promise<Listening> {
  let log = ''
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (log += chunk))
  for (const late = performance.now() + ANSWER_MS_MAX; performance.now() < late; await sleep(20)) {
    const url = / listening url=(\S+)/.exec(log)?.[1]
    if (url !== undefined) return { url, log: () => log }
    if (child.exitCode !== null) break
  }
  throw new Error(`the server does not listen: ${log}`)
}

/** This tree with files added (below src/), and its migrations in the order's file. */
export function newerRelease(directory: string, files: { readonly [path: string]: string }): string {
  const tree = join(directory, 'newer')
  mkdirSync(tree)
  cpSync(join(TREE, 'src'), join(tree, 'src'), { recursive: true })
  cpSync(join(TREE, 'package.json'), join(tree, 'package.json'))
  symlinkSync(join(TREE, 'node_modules'), join(tree, 'node_modules'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, 'src', path)), { recursive: true })
    writeFileSync(join(tree, 'src', path), text)
    const name = path.replace('/migrations/', '/').replace(/\.ts$/, '')
    appendFileSync(join(tree, 'src/plugin/schema-order.txt'), `${name}\n`)
  }
  return tree
}
