/**
 * A list's query: filters, fields, order and page, from the URL to what `Resources.list` takes, and the links back.
 * Pure.
 * Source: Networking API v2.0, "Filtering", "Sorting", "Pagination"; the messages are upstream's.
 */
import { errorType, pythonRepr } from '#base/errors.ts'
import type { Json } from '#base/json.ts'
import { and, FALSE, isIn, not, or, type Predicate } from '#base/predicate.ts'
import { grantedAttributes } from '#plugin/grants.ts'
import type { ListQuery } from '#plugin/plugin.ts'
import type { Served } from '#plugin/registry.ts'
import { BadRequest, HTTPBadRequest, InvalidInput } from '#resource/errors.ts'
import { grantedTo } from '#resource/granted.ts'

const NO_FILTERS: readonly string[] = ['fields', 'sort_key', 'sort_dir', 'limit', 'marker', 'page_reverse']
/** The largest page there is; no list is that long. */
const LIMIT_MAX = 2_147_483_647

const TenantIdProjectIdFilterConflict = errorType(
  'TenantIdProjectIdFilterConflict',
  400,
  'Both tenant_id and project_id passed as filters.',
)

export interface QueryOptions {
  /** Null: pages may be of any size. */
  readonly limitMax: number | null
  readonly filterValidation: boolean
}

export interface ParsedQuery extends Omit<ListQuery, 'visible'> {}

/** @throws HTTPBadRequest, InvalidInput, BadRequest */
export function parseListQuery(
  served: Served,
  query: URLSearchParams,
  options: QueryOptions,
  projectId: string | null,
): ParsedQuery {
  const limit = parseLimit(query, options.limitMax)
  const marker = lastOf(query, 'marker')
  return {
    fields: parseFields(query),
    ...parseFilters(served, query, options.filterValidation, projectId),
    sort: parseSort(served, query),
    limit,
    marker: limit === null || marker === '' ? null : marker,
    reverse: lastOf(query, 'page_reverse')?.toLowerCase() === 'true',
  }
}

/** Null: all. Names nobody knows are kept here and found nowhere. */
export function parseFields(query: URLSearchParams): readonly string[] | null {
  const fields = query.getAll('fields').filter((field) => field !== '')
  return fields.length === 0 ? null : fields
}

function parseFilters(
  { resource, filters: puts, table }: Served,
  query: URLSearchParams,
  strict: boolean,
  projectId: string | null,
): Pick<ListQuery, 'where' | 'filters'> {
  const owners = [query.getAll('project_id'), query.getAll('tenant_id')] as const
  if (owners[0].length > 0 && owners[1].length > 0 && owners[0].join('\n') !== owners[1].join('\n')) {
    throw TenantIdProjectIdFilterConflict()
  }
  const granted = new Map(grantedAttributes(resource, table).map((each) => [each.name, each.granted]))
  const parts: Predicate[] = []
  const filters = new Map<string, readonly Json[]>()
  const unknown: string[] = []
  for (const key of new Set(query.keys())) {
    if (NO_FILTERS.includes(key)) continue
    const texts = query.getAll(key)
    const put = puts.get(key)
    const name = key === 'tenant_id' ? 'project_id' : key
    if (put || (resource.filters.has(key) && table.columns.has(name) && table.columns.get(name) !== 'json')) {
      const attribute = resource.attributes.get(name)
      const values: Json[] = attribute ? texts.map(attribute.filter) : texts
      filters.set(name, values)
      parts.push(put ? put(values) : isIn(name, values))
    } else if (granted.has(key) && resource.filters.has(key)) {
      const condition = grantedTo(granted.get(key)!, projectId)
      const values = texts.map(resource.attributes.get(key)!.filter)
      parts.push(or(...values.map((value) => (value === true ? condition : value === false ? not(condition) : FALSE))))
    } else if (key === 'changed_since' && table.columns.has('updated_at')) {
      parts.push({ op: 'greater', column: 'updated_at', value: parseSince(texts[0]!), orEqual: true })
    } else {
      unknown.push(key)
    }
  }
  if (strict && unknown.length > 0) bad(`${pythonRepr(unknown)} is invalid attribute for filtering`)
  return { where: and(...parts), filters }
}

