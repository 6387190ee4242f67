import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UsageError } from '#cli/grammar/parse.ts'
import { readWords } from './arguments.ts'

const read = (line: string) => readWords(line === '' ? [] : line.split(' '))
const refusal = (line: string) => {
  try {
    return JSON.stringify(read(line))
  } catch (error) {
    return error instanceof UsageError ? `${error.prog}: ${error.message} (${error.exitCode})` : String(error)
  }
}

test('options stand before the verb, its own after it', () => {
  const request = read('--config-file a --config-file=b --config-dir c --database-connection d upgrade --delta 2 +1')
  assert.ok('verb' in request)
  const { config_file, config_dir, connection } = request.top
  assert.deepEqual([config_file, config_dir, connection], [['a', 'b'], ['c'], 'd'])
  const { name, delta, revision, expand } = { name: request.verb.name, ...request.args } as Record<string, unknown>
  assert.deepEqual([name, delta, revision, expand], ['upgrade', 2, '+1', false])
})

test('help is of the command or of the verb', () => {
  const helped = (line: string) => {
    const request = read(line)
    return 'help' in request ? (request.help?.name ?? 'all') : 'none'
  }
  assert.deepEqual(['-h', '--help', '--config-file x --help', 'stamp --help'].map(helped), [
    'all',
    'all',
    'all',
    'stamp',
  ])
})

const refused: { readonly [line: string]: string } = {
  '': 'neutron-db-manage: the following arguments are required: command (2)',
  '--config-file': 'neutron-db-manage: argument --config-file: expected one argument (2)',
  stamp: 'neutron-db-manage stamp: the following arguments are required: revision (2)',
  'upgrade a b': 'neutron-db-manage: unrecognized arguments: b (2)',
  'upgrade --expand --contract':
    'neutron-db-manage upgrade: argument --contract: not allowed with argument --expand (2)',
  'upgrade --delta x': "neutron-db-manage upgrade: argument --delta: invalid int value: 'x' (2)",
  '--bogus x current': 'neutron-db-manage: unrecognized arguments: --bogus x (2)',
}

for (const [line, expected] of Object.entries(refused)) {
  test(`neutron-db-manage ${line}: refused`, () => assert.equal(refusal(line), expected))
}
