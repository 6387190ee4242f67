/**
 * Whether a page, a filtered list and a create cost the same in a small cloud and in a large one: by any order, at any
 * depth, for anyone.
 */
import { type Headers, measure, type Row, renderCells, type Scenario, short } from './measure.ts'
import { type Bench, defineQuestion, HEADERS, repeated } from './question.ts'

/** Projects; each has ten networks with a hundred ports in each. */
const SIZES = [1, 10, 100]
const NETWORKS = 10
const PORTS = 100
const COUNTS = { one: 200, sixteen: 0 }
const TENANT: Headers = { 'X-Project-Id': 'project-0', 'X-Roles': 'member,reader' }
const PAGE = '/v2.0/ports?limit=100'

export default defineQuestion({
  question:
    'Does a page, a filtered list or a create cost as much among 100,000 ports in 1,000 networks as among 1,000 in ten?',
  async run(bench) {
    const columns: Column[] = []
    let made = 0
    for (const projects of SIZES) {
      for (; made < projects; made += 1) await project(bench, made)
      const rows = await rowsOf(bench)
      columns.push({ ports: projects * NETWORKS * PORTS, rows, memory: bench.server.memory() })
    }
    return render(columns)
  },
})

async function project(bench: Bench, index: number): Promise<void> {
  const project_id = `project-${index}`
  for (const path of ['networks', 'subnets', 'ports']) {
    const quota = { [path.slice(0, -1)]: -1 }
    await bench.send({ method: 'PUT', path: `/v2.0/quotas/${project_id}`, body: { quota } })
  }
  const networks = await bench.create(
    'network',
    Array.from({ length: NETWORKS }, (_, network) => ({ project_id, name: `network-${network}` })),
  )
  const subnet = { project_id, ip_version: 4, cidr: '10.0.0.0/24' }
  await bench.create(
    'subnet',
    networks.map(({ id }) => ({ ...subnet, network_id: id })),
  )
  for (const [network, { id }] of networks.entries()) {
    const ports = Array.from({ length: PORTS }, (_, port) => ({
      project_id,
      network_id: id,
      name: `port-${index}-${network}-${port}`,
      device_id: `device-${network}-${port}`,
      'binding:host_id': `host-${index}-${port % 10}`,
      tags: [`rack-${index}-${port % 10}`, port % 2 ? 'odd' : 'even'],
    }))
    await bench.create('port', ports)
  }
}

async function rowsOf(bench: Bench): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const [headers, scenarios] of [
    [HEADERS, await ofAdministrator(bench)],
    [TENANT, await ofTenant(bench)],
  ] as const) {
    for (const scenario of scenarios) rows.push(...(await measure(bench.server.url, headers, scenario)))
  }
  return rows
}

async function ofAdministrator(bench: Bench): Promise<readonly Scenario[]> {
  const [network] = await list(bench, 'networks', 'project_id=project-0')
  return [
    ...(await filtered(bench, network!)),
    ...(await creates(bench)),
    page('first page', ''),
    page('half way, by id', `&marker=${await middle(bench, 'sort_key=id&sort_dir=asc')}`),
    ...(await halfWay(bench, 'name', 'asc')),
    ...(await halfWay(bench, 'name', 'desc')),
    page('of one project', '&project_id=project-0'),
    page('of one network', `&network_id=${network}`),
    page('of one device', '&device_id=device-0-0&project_id=project-0'),
  ]
}

/** Each filter that clients use, asking for what a cloud of any size has as much of. */
async function filtered(bench: Bench, network: string): Promise<readonly Scenario[]> {
  const [reply] = await bench.send({ method: 'GET', path: `${PAGE}&network_id=${network}&limit=1` })
  const port = (JSON.parse(reply!.body) as { readonly ports: readonly Port[] }).ports[0]!
  const address = port.fixed_ips[0]!
  const filters = {
    id: `id=${port.id}`,
    name: `name=${port.name}`,
    mac_address: `mac_address=${port.mac_address}`,
    device_id: `device_id=${port.device_id}&project_id=project-0`,
    network_id: `network_id=${network}`,
    'device_owner and network_id': `device_owner=&network_id=${network}`,
    'fixed_ips, a subnet': `fixed_ips=subnet_id=${address.subnet_id}`,
    'fixed_ips, an address in a subnet': `fixed_ips=ip_address=${address.ip_address}&fixed_ips=subnet_id=${address.subnet_id}`,
    'binding:host_id': `binding:host_id=${port['binding:host_id']}`,
    tags: `tags=${port.tags.find((tag) => tag.startsWith('rack'))}`,
    'tags, half of all have it': 'tags=odd',
    security_groups: `security_groups=${port.security_groups[0]}`,
    'status, all have it': 'status=DOWN',
    'status, none has it': 'status=ACTIVE',
    project_id: 'project_id=project-0',
  }
  return Object.entries(filters).map(([name, query]) => page(`by ${name}`, `&${query}`))
}

