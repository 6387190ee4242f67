/**
 * From a change to the kernel: a whole host in namespaces of its own, with Open vSwitch, agents, dnsmasq and iptables.
 * What is waited for is read from the kernel or, for ACTIVE, from the API, every few milliseconds; a lease is a real
 * client's, an answer is a ping's from outside.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { sleep } from '#base/lifetime.ts'
import { bootInstance, deleteInstance } from '#lab/instances.ts'
import type { Netns } from '#linux/netns.ts'
import { oneHost, sweep, temporaryState } from '../test/e2e/one-host.ts'
import { Host, hasNatRule, type Line, renderLines, renderMemory, SNAT, timed, UP, until } from './host.ts'
import { defineHostQuestion } from './question.ts'

const ROUNDS = 15
const AT_ONCE = 30
const NETWORKS = 50
const ROUTERS = 20
const ANSWER_MS_MAX = 10_000
/** For an instance's client to have its address settled, and for what the last round left. */
const REST_MS = 200

const SCENARIOS = [portsOneByOne, portsAtOnce, dnsmasqs, leases, networksAtOnce, gateways, floatingIps, pings] as const

export default defineHostQuestion({
  question: 'How long does it take from a change to the wire?',
  async run(say) {
    const state = temporaryState()
    let service = await oneHost(state, UP)
    try {
      const host = await Host.open(state, say)
      const { network_id, subnet_id } = await host.bench.network('wiring', '10.9.0.0/16')
      const lines: Line[] = []
      for (const measured of SCENARIOS) {
        say(measured.name)
        lines.push(await measured({ host, network_id, subnet_id }))
      }
      const memory = renderMemory(host.memory())
      say('restart')
      lines.push(
        await timed(
          { name: 'all killed over this good host → ready again', reference: '', floorMs: 2_000 },
          5,
          async () => {
            await service.end('SIGKILL')
            return async () => {
              service = await oneHost(state, UP)
            }
          },
        ),
      )
      return `${renderLines(lines)}\n\nMemory of everything, in one process, before the restarts: ${memory}.`
    } finally {
      await service.end('SIGTERM')
      await sweep(state)
    }
  },
})

interface World {
  readonly host: Host
  readonly network_id: string
  readonly subnet_id: string
}

async function portsOneByOne({ host, network_id }: World): Promise<Line> {
  const ports = await host.ports(network_id, ROUNDS)
  const line = { name: 'port plugged → ACTIVE, one at a time', reference: '1,779 / 3,711', floorMs: 150 }
  return timed(line, ROUNDS, async (index) => {
    const mine = ports.slice(index, index + 1)
    await host.plug(mine)
    await until(() => host.areActive(mine))
  })
}

async function portsAtOnce({ host, network_id }: World): Promise<Line> {
  const name = `${AT_ONCE} ports plugged at once → all ACTIVE`
  return timed({ name, reference: '5,341 / 8,478', floorMs: 600 }, 5, async () => {
    const ports = await host.ports(network_id, AT_ONCE)
    return async () => {
      await host.plug(ports)
      await until(() => host.areActive(ports))
    }
  })
}

function dnsmasqs({ host }: World): Promise<Line> {
  const line = { name: 'subnet create → dnsmasq listens', reference: '1,074 / 1,375', floorMs: 300 }
  return timed(line, ROUNDS, async () => {
    const [network] = await host.bench.create('network', [{ name: 'dnsmasq' }])
    return async () => {
      await host.bench.create('subnet', [{ network_id: network!.id, ip_version: 4, cidr: '10.8.0.0/24' }])
      await until(() => host.servesDhcp(network!.id))
    }
  })
}

/** The whole of it: the network's DHCP server, a port, its wiring, and udhcpc's exchange of four packets. */
async function leases({ host: { bench, lab } }: World): Promise<Line> {
  const line = { name: 'subnet create, instance booted → its lease', reference: '', floorMs: null }
  return timed(line, ROUNDS, async (index) => {
    const name = `leased-${index}`
    const [network] = await bench.create('network', [{ name }])
    return async () => {
      await bench.create('subnet', [{ network_id: network!.id, ip_version: 4, cidr: '10.8.0.0/24' }])
      const { lease } = await bootInstance(lab, { name, network: network!.id })
      if (!lease) throw new Error('no lease')
    }
  })
}

function networksAtOnce({ host }: World): Promise<Line> {
  const name = `${NETWORKS} networks made → each one's dnsmasq listens`
  return timed({ name, reference: '30,800 / 48,800', floorMs: 4_000 }, 1, async () => {
    const networks = await host.bench.create(
      'network',
      Array.from({ length: NETWORKS }, () => ({ name: 'many' })),
    )
    await host.bench.create(
      'subnet',
      networks.map(({ id }) => ({ network_id: id, ip_version: 4, cidr: '10.7.0.0/24' })),
    )
    await until(() => networks.every(({ id }) => host.servesDhcp(id)))
  })
}

function gateways({ host }: World): Promise<Line> {
  const line = { name: 'router, interface and gateway → SNAT rule', reference: '3,823 / 8,597', floorMs: 400 }
  return timed(line, ROUTERS, async (round) => {
    const { subnet_id } = await host.bench.network('behind', `10.6.${round}.0/24`)
    return async () => {
      const router = await host.router(subnet_id)
      await until(() => hasNatRule(router, SNAT))
    }
  })
}

async function floatingIps({ host, network_id, subnet_id }: World): Promise<Line> {
  const router = await host.router(subnet_id)
  const ports = await host.ports(network_id, ROUNDS)
  const line = { name: 'floating IP associate → DNAT rule', reference: '931 / 1,293', floorMs: 100 }
  return timed(line, ROUNDS, async (round) => {
    const { id, address } = await host.floatingIp()
    return async () => {
      await host.associate(id, ports[round]!.id)
      await until(() => hasNatRule(router, new RegExp(`-d ${address}/32 .*-j DNAT`)))
    }
  })
}

/** Each round an address that nobody outside has asked for yet. */
async function pings({ host, network_id }: World): Promise<Line> {
  const outside = await host.outside()
  const group = await host.pingable()
  const { port_id } = await bootInstance(host.lab, { name: 'answers', network: network_id, securityGroups: [group] })
  const line = { name: 'floating IP associate → a ping from outside answered', reference: '', floorMs: null }
  let last: string | null = null
  const measured = await timed(line, ROUNDS, async () => {
    const { id, address } = await host.floatingIp()
    if (last) await host.associate(last, null)
    last = id
    await sleep(REST_MS)
    return async () => {
      await host.associate(id, port_id)
      await firstAnswer(outside, address)
    }
  })
  await deleteInstance(host.lab, 'answers')
  return measured
}

/** Resolves when the first of many pings is answered. */
async function firstAnswer({ path }: Netns, address: string): Promise<void> {
  const argv = [`--net=${path}`, '--', 'ping', '-n', '-i', '0.01', address]
  const child = spawn('nsenter', argv, { stdio: ['ignore', 'pipe', 'ignore'] })
  const late = AbortSignal.timeout(ANSWER_MS_MAX)
  try {
    for (let text = ''; !/bytes from/.test(text); )
      text += String((await once(child.stdout, 'data', { signal: late }))[0])
  } finally {
    child.kill('SIGKILL')
  }
}
