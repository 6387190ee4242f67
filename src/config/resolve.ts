/**
 * Finds the value of one option among everything that may give it, replaces `$names` in it and gives it its type. Reads
 * nothing itself: it is handed parsed files, the environment and the command line's texts.
 * Source: oslo.config: precedence, deprecated names, template substitution.
 */
import { pythonRepr } from '#base/errors.ts'
import type { Json } from '#base/json.ts'
import { ConfigError, type Place } from './errors.ts'
import type { Option, OptionGroup } from './options.ts'
import { type ParsedFile, sectionName } from './parse.ts'
import { BadValue, typedValue } from './values.ts'

export interface Name {
  readonly section: string
  readonly name: string
}

/** Everything that may give a value, weakest last. */
export interface Inputs {
  /** Values set by the program that embeds this: taken as they are. */
  readonly values: { readonly [section: string]: { readonly [option: string]: unknown } }
  /** Texts of `[DEFAULT]` options from the command line. */
  readonly overrides: ReadonlyMap<string, string>
  readonly env: { readonly [name: string]: string | undefined }
  /** In reading order: a later one is stronger. */
  readonly files: readonly ParsedFile[]
}

/** An old name in use. */
export interface Deprecation {
  readonly old: Name
  readonly use: Name
  readonly place: Place
}

interface Raw {
  readonly texts: readonly string[]
  readonly place: Place
}

const REFERENCE = /\$(?:(\$)|([_a-z][._a-z0-9]*)|\{([_a-z][._a-z0-9]*)\})/gi
const NOWHERE: Place = { file: 'default', line: null }

export class Resolver {
  readonly #index = new Map<string, Map<string, Option<unknown>>>()
  readonly #inputs: Inputs
  readonly #onDeprecated: (deprecation: Deprecation) => void
  readonly #resolving: string[] = []

  constructor(groups: readonly OptionGroup[], inputs: Inputs, onDeprecated: (deprecation: Deprecation) => void) {
    this.#inputs = inputs
    this.#onDeprecated = onDeprecated
    for (const group of groups) this.declare(group)
  }

  /** Makes the group's options known to references. @throws Error when a name is declared twice, differently. */
  declare({ section, options }: OptionGroup): void {
    const known = this.#index.get(sectionName(section)) ?? new Map<string, Option<unknown>>()
    this.#index.set(sectionName(section), known)
    for (const [name, option] of Object.entries(options)) {
      const other = known.get(name)
      if (other !== undefined && other !== option) throw new Error(`[${section}] ${name} is declared twice`)
      known.set(name, option)
    }
  }

  /** The option's value, of its type. @throws ConfigError with the place and the reason when it is refused. */
  value(section: string, name: string, option: Option<unknown>): unknown {
    const given = this.#inputs.values[section]
    if (given && Object.hasOwn(given, name)) return this.#given(given[name], section, name, option)

    const key = `[${section}] ${name}`
    const raw = this.#raw(section, name, option)
    const place = raw?.place ?? NOWHERE
    if (this.#resolving.includes(key)) {
      throw new ConfigError(place, key, `refers to itself: ${[...this.#resolving, key].join(' -> ')}`)
    }
    this.#resolving.push(key)
    try {
      if (raw === null) return this.#substituteAll(option.default, section)
      return typedValue(
        option,
        raw.texts.map((text) => this.#substitute(text, section)),
      )
    } catch (error) {
      if (error instanceof BadValue) throw refusal(place, key, option, error)
      throw error
    } finally {
      this.#resolving.pop()
    }
  }

  #given(value: unknown, section: string, name: string, option: Option<unknown>): unknown {
    try {
      if (typeof value === 'string' && option.type !== 'string') return typedValue(option, [value])
      const reason = value === null ? null : (option.check?.(value) ?? null)
      if (reason !== null) throw new BadValue(reason)
      return value
    } catch (error) {
      if (!(error instanceof BadValue)) throw error
      throw refusal({ file: 'given values', line: null }, `[${section}] ${name}`, option, error)
    }
  }

