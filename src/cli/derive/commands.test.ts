/** The commands a definition alone brings: their arguments, what they ask of the server, what they print. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json, JsonObject } from '#base/json.ts'
import type { Call, Client, Output } from '#cli/command.ts'
import { parseKnown } from '#cli/grammar/parse.ts'
import { type Outlines, outline } from '#cli/outline.ts'
import { compileCatalogue } from '#resource/catalogue.ts'
import { deriveCommands } from './commands.ts'

const UUID = '7ab1a0b1-2c5e-4c55-9b6c-0d2c4b6b1f11'

const { resources } = compileCatalogue([
  {
    alias: 'shelves',
    name: 'Shelves',
    description: '',
    updated: '2026-01-01T00:00:00-00:00',
    resources: [
      {
        name: 'big_shelf',
        collection: 'big_shelves',
        attributes: {
          id: { type: 'uuid', query: 'filter sort' },
          name: { type: 'name', allow: 'post put', default: '' },
          height: { type: 'integer', allow: 'post put' },
          kind: { type: { values: ['oak', 'pine'] }, allow: 'post', default: 'oak' },
          rows: { type: { list: 'string' }, allow: 'post put', default: [] },
        },
        actions: [{ name: 'paint', help: 'Paints it.' }],
      },
      {
        name: 'book',
        collection: 'books',
        parent: { resource: 'big_shelf', column: 'shelf_id' },
        attributes: { id: { type: 'uuid' }, title: { type: 'string', allow: 'post' } },
        methods: ['list', 'show', 'create', 'delete'],
      },
    ],
  },
])
const outlines: Outlines = Object.fromEntries(
  [...resources.values()].map((resource) => [resource.name, outline(resource, resources)]),
)
const commands = new Map(
  Object.values(outlines).flatMap((one) => deriveCommands(one).map((command) => [command.name, command])),
)

interface Asked {
  readonly requests: readonly string[]
  readonly printed: readonly string[]
  readonly output: Output
}

/** Runs it against a server that has one shelf, called `s`. */
async function run(name: string, words: readonly string[], values: JsonObject = {}): Promise<Asked> {
  const command = commands.get(name)!
  const requests: string[] = []
  const printed: string[] = []
  const client: Client = {
    request: async (method, path, { body } = {}) => {
      requests.push(`${method} ${path}${body === undefined ? '' : ` ${JSON.stringify(body)}`}`)
      const [word = ''] = Object.keys((body ?? {}) as JsonObject)
      return { status: 200, headers: {}, body: { [word === '' ? 'big_shelf' : word]: { id: UUID, b: null, a: [1] } } }
    },
    list: async (path, query = {}) => {
      requests.push(`LIST ${path} ${JSON.stringify(query)}`)
      return query.name === undefined || query.name === 's' ? [{ id: UUID, name: 's' }] : []
    },
    session: async () => null,
    endpoint: async () => '',
  }
  const { args } = parseKnown(`neutron ${name}`, command.arguments, words)
  const call: Call = {
    args,
    values,
    format: 'table',
    client,
    definitions: outlines,
    print: (line) => printed.push(line),
    write: (text) => printed.push(text),
    warn: (line) => printed.push(line),
    progress: () => {},
    render: () => '',
    terminal: { isTTY: false, columns: 0, paint: (_, text) => text },
    signal: new AbortController().signal,
    env: {},
  }
  return { requests, printed, output: await command.run(call) }
}

test('derived: every method and action of a definition is a command', () => {
  assert.deepEqual([...commands.keys()].sort(), [
    'big-shelf-create',
    'big-shelf-delete',
    'big-shelf-list',
    'big-shelf-paint',
    'big-shelf-show',
    'big-shelf-update',
    'book-create',
    'book-delete',
    'book-list',
    'book-show',
  ])
})

const byName = 'LIST /big-shelves {"name":"s","fields":["id"]}'
const cases: Record<
  string,
  { name: string; words: string[]; values?: JsonObject; requests: string[]; printed?: string[] }
> = {
  'create sends what is given, with its types': {
    name: 'big-shelf-create',
    words: ['tall', '--height', '3', '--rows', 'a', 'b', '--tenant-id', 't'],
    values: { colour: 'red' },
    requests: [
      'POST /big-shelves {"big_shelf":{"name":"tall","height":3,"rows":["a","b"],"tenant_id":"t","colour":"red"}}',
    ],
    printed: ['Created a new big_shelf:'],
  },
  'list sends fields, pages and order': {
    name: 'big-shelf-list',
    words: ['-F', 'id', '-P', '2', '--sort-key', 'name', '--sort-key', 'id', '--sort-dir', 'desc'],
    values: { kind: 'oak' },
    requests: [
      'LIST /big-shelves {"fields":["id"],"kind":"oak","limit":2,"sort_key":["name","id"],"sort_dir":["desc","asc"]}',
    ],
  },
  'show finds by name': { name: 'big-shelf-show', words: ['s'], requests: [byName, `GET /big-shelves/${UUID}`] },
  'update finds by name and says what it was called': {
    name: 'big-shelf-update',
    words: ['s', '--height', '4'],
    requests: [byName, `PUT /big-shelves/${UUID} {"big_shelf":{"height":4}}`],
    printed: ['Updated big_shelf: s'],
  },
  'delete finds each': {
    name: 'big-shelf-delete',
    words: ['s', 's'],
    requests: [byName, `DELETE /big-shelves/${UUID}`, byName, `DELETE /big-shelves/${UUID}`],
    printed: ['Deleted big_shelf(s): s, s'],
  },
  'an action sends its options as the body': {
    name: 'big-shelf-paint',
    words: ['s'],
    values: { colour: 'blue' },
    requests: [byName, `PUT /big-shelves/${UUID}/paint {"big_shelf":{"colour":"blue"}}`],
  },
  'a child takes its parent first': {
    name: 'book-create',
    words: ['s', '--title', 'x'],
    requests: [byName, `POST /big-shelves/${UUID}/books {"book":{"title":"x"}}`],
    printed: ['Created a new book:'],
  },
  'a child without a name is meant by its id': {
    name: 'book-show',
    words: ['s', 'b1'],
    requests: [byName, `GET /big-shelves/${UUID}/books/b1`],
  },
}

for (const [title, { name, words, values, requests, printed = [] }] of Object.entries(cases)) {
  test(`derived: ${title}`, async () => {
    const asked = await run(name, words, values)
    assert.deepEqual(asked.requests, requests)
    assert.deepEqual(asked.printed, printed)
  })
}

test('derived: shown fields are sorted, nothing is empty, a list has a line for each', async () => {
  const { output } = await run('big-shelf-show', ['s'])
  const values: Json[] = ['1', '', UUID]
  assert.deepEqual(output, { kind: 'show', columns: ['a', 'b', 'id'], values })
})

const refused = {
  'an update without a value': {
    name: 'big-shelf-update',
    words: ['s'],
    says: 'Must specify new values to update big_shelf',
  },
  'a name nobody has': { name: 'big-shelf-show', words: ['x'], says: "Unable to find big_shelf with name or id 'x'" },
  'names nobody has': {
    name: 'big-shelf-delete',
    words: ['x', 'y'],
    says: "Unable to find big_shelf(s) with id(s) 'x, y'.",
  },
  'what must be given': { name: 'big-shelf-create', words: [], says: 'the following arguments are required: --height' },
}

for (const [title, { name, words, says }] of Object.entries(refused)) {
  test(`derived: refuses ${title}`, async () => {
    await assert.rejects(() => run(name, words), { message: says })
  })
}
