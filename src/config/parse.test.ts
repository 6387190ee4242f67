import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ConfigError } from './errors.ts'
import { parse } from './parse.ts'

const values = (text: string) =>
  parse('x.conf', text).assignments.map(({ section, name, value }) => [section, name, value])

const cases: { readonly [title: string]: readonly [string, readonly (readonly [string, string, string])[]] } = {
  'the first of = and : divides': [
    '[a]\nk = v: w\nl: m = n',
    [
      ['a', 'k', 'v: w'],
      ['a', 'l', 'm = n'],
    ],
  ],
  'a comment sign after the first column belongs to the value': ['[a]\nk = 1 # x\n;c\n#d', [['a', 'k', '1 # x']]],
  'a continuation is joined with a newline': ['[a]\nk = 1\n  2\n\t3', [['a', 'k', '1\n2\n3']]],
  'an indented comment is a continuation': ['[a]\nk = 1\n # 2', [['a', 'k', '1\n# 2']]],
  'one pair of quotes is removed': [
    `[a]\nk = "'v'"\nl = 'x\nm = "`,
    [
      ['a', 'k', "'v'"],
      ['a', 'l', "'x"],
      ['a', 'm', ''],
    ],
  ],
  'DEFAULT is exact, other sections compare in lower case': [
    '[AGENT]\nk=1\n[Default]\nk=2\n[DEFAULT]\nK=3',
    [
      ['agent', 'k', '1'],
      ['default', 'k', '2'],
      ['DEFAULT', 'K', '3'],
    ],
  ],
  'lines may end as on any system': [
    '[a]\r\nk = 1\rl = 2\n',
    [
      ['a', 'k', '1'],
      ['a', 'l', '2'],
    ],
  ],
}
for (const [title, [text, expected]] of Object.entries(cases)) {
  test(`config file: ${title}`, () => assert.deepEqual(values(text), expected))
}

const refused: { readonly [text: string]: readonly [number, RegExp] } = {
  '[a]\nword': [2, /No ':' or '=' found in assignment: "word"/],
  'k = 1': [1, /Section must be started before assignment/],
  '[a]\n\n = 1': [3, /Unexpected continuation line/],
  '[a]\n= 1': [2, /Key cannot be empty/],
  '[a\n': [1, /Invalid section/],
  '[]': [1, /Empty section name/],
  '[a]\nk = 1\n\n  2': [4, /Unexpected continuation line/],
}
for (const [text, [line, reason]] of Object.entries(refused)) {
  test(`config file: ${JSON.stringify(text)} is refused with its line`, () => {
    assert.throws(
      () => parse('/etc/x.conf', text),
      (error) =>
        error instanceof ConfigError &&
        error.line === line &&
        error.file === '/etc/x.conf' &&
        reason.test(error.message),
    )
  })
}

test('config file: any text is either read or refused with a line of the file', () => {
  const line = fc.oneof(fc.string(), fc.constantFrom('[a]', 'k = v', ' more', '', '# c', '[DEFAULT]', 'k: "v"', '\t'))
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
      const text = lines.join('\n')
      try {
        for (const { line } of parse('x', text).assignments) assert.ok(line >= 1)
      } catch (error) {
        assert.ok(error instanceof ConfigError)
        assert.ok(error.line !== null && error.line <= text.split(/\r\n|\n|\r/).length)
      }
    }),
  )
})

test('config file: what is written plainly is read back', () => {
  const word = fc.stringMatching(/^[a-z_]{1,12}$/)
  const value = fc.stringMatching(/^([a-z0-9/.,:=#$ -]{0,20}[a-z0-9])?$/).map((text) => text.trim())
  fc.assert(
    fc.property(fc.array(fc.tuple(word, word, value), { maxLength: 10 }), (rows) => {
      const text = rows.map(([section, name, item]) => `[${section}]\n${name} = ${item}\n`).join('')
      assert.deepEqual(values(text), rows)
    }),
  )
})
