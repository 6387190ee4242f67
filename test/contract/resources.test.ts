/** `Resources`, on every database: who is called when, what is counted and logged, what is computed and what is not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import { configOf } from '#config/config.ts'
import { systemContext } from '#plugin/context.ts'
import type { Feature } from '#plugin/discover.ts'
import { definePlugin, type Operation, type PluginHost } from '#plugin/plugin.ts'
import { startPlugins } from '#plugin/start.ts'
import { defineExtension } from '#resource/definition.ts'
import type { Store } from '#store/store.ts'
import { forEachDatabase } from '../databases.ts'
import { machineFeatures } from '../fakes/api.ts'
import { gadgetFeature } from '../fakes/gadgets.ts'

interface Gadget {
  id: string
  name: string
  size: number
}

/** Another plugin, that listens to gadgets and adds to them. */
function listener(start: (host: PluginHost) => void): Feature {
  const definition = defineExtension({
    alias: 'listener',
    name: 'Listener',
    description: 'Listens.',
    updated: '2026-01-01T00:00:00-00:00',
    requires: ['gadgets'],
    extends: { gadget: { rank: { type: 'integer' } } },
  })
  return {
    folder: 'listener',
    definition,
    plugin: definePlugin({ api: definition, start }),
    policies: [],
    migrations: [],
  }
}

const machine = await machineFeatures()
const migrations = [...machine, gadgetFeature].flatMap((feature) => feature.migrations)

async function start(store: Store, listen: (host: PluginHost) => void = () => {}) {
  const features = [...machine, gadgetFeature, listener(listen)]
  const started = await startPlugins({ features, config: configOf(), store, clock: systemClock, log: silentLog })
  const write = <T>(run: (op: Operation) => Promise<T>) =>
    store.transaction((tx) => run({ tx, context: systemContext('req-test') }))
  return { ...started, write }
}

forEachDatabase((_name, openFresh) => {
  test('events come in order, around the row, and any of them refuses everything', async () => {
    await using database = await openFresh(migrations)
    const heard: string[] = []
    const { resources, write } = await start(database.store, ({ events }) => {
      events.before<Gadget>('gadget', 'create', async ({ rows }) => {
        heard.push('before create')
        for (const row of rows) row.name ??= 'named'
      })
      events.precommit<Gadget>('gadget', 'create', async ({ tx, rows }) => {
        heard.push('after create')
        assert.equal((await tx.list(resources.table('gadget'))).length > 0, true)
        if (rows.some(({ size }) => size === 13)) throw new Error('thirteen')
      })
      events.before<Gadget>('gadget', 'update', async ({ after, values }) => {
        heard.push(`before update of ${Object.keys(values)}`)
        after.size = 42
      })
      events.precommit<Gadget>('gadget', 'update', async ({ before, after }) => {
        heard.push(`after update ${before.size} ${after.size}`)
      })
      events.before<Gadget>('gadget', 'delete', async ({ before }) => void heard.push(`before delete ${before.size}`))
      events.precommit<Gadget>('gadget', 'delete', async ({ before }) => void heard.push(`after delete ${before.size}`))
    })
    const [made] = await write((op) => resources.create(op, 'gadget', [{ project_id: 'a' }]))
    assert.equal(made?.name, '')
    await assert.rejects(
      write((op) => resources.create(op, 'gadget', [{ size: 1 }, { size: 13 }])),
      /thirteen/,
    )
    const id = made?.id as string
    const updated = await write((op) => resources.update(op, 'gadget', id, { name: 'x' }))
    assert.deepEqual([updated.size, updated.revision_number], [42, 1])
    await write((op) => resources.remove(op, 'gadget', id))
    assert.deepEqual(
      heard.join(', '),
      'before create, after create, before create, after create, ' +
        'before update of name, after update 1 42, before delete 42, after delete 42',
    )
    assert.deepEqual(await write((op) => resources.list(op, 'gadget')), [])
    assert.equal((await database.store.changesSince(0, 10)).length, 3)
  })

  test('a transaction counts one revision for a row, however often it touches it', async () => {
    await using database = await openFresh(migrations)
    const { resources, write } = await start(database.store)
    const id = await write(async (op) => {
      const [made] = await resources.create(op, 'gadget', [{ project_id: 'a' }])
      const id = made?.id as string
      await resources.touch(op, 'gadget', [id])
      return id
    })
    const revision = async () => (await write((op) => resources.get(op, 'gadget', id))).revision_number
    assert.equal(await revision(), 0)
    await write(async (op) => {
      await resources.touch(op, 'gadget', [id, id])
      const updated = await resources.update(op, 'gadget', id, { size: 5 })
      assert.deepEqual([updated.size, updated.revision_number], [5, 1])
      await resources.touch(op, 'gadget', [id])
    })
    assert.equal(await revision(), 1)
    await write((op) => resources.touch(op, 'gadget', [id]))
    assert.equal(await revision(), 2)
    const changes = await database.store.changesSince(0, 10)
    assert.deepEqual(
      changes.map(({ kind, revision_number }) => `${kind} ${revision_number}`),
      ['create 0', 'update 1', 'update 2'],
    )
  })

  test('what others add is computed once for a page, and only for those who want it', async () => {
    await using database = await openFresh(migrations)
    const pages: number[] = []
    const { resources, write, definitions } = await start(database.store, ({ show }) => {
      show<Gadget>('gadget', ['rank'], async ({ rows }) => {
        pages.push(rows.length)
        return new Map(rows.map(({ id }, rank) => [id, { rank }]))
      })
    })
    assert.ok(definitions.resources.get('gadget')?.visible.includes('rank'))
    await write((op) => resources.create(op, 'gadget', [{}, {}, {}]))
    const all = await write((op) => resources.list(op, 'gadget', { sort: [{ column: 'id', direction: 'asc' }] }))
    assert.deepEqual(
      all.map(({ rank }) => rank),
      [0, 1, 2],
    )
    const names = await write((op) => resources.list(op, 'gadget', { fields: ['name'] }))
    assert.deepEqual(Object.keys(names[0] ?? {}).sort(), ['id', 'name', 'project_id'])
    assert.deepEqual(pages, [3, 3])
  })
})

test('a plugin that fails to start is named; what nobody serves is an error', async () => {
  const definition = defineExtension({
    alias: 'orphan',
    name: 'Orphan',
    description: 'Nobody serves it.',
    updated: '2026-01-01T00:00:00-00:00',
    resources: [{ name: 'orphan', collection: 'orphans', attributes: {} }],
  })
  const feature: Feature = { folder: 'orphan', definition, plugin: null, policies: [], migrations: [] }
  const options = { config: configOf(), store: null as never, clock: systemClock, log: silentLog }
  await assert.rejects(startPlugins({ ...options, features: [feature] }), /nobody serves resource orphan/)
  const start = () => {
    throw new Error('no')
  }
  const broken: Feature = { ...feature, folder: 'broken', plugin: { api: definition, start } }
  await assert.rejects(startPlugins({ ...options, features: [broken] }), /broken failed to start: no/)
})
