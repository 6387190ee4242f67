/** The change log stays bounded, and nobody misses a change for it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import steps from '#notify/migrations/0001-announced.expand.ts'
import { pruneChanges } from '#notify/prune.ts'
import { announced } from '#store/announced.ts'
import { forEachDatabase } from '../databases.ts'

const migrations = [{ name: 'notify/0001-announced.expand', steps }]
const DAY_MS = 86_400_000
const later = (days: number) => ({ now: () => Date.now() + days * DAY_MS })

forEachDatabase((_name, openFresh) => {
  test('old lines that everybody was told of go; the last one told, and younger ones, stay', async () => {
    await using database = await openFresh(migrations)
    const { store } = database
    const line = { resource: 'thing', kind: 'update' as const, project_id: null, detail: null, revision_number: 1 }
    for (let n = 0; n < 10; n++) await store.transaction((tx) => tx.log([{ ...line, id: String(n) }]))
    const all = await store.changesSince(0, 100)
    const ids = async () => (await store.changesSince(0, 100)).map(({ id }) => Number(id))

    assert.equal(await pruneChanges({ store, clock: later(30), retentionMs: DAY_MS }), 0, 'nobody was told of anything')

    const place = { name: 'agents', sequence: all[5]!.sequence, owner: '', leased_until: 0 }
    await store.transaction((tx) => tx.insert(announced, [place]))
    assert.equal(await pruneChanges({ store, clock: later(0), retentionMs: DAY_MS }), 0, 'none is old enough')
    assert.equal(await pruneChanges({ store, clock: later(2), retentionMs: DAY_MS }), 5)
    assert.deepEqual(await ids(), [5, 6, 7, 8, 9])

    await store.transaction((tx) => tx.update(announced, { name: 'agents' }, { sequence: all[9]!.sequence }))
    assert.equal(await pruneChanges({ store, clock: later(2), retentionMs: DAY_MS }), 4)
    await store.transaction((tx) => tx.log([{ ...line, id: '10' }]))
    assert.deepEqual(
      (await store.changesSince(all[9]!.sequence, 100)).map(({ id }) => Number(id)),
      [10],
    )
  })
})
