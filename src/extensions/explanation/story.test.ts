import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DhcpEvidence, L2Evidence, MetadataEvidence, RouterEvidence } from '#rpc/contract/evidence.ts'
import type { Step, StepName } from './contract.ts'
import { worst } from './dhcp.ts'
import type { Evidence } from './evidence.ts'
import { ANSWERED, agent, DHCP, evidence, facts, L2, L3, METADATA, port, SERVED, WIRED } from './example.ts'
import type { Facts } from './facts.ts'
import { publicly } from './public.ts'
import { done, failed, unknown } from './steps.ts'
import { explain } from './story.ts'

const causeOf = (some: Partial<Facts>, seen: Partial<Evidence> = {}) => explain(facts(some), evidence(seen)).cause!
const stepOf = (name: StepName, some: Partial<Facts>, seen: Partial<Evidence> = {}): Step =>
  explain(facts(some), evidence(seen)).steps.find(({ step }) => step === name)!
const wiring = (more: Partial<L2Evidence>) => ({ wiring: { agent: L2, told: { said: { ...WIRED, ...more } } } })
const dhcp = (more: Partial<DhcpEvidence>) => ({ dhcp: [{ agent: DHCP, told: { said: { ...SERVED, ...more } } }] })
const nova = (more: Partial<NonNullable<MetadataEvidence['nova']>>) => ({
  metadata: [{ agent: METADATA, told: { said: { ...ANSWERED, nova: { ...ANSWERED.nova!, ...more } } } }],
})
const FAILING = { error: 'no space left', times: 3, since: '2026-11-23T00:58:00Z' }

test('a port that works has no cause', () => {
  const { cause, steps } = explain(facts(), evidence())
  assert.equal(cause, null)
  assert.deepEqual([...new Set(steps.map(({ state }) => state))], ['done', 'not_applicable'])
})

test('what somebody owes is the cause, also when something that comes by itself stands before it', () => {
  const line = {
    resource: 'port',
    id: 'p',
    kind: 'update',
    project_id: null,
    revision_number: 1,
    detail: null,
  } as const
  const untold = { lines: [{ ...line, sequence: 1, at: '2026-11-23T00:59:59Z' }] }
  assert.deepEqual([causeOf({ untold }).step, causeOf({ untold }).state], ['told', 'waiting'])
  assert.equal(causeOf({ untold }, wiring({ device: null })).step, 'plugged')
  const late = { lines: [{ ...line, sequence: 1, at: '2026-11-23T00:40:00Z' }] }
  assert.deepEqual([causeOf({ untold: late }).state, causeOf({ untold: late }).owner], ['missing', 'neutron-server'])
  assert.equal(stepOf('told', { untold: null }).state, 'unknown')
})

test('a binding that failed although a driver would bind now is mended by any update', () => {
  const verdict = { bound: true, segment: facts().verdicts.segments[0]!, vif_type: 'ovs', vif_details: {} } as const
  const verdicts = { ...facts().verdicts, drivers: [{ driver: 'openvswitch', verdict }] }
  const unbound = { port: port({ 'binding:vif_type': 'binding_failed' }), bound: null, verdicts }
  assert.match(causeOf(unbound).evidence, /any update of the port binds it/)
  assert.equal(causeOf(unbound).mend, 'neutron port-update p --binding:host_id h')
  const bare = { ...unbound, verdicts: { segments: [], drivers: [] } }
  assert.match(causeOf(bare).evidence, /no segment/)
})

test('on the switch: an error of the device, a device in the making, a small MTU, one that is not told', () => {
  const device = WIRED.device!
  assert.match(causeOf({}, wiring({ device: { ...device, ofport: -1 } })).evidence, /could not open tapp/)
  assert.match(causeOf({}, wiring({ device: { ...device, error: 'No such device' } })).evidence, /No such device/)
  assert.equal(stepOf('plugged', {}, wiring({ device: { ...device, ofport: null } })).state, 'waiting')
  assert.equal(causeOf({}, wiring({ device: { ...device, mtu: 1400 } })).mend, 'on h: ip link set dev tapp mtu 1450')
  assert.equal(stepOf('mtu', {}, wiring({ device: { ...device, mtu: 9000 } })).state, 'done')
  assert.equal(stepOf('mtu', {}, wiring({ device: { ...device, mtu: null } })).state, 'unknown')
})

