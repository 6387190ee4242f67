/**
 * Migration steps as SQL, per dialect. Every string is compared byte by byte on every database, so that names, filters
 * and sorting mean the same everywhere. Pure.
 */
import { strict as assert } from 'node:assert'
import { createHash } from 'node:crypto'
import type { Column, Step, Value } from './schema.ts'
import type { Tx } from './store.ts'

/** PostgreSQL cuts identifiers at 63 bytes, MySQL refuses more than 64. */
const IDENTIFIER_MAX = 63

type Dialect = Tx['dialect']
type CreateTable = Extract<Step, { do: 'create-table' }>
type CreateView = Extract<Step, { do: 'create-view' }>
type AddColumns = Extract<Step, { do: 'add-columns' }>
type InsertRows = Extract<Step, { do: 'insert-rows' }>
type DropColumns = Extract<Step, { do: 'drop-columns' }>

/** Something a database has: a table, one of its columns, indexes or rows. */
export type Thing =
  | { readonly table: string }
  | { readonly table: string; readonly column: string }
  | { readonly table: string; readonly index: string }
  | { readonly table: string; readonly id: string }

/**
 * One thing to do: `unless` names what is there already, or gone already, if it has been done, for dialects whose DDL
 * commits at once.
 */
export interface Ddl {
  readonly sql: string
  readonly unless: Thing | { readonly gone: Thing }
}

/** What MySQL needs to know of the server: MariaDB and MySQL have different names for their bytewise collation. */
export interface DdlOptions {
  readonly collation?: string
}

/** The name of a unique constraint or primary key. */
export function constraintName(table: string, columns: readonly string[]): string {
  return `${table}_${columns.map(plain).join('_')}_key`
}

export function renderStep(dialect: Dialect, step: Step, options: DdlOptions = {}): Ddl[] {
  switch (step.do) {
    case 'create-table':
      return renderCreate(dialect, step, options)
    case 'create-view':
      return [renderView(dialect, step)]
    case 'add-columns':
      return renderAdd(dialect, step, options)
    case 'insert-rows':
      return renderRows(dialect, step)
    case 'drop-columns':
      return renderDrop(dialect, step)
    case 'drop-table':
      return [{ sql: `DROP TABLE ${quoteFor(dialect)(step.table)}`, unless: { gone: { table: step.table } } }]
  }
}

/** The table of applied migrations: made before any migration, never altered by one. */
export function renderRecords(dialect: Dialect, options: DdlOptions = {}): string {
  const token: Column = { type: 'string', length: 255, nullable: false }
  const columns = { name: token, applied_at: { ...token, length: 20 } }
  const step: Step = { do: 'create-table', table: 'neutrino_migrations', columns, primaryKey: ['name'] }
  return renderCreate(dialect, step, options)[0]!.sql.replace('CREATE TABLE', 'CREATE TABLE IF NOT EXISTS')
}

function renderCreate(dialect: Dialect, step: CreateTable, options: DdlOptions): Ddl[] {
  const quote = quoteFor(dialect)
  const list = (columns: readonly string[]) => columns.map(quote).join(', ')
  const serial = Object.values(step.columns).some((column) => column.serial)
  const lines = Object.entries(step.columns).map(([name, column]) => renderColumn(dialect, name, column))
  // SQLite's growing key is declared with its column.
  if (!(serial && dialect === 'sqlite')) {
    const name = checked(constraintName(step.table, step.primaryKey))
    lines.push(`CONSTRAINT ${quote(name)} PRIMARY KEY (${list(step.primaryKey)})`)
  }
  for (const columns of step.unique ?? []) {
    lines.push(`CONSTRAINT ${quote(checked(constraintName(step.table, columns)))} UNIQUE (${list(columns)})`)
  }
  for (const { column, table, onDelete } of step.references ?? []) {
    const name = shortened(`${step.table}_${plain(column)}_fkey`)
    const rule = onDelete === 'cascade' ? 'CASCADE' : 'RESTRICT'
    lines.push(
      `CONSTRAINT ${quote(name)} FOREIGN KEY (${quote(column)}) REFERENCES ${quote(table)} (${quote('id')}) ON DELETE ${rule}`,
    )
  }
  const tail = dialect === 'mysql' ? ` ENGINE=InnoDB ROW_FORMAT=DYNAMIC CHARACTER SET utf8mb4 ${collate(options)}` : ''
  const create = `CREATE TABLE ${quote(step.table)} (\n  ${lines.join(',\n  ')}\n)${tail}`
  // PostgreSQL and SQLite do not index a reference by themselves, and deleting the other row looks for these.
  const referring = dialect === 'mysql' ? [] : (step.references ?? []).map(({ column }) => [column])
  const indexes = [...(step.indexes ?? []), ...referring].filter((columns) => !isCovered(columns, step))
  const seen = new Map(indexes.map((columns) => [columns.join(','), columns]))
  return [
    { sql: create, unless: { table: step.table } },
    ...[...seen.values()].map((columns) => renderIndex(dialect, step.table, columns, tieOf(dialect, columns, step))),
    ...(step.coarse ?? []).flatMap((column) => renderCoarse(dialect, [column], step)),
  ]
}

