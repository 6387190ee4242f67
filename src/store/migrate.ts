/**
 * Applies migrations, each once, in the order given. Two processes that start together take turns: by the write lock
 * in SQLite, by advisory locks elsewhere. One that stops half-way is run again: PostgreSQL and SQLite have undone it,
 * and for MySQL, whose DDL commits at once, what is there already is left out.
 */
import { strict as assert } from 'node:assert'
import { isoSeconds } from '#base/clock.ts'
import { changesMigration } from './changes.ts'
import { type Ddl, renderRecords, renderStep } from './ddl.ts'
import { StoreBusy } from './errors.ts'
import type { Step } from './schema.ts'
import { type Store, type Tx, table } from './store.ts'
import { Transaction } from './transaction.ts'

export interface Migration {
  /** Unique for ever: `core/network/0001-networks.expand`. */
  readonly name: string
  readonly steps: readonly Step[]
}

const LOCK_WAIT_SECONDS = 30
/** Any number, as long as it is ours: PostgreSQL's advisory locks are numbers. */
const LOCK_NUMBER = 7_201_804_159

const records = table<{ name: string; applied_at: string }>('neutrino_migrations', { name: 'text', applied_at: 'text' })

/** Applies those not yet recorded, the store's own first. */
export async function migrate(store: Store, migrations: readonly Migration[]): Promise<void> {
  const all = [changesMigration, ...migrations]
  if ((await readSchema(store, migrations)).missing.length === 0) return
  await store.transaction((tx) => locked(tx, () => apply(tx, all)))
}

/**
 * How the database compares with the code: `missing` migrations are still to be applied; `unknown` ones were applied by
 * a newer version, which a server must not serve over.
 */
export async function readSchema(
  store: Store,
  migrations: readonly Migration[],
): Promise<{ readonly missing: readonly string[]; readonly unknown: readonly string[] }> {
  const names = [changesMigration, ...migrations].map(({ name }) => name)
  const applied = await store.read(readApplied)
  return {
    missing: names.filter((name) => !applied.has(name)),
    unknown: [...applied].filter((name) => !names.includes(name)),
  }
}

async function apply(tx: Tx, migrations: readonly Migration[]): Promise<void> {
  const collation = await readCollation(tx)
  const applied = await readApplied(tx)
  if (applied.size === 0) await rows(tx, renderRecords(tx.dialect, collation))
  for (const { name, steps } of migrations) {
    if (applied.has(name)) continue
    for (const ddl of steps.flatMap((step) => renderStep(tx.dialect, step, collation))) {
      if (tx.dialect === 'mysql' && (await isThere(tx, ddl.unless))) continue
      await rows(tx, ddl.sql)
    }
    await tx.insert(records, [{ name, applied_at: isoSeconds(Date.now()) }])
  }
}

async function readApplied(tx: Tx): Promise<Set<string>> {
  if (!(await isThere(tx, { table: records.name }))) return new Set()
  return new Set((await tx.list(records)).map(({ name }) => name))
}

async function locked(tx: Tx, run: () => Promise<void>): Promise<void> {
  if (tx.dialect === 'postgres') await rows(tx, `SELECT pg_advisory_xact_lock(${LOCK_NUMBER})`)
  if (tx.dialect !== 'mysql') return await run()
  // Named locks are the server's, not the database's; a connection that dies gives its own back.
  const lock = `CONCAT('neutrino_migrate_', LEFT(SHA1(DATABASE()), 16))`
  const [answer] = await rows(tx, `SELECT GET_LOCK(${lock}, ${LOCK_WAIT_SECONDS}) AS got`)
  if (Number(answer?.got) !== 1) throw new StoreBusy(`another process migrates, for ${LOCK_WAIT_SECONDS} s`)
  try {
    await run()
  } finally {
    assert(tx instanceof Transaction)
    await tx.giveBack(`SELECT RELEASE_LOCK(${lock})`)
  }
}

/** Whether a table, column, index or row exists. */
async function isThere(tx: Tx, what: Ddl['unless']): Promise<boolean> {
  if ('id' in what) {
    const found = await tx.sql.selectFrom(what.table).select('id').where('id', '=', what.id).execute()
    return found.length > 0
  }
  if (tx.dialect === 'sqlite') {
    return (await rows(tx, `SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?`, [what.table])).length > 0
  }
  const mysql = tx.dialect === 'mysql'
  const [view, column, name] =
    'column' in what
      ? ['columns', 'column_name', what.column]
      : 'index' in what
        ? ['statistics', 'index_name', what.index]
        : ['tables', 'table_name', what.table]
  const own = `table_schema = ${mysql ? 'DATABASE()' : 'current_schema()'}`
  const named = mysql ? `table_name = ? AND ${column} = ?` : `table_name = $1 AND ${column} = $2`
  const text = `SELECT 1 FROM information_schema.${view} WHERE ${own} AND ${named} LIMIT 1`
  return (await rows(tx, text, [what.table, name])).length > 0
}

async function readCollation(tx: Tx): Promise<{ readonly collation?: string }> {
  if (tx.dialect !== 'mysql') return {}
  const [row] = await rows(tx, 'SELECT VERSION() AS version')
  // Both count trailing blanks, as the other databases do; utf8mb4_bin would not.
  return { collation: /mariadb/i.test(String(row?.version)) ? 'utf8mb4_nopad_bin' : 'utf8mb4_0900_bin' }
}

interface Raw {
  readonly version?: unknown
  readonly got?: unknown
}

async function rows(tx: Tx, sql: string, values: readonly unknown[] = []): Promise<readonly Raw[]> {
  assert(tx instanceof Transaction)
  return (await tx.execute(sql, values)).rows
}
