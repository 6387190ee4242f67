/** `neutron-db-manage` and `neutron-server` as processes: what each prints, how it ends, and that one needs the other. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { loadWholeSchema } from '#plugin/whole-schema.ts'
import { rows } from '#store/inspect.ts'
import { idOf } from '#store/revisions.ts'
import { forEachDatabase } from '../databases.ts'
import { ended, listening, World } from './db-manage-world.ts'

const HOLDER = join(import.meta.dirname, '../contract/migrate-process.ts')
const names = (await loadWholeSchema()).map(({ name }) => name)
const head = idOf(names.filter((name) => name.endsWith('.expand')).at(-1)!)
const first = idOf(names[0]!)
/** What comes next alters a table that is there. */
const BEFORE_TAGS = idOf('core/network/0001-networks.expand')

test('a database is made, made again to no effect, and says where it is', async () => {
  await using world = new World()
  const made = await world.run('upgrade', 'heads')
  assert.deepEqual([made.code, made.out], [0, 'Running upgrade for neutron ...\nOK\n'])
  const lines = made.err.trim().split('\n')
  assert.equal(lines.length, names.length + 1)
  assert.match(
    lines[0]!,
    new RegExp(`^INFO    .* Running upgrade  -> ${first}, store: changes \\(1 of ${names.length}\\)$`),
  )
  assert.match(lines.at(-1)!, new RegExp(`${names.length} migrations in \\d+\\.\\d s\\.$`))
  const again = await world.run('upgrade', 'head')
  assert.deepEqual([again.code, again.err], [0, 'INFO    [neutron-db-manage] Nothing to do.\n'])
  assert.deepEqual(await world.run('current'), {
    code: 0,
    out: `Running current for neutron ...\n${head} (head)\nOK\n`,
    err: '',
  })
  assert.deepEqual(await world.run('heads'), {
    code: 0,
    out: `Running heads for neutron ...\n${head} (expand) (head)\nOK\n`,
    err: '',
  })
  assert.deepEqual(await world.run('has_offline_migrations'), {
    code: 0,
    out: 'No offline migrations pending.\n',
    err: '',
  })
  const { out } = await world.run('history', '-i')
  assert.equal(out.split('\n').length, names.length + 3)
  assert.match(out.split('\n')[1]!, new RegExp(`^[0-9a-f]{12} -> ${head} \\(expand\\) \\(head\\) \\(current\\), `))
})

test('a schema grows by as much as is asked for', async () => {
  await using world = new World()
  const current = async () => (await world.run('current')).out.split('\n')[1]
  await world.run('upgrade', '+2')
  assert.equal(await current(), idOf(names[1]!))
  await world.run('upgrade', '--delta', '1')
  assert.equal(await current(), idOf(names[2]!))
  await world.run('upgrade', idOf(names[6]!).slice(0, 6))
  assert.equal(await current(), idOf(names[6]!))
  await world.run('upgrade', '--expand')
  assert.equal(await current(), `${head} (head)`)
})

test('a stamp records what an operator knows, and runs nothing', async () => {
  await using world = new World()
  await world.run('upgrade', 'heads')
  const current = async () => (await world.run('--subproject', 'neutron', 'current')).out.split('\n').slice(1, -2)
  const stamped = await world.run('stamp', idOf(names[3]!).slice(0, 8))
  assert.deepEqual([stamped.code, stamped.out], [0, 'Running stamp for neutron ...\nOK\n'])
  assert.match(stamped.err, new RegExp(`Recorded 0 as applied, ${names.length - 4} as not applied\\.$`, 'm'))
  assert.deepEqual(await current(), [idOf(names[3]!)])
  const written = await world.run('stamp', 'base', '--sql')
  assert.equal((written.out.match(/^DELETE FROM "neutrino_migrations"/gm) ?? []).length, names.length)
  await world.run('stamp', 'base')
  assert.deepEqual(await current(), [])
  const collides = await world.run('upgrade', 'heads')
  assert.equal(collides.code, 1)
  assert.match(collides.err, /store\/0001-changes.expand: table "changes" already exists/)
  await world.run('stamp', 'heads')
  assert.deepEqual(await current(), [`${head} (head)`])
})

