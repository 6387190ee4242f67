/**
 * One open transaction over a connection: the statements of store.ts. After a statement has failed the transaction is
 * lost on every dialect (PostgreSQL insists on it), so code behaves the same whichever database runs: a duplicate that
 * is expected is met with `insertMissing`, not with `catch`.
 */
import { strict as assert } from 'node:assert'
import type { Kysely } from 'kysely'
import { type Clock, isoSeconds } from '#base/clock.ts'
import type { Json } from '#base/json.ts'
import { and, isIn, or, type Predicate, TRUE } from '#base/predicate.ts'
import type { Connection, Executed, Grammar } from '#store/dialects/dialect.ts'
import { changesTable } from './changes.ts'
import { kyselyOn } from './kysely.ts'
import {
  type Exists,
  renderCommon,
  renderCount,
  renderExisting,
  renderList,
  renderSelection,
  renderWhere,
} from './query.ts'
import { decodeObject, encode, kindOf, type Reader } from './rows.ts'
import type { Change, ColumnKind, Selection, Table, Tx, Where } from './store.ts'

/** Values of a subquery that are put into a statement. */
const LOOKED_MAX = 1_000
/** Where so many rows of another table, and one of so many, are meant, a page is found by reading in its order. */
const COMMON = { least: 2_000, part: 20 }
/** Fewer are quicker looked up; reading twenty rows for one that is wanted costs as much as sorting them. */
const LARGE = { least: 1_000, part: 20 }

export class Transaction implements Tx {
  readonly dialect: Tx['dialect']
  readonly readOnly: boolean
  /** What to call after the commit, in order. */
  readonly committed: (() => void)[] = []
  /** Whether lines were written to the change log. */
  logged = false
  readonly #connection: Connection
  readonly #grammar: Grammar
  readonly #clock: Clock
  #failure: { readonly error: unknown } | null = null
  #over = false
  // biome-ignore lint/suspicious/noExplicitAny: the schema grows with the features that are loaded
  #kysely: Kysely<any> | null = null

  constructor(connection: Connection, grammar: Grammar, clock: Clock, readOnly: boolean) {
    this.dialect = grammar.name
    this.#connection = connection
    this.#grammar = grammar
    this.#clock = clock
    this.readOnly = readOnly
  }

  // biome-ignore lint/suspicious/noExplicitAny: the schema grows with the features that are loaded
  get sql(): Kysely<any> {
    this.#kysely ??= kyselyOn(this.dialect, this)
    return this.#kysely
  }

  /** A statement as it is, rows as objects: for the store's own migrations, which need no Kysely. */
  execute(sql: string, values: readonly unknown[] = []): Promise<Executed> {
    return this.#ask(() => this.#connection.execute(sql, values))
  }

  get open(): boolean {
    return !this.#over
  }

