/** What has changed since: pages and events, on every database; who is told of what; nobody misses anything. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import steps from '#notify/migrations/0001-announced.expand.ts'
import { pruneChanges } from '#notify/prune.ts'
import { discover } from '#plugin/discover.ts'
import { announced } from '#store/announced.ts'
import { forEachDatabase } from '../databases.ts'
import { machineFeatures, startTestApi, type TestApi } from '../fakes/api.ts'
import { ML2 } from '../fakes/core.ts'
import { gadgetPartsFeature } from '../fakes/gadget-parts.ts'
import { gadgetFeature } from '../fakes/gadgets.ts'
import { listen } from '../fakes/listener.ts'

const features = [...(await machineFeatures()), gadgetFeature, gadgetPartsFeature]
const migrations = [
  ...features.flatMap((feature) => feature.migrations),
  { name: 'notify/0001-announced.expand', steps },
]
const PATH = '/v2.0/gadgets'
const CHANGES = '/v2.0/changes'

async function make(api: TestApi, token: string, gadget: object = {}): Promise<string> {
  const made = await api.call(token, 'POST', PATH, { gadget })
  assert.equal(made.status, 201, made.text)
  return made.body.gadget.id
}

/** `kind resource id`, of everything since. */
async function told(api: TestApi, token: string, query = 'since=0'): Promise<string[]> {
  const { status, text, body } = await api.call(token, 'GET', `${CHANGES}?${query}`)
  assert.equal(status, 200, text)
  return body.changes.map((line: Record<string, unknown>) => `${line.kind} ${line.resource} ${line.id}`)
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const end = Date.now() + 20_000
  while (!condition()) {
    assert.ok(Date.now() < end, `not within 20 s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

forEachDatabase((_name, openFresh) => {
  test('a page tells what changed, in order, and where to go on', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features)
    assert.deepEqual((await api.call('alice', 'GET', CHANGES)).body, { changes: [], next: 0 })
    const id = await make(api, 'alice')
    await api.call('alice', 'PUT', `${PATH}/${id}`, { gadget: { name: 'x' } })
    const page = await api.call('alice', 'GET', `${CHANGES}?since=0&limit=1`)
    const [line] = page.body.changes
    assert.match(line.at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    const first = {
      sequence: 1,
      resource: 'gadget',
      id,
      kind: 'create',
      project_id: 'a',
      revision_number: 0,
      at: line.at,
    }
    assert.deepEqual(page.body, { changes: [first], next: 1 })
    const second = await api.call('alice', 'GET', `${CHANGES}?since=1`)
    assert.deepEqual(second.body, {
      changes: [{ ...first, sequence: 2, kind: 'update', revision_number: 1, at: second.body.changes[0].at }],
      next: 2,
    })
    assert.deepEqual((await api.call('alice', 'GET', `${CHANGES}?since=2`)).body, { changes: [], next: 2 })
    assert.deepEqual((await api.call('alice', 'GET', CHANGES)).body, { changes: [], next: 2 })
    // What is gone is told as gone, not as made.
    await api.call('alice', 'DELETE', `${PATH}/${id}`)
    assert.deepEqual(await told(api, 'alice'), [`delete gadget ${id}`])

    for (const query of ['since=x', 'since=-1', 'since=0&limit=x', 'since=0&colour=red', 'since=0&resource=nothing']) {
      assert.equal((await api.call('alice', 'GET', `${CHANGES}?${query}`)).status, 400, query)
    }
    assert.equal((await api.call('alice', 'POST', CHANGES, {})).status, 405)
    assert.equal((await api.call(null, 'GET', CHANGES)).status, 401)
  })

  test('nobody is told of what is not theirs, whatever becomes of it', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features)
    const own = await make(api, 'alice')
    const other = await make(api, 'bob')
    const shared = await make(api, 'admin', { shared: true })
    await api.call('alice', 'POST', `${PATH}/${own}/parts`, { part: { name: 'p' } })
    await api.call('bob', 'DELETE', `${PATH}/${other}`)
    const all = await told(api, 'admin')
    assert.deepEqual(all.length, 5)
    const ofAlice = (await told(api, 'alice')).map((line) => line.replace(/part [\w-]+$/, 'part'))
    const expected = [`create gadget ${own}`, `create gadget ${shared}`, 'create gadget_part', `update gadget ${own}`]
    assert.deepEqual(ofAlice.sort(), expected.sort())
    assert.deepEqual(await told(api, 'bob'), [`create gadget ${shared}`, `delete gadget ${other}`])
    // One who may see nothing of his project's is told nothing of it.
    assert.deepEqual(await told(api, 'nobody'), [`create gadget ${shared}`])
    const { changes } = (await api.call('alice', 'GET', `${CHANGES}?since=0&resource=gadget_part`)).body
    assert.deepEqual(
      changes.map(({ parent_id }: { parent_id: string }) => parent_id),
      [own],
    )

    await api.call('admin', 'PUT', `${PATH}/${shared}`, { gadget: { shared: false } })
    assert.deepEqual(await told(api, 'bob'), [`delete gadget ${other}`])
    await api.call('admin', 'DELETE', `${PATH}/${shared}`)
    assert.deepEqual(await told(api, 'bob'), [`delete gadget ${other}`])
    const page = (await api.call('bob', 'GET', `${CHANGES}?since=0`)).body
    assert.equal(page.next, (await api.call('admin', 'GET', CHANGES)).body.next)
  })

  test('one who is given a share in a network hears of it, and of nothing more when it is taken back', async () => {
    const all = await discover()
    await using database = await openFresh(all.flatMap((feature) => feature.migrations))
    await using api = await startTestApi(database.store, all, ML2)
    const make = async (token: string, collection: string, key: string, values: object) => {
      const made = await api.call(token, 'POST', `/v2.0/${collection}`, { [key]: values })
      assert.equal(made.status, 201, made.text)
      return made.body[key].id as string
    }
    const only = 'since=0&resource=network&resource=subnet&resource=port&resource=rbac_policy'
    const kinds = async (token: string) => (await told(api, token, only)).map((line) => line.replace(/ [\w-]+$/, ''))
    const network = await make('alice', 'networks', 'network', { name: 'n' })
    await make('alice', 'subnets', 'subnet', { network_id: network, ip_version: 4, cidr: '10.0.0.0/24' })
    assert.deepEqual(await kinds('bob'), [])
    const share = { object_type: 'network', object_id: network, action: 'access_as_shared', target_tenant: 'b' }
    const policy = await make('alice', 'rbac-policies', 'rbac_policy', share)
    const network3 = ['create network', 'update network', 'create subnet', 'update network']
    assert.deepEqual(await kinds('bob'), network3)
    const port = await make('bob', 'ports', 'port', { network_id: network })
    assert.deepEqual(await kinds('bob'), [...network3, 'create port'])
    // The network's owner hears of ports on it.
    assert.deepEqual((await kinds('alice')).at(-1), 'create port')
    await api.call('bob', 'DELETE', `/v2.0/ports/${port}`)
    assert.equal((await api.call('alice', 'DELETE', `/v2.0/rbac-policies/${policy}`)).status, 204)
    assert.deepEqual(await kinds('bob'), ['delete port'])
    await api.call('alice', 'DELETE', `/v2.0/networks/${network}`)
    assert.deepEqual(await kinds('bob'), ['delete port'])
    assert.deepEqual((await kinds('alice')).slice(-2), ['delete subnet', 'delete network'])
  })

  test('who asks for more than is kept is told so, and where to begin again', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features)
    for (let n = 0; n < 4; n++) await make(api, 'alice')
    assert.equal(await database.store.lastChange(), 4)
    await database.store.transaction((tx) =>
      tx.insert(announced, [{ name: 'agents', sequence: 3, owner: '', leased_until: 0 }]),
    )
    const later = { now: () => Date.now() + 30 * 86_400_000 }
    assert.equal(await pruneChanges({ store: database.store, clock: later, retentionMs: 86_400_000 }), 2)
    assert.equal((await told(api, 'alice', 'since=2')).length, 2)
    for (const [since, accept] of [
      [1, 'application/json'],
      [0, 'text/event-stream'],
      [5, 'application/json'],
    ] as const) {
      const gone = await api.call('alice', 'GET', `${CHANGES}?since=${since}`, undefined, { accept })
      assert.deepEqual([gone.status, gone.body.NeutronError.type], [410, 'ChangesGone'], String(since))
      assert.match(gone.body.NeutronError.message, /go on with the changes since 4\./)
    }
  })

  test('a page is found behind thousands of lines that are not the callers', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features)
    const line = {
      resource: 'gadget',
      id: 'x',
      kind: 'update' as const,
      project_id: 'b',
      revision_number: 1,
      detail: null,
    }
    for (let n = 0; n < 6; n++)
      await database.store.transaction((tx) => tx.log(Array.from({ length: 1_000 }, () => line)))
    const id = await make(api, 'alice')
    const empty = (await api.call('alice', 'GET', `${CHANGES}?since=0`)).body
    assert.deepEqual(empty, { changes: [], next: 5_000 })
    assert.deepEqual(await told(api, 'alice', 'since=5000'), [`create gadget ${id}`])
  })

  test('a listener hears of each change as it happens, from whatever server, and only of its own', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features)
    await using second = await startTestApi(await database.open(), features)
    const listener = listen(`${api.url}${CHANGES}`, 'alice', { since: 0 })
    try {
      const ids = [await make(api, 'alice')]
      await make(second, 'bob')
      ids.push(await make(second, 'alice'))
      await until(() => listener.events.length >= 2, 'two events')
      assert.deepEqual(
        listener.events.map(({ event, data }) => `${event} ${data.kind} ${data.id}`),
        ids.map((id) => `change create ${id}`),
      )
      assert.equal(listener.headers?.get('content-type'), 'text/event-stream')
      assert.match(listener.headers?.get('x-openstack-request-id') ?? '', /^req-/)
    } finally {
      await listener.close()
    }
  })

  test('a listener that comes again with its last event loses nothing, also when the server is another', async () => {
    await using database = await openFresh(migrations)
    let api = await startTestApi(database.store, features)
    const writer = await startTestApi(await database.open(), features)
    await writer.call('admin', 'PUT', '/v2.0/quotas/admins', { quota: { gadget: -1 } })
    const made: string[] = []
    const writing = new AbortController()
    const work = (async () => {
      while (!writing.signal.aborted) made.push(await make(writer, 'admin', { name: `g${made.length}` }))
    })()
    const heard: string[] = []
    let last = 0
    try {
      for (let turn = 0; turn < 6; turn++) {
        const listener = listen(`${api.url}${CHANGES}`, 'admin', { lastEventId: last })
        const before = heard.length
        await until(() => listener.events.length > 3, `events in turn ${turn}`)
        // By turns the client goes, and the server.
        if (turn % 2 === 0) await listener.close()
        else {
          await api[Symbol.asyncDispose]()
          await listener.ended
          api = await startTestApi(database.store, features)
        }
        for (const { data } of listener.events) heard.push(data.id)
        last = Number(listener.lastEventId)
        assert.ok(heard.length > before)
      }
      writing.abort()
      await work
      const listener = listen(`${api.url}${CHANGES}`, 'admin', { lastEventId: last })
      await until(() => heard.length + listener.events.length >= made.length, 'the rest')
      await listener.close()
      for (const { data } of listener.events) heard.push(data.id)
      assert.deepEqual(heard, made)
    } finally {
      writing.abort()
      await Promise.allSettled([work])
      await api[Symbol.asyncDispose]()
      await writer[Symbol.asyncDispose]()
    }
  })

  test('listeners are limited, hear that they are connected, and end with the server', async () => {
    await using database = await openFresh(migrations)
    const limits = { watch: { max_listeners: '3', max_listeners_per_project: '2', heartbeat: '1' } }
    const api = await startTestApi(database.store, features, limits)
    const all = [1, 2].map(() => listen(`${api.url}${CHANGES}`, 'alice', {}))
    try {
      await until(() => all.every(({ headers }) => headers !== null), 'both listen')
      const headers = { accept: 'text/event-stream' }
      const full = await api.call('alice', 'GET', CHANGES, undefined, headers)
      assert.deepEqual([full.status, full.body.NeutronError.type], [503, 'TooManyListeners'])
      all.push(listen(`${api.url}${CHANGES}`, 'bob', {}))
      await until(() => all.every(({ headers }) => headers !== null), 'bob listens')
      assert.equal((await api.call('admin', 'GET', CHANGES, undefined, headers)).status, 503)

      await make(api, 'admin')
      await until(() => all[2]!.comments > 0, 'a heartbeat')
      // It moves on past what it is not told.
      assert.equal(all[2]!.lastEventId, '1')
      await all[0]!.close()
      await until(() => all[0]!.closed, 'it is gone')
      const again = listen(`${api.url}${CHANGES}`, 'alice', {})
      all.push(again)
      await until(() => again.headers !== null, 'its place is free')
      await api[Symbol.asyncDispose]()
      await Promise.all(all.map(({ ended }) => ended))
    } finally {
      await Promise.all(all.map((listener) => listener.close()))
      await api[Symbol.asyncDispose]()
    }
  })
})
