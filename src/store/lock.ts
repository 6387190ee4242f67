/**
 * Row locks, where reading and writing have to be one: others that would change the rows wait until the transaction has
 * ended. SQLite has one writer at a time and needs none. Source: SQL, "FOR UPDATE".
 */
import type { Tx } from './store.ts'

/** In the order of their ids, so that two who lock the same rows do not wait for each other. */
export async function lockRows(tx: Tx, table: { readonly name: string }, ids: readonly string[]): Promise<void> {
  if (tx.dialect === 'sqlite' || ids.length === 0) return
  await tx.sql.selectFrom(table.name).select('id').where('id', 'in', ids).orderBy('id').forUpdate().execute()
}
