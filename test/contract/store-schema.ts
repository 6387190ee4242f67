/** The tables of the store's contract suites: every kind of column, keys, references, names with colons. */
import { strict as assert } from 'node:assert'
import { addColumns, boolean, createTable, integer, json, string, text, token, uuid } from '#store/schema.ts'
import { table } from '#store/store.ts'

export interface Box {
  id: string
  name: string | null
  size: number | null
  sealed: boolean | null
  'binding:host_id': string | null
  labels: readonly unknown[] | { readonly [key: string]: unknown } | null
  note: string | null
}

export const boxes = table<Box>('boxes', {
  id: 'text',
  name: 'text',
  size: 'integer',
  sealed: 'boolean',
  'binding:host_id': 'text',
  labels: 'json',
  note: 'text',
})

export interface Item {
  id: string
  box_id: string
  kind: string
  fragile: boolean
}

export const items = table<Item>('items', { id: 'text', box_id: 'text', kind: 'text', fragile: 'boolean' })

/** Without references, so that races are about keys alone. */
export interface Slot {
  shelf: string
  place: number
  owner: string
}

export const slots = table<Slot>('slots', { shelf: 'text', place: 'integer', owner: 'text' })

export const migrations = [
  {
    name: 'test/0001-boxes.expand',
    steps: [
      createTable('boxes', {
        columns: {
          id: uuid(),
          name: string(255, { nullable: true }),
          size: integer({ nullable: true }),
          sealed: boolean({ nullable: true }),
          labels: json({ nullable: true }),
        },
        primaryKey: ['id'],
        indexes: [['name'], ['size', 'name']],
      }),
      createTable('items', {
        columns: {
          id: uuid(),
          box_id: uuid(),
          kind: token(16, { default: 'thing' }),
          fragile: boolean({ default: true }),
        },
        primaryKey: ['id'],
        unique: [['box_id', 'kind']],
        references: [{ column: 'box_id', table: 'boxes', onDelete: 'restrict' }],
      }),
      createTable('slots', {
        columns: { shelf: token(32), place: integer(), owner: token(64) },
        primaryKey: ['shelf', 'place'],
      }),
    ],
  },
  {
    name: 'test/0002-binding.expand',
    steps: [
      addColumns('boxes', { 'binding:host_id': token(255, { nullable: true }), note: text({ nullable: true }) }, [
        ['binding:host_id'],
      ]),
    ],
  },
]

export function box(id: string, values: Partial<Box> = {}): Box {
  assert(id.length <= 36)
  return { id, name: '', size: null, sealed: null, 'binding:host_id': null, labels: null, note: null, ...values }
}
