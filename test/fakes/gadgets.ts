/**
 * A feature for tests of the machine: gadgets, with every kind of attribute, hook, filter, contribution, action and
 * rule the machine knows, and no behaviour of its own worth mentioning. It is a plugin like any other.
 */
import { errorType } from '#base/errors.ts'
import type { Json } from '#base/json.ts'
import { equals, or } from '#base/predicate.ts'
import type { Feature } from '#plugin/discover.ts'
import { definePlugin } from '#plugin/plugin.ts'
import { defineExtension, identity, standard } from '#resource/definition.ts'
import { boolean, createTable, defineMigration, integer, json, standardColumns, string } from '#store/schema.ts'
import { table } from '#store/store.ts'

interface Gadget {
  id: string
  project_id: string
  name: string
  description: string | null
  created_at: string
  updated_at: string
  revision_number: number
  size: number
  colour: string | null
  shared: boolean
  labels: Json
  serial: string | null
}

const gadgets = table<Gadget>('gadgets', {
  id: 'text',
  project_id: 'text',
  name: 'text',
  description: 'text',
  created_at: 'text',
  updated_at: 'text',
  revision_number: 'integer',
  size: 'integer',
  colour: 'text',
  shared: 'boolean',
  labels: 'json',
  serial: 'text',
})

const GadgetInUse = errorType('GadgetInUse', 409, 'Gadget %(id)s is in use.')

const definition = defineExtension({
  alias: 'gadgets',
  name: 'Gadgets',
  description: 'Gadgets for tests.',
  updated: '2026-01-01T00:00:00-00:00',
  requires: ['quotas'],
  announces: [
    { alias: 'gadget-shine', name: 'Shine', description: 'They shine.', updated: '2026-01-02T00:00:00-00:00' },
  ],
  resources: [
    {
      name: 'gadget',
      collection: 'gadgets',
      quota: { default: 40 },
      actions: [{ name: 'polish', help: 'Makes it shine.' }],
      attributes: {
        ...identity,
        ...standard,
        size: { type: { integer: { min: 0, max: 100 } }, allow: 'post put', default: 1, query: 'filter sort' },
        colour: {
          type: { values: ['red', 'blue'], nullable: true },
          allow: 'post put',
          default: null,
          query: 'filter sort',
        },
        shared: { type: 'boolean', allow: 'post put', default: false, query: 'filter sort', policy: 'enforce' },
        labels: {
          type: { list: { dict: { key: { type: 'string', required: true }, secret: { type: 'string' } } } },
          allow: 'post put',
          default: [],
          query: 'filter',
          policy: 'enforce',
        },
        serial: { type: 'string', allow: 'post', optional: true, query: 'filter', policy: 'enforce' },
        weight: { type: 'integer', help: 'Contributed: ten times the size.' },
        wish: { type: 'string', allow: 'post', optional: true, hidden: true },
      },
    },
  ],
})

const plugin = definePlugin({
  api: definition,
  start({ serve, show }) {
    serve('gadget', gadgets, {
      async beforeDelete({ before }) {
        if (before.name === 'busy') throw GadgetInUse({ id: before.id })
      },
      filters: {
        labels: (values) => or(...values.map((value) => equals('name', value))),
      },
      actions: {
        polish: async ({ row, body }) => ({ id: row.id, with: body.with ?? null }),
      },
    })
    show<Gadget>(
      'gadget',
      ['weight'],
      async ({ rows }) => new Map(rows.map(({ id, size }) => [id, { weight: size * 10 }])),
    )
  },
})

export const gadgetFeature: Feature = {
  folder: 'fakes/gadgets',
  definition,
  plugin,
  policies: [
    { name: 'create_gadget', rule: 'rule:admin_or_project_member' },
    { name: 'create_gadget:shared', rule: 'rule:admin_only' },
    { name: 'create_gadget:labels:secret', rule: 'rule:admin_only' },
    { name: 'get_gadget', rule: 'rule:admin_or_project_reader or field:gadgets:shared=True' },
    { name: 'get_gadget:serial', rule: 'rule:admin_only' },
    { name: 'get_gadget:labels', rule: 'rule:admin_or_owner' },
    { name: 'update_gadget', rule: 'rule:admin_or_project_member' },
    { name: 'update_gadget:shared', rule: 'rule:admin_only' },
    { name: 'delete_gadget', rule: 'rule:admin_or_project_member' },
    { name: 'polish', rule: 'rule:admin_or_project_member' },
  ],
  migrations: [
    {
      name: 'fakes/gadgets/0001',
      steps: defineMigration(
        createTable('gadgets', {
          columns: {
            ...standardColumns,
            size: integer(),
            colour: string(10, { nullable: true }),
            shared: boolean(),
            labels: json(),
            serial: string(255, { nullable: true }),
          },
          primaryKey: ['id'],
          unique: [['serial']],
        }),
      ),
    },
  ],
}
