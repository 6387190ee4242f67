/**
 * Compares topics: each command line is given to Debian's client and to ours, and what they print is the same but for
 * what differences.ts allows. A test file calls `compareTopics` with its topics.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Client, type Outcome, openDebian, openOurs } from './clients.ts'
import { DIFFERENCES, type Part } from './differences.ts'
import { Normaliser } from './normalise.ts'
import { type Line, lineWith, type Topic, words } from './topic.ts'
import { fill, startWorld, type World } from './world.ts'

/** A test for each topic, over two equal worlds: one that Debian's client changes and both look at, and one of ours. */
export function compareTopics(topics: readonly Topic[]): void {
  let debian: Client
  let ours: Client
  let worlds: readonly [World, World]

  before(async () => {
    debian = openDebian()
    ours = openOurs()
    worlds = await Promise.all([startWorld(), startWorld()])
  })
  after(async () => {
    await Promise.all([debian, ours, ...(worlds ?? [])].map((part) => part?.[Symbol.asyncDispose]()))
  })

  for (const topic of topics) {
    test(`golden: ${topic.title}`, async () => {
      const mine = worlds[topic.world === 'same' ? 0 : 1]
      await compare(topic, [new Side(ours, mine), new Side(debian, worlds[0])])
    })
  }
}

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

async function compare(topic: Topic, sides: readonly [Side, Side]): Promise<void> {
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
