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
