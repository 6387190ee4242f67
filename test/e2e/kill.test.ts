import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { sleep } from '#base/lifetime.ts'
import { ADMIN_CLOUD } from '#identity/clouds-yaml.ts'
import { type ApiClient, openClient } from '#lab/api-client.ts'
import { run } from '#linux/command.ts'
import { listNetns } from '#linux/netns.ts'
import { neutrino, oneHost, ownHost, sweep, temporaryState } from './one-host.ts'

ownHost()

const SOURCE = join(import.meta.dirname, '../../src/cmd')
const TALK = join(import.meta.dirname, 'talk.ts')
const WAIT_MS_MAX = 30_000
const AGENTS = ['openvswitch', 'dhcp', 'l3', 'metadata'] as const
type Part = 'server' | (typeof AGENTS)[number]

const state = temporaryState()
const running = new Map<Part, ChildProcess>()
const traffic: ChildProcess[] = []

/** One process of the host, as an operator starts it; its log says when it is in sync. */
function start(part: Part): void {
  const name = part === 'server' ? 'neutron-server' : `neutron-${part}-agent`
  const own = part === 'server' ? 'ml2_conf.ini' : `${part}_agent.ini`
  const files = ['neutron.conf', own].flatMap((file) => ['--config-file', `${state}/etc/${file}`])
  const log = ['--log-file', logOf(part)]
  running.set(part, spawn(process.execPath, [`${SOURCE}/${name}.ts`, ...files, ...log], { stdio: 'inherit' }))
}

const logOf = (part: Part) => `${state}/${part}.log`
const logLines = (part: Part) => readLog(part).split('\n')

function readLog(part: Part): string {
  try {
    return readFileSync(logOf(part), 'utf8')
  } catch {
    return ''
  }
}

/** Waits for the next line with that event; answers it. */
async function nextLine(part: Part, event: string, after: number): Promise<string> {
  for (let waited = 0; waited < WAIT_MS_MAX; waited += 20) {
    const line = logLines(part)
      .slice(after)
      .find((text) => text.includes(` ${event}`))
    if (line) return line
    await sleep(20)
  }
  throw new Error(`${part} did not say '${event}': ${readLog(part).slice(-2_000)}`)
}

