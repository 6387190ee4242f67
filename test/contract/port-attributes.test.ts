/** Attributes of ports that others act on (Nova, agents of SR-IOV devices, watchers of the network below). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forEachDatabase } from '../databases.ts'
import { refused, type TestApi } from '../fakes/api.ts'
import { coreFeatures, startTestCloud } from '../fakes/bus.ts'
import { ML2 } from '../fakes/core.ts'

const features = await coreFeatures()
const migrations = features.flatMap((feature) => feature.migrations)

async function create(api: TestApi, resource: string, item: object, token = 'alice') {
  const answer = await api.call(token, 'POST', `/v2.0/${resource}s`, { [resource]: item })
  assert.equal(answer.status, 201, answer.text)
  return answer.body[resource]
}

const put = (api: TestApi, id: string, port: object, token = 'alice') =>
  api.call(token, 'PUT', `/v2.0/ports/${id}`, { port })

/** Each: what a port has without it, what may be sent, what may not, and whether an update may. */
const KEPT: readonly {
  readonly name: string
  readonly unsaid: unknown
  readonly sent: readonly unknown[]
  readonly shown: readonly unknown[]
  readonly wrong: readonly unknown[]
  readonly updatable: boolean
}[] = [
  {
    name: 'propagate_uplink_status',
    unsaid: true,
    sent: [false, 'yes'],
    shown: [false, true],
    wrong: ['x', null],
    updatable: true,
  },
  {
    name: 'device_profile',
    unsaid: null,
    sent: ['fast', null, ''],
    shown: ['fast', null, null],
    wrong: [5],
    updatable: false,
  },
  {
    name: 'numa_affinity_policy',
    unsaid: null,
    sent: ['required', 'preferred', 'legacy', 'socket', null],
    shown: ['required', 'preferred', 'legacy', 'socket', null],
    wrong: ['near', 5],
    updatable: true,
  },
]

forEachDatabase((_name, openFresh) => {
  test('what others act on is kept and shown as it was said', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features)
    const { id: network_id } = await create(api, 'network', {})
    const { id } = await create(api, 'port', { network_id })
    for (const { name, unsaid, sent, shown, wrong, updatable } of KEPT) {
      const [before] = (await api.call('reader', 'GET', `/v2.0/ports?id=${id}&fields=${name}`)).body.ports
      assert.deepEqual(before, { [name]: unsaid })
      for (const [index, value] of sent.entries()) {
        assert.equal((await create(api, 'port', { network_id, [name]: value }))[name], shown[index])
        const answer = await put(api, id, { [name]: value })
        if (updatable) assert.equal(answer.body.port[name], shown[index], answer.text)
        else refused(answer, 400, 'HTTPBadRequest', `Cannot update read-only attribute ${name}`)
      }
      for (const value of wrong) {
        const { status } = await api.call('alice', 'POST', '/v2.0/ports', { port: { network_id, [name]: value } })
        assert.equal(status, 400, `${name} ${value}`)
        assert.equal((await put(api, id, { [name]: value })).status, 400)
      }
      if (updatable) assert.equal((await put(api, id, { [name]: sent[0] }, 'bob')).status, 404)
    }
  })

  test('only an administrator or an integrator says what becomes of the network below', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features)
    const { id: network_id } = await create(api, 'network', {})
    const port = await create(api, 'port', { network_id })
    assert.equal(port.data_plane_status, null)
    const denied = '(rule:update_port and rule:update_port:data_plane_status) is disallowed by policy'
    refused(await put(api, port.id, { data_plane_status: 'ACTIVE' }), 403, 'PolicyNotAuthorized', denied)
    for (const data_plane_status of ['DOWN', 'ACTIVE', null]) {
      const { body } = await put(api, port.id, { data_plane_status }, 'admin')
      assert.deepEqual([body.port.data_plane_status, body.port.status], [data_plane_status, port.status])
    }
    refused(await put(api, port.id, { data_plane_status: 'BUILD' }, 'admin'), 400, 'HTTPBadRequest')
    const { body } = await put(api, port.id, { data_plane_status: 'DOWN' }, 'integrator')
    assert.equal(body.port.data_plane_status, 'DOWN')
    const created = { network_id, data_plane_status: 'ACTIVE' }
    const message = "Attribute 'data_plane_status' not allowed in POST"
    refused(await api.call('admin', 'POST', '/v2.0/ports', { port: created }), 400, 'HTTPBadRequest', message)
  })

  test('L2 agents read with the port whether it follows the device of its host', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, ML2)
    await api.report('Open vSwitch agent', 'h', { tunneling_ip: '192.0.2.1', tunnel_types: ['vxlan'] })
    const { id: network_id } = await create(api, 'network', {})
    const bound = { network_id, 'binding:host_id': 'h', propagate_uplink_status: false }
    const { id } = await create(api, 'port', bound, 'admin')
    const details = await api.rpc('get_device_details', { device: id, host: 'h', agent_id: 'x' })
    assert.equal(details.propagate_uplink_status, false)
  })
})
