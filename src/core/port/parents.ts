/**
 * The rows a new row hangs on, kept from being deleted until the transaction ends: whoever deletes one waits, and then
 * sees what hangs on it. Others may hang rows on them at the same time. SQLite has one writer and needs no lock.
 */
import { sql } from '#store/kysely.ts'
import type { Table, Tx } from '#store/store.ts'

/** The rows whose column is one of the values. */
export async function heldRows<Row>(
  tx: Tx,
  table: Table<Row>,
  column: keyof Row & string,
  values: readonly string[],
): Promise<Row[]> {
  if (values.length === 0) return []
  if (tx.dialect === 'sqlite') return await tx.list(table, { [column]: values } as never)
  const query = tx.sql.selectFrom(table.name).selectAll().where(sql().ref(column), 'in', values)
  const held = tx.dialect === 'postgres' ? query.forKeyShare() : query.modifyEnd(sql()`lock in share mode`)
  return (await held.execute()).map((raw) => tx.decode(table, raw))
}
