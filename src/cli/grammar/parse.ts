/**
 * Words to values, as argparse's `parse_known_args` does it: options and positionals mixed, what nobody knows left over.
 * Pure: it throws, the caller prints. Source: documentation and observed behaviour of Python's argparse (3.11).
 */
import type { Json } from '#base/json.ts'
import { type Argument, BadArgument } from '#cli/command.ts'
import { CliError } from '#cli/errors.ts'
import { quoted } from '#cli/types.ts'
import { classify, isOption, type Option, optionsByFlag, type Written } from './classify.ts'

/** A command line that is refused: `usage: …`, `<prog>: error: <message>`, exit code 2. */
export class UsageError extends CliError {
  override name = 'UsageError'
  readonly prog: string
  readonly known: readonly Argument[]

  constructor(prog: string, known: readonly Argument[], message: string) {
    super(message, 2)
    this.prog = prog
    this.known = known
  }
}

/** `--help` was met: parsing stops there. */
export class HelpAsked extends Error {
  override name = 'HelpAsked'
}

export interface Parsed {
  readonly args: Record<string, Json | undefined>
  /** Words that no argument takes, in their order. */
  readonly unknown: string[]
}

/** @throws UsageError, HelpAsked. */
export function parseKnown(prog: string, known: readonly Argument[], words: readonly string[]): Parsed {
  return new Parser(prog, known, words).parse()
}

/** What an argument is called in a refusal. */
export function nameOf({ flags, metavar, name }: Argument): string {
  return flags ? flags.join('/') : (metavar ?? name)
}

/** How many words follow it: `0` for switches. */
export function countOf({ action = 'store', nargs }: Argument): Argument['nargs'] {
  return action === 'store' || action === 'append' ? nargs : 0
}

export function isRequired(argument: Argument): boolean {
  if (argument.flags) return argument.required === true
  return argument.nargs !== '?' && !(argument.nargs === '*' && argument.default !== undefined)
}

class Parser {
  readonly #prog: string
  readonly #known: readonly Argument[]
  readonly #words: readonly string[]
  readonly #options: Map<string, Option>
  readonly #args: Record<string, Json | undefined> = {}
  readonly #unknown: string[] = []
  readonly #seen = new Set<Argument>()
  /** Those of which a value was given: only they exclude each other. */
  readonly #given = new Set<Argument>()
  readonly #written = new Map<number, Written>()
  #pattern = ''
  #positionals: readonly Argument[]

  constructor(prog: string, known: readonly Argument[], words: readonly string[]) {
    this.#prog = prog
    this.#known = known
    this.#words = words
    this.#options = optionsByFlag(known)
    this.#positionals = known.filter((argument) => !isOption(argument))
  }

