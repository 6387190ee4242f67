import assert from 'node:assert/strict'
import { test } from 'node:test'
import { smallList } from './small-list.ts'

const items = [
  { name: 'a', on: true },
  { name: 'b', on: false },
]
const list = (query: string) => smallList(items, ['name', 'on'], new URLSearchParams(query))

test('a small list is filtered as others are: values of one key are alternatives, keys narrow down', () => {
  assert.deepEqual(list(''), items)
  assert.deepEqual(list('name=b&name=c'), [items[1]])
  assert.deepEqual(list('on=True&limit=1'), [items[0]])
  assert.deepEqual(list('on=true&name=b'), [])
  assert.deepEqual(list('fields=name&name=a'), [{ name: 'a' }])
  assert.throws(() => list('colour=red'), /\['colour'\] is invalid attribute for filtering/)
})
