/**
 * Reads a configuration as the processes do, but to the end: a process stops at the first option it cannot take, the
 * doctor names them all, assumes their defaults and goes on.
 */
import { type Log, silentLog } from '#base/log.ts'
import type { Source } from '#config/arguments.ts'
import { ConfigError, type LoadedConfig, loadConfig } from '#config/config.ts'
import type { Option, OptionGroup } from '#config/options.ts'
import type { Warning } from './site.ts'

export interface ReadConfiguration {
  /** Empty, with defaults alone, when the files could not be read at all. */
  readonly config: LoadedConfig
  /** Why a process would not start over it. */
  readonly refusals: readonly string[]
  /** Whether the files could be read at all. */
  readonly readable: boolean
  readonly groups: readonly OptionGroup[]
  readonly warnings: readonly Warning[]
}

/** Never throws ConfigError: what is wrong is part of the answer. */
export function readConfiguration(groups: readonly OptionGroup[], sources: readonly Source[]): ReadConfiguration {
  const refusals: string[] = []
  const assumed = new Map<string, Map<string, unknown>>()
  for (;;) {
    const warnings: Warning[] = []
    const log: Log = {
      ...silentLog,
      warn: (event, fields = {}) => void warnings.push({ event, fields }),
      child: () => log,
    }
    try {
      const values = Object.fromEntries([...assumed].map(([section, named]) => [section, Object.fromEntries(named)]))
      return { config: loadConfig({ groups, sources, values, log }), refusals, readable: true, groups, warnings }
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      refusals.push(error.message)
      const bad = optionOf(error.option, groups)
      if (bad === null || assumed.get(bad.section)?.has(bad.name)) {
        return { config: loadConfig({ groups, sources: [], env: {} }), refusals, readable: false, groups, warnings }
      }
      const named = assumed.get(bad.section) ?? new Map<string, unknown>()
      assumed.set(bad.section, named.set(bad.name, bad.option.default))
    }
  }
}

interface Declared {
  readonly section: string
  readonly name: string
  readonly option: Option<unknown>
}

/** `[section] name` as it is declared; null when the fault is not one option's. */
function optionOf(text: string | null, groups: readonly OptionGroup[]): Declared | null {
  const [, section = '', name = ''] = /^\[([^\]]+)\] (\S+)$/.exec(text ?? '') ?? []
  const option = groups.find((group) => group.section === section && name in group.options)?.options[name]
  return option === undefined ? null : { section, name, option }
}
