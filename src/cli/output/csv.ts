/**
 * A list as comma-separated values. Pure.
 * Source: RFC 4180; Python's csv module, "Dialects and Formatting Parameters" with a backslash as its escape character.
 */
import type { Json } from '#base/json.ts'
import { CliError } from '#cli/errors.ts'
import { isNumeric, pythonText } from './python.ts'

/** @throws CliError when a row of one empty cell may not be quoted, as nothing would be left of it. */
export function renderCsv(columns: readonly string[], rows: readonly (readonly Json[])[], quote: string): string {
  return [columns, ...rows].map((row) => `${renderRow(row, quote)}\n`).join('')
}

function renderRow(row: readonly Json[], quote: string): string {
  const [only] = row
  if (row.length === 1 && cellText(only ?? null) === '') {
    if (quote === 'none') throw new CliError('single empty field record must be quoted')
    return '""'
  }
  return row.map((value) => renderCell(value, quote)).join(',')
}

function cellText(value: Json): string {
  return value === null ? '' : pythonText(value)
}

function renderCell(value: Json, quote: string): string {
  const text = cellText(value)
  if (quote === 'none') return text.replace(/[,"\\\n]/g, '\\$&')
  const inner = text.replaceAll('\\', '\\\\').replaceAll('"', '""')
  const quoted = quote === 'all' || (quote === 'nonnumeric' && !isNumeric(value)) || /[,"\n]/.test(text)
  return quoted ? `"${inner}"` : inner
}
