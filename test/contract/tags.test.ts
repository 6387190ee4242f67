/** Tags, on every database: read, set, filtered by, refused. Source: Networking API v2.0; Tempest's tests of tags. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forEachDatabase } from '../databases.ts'
import { type Answer, startTestApi, type TestApi } from '../fakes/api.ts'
import { coreFeatures, ML2 } from '../fakes/core.ts'

const features = await coreFeatures()
const migrations = features.flatMap((feature) => feature.migrations)
// biome-ignore lint/suspicious/noExplicitAny: whatever the server said
type Body = any

async function make(api: TestApi, resource: string, values: object, token = 'alice'): Promise<Body> {
  const answer = await api.call(token, 'POST', `/v2.0/${resource}s`, { [resource]: values })
  assert.equal(answer.status, 201, answer.text)
  return answer.body[resource]
}

function refused(answer: Answer, status: number, type: string, message: string): void {
  assert.equal(answer.status, status, answer.text)
  assert.deepEqual(answer.body.NeutronError, { type, message, detail: '' })
}

/** Beside those of the configuration. */
const RANGE = { network_type: 'vlan', physical_network: 'physnet2', minimum: 2000, maximum: 2099 }

/** One of everything that can be tagged, by collection. */
async function makeAll(api: TestApi): Promise<Map<string, Body>> {
  const outside = await make(api, 'network', { 'router:external': true }, 'admin')
  await make(api, 'subnet', { network_id: outside.id, ip_version: 4, cidr: '203.0.113.0/24' }, 'admin')
  const network = await make(api, 'network', { name: 'n' })
  const subnet = await make(api, 'subnet', { network_id: network.id, ip_version: 4, cidr: '10.0.0.0/24' })
  return new Map<string, Body>([
    ['networks', network],
    ['subnets', subnet],
    ['subnetpools', await make(api, 'subnetpool', { name: 'p', prefixes: ['10.0.0.0/8'] })],
    ['ports', await make(api, 'port', { network_id: network.id })],
    ['routers', await make(api, 'router', { name: 'r' })],
    ['floatingips', await make(api, 'floatingip', { floating_network_id: outside.id })],
    ['security-groups', await make(api, 'security_group', { name: 'g' })],
    ['network-segment-ranges', await make(api, 'network_segment_range', RANGE, 'admin')],
  ])
}

