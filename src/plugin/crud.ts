/**
 * Rows in and out for every resource: ids, standard attributes, hooks and events in their order, the change log,
 * revision numbers. Runs inside the caller's transaction and leaves nothing behind when it throws. Policy, validation
 * and quota are the API's.
 * Source: Networking API v2.0, "Revisions", "Timestamps": a transaction that changes a row counts one revision.
 */
import { isDeepStrictEqual } from 'node:util'
import { type Clock, isoSeconds } from '#base/clock.ts'
import { newId } from '#base/ids.ts'
import type { Json, JsonObject } from '#base/json.ts'
import { isIn } from '#base/predicate.ts'
import { StaleRow } from '#store/errors.ts'
import type { ChangeKind, Table, Tx } from '#store/store.ts'
import { RevisionNumberConstraintFailed } from './errors.ts'
import type { Draft, EventKind, Operation } from './plugin.ts'
import type { Row, Served } from './registry.ts'

/** Ids in one statement. */
const IDS_MAX = 500

/** Rows a transaction has already counted a revision for. Entries go with the transaction. */
const counted = new WeakMap<Tx, Set<string>>()

function countOnce(tx: Tx, served: Served, id: string): boolean {
  const seen = counted.get(tx) ?? new Set<string>()
  counted.set(tx, seen)
  const key = `${served.resource.name}/${id}`
  if (seen.has(key)) return false
  seen.add(key)
  return true
}

async function tell(served: Served, when: 'before' | 'precommit', kind: EventKind, event: object): Promise<void> {
  for (const run of served.listeners.get(`${when}:${kind}`) ?? []) await run(event as never)
}

/** Reads the row and, where the database has row locks, keeps others from changing it until this transaction ends. */
async function lockRow(tx: Tx, { table, resource }: Served, id: string): Promise<Row> {
  const row = tx.dialect === 'sqlite' ? await tx.find(table, { id }) : await selectForUpdate(tx, table, id)
  if (row === null) throw resource.notFound(id)
  return row
}

async function selectForUpdate(tx: Tx, table: Table<Row>, id: string): Promise<Row | null> {
  const raw = await tx.sql.selectFrom(table.name).selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
  return raw === undefined ? null : tx.decode(table, raw)
}

function checkRevision(row: Row, expected: number | undefined): void {
  if (expected === undefined || row.revision_number === expected) return
  throw RevisionNumberConstraintFailed({ expected, current: (row.revision_number ?? null) as Json })
}

async function logChange(
  tx: Tx,
  { resource }: Served,
  kind: ChangeKind,
  rows: readonly Row[],
  detail?: (row: Row) => JsonObject,
): Promise<void> {
  await tx.log(
    rows.map((row) => ({
      resource: resource.name,
      id: row.id,
      kind,
      project_id: (row.project_id ?? null) as string | null,
      revision_number: (row.revision_number ?? 0) as number,
      detail: detail?.(row) ?? null,
    })),
  )
}

export async function createRows(
  op: Operation,
  served: Served,
  items: readonly JsonObject[],
  clock: Clock,
): Promise<Row[]> {
  const { tx } = op
  const { table, hooks } = served
  const now = isoSeconds(clock.now())
  const rows = items.map((item) => draftOf(served, item, now))
  await hooks.beforeCreate?.({ ...op, rows: rows as Draft<Row>[] })
  await tell(served, 'before', 'create', { ...op, rows })
  for (const row of rows) for (const column of table.columns.keys()) row[column] ??= null
  await tx.insert(
    table,
    rows.map((row) => onlyColumns(table, row)),
  )
  for (const { id } of rows) countOnce(tx, served, id)
  await logChange(tx, served, 'create', rows)
  await hooks.afterCreate?.({ ...op, rows })
  await tell(served, 'precommit', 'create', { ...op, rows })
  const mayHaveChanged = hooks.afterCreate !== undefined || served.listeners.has('precommit:create')
  return mayHaveChanged ? readAgain(tx, served, rows) : rows
}

/** The values, so that hooks may change lists and dictionaries in place: the transaction may have to run again. */
function copied(values: JsonObject): { [attribute: string]: unknown } {
  const copy: { [attribute: string]: unknown } = { ...values }
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === 'object' && value !== null) copy[name] = structuredClone(value)
  }
  return copy
}

function draftOf({ resource, table }: Served, item: JsonObject, now: string): Row {
  const { tenant_id: _twin, ...values } = copied(item)
  const row: Row = { ...values, id: typeof item.id === 'string' ? item.id : newId() }
  // Callers inside the server send only what they mean; the API has filled these in already.
  for (const { name, default: value } of resource.attributes.values()) {
    if (row[name] === undefined && value !== undefined && table.columns.has(name)) row[name] = structuredClone(value)
  }
  if (table.columns.has('created_at')) row.created_at = now
  if (table.columns.has('updated_at')) row.updated_at = now
  if (table.columns.has('revision_number')) row.revision_number = 0
  return row
}

