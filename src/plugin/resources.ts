/**
 * Every served resource by name, for plugins and the API alike: `Resources` over the registry. A list is one statement
 * for the page and one for each contribution somebody wants to see.
 */
import type { Clock } from '#base/clock.ts'
import type { JsonObject } from '#base/json.ts'
import { and, equals, not, type Predicate, TRUE } from '#base/predicate.ts'
import type { Table, Tx } from '#store/store.ts'
import { actOn, createRows, removeRow, touchRows, updateRow } from './crud.ts'
import { showGranted, shownGranted } from './grants.ts'
import { following, type Part, totalOrder } from './page.ts'
import type { ListQuery, Operation, ResourceRow, Resources } from './plugin.ts'
import type { Registry, Row, Served } from './registry.ts'

const NO_FILTERS: ListQuery['filters'] = new Map()

export function createResources(registry: Registry, clock: Clock): Resources {
  return {
    async list(op, resource, query = {}) {
      const served = registry.get(resource)
      await served.hooks.beforeRead?.(op)
      return contributed(op, served, await readPage(op, served, query), query)
    },
    async get(op, resource, id) {
      const served = registry.get(resource)
      await served.hooks.beforeRead?.(op)
      const row = await op.tx.find(served.table, { id })
      if (row === null) throw served.resource.notFound(id)
      return (await contributed(op, served, [row]))[0]!
    },
    async create(op, resource, items) {
      const served = registry.get(resource)
      return contributed(op, served, await createRows(op, served, items, clock))
    },
    async update(op, resource, id, values, revision) {
      const served = registry.get(resource)
      const row = await updateRow(op, served, id, values, { clock, revision })
      return (await contributed(op, served, [row]))[0]!
    },
    remove: (op, resource, id, revision) => removeRow(op, registry.get(resource), id, revision),
    act: (op, resource, id, action, body) => actOn(op, registry.get(resource), id, action, body),
    touch: (op, resource, ids, detail) =>
      touchRows(op, registry.get(resource), ids, { clock, ...(detail && { detail }) }),
    table: (resource) => registry.get(resource).table as unknown as Table<ResourceRow>,
  }
}

async function readPage({ tx, context }: Operation, served: Served, query: Partial<ListQuery>): Promise<Row[]> {
  const { table, resource } = served
  const { where = TRUE, sort = [], limit = null, marker = null, reverse = false, fields = null } = query
  const { visible = TRUE } = query
  const { bands, keys } = bandsOf(served, sort, reverse)
  const order = totalOrder(keys, reverse)
  let parts: readonly Part[] = bands.map((band) => ({ where: band, order }))
  if (marker !== null) {
    const [row] = await tx.select(table, { where: and(equals(resource.key, marker), visible), limit: 1 })
    if (row === undefined) throw resource.notFound(marker)
    const at = await bandOf(tx, table, bands, row.id)
    const within = following(order, row).map((part) => ({ ...part, where: and(bands[at]!, part.where) }))
    parts = [...within, ...parts.slice(at + 1)]
  }
  const columns = columnsFor(served, fields)
  const seesMost = limit !== null && visible.op === 'or' && (await ownsMany(tx, table, context.projectId))
  const rows: Row[] = []
  for (const part of parts) {
    const left = limit === null ? null : limit - rows.length
    if (left === 0) break
    const found = await tx.select(table, {
      where: seesMost ? and(where, part.where) : and(where, part.where, visible),
      ...(seesMost ? { tested: visible } : {}),
      sort: part.order,
      ...(left === null ? {} : { limit: left }),
      ...(columns === null ? {} : { columns }),
    })
    for (const row of found) rows.push(row)
  }
  return reverse ? rows.toReversed() : rows
}

/** A flag that a list is sorted by first parts it in two; in other places the flag's column stands for it. */
function bandsOf({ table, hooks }: Served, sort: ListQuery['sort'], reverse: boolean) {
  const flag = hooks.sorts?.[sort[0]?.column ?? '']
  const keys = (flag ? sort.slice(1) : sort)
    .map(({ column, direction }) => ({ column: hooks.sorts?.[column]?.column ?? column, direction }))
    .filter(({ column }) => table.columns.has(column))
  if (!flag) return { bands: [TRUE], keys }
  const isSet = flag.isSet()
  const upwards = (sort[0]!.direction === 'asc') !== reverse
  return { bands: upwards ? [not(isSet), isSet] : [isSet, not(isSet)], keys }
}

/** The band the row of that id is in. */
async function bandOf(tx: Tx, table: Table<Row>, bands: readonly Predicate[], id: string): Promise<number> {
  if (bands.length === 1) return 0
  return (await tx.count(table, and(equals('id', id), bands[0]!))) > 0 ? 0 : 1
}

/** Whether so many rows are the project's that a page of what it may see is soonest found by reading in order. */
async function ownsMany(tx: Tx, table: Table<Row>, projectId: string | null): Promise<boolean> {
  return (
    projectId !== null && table.columns.has('project_id') && tx.isLargeShare(table, equals('project_id', projectId))
  )
}

/** The columns worth reading; null: all of them, because a contribution may need any. */
function columnsFor({ resource, table, contributions }: Served, fields: readonly string[] | null): string[] | null {
  if (fields === null || contributions.some(({ attributes }) => wanted(attributes, fields))) return null
  const objects = shownGranted(resource, table).map(({ granted }) => granted.by ?? 'id')
  const names = new Set(['id', 'project_id', ...objects, ...fields])
  return [...names].filter((name) => table.columns.has(name))
}

function wanted(attributes: readonly string[], fields: readonly string[] | null): boolean {
  return fields === null || attributes.some((attribute) => fields.includes(attribute))
}

/** The rows with what other plugins add to them, in place. */
async function contributed(
  op: Operation,
  { resource, table, contributions }: Served,
  rows: Row[],
  { fields = null, filters = NO_FILTERS }: Partial<Pick<ListQuery, 'fields' | 'filters'>> = {},
): Promise<JsonObject[]> {
  if (rows.length > 0) {
    const granted = shownGranted(resource, table).filter(({ name }) => wanted([name], fields))
    await showGranted(op.tx, op.context, granted, rows)
    for (const { attributes, contribute } of contributions) {
      if (!wanted(attributes, fields)) continue
      const more = await contribute({ ...op, rows, fields, filters })
      for (const row of rows) Object.assign(row, more.get(row.id))
    }
  }
  return rows as unknown as JsonObject[]
}

/**
 * A row by what names it in the path, without hooks and contributions: what policy is decided on. `parentId` is that of
 * the object it is served below, null where there is none.
 */
export async function findRow(
  { tx }: Operation,
  served: Served,
  key: string,
  parentId: string | null = null,
): Promise<Row | null> {
  const where = and(equals(served.resource.key, key), below(served, parentId))
  return (await tx.select(served.table, { where, limit: 1 }))[0] ?? null
}

/** The rows that belong to that parent; all of them for a resource that has none. */
export function below({ resource: { parent } }: Served, parentId: string | null): Predicate {
  return parent === null ? TRUE : equals(parent.column, parentId)
}
