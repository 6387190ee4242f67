/**
 * Values as Python prints them, because that is what scripts around the command parse. Pure.
 * Source: Python language reference, "Data model": `str`, `repr`; json, "Basic usage".
 */
import { pythonRepr } from '#base/errors.ts'
import type { Json, JsonObject } from '#base/json.ts'

/** A number; a `bigint` is one of an answer that a `number` would round, where it came as text. */
export function isNumber(value: unknown): value is number {
  return typeof value === 'number' || typeof value === 'bigint'
}

/** `None`, `True`, `['a', {'b': 1}]`; a text is itself. */
export function pythonText(value: Json): string {
  return typeof value === 'string' ? value : pythonRepr(value)
}

/** Numbers as Python sees them: `bool` is one of them. */
export function isNumeric(value: Json): boolean {
  return isNumber(value) || typeof value === 'boolean'
}

/** As `json.dumps` writes it: in ASCII, and on one line with spaces or, with `indent`, over many. */
export function pythonJson(value: Json, indent: number | null): string {
  return write(value, indent === null ? null : '\n', indent ?? 0)
}

function write(value: Json, line: string | null, indent: number): string {
  if (typeof value === 'string') return jsonString(value)
  if (isNumber(value)) return String(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const inner = line === null ? null : line + ' '.repeat(indent)
  const items = Array.isArray(value)
    ? (value as readonly Json[]).map((item) => write(item, inner, indent))
    : Object.entries(value as JsonObject).map(([key, item]) => `${jsonString(key)}: ${write(item, inner, indent)}`)
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  if (items.length === 0) return open + close
  return line === null
    ? `${open}${items.join(', ')}${close}`
    : `${open}${inner}${items.join(`,${inner}`)}${line}${close}`
}

function jsonString(text: string): string {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(text).replace(/[\u007f-\uffff]/g, escaped)
}
