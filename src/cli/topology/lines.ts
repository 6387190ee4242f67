/** Lines of a terminal as data: pieces with a colour, measured and cut before they are painted. Pure. */
import type { Terminal } from '#cli/command.ts'
import { displayWidth } from '#cli/output/width.ts'

export type Colour = Parameters<Terminal['paint']>[0]
export type Span = readonly [text: string, colour?: Colour | undefined]
export type Line = readonly Span[]

export function widthOf(line: Line): number {
  return line.reduce((width, [text]) => width + displayWidth(text), 0)
}

/** Exactly that wide: filled with blanks, or cut with `more` at its end. */
export function fit(line: Line, width: number, more: string): Line {
  const short = cut(trimmed(line), width, more)
  return [...short, [' '.repeat(width - widthOf(short))]]
}

/** At most that wide. */
export function cut(line: Line, width: number, more: string): Line {
  if (widthOf(line) <= width) return line
  let room = Math.max(0, width - displayWidth(more))
  const kept: Span[] = []
  for (const [text, colour] of line) {
    const part = startOf(text, room)
    kept.push([part, colour])
    room -= displayWidth(part)
    if (part !== text) break
  }
  return [...kept, [startOf(more, width), 'dim']]
}

function startOf(text: string, width: number): string {
  let start = ''
  let used = 0
  for (const character of text) {
    used += displayWidth(character)
    if (used > width) break
    start += character
  }
  return start
}

/** Cells below each other: every column as wide as its widest cell, two blanks between; empty columns are left out. */
export function table(rows: readonly (readonly Line[])[]): Line[] {
  const count = largest(rows, (row) => row.length)
  const widths = Array.from({ length: count }, (_, column) => largest(rows, (row) => widthOf(row[column] ?? [])))
  const cell = (line: Line, width: number): Line =>
    width === 0 ? [] : [...line, [' '.repeat(width - widthOf(line) + 2)]]
  return rows.map((row) => widths.flatMap((width, column) => cell(row[column] ?? [], width)))
}

/** Of any number of items: more than a call takes as arguments. */
function largest<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((most, item) => Math.max(most, of(item)), 0)
}

/** A table, or where that is too wide each row for itself. */
export function fittingTable(rows: readonly (readonly Line[])[], width: number): Line[] {
  const lines = table(rows)
  if (widthOf(lines[0] ?? []) - 2 <= width) return lines
  return rows.map((row) => row.filter((cell) => widthOf(cell) > 0).flatMap((cell): Span[] => [...cell, ['  ']]))
}

/** As many side by side as fit, read from top to bottom; one below the other when they are few. */
export function columns(lines: readonly Line[], width: number, few: number): Line[] {
  const widest = Math.max(1, largest(lines, widthOf))
  const across = Math.floor(width / widest)
  if (lines.length <= few || across < 2) return [...lines]
  const down = Math.ceil(lines.length / across)
  return Array.from({ length: down }, (_, row) =>
    Array.from({ length: across }, (_, column) => fit(lines[column * down + row] ?? [], widest, '')).flat(),
  )
}

export function paintLines(lines: readonly Line[], paint: Terminal['paint']): string {
  return lines.map((line) => `${paintLine(trimmed(line), paint)}\n`).join('')
}

function paintLine(line: Line, paint: Terminal['paint']): string {
  return line.map(([text, colour]) => (colour && text !== '' ? paint(colour, text) : text)).join('')
}

/** Without blanks at its end. */
function trimmed(line: Line): Line {
  const last = line.findLastIndex(([text]) => text.trim() !== '')
  return line.slice(0, last + 1).map(([text, colour], index) => [index === last ? text.trimEnd() : text, colour])
}
