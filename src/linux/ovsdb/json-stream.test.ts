import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { JsonStream } from './json-stream.ts'

test('a stream of JSON texts cut anywhere gives the same values', () => {
  const value = fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.jsonValue()))
  fc.assert(
    fc.property(fc.array(value), fc.integer({ min: 1, max: 20 }), (values, step) => {
      const texts = values.map((item) => JSON.stringify(item))
      const stream = new JsonStream()
      const all = texts.join('')
      const got: unknown[] = []
      for (let at = 0; at < all.length; at += step) got.push(...stream.push(all.slice(at, at + step)))
      assert.deepEqual(
        got,
        texts.map((text) => JSON.parse(text)),
      )
    }),
  )
})
