import assert from 'node:assert/strict'
import { test } from 'node:test'
import { namesIn } from './names.ts'

const networks = (objects: unknown) => namesIn({ networks: objects }, { collection: 'networks', key: 'id' })

test('names: a name that only one has, else the id', () => {
  const objects = [
    { id: '1', name: 'blue' },
    { id: '2', name: 'twice' },
    { id: '3', name: 'twice' },
    { id: '4', name: '' },
    { id: '5' },
    { id: '6', name: 'blue net' },
  ]
  assert.deepEqual(networks(objects), ['2', '3', '4', '5', 'blue', 'blue net'])
})

test('names: nothing that a terminal would take for a command of its own', () => {
  assert.deepEqual(
    networks([
      { id: '1', name: 'a\x1b[2Jb' },
      { id: '2', name: 'a\nb' },
    ]),
    [],
  )
})

test('names: an answer of another shape has none', () => {
  assert.deepEqual(networks(null), [])
  assert.deepEqual(namesIn(null, { collection: 'networks', key: 'id' }), [])
})
