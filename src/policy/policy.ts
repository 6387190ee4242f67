/**
 * Who may do what: default rules overlaid with the operator's files, answered as conditions on rows. Knows neither HTTP
 * nor SQL; the language is in language.ts, what a rule is worth for somebody in evaluate.ts.
 * Source: oslo.policy (files, default rule, overriding); Neutron's `context_is_admin`.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { type Clock, systemClock } from '#base/clock.ts'
import type { Credentials } from '#base/credentials.ts'
import { type Log, silentLog } from '#base/log.ts'
import type { Predicate } from '#base/predicate.ts'
import { ConfigError } from '#config/errors.ts'
import type { Config } from '#config/options.ts'
import type { Extension } from '#resource/definition.ts'
import { baseRules } from './base.ts'
import { conditionOf, ruleNamed, type Scope } from './evaluate.ts'
import { grantsOf, kindsOf, parentsOf } from './kinds.ts'
import { type Check, parseRule, RuleSyntaxError } from './language.ts'
import { osloPolicy } from './options.ts'
import { parseRuleFile, RuleFileError, type WrittenRule } from './rule-file.ts'

/** A rule in oslo.policy's language; text, or lists of lists as old files have them. */
export interface PolicyRule {
  readonly name: string
  readonly rule: string
}

export interface Policy {
  /** The rule's condition on a row for those credentials. A name without a rule is decided by the default rule. */
  compile(name: string, credentials: Credentials): Predicate
  /** Whether that very name has a rule. */
  has(name: string): boolean
  isAdmin(credentials: Credentials): boolean
}

export interface PolicyOptions {
  /** The features' rules; the base rules need not be among them. */
  readonly defaults: readonly PolicyRule[]
  readonly config: Config
  /** Files of rules that replace defaults, in place of those that `[oslo_policy]` names. */
  readonly files?: readonly string[]
  /** Where a relative policy_file is looked for. By default the directories of the configuration files. */
  readonly search?: readonly string[]
  /** What is loaded, so that a rule about an attribute that is not there never reaches a statement. */
  readonly extensions?: readonly Extension[]
  readonly log?: Log
  readonly clock?: Clock
}

const COMPILED_MAX = 20_000
const LOOK_EVERY_MS = 1_000
const FILE_BYTES_MAX = 4 * 1024 * 1024

/** @throws ConfigError with file, line and rule when a file cannot be understood: the process must not start. */
export function createPolicy(options: PolicyOptions): Policy {
  return new FilePolicy(options)
}

class FilePolicy implements Policy {
  readonly #options: PolicyOptions
  readonly #log: Log
  readonly #clock: Clock
  readonly #defaults: ReadonlyMap<string, Check>
  readonly #world: Omit<Scope, 'rules' | 'defaultRule'>
  readonly #defaultRule: string
  readonly #compiled = new Map<string, Predicate>()
  readonly #keys = new WeakMap<Credentials, string>()
  #scope: Scope
  #stamp: string
  #lookedAt: number

  constructor(options: PolicyOptions) {
    this.#options = options
    this.#log = options.log ?? silentLog
    this.#clock = options.clock ?? systemClock
    const extensions = options.extensions ?? []
    this.#world = { kindOf: kindsOf(extensions), parentOf: parentsOf(extensions), grantOf: grantsOf(extensions) }
    this.#defaultRule = options.config.of(osloPolicy).policy_default_rule
    const rules = [...baseRules, ...options.defaults]
    this.#defaults = new Map(rules.map(({ name, rule }) => [name, parseRule(rule)]))
    this.#lookedAt = this.#clock.now()
    const files = this.#files()
    this.#stamp = stampOf(files)
    this.#scope = this.#load(files)
  }

