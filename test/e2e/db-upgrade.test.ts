/** An upgrade without a pause: a server of this release over the schema of the next one, and the other way round. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { forEachDatabase } from '../databases.ts'
import { ended, listening, newerRelease, World } from './db-manage-world.ts'

const SCHEMA = "'#store/schema.ts'"
/** A column more, a table more, an index; then a column less that only this release knows. */
const NEXT = {
  'core/network/migrations/0090-colour.expand.ts': `
import { addColumns, createTable, defineMigration, token, uuid } from ${SCHEMA}
export default defineMigration(
  addColumns('networks', { colour: token(16, { default: 'grey' }) }, [['colour']]),
  createTable('network_moods', {
    columns: { id: uuid(), network_id: uuid(), mood: token(16) },
    primaryKey: ['id'],
    references: [{ column: 'network_id', table: 'networks', onDelete: 'cascade' }],
  }),
)
`,
  'core/network/migrations/0091-no-colour.contract.ts': `
import { defineMigration, dropColumns, dropTable } from ${SCHEMA}
export default defineMigration(dropTable('network_moods'), dropColumns('networks', ['colour'], [['colour']]))
`,
}

forEachDatabase((_name, openFresh) => {
  test('a running server works on over a schema that the next release has grown; one that is started refuses', async () => {
    await using database = await openFresh(null)
    await using world = new World(database.url)
    const newer = newerRelease(world.directory, NEXT)
    await world.run('upgrade', 'heads')
    const process = world.startServer()
    const old = await listening(process)
    const before = await createNetwork(old.url, 'before')

    const grown = await underLoad(old.url, () => world.runFrom(newer, 'upgrade', '--expand'))
    assert.deepEqual([grown.code, grown.out], [0, 'Running upgrade (expand) for neutron ...\nOK\n'])
    const after = await createNetwork(old.url, 'after')
    await change(old.url, before, 'renamed')
    assert.deepEqual((await listNetworks(old.url)).sort(), ['after', 'renamed'])
    assert.equal((await fetch(`${old.url}/v2.0/networks/${after}`, { method: 'DELETE' })).status, 204)
    assert.ok(!old.log().includes(' ERROR '), old.log())

    await using neighbour = new World(database.url)
    const { code, err } = await ended(neighbour.startServer())
    assert.equal(code, 1)
    assert.match(err, /was made by a newer version: it has 1 migration \(core\/network\/0090-colour.expand\)/)
    const refused = await world.run('upgrade', 'heads')
    assert.equal(refused.code, 0)
    assert.match(refused.err, /Nothing to do/)

    const pending = await world.runFrom(newer, 'has_offline_migrations')
    assert.deepEqual(
      [pending.code, pending.out.split('.')[0]],
      [1, 'Need to apply migrations from neutron contract branch'],
    )
    process.kill('SIGTERM')
    await once(process, 'exit')
    const next = await listening(world.startServer(newer))
    assert.match(
      next.log(),
      /WARNING .*contract migrations wait contract=.* run=neutron-db-manage --config-file .* upgrade --contract\n/,
    )
    assert.deepEqual(await listNetworks(next.url), ['renamed'])
    const contracted = await underLoad(next.url, () => world.runFrom(newer, 'upgrade', '--contract'))
    assert.deepEqual([contracted.code, contracted.out], [0, 'Running upgrade (contract) for neutron ...\nOK\n'])
    await createNetwork(next.url, 'last')
    assert.deepEqual((await listNetworks(next.url)).sort(), ['last', 'renamed'])
    assert.equal((await world.runFrom(newer, 'has_offline_migrations')).code, 0)
    const { out } = await world.runFrom(newer, 'current')
    assert.match(out, /^Running current for neutron \.\.\.\n[0-9a-f]{12} \(head\)\n[0-9a-f]{12} \(head\)\nOK\n$/)
  })
})

/** Runs it while somebody writes, whom nothing fails. */
async function underLoad<T>(url: string, run: () => Promise<T>): Promise<T> {
  const writing = new AbortController()
  const written = writeUntil(url, writing.signal)
  const result = await run()
  writing.abort()
  assert.ok((await written) > 0)
  return result
}

/** Networks that come and go, one after the other, and how many. */
async function writeUntil(url: string, signal: AbortSignal): Promise<number> {
  let count = 0
  for (; !signal.aborted; count += 1) {
    const id = await createNetwork(url, 'passing')
    assert.equal((await fetch(`${url}/v2.0/networks/${id}`, { method: 'DELETE' })).status, 204)
  }
  return count
}

async function createNetwork(url: string, name: string): Promise<string> {
  const body = JSON.stringify({ network: { name } })
  const answer = await fetch(`${url}/v2.0/networks`, { method: 'POST', body })
  assert.equal(answer.status, 201, await answer.clone().text())
  return ((await answer.json()) as { network: { id: string } }).network.id
}

async function change(url: string, id: string, name: string): Promise<void> {
  const body = JSON.stringify({ network: { name } })
  assert.equal((await fetch(`${url}/v2.0/networks/${id}`, { method: 'PUT', body })).status, 200)
}

async function listNetworks(url: string): Promise<string[]> {
  const answer = (await (await fetch(`${url}/v2.0/networks`)).json()) as { networks: { name: string }[] }
  return answer.networks.map(({ name }) => name)
}
