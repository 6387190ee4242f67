/**
 * `usage: neutron net-show [-h] … NETWORK`, wrapped as argparse wraps it: options first, positionals on lines of their
 * own where it gets long. Pure. Source: documentation and observed output of Python's argparse (3.11).
 */
import type { Argument } from '#cli/command.ts'
import { countOf, isRequired } from './parse.ts'

const PREFIX = 'usage: '

/** Without a newline at its end. `width` is the terminal's, less two. */
export function usage(prog: string, known: readonly Argument[], width: number): string {
  const options = known.filter(({ flags, unlisted }) => flags !== undefined && !unlisted)
  const positionals = known.filter(({ flags }) => flags === undefined)
  const whole = [prog, partsText([...options, ...positionals])].filter((part) => part !== '').join(' ')
  if (PREFIX.length + whole.length <= width) return `${PREFIX}${whole}`
  return `${PREFIX}${wrapped(prog, splitParts(partsText(options)), splitParts(partsText(positionals)), width)}`
}

/** The word for an argument's value, by its metavar, its choices or its name. */
export function metavarOf({ metavar, choices, flags, name }: Argument): string {
  return metavar ?? (choices ? `{${choices.join(',')}}` : flags ? name.toUpperCase() : name)
}

/** `A`, `[A]`, `A [A ...]`: how many words follow. */
export function valuesText(argument: Argument): string {
  const word = metavarOf(argument)
  const count = countOf(argument)
  if (count === undefined) return word
  if (count === '?') return `[${word}]`
  if (count === '*') return `[${word} ...]`
  if (count === '+') return `${word} [${word} ...]`
  return Array<string>(count).fill(word).join(' ')
}

function wrapped(prog: string, options: readonly string[], positionals: readonly string[], width: number): string {
  if (PREFIX.length + prog.length <= 0.75 * width) {
    const indent = ' '.repeat(PREFIX.length + prog.length + 1)
    const first = options.length > 0 ? options : positionals
    const rest = options.length > 0 ? positionals : []
    if (first.length === 0) return prog
    const [line = '', ...lines] = linesOf([prog, ...first], indent, width, PREFIX.length)
    return [line.slice(indent.length), ...lines, ...linesOf(rest, indent, width)].join('\n')
  }
  const indent = ' '.repeat(PREFIX.length)
  const lines = linesOf([...options, ...positionals], indent, width)
  const split = lines.length > 1 ? [...linesOf(options, indent, width), ...linesOf(positionals, indent, width)] : lines
  return [prog, ...split].join('\n')
}

function linesOf(parts: readonly string[], indent: string, width: number, start = indent.length): string[] {
  const lines: string[] = []
  let line: string[] = []
  let length = start - 1
  for (const part of parts) {
    if (length + 1 + part.length > width && line.length > 0) {
      lines.push(indent + line.join(' '))
      line = []
      length = indent.length - 1
    }
    line.push(part)
    length += part.length + 1
  }
  if (line.length > 0) lines.push(indent + line.join(' '))
  return lines
}

function splitParts(text: string): string[] {
  return text.match(/\(.*?\)+(?=\s|$)|\[.*?\]+(?=\s|$)|\S+/g) ?? []
}

/** All arguments in one line; options that exclude each other, where they stand together, as `[--a | --b]`. */
function partsText(known: readonly Argument[]): string {
  const inserts = groupMarks(known)
  const grouped = new Set(groupsOf(known).flat())
  const parts = known.map((argument, index): string | null => {
    if (argument.help !== undefined) return partOf(argument, grouped.has(argument))
    if (inserts.get(index) === '|') inserts.delete(index)
    else if (inserts.get(index + 1) === '|') inserts.delete(index + 1)
    return null
  })
  for (const [index, mark] of [...inserts].sort(([a], [b]) => b - a)) parts.splice(index, 0, mark)
  return parts
    .filter((part) => part !== null)
    .join(' ')
    .replaceAll(/([[(]) /g, '$1')
    .replaceAll(/ ([\])])/g, '$1')
    .replaceAll(/[[(] *[\])]/g, '')
    .replaceAll(/\(([^|]*)\)/g, '$1')
    .trim()
}

function partOf(argument: Argument, grouped: boolean): string {
  if (!argument.flags) {
    const text = valuesText(argument)
    return grouped && text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text
  }
  const [flag = ''] = argument.flags
  const text = countOf(argument) === 0 ? flag : `${flag} ${valuesText(argument)}`
  return isRequired(argument) || grouped ? text : `[${text}]`
}

/** Groups whose members stand together. */
function groupsOf(known: readonly Argument[]): Argument[][] {
  const names = new Set(known.flatMap(({ exclusive }) => exclusive ?? []))
  return [...names].flatMap((name) => {
    const members = known.filter(({ exclusive }) => exclusive === name)
    const start = known.indexOf(members[0]!)
    return members.every((member, index) => known[start + index] === member) ? [members] : []
  })
}

function groupMarks(known: readonly Argument[]): Map<number, string> {
  const marks = new Map<number, string>()
  for (const members of groupsOf(known)) {
    const start = known.indexOf(members[0]!)
    const end = start + members.length
    marks.set(start, marks.has(start) ? `${marks.get(start)} [` : '[')
    marks.set(end, marks.has(end) ? `${marks.get(end)}]` : ']')
    for (let index = start + 1; index < end; index += 1) marks.set(index, '|')
  }
  return marks
}
