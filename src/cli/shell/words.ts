/**
 * A line as words, as a POSIX shell splits it: quotes, backslashes, no variables, no patterns. Pure.
 * Source: Python's shlex.split, which the command's shell went by; XCU 2.2, "Quoting".
 */
import { CliError } from '#cli/errors.ts'

/** A line that is still being typed. */
export interface Typed {
  /** The words before the one at the end. */
  readonly words: readonly string[]
  /** The word at the end, empty behind a blank, without its quotes. */
  readonly current: string
  /** Where that word begins in the line, with its quote. */
  readonly start: number
  /** The quote that is open at the end. */
  readonly open: Quote
}

type Quote = '' | "'" | '"'

const BLANK = /\s/

/** @throws CliError where a quote is not closed or a backslash escapes nothing. */
export function splitLine(line: string): string[] {
  const { words, current, start, open, escaping } = scan(line)
  if (open !== '') throw new CliError('Invalid syntax: No closing quotation')
  if (escaping) throw new CliError('Invalid syntax: No escaped character')
  return start < line.length ? [...words, current] : words
}

/** The line up to the cursor. */
export function typedLine(line: string): Typed {
  const { words, current, start, open } = scan(line)
  return { words, current, start, open }
}

/** The word so that `splitLine` reads it back, begun with the quote that is open already. */
export function quoted(word: string, open: Quote = ''): string {
  if (open === "'") return `'${word.replaceAll("'", `'\\''`)}'`
  if (open === '"') return `"${word.replaceAll(/["\\]/g, '\\$&')}"`
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

function scan(line: string): Typed & { readonly words: string[]; readonly escaping: boolean } {
  const words: string[] = []
  let current = ''
  let start = -1
  let open: Quote = ''
  let escaping = false
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at]!
    if (escaping) {
      // Within double quotes a backslash is itself, except before what it can take the meaning from.
      current += open === '"' && !/["\\]/.test(character) ? `\\${character}` : character
      escaping = false
    } else if (open !== '') {
      if (character === open) open = ''
      else if (character === '\\' && open === '"') escaping = true
      else current += character
    } else if (BLANK.test(character)) {
      if (start >= 0) words.push(current)
      current = ''
      start = -1
    } else {
      if (start < 0) start = at
      if (character === '"' || character === "'") open = character
      else if (character === '\\') escaping = true
      else current += character
    }
  }
  return { words, current, start: start < 0 ? line.length : start, open, escaping }
}
