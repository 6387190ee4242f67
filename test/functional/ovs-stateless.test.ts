import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SecurityRule } from '#rpc/contract/l2.ts'
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
import { temporaryOvs } from './ovs.ts'

ownNamespaces()

const network = { id: 'n1', network_type: 'local' }
const OUT: SecurityRule = { direction: 'egress', ethertype: 'IPv4' }
const IN: SecurityRule = { direction: 'ingress', ethertype: 'IPv4' }
const STATELESS = { stateful: false }
const tcp = (port_range_min: number, port_range_max = port_range_min) =>
  ({ ...IN, protocol: 'tcp', port_range_min, port_range_max, ...STATELESS }) satisfies SecurityRule
const icmp = (port_range_min: number) => ({ ...IN, protocol: 'icmp', port_range_min, ...STATELESS }) as const
const EPHEMERAL = tcp(32_768, 65_535)

test('what answers an instance in a stateless group needs a rule, and no connection of it is tracked', async ({
  signal,
}) => {
  await using ovs = await temporaryOvs()
  const server = new FakeServer()
  await server.start()
  server.rules.set('tracked', [
    { ...OUT, stateful: true },
    { ...IN, stateful: true },
  ])
  server.rules.set('raw', [{ ...OUT, ...STATELESS }, tcp(8000)])
  await using agent = await startAgent(server, agentConfig(ovs))
  await agent.synced()
  const [a, p, q] = [
    instance(1, ['tracked'], network, server),
    instance(2, ['raw'], network, server),
    instance(3, ['raw'], network, server),
  ]
  await plug(ovs, [a, p, q], signal)
  await eventually(() => server.up.size === 3, 'all ports up')
  const connects = (from: Instance, to: Instance) =>
    inside(from.name, ['socat', '-u', 'OPEN:/dev/null', `TCP:${to.ip}:8000,connect-timeout=0.5`], signal).then(
      () => true,
      () => false,
    )
  const listeners = [a, p, q].map((where) => started(where, ['socat', 'TCP-LISTEN:8000,fork', 'SYSTEM:cat']))
  try {
    // The tracked one begins: its own group lets the answers in. Begun from the other side, nothing does.
    await eventually(() => connects(a, p), 'a connection to a stateless port')
    assert.equal(await connects(p, a), false)
    assert.equal(await connects(p, q), false)
    assert.deepEqual([await pings(a, p, signal), await pings(p, a, signal)], [false, false])

    server.rules.set('raw', [{ ...OUT, ...STATELESS }, tcp(8000), EPHEMERAL, icmp(0)])
    await server.rulesChanged(['raw'])
    await eventually(() => connects(p, a), 'a connection from a stateless port')
    assert.equal(await connects(p, q), true)
    assert.equal(await pings(p, a, signal), true, 'the echo reply has its rule')
    assert.equal(await pings(a, p, signal), false, 'the echo request has none')
    const tracked = await ovs.run(['ovs-appctl', 'dpctl/dump-conntrack'])
    assert.match(tracked, /10\.0\.0\.1/)
    const untracked = tracked.split('\n').filter((line) => line.includes(p.ip) && line.includes(q.ip))
    assert.deepEqual(untracked, [])

    // By a remote group, too: whoever is tracked may ping.
    server.rules.get('raw')!.push({ ...icmp(8), remote_group_id: 'tracked' })
    await server.rulesChanged(['raw'])
    await eventually(() => pings(a, p, signal), 'a ping that a rule about a group lets in')
    assert.equal(await pings(q, p, signal), false)

    // A rule that goes, goes for what is under way as well.
    using talk = started(a, ['socat', '-', `TCP:${p.ip}:8000`])
    talk.child.stdin.write('one\n')
    await eventually(() => talk.output() === 'one\n', 'an echo')
    server.rules.set('raw', [{ ...OUT, ...STATELESS }])
    await server.rulesChanged(['raw'])
    await eventually(async () => !(await connects(a, p)), 'no new connections')
    talk.child.stdin.write('two\n')
    await new Promise((resolve) => setTimeout(resolve, 500))
    assert.equal(talk.output(), 'one\n')
  } finally {
    for (const listener of listeners) listener[Symbol.dispose]()
  }
})
