/**
 * What everyone may ask of the database: tables as values, transactions, a few statements in set form, and the change
 * log. What these cannot say is said with Kysely (`tx.sql`). Implementations: database.ts over `dialects/`.
 */
import type { Kysely } from 'kysely'
import type { Json, JsonObject } from '#base/json.ts'
import type { Closeable } from '#base/lifetime.ts'
import type { Predicate } from '#base/predicate.ts'
import type { Wait } from './turn.ts'

/** How a column's value is kept: `boolean` as 0/1 where the dialect has no booleans, `json` as text. */
export type ColumnKind = 'text' | 'integer' | 'boolean' | 'json'

/**
 * A table as a value. `columns` names every column and its kind; a feature that adds a column to another's table calls
 * `widen` in its own tables.ts. Columns keep their wire names (`provider:segmentation_id`).
 */
export interface Table<Row> {
  readonly name: string
  readonly columns: ReadonlyMap<string, ColumnKind>
  /** Only for the type. */
  readonly row?: Row
}

export function table<Row>(name: string, columns: { readonly [Column in keyof Row & string]: ColumnKind }): Table<Row> {
  return { name, columns: new Map(Object.entries<ColumnKind>(columns)) }
}

/** Adds a feature's columns to another feature's table (its migration adds them to the database). */
export function widen<Row>(table: Table<Row>, columns: { readonly [column: string]: ColumnKind }): void {
  const all = table.columns as Map<string, ColumnKind>
  for (const [column, kind] of Object.entries(columns)) all.set(column, kind)
}

/** Column equals value; an array: equals one of them; null: is null. All columns must hold. */
export type Where<Row> = { readonly [Column in keyof Row]?: Row[Column] | readonly Row[Column][] }

export interface Selection {
  readonly where?: Predicate
  /** As `where`, of what nearly every row fulfils: rows are read in their order and tested, no index is looked for. */
  readonly tested?: Predicate
  /** Ties are broken by `id` where the table has one, in the direction of the last key. */
  readonly sort?: readonly { readonly column: string; readonly direction: 'asc' | 'desc' }[]
  readonly limit?: number
  /** Only these columns are read; absent: all. */
  readonly columns?: readonly string[]
}

export type ChangeKind = 'create' | 'update' | 'delete'

/** One line of the change log, written in the transaction that made the change. */
export interface Change {
  /** Grows with every committed change; gaps are possible. */
  readonly sequence: number
  readonly resource: string
  readonly id: string
  readonly kind: ChangeKind
  readonly project_id: string | null
  readonly revision_number: number
  /** `YYYY-MM-DDTHH:MM:SSZ` */
  readonly at: string
  /** What a reader needs that the row no longer says: for a delete, the row as it was. */
  readonly detail: JsonObject | null
}

/** One open transaction. Rows go in and out as plain values; kinds are converted by the table's declaration. */
export interface Tx {
  readonly dialect: 'sqlite' | 'postgres' | 'mysql'
  /** Whether this is one snapshot, in which nothing is written. */
  readonly readOnly: boolean
  /** Kysely on this transaction's connection; column values are the database's own, not converted. */
  // biome-ignore lint/suspicious/noExplicitAny: the schema grows with the features that are loaded
  readonly sql: Kysely<any>
  list<Row>(table: Table<Row>, where?: Where<Row>): Promise<Row[]>
  select<Row>(table: Table<Row>, selection: Selection): Promise<Row[]>
  count<Row>(table: Table<Row>, where?: Predicate): Promise<number>
  /**
   * Whether so many of the table's rows fulfil it that a page is soonest found by reading all rows in their order.
   * SQLite alone has to be told: always false elsewhere.
   */
  isLargeShare<Row>(table: Table<Row>, where: Predicate): Promise<boolean>
  find<Row>(table: Table<Row>, where: Where<Row>): Promise<Row | null>
  exists<Row>(table: Table<Row>, where: Where<Row>): Promise<boolean>
  /** One statement for all rows (in slices the dialect can take). @throws DuplicateKey */
  insert<Row>(table: Table<Row>, rows: readonly Row[]): Promise<void>
  /** Inserts the rows that meet no equal key; answers how many were inserted. Never fails on a duplicate. */
  insertMissing<Row>(table: Table<Row>, rows: readonly Row[]): Promise<number>
  /** Answers how many rows matched. @throws DuplicateKey */
  update<Row>(table: Table<Row>, where: Where<Row>, set: Partial<Row>): Promise<number>
  remove<Row>(table: Table<Row>, where: Where<Row>): Promise<number>
  /** Turns a raw row of `sql` into a row of the table. Pure. */
  decode<Row>(table: Table<Row>, raw: { readonly [column: string]: unknown }): Row
  /** Writes lines of the change log; sequences are given by the database. */
  log(changes: readonly Omit<Change, 'sequence' | 'at'>[]): Promise<void>
  /** Called once after this transaction has committed, in order; never if it did not. */
  afterCommit(run: () => void): void
}

export interface Store extends Closeable {
  readonly dialect: Tx['dialect']
  /**
   * Runs in one serialisable-enough transaction: an exception rolls back. On a deadlock or serialisation failure the
   * whole function runs again, a bounded number of times, so it must not act outside the transaction.
   * @throws StoreBusy when the retries are used up (503 to a client).
   */
  transaction<T>(run: (tx: Tx) => Promise<T>, signal?: AbortSignal): Promise<T>
  /** The same for reading: one snapshot, nothing is written, never waits for a writer. */
  read<T>(run: (tx: Tx) => Promise<T>, signal?: AbortSignal): Promise<T>
  /**
   * Runs while nobody else, in whatever process and on whatever machine, does so: for changing the schema. Every
   * `transaction` it is handed is as above, without the time limit of a request; with SQLite all of them are one.
   * @throws StoreBusy naming who has the turn when it was waited for in vain
   */
  alone<T>(run: (transaction: Store['transaction']) => Promise<T>, wait: Wait): Promise<T>
  /** Committed changes after that sequence, lowest first. */
  changesSince(sequence: number, limit: number): Promise<Change[]>
  /** The sequence of the last committed change; 0 when there never was one. */
  lastChange(): Promise<number>
  /** Calls back soon after any commit that wrote to the change log; answers how to stop it. */
  onChange(wake: () => void): () => void
}

/** A row with an equal key is there already. `constraint` names the unique constraint (`<table>_<columns>_key`). */
export class DuplicateKey extends Error {
  override name = 'DuplicateKey'
  readonly constraint: string

  constructor(constraint: string, options?: ErrorOptions) {
    super(`duplicate key: ${constraint}`, options)
    this.constraint = constraint
  }
}

export { InUse, MissingReference, MustWrite, StaleRow, StoreBusy } from './errors.ts'
export type { Json }
