/**
 * Conditions on a row as data: policy rules and list filters both end as one of these, and it is either put into a SQL
 * statement (store) or decided in memory. Nothing here knows SQL, HTTP or policy. Pure.
 */
import type { Json } from './json.ts'

export type Predicate =
  | { readonly op: 'true' }
  | { readonly op: 'false' }
  | { readonly op: 'and' | 'or'; readonly of: readonly Predicate[] }
  | { readonly op: 'not'; readonly of: Predicate }
  /** The column's value is one of `values`; null among them matches SQL's null. */
  | { readonly op: 'in'; readonly column: string; readonly values: readonly Json[] }
  | { readonly op: 'contains' | 'starts'; readonly column: string; readonly text: string }
  | {
      readonly op: 'less' | 'greater'
      readonly column: string
      readonly value: string | number
      readonly orEqual: boolean
    }
  /** A row of `table` exists whose `column` equals this row's `equals`, and that fulfils `where` (about that table). */
  | {
      readonly op: 'exists'
      readonly table: string
      readonly column: string
      readonly equals: string
      readonly where: Predicate
    }

export const TRUE: Predicate = { op: 'true' }
export const FALSE: Predicate = { op: 'false' }

export function isIn(column: string, values: readonly Json[]): Predicate {
  return values.length === 0 ? FALSE : { op: 'in', column, values }
}

export function equals(column: string, value: Json): Predicate {
  return { op: 'in', column, values: [value] }
}

/** All of them; constants are folded away. */
export function and(...of: readonly Predicate[]): Predicate {
  if (of.some(({ op }) => op === 'false')) return FALSE
  const open = of.filter(({ op }) => op !== 'true')
  return open.length === 0 ? TRUE : open.length === 1 ? open[0]! : { op: 'and', of: open }
}

/** Any of them; constants are folded away, and what is asked about the same rows of another table is asked at once. */
export function or(...of: readonly Predicate[]): Predicate {
  if (of.some(({ op }) => op === 'true')) return TRUE
  const open = asked(of.filter(({ op }) => op !== 'false'))
  return open.length === 0 ? FALSE : open.length === 1 ? open[0]! : { op: 'or', of: open }
}

function asked(of: readonly Predicate[]): Predicate[] {
  const all: Predicate[] = []
  for (const item of of) {
    const index = item.op === 'exists' ? all.findIndex((other) => isAbout(other, item)) : -1
    const same = all[index]
    if (item.op === 'exists' && same?.op === 'exists') all[index] = { ...same, where: or(same.where, item.where) }
    else all.push(item)
  }
  return all
}

function isAbout(other: Predicate, { table, column, equals: by }: Extract<Predicate, { op: 'exists' }>): boolean {
  return other.op === 'exists' && other.table === table && other.column === column && other.equals === by
}

export function not(of: Predicate): Predicate {
  return of.op === 'true' ? FALSE : of.op === 'false' ? TRUE : { op: 'not', of }
}

/** Answers an `exists` for a row in memory: the caller asks its store. */
export type Lookup = (node: Extract<Predicate, { op: 'exists' }>, value: Json) => Promise<boolean>

/** Whether the row fulfils the predicate. `lookup` is asked only about `exists`, and only when it decides. */
export async function fulfils(
  predicate: Predicate,
  row: { readonly [column: string]: unknown },
  lookup: Lookup,
): Promise<boolean> {
  switch (predicate.op) {
    case 'true':
      return true
    case 'false':
      return false
    case 'and':
      for (const item of predicate.of) if (!(await fulfils(item, row, lookup))) return false
      return true
    case 'or':
      for (const item of predicate.of) if (await fulfils(item, row, lookup)) return true
      return false
    case 'not':
      return !(await fulfils(predicate.of, row, lookup))
    case 'in':
      return predicate.values.includes((row[predicate.column] ?? null) as Json)
    case 'contains':
      return String(row[predicate.column] ?? '').includes(predicate.text)
    case 'starts':
      return String(row[predicate.column] ?? '').startsWith(predicate.text)
    case 'less':
    case 'greater': {
      const value = row[predicate.column] as string | number | null | undefined
      if (value === null || value === undefined) return false
      if (value === predicate.value) return predicate.orEqual
      return predicate.op === 'less' ? value < predicate.value : value > predicate.value
    }
    case 'exists': {
      const value = (row[predicate.equals] ?? null) as Json
      return value !== null && (await lookup(predicate, value))
    }
  }
}
