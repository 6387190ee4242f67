/**
 * PostgreSQL through `pg`. Transactions run at READ COMMITTED: nothing in Neutrino decides by what it read before.
 * Races are decided by unique constraints (`insertMissing`, `DuplicateKey`) and guarded updates, whose condition
 * PostgreSQL evaluates again on the newest row after it has waited for its lock. Reads are one REPEATABLE READ
 * snapshot.
 * Source: PostgreSQL 15, "Transaction Isolation", "Error Codes".
 */
import { hostname } from 'node:os'
import { basename } from 'node:path'
import pg from 'pg'
import { Conflict, InUse, MissingReference, statementFailed } from '#store/errors.ts'
import { Pool } from '#store/pool.ts'
import { inTransaction, type Mode, once, type PooledConnection } from '#store/pooled.ts'
import { type ColumnKind, DuplicateKey } from '#store/store.ts'
import { awaitTurn, type Wait } from '#store/turn.ts'
import type { ServerUrl } from '#store/url.ts'
import type { Backend, Executed, Grammar, InsertTarget, Session } from './dialect.ts'

/** Statements prepared on a connection; later ones are parsed each time. */
const PREPARED_MAX = 500
const ROWS_MAX = 5_000
const CONNECT_MS = 10_000
const STATEMENT_MS_MAX = 60_000
const LOCK_MS_MAX = 10_000
/** An index over a large table takes its time. */
const ALONE_STATEMENT_MS_MAX = 3_600_000
/** Whoever wants a table behind one who waits for it waits, too: so it is let go again, and tried later. */
const ALONE_LOCK_MS_MAX = 4_000
/** Longer ones are cut. */
const NAME_MAX = 63
const POOL_WAIT_MS = 30_000

const INT8 = 20

const quote = (identifier: string) => `"${identifier.replaceAll('"', '""')}"`
const ARRAYS: { readonly [kind in ColumnKind]: string } = {
  text: 'text[]',
  integer: 'bigint[]',
  boolean: 'boolean[]',
  json: 'text[]',
}

export const postgresGrammar: Grammar = {
  name: 'postgres',
  quote,
  bind(values, value, kind) {
    const place = `$${values.push(value)}`
    if (kind !== 'integer' || value === null) return place
    return `${place}::${Number.isSafeInteger(value) ? 'bigint' : 'float8'}`
  },
  oneOf(column, encoded, values, kind) {
    if (encoded.length === 1) return `${column} = ${postgresGrammar.bind(values, encoded[0], kind)}`
    return `${column} = ANY($${values.push(encoded)}${kind === undefined ? '' : `::${ARRAYS[kind]}`})`
  },
  contains: (column, text) => `strpos(${column}, ${text}) > 0`,
  starts: (column, text) => `starts_with(${column}, ${text})`,
  asText: (column) => `CAST(${column} AS text)`,
  boolean: (value) => value,
  subqueriesInOr: false,
  nulls: { asc: ' NULLS FIRST', desc: ' NULLS LAST' },
}

class PostgresConnection implements PooledConnection {
  broken = false
  readonly #client: pg.Client
  readonly #names = new Map<string, string>()
  #generation = 0

  constructor(client: pg.Client) {
    this.#client = client
    client.on('error', () => this.spoil())
    client.on('end', () => this.spoil())
  }

  async begin(mode: Mode): Promise<void> {
    await this.#query(mode === 'read' ? 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY' : 'BEGIN')
  }

  async commit(): Promise<void> {
    const answer = await this.#query('COMMIT')
    // A transaction that has failed answers a COMMIT with success and rolls back.
    if (answer.command === 'ROLLBACK') throw new Conflict('the database rolled back instead of committing')
  }

  async rollback(): Promise<void> {
    await this.#query('ROLLBACK')
  }

  spoil(): void {
    this.broken = true
  }

  async end(): Promise<void> {
    await this.#client.end()
  }

