import assert from 'node:assert/strict'
import { test } from 'node:test'
import { discover, type Feature, orderFeatures, serviceNames } from './discover.ts'

const feature = (alias: string, requires: string[] = [], announces: string[] = []): Feature => ({
  folder: `extensions/${alias}`,
  definition: {
    alias,
    name: alias,
    description: alias,
    updated: '2026-01-01T00:00:00-00:00',
    requires,
    announces: announces.map((name) => ({ alias: name, name, description: name, updated: '' })),
  },
  plugin: null,
  policies: [],
  migrations: [],
})
const folders = (features: readonly Feature[]) => features.map(({ folder }) => folder.slice(11)).join(' ')

test('what a feature requires comes before it, also by an announced alias', () => {
  assert.equal(folders(orderFeatures([feature('a', ['c']), feature('b'), feature('c', [], ['d'])])), 'c a b')
  assert.equal(folders(orderFeatures([feature('a', ['d']), feature('c', [], ['d'])])), 'c a')
})

test('what is missing or circular is named', () => {
  assert.throws(() => orderFeatures([feature('a', ['x'])]), /extensions\/a requires extension x, which is not loaded/)
  assert.throws(() => orderFeatures([feature('a', ['b']), feature('b', ['a'])]), /require each other/)
})

test('what is always loaded comes without what it needs being there: not at all', async () => {
  const folders = async (services: readonly string[]) => (await discover(services)).map(({ folder }) => folder)
  assert.equal((await folders([])).includes('services/auto_allocate'), false)
  assert.ok((await folders(['router'])).includes('services/auto_allocate'))
  await assert.rejects(discover(['auto_allocate']), /requires extension router/)
})

test('service plugins are named by folder or by upstream class path', () => {
  const path = 'neutron.services.l3_router.l3_router_plugin.L3RouterPlugin'
  assert.deepEqual(serviceNames(['router', path, '']), ['router'])
})
