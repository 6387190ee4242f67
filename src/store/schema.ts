/**
 * Migrations as data: tables, columns, keys. A feature's `migrations/0001-name.expand.ts` exports a list of steps; the
 * dialects render them. Expand steps may run while an older server works; contract steps may not.
 */
export type Column = {
  readonly type: 'string' | 'text' | 'integer' | 'bigint' | 'boolean' | 'json'
  /** Characters, for `string`; only strings may be part of a key. */
  readonly length?: number
  readonly nullable: boolean
  readonly default?: string | number | boolean
  /** Compared byte by byte (ids, addresses); other strings compare as the database does by default. */
  readonly binary?: true
  /** Given by the database, growing; at most one in a table, and its primary key. */
  readonly serial?: true
}

type Flags = { readonly nullable?: boolean; readonly default?: string | number | boolean }
const column = (type: Column['type'], { nullable = false, ...rest }: Flags, more: Partial<Column> = {}): Column => ({
  type,
  nullable,
  ...rest,
  ...more,
})

export const uuid = (flags: Flags = {}): Column => column('string', flags, { length: 36, binary: true })
export const string = (length: number, flags: Flags = {}): Column => column('string', flags, { length })
/** An identifier, address or keyword: compared byte by byte. */
export const token = (length: number, flags: Flags = {}): Column => column('string', flags, { length, binary: true })
export const text = (flags: Flags = {}): Column => column('text', flags)
export const integer = (flags: Flags = {}): Column => column('integer', flags)
export const bigint = (flags: Flags = {}): Column => column('bigint', flags)
export const boolean = (flags: Flags = {}): Column => column('boolean', flags)
export const json = (flags: Flags = {}): Column => column('json', flags)
export const serial = (): Column => ({ type: 'bigint', nullable: false, serial: true })

/** `project_id, name, description, created_at, updated_at, revision_number` beside `id`: what `standard` shows. */
export const standardColumns: { readonly [name: string]: Column } = {
  id: uuid(),
  project_id: token(255, { nullable: true }),
  name: string(255, { default: '' }),
  description: string(1024, { default: '', nullable: true }),
  created_at: token(20),
  updated_at: token(20),
  revision_number: integer({ default: 0 }),
}

/** What `tagged` shows, kept on the row so that a list costs nothing more. */
export const taggedColumns: { readonly [name: string]: Column } = { tags: json({ default: '[]' }) }

export type Step =
  | {
      readonly do: 'create-table'
      readonly table: string
      readonly columns: { readonly [name: string]: Column }
      readonly primaryKey: readonly string[]
      /** Each becomes a constraint named `<table>_<columns joined by _>_key` (other signs than [a-z0-9_] dropped). */
      readonly unique?: readonly (readonly string[])[]
      readonly indexes?: readonly (readonly string[])[]
      /** Columns whose values many rows share (`status`), with an index that is read where nothing else says more. */
      readonly coarse?: readonly string[]
      /** On delete of the row referred to: `cascade` removes this row, `restrict` refuses (DuplicateKey's sibling, InUse). */
      readonly references?: readonly {
        readonly column: string
        readonly table: string
        readonly onDelete: 'cascade' | 'restrict'
      }[]
    }
  | {
      readonly do: 'add-columns'
      readonly table: string
      readonly columns: { readonly [name: string]: Column }
      readonly indexes?: readonly (readonly string[])[]
    }
  | {
      /** A table's columns under other names, to be read only. */
      readonly do: 'create-view'
      readonly view: string
      readonly table: string
      /** By the view's name for it, the table's. */
      readonly columns: { readonly [name: string]: string }
    }
  | {
      readonly do: 'insert-rows'
      readonly table: string
      /** Each with its `id`, by which it is known to be there already. */
      readonly rows: readonly ({ readonly id: string } & { readonly [column: string]: Value })[]
    }
  | {
      /** Contract only: what no server of this version or the last one reads or writes any more. */
      readonly do: 'drop-columns'
      readonly table: string
      readonly columns: readonly string[]
      /** Those that have one of the columns, as they were declared. */
      readonly indexes: readonly (readonly string[])[]
    }
  | { readonly do: 'drop-table'; readonly table: string }

/** A value of a row that a migration brings. */
export type Value = string | number | boolean | null

export function defineMigration(...steps: readonly Step[]): readonly Step[] {
  return steps
}

export function createTable(table: string, shape: Omit<Extract<Step, { do: 'create-table' }>, 'do' | 'table'>): Step {
  return { do: 'create-table', table, ...shape }
}

export function addColumns(
  table: string,
  columns: { readonly [name: string]: Column },
  indexes: readonly (readonly string[])[] = [],
): Step {
  return { do: 'add-columns', table, columns, indexes }
}

export function createView(view: string, table: string, columns: { readonly [name: string]: string }): Step {
  return { do: 'create-view', view, table, columns }
}

export function dropColumns(
  table: string,
  columns: readonly string[],
  indexes: readonly (readonly string[])[] = [],
): Step {
  return { do: 'drop-columns', table, columns, indexes }
}

export function dropTable(table: string): Step {
  return { do: 'drop-table', table }
}

export function insertRows(table: string, rows: Extract<Step, { do: 'insert-rows' }>['rows']): Step {
  return { do: 'insert-rows', table, rows }
}
