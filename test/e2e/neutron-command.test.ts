/**
 * The `neutron` command as a process, where there is nothing to compare it with: what it asks of the server, commands
 * that only definitions bring, readers that go away, and the bundle that it is kept as.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Json } from '#base/json.ts'
import { isFresh, type Made } from '#cmd/bundle.ts'
import { NEUTRON, type NeutronWorld, neutronWorld, outcomeOf } from './neutron-command.ts'
import type { Outcome } from './one-host.ts'

const ROOT = join(import.meta.dirname, '../..')
const SOURCE = join(ROOT, 'src/cmd/neutron.ts')
const CACHE = join(ROOT, '.cache')
const NETWORKS = 4

let world: NeutronWorld

before(async () => {
  world = await neutronWorld()
  for (let index = 0; index < NETWORKS; index += 1) {
    const network = await world.member.create('networks', { name: `net-${index}` })
    await world.member.create('subnets', { network_id: network.id!, ip_version: 4, cidr: `10.${index}.0.0/24` })
  }
})

after(async () => {
  await world[Symbol.asyncDispose]()
})

async function ran(...words: string[]): Promise<Outcome> {
  return world.neutron(words)
}

/** What it prints as JSON; it must have ended well. */
async function json(...words: string[]): Promise<Json> {
  const { status, out, err } = await ran(...words, '-f', 'json')
  assert.equal(status, 0, `neutron ${words.join(' ')}\n${err}`)
  return JSON.parse(out) as Json
}

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '')

test('net-list asks for all subnets at once', async () => {
  const { status, out, err } = await ran('--debug', 'net-list')
  assert.equal(status, 0, err)
  for (let index = 0; index < NETWORKS; index += 1)
    assert.match(out, new RegExp(`net-${index} .* 10\\.${index}\\.0\\.0/24 `))
  const asked = linesOf(err).filter((line) => line.includes('REQ: curl') && line.includes('/v2.0/'))
  assert.deepEqual(
    asked.map((line) => /\/v2\.0\/(\w+)/.exec(line)?.[1]),
    ['networks', 'subnets'],
  )
})

test('a resource that was never upstream’s: create, list, show, update, delete', async () => {
  const created = await ran('address-group-create', 'web', '--address', '10.0.0.0/24', '-c', 'name', '-c', 'addresses')
  assert.equal(created.status, 0, created.err)
  assert.match(created.out, /^Created a new address_group:\n/)
  assert.match(created.out, /\| addresses \| 10\.0\.0\.0\/24 \|/)
  assert.deepEqual(await json('address-group-list', '-c', 'name'), [{ name: 'web' }])
  const updated = await ran('address-group-update', 'web', '--description', 'of the web')
  assert.deepEqual(updated, { status: 0, out: 'Updated address_group: web\n', err: '' })
  assert.deepEqual(await json('address-group-show', 'web', '-F', 'description'), { description: 'of the web' })
  const deleted = await ran('address-group-delete', 'web')
  assert.deepEqual(deleted, { status: 0, out: 'Deleted address_group(s): web\n', err: '' })
})

test('one command after another: those that can be deleted are, the others are told at the end', async () => {
  await world.member.create('networks', { name: 'twin' })
  await world.member.create('networks', { name: 'twin' })
  await world.member.create('networks', { name: 'gone' })
  assert.deepEqual(await ran('net-delete', 'nope', 'gone', 'twin'), {
    status: 1,
    out: 'Deleted network(s): gone\n',
    err:
      "Unable to find network(s) with id(s) 'nope'.\n" +
      "Multiple network(s) matches found for name(s) 'twin'. Please use an ID to be more specific.\n",
  })
})

test('the beginning of a command is enough where it is the only one', async () => {
  const short = await ran('net-sh', 'net-0', '-f', 'value', '-c', 'name')
  assert.deepEqual(short, { status: 0, out: 'net-0\n', err: '' })
  assert.deepEqual(await ran('net-l'), { status: 1, out: '', err: "Unknown command ['net-l']\n" })
})

test('bad input changes nothing, says what is wrong and ends with 1 or 2', async () => {
  const count = async () => ((await json('subnet-list', '-c', 'id')) as readonly Json[]).length
  const had = await count()
  const cases: readonly [words: string[], status: number, last: string][] = [
    [
      ['subnet-create', 'net-0', '10.0.1.0/24', '--ip-version', '5'],
      2,
      "Try 'neutron help subnet-create' for more information.",
    ],
    [
      ['subnet-create', 'net-0', '10.0.1.0/24', '--enable-dhcp', '--disable-dhcp'],
      1,
      'You cannot enable and disable DHCP at the same time.',
    ],
    [['subnet-create', 'nothing', '10.0.1.0/24'], 1, "Unable to find network with name or id 'nothing'"],
    [
      ['subnet-create', 'net-0', '10.0.1.0/24', '--mtu', 'type=int', 'x'],
      2,
      "Try 'neutron help subnet-create' for more information.",
    ],
  ]
  for (const [words, status, last] of cases) {
    const outcome = await ran(...words)
    assert.equal(outcome.status, status, outcome.err)
    assert.equal(linesOf(outcome.err).at(-1), last)
    assert.equal(outcome.out, '')
  }
  assert.equal(await count(), had)
})

test('its version is the package’s', async () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
  assert.deepEqual(await ran('--version'), { status: 0, out: `${version}\n`, err: '' })
})

test('a reader that goes away ends it without a word', async () => {
  const child = spawn('/bin/sh', ['-c', `"${NEUTRON}" help | head -n 1`], {
    env: world.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let err = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  child.stdout.resume()
  await once(child, 'close')
  assert.equal(err, '')
})

test('the bundle that the command is kept as says what its source says', async () => {
  // Run from its source, it makes the bundle where that is stale.
  const source = await outcomeOf(process.execPath, ['--disable-warning=ExperimentalWarning', SOURCE, 'help'], world.env)
  assert.equal(source.status, 0, source.err)
  assert.ok(isFresh(JSON.parse(readFileSync(join(CACHE, 'neutron.json'), 'utf8')) as Made, CACHE))
  for (const words of [['help'], ['help', 'port-create'], ['net-list'], ['topology', '-f', 'json'], ['nonsense']]) {
    const [ours, theirs] = await Promise.all([
      outcomeOf(process.execPath, [join(CACHE, 'neutron.cjs'), ...words], world.env),
      outcomeOf(process.execPath, ['--disable-warning=ExperimentalWarning', SOURCE, ...words], world.env),
    ])
    assert.deepEqual(ours, theirs, words.join(' '))
  }
})