function onlyColumns(table: Table<Row>, row: Row): Row {
  const picked: Record<string, unknown> = {}
  for (const column of table.columns.keys()) picked[column] = row[column]
  return picked as Row
}

async function readAgain(tx: Tx, { table }: Served, rows: readonly Row[]): Promise<Row[]> {
  const found = new Map<string, Row>()
  for (const slice of slices(rows.map(({ id }) => id))) {
    for (const row of await tx.select(table, { where: isIn('id', slice) })) found.set(row.id, row)
  }
  return rows.map((row) => found.get(row.id) ?? row)
}

export async function updateRow(
  op: Operation,
  served: Served,
  id: string,
  values: JsonObject,
  { clock, revision }: { clock: Clock; revision: number | undefined },
): Promise<Row> {
  const { tx } = op
  const { table, hooks } = served
  const before = await lockRow(tx, served, id)
  checkRevision(before, revision)
  const after: Row = { ...before, ...copied(values), id }
  const updating = { ...op, before, values, after }
  await hooks.beforeUpdate?.(updating)
  await tell(served, 'before', 'update', updating)

  const set: Record<string, unknown> = {}
  for (const column of table.columns.keys()) {
    after[column] ??= null
    if (!isDeepStrictEqual(after[column], before[column] ?? null)) set[column] = after[column]
  }
  const changed = Object.keys(set).length > 0
  const settled = !changed || (await writeChange(tx, served, before, after, set, clock))

  await hooks.afterUpdate?.({ ...op, before, after })
  await tell(served, 'precommit', 'update', { ...op, before, after })
  const mayHaveChanged = !settled || hooks.afterUpdate !== undefined || served.listeners.has('precommit:update')
  return mayHaveChanged ? ((await tx.find(table, { id })) ?? after) : after
}

/** Answers whether `after` is as the row now is; it is not when this transaction has counted a revision before. */
async function writeChange(
  tx: Tx,
  served: Served,
  before: Row,
  after: Row,
  set: Record<string, unknown>,
  clock: Clock,
): Promise<boolean> {
  const { table } = served
  const counts = countOnce(tx, served, before.id)
  const where: { id: string; revision_number?: unknown } = { id: before.id }
  if (table.columns.has('updated_at')) set.updated_at = after.updated_at = isoSeconds(clock.now())
  if (table.columns.has('revision_number')) {
    if (counts) {
      where.revision_number = before.revision_number
      set.revision_number = after.revision_number = (before.revision_number as number) + 1
    } else {
      delete set.revision_number
    }
  }
  if ((await tx.update(table, where, set as Partial<Row>)) === 0) {
    throw new StaleRow(`${served.resource.name} ${before.id} has changed since it was read`)
  }
  if (counts) await logChange(tx, served, 'update', [after])
  return counts
}

export async function removeRow(
  op: Operation,
  served: Served,
  id: string,
  revision: number | undefined,
): Promise<void> {
  const { tx } = op
  const { table, hooks, resource } = served
  const before = await lockRow(tx, served, id)
  checkRevision(before, revision)
  // Others first, so that they take away what is theirs before the resource's own hook finds it in use.
  await tell(served, 'before', 'delete', { ...op, before })
  await hooks.beforeDelete?.({ ...op, before })
  if ((await tx.remove(table, { id })) === 0) throw resource.notFound(id)
  await logChange(tx, served, 'delete', [before], (row) => row as unknown as JsonObject)
  await tell(served, 'precommit', 'delete', { ...op, before })
  await hooks.afterDelete?.({ ...op, before })
}

/** Counts one revision more for rows whose belongings have changed, once per transaction. */
export async function touchRows(
  { tx }: Operation,
  served: Served,
  ids: readonly string[],
  { clock, detail }: { readonly clock: Clock; readonly detail?: JsonObject },
): Promise<void> {
  const { table } = served
  const fresh = [...new Set(ids)].filter((id) => countOnce(tx, served, id)).sort()
  const now = isoSeconds(clock.now())
  for (const slice of slices(fresh)) {
    if (table.columns.has('revision_number')) {
      await tx.sql
        .updateTable(table.name)
        .set((build) => ({
          revision_number: build('revision_number', '+', 1),
          ...(table.columns.has('updated_at') ? { updated_at: now } : {}),
        }))
        .where('id', 'in', slice)
        .execute()
    }
    const columns = ['id', 'project_id', 'revision_number'].filter((column) => table.columns.has(column))
    const rows = await tx.select(table, { where: isIn('id', slice), columns })
    await logChange(tx, served, 'update', rows, detail && (() => detail))
  }
}

export async function actOn(
  op: Operation,
  served: Served,
  id: string,
  action: string,
  body: JsonObject,
): Promise<JsonObject> {
  const row = await lockRow(op.tx, served, id)
  const run = served.hooks.actions?.[action]
  if (!run) throw new Error(`${served.resource.name} has no action ${action}`)
  return run({ ...op, row, body })
}

function slices(ids: readonly string[]): string[][] {
  const all: string[][] = []
  for (let index = 0; index < ids.length; index += IDS_MAX) all.push(ids.slice(index, index + IDS_MAX))
  return all
}
