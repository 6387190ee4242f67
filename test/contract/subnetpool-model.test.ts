/**
 * Subnet pools beside a model that keeps the smallest blocks in a set: subnets of a length or of a prefix, two
 * projects with a quota, subnets that go, prefixes that come and go, and many who ask at once. On every database.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { forEachDatabase } from '../databases.ts'
import { bounds, Cloud, migrations, refusal } from './model.ts'

/** The world is 10.0.0.0/22; its smallest block, of which there are 64, a /28. */
const SMALLEST = 28
const BLOCKS = 64
const size = (length: number) => 2 ** (SMALLEST - length)

/** The blocks of a prefix; the number of the first, and its length. */
interface Prefix {
  readonly at: number
  readonly length: number
}

function textOf({ at, length }: Prefix): string {
  return `10.0.${Math.floor(at / 16)}.${(at % 16) * 16}/${length}`
}

function parse(text: string): Prefix {
  const [, third, fourth, length] = /^10\.0\.(\d+)\.(\d+)\/(\d+)$/.exec(text)!.map(Number)
  return { at: third! * 16 + fourth! / 16, length: length! }
}

const blocksOf = ({ at, length }: Prefix) => Array.from({ length: size(length) }, (_, index) => at + index)

const prefix: fc.Arbitrary<Prefix> = fc
  .record({ length: fc.integer({ min: 23, max: SMALLEST }), place: fc.nat(63) })
  .map(({ length, place }) => ({ length, at: (place % (BLOCKS / size(length))) * size(length) }))

const project = fc.constantFrom('one' as const, 'other' as const)
const steps = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('length' as const), length: fc.integer({ min: 24, max: 29 }), project }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('exact' as const), prefix, project }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('delete' as const), which: fc.nat(30) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('add' as const, 'remove' as const), prefix }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('default' as const), project }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('burst' as const),
        length: fc.integer({ min: 25, max: 27 }),
        count: fc.integer({ min: 2, max: 5 }),
        project,
      }),
    },
  ),
  { minLength: 4, maxLength: 14 },
)
type Step = typeof steps extends fc.Arbitrary<readonly (infer Each)[]> ? Each : never
type Who = 'one' | 'other'

const world = fc.record({
  prefixes: fc.uniqueArray(prefix, { minLength: 1, maxLength: 3, selector: textOf }),
  min_prefixlen: fc.integer({ min: 22, max: 25 }),
  max_prefixlen: fc.integer({ min: 27, max: 28 }),
  default_prefixlen: fc.integer({ min: 25, max: 27 }),
  /** In addresses. */
  default_quota: fc.constantFrom(null, 64, 128, 400),
})
type World = typeof world extends fc.Arbitrary<infer Each> ? Each : never

class Model {
  readonly #cloud: Cloud
  readonly #pool: string
  readonly #network: string
  readonly #world: World
  readonly #projects: { readonly [who in Who]: string }
  /** Blocks that belong to the pool. */
  readonly blocks: Set<number>
  readonly #subnets = new Map<string, Prefix & { readonly who: Who }>()

  constructor(cloud: Cloud, pool: string, network: string, chosen: World) {
    this.#cloud = cloud
    this.#pool = pool
    this.#network = network
    this.#world = chosen
    this.#projects = { one: cloud.project(), other: cloud.project() }
    this.blocks = new Set(chosen.prefixes.flatMap(blocksOf))
  }

  #taken(): ReadonlySet<number> {
    return new Set([...this.#subnets.values()].flatMap(blocksOf))
  }

  #isFree(wanted: Prefix): boolean {
    const taken = this.#taken()
    return blocksOf(wanted).every((block) => this.blocks.has(block) && !taken.has(block))
  }

  /** How many more of that length fit. */
  #room(length: number): number {
    const places = Array.from({ length: BLOCKS / size(length) }, (_, index) => ({ length, at: index * size(length) }))
    return places.filter((place) => this.#isFree(place)).length
  }