/**
 * SQLite takes every index for one that finds ten rows, whatever is in it, unless its own table of statistics says
 * otherwise; the others find out by themselves. Source: SQLite, "The ANALYZE command", manual control of the planner.
 */
function renderCoarse(dialect: Dialect, columns: readonly string[], step: CreateTable): Ddl[] {
  const { table } = step
  const index = renderIndex(dialect, table, columns, tieOf(dialect, columns, step))
  if (dialect !== 'sqlite') return [index]
  const load = 'ANALYZE sqlite_master'
  const row = `${renderValue(dialect, table)}, ${renderValue(dialect, indexName(table, columns))}, '${COARSE} 1'`
  return [
    index,
    ...[load, `INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (${row})`, load].map((sql) => ({
      sql,
      unless: index.unless,
    })),
  ]
}

/** Of so many rows, so many with the same value. */
const COARSE = '1000000 500000'

/**
 * Lists are sorted by something and then by id: with the id in the index, a page is read off it. InnoDB's indexes have
 * the primary key in them already.
 */
function tieOf(dialect: Dialect, columns: readonly string[], { primaryKey }: CreateTable): readonly string[] {
  return dialect !== 'mysql' && primaryKey.join() === 'id' && !columns.includes('id') ? ['id'] : []
}

/** A key that begins with these columns serves as their index. */
function isCovered(columns: readonly string[], { primaryKey, unique = [] }: CreateTable): boolean {
  return [primaryKey, ...unique].some((key) => columns.every((column, index) => key[index] === column))
}

function renderAdd(dialect: Dialect, step: AddColumns, options: DdlOptions): Ddl[] {
  const quote = quoteFor(dialect)
  const columns = Object.entries(step.columns).map(([name, column]): Ddl => {
    assert(column.nullable || column.default !== undefined, `${step.table}.${name} needs a default: there may be rows`)
    const collation = dialect === 'mysql' && isText(column) ? ` CHARACTER SET utf8mb4 ${collate(options)}` : ''
    return {
      sql: `ALTER TABLE ${quote(step.table)} ADD COLUMN ${renderColumn(dialect, name, column, collation)}`,
      unless: { table: step.table, column: name },
    }
  })
  return [...columns, ...(step.indexes ?? []).map((index) => renderIndex(dialect, step.table, index))]
}

/** The indexes first: SQLite drops no column that is in one. */
function renderDrop(dialect: Dialect, { table, columns, indexes }: DropColumns): Ddl[] {
  const quote = quoteFor(dialect)
  const on = dialect === 'mysql' ? ` ON ${quote(table)}` : ''
  return [
    ...indexes.map((index): Ddl => {
      const name = indexName(table, index)
      return { sql: `DROP INDEX ${quote(name)}${on}`, unless: { gone: { table, index: name } } }
    }),
    ...columns.map((column): Ddl => {
      const sql = `ALTER TABLE ${quote(table)} DROP COLUMN ${quote(column)}`
      return { sql, unless: { gone: { table, column } } }
    }),
  ]
}

function renderView(dialect: Dialect, { view, table, columns }: CreateView): Ddl {
  const quote = quoteFor(dialect)
  const list = Object.entries(columns).map(([name, column]) => `${quote(column)} AS ${quote(name)}`)
  return {
    sql: `CREATE VIEW ${quote(view)} AS SELECT ${list.join(', ')} FROM ${quote(table)}`,
    unless: { table: view },
  }
}

