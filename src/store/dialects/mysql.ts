/**
 * MySQL and MariaDB through `mysql2`. Transactions run at READ COMMITTED, as on PostgreSQL and for the same reason;
 * InnoDB then takes no gap locks, the usual cause of deadlocks between inserts. Reads are one REPEATABLE READ snapshot.
 * Source: MySQL 8.0, "Transaction Isolation Levels", "Server Error Message Reference"; MariaDB, "INSERT IGNORE".
 */
import { type Connection as Client, createConnection, type ResultSetHeader } from 'mysql2/promise'
import { constraintName } from '#store/ddl.ts'
import { Conflict, InUse, MissingReference, statementFailed } from '#store/errors.ts'
import { Pool } from '#store/pool.ts'
import { inTransaction, type Mode, once, type PooledConnection } from '#store/pooled.ts'
import { DuplicateKey } from '#store/store.ts'
import { awaitTurn, type Wait } from '#store/turn.ts'
import type { ServerUrl } from '#store/url.ts'
import type { Backend, Executed, Grammar, InsertTarget, Session } from './dialect.ts'

const ROWS_MAX = 1_000
const CONNECT_MS = 10_000
const LOCK_SECONDS_MAX = 10
const POOL_WAIT_MS = 30_000

const quote = (identifier: string) => `\`${identifier.replaceAll('`', '``')}\``

export const mysqlGrammar: Grammar = {
  name: 'mysql',
  quote,
  bind(values, value) {
    values.push(value)
    return '?'
  },
  oneOf(column, encoded, values) {
    values.push(encoded)
    return `${column} IN (?)`
  },
  contains: (column, text) => `LOCATE(${text}, ${column}) > 0`,
  starts: (column, text, length) => `LEFT(${column}, ${length}) = ${text}`,
  asText: (column) => `CAST(${column} AS CHAR)`,
  boolean: Number,
  subqueriesInOr: false,
  nulls: { asc: '', desc: '' },
}

interface MysqlError {
  readonly code?: string
  readonly errno?: number
  readonly sqlMessage?: string
  readonly message: string
}

const DUPLICATE = 1062
/** Row is referenced; row refers to a missing one. */
const REFERENCED = [1217, 1451]
const MISSING = [1216, 1452]
/** Lock wait timeout, deadlock, too many connections, record changed since last read. */
const AGAIN = [1205, 1213, 1040, 1020]
const LOST = /^(PROTOCOL_|ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT|ENOENT|ER_SERVER_SHUTDOWN|ER_CONNECTION_KILLED)/
const LOST_MESSAGE = /closed state|connection is closed|server has gone away/i

class MysqlConnection implements PooledConnection {
  broken = false
  readonly #client: Client

  constructor(client: Client) {
    this.#client = client
    // The promise wrapper does not pass these on from its connection in every release; both are listened to.
    client.on('error', () => this.spoil())
    client.on('end', () => this.spoil())
  }

  async begin(mode: Mode): Promise<void> {
    if (mode === 'write') {
      await this.#query('START TRANSACTION')
      return
    }
    const isolation = this.#query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ')
    const start = this.#query('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY')
    await Promise.all([isolation, start])
  }

  async commit(): Promise<void> {
    await this.#query('COMMIT')
  }

  async rollback(): Promise<void> {
    await this.#query('ROLLBACK')
  }

  spoil(): void {
    this.broken = true
  }

  async end(): Promise<void> {
    if (this.broken) this.#client.destroy()
    else await this.#client.end()
  }

  async rows(sql: string, values: readonly unknown[]): Promise<unknown[][]> {
    return (await this.#query(sql, values, true)) as unknown as unknown[][]
  }

  async run(sql: string, values: readonly unknown[]): Promise<number> {
    return ((await this.#query(sql, values)) as ResultSetHeader).affectedRows
  }

  async insert({ table, columns }: InsertTarget, rows: readonly (readonly unknown[])[], missing: boolean) {
    const into = `INSERT ${missing ? 'IGNORE ' : ''}INTO ${quote(table)} (${columns.map(quote).join(', ')})`
    if (columns.length === 0) return await this.run(`${into} VALUES ${rows.map(() => '()').join(', ')}`, [])
    let inserted = 0
    for (let start = 0; start < rows.length; start += ROWS_MAX) {
      const sql = `${into} VALUES ?`
      const answer = (await this.#query(sql, [rows.slice(start, start + ROWS_MAX)])) as ResultSetHeader
      if (missing && answer.warningStatus > 0) await this.#refuseOtherWarnings(sql)
      inserted += answer.affectedRows
    }
    return inserted
  }

  async execute(sql: string, values: readonly unknown[]): Promise<Executed> {
    const answer = await this.#query(sql, values)
    if (Array.isArray(answer)) return { rows: answer as Executed['rows'], affected: answer.length, insertId: null }
    const { affectedRows, insertId } = answer as ResultSetHeader
    return { rows: [], affected: affectedRows, insertId: BigInt(insertId) }
  }

  /** IGNORE forgives more than duplicates: a missing reference or a value too long is an error all the same. */
  async #refuseOtherWarnings(sql: string): Promise<void> {
    for (const [, code, message] of await this.rows('SHOW WARNINGS', [])) {
      if (Number(code) === DUPLICATE) continue
      throw await this.#failure({ errno: Number(code), sqlMessage: String(message), message: String(message) }, sql)
    }
  }

  async #query(sql: string, values: readonly unknown[] = [], rowsAsArray = false): Promise<unknown> {
    try {
      const [answer] = await this.#client.query({ sql, values: values as unknown[], rowsAsArray })
      return answer
    } catch (error) {
      throw await this.#failure(error as MysqlError, sql)
    }
  }

  async #failure(error: MysqlError, sql: string): Promise<Error> {
    const { errno = 0, code = '', message, sqlMessage = '' } = error
    if (errno === DUPLICATE) return new DuplicateKey(await this.#duplicateName(sqlMessage, sql), { cause: error })
    if (REFERENCED.includes(errno)) return new InUse(foreignKey(sqlMessage), { cause: error })
    if (MISSING.includes(errno)) return new MissingReference(foreignKey(sqlMessage), { cause: error })
    if (AGAIN.includes(errno)) return new Conflict(message, { cause: error })
    if (LOST.test(code) || LOST_MESSAGE.test(message)) {
      this.spoil()
      // Whether a COMMIT that got no answer took place is not known: running it again might do it twice.
      return sql === 'COMMIT' ? statementFailed(error, sql) : new Conflict(message, { cause: error })
    }
    return statementFailed(error, sql)
  }

  /** `Duplicate entry 'x' for key 'PRIMARY'`; MySQL puts the table before the key, MariaDB does not. */
  async #duplicateName(message: string, sql: string): Promise<string> {
    const key = /for key '(?:.*\.)?([^'.]+)'$/.exec(message)?.[1] ?? ''
    if (key !== 'PRIMARY') return key
    // Primary keys have no name of their own here: it is made from the columns, as everywhere.
    const table = /^\s*(?:insert\s+(?:ignore\s+)?into|update|replace\s+into)\s+`?([^\s`(]+)/i.exec(sql)?.[1] ?? ''
    const [columns] = await this.#client.query({
      sql: `SELECT column_name FROM information_schema.key_column_usage WHERE table_schema = DATABASE()
            AND table_name = ? AND constraint_name = 'PRIMARY' ORDER BY ordinal_position`,
      values: [table],
      rowsAsArray: true,
    })
    return constraintName(
      table,
      (columns as unknown as unknown[][]).map(([column]) => String(column)),
    )
  }
}

