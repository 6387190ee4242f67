/** Port forwardings with real connections: from outside, from behind the router, from the very subnet. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { floatingIp, internalPort, router } from '#agents/l3/example.ts'
import { netnsName } from '#agents/l3/state.ts'
import { sleep } from '#base/lifetime.ts'
import { CommandError } from '#linux/command.ts'
import type { PortForwardingInfo, RouterInfo } from '#rpc/contract/l3.ts'
import { ownNamespaces } from './namespaces.ts'
import { INSIDE, inNetns, OUTSIDE, ping, type RouterWorld, routerWorld } from './routers.ts'

ownNamespaces()

const FLOATING = floatingIp.floating_ip_address
const BESIDE = 3
const free = { ...floatingIp, port_id: null, fixed_ip_address: null }
let world: RouterWorld
const children: ChildProcess[] = []

before(async () => {
  world = await routerWorld((device) => (device.startsWith('qg-') ? OUTSIDE : device.endsWith('-bb') ? BESIDE : INSIDE))
  await world.machine('vm', INSIDE, '10.0.0.10/24', '10.0.0.1')
  await world.machine('vm2', INSIDE, '10.0.0.11/24', '10.0.0.1')
  await world.machine('near', BESIDE, '10.0.1.20/24', '10.0.1.1')
  await world.machine('world', OUTSIDE, '203.0.113.1/24', null)
  await serve('vm', 'TCP-LISTEN:22,reuseaddr,fork', 'SYSTEM:cat')
  for (const port of [8080, 8085, 8090])
    await serve('vm', `TCP-LISTEN:${port},reuseaddr,fork`, `SYSTEM:read x; echo ${port}`)
  await serve('vm2', 'TCP-LISTEN:22,reuseaddr,fork', 'SYSTEM:read x; echo vm2')
  await serve('vm', 'UDP-LISTEN:53,reuseaddr,fork', 'SYSTEM:read x; echo udp')
})

after(async () => {
  for (const { pid } of children) if (pid) killGroup(pid)
  await world[Symbol.asyncDispose]()
})

/** With the children it has had for each connection. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function start(name: string, ...argv: string[]): ChildProcess {
  const child = spawn('ip', ['netns', 'exec', name, ...argv], { stdio: ['pipe', 'pipe', 'ignore'], detached: true })
  children.push(child)
  return child
}

async function serve(name: string, from: string, to: string): Promise<void> {
  start(name, 'socat', from, to)
  const port = /:(\d+)/.exec(from)![1]!
  for (;;) {
    if ((await inNetns(name, 'ss', '-Hltun')).includes(`:${port} `)) return
    await sleep(20)
  }
}

/** What the other side says to a line; empty when there is none. */
async function ask(name: string, to: string): Promise<string> {
  const argv = ['socat', '-T', '1', '-t', '1', 'STDIO', to]
  try {
    return (await inNetns(name, 'sh', '-c', `echo hello | ${argv.join(' ')}`)).trim()
  } catch (error) {
    if (error instanceof CommandError) return ''
    throw error
  }
}
const tcp = (name: string, port: number) => ask(name, `TCP:${FLOATING}:${port},connect-timeout=1`)
const udp = (name: string, port: number) => ask(name, `UDP:${FLOATING}:${port}`)

function forwarding(id: string, protocol: string, outside: string, inside: string): PortForwardingInfo {
  return {
    id: `${id}-0000-0000-0000-000000000000`,
    floatingip_id: floatingIp.id,
    floating_ip_address: FLOATING,
    router_id: router.id,
    protocol,
    external_port: null,
    external_port_range: outside,
    internal_port_id: floatingIp.port_id,
    internal_ip_address: '10.0.0.10',
    internal_port: null,
    internal_port_range: inside,
    description: '',
  }
}

const SSH = forwarding('00000001', 'tcp', '2222:2222', '22:22')
const RANGE = forwarding('00000002', 'tcp', '80:90', '8080:8090')
const TO_ONE = forwarding('00000003', 'tcp', '100:110', '8080:8080')
const DNS = forwarding('00000004', 'udp', '5353:5353', '53:53')

