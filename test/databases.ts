/**
 * Databases for tests: SQLite in a file, and PostgreSQL and MariaDB started from Debian's packages in a temporary
 * directory, on a unix socket only. One server of each kind per test process, started when first asked for, stopped at
 * the end; each test gets a database of its own in it.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { createConnection } from 'mysql2/promise'
import pg from 'pg'
import { systemClock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import { openStore } from '#store/database.ts'
import { type Migration, migrate } from '#store/migrate.ts'
import type { Store } from '#store/store.ts'

export type DatabaseName = 'sqlite' | 'postgresql' | 'mariadb'

/** An empty database of one test. Disposing it closes every store that was opened on it. */
export interface FreshDatabase extends AsyncDisposable {
  readonly url: string
  /** The first store on it. */
  readonly store: Store
  /** One more store on the same database, as another process would have it. */
  open(options?: { readonly poolSize?: number }): Promise<Store>
}

/** Null: nothing is applied, not even what the store needs itself. */
export type OpenFresh = (migrations?: readonly Migration[] | null) => Promise<FreshDatabase>

/** Declares a suite once per database. Migrations given to `openFresh` are applied (the store's own in any case). */
export function forEachDatabase(declare: (name: DatabaseName, openFresh: OpenFresh) => void): void {
  for (const name of ['sqlite', 'postgresql', 'mariadb'] as const) {
    describe(name, () => {
      after(() => stopServer(name))
      declare(name, (migrations = []) => openFresh(name, migrations))
    })
  }
}

async function openFresh(name: DatabaseName, migrations: readonly Migration[] | null): Promise<FreshDatabase> {
  const { url, drop } = await createDatabase(name)
  const stores: Store[] = []
  const open = async (options: { readonly poolSize?: number } = {}) => {
    const store = await openStore(url, { log: silentLog, clock: systemClock, ...options })
    stores.push(store)
    return store
  }
  const store = await open()
  if (migrations !== null) await migrate(store, migrations)
  return {
    url,
    store,
    open,
    async [Symbol.asyncDispose]() {
      await Promise.all(stores.map((each) => each.close()))
      await drop()
    },
  }
}

/** A running server, and how to make an empty database in it. */
interface Server {
  /** `clauses` follow the name. */
  readonly createDatabase: (database: string, clauses?: string) => Promise<string>
  readonly stop: () => Promise<void>
}

const servers = new Map<DatabaseName, Promise<Server>>()
let created = 0

/** An empty MariaDB database, and how to end its server. @throws Error naming the package that is missing */
export async function mariadbDatabase(clauses: string): Promise<{ url: string; drop: () => Promise<void> }> {
  const server = servers.get('mariadb') ?? startMariadb()
  servers.set('mariadb', server)
  created += 1
  return {
    url: await (await server).createDatabase(`test_${created}`, clauses),
    drop: () => stopServer('mariadb'),
  }
}

/** An empty database outside of any test; `drop` ends its server. @throws Error naming the package that is missing */
export async function ownDatabase(name: DatabaseName): Promise<{ url: string; drop: () => Promise<void> }> {
  const { url, drop } = await createDatabase(name)
  return {
    url,
    async drop() {
      await drop()
      await stopServer(name)
    },
  }
}

/** What is still to be done should this process end early. */
const leftovers = new Set<() => void>()
const tidyUp = () => {
  for (const undo of leftovers) undo()
  leftovers.clear()
}
process.once('exit', tidyUp)
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.once(signal, () => {
    tidyUp()
    process.kill(process.pid, signal)
  })
}

async function createDatabase(name: DatabaseName): Promise<{ url: string; drop: () => Promise<void> }> {
  created += 1
  if (name === 'sqlite') {
    const directory = mkdtempSync(join(tmpdir(), 'neutrino-sqlite-'))
    const remove = () => rmSync(directory, { recursive: true, force: true })
    leftovers.add(remove)
    return {
      url: `sqlite:///${join(directory, 'test.db')}`,
      async drop() {
        remove()
        leftovers.delete(remove)
      },
    }
  }
  const server = servers.get(name) ?? (name === 'postgresql' ? startPostgres() : startMariadb())
  servers.set(name, server)
  return { url: await (await server).createDatabase(`test_${created}`), drop: async () => {} }
}

async function stopServer(name: DatabaseName): Promise<void> {
  const server = servers.get(name)
  servers.delete(name)
  // One that never started has cleaned up already.
  await server?.then(
    ({ stop }) => stop(),
    () => {},
  )
}

const POSTGRES_SETTINGS = [
  'listen_addresses=',
  'fsync=off',
  'max_connections=200',
  'shared_buffers=32MB',
  'max_wal_size=256MB',
]

