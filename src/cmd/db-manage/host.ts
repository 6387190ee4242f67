/**
 * What the verbs work with: the revisions there are, the database the configuration names, and where words go. What a
 * script reads is standard output; what a person is told meanwhile, standard error.
 */
import { systemClock } from '#base/clock.ts'
import { OperatingError } from '#base/errors.ts'
import { type Log, silentLog } from '#base/log.ts'
import { database } from '#config/common.ts'
import { loadConfig } from '#config/config.ts'
import { loadWholeSchema } from '#plugin/whole-schema.ts'
import { openStore } from '#store/database.ts'
import type { Migration } from '#store/migration.ts'
import { type Revision, revisionsOf } from '#store/revisions.ts'
import type { Store, Tx } from '#store/store.ts'
import { parseUrl, withoutPassword } from '#store/url.ts'
import { PROGRAM, type Values } from './arguments.ts'

export interface Host {
  readonly migrations: readonly Migration[]
  readonly revisions: readonly Revision[]
  /** Without its password. */
  readonly where: string
  readonly signal: AbortSignal
  /** Of which database the statements are that `--sql` prints. */
  dialect(): Tx['dialect']
  /** Opened when it is first asked for. */
  store(): Promise<Store>
  /** A line on standard output. */
  print(line: string): void
  /** A line on standard error. */
  tell(level: 'INFO' | 'WARNING' | 'ERROR', line: string): void
}

/** One verb waits for a connection of its own, one for the turn. */
const POOL_SIZE = 2
const LEVEL_WIDTH = 7

/** The database cannot be opened: what was tried, and why it failed, without the password. */
export class DatabaseUnreachable extends OperatingError {
  override name = 'DatabaseUnreachable'
}

/** Runs the verb and closes what it opened. @throws ConfigError, DatabaseUnreachable */
export async function withHost<T>(top: Values, signal: AbortSignal, run: (host: Host) => Promise<T>): Promise<T> {
  const url = connectionOf(top)
  const where = withoutPassword(url)
  const migrations = await loadWholeSchema()
  let store: Promise<Store> | null = null
  const tell: Host['tell'] = (level, line) =>
    void process.stderr.write(`${level.padEnd(LEVEL_WIDTH)} [${PROGRAM}] ${line}\n`)
  try {
    return await run({
      migrations,
      revisions: revisionsOf(migrations.map(({ name }) => name)),
      where,
      signal,
      dialect: () => dialectOf(url, top.engine),
      store: () => (store ??= open(url, where, tell)),
      print: (line) => void process.stdout.write(`${line}\n`),
      tell,
    })
  } finally {
    await (store as Promise<Store> | null)?.then(
      (opened) => opened.close(),
      () => {},
    )
  }
}

function connectionOf({ config_file, config_dir, connection }: Values): string {
  const argv = [
    ...texts(config_file).flatMap((path) => ['--config-file', path]),
    ...texts(config_dir).flatMap((path) => ['--config-dir', path]),
  ]
  const values = typeof connection === 'string' ? { database: { connection } } : {}
  return loadConfig({ groups: [database], argv, values, program: PROGRAM }).of(database).connection
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : []
}

async function open(url: string, where: string, tell: Host['tell']): Promise<Store> {
  // A table that others hold on to, a deadlock: it is tried again, and whoever waits should know why.
  const debug: Log['debug'] = (_event, { reason } = {}) => {
    if (typeof reason === 'string') tell('WARNING', `Trying again: ${reason}`)
  }
  try {
    return await openStore(url, { log: { ...silentLog, debug }, clock: systemClock, poolSize: POOL_SIZE })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new DatabaseUnreachable(`the database ${where} cannot be opened: ${reason}`, { cause: error })
  }
}

const ENGINES: { readonly [engine: string]: Tx['dialect'] } = {
  mysql: 'mysql',
  mariadb: 'mysql',
  postgresql: 'postgres',
  sqlite: 'sqlite',
}

function dialectOf(url: string, engine: unknown): Tx['dialect'] {
  if (typeof engine !== 'string') return parseUrl(url).dialect
  const dialect = ENGINES[engine.replace(/\+.*$/, '')]
  if (dialect) return dialect
  throw new OperatingError(`--database-engine ${engine}: known are ${Object.keys(ENGINES).join(', ')}`)
}
