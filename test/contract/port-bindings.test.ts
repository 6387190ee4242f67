/** Bindings of instances' ports on every database: made, changed, activated, removed; what L2 agents are told. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forEachDatabase } from '../databases.ts'
import { refused, type TestApi } from '../fakes/api.ts'
import { coreFeatures, startTestCloud, type TestCloud } from '../fakes/bus.ts'
import { ML2 } from '../fakes/core.ts'

const features = await coreFeatures()
const migrations = features.flatMap((feature) => feature.migrations)
const AGENT = { tunneling_ip: '192.0.2.1', tunnel_types: ['vxlan'] }

async function create(api: TestApi, resource: string, item: object, token = 'admin') {
  const answer = await api.call(token, 'POST', `/v2.0/${resource}s`, { [resource]: item })
  assert.equal(answer.status, 201, answer.text)
  return answer.body[resource]
}

/** An instance's port on host a, of alice's; b has an agent too, c has none. */
async function instance(api: TestCloud, more: object = {}) {
  for (const host of ['a', 'b']) await api.report('Open vSwitch agent', host, AGENT)
  const { id: network_id } = await create(api, 'network', { project_id: 'a' })
  const port = { network_id, project_id: 'a', device_owner: 'compute:nova', 'binding:host_id': 'a', ...more }
  const { id } = await create(api, 'port', port)
  return { id, network_id, path: `/v2.0/ports/${id}/bindings` }
}

const statuses = async (api: TestApi, path: string) => {
  const { body } = await api.call('admin', 'GET', path)
  return Object.fromEntries(
    body.bindings.map((one: { host: string; status: string; vif_type: string }) => [
      one.host,
      [one.status, one.vif_type],
    ]),
  )
}
const shownPort = async (api: TestApi, id: string) => (await api.call('admin', 'GET', `/v2.0/ports/${id}`)).body.port

