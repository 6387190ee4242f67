/**
 * What a command found, as text in the format and with the columns that were asked for. Pure.
 * Source: cliff 4.0, "Lister" and "ShowOne" as Debian's clients behave.
 */
import { pythonRepr } from '#base/errors.ts'
import type { Json, JsonObject } from '#base/json.ts'
import type { Output } from '#cli/command.ts'
import { CliError } from '#cli/errors.ts'
import { renderCsv } from './csv.ts'
import { pythonJson, pythonText } from './python.ts'
import { sortRows } from './sort.ts'
import { renderTable } from './table.ts'
import { renderYaml } from './yaml.ts'

export type OutputOptions = Readonly<Record<string, Json | undefined>>
type List = Extract<Output, { kind: 'list' }>
type Rows = readonly (readonly Json[])[]

/** The table overflows a terminal rather than wrap columns to less. */
const LIST_COLUMN_MIN = 8
const SHOW_COLUMN_MIN = 16

/**
 * With a line break at its end.
 * @param terminalColumns 0 when what is printed goes to no terminal.
 * @param warn is told, once for each, of a column that cannot be sorted by.
 * @throws CliError when none of the columns asked for exists.
 */
export function render(
  output: Output,
  options: OutputOptions,
  terminalColumns: number,
  warn: (line: string) => void = () => {},
): string {
  if (output === null) return ''
  if (output.kind === 'text') return output.text
  const rows = output.kind === 'list' ? sorted(output, options, warn) : []
  const chosen = choose(output, texts(options.columns))
  const columns = pick(output.columns, chosen)
  const width = tableWidth(options, terminalColumns)
  if (output.kind === 'show') return renderShow(columns, pick(output.values, chosen), options, width)
  const cells = rows.map((row) => pick(row, chosen))
  return renderList(columns, cells, options, width)
}

function sorted({ columns, rows }: List, options: OutputOptions, warn: (line: string) => void): Rows {
  return sortRows(columns, rows, texts(options.sort_columns), options.sort_direction === 'desc', warn)
}

function renderList(columns: readonly string[], rows: Rows, options: OutputOptions, width: number | null): string {
  const objects = () => rows.map((row) => objectOf(columns, row))
  switch (options.formatter) {
    case 'json':
      return `${pythonJson(objects(), options.noindent === true ? null : 2)}\n`
    case 'yaml':
      return renderYaml(objects())
    case 'csv':
      return renderCsv(columns, rows, String(options.quote_mode ?? 'nonnumeric'))
    case 'value':
      return rows.map((row) => `${row.map(pythonText).join(' ')}\n`).join('')
    default: {
      const printEmpty = options.print_empty === true
      return `${renderTable(columns, rows, { width, printEmpty, columnMin: LIST_COLUMN_MIN, align: 'type' })}\n`
    }
  }
}

function renderShow(
  columns: readonly string[],
  values: readonly Json[],
  options: OutputOptions,
  width: number | null,
): string {
  const pairs = columns.map((name, index) => [name, values[index] ?? null] as const)
  switch (options.formatter) {
    case 'json':
      return `${pythonJson(objectOf(columns, values), options.noindent === true ? null : 2)}\n`
    case 'yaml':
      return pairs.map(([name, value]) => renderYaml({ [name]: value })).join('')
    case 'shell':
      return renderShell(pairs, String(options.prefix ?? ''), texts(options.variables))
    case 'value':
      return pairs.map(([, value]) => `${pythonText(value)}\n`).join('')
    default: {
      const layout = { width, printEmpty: false, columnMin: SHOW_COLUMN_MIN, align: 'left' } as const
      return `${renderTable(['Field', 'Value'], pairs, layout)}\n`
    }
  }
}

/** Assignments a shell can read; `:` and `-` cannot stand in its names. */
function renderShell(pairs: readonly (readonly [string, Json])[], prefix: string, only: readonly string[]): string {
  const lines = pairs.map(([column, value]) => {
    const name = column.toLowerCase().replaceAll(' ', '_')
    if (only.length > 0 && !only.includes(name)) return ''
    const text = typeof value === 'string' ? value.replaceAll('"', '\\"') : pythonText(value)
    return `${prefix}${name.replaceAll(/[:-]/g, '_')}="${text}"\n`
  })
  return lines.join('')
}

function tableWidth(options: OutputOptions, terminalColumns: number): number | null {
  const max = Number(options.max_width ?? 0)
  if (max > 0) return max
  return options.fit_width === true && terminalColumns > 0 ? terminalColumns : null
}

/** Null: all of them. Names are compared as they are written, in the order of the command, not of the options. */
function choose(
  { kind, columns }: Exclude<Output, { kind: 'text' } | null>,
  wanted: readonly string[],
): readonly boolean[] | null {
  if (wanted.length === 0) return null
  const chosen = columns.map((name) => wanted.includes(name))
  if (chosen.some(Boolean)) return chosen
  const known = columns.map(pythonRepr).join(', ')
  const printed = kind === 'list' ? `[${known}]` : `(${known}${columns.length === 1 ? ',' : ''})`
  throw new CliError(`No recognized column names in ${pythonRepr(wanted)}. Recognized columns are ${printed}.`)
}

function pick<T>(items: readonly T[], chosen: readonly boolean[] | null): readonly T[] {
  return chosen === null ? items : items.filter((_, index) => chosen[index])
}

function objectOf(columns: readonly string[], values: readonly Json[]): JsonObject {
  return Object.fromEntries(columns.map((name, index) => [name, values[index] ?? null]))
}

function texts(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(String) : []
}
