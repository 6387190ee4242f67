/**
 * Conditions and selections as SQL text with values: what store.ts offers besides Kysely. SQL's third truth value is
 * kept out: negation is pushed down to the comparisons, so that a predicate selects exactly the rows that `fulfils` it
 * in memory. Pure.
 */
import { strict as assert } from 'node:assert'
import type { Json } from '#base/json.ts'
import type { Predicate } from '#base/predicate.ts'
import type { Grammar } from '#store/dialects/dialect.ts'
import { encode, kindOf, type Reader, readerOf } from './rows.ts'
import type { ColumnKind, Selection, Table, Where } from './store.ts'

export interface Statement {
  readonly text: string
  readonly values: unknown[]
}

const ALWAYS = '1 = 1'
const NEVER = '1 = 0'
/** Conditions in a row. */
const JUNCTION_MAX = 100

/** ` WHERE …`, or nothing when every row is meant. Adds to `values`. */
export function renderWhere<Row>(
  grammar: Grammar,
  table: Table<Row>,
  where: Where<Row> | undefined,
  values: unknown[],
): string {
  const conditions = Object.entries(where ?? {}).map(([column, value]) => {
    assert(value !== undefined, `${table.name}.${column} is compared with undefined`)
    const kind = kindOf(table as Table<unknown>, column)
    const wanted = Array.isArray(value) ? (value as readonly unknown[]) : [value]
    return renderIn(grammar, grammar.quote(column), kind, wanted, values, false)
  })
  return conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
}

export function renderList<Row>(grammar: Grammar, table: Table<Row>, where: Where<Row> | undefined, limit?: number) {
  const reader = readerOf(table as Table<unknown>)
  const values: unknown[] = []
  const tail = `${renderWhere(grammar, table, where, values)}${limit === undefined ? '' : ` LIMIT ${limit}`}`
  return { reader, text: `SELECT ${columnList(grammar, reader)} FROM ${grammar.quote(table.name)}${tail}`, values }
}

export function renderSelection<Row>(
  grammar: Grammar,
  table: Table<Row>,
  selection: Selection,
): Statement & { readonly reader: Reader } {
  const reader = readerOf(table as Table<unknown>, selection.columns)
  const values: unknown[] = []
  let text = `SELECT ${columnList(grammar, reader)} FROM ${grammar.quote(table.name)} t0`
  const conditions = [
    selection.where ? renderPredicate(grammar, table, selection.where, values) : ALWAYS,
    selection.tested ? renderPredicate(grammar, table, selection.tested, values, true) : ALWAYS,
  ].filter((condition) => condition !== ALWAYS)
  if (conditions.length > 0) text += ` WHERE ${conditions.join(' AND ')}`
  text += renderOrder(grammar, table, selection)
  if (selection.limit !== undefined) {
    assert(Number.isSafeInteger(selection.limit) && selection.limit >= 0, `limit ${selection.limit}`)
    text += ` LIMIT ${selection.limit}`
  }
  return { reader, text, values }
}

export function renderCount<Row>(grammar: Grammar, table: Table<Row>, where: Predicate | undefined): Statement {
  const values: unknown[] = []
  const condition = where ? renderPredicate(grammar, table, where, values) : ALWAYS
  return { text: `SELECT count(*) FROM ${grammar.quote(table.name)} t0 WHERE ${condition}`, values }
}

function columnList(grammar: Grammar, reader: Reader): string {
  return reader.columns.map((column) => grammar.quote(column)).join(', ')
}

function renderOrder<Row>(grammar: Grammar, table: Table<Row>, { sort = [], limit }: Selection): string {
  const keys = [...sort]
  const tieBroken = keys.some(({ column }) => column === 'id') || !table.columns.has('id')
  if (!tieBroken && (keys.length > 0 || limit !== undefined)) {
    keys.push({ column: 'id', direction: keys.at(-1)?.direction ?? 'asc' })
  }
  if (keys.length === 0) return ''
  const terms = keys.map(({ column, direction }) => {
    kindOf(table as Table<unknown>, column)
    // An id is never null, and a primary key is no index for an order that says where its nulls go.
    const nulls = column === 'id' ? '' : grammar.nulls[direction]
    return `t0.${grammar.quote(column)}${direction === 'asc' ? '' : ' DESC'}${nulls}`
  })
  return ` ORDER BY ${terms.join(', ')}`
}

