/** What a database has by now: its tables, columns, indexes, rows by id. Asks the database's own catalogue. */
import { strict as assert } from 'node:assert'
import type { Thing } from './ddl.ts'
import type { Tx } from './store.ts'
import { Transaction } from './transaction.ts'

interface Raw {
  readonly [column: string]: unknown
}

/** A statement of the store itself, rows as objects. */
export async function rows(tx: Tx, sql: string, values: readonly unknown[] = []): Promise<readonly Raw[]> {
  assert(tx instanceof Transaction)
  return (await tx.execute(sql, values)).rows
}

/** Whether a table, column, index or row exists. */
export async function isThere(tx: Tx, what: Thing): Promise<boolean> {
  if ('id' in what) {
    const found = await tx.sql.selectFrom(what.table).select('id').where('id', '=', what.id).execute()
    return found.length > 0
  }
  if (tx.dialect === 'sqlite') return await isThereInSqlite(tx, what)
  const mysql = tx.dialect === 'mysql'
  const [view, column, name] =
    'column' in what
      ? ['columns', 'column_name', what.column]
      : 'index' in what
        ? ['statistics', 'index_name', what.index]
        : ['tables', 'table_name', what.table]
  if (!mysql && view === 'statistics') {
    const text = 'SELECT 1 FROM pg_indexes WHERE schemaname = current_schema() AND tablename = $1 AND indexname = $2'
    return (await rows(tx, text, [what.table, name])).length > 0
  }
  const own = `table_schema = ${ownSchema(tx)}`
  const named = mysql ? `table_name = ? AND ${column} = ?` : `table_name = $1 AND ${column} = $2`
  const text = `SELECT 1 FROM information_schema.${view} WHERE ${own} AND ${named} LIMIT 1`
  return (await rows(tx, text, [what.table, name])).length > 0
}

async function isThereInSqlite(tx: Tx, what: Exclude<Thing, { id: string }>): Promise<boolean> {
  if ('column' in what) {
    return (await rows(tx, 'SELECT 1 FROM pragma_table_info(?) WHERE name = ?', [what.table, what.column])).length > 0
  }
  const name = 'index' in what ? what.index : what.table
  return (await rows(tx, 'SELECT 1 FROM sqlite_master WHERE tbl_name = ? AND name = ?', [what.table, name])).length > 0
}

/** Tables and views, by name; what the database keeps for itself is left out. */
export async function listTables(tx: Tx): Promise<string[]> {
  const text =
    tx.dialect === 'sqlite'
      ? `SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`
      : `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = ${ownSchema(tx)}`
  return (await rows(tx, text)).map(({ name }) => String(name)).sort()
}

function ownSchema(tx: Tx): string {
  return tx.dialect === 'mysql' ? 'DATABASE()' : 'current_schema()'
}
