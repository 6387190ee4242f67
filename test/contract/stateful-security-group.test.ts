/** Stateful and stateless groups on every database: when a group may change, what a port may have, what agents hear. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '#base/json.ts'
import { forEachDatabase } from '../databases.ts'
import { refused, type TestApi } from '../fakes/api.ts'
import { coreFeatures, startTestCloud } from '../fakes/bus.ts'

const features = await coreFeatures()
const migrations = features.flatMap((feature) => feature.migrations)
const GROUPS = '/v2.0/security-groups'
const MIXED =
  'Error Cannot apply both stateful and stateless security groups on the same port at the same time while attempting the operation.'

async function create(api: TestApi, collection: string, item: object, token = 'alice') {
  const key = collection.replaceAll('-', '_').slice(0, -1)
  const answer = await api.call(token, 'POST', `/v2.0/${collection}`, { [key]: item })
  assert.equal(answer.status, 201, answer.text)
  return answer.body[key]
}

forEachDatabase((_name, openFresh) => {
  test('a group is stateful unless it is said not to be, and changes only while no port is in it', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features)
    const first = await api.call('alice', 'GET', GROUPS)
    assert.equal(first.body.security_groups[0].stateful, true, 'the default group')
    const group = await create(api, 'security-groups', { name: 'raw', stateful: 'False' })
    assert.equal(group.stateful, false)
    const path = `${GROUPS}/${group.id}`
    const put = (stateful: unknown) => api.call('alice', 'PUT', path, { security_group: { stateful } })
    assert.equal((await put(true)).body.security_group.stateful, true)
    assert.equal((await put(false)).body.security_group.stateful, false)
    refused(
      await put('perhaps'),
      400,
      'InvalidInput',
      "Invalid input for operation: 'perhaps' cannot be converted to boolean.",
    )
    for (const [value, names] of [
      ['false', ['raw']],
      ['true', ['default']],
    ] as const) {
      const found = await api.call('alice', 'GET', `${GROUPS}?stateful=${value}`)
      assert.deepEqual(
        found.body.security_groups.map(({ name }: { name: string }) => name),
        names,
      )
    }

    const network = await create(api, 'networks', { name: 'n' })
    const port = await create(api, 'ports', { network_id: network.id, security_groups: [group.id] })
    refused(await put(true), 409, 'SecurityGroupInUse', `Security Group ${group.id} in use.`)
    assert.equal((await put(false)).status, 200, 'what is so already is no change')
    const renamed = await api.call('alice', 'PUT', path, { security_group: { name: 'still' } })
    assert.equal(renamed.status, 200)
    assert.equal((await api.call('alice', 'DELETE', `/v2.0/ports/${port.id}`)).status, 204)
    assert.equal((await put(true)).status, 200)
  })

  test('the groups of a port are of one kind, also when a group changes at that moment', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features)
    const network = await create(api, 'networks', { name: 'n' })
    const raw = await create(api, 'security-groups', { name: 'raw', stateful: false })
    const other = await create(api, 'security-groups', { name: 'other', stateful: false })
    const tracked = await create(api, 'security-groups', { name: 'tracked' })
    const post = (security_groups: string[]) =>
      api.call('alice', 'POST', '/v2.0/ports', { port: { network_id: network.id, security_groups } })
    refused(await post([raw.id, tracked.id]), 409, 'SecurityGroupConflict', MIXED)
    const port = (await post([raw.id, other.id])).body.port
    const path = `/v2.0/ports/${port.id}`
    const put = (security_groups: string[]) => api.call('alice', 'PUT', path, { port: { security_groups } })
    refused(await put([other.id, tracked.id]), 409, 'SecurityGroupConflict', MIXED)
    assert.deepEqual((await api.call('alice', 'GET', path)).body.port.security_groups, [raw.id, other.id])
    assert.equal((await put([tracked.id])).status, 200)

    await Promise.all([
      api.call('alice', 'PUT', `${GROUPS}/${raw.id}`, { security_group: { stateful: true } }),
      ...Array.from({ length: 4 }, () => post([raw.id, other.id])),
      ...Array.from({ length: 4 }, () => post([raw.id, tracked.id])),
    ])
    const groups = (await api.call('alice', 'GET', GROUPS)).body.security_groups
    const kinds = new Map(groups.map(({ id, stateful }: { id: string; stateful: boolean }) => [id, stateful]))
    const { ports } = (await api.call('alice', 'GET', '/v2.0/ports')).body
    for (const { security_groups } of ports as { security_groups: string[] }[]) {
      assert.equal(new Set(security_groups.map((id) => kinds.get(id))).size, 1)
    }
  })

  test('agents hear of every rule whether it is stateful', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features)
    const network = await create(api, 'networks', { name: 'n' })
    const raw = await create(api, 'security-groups', { name: 'raw', stateful: false })
    const one = await create(api, 'ports', { network_id: network.id, security_groups: [raw.id] })
    const two = await create(api, 'ports', { network_id: network.id })
    const devices = [one.id, two.id]
    const info = await api.rpc('security_group_info_for_devices', { devices, call_version: '1.3' })
    const kinds = (id: string) => info.security_groups[id].map(({ stateful }: JsonObject) => stateful)
    assert.deepEqual(kinds(raw.id), [false, false])
    assert.deepEqual(kinds(two.security_groups[0]), [true, true, true, true])
  })
})
