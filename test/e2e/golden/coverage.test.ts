/**
 * What the golden comparison covers: every command that both clients have, each with what it takes, and every
 * difference told to operators. The comparison itself is in the other test files of this folder.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Client, type DebianClient, type Environment, openDebian, openOurs, program } from './clients.ts'
import { DIFFERENCES, MORE_TAKEN, TAKEN_OTHERWISE } from './differences.ts'
import { LACKING } from './lacking.ts'
import { lineWith, words } from './topic.ts'
import { TOPICS } from './topics.ts'
import { usageParts } from './usage.ts'
import { startWorld, type World } from './world.ts'

const COMPATIBILITY = join(import.meta.dirname, '../../../docs/compatibility.md')

let debian: DebianClient
let ours: Client
let world: World

before(async () => {
  debian = openDebian()
  ours = openOurs()
  world = await startWorld()
})
after(async () => {
  await Promise.all([debian, ours, world].map((part) => part?.[Symbol.asyncDispose]()))
})

/** Those of Debian's commands whose resources the server has. */
async function sharedCommands(): Promise<readonly string[]> {
  const lacking = Object.keys(LACKING)
  const names = await debian.commands()
  return names.filter((name) => name !== 'help' && !lacking.some((start) => name.startsWith(start)))
}

test("what runs many command lines in one process is Debian's command", async () => {
  const env: Environment = world.env('admin')
  const lines = ['net-list --sort-key name', 'net-show nothing', 'help net-list']
  for (const argv of lines.map(words)) {
    const alone = await program('/usr/bin/neutron', argv, { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8', ...env })
    assert.deepEqual(await debian.run(argv, env), alone, argv.join(' '))
  }
})

test('every command that both have is compared', async () => {
  // The topics' lines, and the test below for what is no line to compare: the words of completion come in no order.
  const compared = new Set(TOPICS.flatMap(({ lines }) => lines.flatMap((line) => words(lineWith(line).run))))
  compared.add('bash-completion')
  assert.deepEqual(
    (await sharedCommands()).filter((name) => !compared.has(name)),
    [],
  )
})

test('completion knows every command that both have, and none that the server lacks', async () => {
  const { out } = await ours.run(['bash-completion'], world.env('admin'))
  const known = new Set(out.trim().split(/\s+/))
  assert.deepEqual(
    (await sharedCommands()).filter((name) => !known.has(name)),
    [],
  )
  const lacking = Object.keys(LACKING)
  assert.deepEqual(
    [...known].filter((name) => lacking.some((start) => name.startsWith(start))),
    [],
  )
})

test('every command takes what the other takes', async () => {
  const wrong: string[] = []
  for (const name of await sharedCommands()) {
    if (name === 'bash-completion') continue
    const [mine, theirs] = await Promise.all(
      [ours, debian].map(async (client) => usageParts((await client.run(['help', name], {})).out, name)),
    )
    const otherwise = TAKEN_OTHERWISE[name]?.parts ?? {}
    const wanted = [...theirs!.map((part) => otherwise[part] ?? part), ...(MORE_TAKEN[name]?.parts ?? [])].sort()
    const missing = wanted.filter((part) => !mine!.includes(part))
    const more = mine!.filter((part) => !wanted.includes(part))
    if (missing.length + more.length > 0)
      wrong.push(`${name}: lacks ${missing.join(' ')}; has besides ${more.join(' ')}`)
  }
  assert.deepEqual(wrong, [])
})

test('every difference is told to operators, with its reason', () => {
  const page = readFileSync(COMPATIBILITY, 'utf8')
  const rows = [...DIFFERENCES, ...Object.values(MORE_TAKEN), ...Object.values(TAKEN_OTHERWISE)].map(({ row }) => row)
  assert.deepEqual(
    rows.filter((row) => !page.includes(`| ${row}`)),
    [],
  )
  const compared = new Set(TOPICS.flatMap(({ lines }) => lines.map((line) => lineWith(line).run)))
  assert.deepEqual(
    DIFFERENCES.flatMap(({ lines }) => lines).filter((line) => !compared.has(line)),
    [],
  )
})
