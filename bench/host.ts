/** A whole host under measurement: what the questions from a change to the kernel prepare, wait for, and print. */
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { labOf } from '#cmd/instance.ts'
import { bridgesOf, readOneHost } from '#cmd/one-host.ts'
import { PUBLIC } from '#cmd/public-network.ts'
import { ADMIN_CLOUD } from '#identity/clouds-yaml.ts'
import { openClient } from '#lab/api-client.ts'
import type { Lab } from '#lab/instances.ts'
import { ensureOutside } from '#lab/outside.ts'
import { processesMentioning } from '#lab/processes.ts'
import type { Netns } from '#linux/netns.ts'
import { percentile, renderCells, short } from './measure.ts'
import { Bench } from './question.ts'

export const run = promisify(execFile)
/** How a measured host is brought up: every caller an administrator, the world outside in a namespace. */
export const UP = ['--auth', 'noauth', '--no-host-address']
const POLL_MS = 3
const WAIT_MS_MAX = 60_000

export interface Port {
  readonly id: string
  readonly mac_address: string
}

export class Host {
  readonly bench: Bench
  readonly lab: Lab
  readonly state: string
  readonly external: string
  readonly #ovsdb: string

  static async open(state: string, say: (line: string) => void): Promise<Host> {
    const one = readOneHost(state)
    const bench = new Bench({ url: `http://${one.host}:${one.port}` }, say)
    await bench.liftQuotas()
    const [reply] = await bench.send({ method: 'GET', path: '/v2.0/networks?router:external=true&fields=id' })
    const { networks } = JSON.parse(reply!.body) as { readonly networks: readonly { readonly id: string }[] }
    const lab = labOf(one, await openClient(`${state}/clouds.yaml`, ADMIN_CLOUD))
    return new Host(state, bench, lab, networks[0]!.id)
  }

  private constructor(state: string, bench: Bench, lab: Lab, external: string) {
    this.state = state
    this.bench = bench
    this.lab = lab
    this.external = external
    this.#ovsdb = lab.ovsdb
  }

  /** Ports bound to this host. */
  async ports(network_id: string, count: number): Promise<readonly Port[]> {
    const bound = { network_id, device_owner: 'compute:nova', 'binding:host_id': hostname() }
    const items = Array.from({ length: count }, () => bound)
    return (await this.bench.create('port', items)) as unknown as readonly Port[]
  }

  /** Plugs them as a hypervisor does, in one transaction of Open vSwitch. */
  async plug(ports: readonly Port[]): Promise<void> {
    const { integration } = bridgesOf(this.state)
    const words = ports.flatMap(({ id, mac_address }) => {
      const device = `tap${id.slice(0, 11)}`
      const ids = [`iface-id=${id}`, 'iface-status=active', `attached-mac="${mac_address}"`]
      const set = ['set', 'Interface', device, 'type=internal', ...ids.map((each) => `external_ids:${each}`)]
      return ['--', 'add-port', integration, device, '--', ...set]
    })
    await run('ovs-vsctl', ['--no-wait', '--timeout=10', ...words.slice(1)])
  }

  async areActive(ports: readonly Port[]): Promise<boolean> {
    const query = ports.map(({ id }) => `id=${id}`).join('&')
    const [reply] = await this.bench.send({ method: 'GET', path: `/v2.0/ports?status=ACTIVE&fields=id&${query}` })
    return (JSON.parse(reply!.body) as { readonly ports: readonly unknown[] }).ports.length >= ports.length
  }

  /** A router with a gateway outside and an interface in the subnet. */
  async router(subnet_id: string): Promise<string> {
    const [router] = await this.bench.create('router', [{ external_gateway_info: { network_id: this.external } }])
    const path = `/v2.0/routers/${router!.id}/add_router_interface`
    await this.bench.send({ method: 'PUT', path, body: { subnet_id } })
    return router!.id
  }

  async floatingIp(): Promise<{ readonly id: string; readonly address: string }> {
    const [made] = await this.bench.create('floatingip', [{ floating_network_id: this.external }])
    return { id: made!.id, address: (made as unknown as { readonly floating_ip_address: string }).floating_ip_address }
  }

  async associate(floatingIp: string, port_id: string | null): Promise<void> {
    const body = { floatingip: { port_id } }
    await this.bench.send({ method: 'PUT', path: `/v2.0/floatingips/${floatingIp}`, body })
  }

  /** A security group that lets pings in; its name. */
  async pingable(): Promise<string> {
    const [group] = await this.bench.create('security_group', [{ name: 'pingable' }])
    const rule = { security_group_id: group!.id, direction: 'ingress', protocol: 'icmp' }
    await this.bench.create('security_group_rule', [rule])
    return 'pingable'
  }

