/** The store's promises about rows and conditions, kept alike by every database. Races are in store-races.test.ts. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { sql } from 'kysely'
import { fulfils, type Predicate } from '#base/predicate.ts'
import { DuplicateKey, InUse, MissingReference, type Store } from '#store/store.ts'
import { type FreshDatabase, forEachDatabase } from '../databases.ts'
import { type Box, box, boxes, type Item, items, migrations } from './store-schema.ts'

const NAMES = [
  '',
  'a',
  'A',
  'a ',
  'ab',
  'b',
  'ä',
  '%',
  '_',
  '\\',
  "'",
  '"',
  '`',
  '?',
  '$1',
  ':x',
  '😀',
  'a😀b',
  'é',
  null,
]
const SIZES = [-1, 0, 1, 5, 10, 2_147_483_647, null]
const HOSTS = ['host-1', 'host-2', '', null]

const cases: readonly Box[] = Array.from({ length: 60 }, (_, index) =>
  box(`box-${index}`, {
    name: NAMES[index % NAMES.length]!,
    size: SIZES[index % SIZES.length]!,
    sealed: [true, false, null][index % 3]!,
    'binding:host_id': HOSTS[index % HOSTS.length]!,
  }),
)
const contents: readonly Item[] = Array.from({ length: 40 }, (_, index) => ({
  id: `item-${index}`,
  box_id: `box-${index % 25}`,
  kind: index < 25 ? 'cup' : 'plate',
  fragile: index % 4 === 0,
}))

forEachDatabase((_name, openFresh) => {
  let database: FreshDatabase
  let store: Store
  before(async () => {
    database = await openFresh(migrations)
    store = database.store
    await store.transaction(async (tx) => {
      await tx.insert(boxes, cases)
      await tx.insert(items, contents)
    })
  })
  after(() => database[Symbol.asyncDispose]())

  const own = (id: string) => store.read((tx) => tx.find(boxes, { id }))

  test('a row comes back as it went in, whatever its kinds', async () => {
    const rows = [
      box('kinds-1', { name: 'na’me 😀 ‮', size: 7, sealed: true, 'binding:host_id': 'h', note: 'x'.repeat(70_000) }),
      box('kinds-2', { name: null, size: -2_147_483_648, sealed: false, labels: [] }),
      box('kinds-3', { labels: { a: [1, 2.5, null, true, { 'ü:ü': '\n\t\\"\'' }] } }),
      box('kinds-4', { labels: {} }),
    ]
    await store.transaction((tx) => tx.insert(boxes, rows))
    const read = await store.read((tx) => tx.list(boxes, { id: rows.map(({ id }) => id) }))
    assert.deepEqual(
      read.sort((a, b) => (a.id < b.id ? -1 : 1)),
      rows,
    )
    await store.transaction((tx) => tx.remove(boxes, { id: rows.map(({ id }) => id) }))
  })

  test('any text and any JSON come back as they went in', async () => {
    const json = fc.array(fc.jsonValue({ noUnicodeString: false }))
    // PostgreSQL keeps no NUL, and no database keeps half a surrogate pair.
    const text = fc.string({ unit: 'binary', maxLength: 60 }).map((value) => value.replaceAll('\0', ''))
    await fc.assert(
      fc.asyncProperty(text, json, async (name, labels) => {
        const row = box('any', { name, labels: JSON.parse(JSON.stringify(labels)) as unknown[] })
        await store.transaction(async (tx) => {
          await tx.remove(boxes, { id: 'any' })
          await tx.insert(boxes, [row])
        })
        assert.deepEqual(await own('any'), row)
        assert.equal(await store.read((tx) => tx.exists(boxes, { id: 'any', name })), true)
      }),
      { numRuns: 60 },
    )
    await store.transaction((tx) => tx.remove(boxes, { id: 'any' }))
  })

  test('what a row leaves out gets the default of the database, and what is no column is left out', async () => {
    const draft = { id: 'item-default', box_id: 'box-0', kind: undefined, 'no such column': 1 } as unknown as Item
    await store.transaction((tx) => tx.insert(items, [draft]))
    const found = await store.read((tx) => tx.find(items, { id: 'item-default' }))
    assert.deepEqual(found, { id: 'item-default', box_id: 'box-0', kind: 'thing', fragile: true })
    await store.transaction((tx) => tx.remove(items, { id: 'item-default' }))
  })

  test('a predicate selects exactly the rows that fulfil it in memory', async () => {
    await fc.assert(
      fc.asyncProperty(predicates, async (where) => {
        const expected: string[] = []
        for (const row of cases) if (await fulfils(where, { ...row }, lookup)) expected.push(row.id)
        const [selected, count] = await store.read(async (tx) => [
          await tx.select(boxes, { where, columns: ['id'] }),
          await tx.count(boxes, where),
        ])
        assert.deepEqual(selected.map(({ id }) => id).sort(), expected.sort())
        assert.equal(count, expected.length)
      }),
      { numRuns: 300 },
    )
  })

  test('values of another type equal nothing, as in memory', async () => {
    const strange: Predicate[] = [
      { op: 'in', column: 'size', values: ['5', 1.5, 1e300, true, Number.MAX_SAFE_INTEGER] },
      { op: 'in', column: 'name', values: [5, true, 'a\0'] },
      { op: 'in', column: 'sealed', values: [1, 'true'] },
      { op: 'less', column: 'size', value: 'x', orEqual: true },
      { op: 'contains', column: 'name', text: 'a\0' },
    ]
    for (const where of strange) assert.equal(await store.read((tx) => tx.count(boxes, where)), 0)
    const fraction: Predicate = { op: 'greater', column: 'size', value: 0.5, orEqual: false }
    assert.equal(
      await store.read((tx) => tx.count(boxes, fraction)),
      cases.filter(({ size }) => size !== null && size > 0.5).length,
    )
  })

  test('a long list of values is one condition like a short one', async () => {
    const wanted = [...Array.from({ length: 20_000 }, (_, index) => `none-${index}`), 'box-3', 'box-7']
    const found = await store.read((tx) => tx.list(boxes, { id: wanted }))
    assert.deepEqual(found.map(({ id }) => id).sort(), ['box-3', 'box-7'])
    const sizes = await store.read((tx) => tx.list(boxes, { size: [0, 1, 5, 10, 11, 12, null], sealed: true }))
    assert.equal(
      sizes.length,
      cases.filter(({ size, sealed }) => size !== -1 && size !== 2_147_483_647 && sealed).length,
    )
  })

  test('a condition may have thousands of alternatives, and a list thousands of values', async () => {
    const names = Array.from({ length: 5_000 }, (_, index) => `no such ${index}`)
    const wanted: Predicate[] = [...names, 'cup'].map((text) => ({ op: 'starts', column: 'name', text }))
    const some = await store.read((tx) => tx.select(boxes, { where: { op: 'or', of: wanted } }))
    assert.equal(some.length, cases.filter(({ name }) => name?.startsWith('cup')).length)
    const none: Predicate = { op: 'not', of: { op: 'in', column: 'name', values: [...names, null] } }
    const others = await store.read((tx) => tx.select(boxes, { where: none }))
    assert.equal(others.length, cases.filter(({ name }) => name !== null).length)
  })

  test("rows are sorted with nulls first, ties by id in the last key's direction, and cut at the limit", async () => {
    const columns = fc.constantFrom('name', 'size', 'sealed', 'binding:host_id')
    const sorts = fc.uniqueArray(fc.record({ column: columns, direction: fc.constantFrom('asc', 'desc') }), {
      selector: ({ column }) => column,
      maxLength: 3,
    })
    await fc.assert(
      fc.asyncProperty(sorts, fc.integer({ min: 0, max: 70 }), async (sort, limit) => {
        const selected = await store.read((tx) => tx.select(boxes, { sort, limit, columns: ['id'] }))
        const expected = [...cases].sort((a, b) => {
          for (const { column, direction } of sort) {
            const order = compared(a[column as keyof Box], b[column as keyof Box])
            if (order !== 0) return direction === 'asc' ? order : -order
          }
          return sort.at(-1)?.direction === 'desc' ? compared(b.id, a.id) : compared(a.id, b.id)
        })
        assert.deepEqual(
          selected.map(({ id }) => id),
          expected.slice(0, limit).map(({ id }) => id),
        )
      }),
      { numRuns: 60 },
    )
  })

  test('a duplicate names its constraint, also for primary keys and from Kysely', async () => {
    const refused = async (constraint: string, run: Parameters<typeof store.transaction>[0]) =>
      await assert.rejects(
        store.transaction(run),
        (error) => error instanceof DuplicateKey && error.constraint === constraint,
      )
    const item = contents[0]!
    await refused('items_id_key', (tx) => tx.insert(items, [{ ...item, kind: 'new' }]))
    await refused('items_box_id_kind_key', (tx) => tx.insert(items, [{ ...item, id: 'new' }]))
    await refused('items_box_id_kind_key', (tx) => tx.update(items, { id: 'item-1' }, { box_id: 'box-0' }))
    await refused('items_id_key', (tx) =>
      tx.sql.insertInto('items').values({ id: item.id, box_id: item.box_id, kind: 'new' }).execute(),
    )
  })

  test('a row that others refer to stays, and a reference needs its row', async () => {
    await assert.rejects(
      store.transaction((tx) => tx.remove(boxes, { id: 'box-0' })),
      InUse,
    )
    const lost = { id: 'lost', box_id: 'nowhere', kind: 'cup', fragile: false }
    await assert.rejects(
      store.transaction((tx) => tx.insert(items, [lost])),
      MissingReference,
    )
    await assert.rejects(
      store.transaction((tx) => tx.insertMissing(items, [lost])),
      MissingReference,
    )
    assert.ok(await own('box-0'))
  })

  test('an update counts the rows that matched, changed or not', async () => {
    await store.transaction(async (tx) => {
      await tx.insert(boxes, [box('u-1'), box('u-2')])
      assert.equal(await tx.update(boxes, { id: ['u-1', 'u-2'] }, { size: 3 }), 2)
      assert.equal(await tx.update(boxes, { id: ['u-1', 'u-2'] }, { size: 3 }), 2)
      assert.equal(await tx.update(boxes, { id: 'u-1', size: 4 }, { size: 5 }), 0)
      assert.equal(await tx.update(boxes, { id: 'u-1' }, {}), 1)
      assert.equal(await tx.remove(boxes, { id: ['u-1', 'u-2', 'u-3'] }), 2)
    })
  })

  test('thousands of rows go in at once, and missing ones are counted', async () => {
    const many = Array.from({ length: 12_000 }, (_, index) => box(`m-${index}`, { size: index, labels: [index] }))
    await store.transaction(async (tx) => {
      await tx.insert(boxes, many.slice(0, 6_000))
      assert.equal(await tx.insertMissing(boxes, many), 6_000)
      assert.equal(await tx.insertMissing(boxes, []), 0)
      assert.equal(await tx.remove(boxes, { id: many.map(({ id }) => id) }), many.length)
    })
  })

  test('Kysely reads the same transaction, names with colons included', async () => {
    await store.transaction(async (tx) => {
      await tx.insert(boxes, [box('k-1', { 'binding:host_id': 'kysely', sealed: true, labels: ['x'] })])
      const raw = await tx.sql.selectFrom('boxes').selectAll().where('binding:host_id', '=', 'kysely').execute()
      assert.deepEqual(
        raw.map((row) => tx.decode(boxes, row)),
        [box('k-1', { 'binding:host_id': 'kysely', sealed: true, labels: ['x'] })],
      )
      const { rows } = await sql<{ n: number }>`SELECT count(*) AS n FROM boxes WHERE id = ${'k-1'}`.execute(tx.sql)
      assert.equal(rows[0]?.n, 1)
      const changed = await tx.sql
        .updateTable('boxes')
        .set({ sealed: false })
        .where('id', '=', 'k-1')
        .executeTakeFirst()
      assert.equal(changed.numUpdatedRows, 1n)
      assert.equal((await tx.find(boxes, { id: 'k-1' }))?.sealed, false)
      await tx.remove(boxes, { id: 'k-1' })
    })
  })

  test('a column the table does not declare is an error of the program', async () => {
    await assert.rejects(
      store.read(async (tx) => await tx.select(boxes, { where: { op: 'in', column: 'nope', values: [1] } })),
      /boxes has no column nope/,
    )
    await assert.rejects(
      store.read(async (tx) => await tx.list(boxes, { name: undefined } as never)),
      /compared with undefined/,
    )
  })
})

/** As the databases sort: null, false before true, bytes. */
function compared(a: unknown, b: unknown): number {
  if (a === b) return 0
  if (a === null) return -1
  if (b === null) return 1
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b))
  return Number(a) - Number(b)
}

