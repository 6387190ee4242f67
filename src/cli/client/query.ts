/**
 * The query of a request, as Python writes it, and the pieces a long one is sent in. Pure.
 * Source: RFC 3986; Python's urllib.parse, `urlencode`.
 */
import type { Json } from '#base/json.ts'
import type { Query } from '#cli/command.ts'
import { pythonText } from '#cli/output/python.ts'

/** With its `?`; empty when there is nothing to say. A list repeats its key; null and undefined are not sent. */
export function renderQuery(query: Query): string {
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    valuesOf(value).map((item) => `${encode(key)}=${encode(pythonText(item))}`),
  )
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

function valuesOf(value: Json | undefined): readonly Json[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? (value as readonly Json[]) : [value]
}

function encode(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
}

/** The query as several whose text is not longer than that, by halving its longest list; itself where it fits. */
export function splitQuery(query: Query, lengthMax: number): readonly Query[] {
  if (renderQuery(query).length <= lengthMax) return [query]
  const [key, values] = Object.entries(query)
    .map(([name, value]) => [name, valuesOf(value)] as const)
    .reduce((longest, each) => (each[1].length > longest[1].length ? each : longest), ['', []] as const)
  if (values.length < 2) return [query]
  const middle = Math.ceil(values.length / 2)
  return [values.slice(0, middle), values.slice(middle)].flatMap((half) =>
    splitQuery({ ...query, [key]: half }, lengthMax),
  )
}

/** The query of an address, as one to ask with. */
export function parseQuery(address: string): Query {
  const search = new URL(address, 'http://localhost').searchParams
  return Object.fromEntries([...new Set(search.keys())].map((key) => [key, search.getAll(key)]))
}