/** `changed_since` as `updated_at` is written. */
function parseSince(text: string): string {
  const match = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/.exec(text.trim())
  const time = match ? Date.parse(match[1] ? text.trim() : `${text.trim()}Z`) : Number.NaN
  if (Number.isNaN(time)) {
    throw InvalidInput({
      error_message: 'The input changed_since must be in the following format: YYYY-MM-DDTHH:MM:SSZ',
    })
  }
  return `${new Date(time).toISOString().slice(0, 19)}Z`
}

function parseSort({ resource }: Served, query: URLSearchParams): ListQuery['sort'] {
  const keys = query.getAll('sort_key').filter((key) => key !== '')
  const directions = query.getAll('sort_dir').filter((direction) => direction !== '')
  if (keys.length !== directions.length) bad('The number of sort_keys and sort_dirs must be same')
  const unknown = keys.filter((key) => !resource.sorts.has(key))
  if (unknown.length > 0) bad(`${pythonRepr(unknown)} is invalid attribute for sort_keys`)
  const wrong = directions.filter((direction) => direction !== 'asc' && direction !== 'desc')
  if (wrong.length > 0) {
    bad(`${pythonRepr(wrong)} is invalid value for sort_dirs, valid value is 'asc' and 'desc'`)
  }
  return keys.map((key, index) => ({
    column: key === 'tenant_id' ? 'project_id' : key,
    direction: directions[index] as 'asc' | 'desc',
  }))
}

/** Of what may be said once, the last word counts. */
function lastOf(query: URLSearchParams, name: string): string | null {
  return query.getAll(name).at(-1) ?? null
}

function parseLimit(query: URLSearchParams, max: number | null): number | null {
  const text = lastOf(query, 'limit') ?? '0'
  if (!/^\s*\+?\d+\s*$/.test(text)) {
    throw BadRequest({ resource: 'limit', msg: `Limit must be an integer 0 or greater and not '${text}'` })
  }
  const limit = Math.min(Number(text), LIMIT_MAX)
  const capped = max === null ? limit : Math.min(limit, max) || max
  return capped === 0 ? null : capped
}

export interface Link {
  readonly rel: 'next' | 'previous'
  readonly href: string
}

/** Links to the pages around a page of `ids`; `url` is the request's without its query. */
export function pageLinks(
  url: string,
  query: URLSearchParams,
  ids: readonly string[],
  { limit, reverse }: Pick<ParsedQuery, 'limit' | 'reverse'>,
): Link[] {
  if (limit === null) return []
  const whole = ids.length >= limit
  const links: Link[] = []
  if (whole || reverse) links.push({ rel: 'next', href: pageLink(url, query, ids.at(-1), false) })
  if (whole || !reverse) links.push({ rel: 'previous', href: pageLink(url, query, ids[0], true) })
  return links
}

function pageLink(url: string, query: URLSearchParams, marker: string | undefined, reverse: boolean): string {
  const params = new URLSearchParams(query)
  params.delete('marker')
  if (marker !== undefined) params.append('marker', marker)
  params.delete('page_reverse')
  if (reverse) params.append('page_reverse', 'True')
  return `${url}?${params}`
}

/** The revision an `If-Match` header asks for; undefined when it asks for none. @throws BadRequest */
export function parseIfMatch(header: string | undefined): number | undefined {
  const tags = (header ?? '')
    .split(',')
    .map((tag) =>
      tag
        .trim()
        .replace(/^W\//, '')
        .replace(/^"(.*)"$/, '$1'),
    )
    .filter((tag) => tag.startsWith('revision_number='))
  if (tags.length === 0) return undefined
  const wrong = (msg: string) => BadRequest({ resource: 'if-match', msg })
  if (tags.length > 1) throw wrong('Multiple revision_number etags are not supported.')
  const text = tags[0]!.slice('revision_number='.length)
  if (!/^\s*[+-]?\d{1,15}\s*$/.test(text)) {
    throw wrong('Revision number etag must be in the format of revision_number=<int>')
  }
  return Number(text)
}

function bad(message: string): never {
  throw HTTPBadRequest({ message })
}
