/**
 * How the database refuses, in words that are the same on every dialect. `DuplicateKey` stands in store.ts, beside the
 * contract. What a client is told of them is decided by the features.
 */
import { OperatingError } from '#base/errors.ts'

/** Retries, queue or waiting time are used up, or the database cannot be reached: try again later (503 to a client). */
export class StoreBusy extends OperatingError {
  override name = 'StoreBusy'
}

/** The database ended this attempt (deadlock, serialisation, lock wait, lost connection): the whole runs again. */
export class Conflict extends OperatingError {
  override name = 'Conflict'
}

/** Thrown inside a transaction that found a row changed since it was read: the transaction runs again. */
export class StaleRow extends Error {
  override name = 'StaleRow'
}

/** Thrown inside a transaction that only reads, where something has to be written first: runs again in one that may. */
export class MustWrite extends Error {
  override name = 'MustWrite'
}

/** A row cannot go while others refer to it. `constraint` is `<table>_<column>_fkey`; null where none is told. */
export class InUse extends Error {
  override name = 'InUse'
  readonly constraint: string | null

  constructor(constraint: string | null, options?: ErrorOptions) {
    super(`still referred to: ${constraint ?? 'a foreign key'}`, options)
    this.constraint = constraint
  }
}

/** The row referred to is not there. `constraint` as in `InUse`. */
export class MissingReference extends Error {
  override name = 'MissingReference'
  readonly constraint: string | null

  constructor(constraint: string | null, options?: ErrorOptions) {
    super(`refers to a row that is not there: ${constraint ?? 'a foreign key'}`, options)
    this.constraint = constraint
  }
}

/** An error the store has no word for, with the statement it came from. */
export function statementFailed(error: unknown, sql: string): Error {
  const reason = error instanceof Error ? error.message : String(error)
  return new Error(`${reason}, in: ${sql.slice(0, 500)}`, { cause: error })
}
