/**
 * Values between rows and the database, by the table's declaration: decoders are compiled once per set of columns,
 * because a list of a thousand ports decodes 25,000 values. Pure.
 */
import { strict as assert } from 'node:assert'
import type { ColumnKind, Table } from './store.ts'

/** How the rows of some columns of a table are read. */
export interface Reader {
  readonly columns: readonly string[]
  readonly decode: (raw: readonly unknown[]) => unknown
}

interface Codec {
  /** Tables are widened while features load: a codec of fewer columns is out of date. */
  readonly size: number
  readonly readers: Map<string, Reader>
}

/** A client chooses `fields`, so the sets of columns are not ours to bound; beyond this many the cache starts over. */
const READERS_MAX = 500
const codecs = new WeakMap<object, Codec>()

/** The reader of these columns, or of all. Cached by table: the same answer each time. */
export function readerOf(table: Table<unknown>, columns?: readonly string[]): Reader {
  let codec = codecs.get(table)
  if (codec?.size !== table.columns.size) {
    codec = { size: table.columns.size, readers: new Map() }
    codecs.set(table, codec)
  }
  const key = columns?.join(',') ?? ''
  let reader = codec.readers.get(key)
  if (!reader) {
    if (codec.readers.size >= READERS_MAX) codec.readers.clear()
    reader = compile(table, columns ?? [...table.columns.keys()])
    codec.readers.set(key, reader)
  }
  return reader
}

function compile(table: Table<unknown>, columns: readonly string[]): Reader {
  const fields = columns.map((column, index) => {
    const kind = kindOf(table, column)
    const raw = `raw[${index}]`
    const value = kind === 'boolean' ? `bool(${raw})` : kind === 'json' ? `json(${raw})` : raw
    return `${JSON.stringify(column)}: ${value}`
  })
  // An object literal gets one hidden class for all rows: twice as fast as a loop over the columns.
  const make = new Function('bool', 'json', `return (raw) => ({ ${fields.join(', ')} })`)
  return { columns, decode: make(decodeBoolean, decodeJson) as Reader['decode'] }
}

/** @throws AssertionError when the table has no such column */
export function kindOf(table: Table<unknown>, column: string): ColumnKind {
  const kind = table.columns.get(column)
  assert(kind !== undefined, `table ${table.name} has no column ${column}`)
  return kind
}

/** A raw object (a row of Kysely's) as a row of the table; columns it lacks are left out. */
export function decodeObject(table: Table<unknown>, raw: { readonly [column: string]: unknown }): unknown {
  const row: { [column: string]: unknown } = {}
  for (const [column, value] of Object.entries(raw)) row[column] = decodeValue(table.columns.get(column), value)
  return row
}

function decodeValue(kind: ColumnKind | undefined, value: unknown): unknown {
  return kind === 'boolean' ? decodeBoolean(value) : kind === 'json' ? decodeJson(value) : value
}

function decodeBoolean(value: unknown): boolean | null {
  return value === null ? null : value === 1 || value === true
}

function decodeJson(value: unknown): unknown {
  if (value === '[]') return []
  if (value === '{}') return {}
  return typeof value === 'string' ? JSON.parse(value) : value
}

/** A row's value as the database keeps it. Undefined is null. */
export function encode(kind: ColumnKind, value: unknown, boolean: (value: boolean) => unknown): unknown {
  if (value === null || value === undefined) return null
  if (kind === 'json') return JSON.stringify(value)
  if (typeof value === 'boolean') return kind === 'text' ? String(value) : boolean(value)
  if (kind === 'text' && typeof value !== 'string') return String(value)
  return value
}
