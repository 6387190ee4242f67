/**
 * Completion of a whole line: finds the command, then what may come next of it, then asks for names where names come
 * next. Serves the shell and, through `neutron complete line`, bash and zsh.
 */
import type { Argument } from '#cli/command.ts'
import type { Outlines } from '#cli/outline.ts'
import { type Choice, commandChoices, commandOf, type Next, nextOf } from './complete.ts'
import type { NamesOf } from './names.ts'
import { typedLine } from './words.ts'

/** What there is to choose from. */
export interface Known {
  /** Every command. */
  readonly commands: readonly Choice[]
  /** What the shell itself knows: `exit`. */
  readonly more: readonly Choice[]
  readonly outlines: Outlines
  /** All arguments of a command: also those of its output. */
  argumentsOf(name: string): Promise<readonly Argument[]>
  /** Options that may stand before a command: `--os-cloud`. */
  readonly globals: readonly Argument[]
}

export interface Completion {
  readonly choices: readonly Choice[]
  /** A file's name comes next. */
  readonly files: boolean
}

const NONE: Completion = { choices: [], files: false }

/** `line` up to the cursor, without the program's name. */
export async function completeLine(line: string, known: Known, namesOf: NamesOf): Promise<Completion> {
  const { words, current } = typedLine(line)
  const { own, rest } = afterGlobals(words, known.globals)
  if (own) return toCompletion(nextOf(known.globals, words, current, known.outlines), current, namesOf)
  const commands = [...known.commands, ...known.more]
  const names = new Set(known.commands.map(({ word }) => word))
  if (rest[0] === 'help' || rest[0] === '?') return choices(commandChoices(rest.slice(1), current, commands))
  const found = commandOf(rest, names)
  // The last word may be the beginning of a longer command: `explain port`.
  const longer = commandChoices(rest, current, commands)
  if (found === null) {
    if (current.startsWith('-')) return toCompletion(nextOf(known.globals, [], current, {}), current, namesOf)
    return choices(longer)
  }
  const next = nextOf(await known.argumentsOf(found.name), found.rest, current, known.outlines)
  const completion = await toCompletion(next, current, namesOf)
  return found.rest.length === 0 ? { ...completion, choices: [...longer, ...completion.choices] } : completion
}

/** The words behind the options before a command; `own` where one of those is still waiting for its value. */
function afterGlobals(
  words: readonly string[],
  globals: readonly Argument[],
): { readonly own: boolean; readonly rest: readonly string[] } {
  let at = 0
  while (at < words.length && words[at]!.startsWith('-')) {
    const [flag = ''] = words[at]!.split('=')
    const option = globals.find(({ flags = [] }) => flags.includes(flag))
    const takes = option !== undefined && (option.action ?? 'store') === 'store' && !words[at]!.includes('=')
    if (takes && at + 1 >= words.length) return { own: true, rest: [] }
    at += takes ? 2 : 1
  }
  return { own: false, rest: words.slice(at) }
}

async function toCompletion(next: Next, current: string, namesOf: NamesOf): Promise<Completion> {
  if (next.kind === 'choices') return choices(next.choices)
  if (next.kind === 'files') return { choices: [], files: true }
  if (next.kind === 'nothing') return NONE
  const names = await namesOf(next.outline)
  return choices(
    names.map((name) => ({ word: next.before + name, help: '' })).filter(({ word }) => word.startsWith(current)),
  )
}

function choices(found: readonly Choice[]): Completion {
  return { choices: found, files: false }
}
