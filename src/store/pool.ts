/**
 * A bounded pool of connections: opened when needed, handed out last in first out so that their statement caches stay
 * warm, waited for in order. It knows nothing of databases.
 */
import { StoreBusy } from './errors.ts'

/** Callers that may wait at a time; beyond this the server is told to shed load. */
const WAITING_MAX = 10_000

export interface Pooled {
  /** Set once it cannot be used any more: it is closed instead of handed out again. */
  readonly broken: boolean
  end(): Promise<void>
}

interface Waiter<T> {
  readonly resolve: (item: T) => void
  readonly reject: (reason: unknown) => void
}

export class Pool<T extends Pooled> {
  readonly #open: () => Promise<T>
  readonly #size: number
  readonly #waitMs: number
  readonly #idle: T[] = []
  readonly #waiting = new Set<Waiter<T>>()
  #count = 0
  #closed = false
  #drained: (() => void) | null = null

  constructor({ open, size, waitMs }: { open: () => Promise<T>; size: number; waitMs: number }) {
    this.#open = open
    this.#size = size
    this.#waitMs = waitMs
  }

  /** @throws StoreBusy when none is free in time; whatever opening a new one throws. */
  async acquire(signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted()
    if (this.#closed) throw new StoreBusy('the store is closed')
    for (let item = this.#idle.pop(); item; item = this.#idle.pop()) {
      if (!item.broken) return item
      this.#discard(item)
    }
    if (this.#count < this.#size) return await this.#openOne()
    if (this.#waiting.size >= WAITING_MAX) throw new StoreBusy(`${WAITING_MAX} callers wait for a connection`)
    return await this.#wait(signal)
  }

  release(item: T): void {
    if (item.broken || this.#closed) {
      this.#discard(item)
      this.#replace()
      return
    }
    const [waiter] = this.#waiting
    if (!waiter) {
      this.#idle.push(item)
      return
    }
    this.#waiting.delete(waiter)
    waiter.resolve(item)
  }

  /** Refuses new callers, waits for those that hold a connection, closes all. */
  async close(): Promise<void> {
    this.#closed = true
    for (const waiter of this.#waiting) waiter.reject(new StoreBusy('the store is closed'))
    this.#waiting.clear()
    for (const item of this.#idle.splice(0)) this.#discard(item)
    if (this.#count > 0) await new Promise<void>((resolve) => (this.#drained = resolve))
  }

  async #openOne(): Promise<T> {
    this.#count += 1
    try {
      return await this.#open()
    } catch (error) {
      this.#count -= 1
      this.#settle()
      throw error
    }
  }

  #wait(signal?: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const give = (end: () => void) => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', aborted)
        this.#waiting.delete(waiter)
        end()
      }
      const waiter: Waiter<T> = {
        resolve: (item) => give(() => resolve(item)),
        reject: (reason) => give(() => reject(reason)),
      }
      const aborted = () => waiter.reject(signal?.reason)
      const timer = setTimeout(
        () => waiter.reject(new StoreBusy(`no connection came free in ${this.#waitMs} ms`)),
        this.#waitMs,
      )
      signal?.addEventListener('abort', aborted, { once: true })
      this.#waiting.add(waiter)
    })
  }

  /** A broken connection left room: who waits gets a new one. */
  #replace(): void {
    const [waiter] = this.#waiting
    if (!waiter || this.#closed || this.#count >= this.#size) return
    this.#waiting.delete(waiter)
    this.#openOne().then(waiter.resolve, waiter.reject)
  }

  #discard(item: T): void {
    const gone = () => {
      this.#count -= 1
      this.#settle()
    }
    item.end().then(gone, gone)
  }

  #settle(): void {
    if (this.#closed && this.#count === 0) this.#drained?.()
    this.#replace()
  }
}