  /** No statement is taken any more. @throws what a statement failed with, even if the caller went on. */
  finish(): void {
    this.#over = true
    if (this.#failure) throw this.#failure.error
  }

  /** Statements still to come are refused: the caller is being abandoned. */
  abandon(): void {
    this.#over = true
  }

  list<Row>(table: Table<Row>, where?: Where<Row>): Promise<Row[]> {
    const { reader, text, values } = renderList(this.#grammar, table, where)
    return this.#rows(reader, text, values)
  }

  async select<Row>(table: Table<Row>, selection: Selection): Promise<Row[]> {
    const where = selection.where && (await this.#looked(selection.where, false))
    const tested = selection.tested && (await this.#looked(selection.tested, false))
    const whole = { ...selection, ...(where && { where }), ...(tested && { tested }) }
    const asked = await this.#commonTested(table, whole)
    const { reader, text, values } = renderSelection(this.#grammar, table, asked)
    return this.#rows(reader, text, values)
  }

  /**
   * A page, with what most rows have in common with rows of other tables tested row by row. SQLite would collect all
   * of those rows first; the others know better.
   */
  async #commonTested<Row>(table: Table<Row>, selection: Selection): Promise<Selection> {
    const { where, tested = TRUE, limit } = selection
    // A view, which has no revisions, does not number its rows.
    if (this.dialect !== 'sqlite' || limit === undefined || !where || !table.columns.has('revision_number'))
      return selection
    const common: Predicate[] = []
    const rest: Predicate[] = []
    for (const part of conjuncts(where)) {
      const isCommon = part.op === 'exists' && (await this.#isCommon(table, part))
      if (isCommon) common.push(part)
      else rest.push(part)
    }
    return common.length === 0 ? selection : { ...selection, where: and(...rest), tested: and(tested, ...common) }
  }

  async #isCommon<Row>(table: Table<Row>, exists: Exists): Promise<boolean> {
    const { text, values } = renderCommon(this.#grammar, exists, table.name, COMMON)
    return (await this.#ask(() => this.#connection.rows(text, values))).length > 0
  }

  async isLargeShare<Row>(table: Table<Row>, where: Predicate): Promise<boolean> {
    // A view, which has no revisions, does not number its rows.
    if (this.dialect !== 'sqlite' || !table.columns.has('revision_number')) return false
    const { text, values } = renderCommon(this.#grammar, { table: table.name, where }, table.name, LARGE)
    return (await this.#ask(() => this.#connection.rows(text, values))).length > 0
  }

  /** With the values of subqueries inside an OR in their place, where the database could use no index otherwise. */
  async #looked(predicate: Predicate, inOr: boolean): Promise<Predicate> {
    if (this.#grammar.subqueriesInOr) return predicate
    if (predicate.op === 'and' || predicate.op === 'or') {
      const all: Predicate[] = []
      for (const item of predicate.of) all.push(await this.#looked(item, inOr || predicate.op === 'or'))
      return predicate.op === 'and' ? and(...all) : or(...all)
    }
    if (predicate.op !== 'exists' || !inOr) return predicate
    const { text, values } = renderExisting(this.#grammar, predicate, LOOKED_MAX + 1)
    const rows = await this.#ask(() => this.#connection.rows(text, values))
    if (rows.length > LOOKED_MAX) return predicate
    const found = rows.map(([value]) => value as Json).filter((value) => value !== null)
    return isIn(predicate.equals, found)
  }

  async count<Row>(table: Table<Row>, where?: Predicate): Promise<number> {
    const { text, values } = renderCount(this.#grammar, table, where)
    const [row] = await this.#ask(() => this.#connection.rows(text, values))
    return Number(row?.[0])
  }

  async find<Row>(table: Table<Row>, where: Where<Row>): Promise<Row | null> {
    const { reader, text, values } = renderList(this.#grammar, table, where, 1)
    const [row] = await this.#rows<Row>(reader, text, values)
    return row ?? null
  }

  async exists<Row>(table: Table<Row>, where: Where<Row>): Promise<boolean> {
    const values: unknown[] = []
    const condition = renderWhere(this.#grammar, table, where, values)
    const text = `SELECT 1 FROM ${this.#grammar.quote(table.name)}${condition} LIMIT 1`
    return (await this.#ask(() => this.#connection.rows(text, values))).length > 0
  }

  async insert<Row>(table: Table<Row>, rows: readonly Row[]): Promise<void> {
    await this.#insert(table as Table<unknown>, rows, false)
  }

  insertMissing<Row>(table: Table<Row>, rows: readonly Row[]): Promise<number> {
    return this.#insert(table as Table<unknown>, rows, true)
  }

  async update<Row>(table: Table<Row>, where: Where<Row>, set: Partial<Row>): Promise<number> {
    this.#assertWritable()
    const { quote } = this.#grammar
    const values: unknown[] = []
    const assignments = Object.entries(set).flatMap(([column, value]) => {
      const kind = table.columns.get(column)
      if (kind === undefined || value === undefined) return []
      return [`${quote(column)} = ${this.#grammar.bind(values, this.#encode(kind, value), kind)}`]
    })
    if (assignments.length === 0) return this.#matching(table, where)
    const condition = renderWhere(this.#grammar, table, where, values)
    const text = `UPDATE ${quote(table.name)} SET ${assignments.join(', ')}${condition}`
    return await this.#ask(() => this.#connection.run(text, values))
  }

  remove<Row>(table: Table<Row>, where: Where<Row>): Promise<number> {
    this.#assertWritable()
    const values: unknown[] = []
    const condition = renderWhere(this.#grammar, table, where, values)
    const text = `DELETE FROM ${this.#grammar.quote(table.name)}${condition}`
    return this.#ask(() => this.#connection.run(text, values))
  }

  decode<Row>(table: Table<Row>, raw: { readonly [column: string]: unknown }): Row {
    return decodeObject(table as Table<unknown>, raw) as Row
  }

  async log(changes: readonly Omit<Change, 'sequence' | 'at'>[]): Promise<void> {
    if (changes.length === 0) return
    const at = isoSeconds(this.#clock.now())
    await this.insert(
      changesTable,
      changes.map((change) => ({ ...change, at })),
    )
    this.logged = true
  }

  afterCommit(run: () => void): void {
    assert(this.open, 'afterCommit after the end of the transaction')
    this.committed.push(run)
  }

  async #rows<Row>(reader: Reader, text: string, values: readonly unknown[]): Promise<Row[]> {
    const rows = await this.#ask(() => this.#connection.rows(text, values))
    return rows.map(reader.decode) as Row[]
  }

  async #matching<Row>(table: Table<Row>, where: Where<Row>): Promise<number> {
    const values: unknown[] = []
    const condition = renderWhere(this.#grammar, table, where, values)
    const text = `SELECT count(*) FROM ${this.#grammar.quote(table.name)}${condition}`
    const [row] = await this.#ask(() => this.#connection.rows(text, values))
    return Number(row?.[0])
  }

  async #insert(table: Table<unknown>, rows: readonly unknown[], missing: boolean): Promise<number> {
    this.#assertWritable()
    let inserted = 0
    for (const [columns, group] of byColumns(table, rows as readonly RawRow[])) {
      const kinds = columns.map((column) => kindOf(table, column))
      const encoded = group.map((row) => columns.map((column, index) => this.#encode(kinds[index]!, row[column])))
      const target = { table: table.name, columns, kinds }
      inserted += await this.#ask(() => this.#connection.insert(target, encoded, missing))
    }
    return inserted
  }

  #encode(kind: ColumnKind, value: unknown): unknown {
    return encode(kind, value, this.#grammar.boolean)
  }

  #assertWritable(): void {
    assert(!this.readOnly, 'a write in a transaction that only reads')
  }

  async #ask<T>(statement: () => Promise<T>): Promise<T> {
    if (this.#over) throw new Error('a statement after the end of its transaction')
    if (this.#failure) throw new Error('a statement after one that failed', { cause: this.#failure.error })
    try {
      return await statement()
    } catch (error) {
      this.#failure ??= { error }
      throw error
    }
  }
}

type RawRow = { readonly [column: string]: unknown }

/** Rows by the columns they have values for; what a row leaves out gets the database's default, or null. */
function byColumns(table: Table<unknown>, rows: readonly RawRow[]): Iterable<[readonly string[], readonly RawRow[]]> {
  const all = [...table.columns.keys()]
  const groups = new Map<string, [string[], RawRow[]]>()
  for (const row of rows) {
    const columns = all.filter((column) => row[column] !== undefined)
    const key = columns.join(',')
    const group = groups.get(key)
    if (group) group[1].push(row)
    else groups.set(key, [columns, [row]])
  }
  return groups.values()
}

/** What all has to hold, and's inside and's taken apart. Pure. */
function conjuncts(predicate: Predicate): readonly Predicate[] {
  return predicate.op === 'and' ? predicate.of.flatMap(conjuncts) : [predicate]
}
