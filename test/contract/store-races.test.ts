/** The store's promises about time: transactions side by side, retries, callbacks, the change log, migrations. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'kysely'
import { type Migration, migrate } from '#store/migrate.ts'
import { addColumns, createTable, integer, uuid } from '#store/schema.ts'
import { schemaState } from '#store/schema-state.ts'
import { type Change, DuplicateKey, StaleRow, type Store, StoreBusy, type Tx } from '#store/store.ts'
import { forEachDatabase } from '../databases.ts'
import { box, boxes, migrations, slots } from './store-schema.ts'

forEachDatabase((_name, openFresh) => {
  test('a transaction that throws leaves nothing, and its neighbours are not harmed', async () => {
    await using database = await openFresh(migrations)
    const { store } = database
    const outcomes = await Promise.allSettled(
      Array.from({ length: 32 }, (_, index) =>
        store.transaction(async (tx) => {
          await tx.insert(boxes, [box(`b-${index}`)])
          await tx.log([change(`b-${index}`)])
          if (index % 4 === 0) throw new Error('no')
          if (index % 4 === 1) await tx.insert(boxes, [box(`b-${index}`)])
          return index
        }),
      ),
    )
    const kept = (index: number) => index % 4 > 1
    for (const [index, outcome] of outcomes.entries()) {
      assert.equal(outcome.status, kept(index) ? 'fulfilled' : 'rejected')
      if (outcome.status === 'rejected' && index % 4 === 1) assert.ok(outcome.reason instanceof DuplicateKey)
    }
    const expected = outcomes.flatMap((_, index) => (kept(index) ? [`b-${index}`] : [])).sort()
    const rows = await store.read((tx) => tx.list(boxes))
    assert.deepEqual(rows.map(({ id }) => id).sort(), expected)
    const changes = await store.changesSince(0, 100)
    assert.deepEqual(changes.map(({ id }) => id).sort(), expected)
  })

  test('32 transactions that want the same keys get each key once', async () => {
    await using database = await openFresh(migrations)
    const other = await database.open()
    const counts = await Promise.all(
      Array.from({ length: 32 }, (_, index) =>
        (index % 2 === 0 ? database.store : other).transaction(async (tx) => {
          const places = Array.from({ length: 20 }, (_, place) => (place * 7 + index * 3) % 40)
          const rows = places.map((place) => ({ shelf: 'top', place, owner: `tx-${index}` }))
          return await tx.insertMissing(slots, rows)
        }),
      ),
    )
    const taken = await database.store.read((tx) => tx.list(slots))
    assert.equal(taken.length, 40)
    for (const [index, count] of counts.entries()) {
      assert.equal(taken.filter(({ owner }) => owner === `tx-${index}`).length, count)
    }
  })

  test('a guarded update has one winner', async () => {
    await using database = await openFresh(migrations)
    const { store } = database
    await store.transaction((tx) => tx.insert(boxes, [box('shared', { size: 0 })]))
    const add = async (tx: Tx) => {
      const { size } = (await tx.find(boxes, { id: 'shared' }))!
      await delay(1)
      if ((await tx.update(boxes, { id: 'shared', size }, { size: size! + 1 })) === 0) throw new StaleRow('shared')
    }
    // Few enough that the bounded retries do: each round has a winner.
    await Promise.all(Array.from({ length: 6 }, () => store.transaction(add)))
    assert.equal((await store.read((tx) => tx.find(boxes, { id: 'shared' })))?.size, 6)
  })

  test('two that lock each other out both succeed in the end', async () => {
    await using database = await openFresh(migrations)
    const { store } = database
    await store.transaction((tx) => tx.insert(boxes, [box('a', { size: 0 }), box('b', { size: 0 })]))
    let attempts = 0
    const both = (first: string, second: string) =>
      store.transaction(async (tx) => {
        attempts += 1
        for (const id of [first, second]) {
          const found = await tx.sql.selectFrom('boxes').select('size').where('id', '=', id).executeTakeFirstOrThrow()
          assert.equal(typeof found.size, 'number')
          await tx.sql
            .updateTable('boxes')
            .set((eb) => ({ size: eb('size', '+', 1) }))
            .where('id', '=', id)
            .execute()
          await delay(30)
        }
      })
    await Promise.all([both('a', 'b'), both('b', 'a')])
    assert.ok(attempts >= 2)
    const rows = await store.read((tx) => tx.list(boxes))
    assert.deepEqual(
      rows.map(({ size }) => size),
      [2, 2],
    )
  })

  test('a row that stays stale ends as StoreBusy, after a bounded number of attempts', async () => {
    await using database = await openFresh(migrations)
    let attempts = 0
    const stale = database.store.transaction(async (tx) => {
      attempts += 1
      await tx.insert(boxes, [box(`try-${attempts}`)])
      throw new StaleRow('always')
    })
    await assert.rejects(stale, StoreBusy)
    assert.equal(attempts, 10)
    assert.equal(await database.store.read((tx) => tx.count(boxes)), 0)
  })

  test('an error that the caller swallowed still loses the transaction', async () => {
    await using database = await openFresh(migrations)
    const { store } = database
    const swallowed = store.transaction(async (tx) => {
      await tx.insert(boxes, [box('one')])
      await tx.insert(boxes, [box('one')]).catch(() => {})
      await assert.rejects(tx.count(boxes), /after one that failed/)
    })
    await assert.rejects(swallowed, DuplicateKey)
    assert.equal(await store.read((tx) => tx.count(boxes)), 0)
  })

  test('a transaction inside a transaction is refused at once', async () => {
    await using database = await openFresh(migrations)
    const { store } = database
    const nested = store.transaction(() => store.transaction(async () => 1))
    await assert.rejects(nested, /a transaction inside a transaction/)
    const late: Tx[] = []
    await store.transaction(async (tx) => void late.push(tx))
    await assert.rejects(late[0]!.count(boxes), /after the end of its transaction/)
  })

  test('a caller that gives up leaves nothing behind', async () => {
    await using database = await openFresh(migrations)
    const { store } = database
    const controller = new AbortController()
    const given = store.transaction(async (tx) => {
      await tx.insert(boxes, [box('given-up')])
      await delay(20)
      controller.abort(new Error('the client went away'))
      await delay(20)
      await tx.insert(boxes, [box('too late')])
    }, controller.signal)
    await assert.rejects(given, /the client went away/)
    await assert.rejects(
      store.transaction(async () => 1, controller.signal),
      /the client went away/,
    )
    await delay(40)
    assert.equal(await store.read((tx) => tx.count(boxes)), 0)
  })

  test('a read sees one snapshot, writes nothing, and does not wait for a writer', async () => {
    await using database = await openFresh(migrations)
    const { store } = database
    await store.read(async (tx) => {
      assert.equal(await tx.count(boxes), 0)
      await outsideOf(() => store.transaction((tx) => tx.insert(boxes, [box('new')])))
      assert.equal(await tx.count(boxes), 0)
    })
    await store.transaction(async (tx) => {
      await tx.insert(boxes, [box('uncommitted')])
      assert.equal(await outsideOf(() => store.read((reader) => reader.count(boxes))), 1)
    })
    await assert.rejects(
      store.read(async (tx) => await tx.insert(boxes, [box('x')])),
      /a write in a transaction that only reads/,
    )
    await assert.rejects(
      store.read(async (tx) => await tx.sql.insertInto('boxes').values({ id: 'x' }).execute()),
      /read.?only/i,
    )
  })

  test('what runs after a commit runs once, in order, and only after it', async () => {
    await using database = await openFresh(migrations)
    const { store } = database
    const other = await database.open()
    const told: string[] = []
    let wakes = 0
    const stop = store.onChange(() => (wakes += 1))
    let attempts = 0
    const visible: Promise<boolean>[] = []
    await store.transaction(async (tx) => {
      attempts += 1
      await tx.insert(boxes, [box('committed')])
      await tx.log([change('committed')])
      tx.afterCommit(() => told.push(`first of attempt ${attempts}`))
      tx.afterCommit(() => {
        throw new Error('one that fails keeps nothing from the next')
      })
      tx.afterCommit(() => {
        told.push('last')
        visible.push(other.read((reader) => reader.exists(boxes, { id: 'committed' })))
      })
      assert.deepEqual(told, [])
      if (attempts === 1) throw new StaleRow('again')
    })
    assert.deepEqual(told, ['first of attempt 2', 'last'])
    assert.deepEqual(await Promise.all(visible), [true])
    const failed = store.transaction(async (tx) => {
      await tx.log([change('never')])
      tx.afterCommit(() => told.push('never'))
      throw new Error('no')
    })
    await assert.rejects(failed, /^Error: no$/)
    assert.deepEqual(told, ['first of attempt 2', 'last'])
    assert.ok(wakes > 0)
    stop()
    const heard = wakes
    await store.transaction((tx) => tx.log([change('unheard')]))
    assert.equal(wakes, heard)
  })

  test('a reader of the change log skips nothing, however commits overtake each other', async () => {
    await using database = await openFresh(migrations)
    const other = await database.open()
    let writing = true
    const writers = Array.from({ length: 12 }, async (_, writer) => {
      for (let round = 0; round < 12; round += 1) {
        await (writer % 2 === 0 ? database.store : other).transaction(async (tx) => {
          await tx.log([change(`${writer}-${round}-a`), change(`${writer}-${round}-b`)])
          // The one that took its number first commits later.
          await delay(((writer * 5 + round * 3) % 7) * 2)
        })
      }
    })
    const readers = [database.store, other, database.store].map((store) => follow(store, () => writing))
    await Promise.all(writers)
    writing = false
    const logs = await Promise.all(readers)
    const expected = Array.from({ length: 12 }, (_, writer) =>
      Array.from({ length: 12 }, (_, round) => [`${writer}-${round}-a`, `${writer}-${round}-b`]),
    ).flat(2)
    for (const log of logs) {
      assert.deepEqual(log.map(({ id }) => id).sort(), [...expected].sort())
      assert.deepEqual(log, logs[0])
      for (const [index, { sequence }] of log.entries()) {
        assert.ok(index === 0 || sequence > log[index - 1]!.sequence)
      }
    }
    const [first] = logs[0]!
    assert.deepEqual({ ...first, id: '', sequence: 0, at: '' }, { ...change(''), sequence: 0, at: '' })
    assert.match(first!.at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  })

  test('a page of the change log is full as long as there is more', async () => {
    await using database = await openFresh(migrations)
    const { store } = database
    await store.transaction((tx) => tx.log(Array.from({ length: 3_000 }, (_, index) => change(`${index}`))))
    const [first, second] = [await store.changesSince(0, 2_500), await store.changesSince(0, 5_000)]
    assert.deepEqual([first.length, second.length], [2_500, 3_000])
    assert.deepEqual(
      second.map(({ id }) => id),
      Array.from({ length: 3_000 }, (_, index) => `${index}`),
    )
  })

  test('a connection that the server cut is replaced, and the transaction runs again', async () => {
    await using database = await openFresh(migrations)
    const { store } = database
    await Promise.all(Array.from({ length: 5 }, () => store.read((tx) => tx.count(boxes))))
    await cutConnections(await database.open({ poolSize: 1 }))
    await store.transaction((tx) => tx.insert(boxes, [box('after')]))
    let attempts = 0
    const killer = await database.open({ poolSize: 1 })
    await store.transaction(async (tx) => {
      attempts += 1
      await tx.insert(boxes, [box(`attempt-${attempts}`)])
      if (attempts === 1) await outsideOf(() => cutConnections(killer))
      await tx.insert(boxes, [box('done')])
    })
    const rows = await store.read((tx) => tx.list(boxes))
    assert.deepEqual(rows.map(({ id }) => id).sort(), ['after', `attempt-${attempts}`, 'done'])
  })

  test('listeners hear of commits of another store on the same database', async () => {
    await using database = await openFresh(migrations)
    const other = await database.open()
    const { promise, resolve } = Promise.withResolvers<void>()
    const stop = database.store.onChange(resolve)
    const ticking = setInterval(() => void other.transaction((tx) => tx.log([change('far')])), 100)
    await promise
    clearInterval(ticking)
    stop()
  })

  test('migrations run once, also when two start at once, and say what is missing or unknown', async () => {
    await using database = await openFresh()
    const others = await Promise.all([database.open(), database.open(), database.open()])
    assert.deepEqual(await behind(database.store, migrations), [migrations.map(({ name }) => name), []])
    await Promise.all(others.map((store) => migrate(store, migrations)))
    await migrate(database.store, migrations)
    assert.deepEqual(await behind(database.store, migrations), [[], []])
    assert.deepEqual(await behind(database.store, migrations.slice(0, 1)), [[], ['test/0002-binding.expand']])
    await database.store.transaction((tx) => tx.insert(boxes, [box('here')]))
  })

  test('a migration that stopped half-way is run again', async () => {
    await using database = await openFresh()
    const good = createTable('halves', { columns: { id: uuid() }, primaryKey: ['id'], indexes: [] })
    const better = addColumns('halves', { size: integer({ default: 3 }) }, [['size']])
    const bad = addColumns('halves', { other: integer({ default: 3 }) }, [['no such column']])
    await assert.rejects(migrate(database.store, [{ name: 'half', steps: [good, better, bad] }]), /no.?such.?column/i)
    assert.deepEqual((await schemaState(database.store, [{ name: 'half', steps: [] }])).missing, ['half'])
    await migrate(database.store, [{ name: 'half', steps: [good, better] }])
    const rows = await database.store.transaction(async (tx) => {
      await tx.sql.insertInto('halves').values({ id: 'x' }).execute()
      return await tx.sql.selectFrom('halves').select(['id', 'size']).execute()
    })
    assert.deepEqual(
      rows.map((row) => ({ ...row })),
      [{ id: 'x', size: 3 }],
    )
  })
})

async function behind(store: Store, migrations: readonly Migration[]) {
  const { missing, unknown } = await schemaState(store, migrations)
  return [missing, unknown]
}

function change(id: string): Omit<Change, 'sequence' | 'at'> {
  return { resource: 'box', id, kind: 'create', project_id: 'p', revision_number: 1, detail: { was: ['x'] } }
}

/** Reads on from its own last sequence, as the announcer does. */
async function follow(store: Store, writing: () => boolean): Promise<readonly Change[]> {
  const seen: Change[] = []
  for (;;) {
    const last = !writing()
    const page = await store.changesSince(seen.at(-1)?.sequence ?? 0, 7)
    seen.push(...page)
    if (last && page.length === 0) return seen
    await delay(1)
  }
}

/** Runs code as another request would: outside the caller's transaction. */
function outsideOf<T>(run: () => Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => outside.push(() => void run().then(resolve, reject)))
}
const outside: (() => void)[] = []
setInterval(() => {
  for (const run of outside.splice(0)) run()
}, 1).unref()

/** Ends every other connection to the database, as an administrator or a restart does; SQLite has none to end. */
async function cutConnections(store: Store): Promise<void> {
  await store.read(async (tx) => {
    if (tx.dialect === 'postgres') {
      await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()`.execute(tx.sql)
    }
    if (tx.dialect === 'mysql') {
      const { rows } = await sql<{ id: number }>`SELECT id FROM information_schema.processlist
                WHERE db = DATABASE() AND id <> CONNECTION_ID()`.execute(tx.sql)
      for (const { id } of rows) await sql.raw(`KILL ${id}`).execute(tx.sql)
    }
  })
}
