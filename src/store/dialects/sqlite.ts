/**
 * SQLite through node:sqlite: a database of one process, or of a few on one host. WAL with `synchronous=FULL`, so a
 * commit that was acknowledged survives a power cut; readers have connections of their own and never wait for a writer.
 * Source: sqlite.org "Write-Ahead Logging", "Result and Error Codes".
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { constraintName } from '#store/ddl.ts'
import { Conflict, InUse, MissingReference, statementFailed } from '#store/errors.ts'
import { Pool } from '#store/pool.ts'
import { inTransaction, type PooledConnection } from '#store/pooled.ts'
import { DuplicateKey } from '#store/store.ts'
import { awaitTurn, type Wait } from '#store/turn.ts'
import type { Backend, Executed, Grammar, InsertTarget, Session } from './dialect.ts'
import { SqliteWriter } from './sqlite-writer.ts'

/** Values that still stand in the statement's text; longer lists go in as one JSON value, so that texts repeat. */
const PLACEHOLDERS_MAX = 4
/** Prepared statements kept by a connection; beyond this the cache starts over. */
const STATEMENTS_MAX = 1_000
const READ_WAIT_MS = 30_000
const OPEN_WAIT_MS = 10_000

const SQLITE_BUSY = 5
const SQLITE_CONSTRAINT_FOREIGNKEY = 787
const SQLITE_CONSTRAINT_TRIGGER = 1811
const DUPLICATES: readonly number[] = [1555, 2067, 2579] // primary key, unique, rowid

const quote = (identifier: string) => `"${identifier.replaceAll('"', '""')}"`

export const sqliteGrammar: Grammar = {
  name: 'sqlite',
  quote,
  bind(values, value) {
    values.push(value)
    return '?'
  },
  oneOf(column, encoded, values) {
    if (encoded.length === 1) {
      values.push(encoded[0])
      return `${column} = ?`
    }
    if (encoded.length <= PLACEHOLDERS_MAX) {
      values.push(...encoded)
      return `${column} IN (${encoded.map(() => '?').join(', ')})`
    }
    values.push(JSON.stringify(encoded))
    return `${column} IN (SELECT value FROM json_each(?))`
  },
  contains: (column, text) => `instr(${column}, ${text}) > 0`,
  starts: (column, text, length) => `substr(${column}, 1, ${length}) = ${text}`,
  asText: (column) => `CAST(${column} AS TEXT)`,
  boolean: Number,
  subqueriesInOr: true,
  nulls: { asc: '', desc: '' },
}

/** One connection. Statements run on this thread at once: what returns a promise is done already. */
export class SqliteConnection implements PooledConnection {
  broken = false
  readonly #database: DatabaseSync
  readonly #arrays = new Map<string, StatementSync>()
  readonly #objects = new Map<string, StatementSync>()

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  /** False after an error that made SQLite roll back by itself. */
  get inTransaction(): boolean {
    return this.#database.isTransaction
  }

  /** Begin, commit, savepoints: without result. */
  control(sql: string): void {
    this.#answer(sql, () => this.#prepare(sql).run())
  }

  async rows(sql: string, values: readonly unknown[]): Promise<unknown[][]> {
    return this.#answer(sql, () => this.#prepare(sql).all(...(values as SQLInputValue[])) as unknown as unknown[][])
  }

  async run(sql: string, values: readonly unknown[]): Promise<number> {
    return this.#answer(sql, () => Number(this.#prepare(sql).run(...(values as SQLInputValue[])).changes))
  }

  /** Row by row: here a statement prepared once is faster than a long one that is parsed each time. */
  async insert({ table, columns }: InsertTarget, rows: readonly (readonly unknown[])[], missing: boolean) {
    const names = columns.map(quote).join(', ')
    const shape = columns.length === 0 ? 'DEFAULT VALUES' : `(${names}) VALUES (${columns.map(() => '?').join(', ')})`
    const sql = `INSERT INTO ${quote(table)} ${shape}${missing ? ' ON CONFLICT DO NOTHING' : ''}`
    return this.#answer(sql, () => {
      const statement = this.#prepare(sql)
      let inserted = 0
      for (const row of rows) inserted += Number(statement.run(...(row as SQLInputValue[])).changes)
      return inserted
    })
  }

  async execute(sql: string, values: readonly unknown[]): Promise<Executed> {
    const bound = values.map((value) => (typeof value === 'boolean' ? Number(value) : (value ?? null)))
    return this.#answer(sql, () => {
      const statement = this.#cached(this.#objects, sql)
      if (statement.columns().length > 0) {
        const rows = statement.all(...(bound as SQLInputValue[])) as { [column: string]: unknown }[]
        return { rows, affected: rows.length, insertId: null }
      }
      const { changes, lastInsertRowid } = statement.run(...(bound as SQLInputValue[]))
      return { rows: [], affected: Number(changes), insertId: BigInt(lastInsertRowid) }
    })
  }

  async begin(): Promise<void> {
    this.control('BEGIN')
  }

  async commit(): Promise<void> {
    this.control('COMMIT')
  }

  async rollback(): Promise<void> {
    if (this.inTransaction) this.control('ROLLBACK')
  }

  spoil(): void {
    this.broken = true
  }

  async end(): Promise<void> {
    this.#database.close()
  }

  #prepare(sql: string): StatementSync {
    return this.#cached(this.#arrays, sql, true)
  }

  #cached(cache: Map<string, StatementSync>, sql: string, arrays = false): StatementSync {
    let statement = cache.get(sql)
    if (!statement) {
      if (cache.size >= STATEMENTS_MAX) cache.clear()
      statement = this.#database.prepare(sql)
      if (arrays) statement.setReturnArrays(true)
      cache.set(sql, statement)
    }
    return statement
  }

  #answer<T>(sql: string, statement: () => T): T {
    try {
      return statement()
    } catch (error) {
      throw failure(error, sql)
    }
  }
}

