import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configOf } from '#config/config.ts'
import { isProcessOf } from '#doctor/processes.ts'
import type { AgentRow } from '#doctor/rows.ts'
import { secondsSince, span } from '#doctor/rows.ts'
import { reachedPhysical, reachedTunnels, verdictsOf } from './agents.ts'
import { reachable } from './api.ts'
import { brokersOf } from './bus.ts'
import { apart } from './clock.ts'
import { listed, options } from './configuration.ts'
import { roomFor } from './database.ts'
import { lackOf, withoutEntry } from './dhcp.ts'
import { socketsOf } from './features.ts'
import { reversePath, room } from './kernel.ts'
import { judged } from './metadata.ts'

const NOW = Date.parse('2026-01-01T12:00:00Z')
const site = { config: configOf({ DEFAULT: { agent_down_time: '75' } }), clock: { now: () => NOW } }
const agent = (given: Partial<AgentRow>): AgentRow => ({
  id: 'a1',
  agent_type: 'L3 agent',
  binary: 'neutron-l3-agent',
  host: 'h1',
  admin_state_up: true,
  heartbeat_timestamp: '2026-01-01 11:59:50',
  configurations: {},
  ...given,
})
const judge = (...rows: AgentRow[]) =>
  verdictsOf(rows, () => 3, site).map(({ state, subject, evidence }) => [state, subject, evidence])

test('agents are alive by their last report, and only those that are well are counted as such', () => {
  assert.deepEqual(judge(agent({}), agent({ id: 'a2' })), [['good', undefined, '2 of 2 report and are on']])
  assert.deepEqual(judge(agent({ heartbeat_timestamp: '2026-01-01 11:50:00' })), [
    ['lacking', 'L3 agent on h1', 'dead: last heard of 2026-01-01 11:50:00, 10 min ago; 3 routers are left to it'],
  ])
  assert.deepEqual(judge(agent({ heartbeat_timestamp: '2026-01-01 12:01:00' })), [
    ['lacking', 'L3 agent on h1', 'its last report is of 60 s from now: two clocks differ'],
  ])
  assert.equal(judge(agent({ admin_state_up: false }))[0]![0], 'note')
  assert.deepEqual(judge(), [['lacking', undefined, 'no agent has ever reported']])
})

test('a network that no living agent reaches is told, by its physical network or its type of tunnel', () => {
  const segment = (network_type: string, physical_network: string | null = null) => ({
    network_id: 'n',
    network_type,
    physical_network,
  })
  const l2 = agent({ configurations: { bridge_mappings: { left: 'br-l' }, tunnel_types: ['vxlan'] } })
  assert.equal(reachedPhysical([l2, agent({})], [segment('vlan', 'left'), segment('vxlan')]).state, 'good')
  assert.equal(
    reachedPhysical([l2], [segment('flat', 'right')]).evidence,
    'no living agent reaches right; living ones reach left',
  )
  assert.deepEqual(reachedTunnels([l2], [segment('vxlan'), segment('vlan', 'left')]), [])
  assert.match(reachedTunnels([l2], [segment('geneve')])[0]!.evidence, /networks of type geneve/)
})

test('times are told in the unit one thinks in', () => {
  assert.deepEqual([119, 120, 7_199, 7_200, 172_800].map(span), ['119 s', '2 min', '120 min', '2 h', '2 days'])
  assert.equal(secondsSince('2026-01-01 11:59:50', NOW), 10)
})

test('Nova tells by 403 and 404 whether it believes us, and whether it believes anybody', () => {
  const states = (signed: number, forged: number, hasSecret = true) =>
    judged('http://nova', hasSecret, { status: signed }, { status: forged })
  assert.equal(states(404, 403).state, 'good')
  assert.match(states(403, 403).evidence, /the shared secret differs/)
  assert.match(states(403, 403, false).evidence, /is not set here/)
  assert.match(states(404, 404).evidence, /does not check signatures/)
  assert.equal(states(500, 500).state, 'lacking')
  assert.equal(states(200, 403).state, 'note')
})

test('clocks that differ by more than half of what makes an agent dead are a fault, less is a note', () => {
  assert.equal(apart('it', 5, site).state, 'good')
  assert.equal(apart('it', -20, site).state, 'note')
  assert.match(apart('it', -20, site).evidence, /20 s behind this host/)
  assert.equal(apart('it', 40, site).state, 'lacking')
  assert.equal(apart('it', null, site).state, 'unknown')
})

test('what a served network lacks is said in the order it is brought about', () => {
  const whole = {
    netns: 'qdhcp-1',
    namespace: true,
    devices: [{ name: 'tap1', mac: '', mtu: 1 }],
    addresses: ['::1/128'],
  }
  const of = (given: object) => lackOf({ ...whole, dnsmasq: [], ...given } as unknown as Parameters<typeof lackOf>[0])
  assert.equal(of({}), null)
  assert.match(of({ namespace: false, dnsmasq: null })!, /namespace qdhcp-1 is not there/)
  assert.match(of({ devices: [], dnsmasq: null })!, /no device/)
  assert.match(of({ addresses: [], dnsmasq: null })!, /no address/)
  assert.match(of({ dnsmasq: null })!, /dnsmasq does not run/)
})

