/**
 * What a port may use besides its own addresses, and a port that nobody looks at: with a real Open vSwitch and packets
 * of instances that pretend.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DeviceDetails, portUpdate } from '#rpc/contract/l2.ts'
import { agentConfig, eventually, FakeServer, type Instance, inside, instance, pings, plug, startAgent } from './l2.ts'
import { ownNamespaces } from './namespaces.ts'
import { type TemporaryOvs, temporaryOvs } from './ovs.ts'

ownNamespaces()

const network = { id: 'n1', network_type: 'local' }
const RULES = (['IPv4', 'IPv6'] as const).flatMap((ethertype) => [
  { direction: 'egress', ethertype } as const,
  { direction: 'ingress', ethertype, protocol: ethertype === 'IPv4' ? 'icmp' : 'ipv6-icmp' } as const,
])
const FOREIGN_MAC = 'fa:16:3e:99:99:99'
const [FOREIGN_4, FOREIGN_6] = ['10.0.0.77', 'fd00::77']

/** 10.0.0.2 is fd00::2 as well. */
const ipv6 = (ip: string) => `fd00::${ip.split('.')[3]}`

async function twoInstances(ovs: TemporaryOvs, signal: AbortSignal, given = {}) {
  const server = new FakeServer()
  await server.start()
  server.rules.set('g', [...RULES])
  const agent = await startAgent(server, agentConfig(ovs, given))
  const [a, b] = [instance(1, ['g'], network, server), instance(2, ['g'], network, server)]
  for (const { id, ip } of [a, b]) {
    const { details, groups } = server.ports.get(id)!
    const fixed_ips = [ip, ipv6(ip)].map((ip_address) => ({ subnet_id: 's', ip_address }))
    server.ports.set(id, { details: { ...details, fixed_ips }, groups })
  }
  await plug(ovs, [a, b], signal)
  for (const { name, ip } of [a, b]) {
    await inside(name, ['sysctl', '-qw', `net.ipv6.conf.${name}.accept_dad=0`], signal)
    await inside(name, ['ip', 'address', 'add', `${ipv6(ip)}/64`, 'dev', name, 'nodad'], signal)
  }
  await eventually(() => server.up.size === 2, 'both ports up')
  return { server, a, b, [Symbol.asyncDispose]: () => agent.close() }
}

/** The server changes what it says of a port, and tells the agent. */
async function change(server: FakeServer, { id }: Instance, more: Partial<DeviceDetails>, groups?: readonly string[]) {
  const port = server.ports.get(id)!
  server.ports.set(id, { details: { ...port.details, ...more }, groups: groups ?? port.groups })
  await server.cast(portUpdate.topic, 'port_update', { port: { id } })
}

/** Whether a ping from an address the instance gave itself is answered. Nobody remembers anything from before. */
async function answered(from: Instance, to: Instance, source: string, target: string, signal: AbortSignal) {
  for (const { name } of [from, to]) await inside(name, ['ip', 'neigh', 'flush', 'all'], signal)
  return await inside(from.name, ['ping', '-c1', '-W1', '-I', source, target], signal).then(
    () => true,
    () => false,
  )
}

test('an address of IPv4 or IPv6 gets through while a pair allows it, alone or in a block', async ({ signal }) => {
  await using ovs = await temporaryOvs()
  await using running = await twoInstances(ovs, signal)
  const { server, a, b } = running
  for (const address of [`${FOREIGN_4}/24`, `${FOREIGN_6}/64`]) {
    const noDad = address.includes(':') ? ['nodad'] : []
    await inside(a.name, ['ip', 'address', 'add', address, 'dev', a.name, ...noDad], signal)
  }
  await eventually(() => pings(a, b, signal), 'a ping from its own address')
  const [four, six] = [
    () => answered(a, b, FOREIGN_4, b.ip, signal),
    () => answered(a, b, FOREIGN_6, ipv6(b.ip), signal),
  ]
  assert.deepEqual([await four(), await six()], [false, false])

  const pair = (ip_address: string) => ({ ip_address, mac_address: a.mac.toUpperCase().replaceAll(':', '-') })
  const ways = [
    [FOREIGN_4, FOREIGN_6],
    ['10.0.0.70/28', 'FD00::7:0/64'],
    ['0.0.0.0/0', '::/0'],
  ]
  for (const way of ways) {
    await change(server, a, { allowed_address_pairs: way.map(pair) })
    await eventually(four, `IPv4 from ${way[0]}`)
    await eventually(six, `IPv6 from ${way[1]}`)
    await change(server, a, { allowed_address_pairs: [] })
    await eventually(async () => !(await four()) && !(await six()), 'refused again')
  }
  assert.equal(await pings(a, b, signal), true)
})

