/**
 * The radvd of each router: started in its namespace, told to read its configuration again, found by an agent that has
 * started anew, and its death noticed. Decides nothing: that is plan.ts. Files are where upstream has them.
 * Source: radvd(8); reference of agents and RPC, §14.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Daemon, DaemonWatch, findDaemon, signalDaemon, stopDaemon } from '#linux/child.ts'
import type { Netns } from '#linux/netns.ts'
import { renderCommand } from '#linux/radvd.ts'

const START_MS_MAX = 20_000

export interface AdvertisersOptions {
  /** `ra_confs` */
  readonly confs: string
  /** Where process ids are kept, as upstream's `external_pids`. */
  readonly pids: string
  readonly user: string
  readonly onDeath: (routerId: string) => void
}

export class Advertisers {
  readonly #options: AdvertisersOptions
  readonly #watch: DaemonWatch

  constructor(options: AdvertisersOptions) {
    this.#options = options
    this.#watch = new DaemonWatch(options.onDeath)
  }

  /** The configuration its living radvd has read; null: none lives, or it has not read what is there. */
  find(routerId: string): string | null {
    const daemon = this.#daemon(routerId)
    if (!daemon) return null
    this.#watch.set(routerId, daemon)
    const [stamp = '', ...config] = read(this.#files(routerId).read).split('\n')
    return stamp === stampOf(daemon) ? config.join('\n') : ''
  }

  /** Starts it, or has it read anew. Idempotent. @throws CommandError when radvd does not start. */
  async run(routerId: string, space: Netns, config: string, signal: AbortSignal): Promise<void> {
    const files = this.#files(routerId)
    for (const file of [files.config, files.pid]) mkdirSync(dirname(file), { recursive: true })
    rmSync(files.config, { force: true })
    // radvd takes no file that it could write itself.
    writeFileSync(files.config, config, { mode: 0o444 })
    const running = this.#daemon(routerId)
    if (!running || !signalDaemon(running, 'SIGHUP')) {
      await space.run(renderCommand(files, this.#options.user), { timeoutMs: START_MS_MAX, signal })
    }
    const daemon = this.#daemon(routerId)
    if (!daemon) return
    writeFileSync(files.read, `${stampOf(daemon)}\n${config}`)
    this.#watch.set(routerId, daemon)
  }

  /** Idempotent. It says farewell to the hosts. */
  async stop(routerId: string): Promise<void> {
    this.#watch.delete(routerId)
    const daemon = this.#daemon(routerId)
    if (daemon) await stopDaemon(daemon)
    for (const file of Object.values(this.#files(routerId))) rmSync(file, { force: true })
  }

  /** Stops watching; they go on. */
  close(): void {
    this.#watch.close()
  }

  #daemon(routerId: string): Daemon | null {
    const { pid } = this.#files(routerId)
    return findDaemon(pid, (argv) => argv[0]?.endsWith('radvd') === true && argv.includes(pid))
  }

  #files(routerId: string) {
    const { confs, pids } = this.#options
    return {
      config: `${confs}/${routerId}.radvd.conf`,
      read: `${confs}/${routerId}.radvd.read`,
      pid: `${pids}/${routerId}.pid.radvd`,
    }
  }
}

function stampOf({ pid, startedAt }: Daemon): string {
  return `${pid} ${startedAt}`
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
