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
  plug,
  startAgent,
  started,
} from './l2.ts'
import { ownNamespaces } from './namespaces.ts'
import { temporaryOvs } from './ovs.ts'

ownNamespaces()

const network = { id: 'n1', network_type: 'local' }
const OUT: SecurityRule = { direction: 'egress', ethertype: 'IPv4' }
const FROM_OFFICE: SecurityRule = {
  direction: 'ingress',
  ethertype: 'IPv4',
  protocol: 'tcp',
  port_range_min: 8000,
  port_range_max: 8000,
  remote_address_group_id: 'office',
}

function talkOf(from: Instance, to: Instance) {
  const talk = started(from, ['socat', '-', `TCP:${to.ip}:8000`])
  return { ...talk, say: (word: string) => talk.child.stdin.write(`${word}\n`) }
}

test('addresses of an address group come and go; connections of those that stay go on', async ({ signal }) => {
  await using ovs = await temporaryOvs()
  const server = new FakeServer()
  await server.start()
  server.rules.set('clients', [OUT])
  server.rules.set('web', [OUT, FROM_OFFICE])
  // The blocks overlap, and one lies within the other.
  server.addressGroups.set('office', ['10.0.0.0/30', '10.0.0.2/32', 'fd00::/64'])
  await using agent = await startAgent(server, agentConfig(ovs))
  await agent.synced()
  const [a, b, c, web] = [
    instance(1, ['clients'], network, server),
    instance(2, ['clients'], network, server),
    instance(5, ['clients'], network, server),
    instance(9, ['web'], network, server),
  ]
  await plug(ovs, [a, b, c, web], signal)
  await eventually(() => server.up.size === 4, 'all ports up')
  const connects = (from: Instance) =>
    inside(from.name, ['socat', '-u', 'OPEN:/dev/null', `TCP:${web.ip}:8000,connect-timeout=0.5`], signal).then(
      () => true,
      () => false,
    )
  using listener = started(web, ['socat', 'TCP-LISTEN:8000,fork', 'SYSTEM:cat'])
  await eventually(() => connects(a), 'a connection from a block')
  assert.equal(await connects(b), true)
  assert.equal(await connects(c), false)
  assert.equal(listener.child.exitCode, null)

  using ofA = talkOf(a, web)
  using ofB = talkOf(b, web)
  ofA.say('one')
  ofB.say('one')
  await eventually(() => ofA.output() === 'one\n' && ofB.output() === 'one\n', 'echoes')

  // c comes, a goes; b is now in the group by its own address alone.
  server.addressGroups.set('office', ['10.0.0.2/32', '10.0.0.5/32', 'fd00::/64'])
  await server.rulesChanged(['web'])
  await eventually(() => connects(c), 'a connection from the new address')
  ofB.say('two')
  await eventually(() => ofB.output() === 'one\ntwo\n', 'a conversation that goes on')
  ofA.say('two')
  assert.equal(await connects(a), false)
  await new Promise((resolve) => setTimeout(resolve, 500))
  assert.equal(ofA.output(), 'one\n')

  const asked = () => server.calls.filter((method) => method === 'security_group_info_for_devices').length
  const before = asked()
  await server.rulesChanged(['of another host'])
  server.addressGroups.set('office', [])
  await server.rulesChanged(['web'])
  await eventually(async () => !(await connects(c)), 'nobody is left')
  assert.equal(asked(), before + 1, 'only what concerns this host is asked for')
})
