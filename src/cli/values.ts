/**
 * Unknown options as values: `--key value`, `--key type=int 5`, `--key a b`, `--key list=true a`, `--key action=clear`,
 * `--flag`. Pure. Source: neutronclient 8.1's "values specs" and their messages.
 */
import type { Json } from '#base/json.ts'
import { parseKnown, UsageError } from '#cli/grammar/parse.ts'
import type { Argument } from './command.ts'
import { CliError } from './errors.ts'
import { booleanOf, dictOf } from './types.ts'

const TYPES: Readonly<Record<string, Exclude<Argument['type'], undefined>>> = {
  bool: booleanOf,
  dict: dictOf(),
  int: 'integer',
  str: (text) => text,
}

/** One option as it is being read. */
interface Spec {
  readonly flag: string
  /** As it was written, `=value` included. */
  readonly written: string
  type: string | null
  values: number
  list: boolean
  clear: boolean
}

/**
 * The values by name, underscores for dashes.
 * @throws CliError for what makes no sense, UsageError for a value that is not of its type.
 */
export function readValues(words: readonly string[]): Record<string, Json> {
  const specs: Spec[] = []
  const rest: string[] = []
  for (const word of words[0] === '--' ? words.slice(1) : words) readWord(word, specs, rest, words)
  closeLast(specs, rest, words)
  const known = specs.map(argumentOf)
  const { args, unknown } = parseKnown('neutron', known, rest)
  if (unknown.length > 0) throw new UsageError('neutron', known, `unrecognized arguments: ${unknown.join(' ')}`)
  return Object.fromEntries(known.map(({ name }) => [name, args[name] ?? null]))
}

/**
 * Arguments and values where both have a list of one name: the values go into the list. Otherwise both stay, and the
 * body decides.
 */
export function mergeValues(
  args: Readonly<Record<string, Json | undefined>>,
  values: Readonly<Record<string, Json>>,
): { args: Record<string, Json | undefined>; values: Record<string, Json> } {
  const merged = { args: { ...args }, values: { ...values } }
  for (const [name, value] of Object.entries(values)) {
    const known: Json | undefined = args[name]
    if (!Array.isArray(known) || !Array.isArray(value) || value.length === 0) continue
    if (known.length > 0 && typeof known[0] !== typeof value[0]) continue
    merged.args[name] = [...known, ...value]
    delete merged.values[name]
  }
  return merged
}

function readWord(word: string, specs: Spec[], rest: string[], words: readonly string[]): void {
  const spec = specs.at(-1)
  if (word.startsWith('--')) {
    closeLast(specs, rest, words)
    specs.push(openSpec(word, specs, words))
  } else if (word.startsWith('type=') && (spec === undefined || spec.type === null)) {
    if (!spec) throw invalid(words)
    const type = word.slice(5)
    if (!(type in TYPES)) {
      throw new CliError(`Invalid value_specs ${words.join(' ')}: type ${type} is not supported`)
    }
    spec.type = type
    return
  } else if (word === 'list=true') {
    if (spec) spec.list = true
    return
  } else if (word === 'action=clear') {
    if (spec) spec.clear = true
    return
  } else {
    if (!spec || spec.written.includes('=') || (word.startsWith('-') && !isNumber(word))) throw invalid(words)
    spec.values += 1
  }
  rest.push(word)
}

function openSpec(word: string, specs: readonly Spec[], words: readonly string[]): Spec {
  const flag = word.split('=', 1)[0]!
  if (specs.some((spec) => spec.flag === flag)) throw new CliError(`Duplicated options ${words.join(' ')}`)
  if (word.startsWith('---') || flag === '--') throw invalid(words)
  return { flag, written: word, type: null, values: word.includes('=') ? 1 : 0, list: false, clear: false }
}

/** Behind the last word of an option: one that is cleared is not parsed, so it stays null. */
function closeLast(specs: readonly Spec[], rest: string[], words: readonly string[]): void {
  const spec = specs.at(-1)
  if (!spec) return
  if (spec.values === 0 && (spec.type !== null || spec.list)) throw invalid(words)
  if (spec.values === 0 && spec.clear) rest.pop()
}

function argumentOf({ flag, type, values, list, clear }: Spec): Argument {
  const many = values > 1 || list
  return {
    flags: [flag],
    name: flag.slice(2).replaceAll('-', '_'),
    help: '',
    ...(type !== null && { type: TYPES[type]! }),
    ...(many && { nargs: '+' as const }),
    ...(values === 0 && !clear && { action: 'true' as const }),
  }
}

function isNumber(word: string): boolean {
  return /^[+-]?((\d[\d_]*\.?\d*|\.\d+)(e[+-]?\d+)?|inf(inity)?|nan)j?$/i.test(word)
}

function invalid(words: readonly string[]): CliError {
  return new CliError(`Invalid values_specs ${words.join(' ')}`)
}
