import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parse } from 'yaml'
import { readPlainYaml } from './plain-yaml.ts'

const USUAL = `---
# written by hand
clouds:
  lab:
    auth:
      auth_url: http://127.0.0.1:5000/v3
      username: "demo"
      password: 'pa#ss: word'
      project_name: demo

    region_name: RegionOne
    identity_api_version: 3
    verify: false
  other:
      auth_type: none
`

test('plain yaml: the usual clouds.yaml is read, and as a whole parser reads it', () => {
  const read = readPlainYaml(USUAL)
  assert.notEqual(read, null)
  assert.deepEqual(read, parse(USUAL))
})

const BEYOND = {
  'a list': 'clouds:\n  - a: b\n',
  'a flow map': 'clouds: {a: b}\n',
  'an escape': 'a: "x\\n"\n',
  'an anchor': 'a: &x b\n',
  'text of several words': 'a: b c\n',
  'a comment behind a value': 'a: b # c\n',
  'a word that YAML 1.1 takes for true': 'a: yes\n',
  null: 'a: null\n',
  'nothing below a name': 'a:\nb: c\n',
  'nothing below the last name': 'a:\n',
  'a number that is not an integer': 'a: 3.0\n',
  'a number in octal': 'a: 010\n',
  'a name twice': 'a: b\na: c\n',
  'wrong indentation': 'a: b\n  c: d\n',
  'a tab': 'a:\n\tb: c\n',
  'a block of text': 'a: |\n  b\n',
  'lines that end as on Windows': 'a: b\r\n',
  'nothing at all': '',
}

for (const [title, text] of Object.entries(BEYOND)) {
  test(`plain yaml: ${title} is left to a whole parser`, () => assert.equal(readPlainYaml(text), null))
}

test('plain yaml: what it reads, a whole parser reads the same', () => {
  const indent = fc.constantFrom('', '', '', '  ', '  ', '    ')
  const key = fc.constantFrom('a', 'b', 'auth_url', 'c-d', 'true', 'No', '1')
  const value = fc.constantFrom(
    '',
    ' x',
    ' "q"',
    " 'a: b'",
    ' 12',
    ' 0',
    ' -7',
    ' 1e3',
    ' .5',
    ' True',
    ' ~',
    ' x:',
    ' x: y',
    ' a/b:1',
    ' /x',
    ' 2020-01-01',
    ' *a',
    ' x #y',
    ' http://h:1/v3',
    ' FALSE',
    ' null',
    ' 0x10',
  )
  const line = fc.tuple(indent, key, value).map(([blank, name, rest]) => `${blank}${name}:${rest}`)
  const other = fc.constantFrom('', '  # note', '- x', '---', '  more')
  const text = fc
    .array(fc.oneof({ arbitrary: line, weight: 12 }, other), { maxLength: 4 })
    .map((lines) => lines.join('\n'))
  let read = 0
  fc.assert(
    fc.property(text, (yaml) => {
      const plain = readPlainYaml(yaml)
      if (plain === null) return
      read += 1
      assert.deepEqual(plain, parse(yaml))
    }),
    { numRuns: 10_000, seed: 7 },
  )
  assert.ok(read > 100, String(read))
})