  parse(): Parsed {
    for (const argument of this.#known) {
      if (!(argument.name in this.#args) && argument.action !== 'help') {
        this.#args[argument.name] = defaultOf(argument)
      }
    }
    this.#classifyAll()
    const last = Math.max(-1, ...this.#written.keys())
    let at = 0
    while (at <= last) at = this.#step(at)
    const end = this.#takePositionals(at)
    this.#unknown.push(...this.#words.slice(end))
    this.#finish()
    return { args: this.#args, unknown: this.#unknown }
  }

  #classifyAll(): void {
    const dashes = this.#words.indexOf('--')
    const end = dashes < 0 ? this.#words.length : dashes
    for (const [index, word] of this.#words.slice(0, end).entries()) {
      const found = classify(word, this.#options)
      if (found !== 'value' && 'ambiguous' in found) {
        this.#refuse(`ambiguous option: ${found.ambiguous} could match ${found.matches.join(', ')}`)
      }
      if (found !== 'value' && 'flag' in found) this.#written.set(index, found)
      this.#pattern += found === 'value' ? 'A' : 'O'
    }
    if (dashes >= 0) this.#pattern += `-${'A'.repeat(this.#words.length - dashes - 1)}`
  }

  #step(from: number): number {
    const next = Math.min(...[...this.#written.keys()].filter((index) => index >= from))
    let at = from
    if (at !== next) {
      const end = this.#takePositionals(at)
      if (end > at) return end
      at = end
    }
    if (!this.#written.has(at)) {
      this.#unknown.push(...this.#words.slice(at, next))
      at = next
    }
    return this.#takeOption(at)
  }

  #takeOption(at: number): number {
    const written = this.#written.get(at)!
    let { argument, flag, explicit } = written
    if (argument === null) {
      this.#unknown.push(this.#words[at]!)
      return at + 1
    }
    const taken: [Argument, readonly string[]][] = []
    while (explicit !== null) {
      const count = this.#count(argument, 'A')
      if (count === 1) {
        taken.push([argument, [explicit]])
        break
      }
      if (count !== 0 || flag.startsWith('--') || explicit === '') this.#ignored(argument, explicit)
      // -qv: a short option without a value, and the next one behind it.
      taken.push([argument, []])
      flag = `-${explicit.charAt(0)}`
      const next = this.#options.get(flag)
      if (!next) this.#ignored(argument, explicit)
      argument = next
      explicit = explicit.length > 1 ? explicit.slice(1) : null
    }
    let end = at + 1
    if (explicit === null) {
      end += this.#count(argument, this.#pattern.slice(end))
      taken.push([argument, this.#words.slice(at + 1, end)])
    }
    for (const [argument, words] of taken) this.#take(argument, words)
    return end
  }

  #ignored(argument: Argument, explicit: string): never {
    this.#refuseFor(argument, `ignored explicit argument ${quoted(explicit)}`)
  }

  /** As many positionals as the words from there allow. */
  #takePositionals(from: number): number {
    const rest = this.#pattern.slice(from)
    let at = from
    for (let length = this.#positionals.length; length > 0; length -= 1) {
      const slice = this.#positionals.slice(0, length)
      const match = new RegExp(`^${slice.map(countPattern).join('')}`).exec(rest)
      if (!match) continue
      for (const [index, argument] of slice.entries()) {
        const count = match[index + 1]!.length
        this.#take(argument, this.#words.slice(at, at + count))
        at += count
      }
      this.#positionals = this.#positionals.slice(length)
      break
    }
    return at
  }

  #count(argument: Argument, pattern: string): number {
    const match = new RegExp(`^${countPattern(argument)}`).exec(pattern)
    if (match) return match[1]!.length
    const expected = { '?': 'at most one argument', '+': 'at least one argument', '*': 'arguments' }
    const { nargs } = argument
    if (nargs === undefined) return this.#refuseFor(argument, 'expected one argument')
    if (typeof nargs === 'number') {
      return this.#refuseFor(argument, `expected ${nargs} ${nargs === 1 ? 'argument' : 'arguments'}`)
    }
    return this.#refuseFor(argument, `expected ${expected[nargs]}`)
  }

  #take(argument: Argument, all: readonly string[]): void {
    this.#seen.add(argument)
    const dashes = all.indexOf('--')
    const words = dashes < 0 ? all : all.toSpliced(dashes, 1)
    const isDefault = !argument.flags && words.length === 0 && (argument.nargs === '?' || argument.nargs === '*')
    const value = isDefault ? this.#defaultValue(argument) : this.#valueOf(argument, words)
    // An option that may stand without a value, and does, excludes nothing.
    if (!isDefault && (value !== undefined || countOf(argument) === 0)) {
      this.#given.add(argument)
      const other = this.#known.find(
        (one) =>
          argument.exclusive !== undefined &&
          one !== argument &&
          one.exclusive === argument.exclusive &&
          this.#given.has(one),
      )
      if (other) this.#refuseFor(argument, `not allowed with argument ${nameOf(other)}`)
    }
    this.#apply(argument, value)
  }

