/**
 * `<noun>-list`: what is asked for, which columns are shown, and how values are told to people.
 * Source: neutronclient 8.1: requests, columns (`tenant_id` beside the name for administrators) and formatters.
 */
import type { Json, JsonObject } from '#base/json.ts'
import { flag, option } from '#cli/arguments.ts'
import type { Argument, Call, Command, ListFace, Output, Query } from '#cli/command.ts'
import { pathOf } from '#cli/find.ts'
import { commonArguments, parentId, type Subject, words } from './target.ts'

/** Filters whose name has dashes in the query. */
const DASHED: readonly string[] = ['tags_any', 'not_tags', 'not_tags_any']

const DETAILS: readonly Argument[] = [
  flag('--show-details', 'Show detailed information.', { flags: ['-D', '--show-details'] }),
  flag('--show_details'),
  { flags: ['--fields'], name: 'fields', action: 'append', default: [] },
  {
    flags: ['-F', '--field'],
    name: 'fields',
    metavar: 'FIELD',
    action: 'append',
    default: [],
    help: 'A field that the server should answer; can be repeated.',
  },
]

const PAGING: Argument = {
  flags: ['-P', '--page-size'],
  name: 'page_size',
  metavar: 'SIZE',
  type: 'integer',
  help: 'Objects in one request: a long list is asked for in several.',
}

const SORTING: readonly Argument[] = [
  option(
    '--sort-key',
    'Sort the list by this field, in the direction of the sort_dir at the same place; asc where there is none, ' +
      'sort_dirs that are left over do nothing. Can be repeated.',
    { metavar: 'FIELD', action: 'append', default: [] },
  ),
  option('--sort-dir', 'Sort the list in this direction; can be repeated.', {
    metavar: '{asc,desc}',
    action: 'append',
    default: [],
    choices: ['asc', 'desc'],
  }),
]

/** `-D` and `-F` of list and show. */
export const detailArguments = DETAILS

/** Nothing is sent for it: the API answers what the caller may see, of all tenants to an administrator. */
const ALL_TENANTS: readonly Argument[] = [flag('--all-tenants'), flag('--all_tenants')]

export function listCommand(subject: Subject, face: ListFace): Command {
  const filters = (face.filters ?? []).map((filter): Argument => ({ ...filter, group: 'filtering arguments' }))
  const summary = face.summary ?? `List ${words(subject.outline.collection)}.`
  return {
    name: face.name ?? `${subject.noun}-list`,
    summary,
    ...(face.description !== undefined && { description: face.description }),
    arguments: [
      ...commonArguments(subject),
      ...DETAILS,
      ...ALL_TENANTS,
      ...(face.paging === false ? [] : [PAGING]),
      ...(face.sorting === false ? [] : SORTING),
      ...(face.arguments ?? []),
      ...filters,
    ],
    output: 'list',
    unknown: 'values',
    run: (call) => runList(call, subject, face, filters),
  }
}

async function runList(call: Call, subject: Subject, face: ListFace, filters: readonly Argument[]): Promise<Output> {
  const path = face.path ? await face.path(call) : pathOf(subject.outline, undefined, await parentId(call, subject))
  const query = { ...queryOf(call, filters), ...(await face.query?.(call)), ...call.values, ...orderOf(call) }
  const found = await call.client.list(path, query, subject.outline.collection)
  const items = face.extend ? await face.extend(found, call) : found
  return tableOf(items, call, face)
}

/** The list as columns and rows. */
export async function tableOf(items: readonly JsonObject[], call: Call, face: ListFace): Promise<Output> {
  const columns = await columnsOf(items, call, face)
  const formatters =
    (call.format === 'table' ? face.formatters : call.format === 'csv' ? face.csvFormatters : undefined) ?? {}
  const rows = items.map((item) =>
    columns.map((column): Json => {
      const formatter = formatters[column]
      return formatter ? formatter(item) : (item[column.toLowerCase().replaceAll(' ', '_')] ?? '')
    }),
  )
  if (!face.headers) return { kind: 'list', columns, rows }
  const shown = face.headers.shown(call)
  const titles = shown ? face.headers.titles : {}
  const titled = columns.map((column) => titles[column] ?? column)
  return { kind: 'list', columns: titled, rows, ...((shown || columns.length > 0) && { renamed: true }) }
}

function queryOf({ args }: Call, filters: readonly Argument[]): Query {
  const given = filters.flatMap(({ name }): [string, Json][] => {
    const value = args[name]
    return value ? [[DASHED.includes(name) ? name.replaceAll('_', '-') : name, value]] : []
  })
  const fields = Array.isArray(args.fields) && args.fields.length > 0 ? { fields: args.fields } : {}
  return { ...fields, ...Object.fromEntries(given) }
}

/** Pages and order; a direction for every key. */
function orderOf({ args }: Call): Query {
  const keys = Array.isArray(args.sort_key) ? args.sort_key : []
  const directions = Array.isArray(args.sort_dir) ? args.sort_dir : []
  return {
    ...(args.page_size ? { limit: args.page_size } : {}),
    ...(keys.length > 0
      ? { sort_key: keys, sort_dir: keys.map((_: Json, index: number) => directions[index] ?? 'asc') }
      : {}),
  }
}

async function columnsOf(items: readonly JsonObject[], call: Call, face: ListFace): Promise<string[]> {
  const available = Object.keys(items[0] ?? {}).sort()
  if (available.length === 0) return []
  const asked = Array.isArray(call.args.columns) ? call.args.columns.map(String) : []
  if (asked.length > 0) return asked.map((column) => plain(column, face)).filter((column) => available.includes(column))
  const shown = face.columns ?? []
  if (shown.length === 0) return available
  const columns = shown.filter((column) => available.includes(column))
  if (shown.includes('tenant_id') || !available.includes('tenant_id')) return columns
  const session = await call.client.session()
  if (!session?.roles.includes('admin')) return columns
  const at = Math.max(columns.indexOf('id'), columns.indexOf('name'), 0) + 1
  return columns.toSpliced(at, 0, 'tenant_id')
}

/** The name of a column of that title. */
function plain(title: string, { headers }: ListFace): string {
  const [column] = Object.entries(headers?.titles ?? {}).find(([, each]) => each === title) ?? []
  return column ?? title
}
