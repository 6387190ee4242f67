import assert from 'node:assert/strict'
import { test } from 'node:test'
import { constraintName, renderStep } from './ddl.ts'
import {
  addColumns,
  boolean,
  createTable,
  createView,
  dropColumns,
  dropTable,
  insertRows,
  json,
  serial,
  string,
  token,
  uuid,
} from './schema.ts'

const ports = createTable('ports', {
  columns: { id: uuid(), name: string(255, { default: "it's" }), network_id: uuid(), up: boolean({ default: true }) },
  primaryKey: ['id'],
  unique: [['network_id', 'name']],
  indexes: [['name'], ['network_id']],
  references: [{ column: 'network_id', table: 'networks', onDelete: 'cascade' }],
})

test('a table names its constraints, has the id in every index, and no index that a key serves as', () => {
  assert.deepEqual(
    renderStep('postgres', ports).map(({ sql }) => sql),
    [
      `CREATE TABLE "ports" (
  "id" VARCHAR(36) COLLATE "C" NOT NULL,
  "name" VARCHAR(255) COLLATE "C" NOT NULL DEFAULT 'it''s',
  "network_id" VARCHAR(36) COLLATE "C" NOT NULL,
  "up" BOOLEAN NOT NULL DEFAULT true,
  CONSTRAINT "ports_id_key" PRIMARY KEY ("id"),
  CONSTRAINT "ports_network_id_name_key" UNIQUE ("network_id", "name"),
  CONSTRAINT "ports_network_id_fkey" FOREIGN KEY ("network_id") REFERENCES "networks" ("id") ON DELETE CASCADE
)`,
      'CREATE INDEX "ports_name_idx" ON "ports" ("name" NULLS FIRST, "id")',
    ],
  )
})

test('MySQL keeps long texts with defaults as expressions, and names its bytewise collation', () => {
  const [add] = renderStep('mysql', addColumns('ports', { 'binding:profile': json({ default: '{}' }) }), {
    collation: 'utf8mb4_nopad_bin',
  })
  assert.equal(
    add?.sql,
    'ALTER TABLE `ports` ADD COLUMN `binding:profile` LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin' +
      " NOT NULL DEFAULT ('{}')",
  )
})

test('an index by what many rows share is one to every database, and SQLite is told what it is worth', () => {
  const columns = { id: uuid(), status: token(16) }
  const step = createTable('ports', { columns, primaryKey: ['id'], coarse: ['status'] })
  const texts = (dialect: 'sqlite' | 'postgres') =>
    renderStep(dialect, step)
      .slice(1)
      .map(({ sql }) => sql)
  assert.deepEqual(texts('postgres'), ['CREATE INDEX "ports_status_idx" ON "ports" ("status" NULLS FIRST, "id")'])
  assert.deepEqual(texts('sqlite'), [
    'CREATE INDEX "ports_status_idx" ON "ports" ("status", "id")',
    'ANALYZE sqlite_master',
    "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('ports', 'ports_status_idx', '1000000 500000 1')",
    'ANALYZE sqlite_master',
  ])
})

test('a growing key is what each database calls it', () => {
  const log = createTable('log', { columns: { entry: serial() }, primaryKey: ['entry'] })
  const texts = (['sqlite', 'postgres', 'mysql'] as const).map((dialect) => renderStep(dialect, log)[0]?.sql ?? '')
  assert.match(texts[0]!, /"entry" INTEGER PRIMARY KEY AUTOINCREMENT\n\)/)
  assert.match(texts[1]!, /"entry" BIGINT GENERATED ALWAYS AS IDENTITY/)
  assert.match(texts[2]!, /`entry` BIGINT NOT NULL AUTO_INCREMENT/)
})

test('a view is a table under other names, and none of its rows', () => {
  assert.equal(
    renderStep('mysql', createView('views', 'ports', { id: 'id', port_id: 'id' }))[0]?.sql,
    'CREATE VIEW `views` AS SELECT `id` AS `id`, `id` AS `port_id` FROM `ports`',
  )
})

test('a row that a migration brings is written as each database writes values', () => {
  const step = insertRows('rules', [{ id: 'a', text: "it's", up: true, none: null, n: 5 }])
  const [mysql] = renderStep('mysql', step)
  assert.deepEqual(mysql, {
    sql: "INSERT INTO `rules` (`id`, `text`, `up`, `none`, `n`) VALUES ('a', 'it''s', 1, NULL, 5)",
    unless: { table: 'rules', id: 'a' },
  })
  assert.match(renderStep('postgres', step)[0]!.sql, /VALUES \('a', 'it''s', true, NULL, 5\)$/)
})

test('signs that no identifier has are dropped from names', () => {
  assert.equal(constraintName('ports', ['binding:host_id', 'Mac-Address']), 'ports_bindinghost_id_macaddress_key')
})

test('what would fail on one database only is refused for all', () => {
  const required = addColumns('ports', { host: token(64) })
  assert.throws(() => renderStep('sqlite', required), /ports.host needs a default/)
  const long = createTable('a_table_with_quite_a_long_name', {
    columns: { id: uuid(), another_column: uuid(), one_more_column: uuid() },
    primaryKey: ['id'],
    unique: [['another_column', 'one_more_column']],
  })
  assert.throws(() => renderStep('sqlite', long), /longer than 63/)
})

test('what is dropped is known to be dropped by being gone, and loses its indexes first', () => {
  const drop = dropColumns('ports', ['old'], [['old', 'name']])
  assert.deepEqual(renderStep('mysql', drop), [
    {
      sql: 'DROP INDEX `ports_old_name_idx` ON `ports`',
      unless: { gone: { table: 'ports', index: 'ports_old_name_idx' } },
    },
    { sql: 'ALTER TABLE `ports` DROP COLUMN `old`', unless: { gone: { table: 'ports', column: 'old' } } },
  ])
  assert.equal(renderStep('postgres', drop)[0]?.sql, 'DROP INDEX "ports_old_name_idx"')
  assert.deepEqual(renderStep('sqlite', dropTable('ports')), [
    { sql: 'DROP TABLE "ports"', unless: { gone: { table: 'ports' } } },
  ])
})
