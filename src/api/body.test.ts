import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseBody } from './body.ts'

test('a body is an object, nothing, or refused', () => {
  assert.deepEqual(parseBody('{"a": {"b": []}}'), { a: { b: [] } })
  assert.equal(parseBody('  '), null)
  const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
  for (const text of ['null', '1', '"a"', '[{}]', '{', '{"a": "\\u0000"}', '{"a\\u0000": 1}', deep]) {
    assert.throws(() => parseBody(text), /Body contains invalid data/, text.slice(0, 20))
  }
})

test('what no database keeps is refused, however deep it stands', () => {
  for (const text of ['"\\u0000"', '"\\ud800"', '"\\udfff\\ud800"', '1e400', '-1e400', '{"\\ud800": 1}']) {
    assert.throws(() => parseBody(`{"a": [{"b": ${text}}]}`), /Body contains invalid data/, text)
  }
  assert.deepEqual(parseBody('{"a": "\\ud83d\\ude00"}'), { a: '😀' })
})

test('of a key that stands twice the last counts, and no key is more than a key', () => {
  assert.deepEqual(parseBody('{"a": 1, "a": 2}'), { a: 2 })
  assert.deepEqual(Object.keys(parseBody('{"__proto__": {"x": 1}, "constructor": 2}')!), ['__proto__', 'constructor'])
})