/** SQLite's refusal in the store's words. Pure. */
function failure(error: unknown, sql: string): Error {
  const { errcode, message } = error as { errcode?: number; message: string }
  if (errcode === undefined) return statementFailed(error, sql)
  if (DUPLICATES.includes(errcode)) return new DuplicateKey(duplicateName(message), { cause: error })
  if (errcode === SQLITE_CONSTRAINT_FOREIGNKEY || errcode === SQLITE_CONSTRAINT_TRIGGER) {
    // SQLite does not say which key: a row that goes is in use, a row that comes misses another.
    return /^\s*delete/i.test(sql) ? new InUse(null, { cause: error }) : new MissingReference(null, { cause: error })
  }
  if ((errcode & 0xff) === SQLITE_BUSY) return new Conflict(message, { cause: error })
  return statementFailed(error, sql)
}

/** `UNIQUE constraint failed: ports.network_id, ports.mac_address` → `ports_network_id_mac_address_key` */
function duplicateName(message: string): string {
  const columns = message.slice(message.indexOf(': ') + 2).split(', ')
  const table = columns[0]!.slice(0, columns[0]!.indexOf('.'))
  return constraintName(
    table,
    columns.map((column) => column.slice(table.length + 1)),
  )
}

/** @param path a file, or null for a database in memory */
export async function openSqlite(path: string | null, readers: number): Promise<Backend> {
  const connection = new SqliteConnection(await openDatabase(path ?? ':memory:', false))
  const writer = new SqliteWriter(connection)
  const pool =
    path === null
      ? null
      : new Pool({
          open: async () => new SqliteConnection(await openDatabase(path, true)),
          size: readers,
          waitMs: READ_WAIT_MS,
        })
  return {
    grammar: sqliteGrammar,
    ordered: true,
    shared: pool !== null,
    transaction: (run, signal) => writer.submit(run, signal),
    // A database in memory belongs to its one connection: readers take their turn among the writers.
    read: (run, signal) => (pool ? inTransaction(pool, 'read', run, signal) : writer.submit(run, signal)),
    alone: (run, wait) =>
      path === null
        ? writer.submit((inside) => run({ transaction: (each) => each(inside), isLost: () => false }), wait.signal)
        : alone(path, run, wait),
    async close() {
      await writer.close()
      await pool?.close()
      await connection.end()
    },
  }
}

/** In one transaction from the first to the last: its write lock is the turn. */
async function alone<T>(path: string, run: (session: Session) => Promise<T>, wait: Wait): Promise<T> {
  const connection = new SqliteConnection(await openDatabase(path, false))
  try {
    const take = async () => {
      try {
        connection.control('BEGIN IMMEDIATE')
        return true
      } catch (error) {
        if (error instanceof Conflict) return false
        throw error
      }
    }
    await awaitTurn({ take, holder: async () => 'another process, which writes to it' }, wait)
    const result = await run({ transaction: (each) => each(connection), isLost: () => false })
    connection.control('COMMIT')
    return result
  } catch (error) {
    await connection.rollback()
    throw error
  } finally {
    await connection.end()
  }
}

async function openDatabase(path: string, readOnly: boolean): Promise<DatabaseSync> {
  const deadline = performance.now() + OPEN_WAIT_MS
  for (;;) {
    const database = new DatabaseSync(path, { timeout: 0 })
    try {
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON')
      database.exec('PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 67108864')
      if (readOnly) database.exec('PRAGMA query_only = ON')
      return database
    } catch (error) {
      database.close()
      // Another process is opening, migrating or closing it. Waiting inside SQLite would stop this whole process.
      if (((error as { errcode?: number }).errcode ?? 0) % 256 !== SQLITE_BUSY || performance.now() > deadline)
        throw error
      await delay(5 + Math.random() * 20)
    }
  }
}
