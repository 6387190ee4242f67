/**
 * From a change to the kernel: a whole host in namespaces of its own, with Open vSwitch, agents, dnsmasq and iptables.
 * What is waited for is read from the kernel or, for ACTIVE, from the API, every few milliseconds.
 */
import { execFile } from 'node:child_process'
import { existsSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { bridgesOf } from '#cmd/one-host.ts'
import { processesMentioning, stopProcessesMentioning } from '#lab/processes.ts'
import { type OneHost, oneHost, temporaryState } from '../test/e2e/one-host.ts'
import { percentile, renderCells, short } from './measure.ts'
import { Bench, defineHostQuestion } from './question.ts'

const run = promisify(execFile)
const POLL_MS = 3
const WAIT_MS_MAX = 60_000
const ROUNDS = 15
const AT_ONCE = 30
const NETWORKS = 50
const ROUTERS = 20

/** One line of the answer: what, how often, and what upstream 2022.2 takes. */
interface Line {
  readonly name: string
  readonly ms: readonly number[]
  readonly reference: string
  readonly floorMs: number
}

export default defineHostQuestion({
  question: 'How long does it take from a change to the wire?',
  async run(say) {
    const state = temporaryState()
    let host = await oneHost(state, ['--auth', 'noauth'])
    try {
      const world = await worldOf(host, say)
      const lines: Line[] = []
      for (const measured of [portsOneByOne, portsAtOnce, leases, networksAtOnce, gateways, floatingIps]) {
        say(measured.name)
        lines.push(await measured(world))
      }
      say('restart')
      await host.end('SIGKILL')
      const start = performance.now()
      host = await oneHost(state, ['--auth', 'noauth'])
      lines.push({
        name: 'server and all agents killed over this good host → ready again',
        ms: [performance.now() - start],
        reference: '40,600 (Open vSwitch agent, 150 ports)',
        floorMs: 2_000,
      })
      return renderLines(lines)
    } finally {
      await host.end('SIGTERM')
      await sweepOwn(state)
    }
  },
})

interface Port {
  readonly id: string
  readonly mac_address: string
}

interface World {
  readonly bench: Bench
  readonly state: string
  readonly network: { readonly network_id: string; readonly subnet_id: string }
  /** Creates ports bound to this host. */
  ports(count: number): Promise<readonly Port[]>
  /** Plugs them as a hypervisor does, in one transaction of Open vSwitch. */
  plug(ports: readonly Port[]): Promise<void>
  isActive(query: string, count: number): Promise<boolean>
}

async function worldOf({ api, state }: OneHost, say: (line: string) => void): Promise<World> {
  const bench = new Bench({ url: api }, say)
  await bench.liftQuotas()
  const network = await bench.network('wiring', '10.9.0.0/16')
  const { integration } = bridgesOf(state)
  return {
    bench,
    state,
    network,
    async ports(count) {
      const { network_id } = network
      const bound = { network_id, device_owner: 'compute:nova', 'binding:host_id': hostname() }
      const items = Array.from({ length: count }, () => bound)
      return (await bench.create('port', items)) as unknown as readonly Port[]
    },
    async plug(ports) {
      const words = ports.flatMap(({ id, mac_address }) => {
        const device = `tap${id.slice(0, 11)}`
        const ids = [`iface-id=${id}`, 'iface-status=active', `attached-mac="${mac_address}"`]
        const set = ['set', 'Interface', device, 'type=internal', ...ids.map((each) => `external_ids:${each}`)]
        return ['--', 'add-port', integration, device, '--', ...set]
      })
      await run('ovs-vsctl', ['--no-wait', '--timeout=10', ...words.slice(1)])
    },
    async isActive(query, count) {
      const [reply] = await bench.send({ method: 'GET', path: `/v2.0/ports?status=ACTIVE&fields=id&${query}` })
      return (JSON.parse(reply!.body) as { readonly ports: readonly unknown[] }).ports.length >= count
    },
  }
}

async function portsOneByOne(world: World): Promise<Line> {
  const ms: number[] = []
  for (const port of await world.ports(ROUNDS)) {
    const start = performance.now()
    await world.plug([port])
    await until(() => world.isActive(`id=${port.id}`, 1))
    ms.push(performance.now() - start)
  }
  return { name: 'port plugged → ACTIVE, one at a time', ms, reference: '1,779', floorMs: 150 }
}

async function portsAtOnce(world: World): Promise<Line> {
  const ms: number[] = []
  for (let round = 0; round < 3; round += 1) {
    const ports = await world.ports(AT_ONCE)
    const start = performance.now()
    await world.plug(ports)
    await until(() => world.isActive(ports.map(({ id }) => `id=${id}`).join('&'), ports.length))
    ms.push(performance.now() - start)
  }
  return { name: `${AT_ONCE} ports plugged at once → all ACTIVE`, ms, reference: '5,341', floorMs: 600 }
}

async function leases({ bench, state }: World): Promise<Line> {
  const ms: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const [network] = await bench.create('network', [{ name: 'leases' }])
    const start = performance.now()
    await bench.create('subnet', [{ network_id: network!.id, ip_version: 4, cidr: '10.8.0.0/24' }])
    await until(() => servesDhcp(state, network!.id))
    ms.push(performance.now() - start)
  }
  return { name: 'subnet create → dnsmasq listens', ms, reference: '1,074', floorMs: 300 }
}

