/**
 * Opens a store from an SQLAlchemy-style URL, as operators have it in `[database] connection`: SQLite, PostgreSQL or
 * MySQL/MariaDB. Here are the promises that hold on every dialect: retries, time limits, callbacks after the commit.
 * The statements are in transaction.ts, the connections in `dialects/`.
 */
import { strict as assert } from 'node:assert'
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Clock } from '#base/clock.ts'
import { deadline, sleep } from '#base/lifetime.ts'
import type { Log } from '#base/log.ts'
import type { Backend, Connection } from '#store/dialects/dialect.ts'
import { giveSequences, hasUnsequenced, readOrdered, readSequenced } from './changes.ts'
import { Conflict, StaleRow, StoreBusy } from './errors.ts'
import type { Change, Store, Tx } from './store.ts'
import { Transaction } from './transaction.ts'
import type { Wait } from './turn.ts'
import { type DatabaseUrl, parseUrl } from './url.ts'

export interface StoreOptions {
  readonly log: Log
  readonly clock: Clock
  /** Connections at most; with SQLite, readers. */
  readonly poolSize?: number
}

const POOL_SIZE = 10
/** How often a transaction runs before the caller is told to come back later. */
const ATTEMPTS_MAX = 10
const BACKOFF_MS = 4
const BACKOFF_MS_MAX = 500
/** How long one attempt may take; one at the schema, over large tables. */
const TRANSACTION_MS_MAX = 60_000
const ALONE_MS_MAX = 7_200_000

/** How a transaction is run. */
interface Manner {
  readonly readOnly: boolean
  readonly msMax: number
}
const WRITE: Manner = { readOnly: false, msMax: TRANSACTION_MS_MAX }
const READ: Manner = { readOnly: true, msMax: TRANSACTION_MS_MAX }
const ALONE: Manner = { readOnly: false, msMax: ALONE_MS_MAX }
/** How often it is looked for what other processes committed, while somebody listens. */
const POLL_MS = 250

/** @throws whatever is wrong with the URL or the database, at once */
export async function openStore(url: string, { log, clock, poolSize = POOL_SIZE }: StoreOptions): Promise<Store> {
  return new DatabaseStore(await openBackend(parseUrl(url), poolSize), log, clock)
}

/** A driver is loaded only when it is asked for. */
async function openBackend(url: DatabaseUrl, poolSize: number): Promise<Backend> {
  switch (url.dialect) {
    case 'sqlite':
      return await (await import('#store/dialects/sqlite.ts')).openSqlite(url.path, poolSize)
    case 'postgres':
      return await (await import('#store/dialects/postgres.ts')).openPostgres(url, poolSize)
    case 'mysql':
      return await (await import('#store/dialects/mysql.ts')).openMysql(url, poolSize)
  }
}

class DatabaseStore implements Store {
  readonly dialect: Tx['dialect']
  readonly #backend: Backend
  readonly #log: Log
  readonly #clock: Clock
  readonly #listeners = new Set<() => void>()
  /** The transaction this code runs in, to refuse one inside another: it would wait for itself. */
  readonly #inside = new AsyncLocalStorage<Transaction>()
  #poll: NodeJS.Timeout | null = null
  #seen = -1
  #looking = false
  #closing: Promise<void> | null = null

  constructor(backend: Backend, log: Log, clock: Clock) {
    this.dialect = backend.grammar.name
    this.#backend = backend
    this.#log = log
    this.#clock = clock
  }

  transaction<T>(run: (tx: Tx) => Promise<T>, signal?: AbortSignal): Promise<T> {
    this.#assertOutside()
    return this.#retried(() => this.#attempt(run, this.#backend.transaction, WRITE, signal), signal)
  }

  read<T>(run: (tx: Tx) => Promise<T>, signal?: AbortSignal): Promise<T> {
    this.#assertOutside()
    return this.#retried(() => this.#attempt(run, this.#backend.read, READ, signal), signal)
  }

