/** What a database looks like, as lines that can be compared: tables, columns, keys, indexes, views, records. */
import { listTables, rows } from '#store/inspect.ts'
import type { Store, Tx } from '#store/store.ts'

/** Equal for equal schemas, however they came to be. */
export function dumpSchema(store: Store): Promise<readonly string[]> {
  return store.read(async (tx) => {
    const lines = tx.dialect === 'mysql' ? await mysqlLines(tx) : await textLines(tx, QUERIES[tx.dialect])
    return [...lines, ...(await recordLines(tx))]
  })
}

const QUERIES = {
  sqlite: ["SELECT type || ' ' || name || ': ' || coalesce(sql, '') AS line FROM sqlite_master ORDER BY type, name"],
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

async function recordLines(tx: Tx): Promise<string[]> {
  const applied = await rows(tx, 'SELECT name FROM neutrino_migrations ORDER BY name')
  return applied.map(({ name }) => `applied ${String(name)}`)
}
