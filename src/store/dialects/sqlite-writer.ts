/**
 * SQLite's one writer with group commit. Transactions wait in a queue and run one after the other; those that are there
 * together share one `BEGIN IMMEDIATE … COMMIT` and so one sync of the disk, each inside a savepoint of its own. Nobody
 * is answered before the COMMIT, neither with a result nor with a refusal, which may rest on a neighbour's rows.
 */
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'
import { Conflict, StoreBusy } from '#store/errors.ts'
import type { Connection } from './dialect.ts'
import type { SqliteConnection } from './sqlite.ts'

/** A batch ends at this many transactions or after this long, so that the first does not wait for ever. */
const BATCH_MAX = 128
const BATCH_MS_MAX = 20
const QUEUE_MAX = 10_000
/** How long another process may hold the write lock. */
const LOCK_WAIT_MS = 10_000

interface Job {
  readonly run: (connection: Connection) => Promise<unknown>
  readonly resolve: (result: unknown) => void
  readonly reject: (reason: unknown) => void
  readonly signal: AbortSignal | undefined
}

/** What a job is told once the batch is over. */
type Outcome = { readonly job: Job } & ({ readonly result: unknown } | { readonly error: unknown })

export class SqliteWriter {
  readonly #connection: SqliteConnection
  readonly #queue: Job[] = []
  #draining: Promise<void> | null = null
  #closed = false

  constructor(connection: SqliteConnection) {
    this.#connection = connection
  }

  /** Resolves after the COMMIT, in the order of the queue. */
  submit<T>(run: (connection: Connection) => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#closed) return Promise.reject(new StoreBusy('the store is closed'))
    if (this.#queue.length >= QUEUE_MAX) {
      return Promise.reject(new StoreBusy(`${QUEUE_MAX} transactions wait for the writer`))
    }
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ run, resolve: resolve as Job['resolve'], reject, signal })
      this.#draining ??= this.#drain()
    })
  }

  /** Refuses new transactions, waits for those in the queue. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#draining
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      const outcomes: Outcome[] = []
      try {
        await this.#batch(outcomes)
        for (const outcome of outcomes) settle(outcome)
      } catch (error) {
        if (this.#connection.inTransaction) this.#connection.control('ROLLBACK')
        for (const { job } of outcomes) job.reject(error)
      }
    }
    this.#draining = null
  }

  async #batch(outcomes: Outcome[]): Promise<void> {
    const end = performance.now() + BATCH_MS_MAX
    for (;;) {
      const job = this.#queue.shift()
      if (!job) break
      if (job.signal?.aborted) {
        outcomes.push({ job, error: job.signal.reason })
        continue
      }
      // From here on the job is the batch's: it is answered whatever happens.
      const place = outcomes.push({ job, error: new Conflict('the batch failed') }) - 1
      outcomes[place] = await this.#one(job)
      if (outcomes.length >= BATCH_MAX || performance.now() > end) break
      // Requests that arrived meanwhile are waiting in the event loop: let them join before the disk is waited for.
      if (this.#queue.length === 0) await turn()
    }
    if (this.#connection.inTransaction) this.#connection.control('COMMIT')
  }

  async #one(job: Job): Promise<Outcome> {
    const connection = this.#connection
    // The first of a batch needs no savepoint: to undo it is to undo the batch.
    const first = !connection.inTransaction
    if (first) await this.#begin()
    else connection.control('SAVEPOINT one')
    try {
      const result = await job.run(connection)
      if (!connection.inTransaction) throw new Conflict('the database rolled back by itself')
      if (!first) connection.control('RELEASE one')
      return { job, result }
    } catch (error) {
      // Out of disk or memory, SQLite rolls back by itself: the whole batch is gone.
      if (!connection.inTransaction) {
        if (first) return { job, error }
        throw new Conflict('a neighbour in the batch made the database roll back', { cause: error })
      }
      if (first) connection.control('ROLLBACK')
      else {
        connection.control('ROLLBACK TO one')
        connection.control('RELEASE one')
      }
      return { job, error }
    }
  }

  async #begin(): Promise<void> {
    const deadline = performance.now() + LOCK_WAIT_MS
    for (;;) {
      try {
        this.#connection.control('BEGIN IMMEDIATE')
        return
      } catch (error) {
        // Another process writes. Waiting inside SQLite would stop this whole process.
        if (!(error instanceof Conflict)) throw error
        if (performance.now() > deadline) throw new StoreBusy('another process holds the write lock', { cause: error })
        await delay(1 + Math.random() * 10)
      }
    }
  }
}

function settle(outcome: Outcome): void {
  if ('error' in outcome) outcome.job.reject(outcome.error)
  else outcome.job.resolve(outcome.result)
}