test('an entry is missed of ports with an address by DHCP alone', () => {
  const subnet = (id: string, ip_version: number, enable_dhcp: boolean, ipv6_address_mode: string | null = null) => ({
    id,
    network_id: 'n',
    ip_version,
    enable_dhcp,
    ipv6_address_mode,
  })
  const served = [subnet('v4', 4, true), subnet('off', 4, false), subnet('slaac', 6, true, 'slaac')]
  const port = (id: string, subnet_id: string, device_owner = 'compute:nova') => ({
    id,
    network_id: 'n',
    mac_address: `02:00:00:00:00:0${id}`,
    device_owner,
    fixed_ips: [{ subnet_id, ip_address: '' }],
  })
  const ports = [
    port('1', 'v4'),
    port('2', 'v4'),
    port('3', 'off'),
    port('4', 'slaac'),
    port('5', 'v4', 'network:dhcp'),
  ]
  const file = '02:00:00:00:00:01,host-10-0-0-1,10.0.0.1\n'
  assert.deepEqual(
    withoutEntry(ports, served, () => file).map(({ id }) => id),
    ['2'],
  )
})

test('brokers are read from a transport URL without who uses them', () => {
  assert.deepEqual(brokersOf('u:p@a:5671,u:p@[::1],b/vhost'), [
    { host: 'a', port: 5671 },
    { host: '::1', port: 5672 },
    { host: 'b', port: 5672 },
  ])
  assert.deepEqual(brokersOf(''), [])
})

test('options that nobody reads are told by kind', () => {
  const warning = (event: string, option: string | undefined) => ({ event, fields: { section: 'DEFAULT', option } })
  assert.equal(options([])[0]!.state, 'good')
  assert.deepEqual(
    options([
      warning('unknown option', 'a'),
      warning('option without effect', 'b'),
      warning('unknown section', undefined),
    ]).map(({ subject, evidence }) => [subject, evidence]),
    [
      ['unknown options', 'nobody reads [DEFAULT] a, [DEFAULT]'],
      ['inert options', 'without effect in this release: [DEFAULT] b'],
    ],
  )
  assert.equal(listed(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']), 'a, b, c, d, e, f and 2 more')
})

test('a process is known by its program and by whose configuration it has', () => {
  const files = ['/etc/neutron/neutron.conf', '/s/etc/dhcp_agent.ini']
  assert.ok(isProcessOf('dhcp', ['node', '/opt/src/cmd/neutron-dhcp-agent.ts'], files))
  assert.ok(isProcessOf('dhcp', ['/usr/bin/python3', '/usr/bin/neutron-dhcp-agent', '--config-file', files[0]!], files))
  assert.ok(!isProcessOf('dhcp', ['node', 'neutron-dhcp-agent.ts', '--config-file=/other.conf'], files))
  assert.ok(!isProcessOf('l3', ['node', '/opt/src/cmd/neutron-dhcp-agent.ts'], files))
  assert.ok(isProcessOf('l3', ['node', 'src/cmd/neutrino.ts', 'up', '--state', '/s'], files))
  assert.ok(!isProcessOf('l3', ['node', 'src/cmd/neutrino.ts', 'up', '--state', '/elsewhere'], files))
  assert.ok(!isProcessOf('l3', ['vi', 'a', 'b', 'c', 'neutron-l3-agent.ts'], files))
})

test('an address to listen on is made one to connect to', () => {
  assert.deepEqual(['0.0.0.0', '::', '::1', '10.0.0.1'].map(reachable), ['127.0.0.1', '[::1]', '[::1]', '10.0.0.1'])
})

test('full tables and too few connections are told before they refuse', () => {
  assert.equal(room(95, 100).state, 'lacking')
  assert.equal(room(5, 100).state, 'good')
  assert.equal(roomFor({ most: 100, open: 10, pool: 5 }).state, 'good')
  assert.equal(roomFor({ most: 100, open: 95, pool: 5 }).state, 'note')
  assert.equal(roomFor({ most: 5, open: 1, pool: 5 }).state, 'lacking')
})

test('a strict reverse path filter is told, a loose one is none', () => {
  const [all, one] = ['net/ipv4/conf/all/rp_filter', 'net/ipv4/conf/default/rp_filter']
  assert.equal(reversePath({ [all]: '0', [one]: '2' }).state, 'good')
  assert.deepEqual(reversePath({ [all]: '1', [one]: '2' }), {
    state: 'note',
    evidence: 'net.ipv4.conf.all.rp_filter = 1',
    mend: 'sudo sysctl -w net.ipv4.conf.all.rp_filter=2',
  })
})

test('listening sockets are read from the kernel', () => {
  const text = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:25E1 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1
   1: 0100007F:12B5 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 0 1
`
  assert.deepEqual(socketsOf(text), [
    { port: 9697, inode: 4711, listens: true },
    { port: 4789, inode: 0, listens: false },
  ])
})
