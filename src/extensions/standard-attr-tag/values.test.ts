import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readTag, readTags, refuseTooMany, replacedTags, tagsOfFilter, withTags } from './values.ts'

test('replacing tags keeps those that stay where they were', () => {
  assert.deepEqual(replacedTags(['a', 'b', 'c'], ['d', 'c', 'a']), ['a', 'c', 'd'])
  assert.deepEqual(replacedTags(['a'], []), [])
})

test('adding tags that are there changes nothing', () => {
  assert.deepEqual(withTags(['a', 'b'], ['b', 'a']), ['a', 'b'])
})

test('a tag has at most 255 characters, a body has a list of different ones', () => {
  assert.equal(readTag('x'.repeat(255)).length, 255)
  const long = 'x'.repeat(256)
  const message = (said: string) => ({ message: `Invalid input for operation: ${said}.` })
  assert.throws(() => readTag(long), message(`'${long}' exceeds maximum length of 255`))
  assert.throws(() => readTags({ tags: [long] }), message(`'${long}' exceeds maximum length of 255`))
  assert.throws(() => readTags({ tags: ['a', 'b', 'a'] }), message("Duplicate items in the list: 'a'"))
  assert.throws(() => readTags({ tags: [7] }), message("'7' is not a valid string"))
  assert.throws(() => readTags({ tags: 'a' }), message("'a' is not a list"))
  assert.throws(() => readTags({}), message('Invalid tags body'))
  assert.throws(() => readTags(null), message('Invalid tags body'))
})

test('an object has at most 50 tags', () => {
  const tags = Array.from({ length: 51 }, (_, index) => `t${index}`)
  refuseTooMany('networks', tags.slice(1))
  const message = 'Bad networks request: The number of tags exceed the per-resource limit of 50.'
  assert.throws(() => refuseTooMany('networks', tags), { message })
})

test('a filter names tags with commas, by repeating itself, or both', () => {
  assert.deepEqual(tagsOfFilter(['a,b', 'b', 'c']), ['a', 'b', 'c'])
})
