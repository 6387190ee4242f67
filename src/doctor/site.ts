/**
 * What is examined: the configuration of one host and what can be asked of it. Connections are opened when a check
 * first needs them, shared by all checks, and closed at the end. Nothing is decided here.
 */
import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { ovs } from '#agents/l2/options.ts'
import { type Clock, systemClock } from '#base/clock.ts'
import { OperatingError } from '#base/errors.ts'
import type { Closeable } from '#base/lifetime.ts'
import { silentLog } from '#base/log.ts'
import { common, database } from '#config/common.ts'
import type { LoadedConfig } from '#config/config.ts'
import type { OptionGroup } from '#config/options.ts'
import { type Ovsdb, openOvsdb } from '#linux/ovsdb/ovsdb.ts'
import { openStore } from '#store/database.ts'
import type { SchemaState } from '#store/schema-state.ts'
import type { Store } from '#store/store.ts'
import { parseUrl } from '#store/url.ts'
import { openTrial, type Trial } from './trial.ts'

/** The processes a host may be configured for. */
export const ROLES = ['server', 'openvswitch', 'dhcp', 'l3', 'metadata'] as const
export type Role = (typeof ROLES)[number]

export interface Warning {
  readonly event: string
  readonly fields: { readonly [field: string]: unknown }
}

export interface SiteOptions {
  readonly config: LoadedConfig
  readonly roles: ReadonlySet<Role>
  /** Every declared group: which options are secrets. */
  readonly groups: readonly OptionGroup[]
  /** What the reading of the configuration warned about. */
  readonly warnings: readonly Warning[]
  /** How the database stands with the code, as whoever knows the migrations tells it. */
  readonly readSchema: (store: Store) => Promise<SchemaState>
  /** The command that starts a process of this host anew. */
  readonly restart: (role: Role) => string
  /** Why a process would not start over that configuration. */
  readonly refusals?: readonly string[]
  readonly clock?: Clock
}

export interface Site extends Required<SiteOptions>, Closeable {
  /** Texts that are never shown. */
  readonly secrets: readonly string[]
  /** The name this host reports. */
  readonly host: string
  /** The switch of this host. @throws OperatingError when it cannot be reached. */
  ovsdb(): Promise<Ovsdb>
  /** The server's database. @throws when it cannot be reached; a SQLite file is never made. */
  store(): Promise<Store>
  /** A switch of our own, to try things in. @throws OperatingError when it does not start. */
  trial(): Promise<Trial>
}

const SECRET_CHARS_MIN = 4
const OVSDB_MS_MAX = 5_000

export function openSite(options: SiteOptions): Site {
  const { config, groups } = options
  const closing: Closeable[] = []
  const once = <T extends Closeable>(open: () => Promise<T>) => {
    let opened: Promise<T> | null = null
    return () => {
      opened ??= open().then((item) => {
        closing.push(item)
        return item
      })
      return opened
    }
  }
  const switching = config.of(ovs)
  return {
    refusals: [],
    clock: systemClock,
    ...options,
    host: config.of(common).host,
    secrets: secretsOf(config, groups),
    ovsdb: once(() => openOvsdb({ connection: switching.ovsdb_connection, log: silentLog, timeoutMs: OVSDB_MS_MAX })),
    store: once(async () => {
      const url = config.of(database).connection
      const parsed = parseUrl(url)
      if (parsed.dialect === 'sqlite' && (parsed.path === null || !existsSync(parsed.path))) {
        throw new OperatingError(`there is no file ${parsed.path ?? '(in memory)'}`)
      }
      return await openStore(url, { log: silentLog, clock: systemClock, poolSize: 2 })
    }),
    trial: once(() => openTrial(config.files.length > 0 ? switching.datapath_type : datapathHere())),
    async close() {
      for (const item of closing.splice(0)) await item.close().catch(() => {})
    },
  }
}

/** Where nothing says which: the kernel's, if it is there. */
function datapathHere(): string {
  return existsSync('/sys/module/openvswitch') ? 'system' : 'netdev'
}

/** Values of options marked as secret. A short one would hide half of a text, and is none. */
function secretsOf(config: LoadedConfig, groups: readonly OptionGroup[]): string[] {
  const values = groups.flatMap((group) => {
    const read = config.of(group) as { readonly [name: string]: unknown }
    return Object.entries(group.options).flatMap(([name, { secret }]) => (secret ? [read[name]] : []))
  })
  return values.filter(
    (value): value is string =>
      typeof value === 'string' && value.length >= SECRET_CHARS_MIN && !/^\w+:\/\//.test(value),
  )
}

/** By the names operators know the files by. */
const FILES: { readonly [file: string]: readonly Role[] } = {
  'ml2_conf.ini': ['server'],
  'plugin.ini': ['server'],
  'neutron-server.conf': ['server'],
  'openvswitch_agent.ini': ['openvswitch'],
  'dhcp_agent.ini': ['dhcp'],
  'l3_agent.ini': ['l3'],
  'metadata_agent.ini': ['metadata'],
}

/** What a host with these configuration files is for; with files of names nobody knows, anything. Pure. */
export function rolesOf(files: readonly string[]): Set<Role> {
  const roles = new Set(files.flatMap((file) => FILES[basename(file)] ?? []))
  const isPlain = files.every((file) => basename(file) === 'neutron.conf')
  return roles.size === 0 && !isPlain ? new Set(ROLES) : roles
}

/** For `applies`: null when this host is configured for one of the roles. */
export function hasRole(site: Site, ...roles: readonly Role[]): string | null {
  if (roles.some((role) => site.roles.has(role))) return null
  return `no configuration of ${roles.map((role) => (role === 'server' ? 'neutron-server' : `neutron-${role}-agent`)).join(', ')} was read`
}
