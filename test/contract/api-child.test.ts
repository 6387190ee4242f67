/** Resources below another, with a prefix, a key or a wrapper of their own: the same promises as for all others. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forEachDatabase } from '../databases.ts'
import { type Answer, machineFeatures, startTestApi, type TestApi } from '../fakes/api.ts'
import { gadgetPartsFeature } from '../fakes/gadget-parts.ts'
import { gadgetFeature } from '../fakes/gadgets.ts'

const features = [...(await machineFeatures()), gadgetFeature, gadgetPartsFeature]
const migrations = features.flatMap((feature) => feature.migrations)
const PATH = '/v2.0/gadgets'

function refused(answer: Answer, status: number, type: string, message: string): void {
  assert.equal(answer.status, status, answer.text)
  assert.deepEqual(answer.body, { NeutronError: { type, message, detail: '' } })
}

async function makeGadget(api: TestApi, token: string, gadget: object = {}): Promise<string> {
  const made = await api.call(token, 'POST', PATH, { gadget })
  assert.equal(made.status, 201, made.text)
  return made.body.gadget.id
}

forEachDatabase((_name, openFresh) => {
  test('what is below an object is made, listed, shown, changed and removed there', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features)
    const [one, other] = [await makeGadget(api, 'alice'), await makeGadget(api, 'alice')]
    const parts = `${PATH}/${one}/parts`
    const made = await api.call('alice', 'POST', parts, { part: { name: 'wheel' } })
    assert.equal(made.status, 201, made.text)
    const { part } = made.body
    assert.deepEqual(part, { id: part.id, name: 'wheel', revision_number: 0 })
    const bulk = await api.call('alice', 'POST', parts, { parts: [{ name: 'a' }, { name: 'b' }] })
    assert.deepEqual([bulk.status, bulk.body.parts.length], [201, 2])
    // The plugin's own hook counts a revision of the parent for each.
    assert.equal((await api.call('alice', 'GET', `${PATH}/${one}`)).body.gadget.revision_number, 2)

    assert.deepEqual((await api.call('alice', 'GET', `${parts}/${part.id}`)).body, { part })
    const elsewhere = await api.call('alice', 'GET', `${PATH}/${other}/parts/${part.id}`)
    refused(elsewhere, 404, 'GadgetPartNotFound', `Gadget part ${part.id} could not be found.`)
    assert.deepEqual((await api.call('alice', 'GET', `${PATH}/${other}/parts`)).body, { parts: [] })

    const page = await api.call('alice', 'GET', `${parts}?sort_key=name&sort_dir=desc&limit=2&fields=name`)
    assert.deepEqual(page.body.parts, [{ name: 'wheel' }, { name: 'b' }])
    const next = page.body.parts_links.find(({ rel }: { rel: string }) => rel === 'next').href
    assert.ok(next.startsWith(`${api.url}${parts}?`), next)
    const rest = await api.call('alice', 'GET', next.slice(api.url.length))
    assert.deepEqual(rest.body.parts, [{ name: 'a' }])
    assert.deepEqual((await api.call('alice', 'GET', `${parts}?name=a&fields=name`)).body.parts, [{ name: 'a' }])

    const stale = await api.call(
      'alice',
      'PUT',
      `${parts}/${part.id}`,
      { part: {} },
      { 'if-match': 'revision_number=9' },
    )
    assert.equal(stale.status, 412, stale.text)
    const renamed = await api.call('alice', 'PUT', `${parts}/${part.id}`, { part: { name: 'tyre' } })
    assert.deepEqual(renamed.body, { part: { ...part, name: 'tyre', revision_number: 1 } })
    assert.equal((await api.call('alice', 'PUT', `${PATH}/${other}/parts/${part.id}`, { part: {} })).status, 404)
    assert.equal((await api.call('alice', 'DELETE', `${PATH}/${other}/parts/${part.id}`)).status, 404)
    assert.equal((await api.call('alice', 'DELETE', `${parts}/${part.id}`)).status, 204)
    const changes = await database.store.changesSince(0, 100)
    const last = changes.at(-1)
    assert.deepEqual([last?.resource, last?.kind, last?.detail?.gadget_id], ['gadget_part', 'delete', one])
  })

  test('a parent that is not, or is not the callers to see, is told as its absence', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features)
    const hidden = await makeGadget(api, 'alice')
    const { id } = (await api.call('alice', 'POST', `${PATH}/${hidden}/parts`, { part: { name: 'x' } })).body.part
    const gone = '00000000-0000-4000-8000-000000000000'
    for (const [parent, token] of [
      [gone, 'alice'],
      [hidden, 'bob'],
    ] as const) {
      const calls = [
        api.call(token, 'GET', `${PATH}/${parent}/parts`),
        api.call(token, 'POST', `${PATH}/${parent}/parts`, { part: { name: 'y' } }),
        api.call(token, 'GET', `${PATH}/${parent}/parts/${id}`),
        api.call(token, 'PUT', `${PATH}/${parent}/parts/${id}`, { part: { name: 'y' } }),
        api.call(token, 'DELETE', `${PATH}/${parent}/parts/${id}`),
      ]
      for (const answer of await Promise.all(calls)) {
        refused(answer, 404, 'GadgetNotFound', `Gadget ${parent} could not be found.`)
      }
    }
    const shared = await makeGadget(api, 'admin', { shared: true })
    await api.call('admin', 'POST', `${PATH}/${shared}/parts`, { part: { name: 'z' } })
    assert.deepEqual((await api.call('bob', 'GET', `${PATH}/${shared}/parts`)).body, { parts: [] })
    const forbidden = await api.call('bob', 'POST', `${PATH}/${shared}/parts`, { part: {} })
    refused(forbidden, 403, 'PolicyNotAuthorized', 'rule:create_gadget_part is disallowed by policy')
    const reader = await api.call('reader', 'POST', `${PATH}/${hidden}/parts`, { part: {} })
    refused(reader, 403, 'PolicyNotAuthorized', 'rule:create_gadget_part is disallowed by policy')
    assert.equal((await api.call('reader', 'DELETE', `${PATH}/${hidden}/parts/${id}`)).status, 403)
    const unread = await api.call('alice', 'POST', `${PATH}/${gone}/parts`, { part: { gadget_id: hidden } })
    refused(unread, 400, 'HTTPBadRequest', "Unrecognized attribute(s) 'gadget_id'")
    const bare = await api.call('alice', 'POST', `${PATH}/${hidden}/parts`, { gadget_part: {} })
    refused(bare, 400, 'HTTPBadRequest', "Unable to find 'part' in request body")
    assert.equal((await api.call('alice', 'GET', '/v2.0/parts')).status, 404)
    assert.equal((await api.call('alice', 'PATCH', `${PATH}/${hidden}/parts`)).status, 405)
  })

  test('a key in place of the id: shown, changed, acted on and removed by it; quota counts', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features)
    const [one, other] = [await makeGadget(api, 'alice'), await makeGadget(api, 'alice')]
    const seals = `${PATH}/${one}/gadget-seals`
    for (const place of ['lid.top', 'side']) {
      const made = await api.call('alice', 'POST', seals, { seal: { place } })
      assert.deepEqual([made.status, made.body], [201, { seal: { place, text: '' } }])
    }
    assert.equal((await api.call('alice', 'POST', seals, { seal: { place: 'side' } })).status, 409)
    assert.equal(
      (await api.call('alice', 'POST', `${PATH}/${other}/gadget_seals`, { seal: { place: 'side' } })).status,
      201,
    )
    const over = await api.call('alice', 'POST', seals, { seal: { place: 'more' } })
    refused(over, 409, 'OverQuota', "Quota exceeded for resources: ['gadget_seal'].")

    const changed = await api.call('alice', 'PUT', `${seals}/side`, { seal: { text: 'wax' } })
    assert.deepEqual(changed.body, { seal: { place: 'side', text: 'wax' } })
    assert.deepEqual((await api.call('alice', 'GET', `${PATH}/${other}/gadget_seals/side`)).body.seal.text, '')
    const page = await api.call('alice', 'GET', `${seals}?sort_key=place&sort_dir=asc&limit=1`)
    assert.match(page.body.gadget_seals_links[0].href, /marker=lid\.top/)
    const next = await api.call('alice', 'GET', `${seals}?sort_key=place&sort_dir=asc&limit=1&marker=lid.top`)
    assert.equal(next.body.gadget_seals[0].place, 'side')
    refused(
      await api.call('alice', 'GET', `${seals}/bottom`),
      404,
      'GadgetSealNotFound',
      'Gadget seal bottom could not be found.',
    )

    refused(
      await api.call('alice', 'PUT', `${seals}/side/break`, {}),
      403,
      'PolicyNotAuthorized',
      'rule:break_gadget_seal is disallowed by policy',
    )
    assert.deepEqual((await api.call('admin', 'PUT', `${seals}/side/break`, {})).body, { broken: 'side' })
    assert.equal((await api.call('alice', 'DELETE', `${seals}/side`)).status, 204)
    assert.equal((await api.call('alice', 'GET', `${seals}/side`)).status, 404)
    assert.equal((await api.call('alice', 'GET', `${PATH}/${other}/gadget_seals/side`)).status, 200)
  })

  test('a prefix stands before the collection', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features)
    const made = await api.call('admin', 'POST', '/v2.0/shop/tools', { tool: { name: 'saw' } })
    assert.equal(made.status, 201, made.text)
    assert.equal((await api.call('bob', 'GET', `/v2.0/shop/tools/${made.body.tool.id}`)).body.tool.name, 'saw')
    for (const path of ['/v2.0/tools', '/v2.0/shop', '/v2.0/shop/gadgets', `/v2.0/shop/tools/x/parts`]) {
      assert.equal((await api.call('admin', 'GET', path)).status, 404, path)
    }
  })
})