/** A condition on the rows of `table`, which the statement calls `t0`. Adds to `values`. */
export function renderPredicate<Row>(
  grammar: Grammar,
  table: Table<Row>,
  predicate: Predicate,
  values: unknown[],
  tested = false,
): string {
  return render(
    { grammar, values, depth: 0, kindOf: (column) => kindOf(table as Table<unknown>, column), tested },
    predicate,
    false,
  )
}

interface Scope {
  readonly grammar: Grammar
  readonly values: unknown[]
  /** The table of this scope is called `t<depth>`. */
  readonly depth: number
  /** Undefined inside `exists`: a predicate names that table, and does not declare it. */
  readonly kindOf: (column: string) => ColumnKind | undefined
  /** Not to be looked up in an index. Only SQLite has to be told: the others know what is in theirs. */
  readonly tested: boolean
}

function render(scope: Scope, predicate: Predicate, negated: boolean): string {
  switch (predicate.op) {
    case 'true':
      return negated ? NEVER : ALWAYS
    case 'false':
      return negated ? ALWAYS : NEVER
    case 'not':
      return render(scope, predicate.of, !negated)
    case 'and':
    case 'or':
      return renderJunction(scope, predicate.of, (predicate.op === 'and') !== negated, negated)
    case 'in': {
      const column = columnOf(scope, predicate.column)
      return renderIn(scope.grammar, column, scope.kindOf(predicate.column), predicate.values, scope.values, negated)
    }
    case 'contains':
    case 'starts':
      return renderSearch(scope, predicate, negated)
    case 'less':
    case 'greater':
      return renderOrderComparison(scope, predicate, negated)
    case 'exists':
      return renderExists(scope, predicate, negated)
  }
}

export type Exists = Extract<Predicate, { op: 'exists' }>

/**
 * As IN, which can begin at the other table's rows; what is only tested, and the negation, as EXISTS, which is asked row
 * by row and never null.
 */
function renderExists(scope: Scope, { table, column, equals, where }: Exists, negated: boolean): string {
  const inner: Scope = { ...scope, depth: scope.depth + 1, kindOf: () => undefined, tested: false }
  const outer = columnOf(scope, equals)
  const from = `FROM ${scope.grammar.quote(table)} t${inner.depth} WHERE`
  if (!negated && !scope.tested)
    return `${outer} IN (SELECT ${columnOf(inner, column)} ${from} ${render(inner, where, false)})`
  return `${negated ? 'NOT ' : ''}EXISTS (SELECT 1 ${from} ${columnOf(inner, column)} = ${outer} AND ${render(inner, where, false)})`
}

/** The values that `exists` compares with, each once. */
export function renderExisting(grammar: Grammar, { table, column, where }: Exists, limit: number): Statement {
  const values: unknown[] = []
  const scope: Scope = { grammar, values, depth: 0, kindOf: () => undefined, tested: false }
  const from = `FROM ${grammar.quote(table)} t0 WHERE ${render(scope, where, false)}`
  return { text: `SELECT DISTINCT ${columnOf(scope, column)} ${from} LIMIT ${limit}`, values }
}

/**
 * Whether more rows of a table fulfil a condition than its share of `outer`'s rows allows: answers a row if so.
 * SQLite's own way to number rows tells how many there are.
 */
export function renderCommon(
  grammar: Grammar,
  { table, where }: Pick<Exists, 'table' | 'where'>,
  outer: string,
  { least, part }: Share,
): Statement {
  const values: unknown[] = []
  const scope: Scope = { grammar, values, depth: 0, kindOf: () => undefined, tested: false }
  const most = `max(${least}, (SELECT coalesce(max(rowid), 0) FROM ${grammar.quote(outer)}) / ${part})`
  const condition = render(scope, where, false)
  return { text: `SELECT 1 FROM ${grammar.quote(table)} t0 WHERE ${condition} LIMIT 1 OFFSET ${most}`, values }
}

export interface Share {
  readonly least: number
  readonly part: number
}

function columnOf(scope: Scope, column: string): string {
  scope.kindOf(column)
  const name = `t${scope.depth}.${scope.grammar.quote(column)}`
  // A term that is no column by itself.
  return scope.tested && scope.grammar.name === 'sqlite' ? `+${name}` : name
}

