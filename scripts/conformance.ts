/**
 * The longest suite: OpenStack's own interoperability tests (Tempest) and neutron-tempest-plugin's API tests against a
 * service that this starts for it, in a temporary folder: as root with all agents, in namespaces of its own; else, or
 * with `--api-only`, the API alone. Tempest itself skips what `GET /v2.0/extensions` does not list. Prints the counts
 * and writes them to docs/reference/conformance.md. `node scripts/conformance.ts [regex]` runs only tests that match
 * and writes no page; `--keep` leaves the folder, with Tempest's log in it.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ownHost, sweep } from '../test/e2e/one-host.ts'
import {
  isNotOurs,
  renderPage,
  renderTempestConf,
  resultOf,
  SITE_CUSTOMIZE,
  type TestResult,
} from './conformance-page.ts'

const ROOT = join(import.meta.dirname, '..')
const PROGRAM = join(ROOT, 'src/cmd/neutrino.ts')
const PAGE = join(ROOT, 'docs/reference/conformance.md')
const PACKAGES = ['tempest', 'neutron-tempest-plugin', 'python3-stestr']
const PYTHON_PACKAGES = '/usr/lib/python3/dist-packages'
const DISCOVERY = `${PYTHON_PACKAGES}/tempest/test_discover`
const TESTS = '^(tempest\\.api\\.network|neutron_tempest_plugin\\.api)\\.'
const READY_MS_MAX = 60_000
const STOP_MS_MAX = 30_000
const PROGRESS_EVERY = 100

interface Service {
  readonly url: string
  readonly authUrl: string
  readonly adminPassword: string
  close(): Promise<void>
}

function installPackages(): void {
  if (existsSync('/usr/bin/stestr') && existsSync(DISCOVERY)) return
  const install = ['install', '-y', '--no-install-recommends', ...PACKAGES]
  if (process.getuid?.() !== 0) throw new Error(`Tempest is not here; as root: apt-get ${install.join(' ')}`)
  console.log(`Installing ${PACKAGES.join(', ')} …`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  execFileSync('apt-get', ['update'], { env, stdio: 'ignore' })
  execFileSync('apt-get', install, { env, stdio: ['ignore', 'ignore', 'inherit'] })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

/** The service as a person starts it. @throws Error when it does not become ready. */
async function startService(state: string, withAgents: boolean): Promise<Service> {
  const [port, identityPort] = [await freePort(), await freePort()]
  const flags = ['--state', state, '--port', String(port), '--identity-port', String(identityPort)]
  const argv = [PROGRAM, 'up', ...flags, ...(withAgents ? [] : ['--api-only'])]
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] })
  await ready(child)
  const secrets = JSON.parse(readFileSync(join(state, 'etc/secrets.json'), 'utf8')) as { readonly admin: string }
  return {
    url: `http://127.0.0.1:${port}`,
    authUrl: `http://127.0.0.1:${identityPort}/v3`,
    adminPassword: secrets.admin,
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      const cut = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX)
      child.kill('SIGTERM')
      await ended
      clearTimeout(cut)
    },
  }
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

async function read<Body>(service: Service, token: string, path: string): Promise<Body> {
  const reply = await fetch(`${service.url}${path}`, { headers: { 'x-auth-token': token } })
  if (!reply.ok) throw new Error(`${path} answers ${reply.status}`)
  return (await reply.json()) as Body
}

/** Writes what Tempest is to know; answers the aliases that the service lists. */
async function configure(service: Service, folder: string): Promise<readonly string[]> {
  const token = await tokenOf(service)
  const { extensions } = await read<{ readonly extensions: readonly { readonly alias: string }[] }>(
    service,
    token,
    '/v2.0/extensions',
  )
  const external = '/v2.0/networks?router:external=true'
  const { networks } = await read<{ readonly networks: readonly { readonly id: string }[] }>(service, token, external)
  const aliases = extensions.map(({ alias }) => alias).sort()
  const { authUrl, adminPassword } = service
  const publicNetworkId = networks[0]!.id
  writeFileSync(
    join(folder, 'tempest.conf'),
    renderTempestConf({ authUrl, adminPassword, publicNetworkId, aliases, folder }),
  )
  writeFileSync(join(folder, 'sitecustomize.py'), SITE_CUSTOMIZE)
  writeFileSync(join(folder, '.stestr.conf'), `[DEFAULT]\ntest_path=${DISCOVERY}\ntop_dir=${PYTHON_PACKAGES}\n`)
  return aliases
}

/** One after the other: many of the tests look at what the whole service holds. */
async function runTests(folder: string, pattern: string): Promise<readonly TestResult[]> {
  const python = { PYTHONPATH: folder, PYTHONWARNINGS: 'ignore' }
  const env = { ...process.env, ...python, TEMPEST_CONFIG_DIR: folder, TEMPEST_CONFIG: 'tempest.conf' }
  const argv = ['/usr/bin/stestr', 'run', '--serial', pattern]
  const child = spawn('/usr/bin/python3', argv, { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] })
  const results: TestResult[] = []
  const log = createWriteStream(join(folder, 'results.txt'))
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

/** Answers whether nothing failed that concerns what is served. */
async function conform(folder: string, words: readonly string[]): Promise<boolean> {
  const withAgents = isRoot && !words.includes('--api-only')
  const pattern = words.find((word) => !word.startsWith('--'))
  const started = performance.now()
  const service = await startService(join(folder, 'state'), withAgents)
  try {
    const aliases = await configure(service, folder)
    const results = await runTests(folder, pattern ?? TESTS)
    const count = (wanted: TestResult['outcome']) => results.filter(({ outcome }) => outcome === wanted).length
    const failed = results.filter(({ outcome }) => outcome === 'failed')
    const open = failed.filter(({ name }) => isNotOurs(name, aliases) === null)
    for (const { name } of open) console.log(`FAILED ${name}`)
    const minutes = ((performance.now() - started) / 60_000).toFixed(1)
    const known = `${failed.length - open.length} of them known not to concern what is served`
    console.log(
      `${count('passed')} passed, ${failed.length} failed (${known}), ${count('skipped')} skipped in ${minutes} min`,
    )
    if (pattern === undefined) writeFileSync(PAGE, renderPage({ results, aliases, versions: versions(), withAgents }))
    return open.length === 0 && results.length > 0
  } finally {
    await service.close()
  }
}

const words = process.argv.slice(2)
const isRoot = process.getuid?.() === 0
installPackages()
if (isRoot) ownHost()
const folder = mkdtempSync(join(tmpdir(), 'neutrino-conformance-'))
mkdirSync(join(folder, 'lock'))
try {
  process.exitCode = (await conform(folder, words)) ? 0 : 1
} finally {
  if (isRoot) await sweep(join(folder, 'state'))
  if (words.includes('--keep')) console.log(`Kept: ${folder}`)
  else rmSync(folder, { recursive: true, force: true })
}
