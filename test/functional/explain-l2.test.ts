/** What the Open vSwitch agent tells of a port, against a real Open vSwitch: faults are seen, and nothing is mended. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from '#base/json.ts'
import { type L2Evidence, l2Evidence } from '#rpc/contract/evidence.ts'
import { agentConfig, eventually, FakeServer, instance, plug, startAgent } from './l2.ts'
import { ownNamespaces } from './namespaces.ts'
import { temporaryOvs } from './ovs.ts'

ownNamespaces()

const network = { id: 'n1', network_type: 'local' }
const OFCTL = ['ovs-ofctl', '-O', 'OpenFlow13']

async function evidence(server: FakeServer, port_id: string): Promise<L2Evidence> {
  const target = { topic: l2Evidence.topic, host: 'host-1' }
  const message = { method: 'explain_port', args: { port_id }, version: '1.0', context: {} }
  const answer: Json = await server.transport.call(target, message, { timeoutMs: 5_000 })
  return answer as unknown as L2Evidence
}

test('a port that is whole, one that is not plugged, one whose flow, tag or rules are gone', async ({ signal }) => {
  await using ovs = await temporaryOvs()
  const server = new FakeServer()
  await server.start()
  await using agent = await startAgent(server, agentConfig(ovs))
  await agent.synced()
  server.rules.set('g', [{ direction: 'egress', ethertype: 'IPv4' }])
  const [a, b] = [instance(1, ['g'], network, server), instance(2, ['g'], network, server)]
  const absent = await evidence(server, a.id)
  assert.deepEqual([absent.device, absent.known, absent.integration_bridge], [null, false, 'br-int'])

  await plug(ovs, [a, b], signal)
  await eventually(() => server.up.size === 2, 'both ports up')
  const whole = await evidence(server, a.id)
  assert.equal(whole.device?.name, a.name)
  assert.ok(whole.device!.ofport! > 0 && whole.device!.tag! > 0)
  assert.deepEqual([whole.known, whole.unreachable, whole.rules, whole.failing], [true, null, 1, null])
  assert.deepEqual([whole.lacking, whole.flows.missing, whole.flows.foreign], [[], 0, 0])
  assert.ok(whole.flows.wanted > 20)

  const steps = agent.stepsTaken
  await ovs.run([...OFCTL, 'del-flows', `unix:${ovs.rundir}/br-int.mgmt`, `table=60,in_port=${whole.device!.ofport}`])
  await ovs.run([...OFCTL, 'add-flow', `unix:${ovs.rundir}/br-int.mgmt`, 'table=0,priority=999,actions=drop'])
  const cut = await evidence(server, a.id)
  assert.ok(cut.flows.missing > 0)
  assert.match(cut.flows.examples[0]!.flow, new RegExp(`^table=60,.*in_port=${whole.device!.ofport}`))
  assert.equal(cut.flows.foreign, 1)
  assert.equal((await evidence(server, b.id)).flows.missing, 0, "another port's flow is no fault of this one")
  assert.deepEqual(await evidence(server, a.id), cut, 'looking mends nothing')
  assert.equal(agent.stepsTaken, steps)
})

test("a device's MTU is what it is, wherever it can be read; one that could not be opened says why", async ({
  signal,
}) => {
  await using ovs = await temporaryOvs()
  const server = new FakeServer()
  await server.start()
  await using agent = await startAgent(server, agentConfig(ovs))
  await agent.synced()
  const small = instance(3, [], network, server)
  const gone = instance(4, [], network, server)
  await ovs.run(['ip', 'link', 'add', small.name, 'type', 'veth', 'peer', 'name', 'peer3'])
  await ovs.run(['ip', 'link', 'set', 'dev', small.name, 'mtu', '1400', 'up'])
  for (const { name, id, mac } of [small, gone]) {
    const ids = [`external_ids:iface-id=${id}`, `external_ids:attached-mac=${mac}`]
    await ovs.run(['ovs-vsctl', '--no-wait', 'add-port', 'br-int', name, '--', 'set', 'Interface', name, ...ids])
  }
  await eventually(async () => (await evidence(server, small.id)).device?.mtu === 1400, 'the MTU of a device')
  await eventually(async () => (await evidence(server, gone.id)).device?.error !== null, 'why there is no device')
  assert.match((await evidence(server, gone.id)).device!.error!, /No such device/)
  assert.equal(signal.aborted, false)
})