/** `… CONSTRAINT `ports_network_id_fkey` FOREIGN KEY …` */
function foreignKey(message: string): string | null {
  return /CONSTRAINT `([^`]+)`/.exec(message)?.[1] ?? null
}

export async function openMysql(url: ServerUrl, size: number): Promise<Backend> {
  const pool = new Pool({ open: () => connect(url), size, waitMs: POOL_WAIT_MS })
  // A wrong password or name is reported now, not by the first request.
  pool.release(await pool.acquire())
  return {
    grammar: mysqlGrammar,
    ordered: false,
    shared: true,
    transaction: (run, signal) => inTransaction(pool, 'write', run, signal),
    read: (run, signal) => inTransaction(pool, 'read', run, signal),
    alone: (run, wait) => alone(url, run, wait),
    close: () => pool.close(),
  }
}

/** Named locks are the server's, not the database's; a connection that dies gives its own back. */
const TURN = `CONCAT('neutrino_migrate_', LEFT(SHA1(DATABASE()), 16))`
/** Whoever wants a table behind one who waits for it waits, too: so it is let go again, and tried later. */
const ALONE_LOCK_SECONDS_MAX = 4
/** A machine that is gone without a word is noticed when it has said nothing for so long. */
const SILENT_SECONDS_MAX = 120

async function alone<T>(url: ServerUrl, run: (session: Session) => Promise<T>, wait: Wait): Promise<T> {
  const connection = await connect(url)
  const ask = async (sql: string, values: readonly unknown[] = []) => (await connection.rows(sql, values))[0]?.[0]
  try {
    const waits = `wait_timeout = ${SILENT_SECONDS_MAX}, SESSION lock_wait_timeout = ${ALONE_LOCK_SECONDS_MAX}`
    await connection.execute(`SET SESSION ${waits}`, [])
    const take = async () => Number(await ask(`SELECT GET_LOCK(${TURN}, 0)`)) === 1
    const holder = async () => {
      const id = await ask(`SELECT IS_USED_LOCK(${TURN})`)
      const from = await ask('SELECT host FROM information_schema.processlist WHERE id = ?', [id])
      return from === undefined ? 'another process' : `another process, connected from ${String(from)}`
    }
    await awaitTurn({ take, holder }, wait)
    return await run({ transaction: (inside) => once(connection, 'write', inside), isLost: () => connection.broken })
  } finally {
    // The session's end gives the turn back.
    await connection.end().catch(() => {})
  }
}

async function connect({ user, password, host, port, database, socket }: ServerUrl): Promise<MysqlConnection> {
  try {
    const client = await createConnection({
      user,
      password,
      database,
      ...(socket === null ? { host, port } : { socketPath: socket }),
      charset: 'utf8mb4',
      connectTimeout: CONNECT_MS,
      enableKeepAlive: true,
      // Backslashes escape, as the client writes values; a value that does not fit is refused, never cut.
      // FOUND_ROWS (mysql2's default) makes an update count the rows that matched, as the others do.
    })
    const connection = new MysqlConnection(client)
    await client.query(
      `SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', ` +
        `SESSION innodb_lock_wait_timeout = ${LOCK_SECONDS_MAX}, SESSION lock_wait_timeout = ${3 * LOCK_SECONDS_MAX}`,
    )
    await client.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED')
    return connection
  } catch (error) {
    const { errno = 0, code = '', message } = error as MysqlError
    if (AGAIN.includes(errno) || LOST.test(code)) throw new Conflict(message, { cause: error })
    throw error
  }
}
