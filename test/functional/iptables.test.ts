import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OWNER } from '#agents/l3/chains.ts'
import { router } from '#agents/l3/example.ts'
import { stateOf } from '#agents/l3/state.ts'
import { applyTables, owned, readTables } from '#linux/iptables.ts'
import { createNetns } from '#linux/netns-create.ts'
import { ownNamespaces } from './namespaces.ts'

ownNamespaces()

const owner = { prefix: 'mine-', shared: ['neutron-filter-top'] }
const run = (netns: ReturnType<typeof createNetns>, ...argv: string[]) => netns.run(argv, { timeoutMs: 10_000 })

test('iptables: applying a table twice leaves one copy of each rule and what others wrote', async ({ signal }) => {
  const netns = createNetns('twice')
  await run(netns, 'iptables', '-A', 'FORWARD', '-s', '192.0.2.1', '-j', 'DROP')
  await run(netns, 'iptables', '-N', 'other-chain')
  const want = {
    filter: {
      FORWARD: ['-j neutron-filter-top', '-j mine-FORWARD'],
      'neutron-filter-top': ['-j mine-local'],
      'mine-FORWARD': ['-s 10.0.0.0/24 -j ACCEPT', '-j DROP'],
      'mine-local': [],
    },
    nat: { 'mine-snat': ['-s 10.0.0.0/24 -j SNAT --to-source 203.0.113.7'] },
  }

  await applyTables(netns, want, owner, { signal })
  await applyTables(netns, want, owner, { signal })

  const saved = await readTables(netns, { signal })
  assert.deepEqual(owned(saved, owner), want)
  assert.deepEqual(saved.filter?.FORWARD, ['-s 192.0.2.1/32 -j DROP', '-j neutron-filter-top', '-j mine-FORWARD'])
  assert.deepEqual(saved.filter?.['other-chain'], [])
})

test('iptables: a chain that is no longer wanted goes with the rules that jump to it', async ({ signal }) => {
  const netns = createNetns('less')
  const more = { filter: { INPUT: ['-j mine-INPUT'], 'mine-INPUT': ['-j mine-extra'], 'mine-extra': ['-j DROP'] } }
  const less = { filter: { INPUT: ['-j mine-INPUT'], 'mine-INPUT': ['-p tcp -m tcp --dport 22 -j ACCEPT'] } }

  await applyTables(netns, more, owner, { signal })
  await applyTables(netns, less, owner, { signal })

  assert.deepEqual(owned(await readTables(netns, { signal }), owner), less)
})

test('iptables: a rule the kernel refuses changes nothing in its table', async ({ signal }) => {
  const netns = createNetns('refused')
  const good = { filter: { 'mine-a': ['-j ACCEPT'] } }
  await applyTables(netns, good, owner, { signal })

  const bad = { filter: { 'mine-a': ['-j DROP'], 'mine-b': ['-j no-such-chain'] } }
  await assert.rejects(applyTables(netns, bad, owner, { signal }), { name: 'CommandError' })

  assert.deepEqual(owned(await readTables(netns, { signal }), owner), good)
})

test('iptables: a whole router reads back as it was written, IPv6 chains apart', async ({ signal }) => {
  const netns = createNetns('router')
  const settings = {
    metadataPort: 9697,
    enableMetadataProxy: true,
    metadataAccessMark: '0x1',
    externalIngressMark: '0x2',
    ipv6Gateway: null,
    commentRules: true,
    randomFully: true,
    ipv6: true,
    raIntervalSeconds: { min: 30, max: 100 },
  }
  const scoped = { ...router, gw_port: { ...router.gw_port!, address_scopes: { 4: 'scope', 6: null } } }
  for (const want of [router, scoped].map((info) => stateOf(info, settings).iptables)) {
    await applyTables(netns, want, OWNER, { signal })
    assert.deepEqual(owned(await readTables(netns, { signal }), OWNER), want)
  }
  assert.deepEqual(owned(await readTables(netns, { version: 6, signal }), OWNER), {})
  const six = { filter: { 'neutron-l3-agent-scope': ['-d fd00::/64 -j DROP'] } }
  await applyTables(netns, six, OWNER, { version: 6, signal })
  assert.deepEqual(owned(await readTables(netns, { version: 6, signal }), OWNER), six)
})
