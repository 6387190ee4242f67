/**
 * The two servers that are compared, each on loopback in a directory of its own, with one configuration: Neutrino over
 * SQLite, and Debian's upstream Neutron, one API worker, over a MariaDB of its own. Nothing is installed here: what is
 * missing is named. Who calls is said by headers, to both: upstream's pipeline gets its Keystone context without the
 * token check before it.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { createConnection } from 'mysql2/promise'
import { mariadbDatabase } from '../databases.ts'
import { AGENTS } from './agents.steps.ts'

export interface RunningServer extends AsyncDisposable {
  /** `http://127.0.0.1:40001` */
  readonly url: string
  /** Gives it agents, as if they had reported. */
  readonly seed: () => Promise<void>
}

const ROOT = `${import.meta.dirname}/../..`
const PASTE = '/usr/share/neutron-common/api-paste.ini'
const NEEDED: { readonly [file: string]: string } = {
  '/usr/bin/neutron-server': 'neutron-server',
  '/usr/bin/neutron-db-manage': 'neutron-common',
  [PASTE]: 'neutron-common',
  '/usr/lib/python3/dist-packages/pymysql/__init__.py': 'python3-pymysql',
}
/** Beside those that upstream loads whatever is asked for. */
const UPSTREAM_SERVICES = ['router', 'segments', 'network_segment_range', 'port_forwarding']
/** The DNS drivers are a chain: the last brings the others' attributes. */
const EXTENSION_DRIVERS = [
  'port_security',
  'dns_domain_keywords',
  'data_plane_status',
  'port_device_profile',
  'port_numa_affinity_policy',
  'uplink_status_propagation',
  'tag_ports_during_bulk_creation',
]
/** Nobody answers on the bus. */
const IMPATIENT = 'rpc_response_timeout = 1\nrpc_response_max_timeout = 1'
const SCHEMA_MS_MAX = 300_000
const START_MS_MAX = 60_000

export interface UpstreamOptions {
  /** By default one that is free. */
  readonly port?: number
  /** Asked who calls; without it, headers say so. */
  readonly keystone?: { readonly authUrl: string; readonly adminPassword: string }
  /** A folder of source trees (`neutron`, `neutron-lib`, …) of another release, which come before Debian's packages. */
  readonly sources?: string
}

/** @throws Error naming the packages that are missing. */
export async function startUpstream({ keystone, sources, ...more }: UpstreamOptions = {}): Promise<RunningServer> {
  const missing = Object.entries(NEEDED).flatMap(([file, debianPackage]) => (existsSync(file) ? [] : [debianPackage]))
  if (missing.length > 0) throw new Error(`apt-get install --no-install-recommends ${[...new Set(missing)].join(' ')}`)
  const { url: connection, drop } = await mariadbDatabase('CHARACTER SET utf8mb3 COLLATE utf8mb3_bin')
  const directory = mkdtempSync(join(tmpdir(), 'neutrino-upstream-'))
  const port = more.port ?? (await freePort())
  const paste = join(directory, 'api-paste.ini')
  writeFileSync(
    paste,
    readFileSync(sources ? join(sources, 'neutron/etc/api-paste.ini') : PASTE, 'utf8').replace(
      /^noauth = .*neutronapiapp_v2_0$/m,
      (line) => line.replace('fake_project_id catch_errors osprofiler', 'catch_errors keystonecontext'),
    ),
  )
  const files = configure(directory, {
    port,
    connection: `${connection}&charset=utf8`,
    transport: 'fake://',
    services: UPSTREAM_SERVICES,
    more: `api_paste_config = ${paste}\napi_workers = ${sources ? 1 : 0}\nrpc_workers = 0\nrpc_state_report_workers = 0\n${IMPATIENT}`,
    ...(keystone && { keystone }),
  })
  const env = sources ? { ...process.env, PYTHONPATH: globSync(`${sources}/*/`).join(':') } : process.env
  execFileSync('neutron-db-manage', [...files, 'upgrade', 'heads'], { stdio: 'pipe', timeout: SCHEMA_MS_MAX, env })
  const { searchParams, pathname } = new URL(connection)
  const seed = () => seedUpstream(searchParams.get('unix_socket')!, pathname.slice(1))
  return await start('neutron-server', files, { port, directory, after: drop, seed, env })
}

const AGENT_COLUMNS =
  'id agent_type binary topic host admin_state_up availability_zone ' +
  'created_at started_at heartbeat_timestamp configurations'
const columns = AGENT_COLUMNS.split(' ')

/** Rows of agents that reported an hour from now, and so stay alive while the suite runs. */
function agentRows(): (string | number | null)[][] {
  const at = new Date(Date.now() + 3_600_000).toISOString().slice(0, 19).replace('T', ' ')
  return AGENTS.map(({ id, agent_type, binary, topic, host, configurations }) => {
    const zone = agent_type === 'Open vSwitch agent' ? null : 'nova'
    return [id, agent_type, binary, topic, host, 1, zone, at, at, at, JSON.stringify(configurations)]
  })
}

