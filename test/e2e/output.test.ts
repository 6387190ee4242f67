/** Tables, YAML, CSV and the rest: the same text as Debian's cliff, cell for cell. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import type { Json } from '#base/json.ts'
import { outputArguments } from '#cli/output/arguments.ts'
import { type OutputOptions, render } from '#cli/output/render.ts'

interface Case {
  readonly kind: 'list' | 'show'
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Json[])[]
  readonly values: readonly Json[]
  readonly options: OutputOptions
}

interface Printed {
  readonly text?: string
  readonly unsortable?: true
  readonly error?: string
}

const SEED = 20_240_229
const CASES = 1_500
const CLIFF = { command: '/usr/bin/python3', script: new URL('print-with-cliff.py', import.meta.url).pathname }

const WORDS = [
  'net-1',
  'ACTIVE',
  'true',
  'no',
  '~',
  'null',
  '1e3',
  '0x1f',
  '012',
  '12:30:45',
  '2020-01-01',
  '-',
  '- a',
  '# b',
  'a: b',
  "it's",
  '"q"',
  '\\',
  'a,b',
  'tab\there',
  'two\nlines',
  'cr\r\nlf\rx',
  'é',
  '日本語ネットワーク',
  '🙂',
  'e\u0301',
  '\u200b',
  '\u001b[31mred\u001b[0m',
  '=',
  '<<',
  '---',
  '*a',
  '&b',
  '%c',
  '@d',
  '`e',
  '{"a": 1}',
  '[x]',
  '',
  ' lead',
  'trail ',
  'fa:16:3e:00:00:01',
  '10.0.0.0/24',
  '2001:db8::/64',
  'bab88a30-e852-4169-b7b2-c8929bf6ced3',
  '.5',
  '+1',
  '1_0',
  '---- dash ----',
  'well-known multi-part-word',
  '--flag',
  'a--b',
  '\u0085',
  '\u00a0',
  '\u2028',
  '\ufeff',
  '\u007f',
  '!x',
]

/** Letters of blocks that no later Unicode added to: what is printable depends on the version. */
const unit = fc
  .oneof(
    fc.integer({ min: 0, max: 0x52f }),
    fc.integer({ min: 0x2000, max: 0x20bf }),
    fc.integer({ min: 0x3041, max: 0x3096 }),
  )
  .map((point) => String.fromCodePoint(point))
const exotic = fc.string({ unit, maxLength: 8 })
const word = fc.oneof(fc.constantFrom(...WORDS), exotic, fc.string({ maxLength: 12 }))
const phrase = fc.array(word, { maxLength: 14 }).map((words) => words.join(' '))
const text = fc.oneof(word, phrase)
/** JavaScript has keys that are whole numbers first, wherever they stood. */
const key = text.filter((name) => !/^\d+$/.test(name))
const scalar = fc.oneof(
  { weight: 5, arbitrary: text },
  { weight: 2, arbitrary: fc.integer() },
  { weight: 1, arbitrary: fc.constantFrom<Json>(null, true, false, 0.5, -2.25) },
)
const nested = fc.oneof(
  { weight: 6, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.dictionary(key, scalar, { maxKeys: 3 }).map((map) => ({ ...map })) },
  { weight: 1, arbitrary: fc.array(fc.dictionary(fc.constantFrom('subnet_id', 'ip'), scalar), { maxLength: 2 }) },
  { weight: 1, arbitrary: fc.array(fc.array(scalar, { maxLength: 2 }), { maxLength: 2 }) },
) as fc.Arbitrary<Json>

const column = fc.oneof(
  fc.constantFrom('id', 'name', 'tenant_id', 'provider:network_type', 'Zone', 'ネット', 'a b'),
  key.map((name) => name.replaceAll(/\p{Cc}/gu, '')), // no name has line breaks
)
const someColumns = fc.uniqueArray(column, { minLength: 1, maxLength: 5 })

const cases = fc.tuple(someColumns, fc.constantFrom('list', 'show'), fc.nat(6)).chain(([columns, kind, rowCount]) => {
  const row = fc.array(nested, { minLength: columns.length, maxLength: columns.length })
  return fc.record({
    kind: fc.constant(kind as 'list' | 'show'),
    columns: fc.constant(columns),
    rows: fc.array(row, { minLength: rowCount, maxLength: rowCount }),
    values: row,
    options: fc.record({
      formatter: fc.constantFrom('table', 'table', 'json', 'yaml', 'value', kind === 'list' ? 'csv' : 'shell'),
      columns: fc.oneof(
        { weight: 3, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: fc.shuffledSubarray([...columns, 'none']) },
      ),
      quote_mode: fc.constantFrom('all', 'minimal', 'none', 'nonnumeric'),
      noindent: fc.boolean(),
      max_width: fc.constantFrom(0, 0, 1, 10, 20, 40, 60, 80, 100),
      fit_width: fc.constant(false),
      print_empty: fc.boolean(),
      sort_columns: fc.oneof(fc.constant([]), fc.shuffledSubarray(columns)),
      sort_direction: fc.constantFrom(null, 'asc', 'desc'),
      prefix: fc.constantFrom('', 'os_'),
      variables: fc.constant([]),
    }),
  })
}) as fc.Arbitrary<Case>

function printedBy(print: () => string): Printed {
  try {
    return { text: print() }
  } catch (error) {
    return { error: (error as Error).message }
  }
}

function rendered({ kind, columns, rows, values, options }: Case): Printed {
  const warnings: string[] = []
  const output = kind === 'list' ? ({ kind, columns, rows } as const) : ({ kind, columns, values } as const)
  const printed = printedBy(() => render(output, options, 0, (line) => warnings.push(line)))
  // cliff looks the name up by the wrong index when it warns of a column, and fails or names another.
  return warnings.length > 0 ? { unsortable: true } : printed
}

function renderedByCliff(all: readonly Case[]): Printed[] {
  const input = all.map((each) => JSON.stringify(each)).join('\n')
  const { stdout, stderr } = spawnSync(CLIFF.command, [CLIFF.script], {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout: 120_000,
  })
  assert.equal(stderr, '')
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { text?: string; error?: string; warnings?: string[] })
    .map(({ text, error, warnings }): Printed => {
      if ((warnings ?? []).length > 0 || error === 'list index out of range') return { unsortable: true }
      return error === undefined ? { text: text! } : { error }
    })
}

test('output: what a command found is printed as cliff prints it, in every format', () => {
  const all = fc.sample(cases, { seed: SEED, numRuns: CASES })
  const theirs = renderedByCliff(all)
  assert.equal(theirs.length, all.length)
  const cells = all.reduce(
    (sum, { kind, rows, columns }) => sum + columns.length * (kind === 'list' ? rows.length : 1),
    0,
  )
  assert.ok(cells > 5_000, `${cells} cells compared`)
  const different = all.flatMap((each, index) => {
    const [ours, expected] = [rendered(each), theirs[index]]
    return isDeepStrictEqual(ours, expected) ? [] : [{ each, ours, expected }]
  })
  assert.deepEqual(different.slice(0, 1), [], `${different.length} of ${all.length} differ`)
})

test('output: the options are those of cliff, in its order', () => {
  const names = (kind: 'list' | 'show') => outputArguments(kind).map(({ flags = [] }) => flags.at(-1))
  assert.deepEqual(names('show'), [
    '--format',
    '--column',
    '--noindent',
    '--variable',
    '--prefix',
    '--max-width',
    '--fit-width',
    '--print-empty',
  ])
  assert.equal(names('list').at(-1), '--sort-descending')
})
