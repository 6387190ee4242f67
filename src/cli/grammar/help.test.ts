/** Help and usage as argparse lays them out. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Argument } from '#cli/command.ts'
import { helpArgument, helpText } from './help.ts'
import { usage } from './usage.ts'
import { wrap } from './wrap.ts'

const known: readonly Argument[] = [
  helpArgument,
  {
    flags: ['-f', '--format'],
    name: 'formatter',
    choices: ['json', 'table'],
    help: 'the output format',
    group: 'formatters',
  },
  {
    flags: ['-F', '--field'],
    name: 'fields',
    metavar: 'FIELD',
    help: 'A field that the server should answer; can be repeated.',
  },
  { flags: ['--hidden_one'], name: 'hidden' },
  { flags: ['--gateway'], name: 'gateway', help: 'Address.', exclusive: 'gateway' },
  { flags: ['--no-gateway'], name: 'no_gateway', action: 'true', help: 'None.', exclusive: 'gateway' },
  { name: 'network', metavar: 'NETWORK', nargs: '+', help: 'ID(s) or name(s).' },
]

test('help: usage, description, positionals, options and groups, hidden options left out', () => {
  assert.equal(
    helpText('neutron net-show', 'Show a network.', known, 62),
    `usage: neutron net-show [-h] [-f {json,table}] [-F FIELD]
                        [--gateway GATEWAY | --no-gateway]
                        NETWORK [NETWORK ...]

Show a network.

positional arguments:
  NETWORK               ID(s) or name(s).

options:
  -h, --help            show this help message and exit
  -F FIELD, --field FIELD
                        A field that the server should
                        answer; can be repeated.
  --gateway GATEWAY     Address.
  --no-gateway          None.

formatters:
  -f {json,table}, --format {json,table}
                        the output format
`,
  )
})

test('usage: on one line where there is room', () => {
  assert.equal(
    usage('neutron net-show', known, 118),
    'usage: neutron net-show [-h] [-f {json,table}] [-F FIELD] [--gateway GATEWAY | --no-gateway] NETWORK [NETWORK ...]',
  )
})

const wrapped = {
  'at spaces': { text: 'one two three', width: 8, lines: ['one two', 'three'] },
  'behind hyphens between letters': {
    text: 'see the net-list command',
    width: 12,
    lines: ['see the net-', 'list command'],
  },
  'inside a word that is too long': { text: 'a verylongword', width: 6, lines: ['a very', 'longwo', 'rd'] },
  'not at all': { text: 'short', width: 80, lines: ['short'] },
}

for (const [title, { text, width, lines }] of Object.entries(wrapped)) {
  test(`wrap: ${title}`, () => assert.deepEqual(wrap(text, width), lines))
}