async function startPostgres(): Promise<Server> {
  const bin = '/usr/lib/postgresql/15/bin'
  return await startServer('postgres', `${bin}/postgres`, 'postgresql', async (directory, as) => {
    const data = join(directory, 'data')
    const initdb = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync']
    execFileSync('setpriv', [...as, `${bin}/initdb`, ...initdb], { stdio: 'pipe', cwd: directory })
    const connect = async () => {
      const client = new pg.Client({ host: directory, user: 'postgres', database: 'postgres' })
      await client.connect()
      return client
    }
    return {
      args: ['-D', data, '-k', directory, ...POSTGRES_SETTINGS.flatMap((setting) => ['-c', setting])],
      isReady: async () => await (await connect()).end(),
      async createDatabase(database) {
        const client = await connect()
        await client.query(`CREATE DATABASE ${database}`)
        await client.end()
        return `postgresql+psycopg2://postgres@/${database}?host=${directory}`
      },
      // Without this PostgreSQL waits for clients to leave first.
      signal: 'SIGINT',
    }
  })
}

const MARIADB_SETTINGS = [
  '--skip-networking',
  '--innodb-flush-log-at-trx-commit=0',
  '--innodb-buffer-pool-size=64M',
  '--innodb-log-file-size=32M',
  '--max-connections=200',
]

async function startMariadb(): Promise<Server> {
  return await startServer('mysql', '/usr/sbin/mariadbd', 'mariadb-server', async (directory, as) => {
    const data = join(directory, 'data')
    const install = ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db']
    execFileSync('setpriv', [...as, 'mariadb-install-db', ...install], {
      stdio: 'pipe',
      cwd: directory,
      env: { ...process.env, TMPDIR: directory },
    })
    const socketPath = join(directory, 'mysqld.sock')
    const connect = () => createConnection({ socketPath, user: 'root' })
    return {
      args: ['--no-defaults', `--datadir=${data}`, `--socket=${socketPath}`, ...MARIADB_SETTINGS],
      isReady: async () => await (await connect()).end(),
      async createDatabase(database, clauses = '') {
        const client = await connect()
        await client.query(`CREATE DATABASE ${database} ${clauses}`)
        await client.end()
        return `mysql+pymysql://root@localhost/${database}?unix_socket=${socketPath}`
      },
      signal: 'SIGTERM',
    }
  })
}

interface Prepared {
  readonly args: readonly string[]
  readonly isReady: () => Promise<void>
  readonly createDatabase: Server['createDatabase']
  readonly signal: NodeJS.Signals
}

/** As `user` where the tests run as root, because database servers refuse root. */
async function startServer(
  user: string,
  program: string,
  debianPackage: string,
  prepare: (directory: string, as: readonly string[]) => Promise<Prepared>,
): Promise<Server> {
  if (!existsSync(program)) throw new Error(`${program} is missing: apt-get install ${debianPackage}`)
  const directory = mkdtempSync(join(tmpdir(), `neutrino-${user}-`))
  // A server that was killed may still be writing its last file.
  const remove = () => rmSync(directory, { recursive: true, force: true, maxRetries: 20 })
  let child: ChildProcess | null = null
  const atExit = () => {
    child?.kill('SIGKILL')
    remove()
  }
  leftovers.add(atExit)
  try {
    const as = asUser(user, directory)
    mkdirSync(join(directory, 'log'))
    const { args, isReady, createDatabase, signal } = await prepare(directory, as)
    // Should this process be killed, the server dies with it.
    child = spawn('setpriv', [...as, '--pdeathsig', 'KILL', program, ...args], { stdio: 'pipe', cwd: directory })
    const running = child
    const exited = new Promise<void>((resolve) => running.once('exit', () => resolve()))
    await untilReady(running, isReady)
    return {
      createDatabase,
      async stop() {
        running.kill(signal)
        await exited
        leftovers.delete(atExit)
        remove()
      },
    }
  } catch (error) {
    atExit()
    leftovers.delete(atExit)
    throw error
  }
}

function asUser(user: string, directory: string): readonly string[] {
  if (process.getuid?.() !== 0) return []
  const id = (flag: string) => Number(execFileSync('id', [flag, user], { encoding: 'utf8' }))
  chownSync(directory, id('-u'), id('-g'))
  chmodSync(directory, 0o755)
  return [`--reuid=${user}`, `--regid=${user}`, '--clear-groups']
}

const START_MS_MAX = 30_000

async function untilReady(child: ChildProcess, isReady: () => Promise<void>): Promise<void> {
  let output = ''
  child.stdout?.on('data', (chunk) => (output += chunk))
  child.stderr?.on('data', (chunk) => (output += chunk))
  const end = performance.now() + START_MS_MAX
  for (;;) {
    try {
      await isReady()
      return
    } catch (error) {
      if (child.exitCode !== null || child.signalCode !== null || performance.now() > end) {
        throw new Error(`${child.spawnfile} did not start:\n${output.slice(-4_000)}`, { cause: error })
      }
      await delay(50)
    }
  }
}