const withForwardings = (...all: readonly PortForwardingInfo[]): RouterInfo => ({
  ...router,
  _interfaces: [
    internalPort,
    {
      ...internalPort,
      id: 'aaaaaaaa-bbbb-0000-0000-000000000002',
      mac_address: 'fa:16:3e:00:01:02',
      fixed_ips: [{ subnet_id: 's3', ip_address: '10.0.1.1', prefixlen: 24 }],
    },
  ],
  _floatingips: [{ ...free, _port_forwardings: all }],
})

test('port forwardings: TCP and UDP, single ports and ranges, from outside and from inside', async () => {
  await world.turn([withForwardings(SSH, RANGE, TO_ONE, DNS)])
  for (const from of ['world', 'near', 'vm2']) {
    assert.equal(await tcp(from, 2222), 'hello', from)
    assert.equal(await tcp(from, 80), '8080', from)
    assert.equal(await tcp(from, 85), '8085', from)
    assert.equal(await tcp(from, 90), '8090', from)
    assert.equal(await tcp(from, 105), '8080', from)
    assert.equal(await udp(from, 5353), 'udp', from)
  }
  assert.equal(await tcp('vm', 2222), 'hello', 'from itself')
  assert.equal(await tcp('world', 91), '')
  assert.equal(await tcp('world', 22), '')
  await ping('vm', '203.0.113.1')
  assert.deepEqual(await world.turn([withForwardings(SSH, RANGE, TO_ONE, DNS)]), [])
})

/** A connection that stays open. */
async function open(from: string, port: number) {
  const child = start(from, 'socat', '-t', '0', 'STDIO', `TCP:${FLOATING}:${port},connect-timeout=1`)
  child.stdout!.setEncoding('utf8')
  return {
    async says(line: string): Promise<boolean> {
      child.stdin!.write(`${line}\n`)
      const answer = await Promise.race([once(child.stdout!, 'data'), sleep(2_000).then(() => [''])])
      return answer[0] === `${line}\n`
    },
  }
}

test('port forwardings: a restart in mid-connection loses nothing; what goes loses its connections, no other', async () => {
  await world.turn([withForwardings(SSH, RANGE)])
  const talk = await open('world', 2222)
  assert.ok(await talk.says('one'))

  assert.deepEqual(await world.turn([withForwardings(SSH, RANGE)]), [])
  assert.ok(await talk.says('two'))

  const steps = await world.turn([withForwardings(SSH, { ...RANGE, internal_port_range: '8080:8080' })])
  assert.deepEqual(steps, ['remember', 'write-iptables', 'forget-connections', 'remember'])
  assert.ok(await talk.says('three'), 'another forwarding has changed')
  assert.equal(await tcp('world', 85), '8080')

  await world.turn([withForwardings({ ...SSH, internal_ip_address: '10.0.0.11' }, RANGE)])
  assert.ok(!(await talk.says('four')), 'it leads elsewhere')
  assert.equal(await tcp('world', 2222), 'vm2')

  await world.turn([withForwardings(RANGE)])
  assert.equal(await tcp('world', 2222), '')
  assert.equal(await tcp('world', 80), '8080')
  const left = await inNetns(netnsName(router.id), 'conntrack', '-L', '-p', 'tcp', '--orig-port-dst', '2222')
  assert.doesNotMatch(left, /ESTABLISHED/)

  await world.turn([withForwardings()])
  await assert.rejects(ping('world', FLOATING))
  await world.turn([])
})

test('port forwardings: who has been sending before the forwarding came is forwarded with it', async () => {
  await world.turn([withForwardings(SSH)])
  const sender = start(
    'world',
    'sh',
    '-c',
    `while :; do echo x; sleep 0.2; done | socat STDIO UDP-DATAGRAM:${FLOATING}:5353`,
  )
  await sleep(600)
  const seen = await inNetns(netnsName(router.id), 'conntrack', '-L', '-p', 'udp', '--orig-port-dst', '5353')
  assert.match(seen, /UNREPLIED/)
  await world.turn([withForwardings(SSH, DNS)])
  const [said] = await Promise.race([once(sender.stdout!, 'data'), sleep(5_000).then(() => ['nothing'])])
  assert.equal(String(said), 'udp\n')
  await world.turn([])
})
