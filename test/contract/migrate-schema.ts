/** Migrations with a step of every kind, in both branches, for tests of how they are applied. */
import {
  addColumns,
  boolean,
  createTable,
  createView,
  dropColumns,
  dropTable,
  insertRows,
  integer,
  string,
  token,
  uuid,
} from '#store/schema.ts'

export const everyStep = [
  {
    name: 'test/0001-shelves.expand',
    steps: [
      createTable('shelves', {
        columns: { id: uuid(), room: token(16), label: string(64, { default: '' }), old: integer({ default: 0 }) },
        primaryKey: ['id'],
        unique: [['room', 'label']],
        indexes: [['label'], ['old']],
        coarse: ['room'],
      }),
      createTable('oldshelves', { columns: { id: uuid() }, primaryKey: ['id'] }),
    ],
  },
  {
    name: 'test/0002-books.expand',
    steps: [
      createTable('books', {
        columns: { id: uuid(), shelf_id: uuid(), title: string(255) },
        primaryKey: ['id'],
        indexes: [['title']],
        references: [{ column: 'shelf_id', table: 'shelves', onDelete: 'cascade' }],
      }),
      insertRows('shelves', [
        { id: 'a', room: 'north', label: 'one' },
        { id: 'b', room: 'north', label: 'two' },
      ]),
      createView('titles', 'books', { id: 'id', title: 'title' }),
      addColumns('books', { lent: boolean({ default: false }), pages: integer({ nullable: true }) }, [['pages']]),
    ],
  },
  {
    name: 'test/0003-no-old.contract',
    steps: [dropColumns('shelves', ['old'], [['old']]), dropTable('oldshelves')],
  },
]

export const expandOnly = everyStep.slice(0, 2)