async function lookup(node: Extract<Predicate, { op: 'exists' }>, value: unknown): Promise<boolean> {
  const rows: readonly { readonly [column: string]: unknown }[] =
    node.table === 'items' ? contents.map((item) => ({ ...item })) : cases.map((row) => ({ ...row }))
  for (const row of rows) if (row[node.column] === value && (await fulfils(node.where, row, lookup))) return true
  return false
}

const text = fc.constantFrom(...NAMES.filter((name) => name !== null), 'no such')
const comparison = { op: fc.constantFrom('less', 'greater'), orEqual: fc.boolean() } as const
const leaves: readonly fc.Arbitrary<Predicate>[] = [
  fc.constantFrom<Predicate[]>({ op: 'true' }, { op: 'false' }, { op: 'and', of: [] }, { op: 'or', of: [] }),
  fc.record({
    op: fc.constant('in'),
    column: fc.constant('name'),
    values: fc.array(fc.constantFrom(...NAMES), { maxLength: 7 }),
  }),
  fc.record({
    op: fc.constant('in'),
    column: fc.constant('binding:host_id'),
    values: fc.array(fc.constantFrom(...HOSTS), { maxLength: 3 }),
  }),
  fc.record({ op: fc.constant('in'), column: fc.constant('size'), values: fc.array(fc.constantFrom(...SIZES, 7)) }),
  fc.record({
    op: fc.constant('in'),
    column: fc.constant('sealed'),
    values: fc.array(fc.constantFrom(true, false, null), { maxLength: 2 }),
  }),
  fc.record({
    op: fc.constantFrom('contains', 'starts'),
    column: fc.constantFrom('name', 'binding:host_id', 'size', 'sealed'),
    text: fc.oneof(text, fc.constantFrom('1', 'host', 'true', 'al')),
  }),
  fc.record({ ...comparison, column: fc.constant('size'), value: fc.constantFrom(-5, 0, 1, 5.5, 100) }),
  fc.record({ ...comparison, column: fc.constantFrom('name', 'binding:host_id'), value: text }),
]

