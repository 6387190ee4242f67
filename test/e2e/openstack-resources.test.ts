/** The `openstack` command (Debian's) drives every resource: create, show, list with filters, set, unset, delete. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { isJsonObject, type Json, type JsonObject } from '#base/json.ts'
import { DRIVEN, type Driven, READ } from './cli-resources.ts'
import { freePort, type OneHost, oneHost, sweep, temporaryState } from './one-host.ts'
import { openSession, type Session } from './session.ts'

const state = temporaryState()
let host: OneHost
let session: Session
let aliases: readonly string[]

before(async () => {
  const ports = ['--port', String(await freePort()), '--identity-port', String(await freePort())]
  host = await oneHost(state, ['--api-only', ...ports])
  session = openSession(`${state}/clouds.yaml`, 'neutrino-admin')
  const listed = (await done('extension list --network -f json')) as readonly JsonObject[]
  aliases = listed.map(({ Alias }) => String(Alias))
})
after(async () => {
  await session?.[Symbol.asyncDispose]()
  await host?.end('SIGTERM')
  await sweep(state)
})

/** What the command printed. @throws when it complained */
async function done(command: string): Promise<Json> {
  const { printed, errors } = await session.run(command)
  // Tags, and words that the client is about to change, make it talk.
  assert.equal(errors.replace(/^.*(Deprecat|WARNING).*$/gim, '').trim(), '', command)
  return printed
}

/** As far as the command shows something of that name, under the names it uses. */
function assertShows(shown: Json, expected: JsonObject, command: string): void {
  const row = shown as JsonObject
  for (const [name, value] of Object.entries(expected)) {
    // Sets, in no order.
    const text = (of: Json | undefined) => (Array.isArray(of) ? of.map(sorted).toSorted() : of)
    assert.deepEqual(text(row[name]), text(value), `${name} after '${command}': ${JSON.stringify(row[name])}`)
  }
}

function sorted(value: Json): string {
  return JSON.stringify(isJsonObject(value) ? Object.entries(value).toSorted() : value)
}

function idsOf(list: Json): readonly Json[] {
  return (list as readonly JsonObject[]).map((row) => row.ID ?? row.id!)
}

async function drive(driven: Driven, name: string): Promise<void> {
  const { noun, prepare = [], create, made = {}, filters, set = [], unset = [], nameless, within } = driven
  const ids = new Map([['n', name]])
  const fill = (text: string) =>
    text.replace(/\{(\w+)\}/g, (_all, key: string) => {
      const value = ids.get(key)
      assert.ok(value !== undefined, `nothing is called ${key} in '${text}'`)
      return value
    })
  const run = (command: string) => done(fill(command))
  for (const { as, run: command } of prepare) {
    const shown = await run(command.startsWith('router add') ? command : `${command} -f json`)
    ids.set(as, String((shown as JsonObject | null)?.id ?? as))
  }
  const created = (await run(`${noun} create ${create} -f json`)) as JsonObject
  ids.set('id', String(created.id))
  assertShows(created, made, create)
  const byId = within ? `${within} {id}` : '{id}'
  const byName = nameless ? byId : '{n}'
  for (const by of [byId, byName]) {
    assert.equal(((await run(`${noun} show -f json ${by}`)) as JsonObject).id, created.id)
  }
  for (const filter of filters) {
    const list = await run(`${noun} list -f json ${filter}`)
    assert.ok(idsOf(list).includes(created.id!), `${noun} list ${filter}`)
  }
  for (const [verb, changes] of [
    ['set', set],
    ['unset', unset],
  ] as const) {
    for (const [index, { options, shows }] of changes.entries()) {
      await run(`${noun} ${verb} ${options} ${index % 2 ? byId : byName}`)
      assertShows(await run(`${noun} show -f json ${byId}`), shows, `${verb} ${options}`)
    }
  }
  await run(`${noun} delete ${byName}`)
  const left = await run(`${noun} list -f json ${filters.find((filter) => filter.includes('{fip}')) ?? ''}`)
  assert.ok(!idsOf(left).includes(created.id!))
  for (const { undo } of prepare.toReversed()) if (undo) await run(undo)
}

for (const [index, driven] of DRIVEN.entries()) {
  test(`openstack ${driven.noun}${driven.needs ? ` (${driven.needs})` : ''}`, async () => {
    if (driven.needs) assert.ok(aliases.includes(driven.needs), `${driven.needs} is not served`)
    await drive(driven, `it-${index}`)
  })
}

test('openstack prints what is only read', async () => {
  for (const { run, needs } of READ) {
    assert.ok(aliases.includes(needs), `${needs} is not served`)
    assert.notEqual(await done(`${run} -f json`), null, run)
  }
})

test('openstack makes a project its topology, and takes it away', async () => {
  const topology = 'network auto allocated topology'
  await done('network set --default public')
  await done('subnet pool create --default --share --pool-prefix 10.99.0.0/16 --default-prefix-length 26 everybody')
  await done(`${topology} create --check-resources -f json`)
  const { id } = (await done(`${topology} create -f json`)) as JsonObject
  assert.equal(((await done(`network show ${id} -f json`)) as JsonObject).name, 'auto_allocated_network')
  await done(`${topology} delete`)
  assert.deepEqual(await done('network list --name auto_allocated_network -f json'), [])
  await done('subnet pool delete everybody')
})