  #apply(argument: Argument, value: Json | undefined): void {
    const { action = 'store', name } = argument
    const before = this.#args[name]
    if (action === 'help') throw new HelpAsked()
    if (action === 'true') this.#args[name] = true
    else if (action === 'false') this.#args[name] = false
    else if (action === 'const') this.#args[name] = argument.const
    else if (action === 'count') this.#args[name] = Number(before ?? 0) + 1
    else if (action === 'append') this.#args[name] = [...(Array.isArray(before) ? before : []), value ?? null]
    else this.#args[name] = value
  }

  #defaultValue(argument: Argument): Json | undefined {
    const value = defaultOf(argument)
    if (typeof value === 'string') return this.#convert(argument, value)
    return argument.nargs === '*' ? (value ?? []) : value
  }

  #valueOf(argument: Argument, words: readonly string[]): Json | undefined {
    const count = countOf(argument)
    if (count === 0) return undefined
    if ((count === undefined || count === '?') && words.length === 1) return this.#convert(argument, words[0]!)
    if (count === '?') return argument.const
    return words.map((word) => this.#convert(argument, word))
  }

  #convert(argument: Argument, word: string): Json {
    const value = this.#typed(argument, word)
    const { choices } = argument
    if (choices && !choices.some((choice) => choice === value)) {
      this.#refuseFor(argument, `invalid choice: ${repr(value)} (choose from ${choices.map(repr).join(', ')})`)
    }
    return value
  }

  #typed(argument: Argument, word: string): Json {
    const { type } = argument
    if (type === undefined) return word
    if (type === 'integer') {
      return integerOf(word) ?? this.#refuseFor(argument, `invalid int value: ${quoted(word)}`)
    }
    if (type === 'float') return floatOf(word) ?? this.#refuseFor(argument, `invalid float value: ${quoted(word)}`)
    try {
      return type(word)
    } catch (error) {
      if (error instanceof BadArgument) this.#refuseFor(argument, error.message)
      throw error
    }
  }

  #finish(): void {
    const missing: string[] = []
    for (const argument of this.#known) {
      if (this.#seen.has(argument)) continue
      if (isRequired(argument)) missing.push(nameOf(argument))
      else if (typeof argument.default === 'string' && this.#args[argument.name] === argument.default) {
        this.#args[argument.name] = this.#typed(argument, argument.default)
      }
    }
    if (missing.length > 0) this.#refuse(`the following arguments are required: ${missing.join(', ')}`)
  }

  #refuseFor(argument: Argument, message: string): never {
    this.#refuse(`argument ${nameOf(argument)}: ${message}`)
  }

  #refuse(message: string): never {
    throw new UsageError(this.#prog, this.#known, message)
  }
}

function defaultOf({ action, default: value }: Argument): Json | undefined {
  if (value !== undefined) return value
  return action === 'true' ? false : action === 'false' ? true : undefined
}

/** How many words it takes, as a pattern over A (a value), O (an option) and - (`--`). */
function countPattern(argument: Argument): string {
  const count = countOf(argument)
  const dashes = argument.flags ? '' : '-*'
  const any = argument.flags ? 'A*' : '[A-]*'
  if (count === undefined) return `(${dashes}A${dashes})`
  if (count === '?') return `(${dashes}A?${dashes})`
  if (count === '*') return `(${dashes}${any})`
  if (count === '+') return `(${dashes}A${any})`
  return `(${dashes}${Array<string>(count).fill('A').join(dashes)}${dashes})`
}

/** As Python reads an int: signs, underscores between digits, spaces around. */
function integerOf(word: string): Json | null {
  if (!/^\s*[+-]?\d+(_\d+)*\s*$/.test(word)) return null
  const value = BigInt(word.trim().replaceAll('_', '').replace(/^\+/, ''))
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : JSON.rawJSON(String(value))
}

function floatOf(word: string): number | null {
  const value = /^\s*[+-]?(\d+(_\d+)*\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(word)
    ? Number(word.replaceAll('_', ''))
    : Number.NaN
  return Number.isNaN(value) ? null : value
}

function repr(value: Json): string {
  return typeof value === 'string' ? quoted(value) : JSON.stringify(value)
}
