import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { sleep } from '#base/lifetime.ts'
import { bridgesOf } from '#cmd/one-host.ts'
import { ADMIN_CLOUD, MEMBER_CLOUD } from '#identity/clouds-yaml.ts'
import { openClient } from '#lab/api-client.ts'
import { namespacesOf } from '#lab/dismantle.ts'
import { processesMentioning } from '#lab/processes.ts'
import { namespaces, neutrino, type OneHost, oneHost, outcomeOf, ownHost, sweep, temporaryState } from './one-host.ts'
import { keepPinging } from './ping.ts'

ownHost()

const SOURCE = join(import.meta.dirname, '../../src/cmd')
const CIDR = '10.40.0.0/24'
const PORTS = {
  left: ['--port', '19696', '--identity-port', '15000'],
  right: ['--port', '29696', '--identity-port', '25000'],
  third: ['--port', '39696', '--identity-port', '35000'],
} as const
const STOP_MS = 10_000
const WAIT_MS_MAX = 20_000

const states = { left: temporaryState(), right: temporaryState(), third: temporaryState() }
const started: ChildProcess[] = []
let left: OneHost
let right: OneHost

before(async () => {
  left = await oneHost(states.left, PORTS.left)
  right = await oneHost(states.right, PORTS.right)
})

after(async () => {
  for (const child of started) child.kill('SIGKILL')
  await Promise.all([left?.end('SIGTERM'), right?.end('SIGTERM')])
  for (const state of Object.values(states)) await sweep(state)
})

const member = (state: string) => openClient(`${state}/clouds.yaml`, MEMBER_CLOUD)
const administrator = (state: string) => openClient(`${state}/clouds.yaml`, ADMIN_CLOUD)
const instances = (state: string) => ['instance', 'list', '--state', state]

async function makeNetwork(state: string): Promise<void> {
  const api = await member(state)
  const network = await api.create('networks', { name: 'inside' })
  await api.create('subnets', { network_id: network.id!, ip_version: 4, cidr: CIDR })
}

interface Booted {
  readonly id: string
  readonly netns: string
  readonly fixed_ips: readonly string[]
}

async function boot(state: string, name: string, more: readonly string[] = []): Promise<Booted> {
  const printed = await neutrino(['instance', 'boot', name, '--network', 'inside', ...more, '--state', state])
  assert.match(printed, /leased 10\.40\.0\.\d+\/24 from 10\.40\.0\.2/)
  return JSON.parse(readFileSync(`${state}/instances/${name}/instance.json`, 'utf8')) as Booted
}

function ask(program: string, ...words: readonly string[]): string {
  return execFileSync(program, words, { encoding: 'utf8' })
}

/** Everything one service has made on the host: namespaces and the numbers of their devices, bridges, processes. */
function thingsOf(state: string): unknown {
  const { integration, tunnel, external } = bridgesOf(state)
  const names = namespacesOf(state).sort()
  const devices = (name: string) => [...ask('ip', '-n', name, '-o', 'link').matchAll(/^(\d+): ([^:@]+)/gm)]
  const networks = readdirSync(`${state}/lib/dhcp`).sort()
  return {
    devices: names.map((name) => [name, devices(name).map(([, number, device]) => `${number} ${device}`)]),
    ports: [integration, tunnel, external].map((bridge) => ask('ovs-vsctl', 'list-ports', bridge).split('\n').sort()),
    dnsmasq: networks.map((id) => readFileSync(`${state}/lib/dhcp/${id}/pid`, 'utf8')),
  }
}

const bridges = () => ask('ovs-vsctl', 'list-br').split('\n').filter(Boolean).sort()

async function stopInTime(host: OneHost): Promise<void> {
  const begun = performance.now()
  assert.equal(await host.end('SIGTERM'), 0)
  assert.ok(performance.now() - begun < STOP_MS, 'it ended in time')
}

