/**
 * Which files a process reads and what its command line sets: `--config-file`, `--config-dir`, the common flags, and
 * the search for default files when none is named. Asks the file system only whether files exist.
 * Source: oslo.config, "Option values in config files"; oslo.log's command line options.
 */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ConfigError, type Place } from './errors.ts'

/** A file, or a directory whose `*.conf` are read in the order of their names. */
export interface Source {
  readonly kind: 'file' | 'dir'
  readonly path: string
  /** A directory that was only looked for may be missing. */
  readonly optional?: true
}

export interface Arguments {
  /** In the order of the command line; empty when neither a file nor a directory is named. */
  readonly sources: readonly Source[]
  /** Texts of `[DEFAULT]` options, by name. */
  readonly overrides: ReadonlyMap<string, string>
  /** What this reader does not know (`--help`, `--version`, words), in order. */
  readonly rest: readonly string[]
}

export interface Surroundings {
  readonly env: { readonly [name: string]: string | undefined }
  /** As in `neutron-server`: `neutron-server.conf` is looked for beside `neutron.conf`. */
  readonly program?: string
}

const COMMAND_LINE: Place = { file: 'command line', line: null }
const FLAGS: ReadonlyMap<string, string> = new Map([
  ['debug', 'debug'],
  ['use-json', 'use_json'],
  ['use-syslog', 'use_syslog'],
  ['use-journal', 'use_journal'],
  ['watch-log-file', 'watch_log_file'],
])
const VALUED: ReadonlyMap<string, string> = new Map([
  ['log-file', 'log_file'],
  ['logfile', 'log_file'],
  ['log-dir', 'log_dir'],
  ['logdir', 'log_dir'],
  ['log-config-append', 'log_config_append'],
  ['log-date-format', 'log_date_format'],
  ['syslog-log-facility', 'syslog_log_facility'],
  ['state_path', 'state_path'],
  ['state-path', 'state_path'],
])

/** Pure. @throws ConfigError when an option that needs a value has none. */
export function parseArguments(argv: readonly string[], env: Surroundings['env']): Arguments {
  const sources: Source[] = []
  const overrides = new Map<string, string>()
  const rest: string[] = []
  const words = [...argv]

  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const [flag = '', ...given] = word === '-d' ? ['--debug'] : word.split('=')
    const name = flag.replace(/^--/, '')
    const value = () => {
      const text = given.length > 0 ? given.join('=') : words.shift()
      if (text === undefined) throw new ConfigError(COMMAND_LINE, flag, 'expected one argument')
      return text
    }
    if (!flag.startsWith('--')) rest.push(word)
    else if (name === 'config-file') sources.push({ kind: 'file', path: absolute(value(), env) })
    else if (name === 'config-dir') sources.push({ kind: 'dir', path: absolute(value(), env) })
    else if (VALUED.has(name)) overrides.set(VALUED.get(name)!, value())
    else if (FLAGS.has(name)) overrides.set(FLAGS.get(name)!, 'true')
    else if (FLAGS.has(name.replace(/^no/, ''))) overrides.set(FLAGS.get(name.replace(/^no/, ''))!, 'false')
    else rest.push(word)
  }
  return { sources, overrides, rest }
}

/** The files that are read when the command line names none: of each name the first one found. */
export function defaultSources({ env, program }: Surroundings): Source[] {
  const names = program === undefined || program === 'neutron' ? ['neutron'] : ['neutron', program]
  const home = env.HOME ?? '/'
  const places = [join(home, '.neutron'), home, '/etc/neutron', '/etc']
  const find = (name: string) => places.map((place) => join(place, name)).find((path) => existsSync(path))
  const found = (extension: string) =>
    names.map((name) => find(`${name}${extension}`)).filter((path) => path !== undefined)
  return [
    ...found('.conf').map((path): Source => ({ kind: 'file', path })),
    ...found('.conf.d').map((path): Source => ({ kind: 'dir', path, optional: true })),
  ]
}

/** The files of the sources, in reading order. @throws ConfigError naming a file or directory that is not there. */
export function filesOf(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => {
    if (source.kind === 'file') return [source.path]
    if (!isDirectory(source.path)) {
      if (source.optional) return []
      throw new ConfigError({ file: source.path, line: null }, null, 'no such configuration directory')
    }
    const names = readdirSync(source.path).filter((name) => name.endsWith('.conf') && !name.startsWith('.'))
    return names.sort(byCodePoint).map((name) => join(source.path, name))
  })
}

function byCodePoint(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

function absolute(path: string, env: Surroundings['env']): string {
  return resolve(path.replace(/^~(?=\/|$)/, env.HOME ?? '~'))
}
