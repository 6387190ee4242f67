/**
 * The `neutron` command: the process around src/cli. Ends with the command's exit code; ^C ends it with 130, a reader
 * that goes away ends it quietly, a standard output that cannot be written ends it with a line that says so.
 */
import { closeSync, fstatSync, openSync, writeSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Client, LazyCommand, Terminal } from '#cli/command.ts'
import { Commands, indexed, indexFile, readIndex } from '#cli/discover.ts'
import { CliError } from '#cli/errors.ts'
import { FACE_ROOMS, faceFolders } from '#cli/faces.ts'
import { Neutron, type Options } from '#cli/run.ts'
import { type Progress, progressOn } from '#cli/wait/progress.ts'

const VERSION = '0.1.0'
const INTERRUPTED = 130
const SRC = resolve(import.meta.dirname, '..')
const CACHE = resolve(SRC, '../.cache')
/** What a shell says of a process that wrote to a pipe nobody reads: 128 and SIGPIPE. */
const UNREAD = 141
const RETRY_MS = 5
const COLOURS = { red: 31, green: 32, yellow: 33, blue: 34, dim: 2, bold: 1 } as const

const interrupt = new AbortController()
process.on('SIGINT', () => {
  warn('... terminating neutron client')
  interrupt.abort()
  process.exit(INTERRUPTED)
})

function write(text: string): void {
  try {
    writeAll(1, text)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EPIPE') process.exit(UNREAD)
    warn(`neutron: standard output cannot be written: ${message}`)
    process.exit(1)
  }
}

function warn(line: string): void {
  writeError(`${line}\n`)
}

let progressing: Progress | null = null

function progress(text: string | null): void {
  if (progressing === null && text === null) return
  progressing ??= progressOn({ write: writeError, isTTY: isTerminal(2), columns: process.stderr.columns ?? 0 })
  progressing(text)
}

function writeError(text: string): void {
  try {
    writeAll(2, text)
  } catch {
    // There is nowhere left to say it.
  }
}

/** All of it, also into a pipe that somebody has made non-blocking. */
function writeAll(descriptor: number, text: string): void {
  let rest = Buffer.from(text)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS)
    }
  }
}

/** Node's streams are slow to load: they are asked for the width only where there is a terminal. */
function terminalOf(env: NodeJS.ProcessEnv): Terminal {
  const isTTY = isTerminal(1)
  const paint = isTTY && !env.NO_COLOR && env.TERM !== 'dumb'
  return {
    isTTY,
    // Asked for each time: a terminal may have been resized.
    get columns() {
      return Number(env.COLUMNS) > 0 ? Number(env.COLUMNS) : isTTY ? process.stdout.columns : 0
    },
    paint: (colour, text) => (paint ? `\u{1b}[${COLOURS[colour]}m${text}\u{1b}[0m` : text),
  }
}

function isTerminal(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isCharacterDevice() && (descriptor === 1 ? process.stdout : process.stderr).isTTY
  } catch {
    return false
  }
}

/** Help needs no client, and Node's HTTP is slow to load. */
async function openClient(options: Options, signal: AbortSignal): Promise<Client> {
  const client = await import('#cli/client/client.ts')
  return client.openEagerClient(await client.loadSettings(options, env, process.cwd()), { trace: warn, signal })
}

/** Commands that the command line may not know of by itself. */
const BROUGHT: readonly LazyCommand[] = [
  {
    name: 'doctor',
    summary: 'Say what this host and its cloud lack, and what mends it.',
    offline: true,
    load: async () => (await import('./doctor-command.ts')).doctorCommand((message) => new CliError(message)),
  },
]

/**
 * This command as one file, for the next start: bin/neutron starts it. A folder that cannot be written only leaves the
 * start slower.
 */
async function bundled(): Promise<void> {
  try {
    const { keepBundle } = await import('./bundle.ts')
    await keepBundle({
      source: SRC,
      entry: 'cmd/neutron.ts',
      apart: ['cmd/bundle.ts', 'cmd/doctor-command.ts'],
      watched: [...FACE_ROOMS, ...faceFolders(), ...indexed()],
      folder: CACHE,
    })
  } catch {}
}

const { env } = process
const isBundle = import.meta.filename !== join(import.meta.dirname, 'neutron.ts')

async function open(): Promise<Neutron> {
  const kept = indexFile([CACHE, join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'neutrino')])
  // A bundle runs only while every file that the index beside it is made from is as it was.
  const isFresh = isBundle && kept?.startsWith(CACHE) === true
  return new Neutron({
    env,
    write,
    warn,
    terminal: terminalOf(env),
    signal: interrupt.signal,
    commands: new Commands(await readIndex(kept, isFresh), BROUGHT),
    version: VERSION,
    openClient,
    progress,
    get forPeople() {
      return isTerminal(2)
    },
    interact: async (neutron) => {
      const { openShell } = await import('#cli/shell/open.ts')
      return openShell(neutron, { input: process.stdin, output: process.stdout })
    },
  })
}

/** Full disks are noticed when the file is closed. */
function closeOutput(): void {
  try {
    closeSync(1)
    openSync('/dev/null', 'w') // in its place: what is loaded may look at it once more
  } catch (error) {
    warn(`neutron: standard output cannot be written: ${(error as Error).message}`)
    process.exit(1)
  }
}

/** Not awaited at the top: a bundle in Node's older form, which starts sooner, cannot. */
async function main(): Promise<void> {
  const neutron = await open()
  const code = await neutron.run(process.argv.slice(2))
  closeOutput()
  if (!isBundle) await bundled()
  process.exit(code)
}

void main()