test('two services side by side keep to their own, and one that stops leaves the wire as it is', async () => {
  for (const state of [states.left, states.right]) await makeNetwork(state)
  const one = await boot(states.left, 'one')
  const two = await boot(states.left, 'two')
  await neutrino(['instance', 'exec', '--state', states.left, 'one', '--', 'ping', '-c1', '-w5', two.fixed_ips[0]!])
  const alone = thingsOf(states.left)

  const other = await boot(states.right, 'one')
  const third = await boot(states.right, 'two')
  assert.deepEqual(thingsOf(states.left), alone, 'the other service touched nothing of this one')
  assert.deepEqual(
    namespacesOf(states.left).filter((name) => namespacesOf(states.right).includes(name)),
    [],
  )
  await neutrino(['instance', 'exec', '--state', states.right, 'one', '--', 'ping', '-c1', '-w5', third.fixed_ips[0]!])
  const wired = thingsOf(states.right)
  const users = readFileSync(`${states.right}/clouds.yaml`, 'utf8')
  const networks = (await (await administrator(states.right)).list('networks')).map(({ id }) => id)

  const ofLeft = keepPinging(one.netns, two.fixed_ips[0]!)
  const ofRight = keepPinging(other.netns, third.fixed_ips[0]!)
  await stopInTime(right)
  assert.deepEqual(thingsOf(states.right), wired, 'what was wired stays')
  right = await oneHost(states.right, PORTS.right)
  assert.deepEqual(thingsOf(states.right), wired, 'nothing is made again')
  assert.match(readFileSync(`${states.right}/neutrino.log`, 'utf8').trimEnd().split(' ready ').at(-1)!, /steps=0\b/)
  assert.equal(readFileSync(`${states.right}/clouds.yaml`, 'utf8'), users)
  assert.deepEqual(
    (await (await administrator(states.right)).list('networks')).map(({ id }) => id).sort(),
    networks.sort(),
  )
  assert.deepEqual((await ofRight.stop()).lost, [])

  await stopInTime(right)
  assert.match(await neutrino(['clean', '--state', states.right]), /are gone/)
  assert.equal(existsSync(states.right), false)
  assert.deepEqual(processesMentioning(states.right), [])
  assert.deepEqual((await ofLeft.stop()).lost, [])
  assert.deepEqual(thingsOf(states.left), alone)
  assert.deepEqual(
    bridges(),
    (({ integration, tunnel, external }) => [integration, tunnel, external])(bridgesOf(states.left)).sort(),
  )
  assert.deepEqual(namespaces(), namespacesOf(states.left).sort(), 'no namespace of the other is left')
})

test('an instance has the groups and the user data it was booted with, and leaves nothing', async () => {
  const api = await member(states.left)
  const admin = await administrator(states.left)
  const before = { namespaces: namespaces(), ports: (await admin.list('ports')).length }
  await api.create('security-groups', { name: 'web' })
  await api.create('security-groups', { name: 'ssh' })
  const file = `${states.left}/user-data`
  writeFileSync(file, '#!/bin/sh\necho hello\n')

  const more = ['--security-group', 'web', '--security-group', 'ssh', '--user-data', file]
  const { id } = await boot(states.left, 'three', more)

  const [port] = await admin.list('ports', { device_id: id })
  const groups = await Promise.all(
    (port!.security_groups as string[]).map((group) => api.find('security-groups', group)),
  )
  assert.deepEqual(groups.map((group) => group!.name).sort(), ['ssh', 'web'])
  assert.match(await neutrino(instances(states.left)), /^three +active +10\.40\.0\.\d+ /m)
  const run = (...words: readonly string[]) =>
    outcomeOf(['instance', 'exec', '--state', states.left, 'three', '--', ...words])
  const curl = await run('curl', '-sf', '-m', '5', 'http://169.254.169.254/latest/user-data')
  assert.deepEqual(curl, { status: 0, out: '#!/bin/sh\necho hello\n', err: '' })
  assert.deepEqual(await run('sh', '-c', 'echo out; echo err >&2; exit 7'), { status: 7, out: 'out\n', err: 'err\n' })

  assert.equal(await neutrino(['instance', 'delete', 'three', '--state', states.left]), 'deleted three\n')
  assert.deepEqual({ namespaces: namespaces(), ports: (await admin.list('ports')).length }, before)
  assert.doesNotMatch(await neutrino(instances(states.left)), /three/)
  assert.equal((await run('true')).err, 'neutrino: there is no instance three\n')
})

test('a boot on a network that is not there is refused in a line and leaves nothing', async () => {
  const before = { namespaces: namespaces(), listed: await neutrino(instances(states.left)) }

  const refused = await outcomeOf(['instance', 'boot', 'four', '--network', 'nowhere', '--state', states.left])

  assert.deepEqual(refused, { status: 1, out: '', err: 'neutrino: 0 networks are called nowhere\n' })
  assert.deepEqual({ namespaces: namespaces(), listed: await neutrino(instances(states.left)) }, before)
})

test('a number of a process that is another by now does not keep a state', async () => {
  const state = temporaryState()
  const child = spawn('tail', ['-f', '/dev/null', `${state}/log`], { stdio: 'ignore' })
  started.push(child)
  writeFileSync(`${state}/pid`, String(child.pid))
  await (await oneHost(state, ['--api-only', ...PORTS.third])).end('SIGTERM')
  assert.equal(existsSync(`${state}/pid`), false)
  rmSync(state, { recursive: true, force: true })
})

