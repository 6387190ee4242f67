/** Explanations of routers and floating IPs from what the database knows, on every database. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '#base/ids.ts'
import type { Explanation, Step, StepName } from '#extensions/explanation/contract.ts'
import { FLOATING_IP_STEPS, ROUTER_STEPS } from '#extensions/explanation/contract.ts'
import { discover } from '#plugin/discover.ts'
import { routerEvidence } from '#rpc/contract/evidence.ts'
import { forEachDatabase } from '../databases.ts'
import { refused, type TestApi } from '../fakes/api.ts'
import { startTestCloud } from '../fakes/bus.ts'
import { ML2 } from '../fakes/core.ts'

const features = await discover(['router'])
const migrations = features.flatMap((feature) => feature.migrations)

async function create(api: TestApi, resource: string, item: object) {
  const body = { [resource.replaceAll('-', '_')]: { project_id: 'a', ...item } }
  const answer = await api.call('admin', 'POST', `/v2.0/${resource}s`, body)
  assert.equal(answer.status, 201, answer.text)
  return answer.body[resource.replaceAll('-', '_')]
}

async function story(api: TestApi, path: string, token = 'admin') {
  const { status, body, text } = await api.call(token, 'GET', `/v2.0/${path}/explanation`)
  assert.equal(status, 200, text)
  const { explanation } = body as { explanation: Explanation }
  return { ...explanation, of: (name: StepName): Step => explanation.steps.find(({ step }) => step === name)! }
}

async function put(api: TestApi, path: string, body: object): Promise<void> {
  const answer = await api.call('admin', 'PUT', `/v2.0/${path}`, body)
  assert.equal(answer.status, 200, answer.text)
}

async function world(api: TestApi) {
  const inside = await create(api, 'network', {})
  const subnet = await create(api, 'subnet', { network_id: inside.id, ip_version: 4, cidr: '10.0.0.0/24' })
  const outside = await create(api, 'network', { 'router:external': true })
  await create(api, 'subnet', { network_id: outside.id, ip_version: 4, cidr: '192.0.2.0/24' })
  const router = await create(api, 'router', { name: 'r' })
  return { inside, subnet, outside, router, path: `routers/${router.id}` }
}

forEachDatabase((_name, openFresh) => {
  test('a router: empty, on no agent, down, on an agent that says what it sees', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, ML2)
    const { subnet, path, router } = await world(api)
    const empty = await story(api, path)
    assert.deepEqual(
      empty.steps.map(({ step }) => step),
      [...ROUTER_STEPS],
    )
    assert.deepEqual([empty.cause, empty.of('hosted').state], [null, 'not_applicable'])
    await put(api, `${path}/add_router_interface`, { subnet_id: subnet.id })
    const alone = await story(api, path)
    assert.deepEqual([alone.cause?.step, alone.cause?.owner], ['hosted', 'the operator'])
    await put(api, path, { router: { admin_state_up: false } })
    const down = await story(api, path, 'alice')
    assert.equal(down.cause?.mend, `neutron router-update ${router.id} --admin-state-up True`)
    await put(api, path, { router: { admin_state_up: true } })

    let said: object | null = null
    await api.transport.serve(routerEvidence.topic, 'secret-host', async ({ method }) =>
      method === 'explain_port' ? (said as never) : null,
    )
    await api.report('L3 agent', 'secret-host', { agent_mode: 'legacy', handle_internal_only_routers: true })
    await api.rpc('sync_routers', { host: 'secret-host', router_ids: null }, 'q-l3-plugin')
    const hosted = await story(api, path)
    assert.equal(hosted.of('hosted').evidence, 'neutron-l3-agent on secret-host has the router')
    assert.match(hosted.of('namespace').evidence, /the agent does not tell/)
    assert.deepEqual([hosted.cause?.step, hosted.cause?.state], ['interfaces', 'missing'])
    assert.match(hosted.cause!.mend!, /^neutron explain port [0-9a-f-]{36}$/)
    const failing = { error: 'no space left', times: 2, since: '2026-01-01T00:00:00Z' }
    said = { serves: true, netns: 'qrouter-x', damaged: false, proxy: 'none', failing }
    const broken = await story(api, path)
    assert.equal(broken.cause?.owner, 'neutron-l3-agent on secret-host')
    assert.match(broken.cause!.evidence, /cannot bring it about \(tried 2 times since .*no space left\)/)
    assert.doesNotMatch(JSON.stringify(await story(api, path, 'alice')), /secret-host|neutron-l3|qrouter/)
  })

  test('a floating IP: without a port, closed, open, its router on no agent', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, ML2)
    const { inside, subnet, outside, path } = await world(api)
    const floating = await create(api, 'floatingip', { floating_network_id: outside.id })
    const about = `floatingips/${floating.id}`
    const alone = await story(api, about)
    assert.deepEqual(
      alone.steps.map(({ step }) => step),
      [...FLOATING_IP_STEPS],
    )
    assert.equal(alone.cause?.mend, `neutron floatingip-associate ${floating.id} <port>`)
    assert.equal(alone.name, floating.floating_ip_address)

    await put(api, `${path}/add_router_interface`, { subnet_id: subnet.id })
    await put(api, path, { router: { external_gateway_info: { network_id: outside.id } } })
    const port = await create(api, 'port', { network_id: inside.id, device_owner: 'compute:x', device_id: newId() })
    await put(api, about, { floatingip: { port_id: port.id } })
    const given = await story(api, about)
    assert.match(given.of('associated').evidence, new RegExp(`^it stands for 10\\.0\\.0\\.\\d+ of port ${port.id}$`))
    assert.equal(given.of('routed').evidence, 'through router r')
    assert.equal(given.cause?.step, 'hosted')
    assert.equal(given.of('target').mend, `neutron explain port ${port.id}`)
    assert.deepEqual([given.of('allowed').state, given.of('allowed').owner], ['missing', "the port's owner"])
    const [security_group_id] = port.security_groups
    await create(api, 'security-group-rule', { security_group_id, direction: 'ingress', protocol: 'icmp' })
    assert.equal((await story(api, about, 'alice')).of('allowed').evidence, '1 rule let traffic in from outside')

    refused(await api.call('bob', 'GET', `/v2.0/${about}/explanation`), 404, 'FloatingIPNotFound')
    refused(await api.call('bob', 'GET', `/v2.0/${path}/explanation`), 404, 'RouterNotFound')
  })
})