const inItems: fc.Arbitrary<Predicate> = fc.oneof(
  fc.constant<Predicate>({ op: 'true' }),
  fc.record({
    op: fc.constant('in'),
    column: fc.constant('kind'),
    values: fc.array(fc.constantFrom('cup', 'x', null)),
  }),
  fc.record({
    op: fc.constant('not'),
    of: fc.record({ op: fc.constant('in'), column: fc.constant('fragile'), values: fc.constantFrom([true], [false]) }),
  }),
  // And back again: the item's box is sealed.
  fc.constant<Predicate>({
    op: 'exists',
    table: 'boxes',
    column: 'id',
    equals: 'box_id',
    where: { op: 'in', column: 'sealed', values: [true] },
  }),
)

const { predicate: predicates } = fc.letrec<{ predicate: Predicate }>((tie) => ({
  predicate: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    ...leaves,
    fc.record({
      op: fc.constant('exists'),
      table: fc.constant('items'),
      column: fc.constant('box_id'),
      equals: fc.constantFrom('id', 'name'),
      where: inItems,
    }),
    fc.record({ op: fc.constantFrom('and', 'or'), of: fc.array(tie('predicate'), { maxLength: 3 }) }),
    fc.record({ op: fc.constant('not'), of: tie('predicate') }),
  ),
}))