test('a second service over a state that is in use is refused in a line, and so is cleaning it', async () => {
  const why = `neutrino: process ${left.pid} runs over ${states.left} already; choose another with --state\n`
  assert.deepEqual(await outcomeOf(['up', '--state', states.left, ...PORTS.third]), { status: 1, out: '', err: why })
  assert.deepEqual(await outcomeOf(['clean', '--state', states.left]), { status: 1, out: '', err: why })
  assert.match(await neutrino(instances(states.left)), /^one +active/m)
})

test('a bad value of a configuration file stops the start with file, line, option and reason, and makes nothing', async () => {
  const before = bridges()
  const file = `${states.left}/bad.ini`
  writeFileSync(file, '[ml2]\n\n[DEFAULT]\ndhcp_lease_duration = soon\n')

  const words = ['up', '--state', states.third, ...PORTS.third, '--config-file', file]
  const { status, out, err } = await outcomeOf(words)

  assert.deepEqual({ status, out }, { status: 1, out: '' })
  assert.match(err, new RegExp(`^neutrino: ${file}:4: \\[DEFAULT\\] dhcp_lease_duration: .*soon.*\\n$`))
  assert.deepEqual(bridges(), before)
  assert.equal(existsSync(`${states.third}/pid`), false)
})

test('an ordinary user serves the API alone', async () => {
  const state = temporaryState()
  const nobody = Number(ask('id', '-u', 'nobody'))
  chownSync(state, nobody, -1)
  const user = ['--reuid=nobody', '--regid=nogroup', '--clear-groups', '--']
  const words = ['up', '--api-only', '--state', state, ...PORTS.third]
  const child = spawn('setpriv', [...user, process.execPath, `${SOURCE}/neutrino.ts`, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  started.push(child)
  await once(child.stdout, 'data', { signal: AbortSignal.timeout(WAIT_MS_MAX) })

  const api = await member(state)
  const network = await api.create('networks', { name: 'mine' })
  assert.deepEqual(
    (await api.list('networks', { name: 'mine' })).map(({ id }) => id),
    [network.id],
  )
  assert.match(readFileSync(`/proc/${child.pid}/status`, 'utf8'), new RegExp(`^Uid:\\t${nobody}\\t${nobody}`, 'm'))
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  assert.deepEqual(await ended, [0, null])
  rmSync(state, { recursive: true, force: true })
})

test('an agent that is killed shows as dead after agent_down_time, and as alive when it is back', async () => {
  const file = `${states.left}/impatient.ini`
  writeFileSync(file, '[DEFAULT]\nagent_down_time = 2\n[agent]\nreport_interval = 0.5\n')
  await using host = await oneHost(states.third, ['--api-only', ...PORTS.third, '--config-file', file])
  const startAgent = () => {
    const files = ['neutron.conf', 'metadata_agent.ini'].map((name) => `${host.state}/etc/${name}`)
    const argv = [...files, file].flatMap((path) => ['--config-file', path])
    const child = spawn(process.execPath, [`${SOURCE}/neutron-metadata-agent.ts`, ...argv], { stdio: 'ignore' })
    started.push(child)
    return child
  }
  const api = await administrator(host.state)
  const becomes = async (alive: boolean) => {
    for (let waited = 0; waited < WAIT_MS_MAX; waited += 100) {
      const [agent] = await api.list('agents', { binary: 'neutron-metadata-agent' })
      if (agent?.alive === alive) return String(agent.id)
      await sleep(100)
    }
    throw new Error(`the agent never showed as ${alive ? 'alive' : 'dead'}`)
  }

  const first = startAgent()
  const id = await becomes(true)
  first.kill('SIGKILL')
  assert.equal(await becomes(false), id)
  assert.deepEqual(await api.list('agents', { alive: 'True' }), [])
  const second = startAgent()
  assert.equal(await becomes(true), id)
  second.kill('SIGTERM')
  await once(second, 'exit')
})

test('doctor says what this machine has', async () => {
  const { status, out, err } = await outcomeOf(['doctor', '--port', '39696', '--identity-port', '35000'])
  assert.deepEqual({ status, err }, { status: 0, err: '' })
  for (const subject of ['Node', 'Open vSwitch', 'dnsmasq', 'NAT', 'port 39696']) assert.match(out, new RegExp(subject))
  assert.match(out, /Nothing is lacking/)
})