test('files are read in the order they are named, directories by the names in them', async () => {
  await using world = new World()
  const folder = join(world.directory, 'conf.d')
  mkdirSync(folder)
  writeFileSync(join(folder, '10.conf'), `[database]\nconnection = sqlite:///${world.directory}/ten.sqlite\n`)
  writeFileSync(join(folder, '20.conf'), `[database]\nconnection = sqlite:///${world.directory}/twenty.sqlite\n`)
  const where = async (...words: string[]) =>
    /for (\S+):$/m.exec((await world.run(...words, 'current', '--verbose')).out)?.[1]
  assert.equal(await where(), `sqlite:///${world.directory}/neutron.sqlite`)
  assert.equal(await where('--config-dir', folder), `sqlite:///${world.directory}/twenty.sqlite`)
  assert.equal(await where('--config-file', join(folder, '10.conf')), `sqlite:///${world.directory}/ten.sqlite`)
  assert.equal(await where('--database-connection', 'sqlite://'), 'sqlite://')
})

const refused: readonly (readonly [line: string, code: number, out: string, err: RegExp | string])[] = [
  [
    'upgrade nonsense',
    255,
    "Running upgrade for neutron ...\nFAILED: Can't locate revision identified by 'nonsense'\n",
    '',
  ],
  ['upgrade', 1, '', 'You must provide a revision or relative delta\n'],
  ['upgrade -1', 1, '', 'Negative relative revision (downgrade) not supported\n'],
  ['upgrade --delta -1', 1, '', 'Negative delta (downgrade) not supported\n'],
  ['upgrade +1 --delta 1', 1, '', 'Use either --delta or relative revision, not both\n'],
  ['upgrade --expand heads', 1, '', 'Phase upgrade options do not accept revision specification\n'],
  [
    'upgrade heads --mysql-engine NDB',
    1,
    'Running upgrade for neutron ...\n',
    /^--mysql-engine NDB: tables are InnoDB/,
  ],
  ['downgrade', 1, '', 'Downgrade no longer supported\n'],
  ['revision -m x', 1, '', /^A migration is written beside the feature/],
  ['stamp +1', 255, "Running stamp for neutron ...\nFAILED: stamp takes a revision, no steps and no range: '+1'\n", ''],
  ['stamp', 2, '', /^usage: neutron-db-manage stamp .*\nneutron-db-manage stamp: error: the following arguments are/],
  ['bogus', 2, '', /error: argument command: invalid choice: 'bogus' \(choose from 'current', 'history', /],
]

test('what cannot be done is refused in upstream words, with its exit codes, and nothing is made', async () => {
  await using world = new World()
  for (const [line, code, out, err] of refused) {
    const answer = await world.run(...line.split(' '))
    assert.deepEqual([line, answer.code, answer.out], [line, code, out])
    if (typeof err === 'string') assert.equal(answer.err, err)
    else assert.match(answer.err, err)
  }
  assert.match((await world.run('current')).err, /the database has no schema yet/)
})

test('a configuration or a database that is not there is named, without its password', async () => {
  await using world = new World()
  const missing = await world.run('--config-file', '/nowhere.conf', 'current')
  assert.deepEqual(
    [missing.code, missing.err],
    [1, 'neutron-db-manage: error: /nowhere.conf: no such configuration file\n'],
  )
  const url = 'postgresql://neutron:secret@127.0.0.1:1/neutron'
  const unreachable = await world.run('--database-connection', url, 'upgrade', 'heads')
  assert.equal(unreachable.code, 1)
  assert.match(
    unreachable.err,
    /error: the database postgresql:\/\/neutron:\*\*\*@127.0.0.1:1\/neutron cannot be opened: /,
  )
  assert.ok(!unreachable.err.includes('secret'))
  const subproject = await world.run('--subproject', 'neutron-nothing', 'current')
  assert.deepEqual([subproject.code, subproject.out], [2, ''])
})

test('a full disk is said, changes nothing, and with room the same command goes on', async () => {
  await using world = new World()
  const small = ['prlimit', '--fsize=100000']
  const full = await ended(world.start(['upgrade', 'heads'], { before: small }))
  assert.equal(full.code, 1)
  assert.match(full.err, /failed; nothing was changed\. Once its cause is mended, the same command goes on\./)
  assert.match(full.err, /neutron-db-manage: error: \S+: .*(full|disk I\/O)/)
  const there = await world.run('upgrade', 'heads')
  assert.match(there.err, new RegExp(`${names.length} migrations in`))
})

test('who goes away while it works does not stop it; what cannot be written is said', async () => {
  await using world = new World()
  const deaf = world.start(['upgrade', 'heads'])
  deaf.stdout?.destroy()
  deaf.stderr?.destroy()
  assert.deepEqual(await once(deaf, 'exit'), [0, null])
  assert.match((await world.run('current')).out, new RegExp(`${head} \\(head\\)`))
  const full = await ended(world.start(['history'], { before: ['sh', '-c', 'exec "$0" "$@" >/dev/full'] }))
  assert.deepEqual(
    [full.code, full.err],
    [1, 'neutron-db-manage: error: standard output: ENOSPC: no space left on device, write\n'],
  )
})

test('a text of SQL makes the same schema as running it', async () => {
  await using world = new World()
  await using other = new World()
  await world.run('upgrade', 'heads')
  const { code, out } = await other.run('upgrade', 'heads', '--sql')
  assert.equal(code, 0)
  using made = new DatabaseSync(join(world.directory, 'neutron.sqlite'))
  using written = new DatabaseSync(':memory:')
  written.exec(out)
  const shape = 'SELECT type, name, sql FROM sqlite_master ORDER BY type, name'
  assert.deepEqual(written.prepare(shape).all(), made.prepare(shape).all())
  const records = 'SELECT name FROM neutrino_migrations ORDER BY name'
  assert.deepEqual(written.prepare(records).all(), made.prepare(records).all())
})

forEachDatabase((name, openFresh) => {
  test('of two processes one makes the schema, and the other has nothing to do', async () => {
    await using database = await openFresh(null)
    await using world = new World(database.url)
    const both = await Promise.all([world.run('upgrade', 'heads'), world.run('upgrade', 'heads')])
    assert.deepEqual(
      both.map(({ code }) => code),
      [0, 0],
    )
    const steps = both.map(({ err }) => (err.match(/Running upgrade/g) ?? []).length).sort((a, b) => a - b)
    assert.deepEqual(steps, [0, names.length])
    assert.match((await world.run('current')).out, new RegExp(`${head} \\(head\\)`))
  })

  test('one that waits says for whom, and is called off by ^C', async () => {
    await using database = await openFresh(null)
    await using world = new World(database.url)
    const holder = spawn(process.execPath, [HOLDER, database.url, 'steps', 'hold'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      await once(holder.stdout, 'data')
      const waiting = world.start(['upgrade', 'heads'])
      const answer = ended(waiting)
      await once(waiting.stderr!, 'data')
      waiting.kill('SIGINT')
      const { code, err } = await answer
      assert.equal(code, 130)
      assert.match(err, /INFO .* Waiting for (migrate-process \d+ on \S+|another process.*) \(600 s at most\)\.\n/)
      assert.match(err, /neutron-db-manage: interrupted; the same command goes on\n$/)
    } finally {
      holder.kill('SIGKILL')
    }
  })

  test('a table that a transaction holds on to is waited for, and it is said why', async () => {
    await using database = await openFresh(null)
    await using world = new World(database.url)
    await world.run('upgrade', BEFORE_TAGS)
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const { promise: held, resolve: hold } = Promise.withResolvers<void>()
    // SQLite's one writer is waited for as a turn; the others' table, until they try again.
    const holding = database.store[name === 'sqlite' ? 'transaction' : 'read'](async (tx) => {
      await rows(tx, 'SELECT count(*) FROM networks')
      hold()
      await released
    })
    await held
    const upgrading = world.start(['upgrade', 'heads'])
    const answer = ended(upgrading)
    let said = ''
    upgrading.stderr?.on('data', (chunk: string) => {
      said += chunk
      if (/Trying again: .*lock|Waiting for another process/i.test(said)) release()
    })
    const { code, err } = await answer
    assert.equal(code, 0, err)
    assert.match(err, /Trying again: .*lock|Waiting for another process/i)
    await holding
  })

  test('a server refuses a schema that is not its own in one line, which names the command', async () => {
    await using database = await openFresh(null)
    await using world = new World(
      name === 'postgresql' ? database.url.replace('postgres@', 'postgres:secret@') : database.url,
    )
    const refusal = async () => {
      const { code, err } = await ended(world.startServer())
      assert.equal(code, 1)
      assert.ok(!err.includes('secret'))
      const lines = err.split('\n').filter((line) => line.includes('cannot go on'))
      assert.equal(lines.length, 1)
      return lines[0]!
    }
    const command = `run neutron-db-manage --config-file ${world.config} upgrade heads`
    assert.ok((await refusal()).endsWith(`has no schema yet: ${command}`))
    await world.run('upgrade', '+3')
    const behind = await refusal()
    assert.match(behind, new RegExp(`lacks ${names.length - 3} migrations \\(core/.* more\\): run `))
    assert.ok(behind.endsWith(command))
    await world.run('upgrade', 'heads')
    const served = await listening(world.startServer())
    assert.equal((await fetch(`${served.url}/v2.0/networks`)).status, 200)
  })
})
