/** Quotas, on every database: the limits' API, and that nobody gets past a limit, however many try at once. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forEachDatabase } from '../databases.ts'
import { machineFeatures, startTestApi } from '../fakes/api.ts'
import { gadgetFeature } from '../fakes/gadgets.ts'

const features = [...(await machineFeatures()), gadgetFeature]
const migrations = features.flatMap((feature) => feature.migrations)
const PATH = '/v2.0/gadgets'

forEachDatabase((_name, openFresh) => {
  test('a project that cannot be has no quotas', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features)
    for (const project of ['%00', 'a%00', 'x'.repeat(256)]) {
      for (const verb of ['GET', 'PUT', 'DELETE']) {
        const body = verb === 'PUT' ? { quota: { gadget: 5 } } : undefined
        const { status } = await api.call('admin', verb, `/v2.0/quotas/${project}`, body)
        assert.equal(status, 404, `${verb} ${project}`)
      }
    }
    assert.equal((await api.call('admin', 'PUT', '/v2.0/quotas/a', '{"quota": {"__proto__": 1}}')).status, 400)
    assert.equal((await api.call('admin', 'PUT', '/v2.0/quotas/a', '{"quota": {"gadget": 1e400}}')).status, 400)
  })

  test('limits are read, set, taken back, and compared with use', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features)
    const get = async (token: string, path: string) => (await api.call(token, 'GET', `/v2.0/quotas${path}`)).body
    assert.deepEqual(await get('alice', '/a'), { quota: { gadget: 40 } })
    assert.deepEqual(await get('alice', '/tenant'), { tenant: { tenant_id: 'a' } })
    assert.deepEqual(await get('alice', '/project'), { project: { project_id: 'a' } })
    assert.equal((await get('alice', '/b')).NeutronError.message, 'rule:get_quota is disallowed by policy')
    assert.equal(
      (await get('alice', '/b/details')).NeutronError.message,
      'User does not have admin privileges: Only admin is authorized to access quotas for another project.',
    )
    const put = (token: string, quota: object) => api.call(token, 'PUT', '/v2.0/quotas/a', { quota })
    assert.equal((await put('alice', { gadget: 5 })).status, 403)
    assert.deepEqual((await put('admin', { gadget: '5' })).body, { quota: { gadget: 5 } })
    assert.deepEqual(await get('admin', ''), { quotas: [{ gadget: 5, tenant_id: 'a', project_id: 'a' }] })
    assert.deepEqual(await get('alice', '/a/default'), { quota: { gadget: 40 } })

    await api.call('alice', 'POST', PATH, { gadgets: [{}, {}] })
    assert.deepEqual(await get('alice', '/a/details.json'), { quota: { gadget: { limit: 5, used: 2, reserved: 0 } } })
    assert.equal(
      (await put('admin', { gadget: 1 })).body.NeutronError.message,
      'Quota limit 1 for gadget must be greater than or equal to already used 2',
    )
    assert.equal((await put('admin', { gadget: 1, force: true, check_limit: true })).status, 200)
    assert.equal((await put('admin', { gadget: -1 })).body.quota.gadget, -1)
    assert.equal((await put('admin', { thing: 1 })).body.NeutronError.message, "Unrecognized attribute(s) 'thing'")
    assert.match((await put('admin', { gadget: -2 })).body.NeutronError.message, /'-2' is too small/)

    const remove = () => api.call('admin', 'DELETE', '/v2.0/quotas/a')
    assert.equal((await remove()).status, 204)
    assert.equal((await remove()).body.NeutronError.message, 'Quota for project a could not be found.')
    assert.equal((await api.call('admin', 'POST', '/v2.0/quotas', {})).status, 501)
  })

  test('a batch that does not fit is refused whole', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features, { quotas: { default_quota: '1' } })
    const many = { gadgets: Array.from({ length: 41 }, () => ({})) }
    const over = await api.call('alice', 'POST', PATH, many)
    assert.equal(over.status, 409)
    assert.deepEqual(over.body.NeutronError, {
      type: 'OverQuota',
      message: "Quota exceeded for resources: ['gadget'].",
      detail: '',
    })
    assert.deepEqual((await api.call('alice', 'GET', PATH)).body.gadgets, [])
    assert.equal((await api.call('admin', 'POST', PATH, { gadget: { project_id: 'a' } })).status, 201)
  })

  test('of forty creates at once against two servers, as many succeed as there is room for', async () => {
    await using database = await openFresh(migrations)
    const stores = [database.store, await database.open()]
    await using first = await startTestApi(stores[0]!, features)
    await using second = await startTestApi(stores[1]!, features)
    await first.call('admin', 'PUT', '/v2.0/quotas/a', { quota: { gadget: 7 } })
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        (index % 2 ? first : second).call('alice', 'POST', PATH, { gadget: {} }),
      ),
    )
    assert.deepEqual(
      answers.map(({ status }) => status).toSorted((a, b) => a - b),
      [...Array<number>(7).fill(201), ...Array<number>(33).fill(409)],
    )
    assert.equal((await first.call('alice', 'GET', PATH)).body.gadgets.length, 7)
  })
})
