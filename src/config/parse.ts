/**
 * Reads the text of one oslo.config file into assignments. Pure: it knows neither options nor types nor other files.
 * Source: oslo.config's file format: sections, `=` or `:`, continuation lines, one pair of quotes, comments only in the
 * first column.
 */
import { ConfigError } from './errors.ts'

export interface Assignment {
  /** `DEFAULT`, or in lower case: section names differ from one another only there. */
  readonly section: string
  readonly name: string
  readonly value: string
  readonly line: number
}

export interface ParsedFile {
  readonly path: string
  /** In the order of the file. */
  readonly assignments: readonly Assignment[]
  /** Every section with the line it first starts at, assigned to or not. */
  readonly sections: ReadonlyMap<string, number>
}

/** What Python calls white space; JavaScript's own idea of it differs in a few signs. */
const SPACE = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'
const LEADING = new RegExp(`^[${SPACE}]+`, 'u')
const TRAILING = new RegExp(`[${SPACE}]+$`, 'u')

/** As Python strips a string. */
export function strip(text: string): string {
  return text.replace(LEADING, '').replace(TRAILING, '')
}

/** `DEFAULT` is exact; all other names compare in lower case. */
export function sectionName(name: string): string {
  return name === 'DEFAULT' ? name : name.toLowerCase()
}

/** @throws ConfigError with file, line and the line's text when the text is not a configuration. */
export function parse(path: string, text: string): ParsedFile {
  const assignments: Assignment[] = []
  const sections = new Map<string, number>()
  let section: string | null = null
  let open: { name: string; lines: string[]; line: number } | null = null

  const close = () => {
    if (open && section !== null) {
      assignments.push({ section, name: open.name, value: open.lines.join('\n'), line: open.line })
    }
    open = null
  }

  for (const [index, raw] of text.split(/\r\n|\n|\r/).entries()) {
    const line = index + 1
    const content = raw.replace(TRAILING, '')
    const refuse = (reason: string) => new ConfigError({ file: path, line }, null, `${reason}: ${shown(content)}`)

    if (content === '') close()
    else if (content.startsWith(' ') || content.startsWith('\t')) {
      if (open === null) throw refuse('Unexpected continuation line')
      open.lines.push(content.replace(LEADING, ''))
    } else if (content.startsWith('[')) {
      close()
      if (!content.endsWith(']')) throw refuse('Invalid section (must end with ])')
      if (content.length <= 2) throw refuse('Empty section name')
      section = sectionName(content.slice(1, -1))
      if (!sections.has(section)) sections.set(section, line)
    } else if (content.startsWith('#') || content.startsWith(';')) close()
    else {
      close()
      const [name, value] = assignmentOf(content) ?? [null, '']
      if (name === null) throw refuse("No ':' or '=' found in assignment")
      if (name === '') throw refuse('Key cannot be empty')
      if (section === null) throw refuse('Section must be started before assignment')
      open = { name, lines: [value], line }
    }
  }
  close()
  return { path, assignments, sections }
}

function assignmentOf(line: string): readonly [string, string] | null {
  const at = line.search(/[=:]/)
  if (at < 0) return null
  const value = strip(line.slice(at + 1))
  const quoted = (value.startsWith('"') || value.startsWith("'")) && value.at(0) === value.at(-1)
  return [strip(line.slice(0, at)), quoted ? value.slice(1, -1) : value]
}

/** A line that is no assignment may still hold a secret: a long one is cut. */
function shown(line: string): string {
  return JSON.stringify(line.length > 60 ? `${line.slice(0, 60)}…` : line)
}
