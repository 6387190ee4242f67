import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Argument } from '#cli/command.ts'
import type { Outline, Outlines } from '#cli/outline.ts'
import { commandChoices, commandOf, namedBy, nextOf } from './complete.ts'

function outline(name: string, collection: string, parent: string | null = null): Outline {
  return {
    name,
    collection,
    body: name,
    path: `/${collection}`,
    parent,
    key: 'id',
    methods: ['list', 'show'],
    owned: true,
    attributes: {},
    actions: [],
  }
}
const OUTLINES: Outlines = {
  network: outline('network', 'networks'),
  port: outline('port', 'ports'),
  agent: outline('agent', 'agents'),
  port_binding: outline('port_binding', 'bindings', 'port'),
}
const KNOWN: Argument[] = [
  { flags: ['-h', '--help'], name: 'help', action: 'help', help: 'show this help message and exit' },
  { flags: ['--request-format'], name: 'request_format' },
  { flags: ['-f', '--format'], name: 'format', choices: ['json', 'table'], help: 'the output format' },
  { flags: ['-c', '--column'], name: 'columns', action: 'append', help: 'a column' },
  { flags: ['--port'], name: 'port_id', metavar: 'PORT', help: 'the port' },
  { flags: ['--up'], name: 'up', action: 'true', exclusive: 'state', help: 'up' },
  { flags: ['--down'], name: 'down', action: 'true', exclusive: 'state', help: 'down' },
  { flags: ['--key-file'], name: 'key', metavar: 'FILE', help: 'a file' },
  { name: 'id', metavar: 'NETWORK', help: 'the network' },
  { name: 'kind', choices: ['in', 'out'], help: 'which' },
]

const cases: Record<string, { rest: string[]; current: string; next: string | string[] }> = {
  'a positional names an object': { rest: [], current: 'bl', next: 'names of network' },
  'the next positional has choices': { rest: ['blue'], current: '', next: ['in', 'out'] },
  'choices that begin like it': { rest: ['blue'], current: 'o', next: ['out'] },
  'options that begin like it, without hidden ones': { rest: [], current: '--p', next: ['--port'] },
  'the long form of an option': { rest: [], current: '-f', next: ['-f'] },
  'choices of an option': { rest: ['-f'], current: '', next: ['json', 'table'] },
  'choices behind =': { rest: [], current: '--format=j', next: ['--format=json'] },
  'an option that names an object': { rest: ['--port'], current: 'w', next: 'names of port' },
  'an object behind =': { rest: [], current: '--port=w', next: 'names of port behind --port=' },
  'a file': { rest: ['--key-file'], current: '', next: 'files' },
  'an option that is used is not offered again, one that may be repeated is': {
    rest: ['-f', 'json', '-c', 'id', '--port', 'p', '--key-file', 'f', '-h'],
    current: '--',
    next: ['--column', '--up', '--down'],
  },
  'of options that exclude each other one': { rest: ['--up'], current: '--d', next: [] },
  'when all is there, the options': { rest: ['blue', 'in', '--up'], current: '--ke', next: ['--key-file'] },
  'the value of an unknown option is not a positional we know': {
    rest: ['blue', 'in', 'x'],
    current: 'y',
    next: 'nothing',
  },
  'behind -- nothing is an option': { rest: ['--'], current: '--p', next: 'names of network' },
}
for (const [title, { rest, current, next }] of Object.entries(cases)) {
  test(`complete: ${title}`, () => {
    const found = nextOf(KNOWN, rest, current, OUTLINES)
    const told =
      found.kind === 'choices'
        ? found.choices.map(({ word }) => word)
        : found.kind === 'names'
          ? `names of ${found.outline.name}${found.before && ` behind ${found.before}`}`
          : found.kind
    assert.deepEqual(told, next)
  })
}

test('complete: the longest command that is known, and the words behind it', () => {
  const names = new Set(['explain', 'explain port', 'net-list'])
  assert.deepEqual(commandOf(['explain', 'port', 'x'], names), { name: 'explain port', rest: ['x'] })
  assert.deepEqual(commandOf(['explain', 'x'], names), { name: 'explain', rest: ['x'] })
  assert.equal(commandOf(['net-lis'], names), null)
  assert.equal(commandOf([], names), null)
})

test('complete: commands, a word at a time', () => {
  const commands = ['explain port', 'explain router', 'net-list', 'net-show'].map((word) => ({
    word,
    help: `of ${word}`,
  }))
  assert.deepEqual(
    commandChoices([], 'e', commands).map(({ word }) => word),
    ['explain'],
  )
  assert.deepEqual(commandChoices(['explain'], 'p', commands), [{ word: 'port', help: 'of explain port' }])
  assert.deepEqual(
    commandChoices([], 'net-', commands).map(({ word }) => word),
    ['net-list', 'net-show'],
  )
})

test('complete: what stands for a value says whose names it takes', () => {
  const named = (metavar: string) => namedBy({ name: 'x', metavar }, OUTLINES)?.name
  assert.equal(named('EXTERNAL-NETWORK'), 'network')
  assert.equal(named('DHCP_AGENT'), 'agent')
  assert.equal(named('PORT_ID'), 'port')
  assert.equal(named('<network>'), 'network')
  assert.equal(named('CIDR'), undefined)
  assert.equal(named('PORT_BINDING'), undefined)
  assert.equal(namedBy({ flags: ['--network'], name: 'network_id' }, OUTLINES)?.name, 'network')
})
