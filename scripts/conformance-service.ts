/**
 * What the conformance run tests: this service, as a person starts it, over a database of its own; or, for the proof of
 * what no server passes, upstream's own server, with the built-in identity for its Keystone.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import { startIdentity } from '#identity/server.ts'
import { openStore } from '#store/database.ts'
import { type DatabaseName, ownDatabase } from '../test/databases.ts'
import { freePort } from '../test/e2e/one-host.ts'
import { startUpstream } from '../test/upstream/servers.ts'

const PROGRAM = join(import.meta.dirname, '../src/cmd/neutrino.ts')
const READY_MS_MAX = 60_000
const STOP_MS_MAX = 30_000

export interface Service {
  readonly url: string
  readonly authUrl: string
  readonly adminPassword: string
  close(): Promise<void>
}

export interface ServiceOptions {
  /** Made here; of this service alone. */
  readonly state: string
  readonly database: DatabaseName
  readonly withAgents: boolean
  /** Files of options, read last. */
  readonly configFiles: readonly string[]
}

/** @throws Error when it does not become ready, or a package of the database is missing. */
export async function startService({ state, database, withAgents, configFiles }: ServiceOptions): Promise<Service> {
  const [port, identityPort] = [await freePort(), await freePort()]
  const { url: connection, drop } =
    database === 'sqlite' ? { url: null, drop: async () => {} } : await ownDatabase(database)
  const files = [settingsFile(state, connection), ...configFiles]
  const flags = ['--state', state, '--port', String(port), '--identity-port', String(identityPort)]
  const more = [...(withAgents ? [] : ['--api-only']), ...files.flatMap((file) => ['--config-file', file])]
  const child = spawn(process.execPath, [PROGRAM, 'up', ...flags, ...more], { stdio: ['ignore', 'pipe', 'inherit'] })
  await ready(child).catch(async (error: unknown) => {
    await drop()
    throw error
  })
  const secrets = JSON.parse(readFileSync(join(state, 'etc/secrets.json'), 'utf8')) as { readonly admin: string }
  return {
    url: `http://127.0.0.1:${port}`,
    authUrl: `http://127.0.0.1:${identityPort}/v3`,
    adminPassword: secrets.admin,
    async close() {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit')
        const cut = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX)
        child.kill('SIGTERM')
        await ended
        clearTimeout(cut)
      }
      await drop()
    },
  }
}

/** What the suites expect of a cloud: ids of VXLAN up to 2000. `$` begins a substitution in such a file. */
function settingsFile(state: string, connection: string | null): string {
  mkdirSync(state, { recursive: true })
  const file = join(state, 'settings.conf')
  const database = connection === null ? '' : `[database]\nconnection = ${connection.replaceAll('$', '$$$$')}\n`
  writeFileSync(file, `${database}[ml2_type_vxlan]\nvni_ranges = 1:2000\n`)
  return file
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => child.kill('SIGKILL'), READY_MS_MAX)
    let printed = ''
    child.stdout!.on('data', (chunk: Buffer) => {
      printed += String(chunk)
      if (!/\bready\b/i.test(printed)) return
      clearTimeout(late)
      resolve()
    })
    child.once('exit', () => {
      clearTimeout(late)
      reject(new Error(`the service ended before it was ready: ${printed}`))
    })
  })
}

const UPSTREAM_PASSWORD = 'of-the-administrator'

/**
 * Upstream's server over MariaDB; of another release than Debian's when `sources` holds its trees. The identity is
 * there first, with a catalogue that names where the server is going to be.
 * @throws Error naming what is missing.
 */
export async function startUpstreamService(sources?: string): Promise<Service> {
  const port = await freePort()
  const store = await openStore('sqlite://', { log: silentLog, clock: systemClock })
  const identity = await startIdentity({
    store,
    host: '127.0.0.1',
    port: 0,
    catalog: [{ type: 'network', name: 'neutron', url: `http://127.0.0.1:${port}` }],
    bootstrap: { adminPassword: UPSTREAM_PASSWORD, demoPassword: UPSTREAM_PASSWORD },
    log: silentLog,
    clock: systemClock,
  })
  const close = async () => {
    await identity.close()
    await store.close()
  }
  const keystone = { authUrl: identity.url, adminPassword: UPSTREAM_PASSWORD }
  const server = await startUpstream({ port, keystone, ...(sources === undefined ? {} : { sources }) }).catch(
    async (error: unknown) => {
      await close()
      throw error
    },
  )
  return {
    url: server.url,
    authUrl: identity.url,
    adminPassword: UPSTREAM_PASSWORD,
    async close() {
      await server[Symbol.asyncDispose]()
      await close()
    },
  }
}
