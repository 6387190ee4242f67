/**
 * Migrations as a text of SQL, for whoever may not let a program change a schema: what migrate.ts would run, and what
 * it would record. Asks no database, so it is for one that is where the first of the migrations begins. Pure.
 */
import { type DdlOptions, quoteFor, renderRecords, renderStep, renderValue } from './ddl.ts'
import type { Migration } from './migration.ts'
import { records } from './schema-state.ts'
import type { Tx } from './store.ts'

type Dialect = Tx['dialect']

/** MariaDB and MySQL each read the one that is theirs; MySQL's needs 8.0.17, which MariaDB never claims to be. */
const BOTH: DdlOptions = { collation: '/*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */' }

/** `titled` says what stands above a migration's statements. */
export function renderOffline(
  dialect: Dialect,
  migrations: readonly Migration[],
  { titled, at }: { readonly titled: (name: string) => string; readonly at: string },
): string {
  const options = dialect === 'mysql' ? BOTH : {}
  const parts = migrations.map(({ name, steps }) => {
    const statements = steps.flatMap((step) => renderStep(dialect, step, options)).map(({ sql }) => sql)
    return [`-- ${titled(name)}`, ...[...statements, renderRecord(dialect, name, at)].map(ended)].join('\n\n')
  })
  return framed(dialect, [ended(renderRecords(dialect, options)), ...parts])
}

/** What records that these are applied and those are not. */
export function renderStamp(
  dialect: Dialect,
  { add, remove, at }: { readonly add: readonly string[]; readonly remove: readonly string[]; readonly at: string },
): string {
  const quote = quoteFor(dialect)
  const gone = remove.map((name) => `DELETE FROM ${quote(records.name)} WHERE name = ${renderValue(dialect, name)}`)
  const options = dialect === 'mysql' ? BOTH : {}
  const added = add.map((name) => renderRecord(dialect, name, at))
  return framed(dialect, [renderRecords(dialect, options), ...gone, ...added].map(ended))
}

function renderRecord(dialect: Dialect, name: string, at: string): string {
  const values = [name, at].map((value) => renderValue(dialect, value)).join(', ')
  return `INSERT INTO ${quoteFor(dialect)(records.name)} (name, applied_at) VALUES (${values})`
}

const ended = (sql: string) => `${sql};`

/** MySQL commits with every statement anyway. */
function framed(dialect: Dialect, parts: readonly string[]): string {
  return (dialect === 'mysql' ? parts : ['BEGIN;', ...parts, 'COMMIT;']).join('\n\n')
}
