/** The API's promises about one object at a time, on every database: made, shown, changed, removed, refused. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forEachDatabase } from '../databases.ts'
import { type Answer, machineFeatures, startTestApi } from '../fakes/api.ts'
import { gadgetFeature } from '../fakes/gadgets.ts'

const features = [...(await machineFeatures()), gadgetFeature]
const migrations = features.flatMap((feature) => feature.migrations)
const PATH = '/v2.0/gadgets'

function refused(answer: Answer, status: number, type: string, message: string | RegExp): void {
  assert.equal(answer.status, status, answer.text)
  assert.deepEqual(Object.keys(answer.body), ['NeutronError'])
  assert.equal(answer.body.NeutronError.type, type)
  assert.equal(answer.body.NeutronError.detail, '')
  if (typeof message === 'string') assert.equal(answer.body.NeutronError.message, message)
  else assert.match(answer.body.NeutronError.message, message)
}

forEachDatabase((_name, openFresh) => {
  test('an object is created with defaults, shown, changed and removed', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features)
    const created = await api.call('alice', 'POST', PATH, { gadget: { name: 'one', colour: 'red' } })
    assert.equal(created.status, 201)
    const { gadget } = created.body
    assert.equal(gadget.project_id, 'a')
    assert.equal(gadget.tenant_id, 'a')
    assert.equal(gadget.revision_number, 0)
    assert.equal(gadget.weight, 10)
    assert.match(gadget.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    assert.match(created.headers.get('x-openstack-request-id') ?? '', /^req-[0-9a-f-]{36}$/)

    const shown = await api.call('alice', 'GET', `${PATH}/${gadget.id}.json`)
    assert.deepEqual(shown.body, created.body)

    const updated = await api.call('alice', 'PUT', `${PATH}/${gadget.id}`, { gadget: { size: '7', colour: null } })
    assert.equal(updated.status, 200)
    assert.deepEqual(
      { ...updated.body.gadget, updated_at: '' },
      { ...gadget, size: 7, weight: 70, colour: null, revision_number: 1, updated_at: '' },
    )
    const unchanged = await api.call('alice', 'PUT', `${PATH}/${gadget.id}`, { gadget: { size: 7 } })
    assert.equal(unchanged.body.gadget.revision_number, 1)

    const deleted = await api.call('alice', 'DELETE', `${PATH}/${gadget.id}`)
    assert.equal(deleted.status, 204)
    assert.equal(deleted.text, '')
    const again = await api.call('alice', 'DELETE', `${PATH}/${gadget.id}`)
    refused(again, 404, 'GadgetNotFound', `Gadget ${gadget.id} could not be found.`)

    const changes = await database.store.changesSince(0, 10)
    assert.deepEqual(
      changes.map(({ kind, revision_number }) => `${kind} ${revision_number}`),
      ['create 0', 'update 1', 'delete 1'],
    )
    assert.equal(changes[2]?.detail?.name, 'one')
  })

  test('a bulk create answers in order, or makes nothing at all', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features)
    const names = ['c', 'a', 'b']
    const made = await api.call('alice', 'POST', PATH, { gadgets: names.map((name) => ({ name })) })
    assert.equal(made.status, 201)
    assert.deepEqual(
      made.body.gadgets.map(({ name }: { name: string }) => name),
      names,
    )
    const wrapped = await api.call('alice', 'POST', PATH, { gadgets: [{ gadget: { name: 'd' } }] })
    assert.equal(wrapped.body.gadgets[0].name, 'd')

    const bad = await api.call('alice', 'POST', PATH, { gadgets: [{ name: 'e' }, { size: 'x' }] })
    refused(bad, 400, 'InvalidInput', "Invalid input for operation: 'x' is not an integer.")
    const twice = [{ serial: 's' }, { serial: 's' }]
    assert.equal((await api.call('admin', 'POST', PATH, { gadgets: twice })).status, 409)
    const forbidden = await api.call('alice', 'POST', PATH, { gadgets: [{ name: 'f' }, { shared: true }] })
    assert.equal(forbidden.status, 403)
    assert.equal((await api.call('admin', 'GET', PATH)).body.gadgets.length, 4)

    const empty = await api.call('alice', 'POST', PATH, { gadgets: [] })
    refused(empty, 400, 'HTTPBadRequest', 'Resources required')
    const text = await api.call('alice', 'POST', PATH, { gadgets: 'x' })
    refused(text, 400, 'HTTPBadRequest', "Object 'gadget' contains invalid data")
    const number = await api.call('alice', 'POST', PATH, { gadgets: [1] })
    refused(number, 400, 'HTTPBadRequest', 'Body contains invalid data')
  })

  test('a body that says something wrong is refused in upstream words', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features)
    const cases: readonly (readonly [unknown, string])[] = [
      ['{', 'Body contains invalid data'],
      ['[]', 'Body contains invalid data'],
      ['{"gadget": {"name": "\\u0000"}}', 'Body contains invalid data'],
      [{}, "Unable to find 'gadget' in request body"],
      ['', "Unable to find 'gadget' in request body"],
      [{ gadget: 'x' }, "Object 'gadget' contains invalid data"],
      [{ gadget: { x: 1, y: 2 } }, "Unrecognized attribute(s) 'x, y'"],
      [{ gadget: { id: 'x' } }, "Attribute 'id' not allowed in POST"],
      [{ gadget: { size: 101 } }, "Invalid input for size. Reason: '101' is too large - must be no larger than '100'."],
      [{ gadget: { size: -1 } }, "Invalid input for size. Reason: '-1' should be non-negative."],
      [{ gadget: { colour: 'green' } }, "Invalid input for colour. Reason: 'green' is not in ['red', 'blue']."],
      [
        { gadget: { labels: [{ other: 1 }] } },
        "Invalid input for labels. Reason: Validation of dictionary's keys failed. " +
          "Expected keys: {'key'} Provided keys: {'other'}.",
      ],
      [{ gadget: { tenant_id: 'a', project_id: 'b' } }, "'project_id' and 'tenant_id' do not match"],
      [
        { gadget: { project_id: 'b' } },
        "Specifying 'project_id' other than the authenticated project in request is not allowed for the current user.",
      ],
    ]
    for (const [body, message] of cases) {
      refused(await api.call('alice', 'POST', PATH, body), 400, 'HTTPBadRequest', message)
    }
    const { id } = (await api.call('alice', 'POST', PATH, { gadget: {} })).body.gadget
    const readOnly = await api.call('alice', 'PUT', `${PATH}/${id}`, { gadget: { serial: 'x' } })
    refused(readOnly, 400, 'HTTPBadRequest', 'Cannot update read-only attribute serial')
    const bulk = await api.call('alice', 'PUT', `${PATH}/${id}`, { gadgets: [{}] })
    refused(bulk, 400, 'HTTPBadRequest', 'Bulk operation not supported')
    const withBody = await api.call('alice', 'DELETE', `${PATH}/${id}`, {})
    refused(withBody, 400, 'HTTPBadRequest', 'Request body is not supported in DELETE.')
    const boolean = await api.call('admin', 'POST', PATH, { gadget: { shared: 'perhaps' } })
    refused(boolean, 400, 'InvalidInput', "Invalid input for operation: 'perhaps' cannot be converted to boolean.")
  })

  test('policy: what one may not see is absent, what one may not do is forbidden', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features)
    const make = async (token: string, gadget: object) => (await api.call(token, 'POST', PATH, { gadget })).body.gadget
    const own = await make('alice', { name: 'own', labels: [{ key: 'k' }], serial: '1' })
    const shared = await make('admin', { name: 'shared', shared: true, labels: [{ key: 'k' }] })

    const foreign = await api.call('bob', 'GET', `${PATH}/${own.id}`)
    refused(foreign, 404, 'GadgetNotFound', `Gadget ${own.id} could not be found.`)
    for (const method of ['PUT', 'DELETE']) {
      const body = method === 'PUT' ? { gadget: { name: 'x' } } : undefined
      refused(await api.call('bob', method, `${PATH}/${own.id}`, body), 404, 'GadgetNotFound', /could not be found/)
      const visible = await api.call('bob', method, `${PATH}/${shared.id}`, body)
      const rule = method === 'PUT' ? 'rule:update_gadget' : 'rule:delete_gadget'
      refused(visible, 403, 'PolicyNotAuthorized', `${rule} is disallowed by policy`)
      refused(await api.call('reader', method, `${PATH}/${own.id}`, body), 403, 'PolicyNotAuthorized', /disallowed/)
      refused(
        await api.call('nobody', method, `${PATH}/${own.id}`, body),
        404,
        'HTTPNotFound',
        'The resource could not be found.',
      )
    }
    const bare = await api.call('nobody', 'GET', `${PATH}/${own.id}`)
    assert.equal(bare.status, 404)
    assert.deepEqual(bare.body, { type: 'HTTPNotFound', message: 'The resource could not be found.', detail: '' })

    const share = await api.call('alice', 'PUT', `${PATH}/${own.id}`, { gadget: { shared: false } })
    const rules = '(rule:update_gadget and rule:update_gadget:shared) is disallowed by policy'
    refused(share, 403, 'PolicyNotAuthorized', rules)
    const secret = await api.call('alice', 'POST', PATH, { gadget: { labels: [{ key: 'k', secret: 's' }] } })
    refused(secret, 403, 'PolicyNotAuthorized', /create_gadget:labels:secret\) is disallowed by policy$/)

    assert.equal('serial' in own, false)
    assert.equal((await api.call('admin', 'GET', `${PATH}/${own.id}`)).body.gadget.serial, '1')
    const listed = (await api.call('bob', 'GET', PATH)).body.gadgets
    assert.deepEqual(
      listed.map(({ id }: { id: string }) => id),
      [shared.id],
    )
    assert.equal('labels' in listed[0], false)
  })

  test('only an admin creates for another project, and needs no rule to be spelled out', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features)
    const made = await api.call('admin', 'POST', PATH, { gadget: { tenant_id: 'b', shared: 1 } })
    assert.equal(made.body.gadget.project_id, 'b')
    assert.equal(made.body.gadget.shared, true)
  })

  test('If-Match lets a change through only at that revision', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features)
    const { id } = (await api.call('alice', 'POST', PATH, { gadget: {} })).body.gadget
    const put = (name: string, match: string) =>
      api.call('alice', 'PUT', `${PATH}/${id}`, { gadget: { name } }, { 'if-match': match })
    assert.equal((await put('b', 'revision_number=0')).body.gadget.revision_number, 1)
    const stale = await put('c', '"revision_number=0"')
    const message = 'Constrained to 0, but current revision is 1'
    refused(stale, 412, 'RevisionNumberConstraintFailed', message)
    refused(await put('c', 'revision_number=x'), 400, 'BadRequest', /^Bad if-match request: Revision number etag/)
    const two = 'revision_number=1, revision_number=2'
    refused(await put('c', two), 400, 'BadRequest', /^Bad if-match request: Multiple revision_number/)
    const removed = await api.call('alice', 'DELETE', `${PATH}/${id}`, undefined, { 'if-match': 'revision_number=0' })
    assert.equal(removed.status, 412)
  })

  test('of many changes at once each counts one revision', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features)
    const { id } = (await api.call('alice', 'POST', PATH, { gadget: {} })).body.gadget
    const sizes = Array.from({ length: 20 }, (_, index) => index + 10)
    const answers = await Promise.all(
      sizes.map((size) => api.call('alice', 'PUT', `${PATH}/${id}`, { gadget: { size } })),
    )
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
    assert.deepEqual(
      answers.map(({ body }) => body.gadget.revision_number).toSorted((a, b) => a - b),
      sizes.map((_, index) => index + 1),
    )
  })

  test('a hook refuses, an action answers its own body', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features)
    const { id } = (await api.call('alice', 'POST', PATH, { gadget: { name: 'busy' } })).body.gadget
    refused(await api.call('alice', 'DELETE', `${PATH}/${id}`), 409, 'GadgetInUse', `Gadget ${id} is in use.`)
    const polished = await api.call('alice', 'PUT', `${PATH}/${id}/polish`, { with: 'wax' })
    assert.deepEqual([polished.status, polished.body], [200, { id, with: 'wax' }])
    const reader = await api.call('reader', 'PUT', `${PATH}/${id}/polish`, {})
    refused(reader, 403, 'PolicyNotAuthorized', 'rule:polish is disallowed by policy')
    assert.equal((await api.call('bob', 'PUT', `${PATH}/${id}/polish`, {})).status, 404)
    assert.equal((await api.call('alice', 'GET', `${PATH}/${id}/polish`)).status, 405)
    assert.equal((await api.call('alice', 'PUT', `${PATH}/${id}/scratch`, {})).status, 404)
  })
})