/** Quoted, because `binary` and `load` are words of SQL. */
const INSERT = `INSERT INTO agents (${columns.map((name) => `\`${name}\``).join(', ')})`

async function seedUpstream(socketPath: string, database: string): Promise<void> {
  const client = await createConnection({ socketPath, user: 'root', database })
  const insert = INSERT.replace(/\)$/, ', `load`)')
  await client.query(`${insert} VALUES ?`, [agentRows().map((row) => [...row, 0])])
  await client.end()
}

function seedNeutrino(file: string): void {
  using database = new DatabaseSync(file, { timeout: 5_000 })
  const insert = database.prepare(`${INSERT} VALUES (${columns.map(() => '?').join(', ')})`)
  for (const row of agentRows()) insert.run(...row)
}

export async function startNeutrino(): Promise<RunningServer> {
  const directory = mkdtempSync(join(tmpdir(), 'neutrino-compared-'))
  const port = await freePort()
  const files = configure(directory, {
    port,
    connection: `sqlite:///${directory}/neutrino.db`,
    transport: `local://${directory}/bus.sock`,
    services: readdirSync(`${ROOT}/src/services`),
    more: '',
  })
  const main = `${ROOT}/src/cmd/neutron-server.ts`
  const manage = `${ROOT}/src/cmd/neutron-db-manage.ts`
  execFileSync(process.execPath, [manage, ...files, 'upgrade', 'heads'], { stdio: 'pipe', timeout: SCHEMA_MS_MAX })
  const seed = async () => seedNeutrino(`${directory}/neutrino.db`)
  return await start(process.execPath, [main, ...files], {
    port,
    directory,
    after: async () => {},
    seed,
    env: process.env,
  })
}

interface Settings {
  readonly port: number
  readonly connection: string
  readonly transport: string
  readonly services: readonly string[]
  readonly more: string
  readonly keystone?: UpstreamOptions['keystone']
}

/** Answers the arguments that name the file. */
function configure(directory: string, { port, connection, transport, services, more, keystone }: Settings): string[] {
  const file = join(directory, 'neutron.conf')
  mkdirSync(join(directory, 'lib'))
  writeFileSync(join(directory, 'policy.yaml'), '{}\n')
  writeFileSync(
    file,
    `[DEFAULT]
auth_strategy = ${keystone ? 'keystone' : 'noauth'}
core_plugin = ml2
service_plugins = ${services.join(',')}
bind_host = 127.0.0.1
bind_port = ${port}
state_path = ${directory}/lib
transport_url = ${transport}
dns_domain = example.internal
notify_nova_on_port_status_changes = false
notify_nova_on_port_data_changes = false
${more}
[database]
connection = ${connection}
[oslo_concurrency]
lock_path = ${directory}/lib
[oslo_messaging_notifications]
driver = noop
[oslo_policy]
policy_file = ${directory}/policy.yaml
[ml2]
type_drivers = local,flat,vlan,gre,vxlan,geneve
tenant_network_types = vxlan
mechanism_drivers = openvswitch
extension_drivers = ${EXTENSION_DRIVERS.join(',')}
[ml2_type_flat]
flat_networks = *
[ml2_type_vlan]
network_vlan_ranges = physnet1:100:199
[ml2_type_vxlan]
vni_ranges = 1:1000
${keystone ? authtoken(keystone) : ''}`,
  )
  return ['--config-file', file]
}

function authtoken({ authUrl, adminPassword }: NonNullable<UpstreamOptions['keystone']>): string {
  return `[keystone_authtoken]
www_authenticate_uri = ${authUrl}
auth_url = ${authUrl}
auth_type = password
username = admin
password = ${adminPassword}
user_domain_id = default
project_name = admin
project_domain_id = default
`
}

interface Around {
  readonly port: number
  readonly directory: string
  readonly after: () => Promise<void>
  readonly seed: () => Promise<void>
  readonly env: NodeJS.ProcessEnv
}

async function start(program: string, args: readonly string[], { port, directory, after, seed, env }: Around) {
  // Should this process be killed, the server dies with it.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
    // A group of its own: upstream's server has children.
    detached: true,
  })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const url = `http://127.0.0.1:${port}`
  const clear = () => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      process.kill(-child.pid, 'SIGKILL')
    }
    rmSync(directory, { recursive: true, force: true, maxRetries: 20 })
  }
  process.once('exit', clear)
  const stop = async () => {
    clear()
    await exited
    await after()
    process.off('exit', clear)
    rmSync(directory, { recursive: true, force: true, maxRetries: 20 })
  }
  try {
    await untilAnswered(child, url)
  } catch (error) {
    await stop()
    throw error
  }
  return { url, seed, [Symbol.asyncDispose]: stop }
}

async function untilAnswered(child: ChildProcess, url: string): Promise<void> {
  let output = ''
  const keep = (chunk: Buffer) => {
    output = `${output}${chunk}`.slice(-4_000)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  const end = performance.now() + START_MS_MAX
  for (;;) {
    try {
      await fetch(url)
      return
    } catch (error) {
      if (child.exitCode !== null || child.signalCode !== null || performance.now() > end) {
        throw new Error(`no server at ${url}:\n${output}`, { cause: error })
      }
      await delay(200)
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
