/** The default statefulness of security groups on every database: who sets it, for whom, and what new groups are. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forEachDatabase } from '../databases.ts'
import { refused, startTestApi, type TestApi } from '../fakes/api.ts'
import { coreFeatures } from '../fakes/bus.ts'

const features = await coreFeatures()
const migrations = features.flatMap((feature) => feature.migrations)
const NAME = 'security_groups_default_statefulness'
const PATH = '/v2.0/security-groups-default-statefulness'

const post = (api: TestApi, values: object, token = 'admin') => api.call(token, 'POST', PATH, { [NAME]: values })

async function statefulOfNew(api: TestApi, token: string, more: object = {}): Promise<boolean> {
  const security_group = { name: 'g', ...more }
  const answer = await api.call(token, 'POST', '/v2.0/security-groups', { security_group })
  assert.equal(answer.status, 201, answer.text)
  return answer.body.security_group.stateful
}

forEachDatabase((_name, openFresh) => {
  test('a new group is what its project’s setting says, else what the one for all says, else stateful', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features)
    assert.equal(await statefulOfNew(api, 'alice'), true)
    const all = await post(api, { project_id: null, stateful: false })
    assert.equal(all.status, 201, all.text)
    assert.deepEqual(all.body[NAME], { id: all.body[NAME].id, project_id: null, tenant_id: null, stateful: false })
    const own = (await post(api, { project_id: 'a' })).body[NAME]
    assert.deepEqual([own.project_id, own.stateful], ['a', true])
    assert.deepEqual([await statefulOfNew(api, 'alice'), await statefulOfNew(api, 'bob')], [true, false])
    assert.equal(await statefulOfNew(api, 'bob', { stateful: true }), true)
    const groups = (await api.call('bob', 'GET', '/v2.0/security-groups?name=default')).body.security_groups
    assert.equal(groups[0].stateful, true, 'a default group is stateful in any case')

    const path = `${PATH}/${own.id}`
    const put = await api.call('admin', 'PUT', path, { [NAME]: { stateful: 'no' } })
    assert.equal(put.body[NAME].stateful, false, put.text)
    assert.equal(await statefulOfNew(api, 'alice'), false)
    refused(await api.call('admin', 'PUT', path, { [NAME]: { project_id: 'b' } }), 400, 'HTTPBadRequest')
    assert.equal((await api.call('admin', 'DELETE', `${PATH}/${all.body[NAME].id}`)).status, 204)
    assert.deepEqual([await statefulOfNew(api, 'alice'), await statefulOfNew(api, 'bob')], [false, true])
    const bulk = [{ name: 'x' }, { name: 'y', stateful: true }]
    const made = await api.call('alice', 'POST', '/v2.0/security-groups', { security_groups: bulk })
    assert.deepEqual(
      made.body.security_groups.map(({ stateful }: { stateful: boolean }) => stateful),
      [false, true],
    )
  })

  test('one setting for each project and one for all; members read their own, nobody else’s', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features)
    const exists = (project: string) =>
      `A security group default statefulness setting already exists for project '${project}'.`
    const type = 'SecurityGroupDefaultStatefulnessAlreadyExists'
    const own = (await post(api, { project_id: 'a', stateful: false })).body[NAME]
    const all = (await post(api, { project_id: null })).body[NAME]
    refused(await post(api, { project_id: 'a' }), 409, type, exists('a'))
    refused(await post(api, { project_id: null }), 409, type, exists('system-wide'))
    const answers = await Promise.all([1, 2, 3].map(() => post(api, { project_id: 'c' })))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409])
    assert.equal((await post(api, {})).body[NAME].project_id, 'admins')

    const seen = async (token: string) => (await api.call(token, 'GET', PATH)).body[NAME]
    assert.deepEqual([await seen('alice'), await seen('reader'), await seen('bob')], [[own], [own], []])
    assert.equal((await seen('admin')).length, 4)
    assert.deepEqual((await api.call('admin', 'GET', `${PATH}?stateful=false`)).body[NAME], [own])
    const path = `${PATH}/${own.id}`
    assert.deepEqual((await api.call('alice', 'GET', path)).body[NAME], own)
    const gone = `Security group default statefulness ${own.id} could not be found.`
    refused(await api.call('bob', 'GET', path), 404, 'SecurityGroupDefaultStatefulnessNotFound', gone)
    refused(await api.call('alice', 'GET', `${PATH}/${all.id}`), 404, 'SecurityGroupDefaultStatefulnessNotFound')
    refused(await api.call('alice', 'DELETE', path), 403, 'PolicyNotAuthorized')
    refused(await post(api, { stateful: false }, 'bob'), 403, 'PolicyNotAuthorized')
    refused(await post(api, { project_id: null }, 'bob'), 400, 'HTTPBadRequest')
    refused(await post(api, { stateful: 'perhaps' }), 400, 'InvalidInput')
  })
})
