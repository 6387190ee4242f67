/** Explanations of ports from what the database knows, on every database; agents are listeners that tell nothing. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { spacedSeconds } from '#base/clock.ts'
import { WireError } from '#base/errors.ts'
import { newId } from '#base/ids.ts'
import { sleep } from '#base/lifetime.ts'
import { agents } from '#extensions/agent/tables.ts'
import type { NetworkExplanation, PortExplanation, Step, StepName } from '#extensions/explanation/contract.ts'
import { NETWORK_STEPS, STEPS } from '#extensions/explanation/contract.ts'
import { dhcpEvidence, l2Evidence } from '#rpc/contract/evidence.ts'
import type { Store } from '#store/store.ts'
import { forEachDatabase } from '../databases.ts'
import { refused, type TestApi } from '../fakes/api.ts'
import { coreFeatures, startTestCloud, type TestCloud } from '../fakes/bus.ts'
import { ML2 } from '../fakes/core.ts'

const features = await coreFeatures()
const migrations = features.flatMap((feature) => feature.migrations)
const L2 = 'Open vSwitch agent'
const AGENT = { tunneling_ip: '192.0.2.1', tunnel_types: ['vxlan'], bridge_mappings: { physnet1: 'br-1' } }
const DEAD_MS = 3_600_000
const WAIT_MS_MAX = 10_000

async function create(api: TestApi, resource: string, item: object) {
  const answer = await api.call('admin', 'POST', `/v2.0/${resource}s`, { [resource]: item })
  assert.equal(answer.status, 201, answer.text)
  return answer.body[resource]
}

async function network(api: TestApi, more: object = {}) {
  const { id: network_id } = await create(api, 'network', { project_id: 'a', ...more })
  await create(api, 'subnet', { network_id, project_id: 'a', ip_version: 4, cidr: '10.0.0.0/24' })
  return network_id as string
}

const port = async (api: TestApi, more: object = {}) => {
  const network_id = await network(api)
  const own = { network_id, project_id: 'a', device_owner: 'compute:nova', device_id: newId() }
  return await create(api, 'port', { ...own, ...more })
}

type Story = PortExplanation & { of(name: StepName): Step }

/** Once agents were told of what was just made. */
async function story(api: TestApi, id: string, token = 'admin'): Promise<Story> {
  for (const late = performance.now() + WAIT_MS_MAX; ; await sleep(10)) {
    const told = await ask(api, id, token)
    if (told.cause?.step !== 'told' && told.of('told').owner === null) return told
    if (performance.now() > late) throw new Error(`agents not told in time: ${JSON.stringify(told.cause)}`)
  }
}

async function ask(api: TestApi, id: string, token: string): Promise<Story> {
  const { status, body, text } = await api.call(token, 'GET', `/v2.0/ports/${id}/explanation`)
  assert.equal(status, 200, text)
  const { explanation } = body as { explanation: PortExplanation }
  assert.deepEqual(
    explanation.steps.map(({ step }) => step),
    [...STEPS],
  )
  return { ...explanation, of: (name) => explanation.steps.find(({ step }) => step === name)! }
}

const states = ({ steps }: PortExplanation) => Object.fromEntries(steps.map(({ step, state }) => [step, state]))

/** Listens on the agents' topics and tells nothing, as an agent that does not know the method. */
async function mute(api: TestCloud, host: string): Promise<void> {
  await api.transport.serve(l2Evidence.topic, host, async () => null)
  await api.transport.serve(dhcpEvidence.topic, host, async ({ method }) => {
    if (method !== 'explain_port') return null
    throw new WireError('NoSuchMethod', 404, `Endpoint does not support RPC method ${method}`)
  })
}

function kill(store: Store, agent_type: string): Promise<unknown> {
  const heartbeat_timestamp = spacedSeconds(Date.now() - DEAD_MS)
  return store.transaction((tx) => tx.update(agents, { agent_type }, { heartbeat_timestamp }))
}

