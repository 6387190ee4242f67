/**
 * Applies migrations, each once, in the order given, while nobody else does (`Store.alone`). Each is a transaction and
 * is recorded in it; with SQLite all of them are one. One that stops half-way is run again: PostgreSQL and SQLite have
 * undone it, and for MySQL, whose DDL commits at once, what is there already is left out.
 */
import { isoSeconds, systemClock } from '#base/clock.ts'
import { OperatingError } from '#base/errors.ts'
import { type Ddl, type DdlOptions, renderRecords, renderStep } from './ddl.ts'
import { StoreBusy } from './errors.ts'
import { isThere, rows } from './inspect.ts'
import { type Migration, withOwn } from './migration.ts'
import { foreignness, readState, records, schemaState } from './schema-state.ts'
import type { Store, Tx } from './store.ts'

export type { Migration } from './migration.ts'

/** The schema is not one that this version may change. */
export class SchemaRefused extends OperatingError {
  override name = 'SchemaRefused'
}

/** A migration that failed; the ones before it are there (with SQLite, nothing is). The same call goes on from here. */
export class MigrationFailed extends OperatingError {
  override name = 'MigrationFailed'
  readonly migration: string

  constructor(migration: string, cause: unknown) {
    super(`${migration}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.migration = migration
  }
}

/** What happens, when it happens. */
export type Progress =
  | { readonly event: 'waiting'; readonly holder: string; readonly waitMs: number }
  | { readonly event: 'starting'; readonly migration: string; readonly index: number; readonly of: number }
  | { readonly event: 'statement'; readonly migration: string; readonly sql: string }
  | { readonly event: 'applied'; readonly migration: string; readonly ms: number }

export interface MigrateOptions {
  /** Those to apply, by name, of the ones that are missing; absent: all. */
  readonly only?: readonly string[]
  readonly onProgress?: (progress: Progress) => void
  /** How long another process that migrates is waited for. */
  readonly waitMs?: number
  readonly signal?: AbortSignal
}

const WAIT_MS = 30_000

/**
 * Applies those not yet recorded, the store's own first; answers the names of those it applied.
 * @throws SchemaRefused when the database is not ours, or a newer version made it; nothing has changed then
 * @throws MigrationFailed, StoreBusy
 */
export async function migrate(
  store: Store,
  migrations: readonly Migration[],
  options: MigrateOptions = {},
): Promise<readonly string[]> {
  const { only, onProgress = () => {}, waitMs = WAIT_MS, signal } = options
  const all = withOwn(migrations)
  const wanted = ({ missing }: { readonly missing: readonly string[] }) =>
    missing.filter((name) => only === undefined || only.includes(name))
  if (wanted(await schemaState(store, all)).length === 0) return []
  const wait = { waitMs, onWait: (holder: string) => onProgress({ event: 'waiting', holder, waitMs }) }
  let at = 'the records of migrations'
  try {
    return await store.alone(
      async (transaction) => {
        const names = wanted(await transaction((tx) => prepare(tx, all), signal))
        for (const [index, name] of names.entries()) {
          signal?.throwIfAborted()
          at = name
          onProgress({ event: 'starting', migration: name, index, of: names.length })
          const start = performance.now()
          const { steps } = all.find((migration) => migration.name === name)!
          await transaction((tx) => apply(tx, { name, steps }, onProgress), signal)
          onProgress({ event: 'applied', migration: name, ms: performance.now() - start })
        }
        return names
      },
      { ...wait, ...(signal && { signal }) },
    )
  } catch (error) {
    throw signal?.aborted || error instanceof StoreBusy || error instanceof SchemaRefused
      ? error
      : new MigrationFailed(at, error)
  }
}

/**
 * Makes the table of records where it is not there; what the database lacks now that nobody else changes it.
 * @throws SchemaRefused
 */
export async function prepare(tx: Tx, migrations: readonly Migration[]) {
  const state = await readState(tx, migrations)
  if (state.unknown.length > 0) {
    throw new SchemaRefused(`a newer version made the schema: it has ${state.unknown.join(', ')}`)
  }
  if (state.applied.length > 0) return state
  const made = new Set(migrations.flatMap(({ steps }) => steps.flatMap(madeBy)))
  const taken = state.foreign.tables.filter((table) => made.has(table) || table === 'alembic_version')
  if (taken.length > 0) throw new SchemaRefused(`the database ${foreignness(state)}`)
  await rows(tx, renderRecords(tx.dialect, await readCollation(tx)))
  return state
}

function madeBy(step: Migration['steps'][number]): readonly string[] {
  return step.do === 'create-table' ? [step.table] : step.do === 'create-view' ? [step.view] : []
}

async function apply(tx: Tx, { name, steps }: Migration, onProgress: (progress: Progress) => void): Promise<void> {
  const collation = await readCollation(tx)
  if (await tx.exists(records, { name })) return // a commit whose answer was lost, run again
  for (const ddl of steps.flatMap((step) => renderStep(tx.dialect, step, collation))) {
    if (tx.dialect === 'mysql' && (await isDone(tx, ddl))) continue
    onProgress({ event: 'statement', migration: name, sql: ddl.sql })
    await rows(tx, ddl.sql)
  }
  await tx.insert(records, [{ name, applied_at: isoSeconds(systemClock.now()) }])
}

async function isDone(tx: Tx, { unless }: Ddl): Promise<boolean> {
  return 'gone' in unless ? !(await isThere(tx, unless.gone)) : await isThere(tx, unless)
}

async function readCollation(tx: Tx): Promise<DdlOptions> {
  if (tx.dialect !== 'mysql') return {}
  const [row] = await rows(tx, 'SELECT VERSION() AS version')
  // Both count trailing blanks, as the other databases do; utf8mb4_bin would not.
  return { collation: /mariadb/i.test(String(row?.version)) ? 'utf8mb4_nopad_bin' : 'utf8mb4_0900_bin' }
}
