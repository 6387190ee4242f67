/** Expectations are what cliff 4.0 printed; test/e2e/output.test.ts compares many more with cliff itself. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from '#base/json.ts'
import { outputArguments } from './arguments.ts'
import { type OutputOptions, render } from './render.ts'

const ports = {
  kind: 'list',
  columns: ['id', 'name', 'mtu', 'up', 'fixed_ips'],
  rows: [
    ['p1', 'ネット', 1500, true, [{ ip: '10.0.0.1' }]],
    ['p2', "it's", 9000, false, null],
  ],
} as const
const port = { kind: 'show', columns: ['id', 'binding:host_id'], values: ['p1', 'a "b"'] } as const

const cases: Record<string, { output: typeof ports | typeof port; options: OutputOptions; lines: readonly string[] }> =
  {
    'a table counts wide characters twice, and puts numbers to the right': {
      output: ports,
      options: { columns: ['name', 'mtu', 'up'] },
      lines: [
        '+--------+------+-------+',
        '| name   |  mtu | up    |',
        '+--------+------+-------+',
        '| ネット | 1500 | True  |',
        "| it's   | 9000 | False |",
        '+--------+------+-------+',
      ],
    },
    'a table is wrapped where it is wider than asked': {
      output: ports,
      options: { columns: ['id', 'fixed_ips'], max_width: 22 },
      lines: [
        '+----+---------------+',
        '| id | fixed_ips     |',
        '+----+---------------+',
        "| p1 | [{'ip':       |",
        "|    | '10.0.0.1'}]  |",
        '| p2 | None          |',
        '+----+---------------+',
      ],
    },
    'one object is a table of fields': {
      output: port,
      options: {},
      lines: [
        '+-----------------+-------+',
        '| Field           | Value |',
        '+-----------------+-------+',
        '| id              | p1    |',
        '| binding:host_id | a "b" |',
        '+-----------------+-------+',
      ],
    },
    'shell gives names that a shell can have': {
      output: port,
      options: { formatter: 'shell', prefix: 'os_' },
      lines: ['os_id="p1"', 'os_binding_host_id="a \\"b\\""'],
    },
    'json is ASCII': {
      output: ports,
      options: { formatter: 'json', noindent: true, columns: ['name', 'fixed_ips'] },
      lines: [
        '[{"name": "\\u30cd\\u30c3\\u30c8", "fixed_ips": [{"ip": "10.0.0.1"}]}, {"name": "it\'s", "fixed_ips": null}]',
      ],
    },
    'yaml quotes what is not plain': {
      output: ports,
      options: { formatter: 'yaml', columns: ['name', 'mtu', 'fixed_ips'] },
      lines: [
        '- fixed_ips:',
        '  - ip: 10.0.0.1',
        '  mtu: 1500',
        '  name: "\\u30CD\\u30C3\\u30C8"',
        '- fixed_ips: null',
        '  mtu: 9000',
        "  name: it's",
      ],
    },
    'csv quotes what is no number': {
      output: ports,
      options: { formatter: 'csv', columns: ['id', 'mtu', 'fixed_ips'] },
      lines: ['"id","mtu","fixed_ips"', '"p1",1500,"[{\'ip\': \'10.0.0.1\'}]"', '"p2",9000,""'],
    },
    'value is bare, sorted as asked': {
      output: ports,
      options: { formatter: 'value', columns: ['id', 'mtu'], sort_columns: ['mtu'], sort_direction: 'desc' },
      lines: ['p2 9000', 'p1 1500'],
    },
  }

for (const [title, { output, options, lines }] of Object.entries(cases)) {
  test(`output: ${title}`, () => assert.deepEqual(render(output, options, 0).split('\n'), [...lines, '']))
}

test('output: a list without rows is an empty line, or with --print-empty its header', () => {
  const nothing = { kind: 'list', columns: ['id'], rows: [] } as const
  assert.equal(render(nothing, {}, 0), '\n')
  assert.equal(render(nothing, { print_empty: true }, 0), '+----+\n| id |\n+----+\n+----+\n')
  assert.equal(render(nothing, { formatter: 'yaml' }, 0), '[]\n')
})

test('output: columns that are not there are named, with those that are', () => {
  const known = "Recognized columns are ['id', 'name', 'mtu', 'up', 'fixed_ips']."
  assert.throws(() => render(ports, { columns: ['ID'] }, 0), {
    message: `No recognized column names in ['ID']. ${known}`,
  })
})

test('output: a column that cannot be sorted by is warned of, and the rest is done', () => {
  const warnings: string[] = []
  const mixed = {
    kind: 'list',
    columns: ['a', 'b'],
    rows: [
      ['x', 2],
      [1, 1],
    ] as Json[][],
  } as const
  const options = { formatter: 'value', sort_columns: ['a', 'b'] }
  assert.equal(
    render(mixed, options, 0, (line) => warnings.push(line)),
    '1 1\nx 2\n',
  )
  assert.deepEqual(warnings, ["Could not sort on field 'a'; unsortable types"])
})

test('output: the terminal is fitted when that is asked for, by an option or the environment', () => {
  const wide = { kind: 'list', columns: ['text'], rows: [['one two three four']] } as const
  const lines = (options: OutputOptions, columns: number) => render(wide, options, columns).split('\n').length
  assert.equal(lines({ fit_width: true }, 14), 7)
  assert.equal(lines({ fit_width: true }, 0), 6)
  const fit = outputArguments('list', { CLIFF_FIT_WIDTH: '1', CLIFF_MAX_TERM_WIDTH: '30' })
  assert.deepEqual(
    fit.filter(({ name }) => /width/.test(name)).map((argument) => argument.default),
    [30, true],
  )
  assert.throws(() => outputArguments('list', { CLIFF_FIT_WIDTH: 'x' }), {
    message: "invalid literal for int() with base 10: 'x'",
  })
})