forEachDatabase((_name, openFresh) => {
  test('a port that nobody plugs yet waits for a host; one without a network up, or down itself, for its owner', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, ML2)
    const made = await port(api)
    const told = await story(api, made.id)
    assert.equal(told.port_id, made.id)
    assert.equal(told.cause?.step, 'placed')
    assert.equal(told.cause?.state, 'missing')
    assert.equal(told.cause?.owner, 'nova-compute')
    assert.equal(told.of('created').at, made.created_at)
    assert.match(told.of('addressed').evidence, /^10\.0\.0\.\d+ of 10\.0\.0\.0\/24$/)
    assert.deepEqual([told.of('bound').state, told.of('wired').state], ['waiting', 'waiting'])

    await api.call('admin', 'PUT', `/v2.0/ports/${made.id}`, { port: { admin_state_up: false } })
    const down = (await story(api, made.id)).cause!
    assert.deepEqual([down.step, down.owner], ['enabled', "the port's owner"])
    assert.equal(down.mend, `neutron port-update ${made.id} --admin-state-up True`)
    await api.call('admin', 'PUT', `/v2.0/ports/${made.id}`, { port: { admin_state_up: true } })
    await api.call('admin', 'PUT', `/v2.0/networks/${made.network_id}`, { network: { admin_state_up: false } })
    const dark = (await story(api, made.id)).cause!
    assert.deepEqual([dark.step, dark.owner], ['enabled', "the network's owner"])
  })

  test('no agent on the host, a dead one, no segment it can reach: each is the cause', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, ML2)
    const alone = await story(api, (await port(api, { 'binding:host_id': 'h' })).id)
    assert.deepEqual([alone.cause?.step, alone.cause?.owner], ['agent', 'the operator'])
    assert.match(alone.cause!.evidence, /no Open vSwitch agent has ever reported from host h/)
    assert.equal(alone.of('bound').state, 'failed')
    assert.match(alone.of('bound').evidence, /openvswitch: no live Open vSwitch agent on host h/)

    await mute(api, 'h')
    await api.report(L2, 'h', AGENT)
    const far = await create(api, 'network', {
      project_id: 'a',
      'provider:network_type': 'vlan',
      'provider:physical_network': 'physnet2',
      'provider:segmentation_id': 7,
    })
    const lost = await create(api, 'port', { network_id: far.id, project_id: 'a', 'binding:host_id': 'h' })
    const unreached = await story(api, lost.id)
    assert.equal(unreached.cause?.step, 'bound')
    assert.match(unreached.cause!.evidence, /reaches none of the segments \(vlan physnet2 7; .* physnet1, vxlan\)/)
    assert.match(unreached.cause!.mend!, /bridge_mappings = physnet2:/)
    const { details } = unreached.of('bound')
    assert.deepEqual(details.segments, ['vlan physnet2 7'])
    assert.equal(details.vif_type, 'binding_failed')

    const bound = await port(api, { 'binding:host_id': 'h' })
    assert.match((await story(api, bound.id)).of('bound').evidence, /^as ovs by openvswitch to vxlan \d+$/)
    await kill(database.store, L2)
    const dead = await story(api, bound.id)
    assert.deepEqual([dead.cause?.step, dead.cause?.owner], ['agent', 'the operator'])
    assert.match(dead.cause!.evidence, /neutron-openvswitch-agent on h is dead: it reported 3[56]\d\d s ago/)
    assert.ok(Date.parse(dead.cause!.since!) < Date.now() - DEAD_MS + 60_000)
    assert.equal(dead.of('bound').state, 'done')
    assert.equal(dead.of('wired').state, 'waiting')
  })

  test('agents that do not tell leave their steps unknown, and the database names who has not reported', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, ML2)
    await mute(api, 'h')
    await api.report(L2, 'h', AGENT)
    await api.report('DHCP agent', 'h', { dhcp_driver: 'x' })
    const { id } = await port(api, { 'binding:host_id': 'h' })
    const told = await story(api, id)
    assert.deepEqual(
      (['plugged', 'wired', 'dhcp_agent', 'dhcp_server', 'dhcp_entry'] as const).map((name) => told.of(name).state),
      ['unknown', 'unknown', 'done', 'unknown', 'unknown'],
    )
    assert.match(told.of('wired').evidence, /the agent does not tell/)
    assert.match(told.of('dhcp_entry').evidence, /the agent does not tell/)
    assert.deepEqual(told.of('reported').details.blocks, ['DHCP', 'L2'])
    assert.equal(told.cause?.step, 'reported')
    assert.match(told.cause!.evidence, /neutron-openvswitch-agent on h and neutron-dhcp-agent on h did not report/)

    await api.rpc('update_device_up', { device: id, host: 'h', agent_id: 'x' })
    const half = await story(api, id)
    assert.deepEqual([half.cause?.step, half.cause?.owner], ['reported', 'neutron-dhcp-agent on h'])
    await api.rpc('dhcp_ready_on_ports', { port_ids: [id] })
    const whole = await story(api, id)
    assert.equal(whole.cause, null)
    assert.match(whole.of('reported').at!, /^\d{4}-/)
    assert.equal(whole.of('told').state, 'done')
  })

  test('a network without a DHCP agent, with a dead one, with one switched off', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, ML2)
    await mute(api, 'h')
    await api.report(L2, 'h', AGENT)
    const bare = await port(api, { 'binding:host_id': 'h' })
    const none = (await story(api, bare.id)).cause!
    assert.deepEqual([none.step, none.owner], ['dhcp_agent', 'the operator'])
    await api.report('DHCP agent', 'h', {})
    const ungiven = (await story(api, bare.id)).cause!
    assert.deepEqual([ungiven.step, ungiven.owner], ['dhcp_agent', 'neutron-server'])
    assert.match(ungiven.mend!, new RegExp(`dhcp-agent-network-add <agent> ${bare.network_id}`))

    const { body } = await api.call('admin', 'GET', '/v2.0/agents?agent_type=DHCP%20agent')
    const [{ id: agentId }] = body.agents
    await api.call('admin', 'POST', `/v2.0/agents/${agentId}/dhcp-networks`, { network_id: bare.network_id })
    assert.equal((await story(api, bare.id)).of('dhcp_agent').state, 'done')
    await api.call('admin', 'PUT', `/v2.0/agents/${agentId}`, { agent: { admin_state_up: false } })
    const off = (await story(api, bare.id)).cause!
    assert.equal(off.mend, `neutron agent-update ${agentId} --admin-state-up True`)
    await kill(database.store, 'DHCP agent')
    const dead = (await story(api, bare.id)).cause!
    assert.match(dead.evidence, /neutron-dhcp-agent on h serves the network and is dead/)
  })

  test('kinds of ports: one of a DHCP agent, of an unscheduled router, of a floating IP, without an address', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, ML2)
    const owned = (device_owner: string, more: object = {}) => port(api, { device_owner, device_id: '', ...more })
    const dhcp = await story(api, (await owned('network:dhcp', { 'binding:host_id': 'h' })).id)
    assert.deepEqual([dhcp.cause?.step, dhcp.of('dhcp_entry').state], ['agent', 'not_applicable'])
    const router = await story(api, (await owned('network:router_interface')).id)
    assert.deepEqual([router.cause?.step, router.cause?.owner], ['placed', 'neutron-l3-agent'])
    const floating = await story(api, (await owned('network:floatingip')).id)
    assert.equal(floating.cause, null)
    assert.ok(Object.values(states(floating)).every((state) => state === 'done' || state === 'not_applicable'))
    const plain = await story(api, (await owned('', { fixed_ips: [] })).id)
    assert.deepEqual([plain.of('addressed').state, plain.of('dhcp_agent').state], ['not_applicable', 'not_applicable'])
    assert.equal(plain.cause?.owner, 'whoever plugs the port')
  })

  test('strangers learn nothing, the owner no host and no agent', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, ML2)
    const { id } = await port(api, { 'binding:host_id': 'secret-host' })
    refused(await api.call('bob', 'GET', `/v2.0/ports/${id}/explanation`), 404, 'PortNotFound')
    refused(await api.call('admin', 'GET', `/v2.0/ports/${newId()}/explanation`), 404, 'PortNotFound')
    assert.equal((await api.call('admin', 'PUT', `/v2.0/ports/${id}/explanation`, {})).status, 405)
    const full = await story(api, id)
    const own = await story(api, id, 'alice')
    assert.deepEqual(states(own), states(full))
    assert.deepEqual([own.cause?.step, own.cause?.owner, own.cause?.mend], ['agent', 'the operator', null])
    assert.doesNotMatch(JSON.stringify(own), /secret-host|openvswitch|neutron-/)
    assert.equal((await story(api, id, 'reader')).cause?.step, 'agent')
    await api.call('alice', 'PUT', `/v2.0/ports/${id}`, { port: { admin_state_up: false } })
    assert.equal((await story(api, id, 'alice')).cause?.mend, `neutron port-update ${id} --admin-state-up True`)
  })

  test('a port that moved is told of at its new host, from when it came there', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, ML2)
    for (const host of ['a', 'b']) {
      await mute(api, host)
      await api.report(L2, host, AGENT)
    }
    const { id } = await port(api, { 'binding:host_id': 'a' })
    await api.call('admin', 'PUT', `/v2.0/ports/${id}`, { port: { 'binding:host_id': 'b' } })
    const told = await story(api, id)
    assert.equal(told.of('placed').evidence, 'it goes to host b')
    assert.match(told.of('agent').evidence, /on b is alive/)
    assert.match(told.of('bound').at!, /^\d{4}-/)
    assert.ok(told.of('bound').at! >= told.of('created').at!)
  })

  test('a network: empty, without a DHCP agent, with one that does not tell, with a port that is not up', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, ML2)
    const { id: empty } = await create(api, 'network', { project_id: 'a', name: 'bare' })
    const about = async (id: string, token = 'admin') => {
      const { status, body, text } = await api.call(token, 'GET', `/v2.0/networks/${id}/explanation`)
      assert.equal(status, 200, text)
      return body.explanation as NetworkExplanation
    }
    const bare = await about(empty)
    assert.deepEqual([bare.network_id, bare.name, bare.cause], [empty, 'bare', null])
    assert.deepEqual(
      bare.steps.map(({ step }) => step),
      [...NETWORK_STEPS],
    )
    assert.match(bare.steps[2]!.evidence, /^as vxlan \d+, MTU \d+$/)
    const id = await network(api)
    assert.equal((await about(id)).cause?.step, 'dhcp_agent')
    await mute(api, 'h')
    await api.report(L2, 'h', AGENT)
    await api.report('DHCP agent', 'h', {})
    const served = await network(api)
    const fine = await about(served)
    assert.deepEqual([fine.cause, fine.steps.at(-1)!.state], [null, 'not_applicable'])
    assert.match(fine.steps.find(({ step }) => step === 'dhcp_server')!.evidence, /the agent does not tell/)
    const down = await create(api, 'port', { network_id: served, project_id: 'a', 'binding:host_id': 'h' })
    const waits = (await about(served)).cause!
    assert.deepEqual([waits.step, waits.mend], ['ports', `neutron explain port ${down.id}`])
    await api.call('admin', 'PUT', `/v2.0/networks/${served}`, { network: { admin_state_up: false } })
    assert.equal((await about(served, 'alice')).cause?.mend, `neutron net-update ${served} --admin-state-up True`)
    assert.doesNotMatch(JSON.stringify(await about(served, 'alice')), /neutron-dhcp|vxlan/)
    refused(await api.call('bob', 'GET', `/v2.0/networks/${served}/explanation`), 404, 'NetworkNotFound')
  })
})
