/** What the grammar makes of words: values, what is left over, and what a refusal says. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Argument } from '#cli/command.ts'
import { dictOf, nonNegative } from '#cli/types.ts'
import { HelpAsked, parseKnown, UsageError } from './parse.ts'

const known: readonly Argument[] = [
  { flags: ['-h', '--help'], name: 'help', action: 'help' },
  { flags: ['-F', '--field'], name: 'fields', action: 'append', default: [] },
  { flags: ['--sort-key'], name: 'sort_key' },
  { flags: ['--sort-dir'], name: 'sort_dir', choices: ['asc', 'desc'] },
  { flags: ['-P', '--page-size'], name: 'page_size', type: 'integer' },
  { flags: ['-v', '--verbose'], name: 'verbose_level', action: 'count', default: 1 },
  { flags: ['-q'], name: 'quiet', action: 'true' },
  { flags: ['--admin-state-down'], name: 'admin_state', action: 'false' },
  { flags: ['--pool'], name: 'pools', action: 'append', type: dictOf({ required: ['start'], optional: ['end'] }) },
  { flags: ['--gateway'], name: 'gateway', exclusive: 'gateway' },
  { flags: ['--no-gateway'], name: 'no_gateway', action: 'true', exclusive: 'gateway' },
  { flags: ['-r', '--retries'], name: 'retries', type: nonNegative },
  { name: 'network', metavar: 'NETWORK' },
  { name: 'cidr', metavar: 'CIDR', nargs: '?' },
]

const untouched = { fields: [], verbose_level: 1, quiet: false, admin_state: true, no_gateway: false }

const read: Record<string, { words: string[]; args: Record<string, unknown>; unknown?: string[] }> = {
  'a positional': { words: ['net1'], args: { network: 'net1' } },
  'positionals around options': {
    words: ['--sort-key', 'name', 'net1', '10.0.0.0/24'],
    args: { network: 'net1', cidr: '10.0.0.0/24', sort_key: 'name' },
  },
  'a word behind options that a positional before them has taken its chance for': {
    words: ['net1', '--sort-key', 'name', '10.0.0.0/24'],
    args: { network: 'net1', sort_key: 'name' },
    unknown: ['10.0.0.0/24'],
  },
  'an option that is repeated': {
    words: ['n', '-F', 'a', '--field', 'b', '-Fc'],
    args: { network: 'n', fields: ['a', 'b', 'c'] },
  },
  'a value behind =': {
    words: ['n', '--sort-key=a=b', '--page-size=5'],
    args: { network: 'n', sort_key: 'a=b', page_size: 5 },
  },
  'abbreviated long options': {
    words: ['n', '--page', '5', '--admin'],
    args: { network: 'n', page_size: 5, admin_state: false },
  },
  'short options together': {
    words: ['n', '-qvvP7'],
    args: { network: 'n', quiet: true, verbose_level: 3, page_size: 7 },
  },
  'negative numbers as values': { words: ['n', '--sort-key', '-5'], args: { network: 'n', sort_key: '-5' } },
  'key=value pairs': {
    words: ['n', '--pool', 'start=1,end=2,3'],
    args: { network: 'n', pools: [{ start: '1', end: '2,3' }] },
  },
  'unknown options with their values left over': {
    words: ['n', '--tags', 'a', '--x=1', '-z'],
    args: { network: 'n' },
    unknown: ['--tags', 'a', '--x=1', '-z'],
  },
  'words behind --': { words: ['--', '-F', 'x'], args: { network: '-F', cidr: 'x' } },
}

for (const [title, { words, args, unknown = [] }] of Object.entries(read)) {
  test(`grammar: ${title}`, () => {
    const parsed = parseKnown('neutron x', known, words)
    const given = Object.fromEntries(Object.entries(parsed.args).filter(([, value]) => value !== undefined))
    assert.deepEqual(given, { ...untouched, ...args })
    assert.deepEqual(parsed.unknown, unknown)
  })
}

const refused: Record<string, { words: string[]; says: string }> = {
  'a missing positional': { words: [], says: 'the following arguments are required: NETWORK' },
  'an option without its value': { words: ['n', '--sort-key'], says: 'argument --sort-key: expected one argument' },
  'an ambiguous abbreviation': {
    words: ['n', '--sort', 'x'],
    says: 'ambiguous option: --sort could match --sort-key, --sort-dir',
  },
  'a value that is none of the choices': {
    words: ['n', '--sort-dir', 'up'],
    says: "argument --sort-dir: invalid choice: 'up' (choose from 'asc', 'desc')",
  },
  'a word that is no number': { words: ['n', '-P', 'x'], says: "argument -P/--page-size: invalid int value: 'x'" },
  'options that exclude each other': {
    words: ['n', '--gateway', '1', '--no-gateway'],
    says: 'argument --no-gateway: not allowed with argument --gateway',
  },
  'a value for a switch': {
    words: ['n', '--no-gateway=1'],
    says: "argument --no-gateway: ignored explicit argument '1'",
  },
  'a key that is not known': {
    words: ['n', '--pool', 'start=1,foo=2'],
    says: "argument --pool: Invalid key(s) 'foo' specified. Valid key(s): 'end, start'.",
  },
  'a key that is missing': {
    words: ['n', '--pool', 'end=1'],
    says: "argument --pool: Required key(s) 'start' not specified.",
  },
  'a pair without =': { words: ['n', '--pool', 'start'], says: "argument --pool: missing value for key 'start'" },
  'a number below zero': { words: ['n', '-r', '-1'], says: 'argument -r/--retries: input value -1 is negative' },
}

for (const [title, { words, says }] of Object.entries(refused)) {
  test(`grammar: refuses ${title}`, () => {
    assert.throws(
      () => parseKnown('neutron x', known, words),
      (error) => error instanceof UsageError && error.message === says && error.exitCode === 2,
    )
  })
}

test('grammar: --help is met before what is missing is', () => {
  assert.throws(() => parseKnown('neutron x', known, ['--help']), HelpAsked)
})
