/**
 * How long the host does without an agent: server and agents as processes of their own, killed and started again over
 * 100 plugged ports, 50 networks and 50 routers, while somebody outside pings an instance at its floating IP.
 */
import { rmSync } from 'node:fs'
import { bridgesOf } from '#cmd/one-host.ts'
import { bootInstance } from '#lab/instances.ts'
import { processesMentioning, stopProcessesMentioning } from '#lab/processes.ts'
import { removeNetns } from '#linux/netns.ts'
import { oneHost, sweep, temporaryState } from '../test/e2e/one-host.ts'
import { keepPinging } from '../test/e2e/ping.ts'
import { AGENTS, type Agent, type Part, SeparateProcesses, stepsOf } from '../test/e2e/separate.ts'
import { Host, hasNatRule, type Line, renderLines, renderMemory, run, SNAT, timed, UP, until } from './host.ts'
import { defineHostQuestion } from './question.ts'

const PORTS = 100
const COUNT = 50
const ROUNDS = 5

export default defineHostQuestion({
  question: 'How long does an agent take from its start to a host in sync, and what is lost meanwhile?',
  async run(say) {
    const state = temporaryState()
    await (await oneHost(state, UP)).end('SIGTERM') // writes the configuration
    const processes = new SeparateProcesses(state)
    try {
      await processes.startAll()
      const host = await Host.open(state, say)
      say(`${COUNT} networks`)
      const networks = await makeNetworks(host)
      say(`${COUNT} routers`)
      const lines = [await routers(host, networks)]
      const memory = renderMemory(host.memory())
      const address = await answering(host, networks[0]!.network_id)
      const world: World = { host, processes, networks, address }
      const lost: string[] = []
      for (const parts of [...AGENTS.map((agent) => [agent]), AGENTS, ['server', ...AGENTS]] as (readonly Part[])[]) {
        say(`${parts.join(', ')} killed`)
        const { line, losses } = await killed(world, parts)
        lines.push(line)
        lost.push(losses)
      }
      say('dnsmasq, namespaces and devices gone')
      lines.push(await rebuilt(world))
      return [
        renderLines(lines),
        '"steps" are changes made to the host; a start over a good host needs none.',
        ['Pings from outside, one in ten milliseconds, through router, floating IP and switch:\n', ...lost].join('\n'),
        `Memory of everything at ${COUNT} networks and ${COUNT} routers, in five processes: ${memory}. The floor is 450.`,
      ].join('\n\n')
    } finally {
      await processes.end()
      await sweep(state)
    }
  },
})

interface Network {
  readonly network_id: string
  readonly subnet_id: string
}

interface World {
  readonly host: Host
  readonly processes: SeparateProcesses
  readonly networks: readonly Network[]
  /** A floating IP that answers. */
  readonly address: string
}

/** The first with ports plugged into it. */
async function makeNetworks(host: Host): Promise<readonly Network[]> {
  const networks: Network[] = []
  for (let index = 0; index < COUNT; index += 1) networks.push(await host.bench.network('one', `10.5.${index}.0/24`))
  const ports = await host.ports(networks[0]!.network_id, PORTS)
  await host.plug(ports)
  await until(() => host.areActive(ports))
  await until(() => networks.every(({ network_id }) => host.servesDhcp(network_id)))
  return networks
}

function routers(host: Host, networks: readonly Network[]): Promise<Line> {
  const name = `${COUNT} routers with interface and gateway, one after the other → all wired`
  return timed({ name, reference: '170,000 with 32 threads', floorMs: 10_000 }, 1, async () => {
    const made: string[] = []
    for (const { subnet_id } of networks) made.push(await host.router(subnet_id))
    for (const router of made) await until(() => hasNatRule(router, SNAT))
  })
}

/** Boots an instance with a floating IP that answers; the address. */
async function answering(host: Host, network: string): Promise<string> {
  const group = await host.pingable()
  const { port_id } = await bootInstance(host.lab, { name: 'answers', network, securityGroups: [group] })
  const { id, address } = await host.floatingIp()
  await host.associate(id, port_id)
  const outside = await host.outside()
  await until(() =>
    outside.run(['ping', '-n', '-c1', '-W1', address], { timeoutMs: 3_000 }).then(
      () => true,
      () => false,
    ),
  )
  return address
}

const FLOORS: { readonly [agent in Agent]: Pick<Line, 'reference' | 'floorMs'> } = {
  openvswitch: { reference: '40,600', floorMs: 2_000 },
  dhcp: { reference: '23,200', floorMs: 1_500 },
  l3: { reference: '44,000 with 32 threads', floorMs: 2_000 },
  metadata: { reference: '', floorMs: null },
}

async function killed({ host, processes, address }: World, parts: readonly Part[]) {
  const [only] = parts
  const floor = parts.length === 1 ? FLOORS[only as Agent] : { reference: '', floorMs: null }
  const what = parts.length === 1 ? `${only} agent` : parts.includes('server') ? 'everything' : 'all agents'
  const pinging = keepPinging((await host.outside()).name!, address)
  const steps: number[] = []
  const line = await timed({ name: `${what} killed, started → in sync`, ...floor }, ROUNDS, async () => {
    await processes.kill(parts)
    return async () => {
      const said = parts.includes('server') ? await processes.start(['server']) : []
      said.push(...(await processes.start(parts.filter((part) => part !== 'server'))))
      steps.push(...said.map(stepsOf).filter((count) => !Number.isNaN(count)))
    }
  })
  const { answered, lost } = await pinging.stop()
  const sum = steps.reduce((all, each) => all + each, 0)
  return { line, losses: `- ${what}: ${lost.length} lost of ${answered + lost.length}; ${sum} steps` }
}

/** The DHCP agent over a host that has lost everything of it. */
function rebuilt({ host, processes, networks }: World): Promise<Line> {
  const name = `DHCP agent started on a wiped host → each of ${COUNT} networks rebuilt`
  return timed({ name, reference: '33,400 / 53,300', floorMs: 5_000 }, 3, async () => {
    await processes.kill(['dhcp'])
    await wipe(host, networks)
    return async () => {
      await processes.start(['dhcp'])
      await until(() => networks.every(({ network_id }) => host.servesDhcp(network_id)))
    }
  })
}

async function wipe({ state }: Host, networks: readonly Network[]): Promise<void> {
  const folder = `${state}/lib/dhcp`
  await stopProcessesMentioning(folder)
  if (processesMentioning(folder).length > 0) throw new Error('dnsmasq does not end')
  const names = networks.map(({ network_id }) => `qdhcp-${network_id}`)
  const links = await Promise.all(names.map((name) => run('ip', ['-n', name, '-o', 'link'])))
  const devices = links.flatMap(({ stdout }) => [...stdout.matchAll(/: (tap[^:@]+)/g)].map(([, device]) => device!))
  const { integration } = bridgesOf(state)
  const words = devices.flatMap((device) => ['--', '--if-exists', 'del-port', integration, device])
  await run('ovs-vsctl', ['--timeout=20', ...words.slice(1)])
  for (const name of names) await removeNetns(name)
  rmSync(folder, { recursive: true, force: true })
}
