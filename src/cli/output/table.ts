/**
 * A list or one object as a table of ASCII lines, wrapped where the terminal is too narrow. Pure.
 * Source: prettytable 3.6's plain text with cliff's settings, as Debian's clients print it.
 */
import type { Json } from '#base/json.ts'
import { CliError } from '#cli/errors.ts'
import { fill } from './fill.ts'
import { isNumber, pythonText } from './python.ts'
import { displayWidth } from './width.ts'

export interface TableOptions {
  /** In columns of the terminal; null: as wide as it gets. */
  readonly width: number | null
  /** The header, although there is no row. */
  readonly printEmpty: boolean
  /** How narrow a column may become before the table runs over the terminal. */
  readonly columnMin: number
  /** By the type of the first row's values, or all to the left. */
  readonly align: 'type' | 'left'
}

interface Layout {
  readonly names: readonly string[]
  readonly widths: readonly number[]
  readonly right: readonly boolean[]
}

/**
 * Without a line break at its end; empty when there is no row.
 * @throws CliError when two columns have one name.
 */
export function renderTable(
  names: readonly string[],
  rows: readonly (readonly Json[])[],
  options: TableOptions,
): string {
  if (new Set(names).size < names.length) throw new CliError('Field names must be unique')
  if (rows.length === 0 && !options.printEmpty) return ''
  const cells = rows.map((row) => row.map(cellLines))
  const right = names.map((_, index) => options.align === 'type' && isNumber(rows[0]?.[index]))
  const widths = names.map((name, index) => Math.max(headerWidth(name), ...column(cells, index)))
  const fitted = options.width === null ? widths : fit(names, widths, options.width, options.columnMin)
  return draw({ names, widths: fitted, right }, cells)
}

function cellLines(value: Json): string[] {
  const text = typeof value === 'string' ? value.replaceAll('\r\n', '\n').replaceAll('\r', ' ') : pythonText(value)
  return text.split('\n')
}

function column(cells: readonly (readonly string[][])[], index: number): number[] {
  return cells.map((row) => widthOf(row[index] ?? []))
}

function headerWidth(name: string): number {
  return widthOf(name.split('\n'))
}

function widthOf(lines: readonly string[]): number {
  return Math.max(...lines.map(displayWidth))
}

/**
 * The widths when columns wider than an equal share give way: to equal parts of what the others leave, the last of them
 * taking the rest. A header is never shortened.
 */
function fit(names: readonly string[], widths: readonly number[], width: number, columnMin: number): readonly number[] {
  const count = names.length
  const total = 1 + widths.reduce((sum, each) => sum + Math.max(0, each) + 3, 0)
  if (total <= width) return widths
  const usable = Math.max(0, width - 1 - 3 * count)
  const share = Math.floor(usable / count)
  const shrinking = widths.flatMap((each, index) => (each > share ? [index] : []))
  let left = usable - widths.reduce((sum, each) => sum + (each > share ? 0 : Math.max(0, each)), 0)
  const part = Math.floor(left / shrinking.length)
  const fitted = [...widths]
  for (const index of shrinking) {
    const isLast = index === shrinking.at(-1)
    const limit = Math.max(columnMin, isLast ? left : part)
    left -= part
    fitted[index] = Math.max(headerWidth(names[index]!), Math.min(widths[index]!, limit))
  }
  return fitted
}

function draw(layout: Layout, cells: readonly (readonly string[][])[]): string {
  // Objects without any of the fields asked for: a table without columns, a line for each.
  if (layout.names.length === 0) return ['++', '||', '++', ...cells.map(() => ''), '++'].join('\n')
  const rule = `+${layout.widths.map((width) => `${'-'.repeat(Math.max(0, width + 2))}+`).join('')}`
  const header = `|${layout.names.map((name, index) => justified(name, index, layout)).join('|')}|`
  return [rule, header, rule, ...cells.flatMap((row) => drawRow(row, layout)), rule].join('\n')
}

function drawRow(row: readonly string[][], layout: Layout): string[] {
  const wrapped = row.map((lines, index) => {
    const width = layout.widths[index]!
    return lines.flatMap((line) => (displayWidth(line) > width ? fill(line, width).split('\n') : [line]))
  })
  const height = Math.max(0, ...wrapped.map((lines) => lines.length))
  return Array.from({ length: height }, (_, line) => {
    const drawn = wrapped.map((lines, index) => justified(lines[line] ?? '', index, layout))
    return `|${drawn.join('|')}|`
  })
}

function justified(text: string, index: number, { widths, right }: Layout): string {
  const space = ' '.repeat(Math.max(0, widths[index]! - displayWidth(text)))
  return right[index] ? ` ${space}${text} ` : ` ${text}${space} `
}