forEachDatabase((_name, openFresh) => {
  test("the port's own binding is there from the start, and follows it", async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, ML2)
    const { id, path } = await instance(api, { 'binding:profile': { a: 1 } })
    const { body } = await api.call('admin', 'GET', path)
    const port = await shownPort(api, id)
    const own = {
      host: 'a',
      vif_type: 'ovs',
      vif_details: port['binding:vif_details'],
      vnic_type: 'normal',
      profile: { a: 1 },
      status: 'ACTIVE',
    }
    assert.deepEqual(body, { bindings: [own] })
    assert.deepEqual((await api.call('admin', 'GET', `${path}/a`)).body, { binding: own })
    await api.call('admin', 'PUT', `/v2.0/ports/${id}`, { port: { 'binding:host_id': 'c' } })
    assert.deepEqual(await statuses(api, path), { c: ['ACTIVE', 'binding_failed'] })
    await api.call('admin', 'PUT', `/v2.0/ports/${id}`, { port: { 'binding:host_id': '' } })
    assert.deepEqual(await statuses(api, path), { '': ['ACTIVE', 'unbound'] })
    const owned = await create(api, 'port', { network_id: port.network_id, device_owner: 'network:dhcp' })
    const message = `Bad port request: Invalid port ${owned.id}. Operation only valid on compute ports.`
    for (const [method, rest, sent] of [
      ['GET', '', undefined],
      ['GET', '/a', undefined],
      ['POST', '', { binding: { host: 'b' } }],
      ['PUT', '/a', { binding: {} }],
      ['PUT', '/a/activate', undefined],
      ['DELETE', '/a', undefined],
    ] as const) {
      const answer = await api.call('admin', method, `/v2.0/ports/${owned.id}/bindings${rest}`, sent)
      refused(answer, 400, 'BadRequest', message)
    }
    await api.call('admin', 'PUT', `/v2.0/ports/${owned.id}`, { port: { device_owner: 'compute:x' } })
    assert.deepEqual(await statuses(api, `/v2.0/ports/${owned.id}/bindings`), { '': ['ACTIVE', 'unbound'] })
    assert.equal((await api.call('admin', 'DELETE', `/v2.0/ports/${id}`)).status, 204)
    refused(await api.call('admin', 'GET', path), 404, 'PortNotFound')
  })

  test('another binding waits until it is activated; then the port is there', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, ML2)
    const { id, path, network_id } = await instance(api)
    const made = await api.call('admin', 'POST', path, { binding: { host: 'b', profile: { to: 'b' } } })
    assert.equal(made.status, 201, made.text)
    const { vif_details, ...waiting } = made.body.binding
    assert.deepEqual(waiting, {
      host: 'b',
      vif_type: 'ovs',
      vnic_type: 'normal',
      profile: { to: 'b' },
      status: 'INACTIVE',
    })
    assert.deepEqual(vif_details.bound_drivers, { '0': 'openvswitch' })
    assert.equal((await shownPort(api, id))['binding:host_id'], 'a')
    const filtered = await api.call('admin', 'GET', `${path}?status=INACTIVE&fields=host`)
    assert.deepEqual(filtered.body, { bindings: [{ host: 'b' }] })

    const details = async (host: string) =>
      (await api.rpc('get_device_details', { device: id, host, agent_id: 'x' })) as { [key: string]: unknown }
    assert.deepEqual(await details('b'), { device: id, no_active_binding: true })
    assert.equal((await details('a')).network_id, network_id)
    for (const host of ['a', 'b']) {
      for (const topic of ['port_binding-deactivate', 'port_binding-activate']) {
        await api.listen(`q-agent-notifier-${topic}`, host)
      }
      await api.rpc('update_device_up', { device: id, host, agent_id: 'x' })
    }
    assert.equal((await shownPort(api, id)).status, 'ACTIVE')

    const activated = await api.call('admin', 'PUT', `${path}/b/activate`, {})
    assert.equal(activated.status, 200, activated.text)
    assert.deepEqual(activated.body, { ...waiting, vif_details, status: 'ACTIVE' })
    const port = await shownPort(api, id)
    assert.deepEqual([port['binding:host_id'], port['binding:profile'], port.status], ['b', { to: 'b' }, 'DOWN'])
    assert.deepEqual(await statuses(api, path), { a: ['INACTIVE', 'unbound'], b: ['ACTIVE', 'ovs'] })
    const [left] = await api.told('binding_deactivate')
    assert.deepEqual([left!.host, left!.args], ['a', { port_id: id, host: 'a', network_id }])
    const [come] = await api.told('binding_activate')
    assert.deepEqual([come!.host, come!.args], ['b', { port_id: id, host: 'b' }])
    assert.deepEqual(await details('a'), { device: id, no_active_binding: true })
    assert.equal((await details('b')).network_id, network_id)
    // The host it left does not make it ACTIVE; the one it came to does.
    await api.rpc('update_device_up', { device: id, host: 'a', agent_id: 'x' })
    assert.equal((await shownPort(api, id)).status, 'BUILD')
    await api.rpc('update_device_up', { device: id, host: 'b', agent_id: 'x' })
    assert.equal((await shownPort(api, id)).status, 'ACTIVE')

    const again = `Binding for port ${id} on host b is already active.`
    refused(await api.call('admin', 'PUT', `${path}/b/activate`, {}), 409, 'PortBindingAlreadyActive', again)
    assert.equal((await api.call('admin', 'DELETE', `${path}/a`)).status, 204)
    assert.deepEqual(await statuses(api, path), { b: ['ACTIVE', 'ovs'] })
  })

  test('bindings change and go; what cannot be bound is refused and leaves nothing', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, ML2)
    const { id, path } = await instance(api)
    await api.call('admin', 'POST', path, { binding: { host: 'b', profile: { x: 1 } } })
    const put = (host: string, binding: object) => api.call('admin', 'PUT', `${path}/${host}`, { binding })
    const kept = (await put('b', { profile: { x: 2 } })).body.binding
    assert.deepEqual([kept.profile, kept.status, kept.vif_type], [{ x: 2 }, 'INACTIVE', 'ovs'])
    assert.deepEqual((await put('b', {})).body.binding.profile, {})
    const own = (await put('a', { profile: { y: 1 } })).body.binding
    assert.deepEqual([own.profile, own.status, own.vif_type], [{ y: 1 }, 'ACTIVE', 'ovs'])
    assert.deepEqual((await shownPort(api, id))['binding:profile'], { y: 1 })

    const exists = `Binding for port ${id} on host b already exists.`
    refused(await api.call('admin', 'POST', path, { binding: { host: 'b' } }), 409, 'PortBindingAlreadyExists', exists)
    const failed = `Binding for port ${id} on host c could not be created or updated.`
    refused(await api.call('admin', 'POST', path, { binding: { host: 'c' } }), 500, 'PortBindingError', failed)
    const absent = `Binding for port ${id} for host c could not be found.`
    for (const answer of [
      await put('c', {}),
      await api.call('admin', 'GET', `${path}/c`),
      await api.call('admin', 'DELETE', `${path}/c`),
      await api.call('admin', 'PUT', `${path}/c/activate`, {}),
    ])
      refused(answer, 404, 'PortBindingNotFound', absent)
    refused(await api.call('admin', 'POST', path, { binding: {} }), 400, 'HTTPBadRequest')
    refused(await api.call('admin', 'POST', path, { binding: { host: 'd', vnic_type: 'x' } }), 400, 'HTTPBadRequest')
    refused(await api.call('admin', 'POST', path, { binding: { host: 'd', vif_type: 'ovs' } }), 400, 'HTTPBadRequest')
    const large = { host: 'd', profile: { x: 'x'.repeat(5000) } }
    const tooLarge = 'Invalid input for operation: binding:profile value too large.'
    refused(await api.call('admin', 'POST', path, { binding: large }), 400, 'InvalidInput', tooLarge)
    assert.deepEqual(await statuses(api, path), { a: ['ACTIVE', 'ovs'], b: ['INACTIVE', 'ovs'] })

    // The port moves the plain way to a host that waits for it: what waited is where it is.
    await api.call('admin', 'PUT', `/v2.0/ports/${id}`, { port: { 'binding:host_id': 'b' } })
    assert.deepEqual(await statuses(api, path), { b: ['ACTIVE', 'ovs'] })
    assert.equal((await api.call('admin', 'DELETE', `${path}/b`)).status, 204)
    assert.deepEqual(await statuses(api, path), {})
    const port = await shownPort(api, id)
    assert.deepEqual([port['binding:host_id'], port['binding:vif_type']], ['', 'unbound'])
    const first = await api.call('admin', 'POST', path, { binding: { host: 'a' } })
    assert.deepEqual([first.body.binding.status, first.body.binding.vif_type], ['ACTIVE', 'ovs'])
    assert.equal((await shownPort(api, id))['binding:host_id'], 'a')
  })

  test('bindings are for administrators and services', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, ML2)
    const { id, path } = await instance(api)
    assert.deepEqual((await api.call('alice', 'GET', path)).body, { bindings: [] })
    assert.equal((await api.call('alice', 'GET', `${path}/a`)).status, 404)
    const denied = await api.call('alice', 'POST', path, { binding: { host: 'b' } })
    refused(denied, 403, 'PolicyNotAuthorized', 'rule:create_port_binding is disallowed by policy')
    for (const [method, rest, sent] of [
      ['PUT', '/a', { binding: {} }],
      ['DELETE', '/a', undefined],
      ['PUT', '/a/activate', {}],
    ] as const) {
      assert.equal((await api.call('alice', method, `${path}${rest}`, sent)).status, 404)
    }
    for (const method of ['GET', 'POST']) {
      const sent = method === 'POST' ? { binding: { host: 'b' } } : undefined
      refused(await api.call('bob', method, path, sent), 404, 'PortNotFound', `Port ${id} could not be found.`)
    }
    assert.deepEqual(await statuses(api, path), { a: ['ACTIVE', 'ovs'] })
  })
})
