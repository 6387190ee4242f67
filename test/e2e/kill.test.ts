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
import { keepPinging } from './ping.ts'
import { AGENTS, type Part, SeparateProcesses, stepsOf } from './separate.ts'

ownHost()

const TALK = join(import.meta.dirname, 'talk.ts')
const WAIT_MS_MAX = 30_000
const DEAD_MS = 300

const state = temporaryState()
const processes = new SeparateProcesses(state)
const traffic: ChildProcess[] = []

/** Kills them at once, waits a moment, starts them again; answers how many steps each agent took to be in sync. */
async function killAndStart(parts: readonly Part[]): Promise<number[]> {
  await processes.kill(parts)
  await sleep(DEAD_MS)
  const lines = await processes.start(parts)
  return lines.filter((line) => line.includes(' in sync')).map(stepsOf)
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
  const up = await oneHost(state) // writes the configuration and the first users
  await up.end('SIGTERM')
  await processes.startAll()
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
  for (const child of traffic) child.kill('SIGKILL')
  await processes.end()
  await sweep(state)
})

test('processes killed one after the other and together lose no packet and make nothing again', async () => {
  const before = await fingerprint()
  const serving = inside(second.netns, [process.execPath, TALK, 'serve'])
  await sleep(500)
  const pinging = keepPinging(first.netns, second.address)
  const talking = inside(first.netns, [process.execPath, TALK, 'ask', second.address])
  await once(talking.stdout!, 'data')

  for (const agent of AGENTS) assert.deepEqual(await killAndStart([agent]), [0], `${agent} took no step`)
  assert.deepEqual(await killAndStart(AGENTS), [0, 0, 0, 0], 'all agents at once')
  await killAndStart(['server'])
  assert.deepEqual(await killAndStart(['server', ...AGENTS]), [0, 0, 0, 0], 'everything at once')

  const { lost } = await pinging.stop()
  const { sent, received, fault } = JSON.parse(/\{.*\}/.exec(await ended(talking, 'SIGTERM'))![0]) as Record<
    string,
    unknown
  >
  serving.kill('SIGKILL')
  assert.deepEqual(lost, [])
  assert.equal(fault, null)
  assert.equal(received, sent, 'every number came back over the one connection')
  assert.deepEqual(await fingerprint(), before)
})

test('what was asked for while agents were dead is done when they are back', async () => {
  const admin = await openClient(`${state}/clouds.yaml`, ADMIN_CLOUD)
  await processes.kill(AGENTS)
  const network = await api.create('networks', { name: 'meanwhile' })
  await api.create('subnets', { network_id: network.id!, ip_version: 4, cidr: '10.30.9.0/24' })
  await processes.start(AGENTS)

  const third = await boot('three', 'meanwhile')

  const [port] = await admin.list('ports', { fixed_ips: `ip_address=${third.address}` })
  assert.equal(port!.network_id, network.id)
  assert.ok(listNetns().includes(`qdhcp-${network.id}`))
})