forEachDatabase((_name, openFresh) => {
  test('every resource with the attribute has the paths and the filters', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features, ML2)
    const made = await makeAll(api)
    const tagged = [...api.started.definitions.resources.values()].filter(({ attributes }) => attributes.has('tags'))
    assert.deepEqual([...made.keys()].map((key) => key.replaceAll('-', '_')).sort(), [
      ...tagged.map(({ collection }) => collection).sort(),
    ])
    const { extension } = (await api.call('alice', 'GET', '/v2.0/extensions/standard-attr-tag')).body
    const names = tagged.map(({ name }) => name).sort()
    assert.equal(extension.name, `Tag support for resources with standard attribute: ${names.join(', ')}`)

    for (const [collection, object] of made) {
      const who = collection === 'network-segment-ranges' ? 'admin' : 'alice'
      const path = `/v2.0/${collection}/${object.id}`
      const key = collection.replaceAll('-', '_')
      assert.deepEqual(object.tags, [], collection)
      const set = await api.call(who, 'PUT', `${path}/tags`, { tags: ['red', 'blue'] })
      assert.equal(set.status, 200, `${collection} ${set.text}`)
      assert.deepEqual(set.body, { tags: ['red', 'blue'] })
      const list = await api.call(who, 'GET', `/v2.0/${collection}?tags=blue,red&fields=tags&fields=id`)
      assert.deepEqual(list.body[key], [{ id: object.id, tags: ['red', 'blue'] }])
      const shown = await api.call(who, 'GET', path)
      const [item] = Object.values<Body>(shown.body)
      assert.deepEqual(item.tags, ['red', 'blue'])
      assert.ok(item.revision_number > object.revision_number, collection)
      assert.equal((await api.call(who, 'DELETE', `${path}/tags`)).status, 204)
      assert.deepEqual((await api.call(who, 'GET', `${path}/tags.json`)).body, { tags: [] })
    }
  })

  test('tags are added, asked for, replaced and removed; each change is one revision and one line of the log', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features, ML2)
    const network = await make(api, 'network', {})
    const path = `/v2.0/networks/${network.id}`
    const call = (method: string, more: string, body?: object) => api.call('alice', method, `${path}/tags${more}`, body)
    const state = async () => {
      const { tags, revision_number } = (await api.call('alice', 'GET', path)).body.network
      return [...tags, revision_number]
    }
    const before = (await database.store.changesSince(0, 1000)).length

    const put = await call('PUT', '/red')
    assert.deepEqual([put.status, put.body], [201, null])
    assert.deepEqual(await state(), ['red', 1])
    assert.equal((await call('PUT', '/red')).status, 201)
    assert.deepEqual(await state(), ['red', 1])
    const post = await call('POST', '', { tags: ['green', 'red'] })
    assert.deepEqual([post.status, post.body], [200, { tags: ['green', 'red'] }])
    assert.deepEqual(await state(), ['red', 'green', 2])

    const there = await call('GET', '/green')
    assert.deepEqual([there.status, there.text], [204, ''])
    refused(await call('GET', '/blue'), 404, 'TagNotFound', 'Tag blue could not be found.')
    refused(await call('DELETE', '/blue'), 404, 'TagNotFound', 'Tag blue could not be found.')

    assert.equal((await call('PUT', '', { tags: ['blue', 'green'] })).status, 200)
    assert.deepEqual(await state(), ['green', 'blue', 3])
    assert.equal((await call('DELETE', '/green')).status, 204)
    assert.equal((await call('DELETE', '')).status, 204)
    assert.deepEqual(await state(), [5])
    const changes = (await database.store.changesSince(0, 1000)).slice(before)
    assert.deepEqual(
      changes.map(({ resource, kind, revision_number }) => `${resource} ${kind} ${revision_number}`),
      [1, 2, 3, 4, 5].map((revision) => `network update ${revision}`),
    )
    assert.equal((await call('PUT', '/last')).status, 201)
    assert.equal((await api.call('alice', 'DELETE', path)).status, 204)
    const left = await database.store.read((tx) => tx.sql.selectFrom('resource_tags').selectAll().execute())
    assert.deepEqual(left, [])
  })

  test('any text is a tag, also with dots, slashes and endings', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features, ML2)
    const { id } = await make(api, 'network', {})
    const tags = ['v1.2', 'a.json', '.json', 'a/b', 'zwölf & mehr', 'Red', 'red', 'x'.repeat(255)]
    for (const tag of tags) {
      const path = `/v2.0/networks/${id}/tags/${encodeURIComponent(tag)}`
      assert.equal((await api.call('alice', 'PUT', path)).status, 201, tag)
      assert.equal((await api.call('alice', 'GET', path)).status, 204, tag)
      const list = await api.call('alice', 'GET', `/v2.0/networks?tags=${encodeURIComponent(tag)}`)
      assert.equal(list.body.networks.length, 1, tag)
    }
    assert.deepEqual((await api.call('alice', 'GET', `/v2.0/networks/${id}/tags`)).body, { tags })
    assert.equal((await api.call('alice', 'DELETE', `/v2.0/networks/${id}/tags/.json`)).status, 204)
    assert.equal((await api.call('alice', 'GET', `/v2.0/networks/${id}/tags`)).body.tags.length, tags.length - 1)
    assert.equal((await api.call('alice', 'PUT', `/v2.0/networks/${id}/tags/nul%00`)).status, 404)
  })

  test('lists are filtered by all, any, not all and none of the tags', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features, ML2)
    const sets = { none: [], red: ['red'], both: ['red', 'blue'], blue: ['blue'], all: ['red', 'blue', 'green'] }
    for (const [name, tags] of Object.entries(sets)) {
      const { id } = await make(api, 'network', { name })
      assert.equal((await api.call('alice', 'PUT', `/v2.0/networks/${id}/tags`, { tags })).status, 200)
    }
    const names = async (query: string) => {
      const answer = await api.call('alice', 'GET', `/v2.0/networks?${query}&sort_key=name&sort_dir=asc`)
      assert.equal(answer.status, 200, answer.text)
      return answer.body.networks.map(({ name }: Body) => name).join(' ')
    }
    assert.equal(await names('tags=red'), 'all both red')
    assert.equal(await names('tags=red,blue'), 'all both')
    assert.equal(await names('tags=red&tags=green'), 'all')
    assert.equal(await names('tags-any=red,green'), 'all both red')
    assert.equal(await names('not-tags=red,blue'), 'blue none red')
    assert.equal(await names('not-tags-any=red,blue'), 'none')
    assert.equal(await names('tags=red&not-tags-any=green&limit=1'), 'both')
    const many = Array.from({ length: 300 }, (_, index) => `t${index}`).join(',')
    assert.equal(await names(`tags=red,${many}`), '')
    assert.equal(await names(`tags-any=red,${many}`), 'all both red')
    const count = await names(`not-tags=red,${many}`)
    assert.equal(count, 'all blue both none red')
  })

  test('ports are tagged as they are made, also many at once; nothing else is', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features, ML2)
    const { id: network_id } = await make(api, 'network', {})
    const ports = [{ network_id, tags: ['a', 'b'] }, { network_id }, { network_id, tags: ['b'] }]
    const made = await api.call('alice', 'POST', '/v2.0/ports', { ports })
    assert.equal(made.status, 201, made.text)
    assert.deepEqual(
      made.body.ports.map(({ tags }: Body) => tags),
      [['a', 'b'], [], ['b']],
    )
    assert.equal((await api.call('alice', 'GET', '/v2.0/ports?tags=b')).body.ports.length, 2)
    const network = await api.call('alice', 'POST', '/v2.0/networks', { network: { tags: ['a'] } })
    refused(network, 400, 'HTTPBadRequest', "Attribute 'tags' not allowed in POST")
    const update = { network: { tags: ['a'] } }
    const put = await api.call('alice', 'PUT', `/v2.0/networks/${network_id}`, update)
    refused(put, 400, 'HTTPBadRequest', 'Cannot update read-only attribute tags')
  })

  test('at most 50 tags, each of at most 255 characters', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features, ML2)
    const { id } = await make(api, 'network', {})
    const path = `/v2.0/networks/${id}/tags`
    const tags = Array.from({ length: 51 }, (_, index) => `t${index}`)
    const tooMany = 'Bad networks request: The number of tags exceed the per-resource limit of 50.'
    refused(await api.call('alice', 'PUT', path, { tags }), 400, 'BadRequest', tooMany)
    assert.equal((await api.call('alice', 'PUT', path, { tags: tags.slice(1) })).status, 200)
    refused(await api.call('alice', 'PUT', `${path}/t0`), 400, 'BadRequest', tooMany)
    refused(await api.call('alice', 'POST', path, { tags: ['t0'] }), 400, 'BadRequest', tooMany)
    assert.equal((await api.call('alice', 'PUT', `${path}/t1`)).status, 201)
    const long = 'x'.repeat(256)
    const tooLong = `Invalid input for operation: '${long}' exceeds maximum length of 255.`
    refused(await api.call('alice', 'PUT', `${path}/${long}`), 400, 'InvalidInput', tooLong)
    refused(
      await api.call('alice', 'PUT', path),
      400,
      'InvalidInput',
      'Invalid input for operation: Invalid tags body.',
    )
  })

  test('tags of what one may not see are not there; of what one may not change, refused', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features, ML2)
    const { id } = await make(api, 'network', {})
    const path = `/v2.0/networks/${id}/tags`
    assert.equal((await api.call('alice', 'PUT', `${path}/a`)).status, 201)
    const absent = `Resource networks ${id} could not be found.`
    for (const [method, more] of [
      ['GET', ''],
      ['GET', '/a'],
      ['PUT', '/b'],
      ['DELETE', ''],
      ['DELETE', '/a'],
    ] as const) {
      refused(await api.call('bob', method, `${path}${more}`), 404, 'TagResourceNotFound', absent)
    }
    const readers = await api.call('reader', 'GET', path)
    assert.deepEqual([readers.status, readers.body], [200, { tags: ['a'] }])
    const write = await api.call('reader', 'PUT', `${path}/b`)
    refused(write, 403, 'PolicyNotAuthorized', 'rule:update_network:tags is disallowed by policy')

    const shared = await make(api, 'network', { shared: true }, 'admin')
    assert.equal((await api.call('admin', 'PUT', `/v2.0/networks/${shared.id}/tags/s`)).status, 201)
    assert.deepEqual((await api.call('bob', 'GET', `/v2.0/networks/${shared.id}/tags`)).body, { tags: ['s'] })
    assert.deepEqual((await api.call('bob', 'GET', `/v2.0/networks/${shared.id}`)).body.network.tags, ['s'])
    const foreign = await api.call('bob', 'DELETE', `/v2.0/networks/${shared.id}/tags`)
    refused(foreign, 403, 'PolicyNotAuthorized', 'rule:delete_network:tags is disallowed by policy')
    assert.equal((await api.call('alice', 'POST', `${path}/a`)).status, 405)
    const rules = await api.call('alice', 'GET', `/v2.0/security-group-rules/${id}/tags`)
    assert.equal(rules.status, 404)
  })

  test('tags that many put at once are all there', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features, ML2)
    const { id } = await make(api, 'network', {})
    const tags = Array.from({ length: 8 }, (_, index) => `t${index}`)
    const answers = await Promise.all(tags.map((tag) => api.call('alice', 'PUT', `/v2.0/networks/${id}/tags/${tag}`)))
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [201])
    const { network } = (await api.call('alice', 'GET', `/v2.0/networks/${id}`)).body
    assert.deepEqual([...network.tags].sort(), tags)
    assert.equal(network.revision_number, tags.length)
    assert.equal((await api.call('alice', 'GET', `/v2.0/networks?tags=${tags.join(',')}`)).body.networks.length, 1)
  })
})
