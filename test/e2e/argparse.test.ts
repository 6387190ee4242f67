/**
 * The grammar beside Python's argparse: what both make of the same arguments and the same words, values, refusals and
 * help texts alike. Random cases, so that nobody has to think of them.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Json } from '#base/json.ts'
import type { Argument } from '#cli/command.ts'
import { helpArgument, helpText, widthOf } from '#cli/grammar/help.ts'
import { HelpAsked, parseKnown, UsageError } from '#cli/grammar/parse.ts'
import { usage } from '#cli/grammar/usage.ts'

const CASES = 1000

interface Case {
  readonly prog: string
  readonly description: string
  readonly columns: number
  readonly arguments: readonly Argument[]
  readonly words: readonly string[]
}

interface Answer {
  readonly help: string
  readonly args?: Readonly<Record<string, Json>>
  readonly unknown?: readonly string[]
  readonly code?: number
  readonly printed?: string
}

const NAMES = ['name', 'no-gateway', 'field', 'sort-key', 'fixed-ip', 'network', 'network-type', 'q']
/** Those that have a short flag as well, where a case says so. */
const SHORT = ['name', 'field', 'q']
const HELP = [
  'Name of the port.',
  'How IPv6 addresses are given to hosts (dhcpv6-stateful, dhcpv6-stateless, slaac); can be repeated, see net-list',
  'ip_address=IP_ADDR|CIDR[,mac_address=MAC_ADDR] and a_very_long_word_without_any_break_that_goes_on_and_on_and_on.',
  'x',
]

const value = fc.record(
  {
    nargs: fc.constantFrom<NonNullable<Argument['nargs']>>('?', '*', '+', 1, 2),
    metavar: fc.constantFrom('NETWORK', '<id>', 'start=IP_ADDR,end=IP_ADDR'),
    type: fc.constant('integer' as const),
    help: fc.constantFrom(...HELP),
  },
  { requiredKeys: [] },
)
const store = value.map((said): Partial<Argument> => said)
const choosing = fc.record({ choices: fc.constant(['asc', 'desc']), help: fc.constantFrom(...HELP) })
const switches = fc.record({
  action: fc.constantFrom<NonNullable<Argument['action']>>('true', 'false', 'count'),
  help: fc.constantFrom(...HELP),
})
const append = fc.record({ action: fc.constant('append' as const), help: fc.constantFrom(...HELP) })
const more = fc.record(
  {
    group: fc.constantFrom('filtering arguments', 'table formatter'),
    required: fc.constant(true),
  },
  { requiredKeys: [] },
)

function option(name: string): fc.Arbitrary<Argument> {
  return fc.tuple(fc.oneof(store, choosing, switches, append), more, fc.boolean()).map(([said, more, short]) => ({
    ...said,
    ...more,
    flags: short && SHORT.includes(name) ? [`-${name[0]!.toUpperCase()}`, `--${name}`] : [`--${name}`],
    name: name.replaceAll('-', '_'),
  }))
}

const positional = (name: string) => fc.oneof(store, choosing).map((said): Argument => ({ ...said, name }))

/** Two options that exclude each other, beside each other. */
const exclusive = fc
  .tuple(option('security-group'), option('no-security-groups'))
  .map((pair) =>
    pair.map(({ required: _required, group: _group, ...said }): Argument => ({ ...said, exclusive: 'groups' })),
  )

const known = fc
  .tuple(
    fc.subarray(NAMES).chain((names) => fc.tuple(...names.map(option))),
    fc.option(exclusive, { nil: [] }),
    fc.subarray(['id', 'cidr', 'rest']).chain((names) => fc.tuple(...names.map(positional))),
  )
  .map(([options, pair, positionals]): Argument[] => [...options, ...pair, ...positionals])

const words = fc.array(
  fc.oneof(
    fc.constantFrom(
      ...NAMES.map((name) => `--${name}`),
      '--net',
      '--n',
      '--no',
      '--security-group',
      '--no-security-groups',
    ),
    fc.constantFrom(
      '--name=x',
      '--fixed-ip=a=b',
      '-Fx',
      '-F',
      '-N',
      '-q5',
      '-Nx',
      '--unknown',
      '--unknown=1',
      '-x',
      '-h',
    ),
    fc.constantFrom('a', 'net1', '10.0.0.0/24', 'asc', '5', '-5', '', 'with space', "it's", '-', '--', '- x'),
  ),
  { maxLength: 8 },
)

const cases = fc.record({
  prog: fc.constantFrom('neutron', 'neutron net-list', 'neutron security-group-rule-create'),
  description: fc.constantFrom('List networks.', HELP[1]!),
  columns: fc.constantFrom(40, 80, 120),
  arguments: known,
  words,
})

function ours({ prog, description, columns, arguments: said, words }: Case): Answer {
  const known = [helpArgument, ...said]
  const help = helpText(prog, description, known, columns)
  try {
    const { args, unknown } = parseKnown(prog, known, words)
    return {
      help,
      args: Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined)) as Answer['args'] & {},
      unknown,
    }
  } catch (error) {
    if (error instanceof HelpAsked) return { help, code: 0, printed: help }
    if (!(error instanceof UsageError)) throw error
    const printed = `${usage(prog, known, widthOf(columns))}\n${prog}: error: ${error.message}\n`
    return { help, code: error.exitCode, printed }
  }
}

test("the grammar reads, refuses and explains as Python's argparse does", (context) => {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)
  context.diagnostic(`seed ${seed}`)
  const all = fc.sample(cases, { numRuns: CASES, seed })
  const ran = spawnSync('/usr/bin/python3', [`${import.meta.dirname}/argparse-oracle.py`], {
    input: JSON.stringify(all),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout: 120_000,
  })
  assert.equal(ran.status, 0, ran.stderr)
  const theirs = JSON.parse(ran.stdout) as Answer[]
  for (const [index, one] of all.entries()) {
    assert.deepEqual(ours(one), theirs[index], JSON.stringify(one, null, 1))
  }
})
