/**
 * Daemons that outlive whoever started them: found again by their pid file and checked by their command line, stopped
 * with patience, and watched, so that their owner hears of a death within half a second. Decides nothing: whether a
 * dead one is started again is its owner's plan. Source: proc_pid_stat(5), proc_pid_cmdline(5).
 */
import { readFileSync } from 'node:fs'
import { sleep } from '#base/lifetime.ts'

const WATCH_MS = 250
const STOP_MS_MAX = 5_000

/** A living process. The start time tells it from a later one with the same number. */
export interface Daemon {
  readonly pid: number
  readonly argv: readonly string[]
  /** In clock ticks since the machine started. */
  readonly startedAt: number
}

/**
 * The daemon the pid file names, if it lives and its command line is one of ours; else null. A number that another
 * program has by now does not count.
 */
export function findDaemon(pidFile: string, isOurs: (argv: readonly string[]) => boolean): Daemon | null {
  const pid = Number(readText(pidFile).trim())
  if (!Number.isInteger(pid) || pid <= 1) return null
  const startedAt = startOf(pid)
  if (startedAt === null) return null
  const argv = readText(`/proc/${pid}/cmdline`).split('\0').slice(0, -1)
  return argv.length > 0 && isOurs(argv) ? { pid, argv, startedAt } : null
}

export function isAlive({ pid, startedAt }: Pick<Daemon, 'pid' | 'startedAt'>): boolean {
  return startOf(pid) === startedAt
}

/** Sends the signal if the daemon lives; false when it does not. */
export function signalDaemon(daemon: Daemon, signal: NodeJS.Signals): boolean {
  if (!isAlive(daemon)) return false
  try {
    return process.kill(daemon.pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

/** SIGTERM, then SIGKILL if it takes longer than `patienceMs`. Resolves once it is gone. */
export async function stopDaemon(daemon: Daemon, patienceMs = 2_000): Promise<void> {
  signalDaemon(daemon, 'SIGTERM')
  for (let waitedMs = 0; isAlive(daemon) && waitedMs < STOP_MS_MAX; waitedMs += 10) {
    if (waitedMs >= patienceMs) signalDaemon(daemon, 'SIGKILL')
    await sleep(10)
  }
}

/** Tells when daemons die. One timer for all; a look costs one read of /proc per daemon. */
export class DaemonWatch {
  readonly #daemons = new Map<string, Daemon>()
  readonly #onDeath: (name: string) => void
  readonly #timer: NodeJS.Timeout

  constructor(onDeath: (name: string) => void, intervalMs = WATCH_MS) {
    this.#onDeath = onDeath
    this.#timer = setInterval(() => this.#look(), intervalMs).unref()
  }

  /** Watches under that name, in place of what was watched under it before. */
  set(name: string, daemon: Daemon): void {
    this.#daemons.set(name, daemon)
  }

  delete(name: string): void {
    this.#daemons.delete(name)
  }

  /** Stops watching; the daemons go on. */
  close(): void {
    clearInterval(this.#timer)
    this.#daemons.clear()
  }

  #look(): void {
    for (const [name, daemon] of this.#daemons) {
      if (isAlive(daemon)) continue
      this.#daemons.delete(name)
      this.#onDeath(name)
    }
  }
}

/** Null when there is no such process, or only its zombie. */
function startOf(pid: number): number | null {
  const stat = readText(`/proc/${pid}/stat`)
  // The program's name stands in brackets and may hold anything.
  const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return stat === '' || state === 'Z' || state === 'X' ? null : Number(rest[18])
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ESRCH') return ''
    throw error
  }
}