test('a MAC address gets through, in and out, while a pair names it', async ({ signal }) => {
  await using ovs = await temporaryOvs()
  await using running = await twoInstances(ovs, signal)
  const { server, a, b } = running
  await eventually(() => pings(a, b, signal), 'a ping as itself')
  await inside(a.name, ['ip', 'link', 'set', a.name, 'address', FOREIGN_MAC], signal)
  const gets = () => answered(a, b, a.ip, b.ip, signal)
  assert.equal(await gets(), false)
  await change(server, a, { allowed_address_pairs: [{ ip_address: a.ip, mac_address: FOREIGN_MAC }] })
  await eventually(gets, 'a ping from the MAC of a pair')
  assert.equal(await answered(b, a, b.ip, a.ip, signal), true)
  await change(server, a, { allowed_address_pairs: [] })
  await eventually(async () => !(await gets()), 'refused again')
})

test('a port without port security sends and takes whatever it likes, until it has it again', async ({ signal }) => {
  await using ovs = await temporaryOvs()
  await using running = await twoInstances(ovs, signal)
  const { server, a, b } = running
  await eventually(() => pings(a, b, signal), 'a ping as itself')
  await inside(a.name, ['ip', 'link', 'set', a.name, 'address', FOREIGN_MAC], signal)
  await inside(a.name, ['ip', 'address', 'add', `${FOREIGN_4}/24`, 'dev', a.name], signal)
  const gets = () => answered(a, b, FOREIGN_4, b.ip, signal)
  assert.equal(await gets(), false)

  await change(server, a, { port_security_enabled: false }, [])
  await eventually(gets, 'a ping from a MAC and an address nobody gave it')
  // In as well, though no rule allows it; a port with port security is still filtered.
  server.rules.set('g', RULES.slice(0, 1))
  await server.rulesChanged(['g'])
  await eventually(async () => !(await gets()), 'the other port takes no pings')
  assert.equal(await answered(b, a, b.ip, FOREIGN_4, signal), true)

  await change(server, a, { port_security_enabled: true }, ['g'])
  await eventually(async () => !(await answered(b, a, b.ip, FOREIGN_4, signal)), 'refused again')
})

test('without security groups pairs and port security count as well', async ({ signal }) => {
  await using ovs = await temporaryOvs()
  await using running = await twoInstances(ovs, signal, { securitygroup: { firewall_driver: 'noop' } })
  const { server, a, b } = running
  await eventually(() => pings(a, b, signal), 'a ping as itself')
  await inside(a.name, ['ip', 'address', 'add', `${FOREIGN_4}/24`, 'dev', a.name], signal)
  const gets = () => answered(a, b, FOREIGN_4, b.ip, signal)
  assert.equal(await gets(), false)
  await change(server, a, { allowed_address_pairs: [{ ip_address: '10.0.0.64/26', mac_address: a.mac }] })
  await eventually(gets, 'a ping from the address of a pair')
  await change(server, a, { allowed_address_pairs: [] })
  await eventually(async () => !(await gets()), 'refused again')
  await change(server, a, { port_security_enabled: false })
  await eventually(gets, 'a ping that nobody looks at')
})