function renderRows(dialect: Dialect, { table, rows }: InsertRows): Ddl[] {
  const quote = quoteFor(dialect)
  return rows.map((row) => ({
    sql: `INSERT INTO ${quote(table)} (${Object.keys(row).map(quote).join(', ')}) VALUES (${Object.values(row)
      .map((value) => renderValue(dialect, value))
      .join(', ')})`,
    unless: { table, id: row.id },
  }))
}

function indexName(table: string, columns: readonly string[]): string {
  return shortened(`${table}_${columns.map(plain).join('_')}_idx`)
}

function renderIndex(dialect: Dialect, table: string, columns: readonly string[], tie: readonly string[] = []): Ddl {
  const quote = quoteFor(dialect)
  const name = indexName(table, columns)
  // As every ORDER BY of the store has it; otherwise PostgreSQL would not sort by the index.
  const nulls = (column: string) => (dialect === 'postgres' && column !== 'id' ? ' NULLS FIRST' : '')
  const list = [...columns, ...tie].map((column) => `${quote(column)}${nulls(column)}`).join(', ')
  return { sql: `CREATE INDEX ${quote(name)} ON ${quote(table)} (${list})`, unless: { table, index: name } }
}

function renderColumn(dialect: Dialect, name: string, column: Column, collation = ''): string {
  const quoted = quoteFor(dialect)(name)
  if (column.serial) {
    if (dialect === 'sqlite') return `${quoted} INTEGER PRIMARY KEY AUTOINCREMENT`
    if (dialect === 'postgres') return `${quoted} BIGINT GENERATED ALWAYS AS IDENTITY`
    return `${quoted} BIGINT NOT NULL AUTO_INCREMENT`
  }
  const text = dialect === 'postgres' && isText(column) ? ' COLLATE "C"' : collation
  const value = column.default === undefined ? '' : ` DEFAULT ${renderDefault(dialect, column)}`
  return `${quoted} ${typeOf(dialect, column)}${text}${column.nullable ? '' : ' NOT NULL'}${value}`
}

const isText = ({ type }: Column) => type === 'string' || type === 'text' || type === 'json'

function typeOf(dialect: Dialect, { type, length }: Column): string {
  switch (type) {
    case 'string':
      assert(length !== undefined, 'a string has a length')
      return dialect === 'sqlite' ? 'TEXT' : `VARCHAR(${length})`
    case 'text':
    case 'json':
      return dialect === 'mysql' ? 'LONGTEXT' : 'TEXT'
    case 'integer':
      return dialect === 'mysql' ? 'INT' : 'INTEGER'
    case 'bigint':
      return dialect === 'sqlite' ? 'INTEGER' : 'BIGINT'
    case 'boolean':
      return dialect === 'mysql' ? 'TINYINT(1)' : dialect === 'postgres' ? 'BOOLEAN' : 'INTEGER'
  }
}

function renderDefault(dialect: Dialect, { type, default: value }: Column): string {
  if (typeof value === 'boolean' && type === 'json') return `('${value}')`
  if (typeof value === 'boolean') return renderValue(dialect, value)
  const literal = renderValue(dialect, value ?? null)
  // MySQL takes a default for a long text only as an expression.
  return type === 'text' || type === 'json' ? `(${literal})` : literal
}

export function renderValue(dialect: Dialect, value: Value): string {
  if (value === null) return 'NULL'
  if (typeof value === 'boolean') return dialect === 'postgres' ? String(value) : String(Number(value))
  return typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`
}

function collate({ collation }: DdlOptions): string {
  return `COLLATE ${collation ?? 'utf8mb4_bin'}`
}

/** Also for PostgreSQL's and SQLite's statements outside a grammar. */
export function quoteFor(dialect: Dialect): (identifier: string) => string {
  return dialect === 'mysql'
    ? (identifier) => `\`${identifier.replaceAll('`', '``')}\``
    : (identifier) => `"${identifier.replaceAll('"', '""')}"`
}

function plain(column: string): string {
  return column.toLowerCase().replaceAll(/[^a-z0-9_]/g, '')
}

/** Constraint names are what DuplicateKey says, so they are never cut. */
function checked(name: string): string {
  assert(name.length <= IDENTIFIER_MAX, `${name} is longer than ${IDENTIFIER_MAX} characters: shorten the table's name`)
  return name
}

function shortened(name: string): string {
  if (name.length <= IDENTIFIER_MAX) return name
  return `${name.slice(0, IDENTIFIER_MAX - 9)}_${createHash('sha256').update(name).digest('hex').slice(0, 8)}`
}