async function networksAtOnce({ bench, state }: World): Promise<Line> {
  const start = performance.now()
  const networks = await bench.create(
    'network',
    Array.from({ length: NETWORKS }, () => ({ name: 'many' })),
  )
  await bench.create(
    'subnet',
    networks.map(({ id }) => ({ network_id: id, ip_version: 4, cidr: '10.7.0.0/24' })),
  )
  await until(() => networks.every(({ id }) => servesDhcp(state, id)))
  const ms = [performance.now() - start]
  return { name: `${NETWORKS} networks made → each one's dnsmasq listens`, ms, reference: '30,800', floorMs: 4_000 }
}

async function gateways(world: World): Promise<Line> {
  const ms: number[] = []
  for (let round = 0; round < ROUTERS; round += 1) {
    const { subnet_id } = await world.bench.network('behind', `10.6.${round}.0/24`)
    const start = performance.now()
    const router = await routerWith(world.bench, subnet_id)
    await until(() => hasNatRule(router, /-j SNAT --to-source/))
    ms.push(performance.now() - start)
  }
  return { name: 'router, interface and gateway → SNAT rule', ms, reference: '3,823', floorMs: 400 }
}

async function floatingIps(world: World): Promise<Line> {
  const { bench, network } = world
  const router = await routerWith(bench, network.subnet_id)
  const ports = await world.ports(ROUNDS)
  const ms: number[] = []
  for (const { id: port_id } of ports) {
    const [floating] = await bench.create('floatingip', [{ floating_network_id: await externalNetwork(bench) }])
    const { floating_ip_address } = floating as unknown as { readonly floating_ip_address: string }
    const start = performance.now()
    const body = { floatingip: { port_id } }
    await bench.send({ method: 'PUT', path: `/v2.0/floatingips/${floating!.id}`, body })
    await until(() => hasNatRule(router, new RegExp(`-d ${floating_ip_address}/32 .*-j DNAT`)))
    ms.push(performance.now() - start)
  }
  return { name: 'floating IP associate → DNAT rule', ms, reference: '931', floorMs: 100 }
}

async function routerWith(bench: Bench, subnet_id: string): Promise<string> {
  const gateway = { network_id: await externalNetwork(bench) }
  const [router] = await bench.create('router', [{ external_gateway_info: gateway }])
  const path = `/v2.0/routers/${router!.id}/add_router_interface`
  await bench.send({ method: 'PUT', path, body: { subnet_id } })
  return router!.id
}

async function externalNetwork(bench: Bench): Promise<string> {
  const [reply] = await bench.send({ method: 'GET', path: '/v2.0/networks?router:external=true&fields=id' })
  return (JSON.parse(reply!.body) as { readonly networks: readonly { readonly id: string }[] }).networks[0]!.id
}

async function hasNatRule(router: string, rule: RegExp): Promise<boolean> {
  const netns = `/run/netns/qrouter-${router}`
  if (!existsSync(netns)) return false
  // The file is there a moment before the namespace is mounted on it.
  const saved = await run('nsenter', [`--net=${netns}`, 'iptables-save', '-t', 'nat']).catch(() => null)
  return saved !== null && rule.test(saved.stdout)
}

/** Whether the network's dnsmasq has its DHCP socket: UDP port 67, as its own namespace sees it. */
function servesDhcp(state: string, network: string): boolean {
  const pidFile = join(state, 'lib/dhcp', network, 'pid')
  if (!existsSync(pidFile)) return false
  const pid = readFileSync(pidFile, 'utf8').trim()
  const sockets = pid === '' ? '' : readIfThere(`/proc/${pid}/net/udp`)
  return /:0043 /.test(sockets)
}

/** What this host left running; other hosts' Open vSwitch has the same paths, in another mount namespace. */
async function sweepOwn(state: string): Promise<void> {
  await stopProcessesMentioning(state)
  const mine = mountsOf('self')
  for (const pid of ['/run/openvswitch', '/var/run/openvswitch'].flatMap(processesMentioning)) {
    if (mountsOf(String(pid)) === mine) process.kill(pid, 'SIGTERM')
  }
  rmSync(state, { recursive: true, force: true })
}

function mountsOf(pid: string): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`)
  } catch {
    return null // it ended while we looked
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

async function until(isThere: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + WAIT_MS_MAX
  while (!(await isThere())) {
    if (performance.now() > end) throw new Error(`not there after ${WAIT_MS_MAX} ms: ${isThere}`)
    await delay(POLL_MS)
  }
}

function renderLines(lines: readonly Line[]): string {
  const headings = ['scenario', 'times', 'min', 'p50', 'p95', 'max', 'reference p50', 'floor']
  const rows = lines.map(({ name, ms, reference, floorMs }) => {
    const sorted = ms.toSorted((a, b) => a - b)
    const times = [sorted[0]!, percentile(sorted, 0.5), percentile(sorted, 0.95), sorted.at(-1)!].map(short)
    return [name, String(ms.length), ...times, reference, String(floorMs)]
  })
  return renderCells(headings, rows)
}
