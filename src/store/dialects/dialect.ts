/**
 * What a dialect is: a grammar (pure: how SQL is written and values are kept) and a backend (connections and
 * transactions). The three dialects are the files beside this one; nothing else in src/ knows which one runs.
 */
import type { ColumnKind, Tx } from '#store/store.ts'
import type { Wait } from '#store/turn.ts'

/** One connection inside an open transaction. Failures come as the classes of store/errors.ts where they have one. */
export interface Connection {
  /** Rows as arrays, in the order of the selected columns. */
  rows(sql: string, values: readonly unknown[]): Promise<unknown[][]>
  /** Answers how many rows matched or were inserted. */
  run(sql: string, values: readonly unknown[]): Promise<number>
  /**
   * Inserts rows of encoded values; `missing` leaves out those that meet an equal key. Answers how many were inserted.
   */
  insert(target: InsertTarget, rows: readonly (readonly unknown[])[], missing: boolean): Promise<number>
  /** Any statement, rows as objects: for Kysely. */
  execute(sql: string, values: readonly unknown[]): Promise<Executed>
}

export interface InsertTarget {
  readonly table: string
  readonly columns: readonly string[]
  readonly kinds: readonly ColumnKind[]
}

export interface Executed {
  readonly rows: { readonly [column: string]: unknown }[]
  readonly affected: number
  readonly insertId: bigint | null
}

/** How a dialect writes. Pure. */
export interface Grammar {
  readonly name: Tx['dialect']
  quote(identifier: string): string
  /** Adds a value to the statement's and answers what stands for it in the text. */
  bind(values: unknown[], value: unknown, kind?: ColumnKind): string
  /** The column is one of these encoded values, none of them null, at least one. */
  oneOf(column: string, encoded: readonly unknown[], values: unknown[], kind?: ColumnKind): string
  contains(column: string, text: string): string
  /** `length` counts the characters of the text. */
  starts(column: string, text: string, length: number): string
  asText(column: string): string
  boolean(value: boolean): unknown
  /** Whether an index is used for `a IN (SELECT …) OR b = …`; where it is not, the values are asked for first. */
  readonly subqueriesInOr: boolean
  /** Nulls come first in ascending order and last in descending order, everywhere. */
  readonly nulls: { readonly asc: string; readonly desc: string }
}

/** Connections and transactions of one database. */
export interface Backend {
  readonly grammar: Grammar
  /** Whether sequences are given in the order of commits: true with a single writer. */
  readonly ordered: boolean
  /** Whether other processes, or other stores of this one, may write to the same database. */
  readonly shared: boolean
  /** One attempt: begin, run, commit. Resolves once it is durable; in the order of the commits. @throws Conflict */
  transaction<T>(run: (connection: Connection) => Promise<T>, signal?: AbortSignal): Promise<T>
  /** One snapshot, read only. */
  read<T>(run: (connection: Connection) => Promise<T>, signal?: AbortSignal): Promise<T>
  /**
   * Alone: who else asks for it, in whatever process and on whatever machine, waits for its turn. On a connection of
   * its own, whose statements may take long; one that dies gives its turn back. @throws StoreBusy
   */
  alone<T>(run: (session: Session) => Promise<T>, wait: Wait): Promise<T>
  close(): Promise<void>
}

/** What `alone` hands out. */
export interface Session {
  /** One attempt at one transaction. With SQLite all of them are one, which a failure undoes. */
  transaction<T>(run: (connection: Connection) => Promise<T>): Promise<T>
  /** Whether its connection is gone, and the turn with it. */
  isLost(): boolean
}
