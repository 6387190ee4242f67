import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pageLinks, parseIfMatch } from './query.ts'

const rels = (count: number, reverse: boolean) =>
  pageLinks('http://h/v2.0/x', new URLSearchParams('limit=2&marker=0'), ['1', '2'].slice(0, count), {
    limit: 2,
    reverse,
  }).map(({ rel, href }) => `${rel} ${href.slice(href.indexOf('?') + 1)}`)

test('a full page links both ways, a short one only backwards (in reading direction)', () => {
  assert.deepEqual(rels(2, false), ['next limit=2&marker=2', 'previous limit=2&marker=1&page_reverse=True'])
  assert.deepEqual(rels(1, false), ['previous limit=2&marker=1&page_reverse=True'])
  assert.deepEqual(rels(0, false), ['previous limit=2&page_reverse=True'])
  assert.deepEqual(rels(1, true), ['next limit=2&marker=1'])
})

test('If-Match: quoted or not, other tags ignored', () => {
  assert.equal(parseIfMatch(undefined), undefined)
  assert.equal(parseIfMatch('*'), undefined)
  assert.equal(parseIfMatch('"abc", revision_number=3'), 3)
  assert.equal(parseIfMatch('W/"revision_number=4"'), 4)
  assert.throws(() => parseIfMatch('revision_number='), /must be in the format of revision_number=<int>/)
})
