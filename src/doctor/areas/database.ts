/** The server's database: whether it answers, whose schema it has, whether it has room for the server's connections. */
import { accessSync, constants, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { sql } from 'kysely'
import { database as databaseOptions } from '#config/common.ts'
import { textOf } from '#doctor/examine.ts'
import type { Check, Verdict } from '#doctor/finding.ts'
import { good, lacking, note } from '#doctor/finding.ts'
import { hasRole, type Site } from '#doctor/site.ts'
import { listed, manageCommand, refusalOf, standingOf } from '#store/schema-state.ts'
import type { Store } from '#store/store.ts'
import { parseUrl } from '#store/url.ts'

const MIB = 1024 ** 2
/** What the server opens beside its pool. */
const CONNECTIONS_BESIDE = 3
const FULL_SHARE = 0.9

const server = (site: Site) => hasRole(site, 'server')

export const database: readonly Check[] = [
  {
    area: 'database',
    subject: 'connection',
    why: 'The server does not start without its database, and answers 503 when it loses it.',
    applies: server,
    check: connection,
  },
  {
    area: 'database',
    subject: 'schema',
    why: 'A server does not start on a schema it does not know.',
    applies: server,
    check: schema,
  },
  {
    area: 'database',
    subject: 'connections',
    why: 'A server that gets no connection answers 503.',
    applies: server,
    check: connections,
  },
]

async function connection(site: Site, signal: AbortSignal): Promise<Verdict> {
  const url = site.config.of(databaseOptions).connection
  const where = placeOf(url)
  const started = performance.now()
  try {
    const store = await site.store()
    const version = await versionOf(store, signal)
    const ms = Math.round(performance.now() - started)
    const file = store.dialect === 'sqlite' ? fileOf(url) : null
    return file?.state === 'lacking'
      ? file
      : good(`${version} ${where}, after ${ms} ms${file ? `; ${file.evidence}` : ''}`)
  } catch (error) {
    return lacking(`${where}: ${textOf(error)}`, mendOf(url, site), 'whoever runs the database')
  }
}

async function versionOf(store: Store, signal: AbortSignal): Promise<string> {
  const asked = store.dialect === 'sqlite' ? sql`sqlite_version()` : sql`version()`
  const row = await store.read(
    async (tx) => (await sql<{ version: unknown }>`SELECT ${asked} AS version`.execute(tx.sql)).rows[0],
    signal,
  )
  const version = String(row?.version ?? '')
  if (store.dialect === 'sqlite') return `SQLite ${version}`
  return store.dialect === 'mysql' ? `MySQL ${version}` : version.split(/ \(| on /)[0]!
}

/** Where it is, without who uses it. Pure. */
function placeOf(url: string): string {
  const parsed = parseUrl(url)
  if (parsed.dialect === 'sqlite') return `at ${parsed.path ?? 'nowhere: it is in memory'}`
  return `at ${parsed.socket ?? `${parsed.host}:${parsed.port}`}, database ${parsed.database}`
}

function fileOf(url: string): Verdict | null {
  const parsed = parseUrl(url)
  if (parsed.dialect !== 'sqlite' || parsed.path === null) return null
  try {
    accessSync(parsed.path, constants.W_OK)
    accessSync(dirname(parsed.path), constants.W_OK)
  } catch {
    return lacking(`${parsed.path} cannot be written`, `ls -l ${parsed.path}`)
  }
  return good(`${(statSync(parsed.path).size / MIB).toFixed(1)} MiB`)
}

function mendOf(url: string, site: Site): string {
  const parsed = parseUrl(url)
  if (parsed.dialect === 'sqlite') return manageOf(site, 'upgrade heads')
  return parsed.dialect === 'postgres' ? 'systemctl status postgresql' : 'systemctl status mariadb'
}

function manageOf({ config }: Site, words: string): string {
  return manageCommand(config.files, words)
}

async function schema(site: Site): Promise<Verdict> {
  const { config } = site
  const state = await site.readSchema(await site.store())
  const upgrade = manageOf(site, 'upgrade heads')
  const refusal = refusalOf(state, placeOf(config.of(databaseOptions).connection), upgrade)
  if (refusal === null) {
    if (state.missing.length === 0) return good(`the one this release knows: ${state.applied.length} migrations`)
    return note(
      `${listed(state.missing, 'migration')} of the contract branch wait`,
      manageOf(site, 'upgrade --contract'),
    )
  }
  const behind = ['empty', 'behind'].includes(standingOf(state))
  return lacking(refusal, behind ? upgrade : manageOf(site, 'current'), 'whoever installs the database')
}

async function connections(site: Site, signal: AbortSignal): Promise<Verdict> {
  const store = await site.store()
  const { max_pool_size } = site.config.of(databaseOptions)
  if (store.dialect === 'sqlite') return good('SQLite: a file has no limit')
  const { most, open } = await store.read(async (tx) => {
    const [limit, used] =
      store.dialect === 'postgres'
        ? [sql`current_setting('max_connections')`, sql`(SELECT count(*) FROM pg_stat_activity)`]
        : [sql`@@max_connections`, sql`(SELECT count(*) FROM information_schema.processlist)`]
    const { rows } = await sql<{ most: unknown; open: unknown }>`SELECT ${limit} AS most, ${used} AS open`.execute(
      tx.sql,
    )
    return { most: Number(rows[0]?.most), open: Number(rows[0]?.open) }
  }, signal)
  return roomFor({ most, open, pool: max_pool_size })
}

/** Pure. */
export function roomFor({ most, open, pool }: { most: number; open: number; pool: number }): Verdict {
  const evidence = `max_connections ${most}, ${open} open, max_pool_size ${pool}`
  const mend = 'raise max_connections, or lower [database] max_pool_size'
  if (pool + CONNECTIONS_BESIDE > most) return lacking(evidence, mend)
  return open >= most * FULL_SHARE ? note(evidence, mend) : good(evidence)
}