test('in the flows: what the agent does not know, cannot reach, has not done, has failed to do', () => {
  const owners = (more: Partial<L2Evidence>) => causeOf({}, wiring(more))
  assert.match(
    owners({ known: false, failing: FAILING }).evidence,
    /has not asked .*tried 3 times since .*no space left/,
  )
  assert.deepEqual(
    [owners({ unreachable: 'vlan x' }).owner, owners({ unreachable: 'vlan x' }).step],
    ['the operator', 'wired'],
  )
  assert.match(owners({ admin_state_up: false }).evidence, /dead VLAN/)
  assert.match(owners({ lacking: ['bridge br-tun'] }).evidence, /not as it is to be: bridge br-tun/)
  const examples = [{ bridge: 'br-int', flow: 'table=60,priority=100,in_port=4,actions=x' }]
  const cut = owners({ flows: { wanted: 50, missing: 2, foreign: 1, examples } })
  assert.match(cut.evidence, /^2 of 50 flows are missing, on br-int: table=60/)
  assert.equal(cut.owner, 'neutron-openvswitch-agent on h')
  assert.match(stepOf('wired', {}, wiring({ rules: null })).evidence, /not filtered/)
})

test('an agent that tried to look and could not: its host is broken; one that does not tell is only unknown', () => {
  const silent = { silent: 'ovs-ofctl: br-int is not a bridge', broken: true }
  const blind = causeOf({}, { wiring: { agent: L2, told: silent } })
  assert.deepEqual([blind.step, blind.state, blind.mend], ['plugged', 'failed', 'on h: neutron doctor switch'])
  assert.match(blind.evidence, /cannot look at its switch: ovs-ofctl: br-int is not a bridge/)
  assert.equal(causeOf({}, { dhcp: [{ agent: DHCP, told: silent }] }).step, 'dhcp_server')
  const mute = { wiring: { agent: L2, told: { ...silent, broken: false } } }
  assert.deepEqual([stepOf('wired', {}, mute).state, explain(facts(), evidence(mute)).cause], ['unknown', null])
})

test('in DHCP: a network the agent does not know, a dnsmasq that is dead, a device, an entry, a file not read', () => {
  const cause = (more: Partial<DhcpEvidence>) => causeOf({}, dhcp(more))
  assert.match(cause({ serves: false }).evidence, /does not know that it serves the network/)
  const dead = cause({
    dnsmasq: { alive: false, wanted: true, died_at: '2026-11-23T00:59:00Z' },
    plan: ['start-dnsmasq'],
  })
  assert.deepEqual([dead.step, dead.state, dead.since], ['dhcp_server', 'failed', '2026-11-23T00:59:00Z'])
  assert.match(cause({ plan: ['plug-device', 'write-files'] }).evidence, /qdhcp-n is not as it is to be: plug-device$/)
  assert.equal(cause({ entries: { wanted: [], missing: [] } }).step, 'dhcp_entry')
  assert.match(cause({ entries: { wanted: ['a', 'b'], missing: ['b'] } }).evidence, /\/dhcp\/n\/host lacks 'b'/)
  assert.match(cause({ loaded: false }).evidence, /has not read/)
  const two = {
    dhcp: [...dhcp({}).dhcp, { agent: { ...DHCP, host: 'g' }, told: { silent: 'it does not tell', broken: false } }],
  }
  assert.equal(stepOf('dhcp_entry', {}, two).state, 'done', 'one that tells is enough')
})

