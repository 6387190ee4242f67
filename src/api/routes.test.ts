import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RouteTable } from './routes.ts'

const handle = async () => ({ status: 200 })
const table = new RouteTable([
  { method: 'GET', path: '/my_quotas/tenant', handle },
  { method: 'GET', path: '/my_quotas/{id}', handle },
  { method: 'PUT', path: '/my_quotas/{id}/details', handle },
])

test('text goes before variables, dashes are underscores, what is unfinished is nothing', () => {
  assert.deepEqual(table.find(['my-quotas', 'tenant'])?.params, {})
  assert.deepEqual(table.find(['my_quotas', 'x'])?.params, { id: 'x' })
  assert.deepEqual([...(table.find(['my_quotas', 'x', 'details'])?.handlers.keys() ?? [])], ['PUT'])
  assert.equal(table.find(['my_quotas']), null)
  assert.equal(table.find(['my_quotas', 'x', 'other']), null)
})

test('text keeps the ending that was cut off, an id does not', () => {
  const tags = new RouteTable([
    { method: 'GET', path: '/things/{id}', handle },
    { method: 'GET', path: '/things/{id}/tags/{tag:text}', handle },
  ])
  assert.deepEqual(tags.find(['things', 'x'], '.json')?.params, { id: 'x' })
  const found = tags.find(['things', 'x', 'tags', 'a'], '.json')
  assert.deepEqual(found?.params, { id: 'x', tag: 'a.json' })
  assert.deepEqual([...(found?.texts ?? [])], ['tag'])
})

test('a variable has one name, whoever uses it', () => {
  const paths = ['/a/{id}/b', '/a/{other}/c'].map((path) => ({ method: 'GET', path, handle }) as const)
  assert.throws(() => new RouteTable(paths), /\{other\} is \{id\} elsewhere/)
})

test('a path has one owner', () => {
  const twice = { method: 'GET', path: '/a', handle } as const
  assert.throws(() => new RouteTable([twice, twice]), /answered twice/)
})
