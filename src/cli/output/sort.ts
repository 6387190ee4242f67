/**
 * Rows sorted by columns as the command's user asked, None last. Pure.
 * Source: cliff 4.0, `--sort-column`; Python language reference, "Value comparisons".
 */
import { isDeepStrictEqual } from 'node:util'
import type { Json } from '#base/json.ts'
import { isNumeric } from './python.ts'

type Row = readonly Json[]

/** Columns that do not exist are ignored; one whose values have no order is warned of and ignored. */
export function sortRows(
  columns: readonly string[],
  rows: readonly Row[],
  names: readonly string[],
  descending: boolean,
  warn: (line: string) => void,
): readonly Row[] {
  return names
    .filter((name) => columns.includes(name))
    .toReversed()
    .reduce<readonly Row[]>((sorted, name) => {
      const index = columns.indexOf(name)
      const sign = descending ? -1 : 1
      let isOrdered = true
      const result = sorted.toSorted((a, b) => {
        const order = compareCells(a[index] ?? null, b[index] ?? null)
        isOrdered &&= order !== null
        return sign * (order ?? 0)
      })
      if (isOrdered) return result
      warn(`Could not sort on field '${name}'; unsortable types`)
      return sorted
    }, rows)
}

function compareCells(a: Json, b: Json): number | null {
  return a === null || b === null ? Number(a === null) - Number(b === null) : compare(a, b)
}

/** Null where Python has no order for them: of two kinds, or objects that differ. */
function compare(a: Json, b: Json): number | null {
  if (isDeepStrictEqual(a, b)) return 0
  if (Array.isArray(a) && Array.isArray(b)) return compareLists(a, b)
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b)
  return isNumeric(a) && isNumeric(b) ? Number(a) - Number(b) : null
}

function compareLists(a: readonly Json[], b: readonly Json[]): number | null {
  const at = a.findIndex((value, index) => index < b.length && !isDeepStrictEqual(value, b[index]))
  return at < 0 ? a.length - b.length : compare(a[at]!, b[at]!)
}

/** By code points; beyond the first 65,536 they are not in the order of UTF-16. */
function compareTexts(a: string, b: string): number {
  const [left, right] = [[...a], [...b]]
  const at = left.findIndex((character, index) => character !== right[index])
  if (at < 0) return left.length - right.length
  return (left[at]!.codePointAt(0) ?? 0) - (right[at]?.codePointAt(0) ?? -1)
}
