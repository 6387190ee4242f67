import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Argument } from '#cli/command.ts'
import type { Outline } from '#cli/outline.ts'
import { completeLine, type Known } from './completion.ts'

const NETWORK: Outline = {
  name: 'network',
  collection: 'networks',
  body: 'network',
  path: '/networks',
  parent: null,
  key: 'id',
  methods: ['list'],
  owned: true,
  attributes: {},
  actions: [],
}
const ARGUMENTS: Record<string, Argument[]> = {
  'net-list': [{ flags: ['--name'], name: 'name', help: 'by name' }],
  'net-show': [{ name: 'id', metavar: 'NETWORK', help: 'the network' }],
  'explain port': [{ name: 'id', metavar: 'NETWORK', help: 'the network' }],
}
const known: Known = {
  commands: Object.keys(ARGUMENTS).map((word) => ({ word, help: `of ${word}` })),
  more: [{ word: 'exit', help: 'leave' }],
  outlines: { network: NETWORK },
  argumentsOf: async (name) => ARGUMENTS[name]!,
  globals: [
    { flags: ['--os-cloud'], name: 'os_cloud', help: 'a cloud' },
    { flags: ['--os-cacert'], name: 'os_cacert', metavar: '<ca-certificate>', help: 'a file' },
    { flags: ['-v', '--debug'], name: 'verbose_level', action: 'count', help: 'say more' },
  ],
}
const namesOf = async () => ['blue', 'blue net', 'red']

const cases: Record<string, string[] | 'files'> = {
  '': ['net-list', 'net-show', 'explain', 'exit'],
  'net-s': ['net-show'],
  'net-show ': ['blue', 'blue net', 'red'],
  'net-show bl': ['blue', 'blue net'],
  "net-show 'blue ": ['blue net'],
  'explain po': ['port'],
  'explain port r': ['red'],
  'net-list --n': ['--name'],
  'help net-': ['net-list', 'net-show'],
  '? ex': ['explain', 'exit'],
  '--os-c': ['--os-cloud', '--os-cacert'],
  '--os-cacert ': 'files',
  '--os-cloud x net-s': ['net-show'],
  '--debug --os-cloud=x net-show r': ['red'],
  'unknown x': [],
}
for (const [line, wanted] of Object.entries(cases)) {
  test(`completion: '${line}' and Tab`, async () => {
    const { choices, files } = await completeLine(line, known, namesOf)
    assert.deepEqual(files ? 'files' : choices.map(({ word }) => word), wanted)
  })
}