  #raw(section: string, name: string, option: Option<unknown>): Raw | null {
    const override = section === 'DEFAULT' ? this.#inputs.overrides.get(name) : undefined
    if (override !== undefined) return { texts: [override], place: { file: 'command line', line: null } }
    const variable = `OS_${section.toUpperCase()}__${name.toUpperCase()}`
    const fromEnv = this.#inputs.env[variable]
    if (fromEnv !== undefined) return { texts: [fromEnv], place: { file: `environment ${variable}`, line: null } }
    return this.#fromFiles(section, name, option)
  }

  /** The newest file that has any of the names decides; within it the newest name. `multi` takes from all of them. */
  #fromFiles(section: string, name: string, option: Option<unknown>): Raw | null {
    const names = [{ section, name }, ...(option.deprecated ?? []).map((old) => ({ section, ...old }))]
    let found = null as Raw | null
    for (const file of this.#inputs.files.toReversed()) {
      for (const [age, candidate] of names.entries()) {
        const wanted = sectionName(candidate.section)
        const lines = file.assignments.filter((item) => item.section === wanted && item.name === candidate.name)
        const last = lines.at(-1)
        if (last === undefined) continue
        const place = { file: file.path, line: last.line }
        if (age > 0) this.#onDeprecated({ old: candidate, use: names[0]!, place })
        const texts = lines.map(({ value }) => value)
        // An earlier line that a later one replaces is not even looked at: it may refer to the option itself.
        if (option.type !== 'multi') return { texts: texts.slice(-1), place }
        found = { texts: [...texts, ...(found?.texts ?? [])], place: found?.place ?? place }
      }
    }
    return found
  }

  #substituteAll(value: unknown, section: string): unknown {
    if (typeof value === 'string') return this.#substitute(value, section)
    if (Array.isArray(value)) return value.map((item) => this.#substituteAll(item, section))
    if (typeof value !== 'object' || value === null) return value
    const entries = Object.entries(value).map(([key, item]) => [
      this.#substitute(key, section),
      this.#substituteAll(item, section),
    ])
    return Object.fromEntries(entries)
  }

  #substitute(text: string, section: string): string {
    if (!text.includes('$')) return text
    return text
      .replaceAll('\\$', '$$$$')
      .replace(REFERENCE, (whole, dollar?: string, bare?: string, braced?: string) => {
        if (dollar !== undefined) return '$'
        const target = this.#find(bare ?? braced ?? '', section)
        return target === null ? whole : printed(target.option, this.value(target.section, target.name, target.option))
      })
  }

  /** `name`: of the same section, then of DEFAULT; `section.name`: of that section. Null when nothing has the name. */
  #find(reference: string, section: string): (Name & { readonly option: Option<unknown> }) | null {
    const dot = reference.indexOf('.')
    const within = dot < 0 ? section : sectionName(reference.slice(0, dot))
    const name = reference.slice(dot + 1)
    const option = this.#index.get(sectionName(within))?.get(name)
    if (option) return { section: within, name, option }
    const common = this.#index.get('DEFAULT')?.get(reference)
    return common ? { section: 'DEFAULT', name: reference, option: common } : null
  }
}

/** As Python prints it: upstream's values are made that way. */
function printed({ type }: Option<unknown>, value: unknown): string {
  if (value === null) return ''
  if (type === 'float' && Number.isInteger(value)) return `${Object.is(value, -0) ? '-0' : String(value)}.0`
  return typeof value === 'string' ? value : pythonRepr(value as Json)
}

/** A secret's reason would hold its value. */
function refusal(place: Place, key: string, option: Option<unknown>, error: BadValue): ConfigError {
  return new ConfigError(place, key, option.secret ? 'the value is refused' : error.message, { cause: error })
}
