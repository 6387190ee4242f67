/**
 * The kinds of error the code throws: wire errors, which clients and agents match on by type and message, and operating
 * errors, which whoever owns the loop retries. A programmer's error is an `assert`.
 * Source: Networking API v2.0, "Faults"; the types and texts stand in each feature's errors.ts.
 */
import type { Json, JsonObject } from './json.ts'

/** An error a client sees: `type` and `message` are contract, `status` is the HTTP status it travels with. */
export class WireError extends Error {
  readonly type: string
  readonly status: number
  readonly detail: string

  constructor(type: string, status: number, message: string, detail = '') {
    super(message)
    this.name = type
    this.type = type
    this.status = status
    this.detail = detail
  }
}

export type ErrorType = ((values?: JsonObject) => WireError) & { readonly type: string; readonly status: number }

/** Declares a wire error; `%(name)s` in the text is replaced with that value, lists as Python prints them. */
export function errorType(type: string, status: number, text: string): ErrorType {
  const make = (values: JsonObject = {}) =>
    new WireError(
      type,
      status,
      text.replace(/%\((\w+)\)s/g, (_, key: string) => printed(values[key] ?? null)),
    )
  return Object.assign(make, { type, status })
}

function printed(value: Json): string {
  return typeof value === 'string' ? value : pythonRepr(value)
}

/** A value as Python's `repr` prints it, because upstream's messages are made that way: `['a', 'b']`, `None`, `True`. */
export function pythonRepr(value: Json): string {
  if (value === null) return 'None'
  if (value === true) return 'True'
  if (value === false) return 'False'
  if (typeof value === 'string') return quoted(value)
  // A whole number that would be rounded may come as a bigint.
  if (typeof value === 'number' || typeof (value as unknown) === 'bigint') return String(value)
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`
  const entries = Object.entries(value as JsonObject)
  return `{${entries.map(([key, item]) => `${quoted(key)}: ${pythonRepr(item)}`).join(', ')}}`
}

const ESCAPED: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text.replace(/[\\\p{C}\p{Z}]/gu, escapedCharacter)
  return `${quote}${quote === "'" ? escaped.replaceAll("'", "\\'") : escaped}${quote}`
}

/** What is not printable by its code; a space is. */
function escapedCharacter(character: string): string {
  if (character === ' ') return character
  const point = character.codePointAt(0)!
  const [letter, digits] = point <= 0xff ? ['x', 2] : point <= 0xffff ? ['u', 4] : ['U', 8]
  return ESCAPED[character] ?? `\\${letter}${point.toString(16).padStart(digits as number, '0')}`
}

/** Something outside this process failed; says what was tried, where, with what result. Its owner tries again. */
export class OperatingError extends Error {
  override name = 'OperatingError'
}
