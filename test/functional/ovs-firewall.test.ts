import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linkLocal } from '#base/ip.ts'
import {
  agentConfig,
  eventually,
  FakeServer,
  type Instance,
  inside,
  instance,
  pings,
  plug,
  startAgent,
  started,
} from './l2.ts'
import { ownNamespaces } from './namespaces.ts'
import { type TemporaryOvs, temporaryOvs } from './ovs.ts'

ownNamespaces()

const network = { id: 'n1', network_type: 'local' }
const OUT = [
  { direction: 'egress', ethertype: 'IPv4' },
  { direction: 'egress', ethertype: 'IPv6' },
] as const
const TCP = {
  direction: 'ingress',
  ethertype: 'IPv4',
  protocol: 'tcp',
  port_range_min: 8000,
  port_range_max: 8009,
} as const

async function withAgent(ovs: TemporaryOvs, given = {}) {
  const server = new FakeServer()
  await server.start()
  server.rules.set('g', [...OUT])
  const agent = await startAgent(server, agentConfig(ovs, given))
  await agent.synced()
  return { server, [Symbol.asyncDispose]: () => agent.close() }
}

test('a TCP connection lives as long as a rule allows it, and its port range is exact', async ({ signal }) => {
  await using ovs = await temporaryOvs()
  await using running = await withAgent(ovs)
  const { server } = running
  server.rules.get('g')!.push(TCP)
  const [a, b] = [instance(1, ['g'], network, server), instance(2, ['g'], network, server)]
  await plug(ovs, [a, b], signal)
  await eventually(() => server.up.size === 2, 'both ports up')
  const connects = (port: number) =>
    inside(a.name, ['socat', '-u', 'OPEN:/dev/null', `TCP:${b.ip}:${port},connect-timeout=0.5`], signal).then(
      () => true,
      () => false,
    )
  using listener = started(b, ['socat', 'TCP-LISTEN:8009,fork', 'SYSTEM:cat'])
  using outside = started(b, ['socat', 'TCP-LISTEN:8010,fork', 'SYSTEM:cat'])
  await eventually(() => connects(8009), 'a connection in the range')
  assert.equal(await connects(8010), false)
  assert.deepEqual([listener.child.exitCode, outside.child.exitCode], [null, null], 'both listened all the time')

  using talk = started(a, ['socat', '-', `TCP:${b.ip}:8009`])
  talk.child.stdin.write('one\n')
  await eventually(() => talk.output() === 'one\n', 'an echo')
  server.rules.set('g', [...OUT])
  await server.rulesChanged(['g'])
  await eventually(async () => !(await connects(8009)), 'new connections refused')
  talk.child.stdin.write('two\n')
  await new Promise((resolve) => setTimeout(resolve, 700))
  assert.equal(talk.output(), 'one\n')

  // Allowed again, the connection that was cut goes on: what it sent meanwhile is sent again by TCP.
  server.rules.get('g')!.push(TCP)
  await server.rulesChanged(['g'])
  await eventually(() => talk.output() === 'one\ntwo\n', 'the rest of the conversation')
})

test('instances neither serve DHCP nor pose as routers, and are served by the network', async ({ signal }) => {
  await using ovs = await temporaryOvs()
  await using running = await withAgent(ovs)
  const { server } = running
  const [a, b, dhcp] = [1, 2, 3].map((n) => instance(n, ['g'], network, server))
  const details = { ...server.ports.get(dhcp!.id)!.details, device_owner: 'network:dhcp' }
  server.ports.set(dhcp!.id, { details, groups: [] })
  await plug(ovs, [a!, b!, dhcp!], signal)
  await eventually(() => server.up.size === 3, 'all ports up')

  const hears = async (from: Instance, to: Instance, source: number, target: number) => {
    using ear = started(to, ['socat', '-u', `UDP-RECV:${target}`, 'STDOUT'])
    const say = ['socat', '-u', `EXEC:echo hello`, `UDP-DATAGRAM:${to.ip}:${target},bind=:${source}`]
    for (let tries = 0; tries < 3 && !ear.output().includes('hello'); tries++) {
      await inside(from.name, say, signal).catch(() => '')
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    return ear.output().includes('hello')
  }
  assert.equal(await hears(dhcp!, b!, 67, 68), true)
  assert.equal(await hears(a!, b!, 67, 68), false)
  assert.equal(await hears(a!, dhcp!, 68, 67), true)
  assert.equal(await hears(dhcp!, b!, 1000, 2000), false)
  assert.equal(await pings(a!, dhcp!, signal), true)

  // Neighbour discovery works between instances; a ping needs a rule. The kernel takes up to two seconds until an
  // address of its own making is no longer tentative.
  const isReady = async ({ name }: Instance) =>
    !(await inside(name, ['ip', '-6', 'addr'], signal)).includes('tentative')
  await eventually(async () => (await isReady(a!)) && (await isReady(b!)), 'link-local addresses')
  const six = (to: Instance) =>
    inside(a!.name, ['ping', '-6', '-c1', '-W1', `${linkLocal(to.mac)}%${a!.name}`], signal).then(
      () => true,
      () => false,
    )
  assert.equal(await six(b!), false)
  assert.match(await inside(a!.name, ['ip', '-6', 'neigh'], signal), new RegExp(b!.mac))
  server.rules.get('g')!.push({ direction: 'ingress', ethertype: 'IPv6', protocol: 'icmp', port_range_min: 128 })
  await server.rulesChanged(['g'])
  await eventually(() => six(b!), 'an IPv6 ping that a rule allows')

  const flows = await ovs.run(['ovs-ofctl', '-O', 'OpenFlow13', 'dump-flows', 'br-int', 'table=71'])
  assert.match(flows, /icmp6,.*icmp_type=134 actions=resubmit\(,93\)/)
})

test('one address in two networks is two instances', async ({ signal }) => {
  await using ovs = await temporaryOvs()
  await using running = await withAgent(ovs)
  const { server } = running
  server.rules.get('g')!.push({ direction: 'ingress', ethertype: 'IPv4', protocol: 'icmp' })
  const other = { id: 'n2', network_type: 'local' }
  const [a, b, c] = [
    instance(1, ['g'], network, server),
    instance(2, ['g'], network, server),
    instance(3, ['g'], other, server),
  ]
  const port = server.ports.get(c.id)!
  server.ports.set(c.id, { ...port, details: { ...port.details, fixed_ips: [{ subnet_id: 't', ip_address: b.ip }] } })
  const twin = { ...c, ip: b.ip }
  await plug(ovs, [a, b, twin], signal)
  await eventually(() => pings(a, b, signal), 'a ping in one network')
  await inside(b.name, ['ip', 'link', 'set', b.name, 'down'], signal)
  await inside(a.name, ['ip', 'neigh', 'flush', 'all'], signal)
  assert.equal(await pings(a, twin, signal), false)
})

test('without security groups an instance still cannot pose as another', async ({ signal }) => {
  await using ovs = await temporaryOvs()
  await using running = await withAgent(ovs, { securitygroup: { firewall_driver: 'noop' } })
  const { server } = running
  const [a, b] = [instance(1, [], network, server), instance(2, [], network, server)]
  await plug(ovs, [a, b], signal)
  await eventually(() => pings(a, b, signal), 'a ping that nothing filters')
  await inside(a.name, ['ip', 'link', 'set', a.name, 'address', 'fa:16:3e:99:99:99'], signal)
  assert.equal(await pings(a, b, signal), false)
  assert.ok(!server.calls.includes('security_group_info_for_devices'))
})
