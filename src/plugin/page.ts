/**
 * Paging by key, not by offset: what follows a marker row in a sort order, as parts that are read one after the other.
 * Each part is one range of an index on every database, however deep the page is; the same said as one condition with
 * OR is a range to some of them only, and to none with nulls. Pure. Nulls come first when ascending, as SQLite and
 * MySQL have it and the store makes PostgreSQL have it.
 */
import { and, equals, not, type Predicate } from '#base/predicate.ts'

export interface SortKey {
  readonly column: string
  readonly direction: 'asc' | 'desc'
}

/** Rows of a list that are next to each other in its order. */
export interface Part {
  readonly where: Predicate
  /** The keys that are not the same in all of these rows. */
  readonly order: readonly SortKey[]
}

/**
 * The order with `id` as its last key, so that it is total; in the direction of the key before, so that an index is
 * read in one direction. `reverse` turns every key round.
 */
export function totalOrder(sort: readonly SortKey[], reverse: boolean): SortKey[] {
  const keys: SortKey[] = []
  for (const key of sort) if (!keys.some(({ column }) => column === key.column)) keys.push(key)
  const id = keys.findIndex(({ column }) => column === 'id')
  if (id >= 0) keys.length = id + 1
  else keys.push({ column: 'id', direction: keys.at(-1)?.direction ?? 'asc' })
  if (!reverse) return keys
  return keys.map(({ column, direction }) => ({ column, direction: direction === 'asc' ? 'desc' : 'asc' }))
}

type Value = string | number | boolean | null

/** The parts that come after `marker` in that order: first what has all its keys but the last, then fewer and fewer. */
export function following(order: readonly SortKey[], marker: { readonly [column: string]: unknown }): Part[] {
  const value = (column: string) => (marker[column] ?? null) as Value
  const parts: Part[] = []
  for (const [index, key] of [...order.entries()].toReversed()) {
    const same = order.slice(0, index).map(({ column }) => equals(column, value(column)))
    for (const { where, uniform } of bandsAfter(key, value(key.column))) {
      parts.push({ where: and(...same, where), order: order.slice(uniform ? index + 1 : index) })
    }
  }
  return parts
}

interface Band {
  readonly where: Predicate
  /** All of its rows have the same value. */
  readonly uniform: boolean
}

/** The rows whose value of that key comes after this one, in order. */
function bandsAfter({ column, direction }: SortKey, value: Value): Band[] {
  const one = (of: boolean | null): Band => ({ where: equals(column, of), uniform: true })
  if (direction === 'asc') {
    if (value === null) return [{ where: not(equals(column, null)), uniform: false }]
    if (typeof value === 'boolean') return value ? [] : [one(true)]
    return [{ where: { op: 'greater', column, value, orEqual: false }, uniform: false }]
  }
  if (value === null) return []
  if (typeof value === 'boolean') return value ? [one(false), one(null)] : [one(null)]
  const less: Band = { where: { op: 'less', column, value, orEqual: false }, uniform: false }
  return column === 'id' ? [less] : [less, one(null)]
}
