/**
 * The help of a command as argparse lays it out: usage, description, positional arguments, options, groups. Pure.
 * Source: documentation and observed output of Python's argparse (3.11) and cliff.
 */
import type { Argument } from '#cli/command.ts'
import { countOf } from './parse.ts'
import { metavarOf, usage, valuesText } from './usage.ts'
import { wrap } from './wrap.ts'

const HELP_COLUMN_MAX = 24
const TEXT_WIDTH_MIN = 11

export interface Section {
  readonly title: string
  readonly description?: string
  readonly arguments: readonly Argument[]
}

/** What every command has first. */
export const helpArgument: Argument = {
  flags: ['-h', '--help'],
  name: 'help',
  action: 'help',
  help: 'show this help message and exit',
}

/** `columns` of the terminal. It ends with a newline. */
export function helpText(prog: string, description: string, known: readonly Argument[], columns: number): string {
  const width = widthOf(columns)
  const shown = known.filter(({ help }) => help !== undefined)
  const column = helpColumn(shown, width)
  const sections = sectionsOf(known).map((section) => sectionText(section, column, width))
  const text = [usage(prog, known, width), fill(description, width), ...sections].filter((part) => part !== '')
  return `${text.join('\n\n')}\n`
}

/** The width of help and usage on a terminal of that width, 80 where it is not known. */
export function widthOf(columns: number): number {
  return (columns > 0 ? columns : 80) - 2
}

/** As help shows them: positionals, options, then each group in the order it is met. */
export function sectionsOf(known: readonly Argument[]): Section[] {
  const plain = known.filter(({ group }) => group === undefined)
  const groups = new Map<string, { title: string; description?: string; arguments: Argument[] }>()
  for (const argument of known) {
    if (argument.group === undefined) continue
    const group = typeof argument.group === 'string' ? { title: argument.group } : argument.group
    const known = groups.get(group.title) ?? { ...group, arguments: [] }
    known.arguments.push(argument)
    groups.set(group.title, known)
  }
  return [
    { title: 'positional arguments', arguments: plain.filter(({ flags }) => flags === undefined) },
    { title: 'options', arguments: plain.filter(({ flags }) => flags !== undefined) },
    ...groups.values(),
  ]
}

/** Where help begins: two columns behind the longest argument, never behind the 24th. */
function helpColumn(shown: readonly Argument[], width: number): number {
  const longest = Math.max(0, ...shown.map((argument) => invocation(argument).length + 2))
  return Math.min(longest + 2, Math.min(HELP_COLUMN_MAX, Math.max(width - 20, 4)))
}

function sectionText({ title, description, arguments: known }: Section, column: number, width: number): string {
  const items = known.flatMap((argument) => argumentLines(argument, column, width))
  const text =
    description === undefined
      ? []
      : [
          ...fill(description, width - 2)
            .split('\n')
            .map((line) => `  ${line}`),
          '',
        ]
  const body = [...text, ...items]
  if (items.length === 0) body.pop()
  return body.length === 0 ? '' : [`${title}:`, ...body].join('\n')
}

function argumentLines(argument: Argument, column: number, width: number): string[] {
  if (argument.help === undefined) return []
  const head = `  ${invocation(argument)}`
  const lines = argument.help
    .split('\n')
    .flatMap((line) => wrap(squeeze(line), Math.max(width - column, TEXT_WIDTH_MIN)))
  const indented = lines.map((line) => `${' '.repeat(column)}${line}`)
  if (lines.length === 0) return [head]
  if (head.length > column - 2) return [head, ...indented]
  return [`${head.padEnd(column)}${lines[0]}`, ...indented.slice(1)]
}

/** `-F FIELD, --field FIELD`; `NETWORK`. */
function invocation(argument: Argument): string {
  if (!argument.flags) return metavarOf(argument)
  const values = countOf(argument) === 0 ? '' : ` ${valuesText(argument)}`
  return argument.flags.map((flag) => `${flag}${values}`).join(', ')
}

function fill(text: string, width: number): string {
  return wrap(squeeze(text), Math.max(width, TEXT_WIDTH_MIN)).join('\n')
}

function squeeze(text: string): string {
  return text.replaceAll(/[ \t\n\r\f\v]+/g, ' ').trim()
}
