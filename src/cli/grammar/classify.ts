/**
 * Which words of a command line are options and which are values, by the options that are known. Pure.
 * Source: documentation of Python's argparse ("Argument abbreviations", "Arguments containing -").
 */
import type { Argument } from '#cli/command.ts'

export type Option = Argument & { readonly flags: readonly string[] }

/** An option as it was written; `argument` is null for one that nobody knows. */
export interface Written {
  readonly argument: Option | null
  readonly flag: string
  /** What follows `=`, or the letter of a short option. */
  readonly explicit: string | null
}

export type Classified = Written | 'value' | { readonly ambiguous: string; readonly matches: readonly string[] }

const NEGATIVE_NUMBER = /^-\d+$|^-\d*\.\d+$/

export function isOption(argument: Argument): argument is Option {
  return argument.flags !== undefined
}

/** The options by flag; where two have the same flag, the first. */
export function optionsByFlag(known: readonly Argument[]): Map<string, Option> {
  const flags = new Map<string, Option>()
  for (const argument of known.filter(isOption)) {
    for (const flag of argument.flags) if (!flags.has(flag)) flags.set(flag, argument)
  }
  return flags
}

export function classify(word: string, options: ReadonlyMap<string, Option>): Classified {
  if (!word.startsWith('-')) return 'value'
  const exact = options.get(word)
  if (exact) return { argument: exact, flag: word, explicit: null }
  if (word.length === 1) return 'value'
  const [head, tail] = splitOnce(word)
  const before = tail === null ? undefined : options.get(head)
  if (before) return { argument: before, flag: head, explicit: tail }
  const matches = word.startsWith('--') ? longMatches(head, tail, options) : shortMatches(word, options)
  if (matches.length > 1) return { ambiguous: word, matches: matches.map(({ flag }) => flag) }
  if (matches[0]) return matches[0]
  if (NEGATIVE_NUMBER.test(word) || word.includes(' ')) return 'value'
  return { argument: null, flag: word, explicit: null }
}

function longMatches(head: string, tail: string | null, options: ReadonlyMap<string, Option>): Written[] {
  return [...options]
    .filter(([flag]) => flag.startsWith(head))
    .map(([flag, argument]) => ({ argument, flag, explicit: tail }))
}

/** `-fjson` is `-f json`; a word with one dash may also begin a longer option with one dash. */
function shortMatches(word: string, options: ReadonlyMap<string, Option>): Written[] {
  return [...options].flatMap(([flag, argument]): Written[] => {
    if (flag === word.slice(0, 2)) return [{ argument, flag, explicit: word.slice(2) }]
    return flag.startsWith(word) ? [{ argument, flag, explicit: null }] : []
  })
}

function splitOnce(word: string): [head: string, tail: string | null] {
  const at = word.indexOf('=')
  return at < 0 ? [word, null] : [word.slice(0, at), word.slice(at + 1)]
}
