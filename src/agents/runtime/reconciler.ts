/**
 * Runs a target: marked ids wait in a set (a hundred messages about one id are one turn), many run at a time, one id
 * never twice at a time, a failure is tried again later with a growing pause. Knows nothing of what it reconciles.
 */
import type { Closeable } from '#base/lifetime.ts'
import { sleep } from '#base/lifetime.ts'
import type { Log } from '#base/log.ts'
import { reconcile, type Target } from './target.ts'

export interface ReconcilerOptions {
  readonly log: Log
  /** Turns that may run at the same time. */
  readonly parallel: number
  /** The first pause after a failure; doubles up to `retryMsMax`. */
  readonly retryMsMin?: number
  readonly retryMsMax?: number
}

/** What a turn last came to that has failed ever since. */
export interface Failure {
  readonly error: string
  readonly times: number
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly sinceMs: number
}

export class Reconciler<State, Step> implements Closeable {
  readonly #target: Target<State, Step>
  readonly #options: Required<ReconcilerOptions>
  readonly #abort = new AbortController()
  readonly #marked = new Set<string>()
  readonly #running = new Map<string, Promise<void>>()
  readonly #failures = new Map<string, Failure>()
  readonly #idle: (() => void)[] = []
  #stepsTaken = 0

  constructor(target: Target<State, Step>, options: ReconcilerOptions) {
    this.#target = target
    this.#options = { retryMsMin: 250, retryMsMax: 30_000, ...options }
  }

  /** Steps taken since the start: 0 after an agent has started over a good host. */
  get stepsTaken(): number {
    return this.#stepsTaken
  }

  /** Null: its last turn came to its end, or there was none. */
  failureOf(id: string): Failure | null {
    return this.#failures.get(id) ?? null
  }

  /** The ids need a turn, soon. Cheap, never waits. */
  mark(ids: Iterable<string>): void {
    if (this.#abort.signal.aborted) return
    for (const id of ids) this.#marked.add(id)
    this.#pump()
  }

  /** Marks everything the server wants or the host has. @throws when either cannot be read. */
  async markAll(): Promise<void> {
    this.mark(await this.#target.ids(this.#abort.signal))
  }

  /** Resolves when nothing is marked or running. Ids waiting for a retry do not count. */
  settled(): Promise<void> {
    if (this.#marked.size === 0 && this.#running.size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  async close(): Promise<void> {
    this.#abort.abort(new Error('the agent stops'))
    this.#marked.clear()
    await Promise.all(this.#running.values())
  }

  #pump(): void {
    for (const id of this.#marked) {
      if (this.#running.size >= this.#options.parallel) return
      if (this.#running.has(id)) continue
      this.#marked.delete(id)
      const turn = this.#turn(id).finally(() => {
        this.#running.delete(id)
        this.#pump()
        if (this.#marked.size === 0 && this.#running.size === 0) for (const resolve of this.#idle.splice(0)) resolve()
      })
      this.#running.set(id, turn)
    }
  }

  async #turn(id: string): Promise<void> {
    const { log } = this.#options
    try {
      const steps = await reconcile(this.#target, id, this.#abort.signal)
      this.#stepsTaken += steps.length
      this.#failures.delete(id)
      if (steps.length > 0) log.info('reconciled', { id, steps: steps.map((step) => (step as { do?: string }).do) })
    } catch (error) {
      if (this.#abort.signal.aborted) return
      const before = this.#failures.get(id)
      const failures = (before?.times ?? 0) + 1
      const said = error instanceof Error ? error.message : String(error)
      this.#failures.set(id, { error: said, times: failures, sinceMs: before?.sinceMs ?? Date.now() })
      log.warn('reconcile failed', { id, failures, error })
      void this.#later(id, Math.min(this.#options.retryMsMin * 2 ** (failures - 1), this.#options.retryMsMax))
    }
  }

  async #later(id: string, pauseMs: number): Promise<void> {
    try {
      await sleep(pauseMs, this.#abort.signal)
      this.mark([id])
    } catch {
      // The agent stops: nothing is tried again.
    }
  }
}
