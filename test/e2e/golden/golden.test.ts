/**
 * The golden comparison: the same command lines to Debian's `neutron` and to ours. Same exit status, same output, same
 * complaints; what may differ is in differences.ts and in docs/compatibility.md, each with its reason.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import {
  type Client,
  type DebianClient,
  type Environment,
  type Outcome,
  openDebian,
  openOurs,
  program,
} from './clients.ts'
import { DIFFERENCES, MORE_TAKEN, type Part, TAKEN_OTHERWISE } from './differences.ts'
import { LACKING } from './lacking.ts'
import { Normaliser } from './normalise.ts'
import { type Line, lineWith, type Topic, words } from './topic.ts'
import { TOPICS } from './topics.ts'
import { usageParts } from './usage.ts'
import { fill, startWorld, type World } from './world.ts'

const COMPATIBILITY = join(import.meta.dirname, '../../../docs/compatibility.md')

let debian: DebianClient
let ours: Client
/** Of each client's own; Debian's is also the one both look at. */
let worlds: readonly [World, World]

before(async () => {
  debian = openDebian()
  ours = openOurs()
  worlds = await Promise.all([startWorld(), startWorld()])
})
after(async () => {
  await Promise.all([debian, ours, ...(worlds ?? [])].map((part) => part?.[Symbol.asyncDispose]()))
})

/** One client in a topic: what it has made there, and what was already called something. */
class Side {
  readonly #client: Client
  readonly #world: World
  readonly #ids: Map<string, string>
  readonly #normaliser: Normaliser

  constructor(client: Client, world: World) {
    this.#client = client
    this.#world = world
    this.#ids = new Map(world.ids)
    this.#normaliser = new Normaliser(world.ids)
  }

  async run(line: Line, { world, beats }: Topic): Promise<Outcome> {
    const { run, as, user = 'admin', env = {} } = lineWith(line)
    const argv = words(run).map((word) => fill(word, this.#ids))
    const filled = Object.entries(env).map(([name, value]) => [name, fill(value, this.#ids)] as const)
    const outcome = await this.#client.run(argv, { ...this.#world.env(user), ...Object.fromEntries(filled) })
    if (as !== undefined) {
      const id = /^\W*id\W+([0-9a-f]{8}-[0-9a-f-]{27})\b/m.exec(outcome.out)?.[1]
      assert.ok(id, `no id in what '${run}' printed: ${outcome.out}${outcome.err}`)
      this.#ids.set(as, id)
    }
    if (world === 'own') return this.#normaliser.of(outcome)
    const plain = Normaliser.requestsOnly(outcome)
    return beats ? Normaliser.withoutTimes(plain) : plain
  }
}

async function compare(topic: Topic): Promise<void> {
  const [mine, theirs] = [worlds[topic.world === 'same' ? 0 : 1], worlds[0]]
  const sides = [new Side(ours, mine), new Side(debian, theirs)]
  const wrong: string[] = []
  for (const line of topic.lines) {
    const [got, wanted] = await Promise.all(sides.map((side) => side.run(line, topic)))
    const told = judge(lineWith(line).run, got!, wanted!)
    if (told) wrong.push(`neutron ${lineWith(line).run}\n${told}`)
  }
  assert.equal(wrong.length, 0, `${wrong.length} of ${topic.lines.length} are wrong:\n\n${wrong.join('\n\n')}`)
}

const TITLES: Readonly<Record<Part, string>> = { status: 'exit status', out: 'stdout', err: 'stderr' }

/** Null when they are equal, or differ just where they may. */
function judge(run: string, got: Outcome, wanted: Outcome): string | null {
  const allowed = DIFFERENCES.find(({ lines }) => lines.includes(run))?.parts ?? []
  const parts = (['status', 'out', 'err'] as const).filter((part) => got[part] !== wanted[part])
  const wrong = parts.filter((part) => !allowed.includes(part))
  const stale = allowed.filter((part) => !parts.includes(part))
  if (wrong.length === 0 && stale.length === 0) return null
  return [
    ...stale.map((part) => `  ${TITLES[part]} does not differ any more, though differences.ts says so`),
    ...wrong.map((part) => `  ${TITLES[part]} is:\n${indent(got[part])}\n  and should be:\n${indent(wanted[part])}`),
  ].join('\n')
}

function indent(text: string | number | null): string {
  return String(text).replace(/^/gm, '    ').slice(0, 4_000)
}

/** Those of Debian's commands whose resources the server has. */
async function sharedCommands(): Promise<readonly string[]> {
  const lacking = Object.keys(LACKING)
  const names = await debian.commands()
  return names.filter((name) => name !== 'help' && !lacking.some((start) => name.startsWith(start)))
}

test("what runs many command lines in one process is Debian's command", async () => {
  const env: Environment = worlds[0].env('admin')
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
  const { out } = await ours.run(['bash-completion'], worlds[0].env('admin'))
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

for (const topic of TOPICS) test(`golden: ${topic.title}`, () => compare(topic))
