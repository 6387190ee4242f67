/**
 * How a database compares with the code: which migrations it has had, which it lacks, which it has had from a newer
 * version, and whether it is ours at all. Reads; migrate.ts changes. `refusalOf` says what a server says of it.
 */
import { isThere, listTables, rows } from './inspect.ts'
import { type Migration, withOwn } from './migration.ts'
import { type Store, type Tx, table } from './store.ts'

/** When a migration was applied; `YYYY-MM-DDTHH:MM:SSZ`. */
export interface Applied {
  readonly name: string
  readonly applied_at: string
}

export const records = table<Applied>('neutrino_migrations', { name: 'text', applied_at: 'text' })

export interface SchemaState {
  /** Every migration it has had, in the order of their names. */
  readonly applied: readonly Applied[]
  /** Still to be applied, in their order: `.expand` ones before a server can serve, `.contract` ones at any time. */
  readonly missing: readonly string[]
  /** Applied by a newer version. */
  readonly unknown: readonly string[]
  /** Where none of ours was ever applied: the tables that are there, and Alembic's revisions of who made them. */
  readonly foreign: { readonly tables: readonly string[]; readonly alembic: readonly string[] }
}

/** What a server needs of a schema, or lacks. */
export type Standing = 'served' | 'empty' | 'foreign' | 'behind' | 'ahead'

const SHOWN_MAX = 5

export function schemaState(store: Store, migrations: readonly Migration[]): Promise<SchemaState> {
  return store.read((tx) => readState(tx, migrations))
}

export async function readState(tx: Tx, migrations: readonly Migration[]): Promise<SchemaState> {
  const names = withOwn(migrations).map(({ name }) => name)
  if (!(await isThere(tx, { table: records.name }))) {
    return { applied: [], missing: names, unknown: [], foreign: await readForeign(tx) }
  }
  const applied = (await tx.list(records)).sort((a, b) => (a.name < b.name ? -1 : 1))
  const had = new Set(applied.map(({ name }) => name))
  return {
    applied,
    missing: names.filter((name) => !had.has(name)),
    unknown: [...had].filter((name) => !names.includes(name)),
    foreign: { tables: [], alembic: [] },
  }
}

async function readForeign(tx: Tx): Promise<SchemaState['foreign']> {
  const tables = await listTables(tx)
  if (!tables.includes('alembic_version')) return { tables, alembic: [] }
  const found = await rows(tx, 'SELECT version_num FROM alembic_version')
  return { tables, alembic: found.map(({ version_num }) => String(version_num)).sort() }
}

export function isContract(name: string): boolean {
  return name.endsWith('.contract')
}

/** Pure. */
export function standingOf({ applied, missing, unknown, foreign }: SchemaState): Standing {
  if (unknown.length > 0) return 'ahead'
  if (foreign.tables.length > 0) return 'foreign'
  if (applied.length === 0) return 'empty'
  return missing.every(isContract) ? 'served' : 'behind'
}

/**
 * Why a server must not serve over it, in one line; null when it may. `where` names the database, `upgrade` is the
 * command that mends it. Pure.
 */
export function refusalOf(state: SchemaState, where: string, upgrade: string): string | null {
  switch (standingOf(state)) {
    case 'served':
      return null
    case 'empty':
      return `the database ${where} has no schema yet: run ${upgrade}`
    case 'foreign':
      return `the database ${where} ${foreignness(state)}: give Neutrino a database of its own, then run ${upgrade}`
    case 'behind':
      return `the database ${where} lacks ${listed(state.missing, 'migration')}: run ${upgrade}`
    case 'ahead':
      return (
        `the database ${where} was made by a newer version: it has ${listed(state.unknown, 'migration')} that this ` +
        'version does not know. Run the version that made it; neutron-db-manage current shows what it has'
      )
  }
}

/** `neutron-db-manage` with the files a process was given: what an operator is told to run. Pure. */
export function manageCommand(files: readonly string[], words: string): string {
  return ['neutron-db-manage', ...files.map((file) => `--config-file ${file}`), words].join(' ')
}

/** `has the tables of …`. Pure. */
export function foreignness({ foreign: { tables, alembic } }: SchemaState): string {
  if (alembic.length > 0 && tables.includes('networks')) {
    return `has the schema of OpenStack Neutron itself (revision ${alembic.join(', ')})`
  }
  return `is another program's: it has ${listed(tables, 'table')} and no schema of Neutrino's`
}

/** `3 tables (a, b, c)`. Pure. */
export function listed(names: readonly string[], what: string): string {
  const more = names.length > SHOWN_MAX ? [`${names.length - SHOWN_MAX} more`] : []
  return `${names.length} ${what}${names.length === 1 ? '' : 's'} (${[...names.slice(0, SHOWN_MAX), ...more].join(', ')})`
}