  alone<T>(run: (transaction: Store['transaction']) => Promise<T>, wait: Wait): Promise<T> {
    this.#assertOutside()
    return this.#backend.alone((session) => {
      const attempt: Backend['transaction'] = async (inside) => {
        try {
          return await session.transaction(inside)
        } catch (error) {
          // Somebody else may have the turn by now: it is not run again here.
          if (!session.isLost()) throw error
          throw new StoreBusy(`the connection to the database was lost: ${String(error)}`, { cause: error })
        }
      }
      return run((each, signal) => this.#retried(() => this.#attempt(each, attempt, ALONE, signal), signal))
    }, wait)
  }

  async changesSince(sequence: number, limit: number): Promise<Change[]> {
    this.#assertOutside()
    const { grammar, ordered } = this.#backend
    const read = ordered ? readOrdered : readSequenced
    if (!ordered) await this.#sequence()
    return await this.#retried(() => this.#backend.read((connection) => read(connection, grammar, sequence, limit)))
  }

  async lastChange(): Promise<number> {
    this.#assertOutside()
    const { ordered } = this.#backend
    if (!ordered) await this.#sequence()
    const [row] = await this.#retried(() =>
      this.#backend.read((connection) =>
        connection.rows(`SELECT max(${ordered ? 'entry' : 'sequence'}) FROM changes`, []),
      ),
    )
    return Number(row?.[0] ?? 0)
  }

  onChange(wake: () => void): () => void {
    // Two registrations of one function are two: each stops only itself.
    const listener = () => wake()
    this.#listeners.add(listener)
    // Own commits wake at once; what other processes commit nobody tells.
    if (this.#backend.shared) {
      this.#poll ??= setInterval(() => void this.#look(), POLL_MS)
      this.#poll.unref()
    }
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size > 0 || !this.#poll) return
      clearInterval(this.#poll)
      this.#poll = null
    }
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      if (this.#poll) clearInterval(this.#poll)
      this.#listeners.clear()
      await this.#backend.close()
    })()
    return this.#closing
  }

  async #attempt<T>(
    run: (tx: Tx) => Promise<T>,
    open: Backend['transaction'],
    { readOnly, msMax }: Manner,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    let ended: Transaction | null = null
    const inside = async (connection: Connection) => {
      const tx = new Transaction(connection, this.#backend.grammar, this.#clock, readOnly)
      ended = tx
      try {
        const result = await this.#inside.run(tx, () => bounded(run(tx), msMax, signal))
        tx.finish()
        return result
      } finally {
        tx.abandon()
      }
    }
    const result = await open(inside, signal)
    if (ended) this.#committed(ended)
    return result
  }

  #committed({ committed, logged }: Transaction): void {
    for (const run of committed) this.#call(run)
    if (logged) this.#wake()
  }

  #wake(): void {
    for (const listener of this.#listeners) this.#call(listener)
  }

  /** What is told after a commit cannot undo it any more. */
  #call(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#log.error('callback after a commit failed', { error })
    }
  }

  async #retried<T>(attempt: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    for (let attempts = 1; ; attempts += 1) {
      try {
        return await attempt()
      } catch (error) {
        if (!(error instanceof Conflict || error instanceof StaleRow)) throw error
        if (attempts >= ATTEMPTS_MAX) {
          throw new StoreBusy(`gave up after ${attempts} attempts: ${error.message}`, { cause: error })
        }
        this.#log.debug('transaction runs again', { attempts, reason: error.message })
      }
      await sleep(backoffMs(attempts), signal)
    }
  }

  async #sequence(): Promise<void> {
    const { grammar } = this.#backend
    // Until none is left: a page shorter than its limit means the end of the log to a reader.
    while (await this.#retried(() => this.#backend.read(hasUnsequenced))) {
      await this.#retried(() => this.#backend.transaction((connection) => giveSequences(connection, grammar)))
    }
  }

  async #look(): Promise<void> {
    if (this.#looking) return
    this.#looking = true
    try {
      const newest = await this.#backend.read(async (connection) => {
        const [row] = await connection.rows('SELECT max(entry) FROM changes', [])
        return Number(row?.[0] ?? 0)
      }, deadline(TRANSACTION_MS_MAX))
      // The first look has nothing to compare with; a wake too many does no harm.
      if (newest !== this.#seen) this.#wake()
      this.#seen = newest
    } catch (error) {
      this.#log.debug('changes of other processes cannot be read', { error })
    } finally {
      this.#looking = false
    }
  }

  #assertOutside(): void {
    assert(!this.#inside.getStore()?.open, 'a transaction inside a transaction: pass its tx along')
  }
}

/** Exponential, with full jitter, so that two that met do not meet again. */
function backoffMs(attempts: number): number {
  return Math.random() * Math.min(BACKOFF_MS_MAX, BACKOFF_MS * 2 ** attempts)
}

/** The result, unless the time is over or the caller has given up first. */
function bounded<T>(result: Promise<T>, msMax: number, signal: AbortSignal | undefined): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', aborted)
    }
    const aborted = () => {
      end()
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      end()
      reject(new StoreBusy(`a transaction took longer than ${msMax} ms`))
    }, msMax)
    if (signal?.aborted) aborted()
    signal?.addEventListener('abort', aborted, { once: true })
    result.finally(end).then(resolve, reject)
  })
}
