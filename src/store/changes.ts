/**
 * The change log: one line per change, written in the transaction that made it, read in the order of its sequences.
 *
 * PostgreSQL and MySQL give a serial number when the row is inserted, and a transaction that got a lower one may commit
 * later: a reader that had gone past would skip it for ever. So there a line is inserted with an `entry` and no
 * `sequence`; committed lines are given their sequences afterwards, by whoever reads next, under a row lock that makes
 * the sequencers take turns. A line becomes visible to `changesSince` only with its sequence, so none is ever skipped,
 * and writers never wait for each other. With SQLite's single writer the entry itself is the sequence.
 */
import type { Connection, Grammar } from '#store/dialects/dialect.ts'
import { readerOf } from './rows.ts'
import { bigint, createTable, defineMigration, integer, json, serial, token, uuid } from './schema.ts'
import { type Change, type Table, table } from './store.ts'

/** As written: without the numbers, which the database gives. */
export const changesTable = table<Omit<Change, 'sequence'>>('changes', {
  resource: 'text',
  id: 'text',
  kind: 'text',
  project_id: 'text',
  revision_number: 'integer',
  at: 'text',
  detail: 'json',
})

/** The store's own tables; migrate.ts applies them before any other. */
export const changesMigration = {
  name: 'store/0001-changes.expand',
  steps: defineMigration(
    createTable('changes', {
      columns: {
        entry: serial(),
        sequence: bigint({ nullable: true }),
        resource: token(64),
        id: uuid(),
        kind: token(6),
        project_id: token(255, { nullable: true }),
        revision_number: integer(),
        at: token(20),
        detail: json({ nullable: true }),
      },
      primaryKey: ['entry'],
      unique: [['sequence']],
    }),
    createTable('change_sequence', {
      columns: { name: token(16), last: bigint() },
      primaryKey: ['name'],
    }),
  ),
}

/** Lines given a sequence in one transaction; the rest is the next one's. */
const SEQUENCED_MAX = 1_000

/** Committed lines after that sequence, where entries are in the order of commits. */
export async function readOrdered(connection: Connection, grammar: Grammar, after: number, limit: number) {
  return await readChanges(connection, grammar, 'entry', after, limit)
}

/** Committed lines after that sequence, of those that have one. */
export async function readSequenced(connection: Connection, grammar: Grammar, after: number, limit: number) {
  return await readChanges(connection, grammar, 'sequence', after, limit)
}

async function readChanges(
  connection: Connection,
  grammar: Grammar,
  sequence: string,
  after: number,
  limit: number,
): Promise<Change[]> {
  const { columns, decode } = readerOf(changesTable as Table<unknown>)
  const values: unknown[] = []
  const bound = grammar.bind(values, after, 'integer')
  const names = [...columns, sequence].map((column) => grammar.quote(column)).join(', ')
  const key = grammar.quote(sequence)
  const text = `SELECT ${names} FROM changes WHERE ${key} > ${bound} ORDER BY ${key} LIMIT ${Math.trunc(limit)}`
  const rows = await connection.rows(text, values)
  return rows.map((raw) => ({ ...(decode(raw) as Omit<Change, 'sequence'>), sequence: Number(raw[columns.length]) }))
}

/** Whether committed lines wait for their sequence. */
export async function hasUnsequenced(connection: Connection): Promise<boolean> {
  return (await connection.rows('SELECT 1 FROM changes WHERE sequence IS NULL LIMIT 1', [])).length > 0
}

/** Gives committed lines their sequences, in the order of their entries; in a transaction of its own. */
export async function giveSequences(connection: Connection, grammar: Grammar): Promise<void> {
  const start = await lockSequence(connection)
  const waiting = await connection.rows(
    `SELECT entry FROM changes WHERE sequence IS NULL ORDER BY entry LIMIT ${SEQUENCED_MAX}`,
    [],
  )
  if (waiting.length === 0) return
  const entries = waiting.map(([entry]) => Number(entry))
  // Entries are numbers of ours: as text, one statement serves any count of them.
  const cases = entries.map((entry, index) => `WHEN ${entry} THEN ${start + index + 1}`).join(' ')
  await connection.run(
    `UPDATE changes SET sequence = CASE entry ${cases} END WHERE entry IN (${entries.join(', ')})`,
    [],
  )
  const values: unknown[] = []
  const last = grammar.bind(values, start + entries.length, 'integer')
  await connection.run(`UPDATE change_sequence SET last = ${last} WHERE name = 'changes'`, values)
}

async function lockSequence(connection: Connection): Promise<number> {
  const read = () => connection.rows(`SELECT last FROM change_sequence WHERE name = 'changes' FOR UPDATE`, [])
  let [row] = await read()
  if (!row) {
    const target = { table: 'change_sequence', columns: ['name', 'last'], kinds: ['text', 'integer'] } as const
    await connection.insert(target, [['changes', 0]], true)
    row = (await read())[0]
  }
  return Number(row?.[0])
}
