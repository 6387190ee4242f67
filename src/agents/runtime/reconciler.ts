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

export class Reconciler<State, Step> implements Closeable {
  readonly #target: Target<State, Step>
  readonly #options: Required<ReconcilerOptions>
  readonly #abort = new AbortController()
  readonly #marked = new Set<string>()
  readonly #running = new Map<string, Promise<void>>()
  readonly #failures = new Map<string, number>()
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
      const failures = (this.#failures.get(id) ?? 0) + 1
      this.#failures.set(id, failures)
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