async function kill(part: Part): Promise<void> {
  const child = running.get(part)!
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

/** Kills them at once, waits a moment, starts them again; answers how many steps each agent took to be in sync. */
async function killAndStart(parts: readonly Part[]): Promise<number[]> {
  const seen = parts.map((part) => logLines(part).length - 1)
  await Promise.all(parts.map(kill))
  await sleep(300)
  for (const part of parts) start(part)
  const lines = await Promise.all(
    parts.map((part, at) => nextLine(part, part === 'server' ? 'listening' : 'in sync', seen[at]!)),
  )
  return lines.flatMap((line) => /in sync .*steps=(\d+)/.exec(line)?.[1] ?? []).map(Number)
}

/** What would change if something were made again: namespaces, devices with their numbers, dnsmasq processes. */
async function fingerprint(): Promise<unknown> {
  const names = listNetns().sort()
  const links = names.map((name) => run(['ip', '-n', name, '-o', 'link'], { timeoutMs: 5_000 }))
  const numbers = (await Promise.all(links)).map((text) =>
    [...text.matchAll(/^(\d+): ([^:@]+)/gm)].map(([, n, name]) => `${n} ${name}`),
  )
  const networks = names.filter((name) => name.startsWith('qdhcp-')).map((name) => name.slice(6))
  return { names, numbers, dnsmasq: networks.map((id) => readFileSync(`${state}/lib/dhcp/${id}/pid`, 'utf8')) }
}

function inside(netns: string, argv: readonly string[]): ChildProcess {
  const child = spawn('nsenter', [`--net=/run/netns/${netns}`, '--', ...argv], { stdio: ['ignore', 'pipe', 'inherit'] })
  traffic.push(child)
  return child
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<string> {
  let text = ''
  child.stdout!.on('data', (chunk: Buffer) => {
    text += chunk
  })
  const closed = once(child, 'close')
  child.kill(signal)
  await closed
  return text
}

let api: ApiClient
let first: { netns: string; address: string }
let second: { netns: string; address: string }

async function boot(name: string, network: string): Promise<typeof first> {
  await neutrino(['instance', 'boot', name, '--network', network, '--state', state])
  const file = `${state}/instances/${name}/instance.json`
  const { netns, fixed_ips } = JSON.parse(readFileSync(file, 'utf8')) as { netns: string; fixed_ips: string[] }
  return { netns, address: fixed_ips[0]! }
}

before(async () => {
  const once = await oneHost(state) // writes the configuration and the first users
  await once.end('SIGTERM')
  for (const part of ['server', ...AGENTS] as const) start(part)
  await nextLine('server', 'listening', 0)
  for (const agent of AGENTS) await nextLine(agent, 'in sync', 0)
  api = await openClient(`${state}/clouds.yaml`, 'neutrino-demo')
  const router = await api.create('routers', { name: 'between' })
  for (const [name, cidr] of [
    ['left', '10.30.1.0/24'],
    ['right', '10.30.2.0/24'],
  ] as const) {
    const network = await api.create('networks', { name })
    const subnet = await api.create('subnets', { network_id: network.id!, ip_version: 4, cidr })
    await api.put(`/v2.0/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id! })
  }
  first = await boot('one', 'left')
  second = await boot('two', 'right')
  for (let waited = 0; waited < WAIT_MS_MAX; waited += 500) {
    const answered = await run(['nsenter', `--net=/run/netns/${first.netns}`, 'ping', '-c1', '-W1', second.address], {
      timeoutMs: 5_000,
    }).catch(() => null)
    if (answered) return
    await sleep(500)
  }
  throw new Error('the instances never reached each other')
})

after(async () => {
  for (const child of [...traffic, ...running.values()]) child.kill('SIGKILL')
  await sweep(state)
})

test('processes killed one after the other and together lose no packet and make nothing again', async () => {
  const before = await fingerprint()
  const serving = inside(second.netns, [process.execPath, TALK, 'serve'])
  await sleep(500)
  const pinging = inside(first.netns, ['ping', '-n', '-q', '-i', '0.01', second.address])
  const talking = inside(first.netns, [process.execPath, TALK, 'ask', second.address])
  await once(talking.stdout!, 'data')

  for (const agent of AGENTS) assert.deepEqual(await killAndStart([agent]), [0], `${agent} took no step`)
  assert.deepEqual(await killAndStart(AGENTS), [0, 0, 0, 0], 'all agents at once')
  await killAndStart(['server'])
  assert.deepEqual(await killAndStart(['server', ...AGENTS]), [0, 0, 0, 0], 'everything at once')

  const pinged = await ended(pinging, 'SIGINT')
  const { sent, received, fault } = JSON.parse(/\{.*\}/.exec(await ended(talking, 'SIGTERM'))![0]) as Record<
    string,
    unknown
  >
  serving.kill('SIGKILL')
  assert.match(pinged, / 0% packet loss/)
  assert.equal(fault, null)
  assert.equal(received, sent, 'every number came back over the one connection')
  assert.deepEqual(await fingerprint(), before)
})

test('what was asked for while agents were dead is done when they are back', async () => {
  const admin = await openClient(`${state}/clouds.yaml`, ADMIN_CLOUD)
  await Promise.all(AGENTS.map(kill))
  const network = await api.create('networks', { name: 'meanwhile' })
  await api.create('subnets', { network_id: network.id!, ip_version: 4, cidr: '10.30.9.0/24' })
  const seen = AGENTS.map((agent) => logLines(agent).length - 1)
  for (const agent of AGENTS) start(agent)
  await Promise.all(AGENTS.map((agent, at) => nextLine(agent, 'in sync', seen[at]!)))

  const third = await boot('three', 'meanwhile')

  const [port] = await admin.list('ports', { fixed_ips: `ip_address=${third.address}` })
  assert.equal(port!.network_id, network.id)
  assert.ok(listNetns().includes(`qdhcp-${network.id}`))
})