  async rows(sql: string, values: readonly unknown[]): Promise<unknown[][]> {
    return (await this.#query(sql, values, 'array')).rows as unknown as unknown[][]
  }

  async run(sql: string, values: readonly unknown[]): Promise<number> {
    return (await this.#query(sql, values)).rowCount ?? 0
  }

  /** Several rows travel as one array per column: the statement's text does not depend on their number. */
  async insert({ table, columns, kinds }: InsertTarget, rows: readonly (readonly unknown[])[], missing: boolean) {
    const into = `INSERT INTO ${quote(table)} (${columns.map(quote).join(', ')})`
    const tail = missing ? ' ON CONFLICT DO NOTHING' : ''
    if (rows.length === 1) {
      const places = columns.map((_, index) => `$${index + 1}`).join(', ')
      return await this.run(`${into} VALUES (${places})${tail}`, rows[0]!)
    }
    const arrays = kinds.map((kind, index) => `$${index + 1}::${ARRAYS[kind]}`).join(', ')
    const sql = `${into} SELECT * FROM unnest(${arrays})${tail}`
    let inserted = 0
    for (let start = 0; start < rows.length; start += ROWS_MAX) {
      const slice = rows.slice(start, start + ROWS_MAX)
      inserted += await this.run(
        sql,
        columns.map((_, index) => slice.map((row) => row[index])),
      )
    }
    return inserted
  }

  async execute(sql: string, values: readonly unknown[]): Promise<Executed> {
    const { rows, rowCount } = await this.#query(sql, values)
    return { rows, affected: rowCount ?? 0, insertId: null }
  }

  async #query(text: string, values: readonly unknown[] = [], rowMode?: 'array'): Promise<pg.QueryResult> {
    const name = values.length > 0 || rowMode ? this.#nameOf(text) : null
    try {
      return await this.#client.query({
        text,
        values: values as unknown[],
        ...(name === null ? {} : { name }),
        ...(rowMode ? { rowMode } : {}),
      })
    } catch (error) {
      throw this.#failure(error, text)
    }
  }

  #nameOf(text: string): string | null {
    let name = this.#names.get(text)
    if (name === undefined) {
      if (this.#names.size >= PREPARED_MAX) return null
      name = `s${this.#generation}_${this.#names.size}`
      this.#names.set(text, name)
    }
    return name
  }

  #failure(error: unknown, sql: string): Error {
    const { code, constraint, detail, message } = error as Partial<pg.DatabaseError> & { message: string }
    if (code === '23505') return new DuplicateKey(constraint ?? '', { cause: error })
    if (code === '23503' || code === '23001') {
      const inUse = code === '23001' || detail?.includes('is still referenced')
      return new (inUse ? InUse : MissingReference)(constraint ?? null, { cause: error })
    }
    if (code !== undefined && AGAIN.test(code)) return new Conflict(message, { cause: error })
    if (code === '0A000' && STALE_PLAN.test(message)) {
      // A table has got a column beside this server: what is prepared does not know it, and is prepared anew.
      this.#names.clear()
      this.#generation += 1
      return new Conflict(message, { cause: error })
    }
    if (LOST.test(code ?? '') || LOST_MESSAGE.test(message)) {
      this.spoil()
      // Whether a COMMIT that got no answer took place is not known: running it again might do it twice.
      return sql === 'COMMIT' ? statementFailed(error, sql) : new Conflict(message, { cause: error })
    }
    return statementFailed(error, sql)
  }
}

/** Serialisation, deadlock, lock not available. */
const AGAIN = /^(40001|40P01|55P03)$/
/** The server goes, or the connection is gone. */
const LOST = /^(08...|57P0.|53300|ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT|ENOENT)$/
const STALE_PLAN = /cached plan must not change result type/
const LOST_MESSAGE = /connection terminated|not queryable|client was closed|connection error/i

export async function openPostgres(url: ServerUrl, size: number): Promise<Backend> {
  const pool = new Pool({ open: () => connect(url), size, waitMs: POOL_WAIT_MS })
  // A wrong password or name is reported now, not by the first request.
  pool.release(await pool.acquire())
  return {
    grammar: postgresGrammar,
    ordered: false,
    shared: true,
    transaction: (run, signal) => inTransaction(pool, 'write', run, signal),
    read: (run, signal) => inTransaction(pool, 'read', run, signal),
    alone: (run, wait) => alone(url, run, wait),
    close: () => pool.close(),
  }
}

/** Any number, as long as it is ours: advisory locks are numbers, of one database each. */
const TURN = 7_201_804_159
/** As PostgreSQL shows it: the number's upper and lower half. */
const TURN_SHOWN = `classid = ${Math.floor(TURN / 2 ** 32)} AND objid = ${TURN % 2 ** 32}`
/** A machine that is gone without a word is noticed after a minute, not after PostgreSQL's two hours. */
const KEEP_ALIVE = `SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3`

async function alone<T>(url: ServerUrl, run: (session: Session) => Promise<T>, wait: Wait): Promise<T> {
  const name = `${basename(process.argv[1] ?? 'neutrino', '.ts')} ${process.pid} on ${hostname()}`
  const connection = await connect(url, {
    statementMs: ALONE_STATEMENT_MS_MAX,
    lockMs: ALONE_LOCK_MS_MAX,
    name: name.slice(0, NAME_MAX),
  })
  const ask = async (sql: string) => (await connection.rows(sql, []))[0]?.[0]
  try {
    if (url.socket === null) await connection.execute(KEEP_ALIVE, [])
    const take = async () => (await ask(`SELECT pg_try_advisory_lock(${TURN})`)) === true
    const holder = async () => {
      const who = `SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
        WHERE locktype = 'advisory' AND granted AND ${TURN_SHOWN} AND datname = current_database()`
      return String((await ask(who)) ?? 'another process')
    }
    await awaitTurn({ take, holder }, wait)
    return await run({ transaction: (inside) => once(connection, 'write', inside), isLost: () => connection.broken })
  } finally {
    // The session's end gives the turn back.
    await connection.end().catch(() => {})
  }
}

interface Manner {
  readonly statementMs?: number
  readonly lockMs?: number
  /** As `pg_stat_activity` shows it. */
  readonly name?: string
}

async function connect(url: ServerUrl, manner: Manner = {}): Promise<PostgresConnection> {
  const { user, password, host, port, database, socket } = url
  const { statementMs = STATEMENT_MS_MAX, lockMs = LOCK_MS_MAX, name = 'neutrino' } = manner
  const client = new pg.Client({
    user,
    password,
    host: socket ?? host,
    port,
    database,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: statementMs,
    lock_timeout: lockMs,
    keepAlive: true,
    application_name: name,
    types: { getTypeParser },
  })
  const connection = new PostgresConnection(client)
  try {
    await client.connect()
  } catch (error) {
    const { code = '', message } = error as { code?: string; message: string }
    if (LOST.test(code) || LOST_MESSAGE.test(message)) throw new Conflict(message, { cause: error })
    throw error
  }
  return connection
}

/** Counts and sequences are numbers here: none of them leaves the safe integers. */
const getTypeParser: typeof pg.types.getTypeParser = ((oid: number, format?: 'text') =>
  oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser
