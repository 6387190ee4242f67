import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renderOffline, renderStamp } from './offline.ts'
import { createTable, uuid } from './schema.ts'

const migrations = [
  { name: 'x/0001-one.expand', steps: [createTable('ones', { columns: { id: uuid() }, primaryKey: ['id'] })] },
]
const options = { titled: (name: string) => `Running upgrade -> ${name}`, at: '2026-01-01T00:00:00Z' }

test('a text of SQL makes the records, changes the schema and records it, in one transaction where there is one', () => {
  const sqlite = renderOffline('sqlite', migrations, options)
  assert.deepEqual(
    sqlite.split('\n\n').map((part) => part.split('\n')[0]),
    [
      'BEGIN;',
      'CREATE TABLE IF NOT EXISTS "neutrino_migrations" (',
      '-- Running upgrade -> x/0001-one.expand',
      'CREATE TABLE "ones" (',
      `INSERT INTO "neutrino_migrations" (name, applied_at) VALUES ('x/0001-one.expand', '2026-01-01T00:00:00Z');`,
      'COMMIT;',
    ],
  )
  const mysql = renderOffline('mysql', migrations, options)
  assert.ok(!mysql.includes('BEGIN'))
  assert.match(mysql, /COLLATE \/\*M! utf8mb4_nopad_bin \*\/ \/\*!80017 utf8mb4_0900_bin \*\/;$/m)
})

test('a stamp as SQL is rows that come and go', () => {
  const text = renderStamp('postgres', { add: ['a'], remove: ['b'], at: options.at })
  assert.match(text, /DELETE FROM "neutrino_migrations" WHERE name = 'b';/)
  assert.match(text, /INSERT INTO "neutrino_migrations" \(name, applied_at\) VALUES \('a', /)
})