function renderJunction(scope: Scope, of: readonly Predicate[], all: boolean, negated: boolean): string {
  if (of.length === 0) return all ? ALWAYS : NEVER
  const parts = of.map((item) => render(scope, item, negated))
  return joined(parts, all ? ' AND ' : ' OR ')
}

/** Many are grouped: SQLite counts a row of a thousand as a thousand deep, and refuses it. */
function joined(parts: readonly string[], word: string): string {
  if (parts.length <= JUNCTION_MAX) return `(${parts.join(word)})`
  const groups: string[] = []
  for (let index = 0; index < parts.length; index += JUNCTION_MAX) {
    groups.push(`(${parts.slice(index, index + JUNCTION_MAX).join(word)})`)
  }
  return joined(groups, word)
}

function renderIn(
  grammar: Grammar,
  column: string,
  kind: ColumnKind | undefined,
  wanted: readonly unknown[],
  values: unknown[],
  negated: boolean,
): string {
  const withNull = wanted.includes(null)
  const encoded = wanted.filter((value) => comparable(kind, value)).map((value) => encodeFor(grammar, kind, value))
  if (encoded.length === 0) return withNull ? `${column} IS ${negated ? 'NOT ' : ''}NULL` : negated ? ALWAYS : NEVER
  const oneOf = grammar.oneOf(column, encoded, values, kind)
  if (negated) return withNull ? `(${column} IS NOT NULL AND NOT ${oneOf})` : `(${column} IS NULL OR NOT ${oneOf})`
  return withNull ? `(${column} IS NULL OR ${oneOf})` : oneOf
}

/** A value of another type equals no value of the column, as in memory; databases would convert one of them. */
function comparable(kind: ColumnKind | undefined, value: unknown): boolean {
  if (value === null) return false
  // No database column of ours holds a NUL, and PostgreSQL refuses to compare with one.
  if (typeof value === 'string' && value.includes('\0')) return false
  if (kind === 'text') return typeof value === 'string'
  if (kind === 'integer') return Number.isSafeInteger(value)
  if (kind === 'boolean') return typeof value === 'boolean'
  return true
}

function encodeFor(grammar: Grammar, kind: ColumnKind | undefined, value: unknown): unknown {
  if (kind !== undefined) return encode(kind, value, grammar.boolean)
  return typeof value === 'boolean' ? grammar.boolean(value) : (value as Json)
}

type Search = Extract<Predicate, { op: 'contains' | 'starts' }>

function renderSearch(scope: Scope, { op, column, text }: Search, negated: boolean): string {
  if (text === '') return negated ? NEVER : ALWAYS
  if (text.includes('\0')) return negated ? ALWAYS : NEVER
  const { grammar, values } = scope
  const name = columnOf(scope, column)
  const kind = scope.kindOf(column)
  if (kind === 'boolean') {
    // There are two texts to search in: that is decided here, and no database's idea of upper case has a part in it.
    const found = (value: boolean) => (op === 'contains' ? `${value}`.includes(text) : `${value}`.startsWith(text))
    return renderIn(grammar, name, kind, [true, false].filter(found), values, negated)
  }
  const searched = kind === 'integer' ? grammar.asText(name) : name
  const bound = grammar.bind(values, text, 'text')
  const found =
    op === 'contains' ? grammar.contains(searched, bound) : grammar.starts(searched, bound, [...text].length)
  return negated ? `(${name} IS NULL OR NOT ${found})` : found
}

type Comparison = Extract<Predicate, { op: 'less' | 'greater' }>

function renderOrderComparison(scope: Scope, { op, column, value, orEqual }: Comparison, negated: boolean): string {
  const { grammar, values } = scope
  const name = columnOf(scope, column)
  const kind = scope.kindOf(column)
  const bound = kind === 'text' ? String(value) : kind === 'integer' ? Number(value) : value
  if (Number.isNaN(bound)) return negated ? ALWAYS : NEVER
  const sign = `${op === 'less' ? '<' : '>'}${orEqual ? '=' : ''}`
  const compared = `${name} ${sign} ${grammar.bind(values, bound, kind)}`
  return negated ? `(${name} IS NULL OR NOT (${compared}))` : compared
}
