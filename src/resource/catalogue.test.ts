import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Owner, readCreate, readUpdate } from './attributes.ts'
import { compileCatalogue } from './catalogue.ts'
import { defineExtension, identity } from './definition.ts'

const base = defineExtension({
  alias: 'thing',
  name: 'Things',
  description: 'Things.',
  updated: '2026-01-01T00:00:00-00:00',
  unlisted: true,
  resources: [
    {
      name: 'big_thing',
      collection: 'big_things',
      attributes: { ...identity, size: { type: 'integer', allow: 'post', query: 'sort' } },
    },
  ],
})
const colours = defineExtension({
  alias: 'colour',
  name: 'Colours',
  description: 'Colours.',
  updated: '2026-01-01T00:00:00-00:00',
  extends: {
    big_thing: {
      colour: { type: 'string', allow: 'post put', default: 'red', query: 'filter' },
      secret: { type: 'string', allow: 'post put', optional: true, hidden: true },
    },
  },
  announces: [{ alias: 'shine', name: 'Shine', description: 'Shine.', updated: '2026-01-01T00:00:00-00:00' }],
})
const catalogue = compileCatalogue([base, colours])
const thing = catalogue.resources.get('big_thing')!
const alice: Owner = { projectId: 'a', maySetProject: false }
const admin = { projectId: 'x', maySetProject: true }

test('attributes of extensions are merged in; project_id has its twin', () => {
  assert.deepEqual(thing.visible, ['id', 'name', 'project_id', 'tenant_id', 'size', 'colour'])
  assert.deepEqual([...thing.filters], ['id', 'name', 'project_id', 'tenant_id', 'colour'])
  assert.deepEqual([...thing.sorts], ['id', 'name', 'project_id', 'tenant_id', 'size'])
  assert.equal(thing.notFound('7').message, 'Big thing 7 could not be found.')
  assert.equal(thing.notFound('7').type, 'BigThingNotFound')
})

test('the list of extensions has announced aliases and not the core', () => {
  assert.deepEqual(
    catalogue.listed.map(({ alias }) => alias),
    ['colour', 'shine'],
  )
  assert.throws(() => compileCatalogue([colours, colours]), /announced twice/)
  assert.throws(() => compileCatalogue([base, { ...base, alias: 'other' }]), /defined twice/)
})

test('a create fills in owner and defaults, and leaves out what is optional', () => {
  const values = readCreate(thing, { size: '3' }, alice)
  assert.deepEqual(values, { size: 3, project_id: 'a', name: '', colour: 'red' })
  assert.deepEqual(readCreate(thing, { size: 3, tenant_id: 'b' }, admin).project_id, 'b')
})

test('a create is refused in the order upstream looks', () => {
  const message = (sent: object, owner = alice) => {
    try {
      readCreate(thing, sent as never, owner)
    } catch (error) {
      return (error as Error).message
    }
    return 'accepted'
  }
  assert.match(message({ x: 1, project_id: 'b' }), /^Specifying 'project_id'/)
  assert.equal(message({ x: 1, id: '1' }), "Unrecognized attribute(s) 'x'")
  assert.equal(message({ name: 5 }), "Failed to parse request. Required attribute 'size' not specified")
  assert.equal(message({ size: 1, name: 5 }), "Invalid input for name. Reason: '5' is not a valid string.")
  assert.match(message({ size: 1 }, { projectId: null, maySetProject: true }), /^Running without keystone/)
  assert.match(message(JSON.parse('{"size": 1, "__proto__": {}}')), /^Unrecognized attribute/)
})

test('an update refuses what may not change', () => {
  assert.deepEqual(readUpdate(thing, { colour: 'blue' }, alice), { colour: 'blue' })
  assert.throws(() => readUpdate(thing, { size: 1 }, alice), /Cannot update read-only attribute size/)
  assert.throws(() => readUpdate(thing, { tenant_id: 'a' }, alice), /Cannot update read-only attribute project_id/)
})
