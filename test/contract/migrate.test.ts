/**
 * What operators are promised of a schema change, on every database: one at a time wherever they are started, a process
 * that dies at any statement leaves what the same call goes on from, and nothing that is not ours is touched.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { discover } from '#plugin/discover.ts'
import { loadWholeSchema } from '#plugin/whole-schema.ts'
import { rows } from '#store/inspect.ts'
import { MigrationFailed, migrate, type Progress, SchemaRefused } from '#store/migrate.ts'
import { addColumns, createTable, integer, uuid } from '#store/schema.ts'
import { refusalOf, schemaState, standingOf } from '#store/schema-state.ts'
import { stamp } from '#store/stamp.ts'
import { type Store, StoreBusy } from '#store/store.ts'
import { type DatabaseName, forEachDatabase } from '../databases.ts'
import { everyStep, expandOnly } from './migrate-schema.ts'
import { dumpSchema } from './schema-dump.ts'

const PROCESS = join(import.meta.dirname, 'migrate-process.ts')
const NAMES = everyStep.map(({ name }) => name)
const WAIT_MS = 30_000

forEachDatabase((name, openFresh) => {
  test('a process killed at any statement leaves what the next one goes on from', async () => {
    await using whole = await openFresh(everyStep)
    const expected = await dumpSchema(whole.store)
    await using killed = await openFresh()
    let deaths = 0
    // MariaDB keeps each statement that changes the schema; the others undo what was begun, so these die ever later.
    while (await diesAt(killed.url, name === 'mariadb' ? 2 + (deaths % 3) : 1 + deaths)) {
      deaths += 1
      assert.ok(deaths < 50)
    }
    assert.ok(deaths >= 8, `${deaths} deaths`)
    assert.deepEqual(await dumpSchema(killed.store), expected)
    assert.deepEqual(await migrate(killed.store, everyStep), [])
  })

  test('a connection lost at any statement of the whole schema leaves what the same call goes on from', async () => {
    const migrations = await loadWholeSchema()
    await using undisturbed = await openFresh(migrations)
    const expected = await dumpSchema(undisturbed.store)
    await using lossy = await openFresh()
    const lose = loserOf(name, undisturbed.store, lossy.url)
    let deaths = -1
    for (let died = true; died; ) {
      died = false
      deaths += 1
      let statements = 0
      let lost: Promise<void> | undefined
      const onProgress = ({ event }: Progress) => {
        if (event === 'statement') statements += 1
        // Each time later, because a database that undoes a migration begins it again.
        if (died || event !== 'statement' || statements < 10 + deaths || deaths >= 40) return
        died = true
        lost = lose()
        if (name === 'sqlite') throw new Error('lost')
      }
      await migrate(lossy.store, migrations, { onProgress }).catch((error: unknown) =>
        assert.ok(died && (error instanceof StoreBusy || error instanceof MigrationFailed), String(error)),
      )
      await lost
    }
    assert.ok(deaths >= 5, `${deaths} deaths`)
    assert.deepEqual(await dumpSchema(lossy.store), expected)
  })

  test('a step that the database refuses is named; what was before it is kept or undone, never half', async () => {
    await using database = await openFresh(expandOnly)
    const good = createTable('extra', { columns: { id: uuid() }, primaryKey: ['id'] })
    const bad = addColumns('not_there', { size: integer({ default: 0 }) })
    const migrations = [...expandOnly, { name: 'test/0004-extra.expand', steps: [good, bad] }]
    await assert.rejects(migrate(database.store, migrations), (error) => {
      assert.ok(error instanceof MigrationFailed)
      assert.match(error.message, /^test\/0004-extra.expand: .*not_there/)
      return true
    })
    assert.deepEqual((await schemaState(database.store, migrations)).missing, ['test/0004-extra.expand'])
    await database.store.transaction((tx) => rows(tx, 'CREATE TABLE not_there (id INTEGER)'))
    assert.deepEqual(await migrate(database.store, migrations), ['test/0004-extra.expand'])
    await using other = await openFresh(expandOnly)
    await other.store.transaction((tx) => rows(tx, 'CREATE TABLE not_there (id INTEGER)'))
    await migrate(other.store, migrations)
    assert.deepEqual(await dumpSchema(database.store), await dumpSchema(other.store))
  })

  test('of two that start at once, one changes the schema; the other waits and finds nothing to do', async () => {
    await using database = await openFresh()
    const stores = [database.store, await database.open(), await database.open()]
    const waited: string[] = []
    const onProgress = (progress: Progress) => {
      if (progress.event === 'waiting') waited.push(progress.holder)
    }
    const done = await Promise.all(stores.map((store) => migrate(store, everyStep, { onProgress, waitMs: WAIT_MS })))
    assert.deepEqual(done.map((names) => names.length).sort(), [0, 0, 3])
    assert.deepEqual(done.flat(), NAMES)
  })

  test('who has the turn is said at once, is not waited for without end, and gives it back by dying', async () => {
    await using database = await openFresh()
    const holder = await startHolder(database.url)
    const told: Progress[] = []
    const onProgress = (progress: Progress) => void told.push(progress)
    const waiting = migrate(database.store, everyStep, { onProgress, waitMs: 300 })
    await assert.rejects(waiting, (error) => error instanceof StoreBusy && /waited 0 s for/.test(error.message))
    assert.deepEqual(
      told.map(({ event }) => event),
      ['waiting'],
    )
    const said = told[0]?.event === 'waiting' ? told[0].holder : ''
    assert.match(said, name === 'postgresql' ? new RegExp(`^migrate-process ${holder.pid} on `) : /^another process/)
    const patient = migrate(database.store, everyStep, { waitMs: WAIT_MS })
    holder.kill('SIGKILL')
    assert.deepEqual(await patient, NAMES)
  })

  test('one that is called off while it waits has changed nothing', async () => {
    await using database = await openFresh()
    const before = await dumpSchema(database.store)
    const holder = await startHolder(database.url)
    const stop = new AbortController()
    const onProgress = () => stop.abort(new Error('called off'))
    await assert.rejects(migrate(database.store, everyStep, { onProgress, waitMs: WAIT_MS, signal: stop.signal }), {
      message: 'called off',
    })
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    assert.deepEqual(await dumpSchema(database.store), before)
  })

  test('only some may be applied, and a contract migration that waits does not stop a server', async () => {
    await using database = await openFresh()
    const standing = async () => standingOf(await schemaState(database.store, everyStep))
    assert.deepEqual(await migrate(database.store, everyStep, { only: NAMES.slice(0, 1) }), NAMES.slice(0, 1))
    assert.equal(await standing(), 'behind')
    assert.deepEqual(await migrate(database.store, everyStep, { only: NAMES.slice(0, 2) }), NAMES.slice(1, 2))
    assert.equal(await standing(), 'served')
    assert.deepEqual(await migrate(database.store, everyStep), NAMES.slice(2))
    assert.equal(await standing(), 'served')
  })

  test('a database of a release that had only some of the tables comes to have all', async () => {
    const few = (await discover([])).flatMap(({ migrations }) => migrations)
    const whole = await loadWholeSchema()
    await using old = await openFresh(few)
    const before = await schemaState(old.store, whole)
    assert.equal(standingOf(before), 'behind')
    assert.deepEqual(await migrate(old.store, whole), before.missing)
    await using made = await openFresh(whole)
    assert.deepEqual(await dumpSchema(old.store), await dumpSchema(made.store))
  })

  test('what a store has asked before it asks again over a table that has grown beside it', async () => {
    await using database = await openFresh(expandOnly)
    const neighbour = await database.open()
    const ask = () =>
      database.store.transaction((tx) => tx.sql.selectFrom('shelves').selectAll().where('id', '=', 'a').execute())
    const count = async () => Object.keys((await ask())[0] as object).length
    const before = await count()
    const more = { name: 'test/0009-more.expand', steps: [addColumns('shelves', { more: integer({ default: 1 }) })] }
    await migrate(neighbour, [...expandOnly, more])
    assert.deepEqual([await count(), await count()], [before + 1, before + 1])
  })

  test('a schema of a newer version is neither served nor changed', async () => {
    await using database = await openFresh(everyStep)
    const older = everyStep.slice(0, 1)
    const state = await schemaState(database.store, older)
    assert.equal(standingOf(state), 'ahead')
    const said = refusalOf(state, 'here', 'neutron-db-manage upgrade heads')
    assert.match(said ?? '', /^the database here was made by a newer version: it has 2 migrations \(test\/0002-/)
    const other = [...older, { name: 'other/0001-x.expand', steps: [] }]
    await assert.rejects(migrate(database.store, other), SchemaRefused)
  })

  test("another program's database is refused, and left as it was", async () => {
    await using database = await openFresh(null)
    const ask = (sql: string) => database.store.transaction((tx) => rows(tx, sql))
    const standing = async () => standingOf(await schemaState(database.store, everyStep))
    assert.equal(await standing(), 'empty')
    await ask('CREATE TABLE books (isbn INTEGER)')
    assert.equal(await standing(), 'foreign')
    await assert.rejects(migrate(database.store, everyStep), /another program's: it has 1 table \(books\)/)
    await ask('CREATE TABLE alembic_version (version_num VARCHAR(32))')
    await ask("INSERT INTO alembic_version VALUES ('5881373af7f5')")
    await ask('CREATE TABLE networks (id INTEGER)')
    const state = await schemaState(database.store, everyStep)
    const said = refusalOf(state, 'here', 'x') ?? ''
    assert.match(said, /^the database here has the schema of OpenStack Neutron itself \(revision 5881373af7f5\): /)
    await assert.rejects(migrate(database.store, everyStep), SchemaRefused)
    assert.equal(await standing(), 'foreign')
    await ask('DROP TABLE alembic_version')
    await ask('DROP TABLE books')
    // A neighbour's table that is in nobody's way may stay.
    assert.deepEqual(await migrate(database.store, everyStep), ['store/0001-changes.expand', ...NAMES])
  })

  test('a stamp records and runs nothing; twice is as once', async () => {
    await using database = await openFresh(everyStep.slice(0, 1))
    const before = (await dumpSchema(database.store)).filter((line) => !line.startsWith('applied'))
    const decide = () => ({ add: NAMES.slice(1, 2), remove: NAMES.slice(0, 1) })
    await stamp(database.store, everyStep, decide, { waitMs: 0 })
    await stamp(database.store, everyStep, decide, { waitMs: 0 })
    assert.deepEqual((await schemaState(database.store, everyStep)).missing, [NAMES[0], NAMES[2]])
    assert.deepEqual(
      (await dumpSchema(database.store)).filter((line) => !line.startsWith('applied')),
      before,
    )
  })
})

/** Whether a process died that was to die before its so-manieth statement; false when it had fewer left. */
async function diesAt(url: string, statement: number): Promise<boolean> {
  const child = spawn(process.execPath, [PROCESS, url, 'steps', String(statement)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [code, signal] = await once(child, 'exit')
  if (signal === 'SIGKILL') return true
  assert.deepEqual([code, signal], [0, null])
  return false
}

/** A process that has the turn, until it is killed. */
async function startHolder(url: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [PROCESS, url, 'steps', 'hold'], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout!, 'data')
  return child
}

/** How the migrating connection is ended: by a neighbour on the server; where there is no server, not at all. */
function loserOf(name: DatabaseName, neighbour: Store, url: string): () => Promise<void> {
  const database = /\/(test_\d+)\?/.exec(url)?.[1] ?? ''
  const end = {
    postgresql: `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = '${database}' AND application_name <> 'neutrino'`,
    mariadb: `SELECT id FROM information_schema.processlist WHERE db = '${database}'`,
  }
  return async () => {
    if (name === 'sqlite') return
    const ids = await neighbour.transaction(async (tx) => {
      const found = await rows(tx, end[name])
      return found.map(({ id }) => Number(id))
    })
    if (name === 'postgresql') return
    // One that has gone meanwhile cannot be ended.
    for (const id of ids) await neighbour.transaction((tx) => rows(tx, `KILL ${id}`)).catch(() => {})
  }
}