  compile(name: string, credentials: Credentials): Predicate {
    this.#look()
    const key = `${name}\n${this.#keyOf(credentials)}`
    const known = this.#compiled.get(key)
    if (known) return known
    const predicate = conditionOf(this.#scope, name, credentials, this.isAdmin(credentials))
    // The oldest goes: the callers of now are compiled again soon, those of yesterday never.
    if (this.#compiled.size >= COMPILED_MAX) this.#compiled.delete(this.#compiled.keys().next().value!)
    this.#compiled.set(key, predicate)
    return predicate
  }

  has(name: string): boolean {
    this.#look()
    return this.#scope.rules.has(name)
  }

  isAdmin(credentials: Credentials): boolean {
    if (credentials.isAdmin !== undefined) return credentials.isAdmin
    this.#look()
    return conditionOf(this.#scope, 'context_is_admin', credentials, false).op === 'true'
  }

  #keyOf(credentials: Credentials): string {
    const known = this.#keys.get(credentials)
    if (known !== undefined) return known
    const { userId, projectId, projectName, roles, isAdmin } = credentials
    const key = JSON.stringify([userId, projectId, projectName, roles, isAdmin])
    this.#keys.set(credentials, key)
    return key
  }

  /** Files that changed are read again. A bad one changes nothing, and is said. */
  #look(): void {
    const now = this.#clock.now()
    if (now - this.#lookedAt < LOOK_EVERY_MS && now >= this.#lookedAt) return
    this.#lookedAt = now
    try {
      const files = this.#files()
      const stamp = stampOf(files)
      if (stamp === this.#stamp) return
      this.#stamp = stamp
      this.#scope = this.#load(files)
      this.#compiled.clear()
      this.#log.info('policy read again', { files })
    } catch (error) {
      this.#log.error('policy not read again: the rules before hold', { error })
    }
  }

  #load(files: readonly string[]): Scope {
    const rules = new Map(this.#defaults)
    for (const path of files) {
      for (const [name, { rule, line }] of readRules(path)) {
        try {
          rules.set(name, parseRule(rule))
        } catch (error) {
          if (!(error instanceof RuleSyntaxError)) throw error
          throw new ConfigError({ file: path, line }, `rule "${name}"`, error.message, { cause: error })
        }
      }
    }
    const scope = { rules, defaultRule: this.#defaultRule, ...this.#world }
    refuseCycles(scope, files.at(-1) ?? 'default')
    return scope
  }

  #files(): string[] {
    if (this.#options.files) return [...this.#options.files]
    const { policy_file, policy_dirs } = this.#options.config.of(osloPolicy)
    const find = (path: string) => this.#candidates(path).find((candidate) => statOf(candidate) !== undefined)
    const isDefault = policy_file === osloPolicy.options.policy_file.default
    const main = find(policy_file) ?? (isDefault ? find('policy.json') : undefined)
    if (main === undefined && !isDefault) {
      throw new ConfigError({ file: policy_file, line: null }, '[oslo_policy] policy_file', 'no such file')
    }
    const more = policy_dirs.map(find).filter((path) => path !== undefined)
    return [...(main === undefined ? [] : [main]), ...more.flatMap(ruleFilesIn)]
  }

  #candidates(path: string): string[] {
    if (isAbsolute(path)) return [path]
    const { config, search } = this.#options
    const read = 'files' in config && Array.isArray(config.files) ? (config.files as readonly string[]) : []
    return (search ?? [...new Set([...read.map((file) => dirname(file)), '/etc/neutron'])]).map((dir) =>
      join(dir, path),
    )
  }
}

/** What is in a folder closed to this user is not there, as for oslo.config's search. */
function statOf(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return undefined
    throw error
  }
}

function ruleFilesIn(directory: string): string[] {
  if (!statOf(directory)?.isDirectory()) return []
  return readdirSync(directory)
    .filter((name) => !name.startsWith('.'))
    .sort()
    .map((name) => join(directory, name))
    .filter((path) => statOf(path)?.isFile() ?? false)
}

/** Changes when any of the files does. */
function stampOf(files: readonly string[]): string {
  return files.map((path) => `${path} ${statOf(path)?.mtimeMs} ${statOf(path)?.size}`).join('\n')
}

function readRules(path: string): ReadonlyMap<string, WrittenRule> {
  try {
    if ((statOf(path)?.size ?? 0) > FILE_BYTES_MAX) throw new Error(`larger than ${FILE_BYTES_MAX} bytes`)
    return parseRuleFile(readFileSync(path, 'utf8'))
  } catch (error) {
    const line = error instanceof RuleFileError ? error.line : null
    const reason = error instanceof Error ? error.message : String(error)
    throw new ConfigError({ file: path, line }, null, reason, { cause: error })
  }
}

/** @throws ConfigError when a rule refers to itself by way of others. */
function refuseCycles(scope: Scope, file: string): void {
  const done = new Set<string>()
  const visit = (name: string, path: readonly string[]): void => {
    if (path.includes(name)) {
      const cycle = [...path.slice(path.indexOf(name)), name].join(' -> ')
      throw new ConfigError({ file, line: null }, `rule "${name}"`, `refers to itself: ${cycle}`)
    }
    if (done.has(name)) return
    const check = ruleNamed(scope, name)
    for (const reference of check === null ? [] : referencesOf(check)) visit(reference, [...path, name])
    done.add(name)
  }
  for (const name of scope.rules.keys()) visit(name, [])
}

function referencesOf(check: Check): string[] {
  if (check.kind === 'rule') return [check.name]
  if (check.kind === 'and' || check.kind === 'or') return check.of.flatMap(referencesOf)
  return check.kind === 'not' ? referencesOf(check.of) : []
}
