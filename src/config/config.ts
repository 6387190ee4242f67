/**
 * Loads a process's configuration: finds and reads the files, checks every declared option at once, says what it does
 * not know, and answers typed values from then on. What one value is, is decided in resolve.ts.
 * Source: oslo.config's behaviour, except that it stays silent where this warns: at names nobody reads.
 */
import { readFileSync, statSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { type Log, silentLog } from '#base/log.ts'
import { type Arguments, defaultSources, filesOf, parseArguments, type Source } from './arguments.ts'
import { common } from './common.ts'
import { ConfigError } from './errors.ts'
import { inertReason, isInertSection } from './inert.ts'
import type { Config, OptionGroup, Values } from './options.ts'
import { type ParsedFile, parse, sectionName } from './parse.ts'
import { type Deprecation, type Inputs, Resolver } from './resolve.ts'

export { ConfigError } from './errors.ts'

/** Values by section and option, as a program that embeds this gives them. */
export type PlainValues = Inputs['values']

export interface LoadOptions {
  /** Every group that anyone declares (discover.ts finds them): what is not among them is warned about. */
  readonly groups: readonly OptionGroup[]
  /** The command line; `--config-file` and `--config-dir` name the files. */
  readonly argv?: readonly string[]
  /** The files, in place of those the command line or the search would name. */
  readonly sources?: readonly Source[]
  /** Values that beat everything. */
  readonly values?: PlainValues
  /** As in `neutron-server`: also looks for `neutron-server.conf`. */
  readonly program?: string
  readonly env?: Inputs['env']
  readonly log?: Log
}

export interface LoadedConfig extends Config {
  /** The files that were read, in reading order. */
  readonly files: readonly string[]
  /** Words of the command line that are no configuration. */
  readonly rest: readonly string[]
  /**
   * Reads the files again: options marked mutable take their new values, changes of others are logged and ignored.
   * Answers the names that changed. @throws ConfigError, and then nothing has changed.
   */
  reload(): readonly string[]
  /** Calls back after each reload that changed something; answers how to stop it. */
  onReload(run: () => void): () => void
}

const FILE_BYTES_MAX = 4 * 1024 * 1024

/** @throws ConfigError with file, line, option and reason: the process must not start. */
export function loadConfig(options: LoadOptions): LoadedConfig {
  return new FileConfig(options)
}

/** A configuration from plain values, defaults for the rest; reads no file and no environment. */
export function configOf(values: PlainValues = {}, groups: readonly OptionGroup[] = []): LoadedConfig {
  return loadConfig({ groups, values, sources: [], env: {} })
}

/** The group's defaults, with references replaced. For tests. */
export function defaultsOf<Group extends OptionGroup>(group: Group): Values<Group> {
  return configOf({}, [group]).of(group) as Values<Group>
}

class FileConfig implements LoadedConfig {
  readonly #options: LoadOptions
  readonly #arguments: Arguments
  readonly #log: Log
  readonly #listeners = new Set<() => void>()
  readonly #deprecationsSeen = new Set<string>()
  #groups: readonly OptionGroup[]
  #resolver: Resolver
  #values: Map<string, unknown>
  files: readonly string[] = []

  constructor(options: LoadOptions) {
    const env = options.env ?? process.env
    this.#options = options
    this.#log = options.log ?? silentLog
    this.#arguments = parseArguments(options.argv ?? [], env)
    this.#groups = [common, ...options.groups]
    const inputs = this.#read()
    this.#resolver = this.#resolverOf(inputs)
    this.#values = this.#valuesOf(this.#groups, this.#resolver)
    this.#warnOfUnknown(inputs.files)
  }

  get rest(): readonly string[] {
    return this.#arguments.rest
  }

  of<Options extends OptionGroup['options']>(group: { readonly section: string; readonly options: Options }) {
    const values = Object.entries(group.options).map(([name, option]) => {
      const key = keyOf(group.section, name)
      if (!this.#values.has(key)) {
        this.#resolver.declare(group)
        this.#groups = [...this.#groups, group]
        this.#values.set(key, this.#resolver.value(group.section, name, option))
      }
      return [name, this.#values.get(key)]
    })
    return Object.freeze(Object.fromEntries(values)) as Values<{ section: string; options: Options }>
  }

  reload(): readonly string[] {
    const resolver = this.#resolverOf(this.#read())
    const values = this.#valuesOf(this.#groups, resolver)
    const changed: string[] = []
    for (const { section, options } of this.#groups) {
      for (const [name, option] of Object.entries(options)) {
        const key = keyOf(section, name)
        const [before, after] = [this.#values.get(key), values.get(key)]
        if (isDeepStrictEqual(before, after)) continue
        if (option.mutable) changed.push(`[${section}] ${name}`)
        else {
          values.set(key, before)
          this.#log.warn('option changed but ignored until a restart', { section, option: name })
        }
      }
    }
    this.#resolver = resolver
    this.#values = values
    this.#log.info('configuration read again', { files: this.files, changed })
    if (changed.length > 0) for (const run of this.#listeners) run()
    return changed
  }

  onReload(run: () => void): () => void {
    this.#listeners.add(run)
    return () => void this.#listeners.delete(run)
  }

  #read(): Inputs {
    const { sources, values = {}, program } = this.#options
    const env = this.#options.env ?? process.env
    const named = sources ?? this.#arguments.sources
    const surroundings = program === undefined ? { env } : { env, program }
    const search = sources === undefined && named.length === 0
    this.files = filesOf(search ? defaultSources(surroundings) : named)
    return { values, overrides: this.#arguments.overrides, env, files: this.files.map(readFile) }
  }

  #resolverOf(inputs: Inputs): Resolver {
    return new Resolver(this.#groups, inputs, ({ old, use, place }: Deprecation) => {
      const key = keyOf(old.section, old.name)
      if (this.#deprecationsSeen.has(key)) return
      this.#deprecationsSeen.add(key)
      const text = `option "${old.name}" from group "${old.section}" is deprecated, use option "${use.name}" from group "${use.section}"`
      this.#log.warn('deprecated option', { ...place, text })
    })
  }

  #valuesOf(groups: readonly OptionGroup[], resolver: Resolver): Map<string, unknown> {
    return new Map(
      groups.flatMap(({ section, options }) =>
        Object.entries(options).map(
          ([name, option]) => [keyOf(section, name), resolver.value(section, name, option)] as const,
        ),
      ),
    )
  }

  /** A typing error has no effect; so it is said. */
  #warnOfUnknown(files: readonly ParsedFile[]): void {
    const known = new Map<string, Set<string>>()
    const add = (section: string, name: string) =>
      known.set(sectionName(section), (known.get(sectionName(section)) ?? new Set()).add(name))
    for (const { section, options } of this.#groups) {
      for (const [name, option] of Object.entries(options)) {
        add(section, name)
        for (const old of option.deprecated ?? []) add(old.section ?? section, old.name)
      }
    }
    for (const { path: file, assignments, sections } of files) {
      for (const [section, line] of sections) {
        if (known.has(section) || isInertSection(section) || section === 'DEFAULT') continue
        this.#log.warn('unknown section', { file, line, section })
      }
      for (const { section, name: option, line } of assignments) {
        if (known.get(section)?.has(option)) continue
        const reason = inertReason(section, option)
        if (reason !== null) this.#log.warn('option without effect', { file, line, section, option, reason })
        else if (known.has(section) || isInertSection(section)) {
          this.#log.warn('unknown option', { file, line, section, option })
        }
      }
    }
  }
}

function keyOf(section: string, name: string): string {
  return `${sectionName(section)}\n${name}`
}

function readFile(path: string): ParsedFile {
  const place = { file: path, line: null }
  const status = statSync(path, { throwIfNoEntry: false })
  if (status === undefined) throw new ConfigError(place, null, 'no such configuration file')
  if (status.size > FILE_BYTES_MAX) throw new ConfigError(place, null, `larger than ${FILE_BYTES_MAX} bytes`)
  try {
    return parse(path, new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path)))
  } catch (error) {
    if (error instanceof ConfigError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new ConfigError(place, null, `cannot be read: ${reason}`, { cause: error })
  }
}
