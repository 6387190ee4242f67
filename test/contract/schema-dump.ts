/** What a database looks like, as lines that can be compared: tables, columns, keys, indexes, views, records. */
import { isThere, listTables, rows } from '#store/inspect.ts'
import type { Store, Tx } from '#store/store.ts'

/** Equal for equal schemas, however they came to be. */
export function dumpSchema(store: Store): Promise<readonly string[]> {
  return store.read(async (tx) => {
    const lines = tx.dialect === 'mysql' ? await mysqlLines(tx) : await textLines(tx, QUERIES[tx.dialect])
    return [...lines, ...(await statisticLines(tx)), ...(await recordLines(tx))]
  })
}

const QUERIES = {
  sqlite: [
    `SELECT concat_ws(' ', t.name, c.name, c.type, c."notnull", c.dflt_value, c.pk) AS line
     FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type IN ('table', 'view') ORDER BY t.name, c.name`,
    `SELECT concat_ws(' ', t.name, f."from", f."table", f."to", f.on_delete) AS line
     FROM sqlite_master t, pragma_foreign_key_list(t.name) f ORDER BY t.name, f."from"`,
    "SELECT concat_ws(' ', tbl_name, name, sql) AS line FROM sqlite_master WHERE type <> 'table' ORDER BY tbl_name, name",
  ],
  postgres: [
    `SELECT concat_ws(' ', table_name, column_name, data_type, character_maximum_length, is_nullable, column_default,
       collation_name, is_identity) AS line
     FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY table_name, column_name`,
    'SELECT indexdef AS line FROM pg_indexes WHERE schemaname = current_schema() ORDER BY indexname',
    `SELECT conname || ' ' || pg_get_constraintdef(oid) AS line FROM pg_constraint
     WHERE connamespace = current_schema()::regnamespace ORDER BY conname`,
  ],
}

async function textLines(tx: Tx, queries: readonly string[]): Promise<string[]> {
  const lines: string[] = []
  for (const query of queries) lines.push(...(await rows(tx, query)).map(({ line }) => String(line)))
  return lines
}

async function mysqlLines(tx: Tx): Promise<string[]> {
  const lines: string[] = []
  for (const name of await listTables(tx)) {
    const [row] = await rows(tx, `SHOW CREATE TABLE \`${name}\``)
    const text = String(Object.values(row ?? {})[1])
    // Indexes stand in the order they were made in.
    const inner = text.replace(/ AUTO_INCREMENT=\d+/, '').split('\n')
    lines.push(...inner.map((line) => `${name}: ${line.replace(/,$/, '')}`).sort())
  }
  return lines
}

/** What SQLite is told of indexes, where it was told anything. */
async function statisticLines(tx: Tx): Promise<string[]> {
  if (tx.dialect !== 'sqlite' || !(await isThere(tx, { table: 'sqlite_stat1' }))) return []
  return await textLines(tx, ["SELECT concat_ws(' ', tbl, idx, stat) AS line FROM sqlite_stat1 ORDER BY tbl, idx"])
}

async function recordLines(tx: Tx): Promise<string[]> {
  const applied = await rows(tx, 'SELECT name FROM neutrino_migrations ORDER BY name')
  return applied.map(({ name }) => `applied ${String(name)}`)
}
