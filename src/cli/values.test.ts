/** Unknown options as values, and what is no value. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CliError } from './errors.ts'
import { mergeValues, readValues } from './values.ts'

const read: Record<string, { words: string; values: unknown }> = {
  'a word': { words: '--name x', values: { name: 'x' } },
  'a word behind =': { words: '--name=x=y', values: { name: 'x=y' } },
  'a flag': { words: '--shared --name x', values: { shared: true, name: 'x' } },
  'several words are a list': { words: '--tags a b', values: { tags: ['a', 'b'] } },
  'one word that is to be a list': { words: '--tags list=true a', values: { tags: ['a'] } },
  'an int': { words: '--mtu type=int 1400', values: { mtu: 1400 } },
  'a list of ints': { words: '--n type=int 1 -2', values: { n: [1, -2] } },
  booleans: { words: '--a type=bool True --b type=bool yes', values: { a: true, b: false } },
  'a dict': { words: '--d type=dict a=1,b=2', values: { d: { a: '1', b: '2' } } },
  'a list of dicts': { words: '--d type=dict list=true a=1 b=2', values: { d: [{ a: '1' }, { b: '2' }] } },
  cleared: { words: '--name action=clear --x 1', values: { name: null, x: '1' } },
  'dashes become underscores': {
    words: '-- --port-security-enabled False',
    values: { port_security_enabled: 'False' },
  },
  nothing: { words: '', values: {} },
}

for (const [title, { words, values }] of Object.entries(read)) {
  test(`values: ${title}`, () => assert.deepEqual(readValues(words === '' ? [] : words.split(' ')), values))
}

const refused = {
  x: 'Invalid values_specs x',
  '--a=1 x': 'Invalid values_specs --a=1 x',
  '-x': 'Invalid values_specs -x',
  '--a -x': 'Invalid values_specs --a -x',
  '---a': 'Invalid values_specs ---a',
  'type=int 5': 'Invalid values_specs type=int 5',
  '--a type=int': 'Invalid values_specs --a type=int',
  '--a list=true': 'Invalid values_specs --a list=true',
  '--a type=zzz 5': 'Invalid value_specs --a type=zzz 5: type zzz is not supported',
  '--a 1 --a 2': 'Duplicated options --a 1 --a 2',
  '--a type=int x': "argument --a: invalid int value: 'x'",
}

for (const [words, message] of Object.entries(refused)) {
  test(`values: refuses ${words}`, () => {
    assert.throws(
      () => readValues(words.split(' ')),
      (error) => error instanceof CliError && error.message === message,
    )
  })
}

test('values go into a known list of their name, and stay beside anything else', () => {
  assert.deepEqual(mergeValues({ fields: ['id'], name: 'a' }, { fields: ['name'], name: 'b', tags: ['t'] }), {
    args: { fields: ['id', 'name'], name: 'a' },
    values: { name: 'b', tags: ['t'] },
  })
})
