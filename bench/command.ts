/**
 * The `neutron` command beside Debian's `neutron` and `openstack`: whole processes, from the start to the exit, by turns
 * in one run against one server. Each client logs in by itself, as people's clients do.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { ADMIN_CLOUD } from '#identity/clouds-yaml.ts'
import { type ApiClient, openClient } from '#lab/api-client.ts'
import { percentile, renderCells, short } from './measure.ts'
import { defineQuestion } from './question.ts'

const ROUNDS = 9
const FLOOR = 10
const PORTS = 1_000
const BULK = 500

type Environment = Readonly<Record<string, string>>

interface Client {
  readonly name: string
  readonly program: string
}

const OURS: Client = { name: 'neutron', program: join(import.meta.dirname, '../bin/neutron') }
const THEIRS: readonly Client[] = [
  { name: "Debian's neutron", program: '/usr/bin/neutron' },
  { name: "Debian's openstack", program: '/usr/bin/openstack' },
]

interface Scenario {
  readonly name: string
  readonly neutron: readonly string[]
  readonly openstack: readonly string[]
}

const SCENARIOS: readonly Scenario[] = [
  { name: '`neutron --version`', neutron: ['--version'], openstack: ['--version'] },
  { name: '`neutron help`', neutron: ['help'], openstack: ['help'] },
  { name: '`neutron net-list`, 3 networks', neutron: ['net-list'], openstack: ['network', 'list'] },
  { name: `\`neutron port-list\`, ${PORTS} ports`, neutron: ['port-list'], openstack: ['port', 'list'] },
]

export default defineQuestion({
  question: 'How long does a command take, from its start to the prompt?',
  auth: 'keystone',
  async run({ server, say }) {
    const environment = environmentOf(server.cloudsFile)
    await fill(await openClient(server.cloudsFile, ADMIN_CLOUD))
    const rows: string[][] = []
    for (const scenario of SCENARIOS) {
      say(scenario.name)
      rows.push(...rowsOf(scenario, await measure(scenario, environment)))
    }
    const headings = ['command', 'client', 'min', 'p50', 'p95', 'times', 'floor', 'met']
    return `${renderCells(headings, rows)}\n\n${NOTE}`
  },
})

const NOTE =
  `${ROUNDS} rounds, the clients by turns, after one that is not counted. "times": how many times longer that client's ` +
  'p50 is.\nThe same server and credentials (password, project) for all: each logs in, then lists.'

function environmentOf(cloudsFile: string): Environment {
  const { PATH = '/usr/bin:/bin', HOME = '/root' } = process.env
  return { PATH, HOME, LANG: 'C.UTF-8', OS_CLIENT_CONFIG_FILE: cloudsFile, OS_CLOUD: ADMIN_CLOUD }
}

/** Two networks beside the public one, a thousand ports. */
async function fill(api: ApiClient): Promise<void> {
  const project = await api.projectId()
  await api.put(`/v2.0/quotas/${project}`, { quota: { port: -1 } })
  const network = await api.create('networks', { name: 'busy' })
  await api.create('networks', { name: 'quiet' })
  await api.create('subnets', { network_id: network.id!, ip_version: 4, cidr: '10.0.0.0/16' })
  for (let made = 0; made < PORTS; made += BULK) {
    const ports = Array.from({ length: BULK }, (_, index) => ({
      network_id: network.id!,
      name: `port-${made + index}`,
    }))
    await api.post('/v2.0/ports', { ports })
  }
}

/** Milliseconds, sorted, by client. */
async function measure(scenario: Scenario, environment: Environment): Promise<ReadonlyMap<Client, readonly number[]>> {
  const clients = [OURS, ...THEIRS]
  const taken = new Map(clients.map((client) => [client, [] as number[]]))
  for (let round = -1; round < ROUNDS; round += 1) {
    for (const client of clients) {
      const argv = client.program.endsWith('openstack') ? scenario.openstack : scenario.neutron
      const ms = await time(client.program, argv, environment)
      if (round >= 0) taken.get(client)!.push(ms)
    }
  }
  return new Map([...taken].map(([client, ms]) => [client, ms.toSorted((a, b) => a - b)]))
}

/** @throws when the command fails or says nothing: a fast failure is no result */
async function time(program: string, argv: readonly string[], env: Environment): Promise<number> {
  const start = performance.now()
  const child = spawn(program, argv, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = 0
  let errors = ''
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.length
  })
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk
  })
  const [status] = (await once(child, 'close')) as [number | null]
  const ms = performance.now() - start
  if (status !== 0 || printed + errors.length === 0)
    throw new Error(`${program} ${argv.join(' ')}: ${status}\n${errors}`)
  return ms
}

function rowsOf({ name }: Scenario, taken: ReadonlyMap<Client, readonly number[]>): string[][] {
  const ours = percentile(taken.get(OURS)!, 0.5)
  return [...taken].map(([client, ms]) => {
    const p50 = percentile(ms, 0.5)
    const judged =
      client === OURS ? ['', '', ''] : [`${short(p50 / ours)}×`, `${FLOOR}×`, p50 / ours >= FLOOR ? 'yes' : 'NO']
    return [name, client.name, short(ms[0]!), short(p50), short(percentile(ms, 0.95)), ...judged]
  })
}
