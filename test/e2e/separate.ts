/** Server and agents as processes of their own, started as an operator starts them; each one's log says what it did. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sleep } from '#base/lifetime.ts'

export const AGENTS = ['openvswitch', 'dhcp', 'l3', 'metadata'] as const
export type Agent = (typeof AGENTS)[number]
export type Part = 'server' | Agent

const SOURCE = join(import.meta.dirname, '../../src/cmd')
const WAIT_MS_MAX = 60_000
const LOOK_MS = 5

/** Over a state whose configuration `neutrino up` has written. */
export class SeparateProcesses {
  readonly #state: string
  readonly #running = new Map<Part, ChildProcess>()

  constructor(state: string) {
    this.#state = state
  }

  /** Everything, and waits until every agent is in sync. */
  async startAll(): Promise<void> {
    await this.start(['server'])
    await this.start(AGENTS)
  }

  /** Starts them and waits until the server listens, the agents are in sync; answers what they logged then. */
  async start(parts: readonly Part[]): Promise<string[]> {
    const seen = parts.map((part) => this.#lines(part).length - 1)
    for (const part of parts) this.#start(part)
    return await Promise.all(parts.map((part, at) => this.#nextLine(part, seen[at]!)))
  }

  async kill(parts: readonly Part[]): Promise<void> {
    await Promise.all(
      parts.map(async (part) => {
        const child = this.#running.get(part)
        if (!child || child.exitCode !== null || child.signalCode !== null) return
        const ended = once(child, 'exit')
        child.kill('SIGKILL')
        await ended
      }),
    )
  }

  pid(part: Part): number {
    return this.#running.get(part)!.pid!
  }

  async end(): Promise<void> {
    await this.kill([...this.#running.keys()])
  }

  #start(part: Part): void {
    const name = part === 'server' ? 'neutron-server' : `neutron-${part}-agent`
    const own = part === 'server' ? 'ml2_conf.ini' : `${part}_agent.ini`
    const files = ['neutron.conf', own].flatMap((file) => ['--config-file', `${this.#state}/etc/${file}`])
    const log = ['--log-file', this.#logOf(part)]
    const child = spawn(process.execPath, [`${SOURCE}/${name}.ts`, ...files, ...log], { stdio: 'inherit' })
    this.#running.set(part, child)
  }

  #logOf(part: Part): string {
    return `${this.#state}/${part}.log`
  }

  #lines(part: Part): string[] {
    try {
      return readFileSync(this.#logOf(part), 'utf8').split('\n')
    } catch {
      return [''] // not there yet
    }
  }

  async #nextLine(part: Part, after: number): Promise<string> {
    const event = part === 'server' ? ' listening' : ' in sync'
    for (const late = performance.now() + WAIT_MS_MAX; performance.now() < late; await sleep(LOOK_MS)) {
      const line = this.#lines(part)
        .slice(after)
        .find((text) => text.includes(event))
      if (line) return line
    }
    throw new Error(`${part} did not say '${event}': ${this.#lines(part).slice(-20).join('\n')}`)
  }
}

/** How many steps a line `in sync` says were taken. Pure. */
export function stepsOf(line: string): number {
  return Number(/in sync .*steps=(\d+)/.exec(line)?.[1])
}
