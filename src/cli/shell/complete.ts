/**
 * What may come next on a command line: commands, options, choices, or the names of a resource's objects. Decides only;
 * who asks the server for the names is `names.ts`. Pure.
 */
import type { Argument } from '#cli/command.ts'
import { classify, isOption, type Option, optionsByFlag } from '#cli/grammar/classify.ts'
import { countOf } from '#cli/grammar/parse.ts'
import type { Outline, Outlines } from '#cli/outline.ts'

/** A word that may stand there, and what it is about. */
export interface Choice {
  readonly word: string
  readonly help: string
}

export type Next =
  | { readonly kind: 'choices'; readonly choices: readonly Choice[] }
  /** The names of that resource's objects; `before` stands in front of each (`--port=`). */
  | { readonly kind: 'names'; readonly outline: Outline; readonly before: string }
  | { readonly kind: 'files' }
  | { readonly kind: 'nothing' }

const NOTHING: Next = { kind: 'nothing' }
const FILE_METAVAR = /file|certificate|<key>|path/i

/** The command that the words begin with, the longest that is known, and the words behind it; null where none is. */
export function commandOf(
  words: readonly string[],
  names: ReadonlySet<string>,
): { readonly name: string; readonly rest: readonly string[] } | null {
  for (let length = Math.min(words.length, WORDS_MAX); length > 0; length -= 1) {
    const name = words.slice(0, length).join(' ')
    if (names.has(name)) return { name, rest: words.slice(length) }
  }
  return null
}

const WORDS_MAX = 4

/** Commands that begin with these words: the word that comes next of each. */
export function commandChoices(words: readonly string[], current: string, commands: readonly Choice[]): Choice[] {
  const before = words.map((word) => `${word} `).join('')
  const found = new Map<string, Choice>()
  for (const { word: name, help } of commands) {
    if (!name.startsWith(before + current)) continue
    const [word = ''] = name.slice(before.length).split(' ')
    if (word !== '' && !found.has(word)) found.set(word, { word, help: `${before}${word}` === name ? help : '' })
  }
  return [...found.values()]
}

/** What may come behind `rest` of a command with these arguments, where `current` is being typed. */
export function nextOf(known: readonly Argument[], rest: readonly string[], current: string, outlines: Outlines): Next {
  const options = optionsByFlag(known)
  const { pending, positionals, used, ended } = walk(rest, options)
  if (pending) return valuesOf(pending, current, '', outlines)
  if (!ended && current.startsWith('-')) {
    const at = current.indexOf('=')
    if (at < 0) return { kind: 'choices', choices: optionChoices(known, current, used) }
    const option = classify(current, options)
    if (option === 'value' || !('argument' in option) || option.argument === null) return NOTHING
    return valuesOf(option.argument, current.slice(at + 1), current.slice(0, at + 1), outlines)
  }
  const positional = positionalAt(known, positionals)
  if (positional) return valuesOf(positional, current, '', outlines)
  return current === '' && !ended ? { kind: 'choices', choices: optionChoices(known, '--', used) } : NOTHING
}

interface Walked {
  /** The option whose value comes next; null where none is waiting. */
  readonly pending: Option | null
  readonly positionals: number
  readonly used: ReadonlySet<Option>
  /** Behind `--`. */
  readonly ended: boolean
}

function walk(rest: readonly string[], options: ReadonlyMap<string, Option>): Walked {
  const used = new Set<Option>()
  let waiting: { option: Option; left: number } | null = null
  let positionals = 0
  let ended = false
  for (const word of rest) {
    const seen = ended ? 'value' : classify(word, options)
    if (word === '--') ended = true
    else if (seen === 'value') {
      if (waiting && waiting.left > 0) waiting.left -= 1
      else positionals += 1
    } else {
      waiting = null
      if (!('argument' in seen) || seen.argument === null) continue
      used.add(seen.argument)
      if (seen.explicit === null) waiting = { option: seen.argument, left: mostOf(seen.argument) }
    }
    if (waiting?.left === 0) waiting = null
  }
  const pending: Option | null = waiting?.option ?? null
  return { pending: ended ? null : pending, positionals, used, ended }
}

/** How many values it may take. */
function mostOf(argument: Argument): number {
  const count = countOf(argument)
  if (typeof count === 'number') return count
  return count === undefined || count === '?' ? 1 : Number.POSITIVE_INFINITY
}

function optionChoices(known: readonly Argument[], current: string, used: ReadonlySet<Option>): Choice[] {
  const spent = new Set([...used].map(({ exclusive }) => exclusive).filter((group) => group !== undefined))
  return known.filter(isOption).flatMap((option) => {
    if (option.help === undefined) return []
    if (used.has(option) && option.action !== 'append' && option.action !== 'count') return []
    if (option.exclusive !== undefined && spent.has(option.exclusive) && !used.has(option)) return []
    const flags = option.flags.filter((flag) => flag.startsWith(current))
    const long = flags.filter((flag) => flag.startsWith('--'))
    return (long.length > 0 ? long : flags).map((word) => ({ word, help: option.help! }))
  })
}

function positionalAt(known: readonly Argument[], at: number): Argument | null {
  let left = at
  for (const argument of known) {
    if (isOption(argument)) continue
    const most = mostOf(argument)
    if (left < most) return argument
    left -= most
  }
  return null
}

function valuesOf(argument: Argument, current: string, before: string, outlines: Outlines): Next {
  if (argument.choices) {
    const words = argument.choices.map(String).filter((word) => word.startsWith(current))
    return { kind: 'choices', choices: words.map((word) => ({ word: before + word, help: '' })) }
  }
  const outline = namedBy(argument, outlines)
  if (outline) return { kind: 'names', outline, before }
  return isOption(argument) && FILE_METAVAR.test(argument.metavar ?? '') ? { kind: 'files' } : NOTHING
}

/**
 * The resource whose objects an argument names, by what stands for its value: `NETWORK`, `EXTERNAL-NETWORK`,
 * `DHCP_AGENT`, `<security-group>`. Null where it names none, or one below another object.
 */
export function namedBy(argument: Argument, outlines: Outlines): Outline | null {
  const all = Object.values(outlines).filter(({ parent, methods }) => parent === null && methods.includes('list'))
  for (const said of [argument.metavar, argument.name]) {
    const word = plainName(said ?? '')
    const tails = word.split('_').map((_, at, parts) => parts.slice(at).join('_'))
    for (const tail of tails) {
      const found = all.find(({ name }) => name === tail) ?? all.find(({ body }) => body === tail)
      if (found) return found
    }
  }
  return null
}

/** `<security-group>`, `SECURITY_GROUP_ID`: `security_group`. */
export function plainName(said: string): string {
  const word = said
    .toLowerCase()
    .replaceAll('-', '_')
    .replaceAll(/[^a-z0-9_]/g, '')
  return word.replace(/_(id_or_name|name_or_id|or_name|or_id|ids?|name)$/, '')
}
