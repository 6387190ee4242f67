/**
 * More for tests of the machine: what is served below a gadget (parts by id, seals by their place), and tools behind a
 * prefix. Plugins like any other.
 */
import type { Feature } from '#plugin/discover.ts'
import { definePlugin } from '#plugin/plugin.ts'
import { defineExtension, identity, standard } from '#resource/definition.ts'
import { createTable, defineMigration, integer, string, token, uuid } from '#store/schema.ts'
import { table } from '#store/store.ts'

interface Part {
  id: string
  gadget_id: string
  name: string
  revision_number: number
}

const parts = table<Part>('parts', { id: 'text', gadget_id: 'text', name: 'text', revision_number: 'integer' })

interface Seal {
  id: string
  gadget_id: string
  project_id: string
  place: string
  text: string
}

const seals = table<Seal>('gadget_seals', {
  id: 'text',
  gadget_id: 'text',
  project_id: 'text',
  place: 'text',
  text: 'text',
})

const tools = table<{ id: string; name: string }>('tools', { id: 'text', name: 'text' })

const parent = { resource: 'gadget', column: 'gadget_id' } as const

const definition = defineExtension({
  alias: 'gadget-parts',
  name: 'Parts of gadgets',
  description: 'What is below gadgets, for tests.',
  updated: '2026-01-01T00:00:00-00:00',
  requires: ['gadgets'],
  resources: [
    {
      name: 'gadget_part',
      collection: 'parts',
      body: 'part',
      parent,
      attributes: { id: identity.id, name: identity.name, revision_number: standard.revision_number },
    },
    {
      name: 'gadget_seal',
      collection: 'gadget_seals',
      body: 'seal',
      parent,
      key: 'place',
      quota: { default: 3 },
      actions: [{ name: 'break', help: 'Breaks it.', rule: 'break_gadget_seal' }],
      attributes: {
        place: { type: 'string', allow: 'post', query: 'filter sort' },
        text: { type: 'string', allow: 'post put', default: '', query: 'filter' },
        project_id: { type: 'string', allow: 'post', hidden: true },
      },
    },
    {
      name: 'tool',
      collection: 'tools',
      prefix: 'shop',
      attributes: { id: identity.id, name: identity.name },
    },
  ],
})

const plugin = definePlugin({
  api: definition,
  start({ serve, resources }) {
    serve('gadget_part', parts, {
      async afterCreate({ rows, ...op }) {
        const ids = rows.map(({ gadget_id }) => gadget_id)
        await resources.touch(op, 'gadget', ids)
      },
    })
    serve('gadget_seal', seals, { actions: { break: async ({ row }) => ({ broken: row.place }) } })
    serve('tool', tools)
  },
})

export const gadgetPartsFeature: Feature = {
  folder: 'fakes/gadget-parts',
  definition,
  plugin,
  policies: [
    ...['create', 'update', 'delete'].map((verb) => ({
      name: `${verb}_gadget_part`,
      rule: 'rule:context_is_admin or rule:ext_parent_owner_member',
    })),
    { name: 'get_gadget_part', rule: 'rule:context_is_admin or rule:ext_parent_owner_reader' },
    { name: 'break_gadget_seal', rule: 'rule:admin_only' },
    { name: 'get_tool', rule: 'rule:regular_user' },
    { name: 'create_tool', rule: 'rule:admin_only' },
  ],
  migrations: [
    {
      name: 'fakes/gadget-parts/0001',
      steps: defineMigration(
        createTable('parts', {
          columns: { id: uuid(), gadget_id: uuid(), name: string(255), revision_number: integer() },
          primaryKey: ['id'],
          references: [{ column: 'gadget_id', table: 'gadgets', onDelete: 'cascade' }],
        }),
        createTable('gadget_seals', {
          columns: { id: uuid(), gadget_id: uuid(), project_id: token(255), place: token(255), text: string(255) },
          primaryKey: ['id'],
          unique: [['gadget_id', 'place']],
          references: [{ column: 'gadget_id', table: 'gadgets', onDelete: 'cascade' }],
        }),
        createTable('tools', { columns: { id: uuid(), name: string(255) }, primaryKey: ['id'] }),
      ),
    },
  ],
}