test('in metadata: the proxy, the agent behind it, what Nova says', () => {
  assert.match(causeOf({}, dhcp({ proxy: 'missing' })).evidence, /no metadata proxy listens in qdhcp-n/)
  assert.equal(stepOf('metadata', {}, dhcp({ proxy: 'none' })).state, 'not_applicable')
  assert.match(causeOf({ metadataAgents: [] }).evidence, /no metadata agent has ever reported from host h/)
  assert.match(
    causeOf({ metadataAgents: [{ ...METADATA, alive: false }] }).evidence,
    /neutron-metadata-agent on h is dead/,
  )
  assert.match(causeOf({}, nova({ status: 403 })).evidence, /\(403\): the secrets differ/)
  assert.equal(causeOf({}, nova({ status: 404 })).owner, 'nova')
  assert.match(causeOf({}, nova({ status: 500 })).evidence, /answers 500/)
  assert.match(causeOf({}, nova({ status: null, error: 'ECONNREFUSED' })).evidence, /is not reached: ECONNREFUSED/)
  const mute = { metadata: [{ agent: METADATA, told: { silent: 'it does not tell', broken: false } }] }
  assert.equal(stepOf('metadata', {}, mute).state, 'unknown')
  assert.equal(
    stepOf('metadata', { port: port({ fixed_ips: [{ subnet_id: 'v6', ip_address: 'fd00::1' }] }) }).state,
    'not_applicable',
  )
})

test('metadata through a router: on no agent, on a dead one, unknown to it, damaged, without its proxy', () => {
  const door = (host: string) =>
    port({ device_owner: 'network:router_interface', device_id: 'r', 'binding:host_id': host })
  const through = (some: Partial<Facts>, said: Partial<RouterEvidence> | null) => {
    const told = {
      said: { serves: true, netns: 'qrouter-r', damaged: false, proxy: 'listening' as const, failing: null, ...said },
    }
    const routers = said ? [{ agent: L3, router_id: 'r', told }] : []
    const all = { interfaces: [door('h')], routerAgents: [L3], ...some }
    return stepOf('metadata', all, { ...dhcp({ proxy: 'none' }), routers })
  }
  assert.equal(through({}, {}).state, 'done')
  assert.equal(through({}, null).state, 'done', 'an agent that does not tell is no fault')
  assert.match(through({ interfaces: [door('')] }, null).evidence, /router r of the network is on no L3 agent/)
  assert.match(through({ routerAgents: [{ ...L3, alive: false }] }, null).evidence, /neutron-l3-agent on h, which has/)
  assert.match(through({}, { serves: false }).evidence, /does not know router r/)
  assert.match(through({}, { damaged: true }).evidence, /qrouter-r lacks a device/)
  assert.match(through({}, { proxy: 'missing' }).evidence, /no metadata proxy listens in qrouter-r/)
  assert.equal(through({}, { proxy: 'none' }).state, 'not_applicable')
})

test('not ACTIVE although all is done: who has not reported is the cause; ERROR is the operator’s', () => {
  const down = { port: port({ status: 'DOWN' }), blocks: ['L2'] }
  assert.deepEqual([causeOf(down).step, causeOf(down).owner], ['reported', 'neutron-openvswitch-agent on h'])
  assert.equal(causeOf({ ...down, blocks: ['DHCP'] }).owner, 'neutron-dhcp-agent on h')
  assert.equal(causeOf({ port: port({ status: 'ERROR' }) }).owner, 'the operator')
  assert.equal(causeOf(down, wiring({ device: null })).step, 'plugged')
})

test('of several agents the one with something to mend counts', () => {
  const bad = failed('mtu', 'bad', { owner: 'x' })
  assert.equal(worst([done('mtu', ''), bad, unknown('mtu', '')]), bad)
})

test('nothing of hosts and agents is in what the public is told, whatever is wrong', () => {
  const secrets = /\bh\b|neutron-|tapp|br-int|qdhcp|nova:8775|\/dhcp|systemctl/
  const stories = [
    explain(facts(), evidence()),
    explain(facts(), evidence(wiring({ device: null }))),
    explain(facts(), evidence(wiring({ unreachable: 'vlan x', failing: FAILING }))),
    explain(facts(), evidence(dhcp({ plan: ['plug-device'], serves: false }))),
    explain(facts(), evidence(nova({ status: 403 }))),
    explain(
      facts({ agents: [agent('Open vSwitch agent', 'neutron-openvswitch-agent', { alive: false })] }),
      evidence(),
    ),
    explain(facts({ port: port({ status: 'DOWN' }), blocks: ['L2', 'DHCP'] }), evidence({ wiring: null })),
  ]
  for (const story of stories) {
    const told = publicly(story)
    assert.doesNotMatch(JSON.stringify({ ...told, port_id: '' }), secrets)
    assert.equal(told.cause?.step, story.cause?.step)
  }
})