  /** The world outside: the external network's gateway, in a namespace. */
  outside(): Promise<Netns> {
    return ensureOutside({
      name: 'bench-outside',
      bridge: bridgesOf(this.state).external,
      ovsdb: this.#ovsdb,
      address: `${PUBLIC.gateway}/${PUBLIC.length}`,
      folder: `${this.state}/outside`,
    })
  }

  /** Whether the network's dnsmasq has its DHCP socket: UDP port 67, as its own namespace sees it. */
  servesDhcp(network: string): boolean {
    const pid = readIfThere(join(this.state, 'lib/dhcp', network, 'pid')).trim()
    return pid !== '' && /:0043 /.test(readIfThere(`/proc/${pid}/net/udp`))
  }

  /** Proportional set size in MiB, by what it belongs to; what only measures counts for nothing. */
  memory(): { readonly neutrino: number; readonly dnsmasq: number; readonly openvswitch: number } {
    const pids = processesMentioning(this.state)
    const named = (pattern: RegExp) => pids.filter((pid) => pattern.test(readIfThere(`/proc/${pid}/comm`)))
    return {
      neutrino: memoryOf(named(/^(node|MainThread)/)),
      dnsmasq: memoryOf(named(/^dnsmasq/)),
      openvswitch: memoryOf(processesMentioning('/var/run/openvswitch')),
    }
  }
}

function memoryOf(pids: readonly number[]): number {
  const kibibytes = pids.map((pid) => /^Pss: +(\d+) kB$/m.exec(readIfThere(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0)
  return kibibytes.reduce((sum: number, each) => sum + Number(each), 0) / 1_024
}

export async function hasNatRule(router: string, rule: RegExp): Promise<boolean> {
  const netns = `/run/netns/qrouter-${router}`
  if (!existsSync(netns)) return false
  // The file is there a moment before the namespace is mounted on it.
  const saved = await run('nsenter', [`--net=${netns}`, 'iptables-save', '-t', 'nat']).catch(() => null)
  return saved !== null && rule.test(saved.stdout)
}

export const SNAT = /-j SNAT --to-source/

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** @throws when it is not so in time. */
export async function until(isThere: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + WAIT_MS_MAX
  while (!(await isThere())) {
    if (performance.now() > end) throw new Error(`not there after ${WAIT_MS_MAX} ms: ${isThere}`)
    await delay(POLL_MS)
  }
}

/** One line of an answer: what, how often, and what upstream 2022.2 takes (p50 / p95). */
export interface Line {
  readonly name: string
  readonly ms: readonly number[]
  readonly errors: readonly string[]
  readonly reference: string
  /** Null: none is set. */
  readonly floorMs: number | null
}

type Named = Pick<Line, 'name' | 'reference' | 'floorMs'>

/**
 * Asks for the same several times. A round is what is measured, or prepares first and hands that back; one that fails
 * is an error and has no time.
 */
export async function timed(
  line: Named,
  times: number,
  round: (index: number) => Promise<void | (() => Promise<void>)>,
): Promise<Line> {
  const ms: number[] = []
  const errors: string[] = []
  for (let index = 0; index < times; index += 1) {
    let start = performance.now()
    try {
      const rest = await round(index)
      if (rest) {
        start = performance.now()
        await rest()
      }
      ms.push(performance.now() - start)
    } catch (error) {
      errors.push(error instanceof Error ? error.message : String(error))
    }
  }
  return { ...line, ms, errors }
}

/** A Markdown table, and the first error of each line that had one. The floor is for the p50. Pure. */
export function renderLines(lines: readonly Line[]): string {
  const headings = ['scenario', 'times', 'min', 'p50', 'p95', 'max', 'errors', 'reference p50 / p95', 'floor', 'met']
  const rows = lines.map(({ name, ms, errors, reference, floorMs }) => {
    const sorted = ms.toSorted((a, b) => a - b)
    const p50 = percentile(sorted, 0.5)
    const times = [sorted[0] ?? Number.NaN, p50, percentile(sorted, 0.95), sorted.at(-1) ?? Number.NaN].map(short)
    const floor = floorMs === null ? ['', ''] : [String(floorMs), p50 <= floorMs && errors.length === 0 ? 'yes' : 'NO']
    return [name, String(ms.length), ...times, String(errors.length), reference, ...floor]
  })
  const failed = lines.flatMap(({ name, errors }) => (errors[0] ? [`- ${name}: ${errors[0]}`] : []))
  return [renderCells(headings, rows), ...(failed.length > 0 ? ['\nFirst errors:\n', ...failed] : [])].join('\n')
}

/** The memory of everything as a sentence. Pure. */
export function renderMemory({ neutrino, dnsmasq, openvswitch }: ReturnType<Host['memory']>): string {
  const sum = neutrino + dnsmasq
  return (
    `${sum.toFixed(0)} MiB (proportional set size): server and agents ${neutrino.toFixed(0)}, dnsmasq ` +
    `${dnsmasq.toFixed(0)}; besides, Open vSwitch ${openvswitch.toFixed(0)}`
  )
}
