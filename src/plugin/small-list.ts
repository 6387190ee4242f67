/**
 * Lists that are no rows: a handful of things, filtered and cut to the fields asked for as lists of rows are. Pure.
 * Source: Networking API v2.0, "Filtering"; the message is upstream's.
 */
import { pythonRepr } from '#base/errors.ts'
import type { JsonObject } from '#base/json.ts'
import { HTTPBadRequest } from '#resource/errors.ts'

/** What a list may be asked that is no filter. */
const NO_FILTERS: readonly string[] = ['fields', 'sort_key', 'sort_dir', 'limit', 'marker', 'page_reverse']

/** The items that have one of the values asked for of each attribute. @throws HTTPBadRequest for another attribute */
export function smallList(
  items: readonly JsonObject[],
  attributes: readonly string[],
  query: URLSearchParams,
): JsonObject[] {
  const asked = [...new Set(query.keys())].filter((key) => !NO_FILTERS.includes(key))
  const unknown = asked.filter((key) => !attributes.includes(key))
  if (unknown.length > 0) {
    throw HTTPBadRequest({ message: `${pythonRepr(unknown)} is invalid attribute for filtering` })
  }
  const found = items.filter((item) =>
    asked.every((key) => query.getAll(key).some((text) => text.toLowerCase() === String(item[key]).toLowerCase())),
  )
  const fields = query.getAll('fields').filter((field) => field !== '')
  if (fields.length === 0) return found
  return found.map((item) => Object.fromEntries(Object.entries(item).filter(([name]) => fields.includes(name))))
}
