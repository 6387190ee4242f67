import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { agentConfig, eventually, FakeServer, inside, instance, pings, plug, startAgent } from './l2.ts'
import { ownNamespaces } from './namespaces.ts'
import { temporaryOvs } from './ovs.ts'

ownNamespaces()

const network = { id: 'n1', network_type: 'local' }

test('instances reach each other only as their security group says', async ({ signal }) => {
  await using ovs = await temporaryOvs()
  const server = new FakeServer()
  await server.start()
  await using agent = await startAgent(server, agentConfig(ovs))
  await agent.synced()
  server.rules.set('g', [{ direction: 'egress', ethertype: 'IPv4' }])
  const [a, b] = [instance(1, ['g'], network, server), instance(2, ['g'], network, server)]
  await plug(ovs, [a, b], signal)
  await eventually(() => server.up.size === 2, 'both ports up')

  assert.equal(await pings(a, b, signal), false)
  server.rules.get('g')!.push({ direction: 'ingress', ethertype: 'IPv4', protocol: 'icmp' })
  await server.rulesChanged(['g'])
  await eventually(() => pings(a, b, signal), 'a ping that the group allows')

  server.rules.get('g')!.pop()
  await server.rulesChanged(['g'])
  await eventually(async () => !(await pings(a, b, signal)), 'a ping that the group no longer allows')

  server.rules.get('g')!.push({ direction: 'ingress', ethertype: 'IPv4', remote_group_id: 'g' })
  await server.rulesChanged(['g'])
  await eventually(() => pings(a, b, signal), 'a ping between members of one group')

  // Its own MAC, its own address: nothing else leaves an instance.
  await inside(a.name, ['ip', 'address', 'add', '10.0.0.77/24', 'dev', a.name], signal)
  const spoofed = inside(a.name, ['ping', '-c1', '-W1', '-I', '10.0.0.77', b.ip], signal)
  await assert.rejects(spoofed)
  await inside(a.name, ['ip', 'neigh', 'flush', 'all'], signal)
  await inside(b.name, ['ip', 'neigh', 'flush', 'all'], signal)
  await inside(a.name, ['arping', '-c1', '-w1', '-U', '-I', a.name, '10.0.0.77'], signal).catch(() => '')
  assert.doesNotMatch(await inside(b.name, ['ip', 'neigh'], signal), /10\.0\.0\.77/)
  await inside(a.name, ['ip', 'link', 'set', a.name, 'address', 'fa:16:3e:99:99:99'], signal)
  assert.equal(await pings(a, b, signal), false)
  await inside(a.name, ['ip', 'link', 'set', a.name, 'address', a.mac], signal)
  await eventually(() => pings(a, b, signal), 'a ping from the right MAC again')
})

test('an agent that starts over a good host takes no step and loses no packet', async ({ signal }) => {
  await using ovs = await temporaryOvs()
  const server = new FakeServer()
  await server.start()
  server.rules.set('g', [
    { direction: 'egress', ethertype: 'IPv4' },
    { direction: 'ingress', ethertype: 'IPv4', remote_group_id: 'g' },
  ])
  await using first = await startAgent(server, agentConfig(ovs))
  await first.synced()
  const [a, b] = [instance(1, ['g'], network, server), instance(2, ['g'], network, server)]
  await plug(ovs, [a, b], signal)
  await eventually(() => pings(a, b, signal), 'a first ping')

  const ping = inside(a.name, ['ping', '-q', '-i', '0.02', '-c', '100', '-W', '1', b.ip], signal)
  await pause(300)
  await first.close()
  await pause(100)
  await using second = await startAgent(server, agentConfig(ovs))
  await second.synced()
  assert.match(await ping, /100 packets transmitted, 100 received/)
  assert.equal(second.stepsTaken, 0)
})
