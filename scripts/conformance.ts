/**
 * The longest suite: OpenStack's own interoperability tests (Tempest) and neutron-tempest-plugin's API tests against a
 * service that this starts for it, in a temporary folder, over SQLite and again over PostgreSQL: as root with all
 * agents, in namespaces of its own; else the API alone. Tempest itself skips what `GET /v2.0/extensions` does not list.
 * Prints the counts and writes them to docs/reference/conformance.md. `--help` lists what else it can do.
 */
import { execFileSync, spawn } from 'node:child_process'
import { createWriteStream, existsSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import type { DatabaseName } from '../test/databases.ts'
import { ownHost, sweep } from '../test/e2e/one-host.ts'
import {
  openPoints,
  type Run,
  renderPage,
  renderTempestConf,
  resultOf,
  SITE_CUSTOMIZE,
  type TempestSettings,
  type TestResult,
  upstreamFailsToo,
  WHOLE,
} from './conformance-page.ts'
import { type Service, startService, startUpstreamService } from './conformance-service.ts'

const PAGE = join(import.meta.dirname, '../docs/reference/conformance.md')
const SUITES = '/usr/lib/python3/dist-packages'
const DISCOVERY = 'tempest/test_discover'
const PROGRESS_EVERY = 100
const TITLES: { readonly [name in DatabaseName]: string } = {
  sqlite: 'SQLite',
  postgresql: 'PostgreSQL',
  mariadb: 'MariaDB',
}
/** A file that shows whether a package is here. */
const NEEDED: { readonly [file: string]: string } = {
  '/usr/bin/stestr': 'python3-stestr',
  [`${SUITES}/${DISCOVERY}`]: 'tempest',
  [`${SUITES}/neutron_tempest_plugin/plugin.py`]: 'neutron-tempest-plugin',
}
const DATABASE_NEEDS: { readonly [name in DatabaseName]: { readonly [file: string]: string } } = {
  sqlite: {},
  postgresql: { '/usr/lib/postgresql/15/bin/postgres': 'postgresql' },
  mariadb: { '/usr/sbin/mariadbd': 'mariadb-server' },
}
const HELP = `node scripts/conformance.ts [regex]
  regex                 run only tests that match; no page is written then
  --database NAMES      of sqlite, postgresql, mariadb; by default sqlite,postgresql
  --api-only            without agents
  --config-file FILE    options for the service, as an operator would give them; no page
  --suites FOLDER       tests of another release: source trees of tempest and neutron-tempest-plugin; no page
  --upstream            test upstream's own server (Debian's) instead, our identity being its Keystone; no page
  --sources FOLDER      with --upstream: another release, from source trees of neutron, neutron-lib, …
  --keep                leave the folders with Tempest's log in them
`

const isRoot = process.getuid?.() === 0
const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    database: { type: 'string', default: 'sqlite,postgresql' },
    'api-only': { type: 'boolean', default: !isRoot },
    'config-file': { type: 'string', multiple: true, default: [] },
    suites: { type: 'string' },
    upstream: { type: 'boolean', default: false },
    sources: { type: 'string' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

function installPackages(databases: readonly DatabaseName[]): void {
  const needed = Object.assign({}, NEEDED, ...databases.map((name) => DATABASE_NEEDS[name])) as typeof NEEDED
  const missing = Object.entries(needed).flatMap(([file, name]) => (existsSync(file) ? [] : [name]))
  if (missing.length === 0) return
  const install = ['install', '-y', '--no-install-recommends', ...missing]
  if (!isRoot) throw new Error(`${missing.join(', ')} missing; as root: apt-get ${install.join(' ')}`)
  console.log(`Installing ${missing.join(', ')} …`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  execFileSync('apt-get', ['update'], { env, stdio: 'ignore' })
  execFileSync('apt-get', install, { env, stdio: ['ignore', 'ignore', 'inherit'] })
}

async function tokenOf({ authUrl, adminPassword }: Service): Promise<string> {
  const domain = { id: 'default' }
  const user = { name: 'admin', password: adminPassword, domain }
  const identity = { methods: ['password'], password: { user } }
  const body = JSON.stringify({ auth: { identity, scope: { project: { name: 'admin', domain } } } })
  const headers = { 'content-type': 'application/json' }
  const reply = await fetch(`${authUrl}/auth/tokens`, { method: 'POST', headers, body })
  const token = reply.headers.get('x-subject-token')
  if (token === null) throw new Error(`no token from ${authUrl}: ${reply.status}`)
  return token
}

interface Named {
  readonly id: string
  readonly alias: string
}

/** One call as an administrator; answers the one value of the body. */
async function call<Value>(service: Service, token: string, path: string, body?: object): Promise<Value> {
  const headers = { 'x-auth-token': token, 'content-type': 'application/json' }
  const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
  const reply = await fetch(`${service.url}${path}`, { headers, ...sent })
  if (!reply.ok) throw new Error(`${path} answers ${reply.status}: ${await reply.text()}`)
  return Object.values((await reply.json()) as { readonly [name: string]: Value })[0]!
}

/** The id of an external network with a subnet; upstream's server begins without one. */
async function externalNetwork(service: Service, token: string): Promise<string> {
  const [found] = await call<Named[]>(service, token, '/v2.0/networks?router:external=true')
  if (found) return found.id
  const network = { name: 'public', 'router:external': true, 'provider:network_type': 'flat' }
  const { id } = await call<Named>(service, token, '/v2.0/networks', {
    network: { ...network, 'provider:physical_network': 'public' },
  })
  const subnet = { network_id: id, ip_version: 4, cidr: '172.24.4.0/24', enable_dhcp: false }
  await call(service, token, '/v2.0/subnets', { subnet })
  return id
}

/** A default pool for everybody, as test clouds have it: topologies are made of it. */
async function defaultPool(service: Service, token: string): Promise<void> {
  const found = await call<Named[]>(service, token, '/v2.0/subnetpools?is_default=true')
  if (found.length > 0) return
  const pool = { name: 'default', prefixes: ['10.128.0.0/9'], default_prefixlen: 26, shared: true, is_default: true }
  await call(service, token, '/v2.0/subnetpools', { subnetpool: pool })
}

/** What Tempest is to know of that service. */
async function settingsOf(service: Service, folder: string): Promise<TempestSettings> {
  const token = await tokenOf(service)
  const aliases = (await call<Named[]>(service, token, '/v2.0/extensions')).map(({ alias }) => alias).sort()
  const publicNetworkId = await externalNetwork(service, token)
  await defaultPool(service, token)
  const { authUrl, adminPassword } = service
  return { authUrl, adminPassword, publicNetworkId, aliases, folder }
}

function configure(settings: TempestSettings): void {
  const { folder } = settings
  mkdirSync(join(folder, 'lock'), { recursive: true })
  writeFileSync(join(folder, 'tempest.conf'), renderTempestConf(settings))
  writeFileSync(join(folder, 'sitecustomize.py'), SITE_CUSTOMIZE)
  const top = flags.suites === undefined ? SUITES : resolve(flags.suites, 'tempest')
  writeFileSync(join(folder, '.stestr.conf'), `[DEFAULT]\ntest_path=${join(top, DISCOVERY)}\ntop_dir=${top}\n`)
}

/** One after the other: many of the tests look at what the whole service holds. */
async function runTests(folder: string, pattern: string): Promise<readonly TestResult[]> {
  const trees = flags.suites === undefined ? [] : globSync(`${resolve(flags.suites)}/*/`)
  const python = { PYTHONPATH: [folder, ...trees].join(':'), PYTHONWARNINGS: 'ignore' }
  const env = { ...process.env, ...python, TEMPEST_CONFIG_DIR: folder, TEMPEST_CONFIG: 'tempest.conf' }
  const argv = ['/usr/bin/stestr', 'run', '--serial', pattern]
  const child = spawn('/usr/bin/python3', argv, { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] })
  const results: TestResult[] = []
  const log = createWriteStream(join(folder, 'results.txt'), { flags: 'a' })
  for await (const line of createInterface({ input: child.stdout })) {
    log.write(`${line}\n`)
    const result = resultOf(line)
    if (result === null) continue
    results.push(result)
    if (results.length % PROGRESS_EVERY === 0) console.log(`${results.length} tests so far`)
  }
  log.end()
  return results
}

function versions(): readonly string[] {
  const lines = execFileSync('dpkg-query', ['-W', 'tempest', 'neutron-tempest-plugin'], { encoding: 'utf8' })
  return lines.trim().replaceAll('\t', ' ').split('\n')
}

interface Tested extends Run {
  readonly aliases: readonly string[]
}

/** The tests over one database, and what they came to. */
async function testOver(database: DatabaseName, folder: string): Promise<Tested> {
  const started = performance.now()
  const options = { state: join(folder, 'state'), database, withAgents: !flags['api-only'] }
  const service = flags.upstream
    ? await startUpstreamService(flags.sources && resolve(flags.sources))
    : await startService({ ...options, configFiles: flags['config-file'].map((file) => resolve(file)) })
  try {
    const settings = await settingsOf(service, folder)
    const { aliases } = settings
    const results: TestResult[] = []
    for (const { pattern, names } of positionals[0] ? [{ pattern: positionals[0], names: [] }] : WHOLE) {
      configure({ ...settings, aliases: [...aliases, ...names] })
      results.push(...(await runTests(folder, pattern)))
    }
    const title = flags.upstream ? "upstream's own server" : TITLES[database]
    const failed = results.filter(({ outcome }) => outcome === 'failed')
    const known = failed.filter(({ name }) => upstreamFailsToo(name) !== null)
    for (const { name } of failed) console.log(`FAILED ${name}${upstreamFailsToo(name) ? ' (as with upstream)' : ''}`)
    const count = (wanted: TestResult['outcome']) => results.filter(({ outcome }) => outcome === wanted).length
    const minutes = ((performance.now() - started) / 60_000).toFixed(1)
    console.log(
      `${title}: ${count('passed')} passed, ${failed.length} failed (${known.length} of them as with upstream), ` +
        `${count('skipped')} skipped in ${minutes} min`,
    )
    return { database: title, results, aliases }
  } finally {
    await service.close()
  }
}

/** Answers whether everything asked for is there and works. */
async function conform(databases: readonly DatabaseName[]): Promise<boolean> {
  const runs: Tested[] = []
  for (const database of databases) {
    const folder = mkdtempSync(join(tmpdir(), 'neutrino-conformance-'))
    try {
      runs.push(await testOver(database, folder))
    } finally {
      if (isRoot) await sweep(join(folder, 'state'))
      if (flags.keep) console.log(`Kept: ${folder}`)
      else rmSync(folder, { recursive: true, force: true })
    }
  }
  const open = openPoints(runs)
  const isWhole = positionals.length === 0 && !flags.upstream && !flags.suites && flags['config-file'].length === 0
  if (isWhole) {
    for (const point of open) console.log(`OPEN ${point}`)
    const { aliases } = runs[0]!
    writeFileSync(PAGE, renderPage({ runs, aliases, versions: versions(), withAgents: !flags['api-only'] }))
  }
  const failed = runs.some(({ results }) =>
    results.some((one) => one.outcome === 'failed' && !upstreamFailsToo(one.name)),
  )
  return runs.every(({ results }) => results.length > 0) && !failed && !(isWhole && open.length > 0)
}

if (flags.help) {
  process.stdout.write(HELP)
  process.exit(0)
}
const databases = flags.upstream ? (['mariadb'] as const) : (flags.database.split(',') as DatabaseName[])
const unknown = databases.filter((name) => !(name in TITLES))
if (unknown.length > 0) throw new Error(`no such database: ${unknown.join(', ')}`)
installPackages(databases)
if (isRoot) ownHost()
process.exit((await conform(databases)) ? 0 : 1)