  /** How many more of that length a project may have. */
  #allowance(who: Who, length: number): number {
    if (this.#world.default_quota === null) return Number.POSITIVE_INFINITY
    const own = [...this.#subnets.values()].filter((subnet) => subnet.who === who)
    const used = own.reduce((sum, subnet) => sum + 2 ** (32 - subnet.length), 0)
    return Math.floor((this.#world.default_quota - used) / 2 ** (32 - length))
  }

  /** Null: it is to succeed. */
  #expected(who: Who, wanted: Prefix | number): string | null {
    const length = typeof wanted === 'number' ? wanted : wanted.length
    if (length > this.#world.max_prefixlen) return '400 MaxPrefixSubnetAllocationError'
    if (length < this.#world.min_prefixlen) return '400 MinPrefixSubnetAllocationError'
    if (this.#allowance(who, length) < 1) return '409 SubnetPoolQuotaExceeded'
    const fits = typeof wanted === 'number' ? this.#room(length) > 0 : this.#isFree(wanted)
    return fits ? null : '500 SubnetAllocationError'
  }

  #post(who: Who, wanted: object) {
    const subnet = { project_id: this.#projects[who], network_id: this.#network, subnetpool_id: this.#pool }
    return this.#cloud.call('POST', 'subnets', { subnet: { ...subnet, ip_version: 4, ...wanted } })
  }

  #admit(who: Who, { id, cidr }: { readonly id: string; readonly cidr: string }, wanted: Prefix | number): void {
    const given = parse(cidr)
    if (typeof wanted === 'number') assert.equal(given.length, wanted)
    else assert.deepEqual(given, wanted)
    assert.equal(given.at % size(given.length), 0, cidr)
    assert.ok(this.#isFree(given), `${cidr} was not free`)
    this.#subnets.set(id, { ...given, who })
  }

  async #ask(who: Who, values: object, wanted: Prefix | number): Promise<void> {
    const expected = this.#expected(who, wanted)
    const answer = await this.#post(who, values)
    if (expected) assert.equal(refusal(answer), expected)
    else {
      assert.equal(answer.status, 201, answer.text)
      this.#admit(who, answer.body.subnet, wanted)
    }
  }

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case 'length':
        await this.#ask(step.project, { prefixlen: step.length }, step.length)
        break
      case 'default':
        await this.#ask(step.project, {}, this.#world.default_prefixlen)
        break
      case 'exact':
        await this.#ask(step.project, { cidr: textOf(step.prefix) }, step.prefix)
        break
      case 'delete': {
        const id = [...this.#subnets.keys()][step.which % Math.max(1, this.#subnets.size)]
        if (id === undefined) break
        assert.equal((await this.#cloud.call('DELETE', `subnets/${id}`)).status, 204)
        this.#subnets.delete(id)
        break
      }
      case 'burst': {
        const { length, project: who } = step
        const fits = Math.max(0, Math.min(step.count, this.#room(length), this.#allowance(who, length)))
        const expected = length < this.#world.min_prefixlen || length > this.#world.max_prefixlen ? 0 : fits
        const asked = Array.from({ length: step.count }, () => this.#post(who, { prefixlen: length }))
        const answers = await Promise.all(asked)
        const made = answers.filter(({ status }) => status === 201)
        for (const each of answers) {
          if (each.status !== 201)
            assert.match(refusal(each), /PrefixSubnetAllocationError|Quota|500 SubnetAllocationError/)
        }
        assert.equal(made.length, expected)
        for (const { body } of made) this.#admit(who, body.subnet, length)
        break
      }
      case 'add':
      case 'remove':
        await this.#change(step.do, step.prefix)
        break
    }
  }

  async #change(verb: 'add' | 'remove', changed: Prefix): Promise<void> {
    const body = { prefixes: [textOf(changed)] }
    const answer = await this.#cloud.call('PUT', `subnetpools/${this.#pool}/${verb}_prefixes`, body)
    const taken = this.#taken()
    const blocks = blocksOf(changed)
    if (verb === 'remove' && blocks.some((block) => taken.has(block) && this.blocks.has(block))) {
      assert.match(refusal(answer), /^4\d\d IllegalSubnetPoolPrefixUpdate$/)
      return
    }
    assert.equal(answer.status, 200, answer.text)
    for (const block of blocks) {
      if (verb === 'add') this.blocks.add(block)
      else this.blocks.delete(block)
    }
  }

  async check(): Promise<void> {
    const { prefixes } = (await this.#cloud.call('GET', `subnetpools/${this.#pool}`)).body.subnetpool
    const shown = (prefixes as string[]).map(parse).flatMap(blocksOf)
    assert.deepEqual(shown.toSorted(byNumber), [...this.blocks].toSorted(byNumber))
    const subnets = await this.#cloud.list(`subnets?network_id=${this.#network}&fields=cidr`)
    assert.deepEqual(subnets.map(({ cidr }) => cidr).toSorted(), [...this.#subnets.values()].map(textOf).toSorted())
  }
}

const byNumber = (a: number, b: number) => a - b

forEachDatabase((_name, openFresh) => {
  test('subnet pools: any run of subnets and prefixes is answered as sets of blocks answer it', async (t) => {
    await using database = await openFresh(migrations)
    await using cloud = await Cloud.over(database)
    await fc.assert(
      fc.asyncProperty(world, steps, async (chosen, run) => {
        const { prefixes, default_quota, ...lengths } = chosen
        const quota = default_quota === null ? {} : { default_quota }
        const values = { name: 'p', prefixes: prefixes.map(textOf), shared: true, ...lengths, ...quota }
        const pool = await cloud.create('subnetpool', values)
        const network = await cloud.create('network', { name: 'n' })
        const model = new Model(cloud, pool.id, network.id, chosen)
        await model.check()
        for (const step of run) {
          await model.take(step)
          await model.check()
        }
      }),
      bounds(t),
    )
  })
})
