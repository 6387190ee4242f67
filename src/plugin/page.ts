/**
 * Paging by key, not by offset: the predicate of the rows that follow a marker row in a sort order. Pure. Nulls come
 * first when ascending, as SQLite and MySQL have it and the store makes PostgreSQL have it.
 */
import { and, equals, FALSE, isIn, not, or, type Predicate } from '#base/predicate.ts'

export interface SortKey {
  readonly column: string
  readonly direction: 'asc' | 'desc'
}

/** The order with `id` as its last key, so that it is total. `reverse` turns every key round. */
export function totalOrder(sort: readonly SortKey[], reverse: boolean): SortKey[] {
  const seen = new Set<string>()
  const keys = [...sort, { column: 'id', direction: 'asc' } as const].filter(({ column }) => {
    const first = !seen.has(column)
    seen.add(column)
    return first
  })
  if (!reverse) return keys
  return keys.map(({ column, direction }) => ({ column, direction: direction === 'asc' ? 'desc' : 'asc' }))
}

/** Rows that come after `marker` in that total order. */
export function following(order: readonly SortKey[], marker: { readonly [column: string]: unknown }): Predicate {
  const value = (column: string) => (marker[column] ?? null) as string | number | boolean | null
  return or(
    ...order.map((key, index) =>
      and(...order.slice(0, index).map(({ column }) => equals(column, value(column))), beyond(key, value(key.column))),
    ),
  )
}

function beyond({ column, direction }: SortKey, value: string | number | boolean | null): Predicate {
  const ascending = direction === 'asc'
  if (value === null) return ascending ? not(equals(column, null)) : FALSE
  if (typeof value === 'boolean') {
    if (ascending) return value ? FALSE : equals(column, true)
    return isIn(column, value ? [false, null] : [null])
  }
  if (ascending) return { op: 'greater', column, value, orEqual: false }
  // An id is never null; a plain comparison lets the database walk its index.
  const less: Predicate = { op: 'less', column, value, orEqual: false }
  return column === 'id' ? less : or(less, equals(column, null))
}