interface Port {
  readonly id: string
  readonly name: string
  readonly mac_address: string
  readonly device_id: string
  readonly 'binding:host_id': string
  readonly tags: readonly string[]
  readonly security_groups: readonly string[]
  readonly fixed_ips: readonly { readonly subnet_id: string; readonly ip_address: string }[]
}

/** In a project, and ports in a network, that begin empty at each size. */
async function creates(bench: Bench): Promise<readonly Scenario[]> {
  const project_id = `creates-${Date.now()}`
  const quota = { network: -1, port: -1, subnet: -1 }
  await bench.send({ method: 'PUT', path: `/v2.0/quotas/${project_id}`, body: { quota } })
  const [network] = await bench.create('network', [{ project_id }])
  await bench.create('subnet', [{ project_id, network_id: network!.id, ip_version: 4, cidr: '10.0.0.0/20' }])
  const scenario = (resource: string, values: object): Scenario => ({
    name: `create a ${resource}`,
    counts: { one: 200, sixteen: 0 },
    requests: (count) =>
      Array.from({ length: count }, () => ({
        method: 'POST' as const,
        path: `/v2.0/${resource}s`,
        body: { [resource]: { project_id, name: 'one more', ...values } },
      })),
  })
  return [scenario('port', { network_id: network!.id }), scenario('network', {})]
}

/** A project sees its own ports, and those on its networks. */
async function ofTenant(bench: Bench): Promise<readonly Scenario[]> {
  const marker = await middle(bench, 'project_id=project-0&sort_key=id&sort_dir=asc')
  return [
    page("a project's first page", ''),
    page("a project's page half way, by id", `&marker=${marker}`),
    page("a project's page half way, by name", `&sort_key=name&sort_dir=asc&marker=${marker}`),
    { name: "a project's networks", counts: COUNTS, requests: repeated('/v2.0/networks?limit=100') },
    { name: "a project's subnets", counts: COUNTS, requests: repeated('/v2.0/subnets?limit=100') },
    { name: "a project's rules", counts: COUNTS, requests: repeated('/v2.0/security-group-rules?limit=100') },
  ]
}

async function halfWay(bench: Bench, key: string, direction: 'asc' | 'desc'): Promise<readonly Scenario[]> {
  const order = `sort_key=${key}&sort_dir=${direction}`
  const marker = await middle(bench, order)
  return [
    page(`half way, by ${key} ${direction}`, `&${order}&marker=${marker}`),
    page(`half way, by ${key} ${direction}, backwards`, `&${order}&marker=${marker}&page_reverse=True`),
  ]
}

function page(name: string, query: string): Scenario {
  return { name, counts: COUNTS, requests: repeated(`${PAGE}${query}`) }
}

/** The id in the middle of that list. */
async function middle(bench: Bench, query: string): Promise<string> {
  const ids = await list(bench, 'ports', query)
  return ids[Math.floor(ids.length / 2)]!
}

async function list(bench: Bench, collection: string, query: string): Promise<readonly string[]> {
  const [reply] = await bench.send({ method: 'GET', path: `/v2.0/${collection}?fields=id&${query}` })
  const all = JSON.parse(reply!.body) as { readonly [collection: string]: readonly { readonly id: string }[] }
  return all[collection]!.map(({ id }) => id)
}

interface Column {
  readonly ports: number
  readonly rows: readonly Row[]
  readonly memory: number
}

/** Medians by size, and how many times the largest takes what the smallest does. Pure. */
function render(columns: readonly Column[]): string {
  const first = columns[0]!
  const last = columns.at(-1)!
  const median = ({ ms }: Row) => ms[Math.floor(ms.length / 2)] ?? Number.NaN
  const lines = first.rows.map(({ scenario, errors }, index) => {
    const medians = columns.map(({ rows }) => median(rows[index]!))
    const failed = columns.reduce((sum, { rows }) => sum + rows[index]!.errors.length, errors.length)
    return [scenario, ...medians.map(short), `${short(medians.at(-1)! / medians[0]!)}×`, '1.50×', String(failed)]
  })
  const memory = ['memory of the server, MiB', ...columns.map((column) => column.memory.toFixed(0)), '', '', '']
  const headings = [
    'page of 100 ports, p50',
    ...columns.map(({ ports }) => `of ${ports}`),
    'times',
    'ceiling',
    'errors',
  ]
  return [
    renderCells(headings, [...lines, memory]),
    `\nThe ceiling for memory is 400 MiB at ${last.ports} ports (proportional set size).`,
  ].join('\n')
}
