/**
 * Lines of the change log as one caller may see them. A line about an object that is there is shown to who may see the
 * object now, by the rule that shows it; one about an object that is gone, only if it tells that it went, by the row as
 * it was. So a list and the changes since never disagree about what exists, and no line tells of what is not the
 * caller's. One statement for each resource in a page; nothing is written.
 */
import type { Authorizer } from '#api/authorize.ts'
import type { JsonObject } from '#base/json.ts'
import { and, isIn } from '#base/predicate.ts'
import type { RequestContext } from '#plugin/context.ts'
import type { Registry, Row, Served } from '#plugin/registry.ts'
import type { Change, Store, Tx } from '#store/store.ts'
import { ChangesGone } from './errors.ts'

export interface ChangesQuery {
  readonly since: number
  /** Lines shown at most. */
  readonly limit: number
  /** Only of these resources; null: of all. */
  readonly resources: ReadonlySet<string> | null
}

export interface ChangesPage {
  readonly changes: readonly JsonObject[]
  /** What to ask for next: everything up to it is shown here, or hidden from the caller. */
  readonly next: number
  /** Whether the log may have more already. */
  readonly more: boolean
}

export interface ChangesSource {
  readonly store: Store
  readonly registry: Registry
  readonly authorizer: Authorizer
}

/** Lines read at a time. */
const SLICE_MAX = 1_000
/** Lines looked at for one page, of which perhaps none is the caller's. */
const SCANNED_MAX = 5_000
const IDS_MAX = 500

/** @throws ChangesGone when the log does not reach back as far, or is another one than that the caller knows. */
export async function readChanges(
  source: ChangesSource,
  context: RequestContext,
  { since, limit, resources }: ChangesQuery,
): Promise<ChangesPage> {
  const changes: JsonObject[] = []
  let next = since
  for (let scanned = 0; scanned < SCANNED_MAX; scanned += SLICE_MAX) {
    const lines = await source.store.changesSince(next, SLICE_MAX)
    await refuseGap(source.store, next, lines)
    const shown = await source.store.read((tx) => visibleLines(tx, source, context, lines, resources))
    for (const change of shown) {
      if (changes.length === limit) return { changes, next, more: true }
      changes.push(change)
      next = change.sequence as number
    }
    next = lines.at(-1)?.sequence ?? next
    if (lines.length < SLICE_MAX) return { changes, next, more: false }
  }
  return { changes, next, more: true }
}

/** Lines come without a gap: where one is, either they are pruned or nobody ever wrote them. */
async function refuseGap(store: Store, since: number, lines: readonly Change[]): Promise<void> {
  if (lines[0]?.sequence === since + 1) return
  const last = await store.lastChange()
  if (lines.length === 0 && since <= last) return
  const [oldest] = lines.length === 0 ? [] : await store.changesSince(0, 1)
  if (lines.length === 0 || (oldest?.sequence ?? 0) > since + 1) throw ChangesGone({ since, next: last })
}

async function visibleLines(
  tx: Tx,
  source: ChangesSource,
  context: RequestContext,
  lines: readonly Change[],
  resources: ReadonlySet<string> | null,
): Promise<JsonObject[]> {
  const wanted = lines.filter(({ resource }) => resources === null || resources.has(resource))
  const shown = new Map<Change, JsonObject>()
  for (const [resource, mine] of Map.groupBy(wanted, (line) => line.resource)) {
    const served = source.registry.find(resource)
    if (served === null) continue
    const rows = await visibleRows(tx, source, served, context, mine)
    const gone = source.authorizer.judge(tx, served, context)
    for (const line of mine) {
      const row = line.kind === 'delete' ? ((line.detail ?? null) as Row | null) : rows.get(line.id)
      if (!row || (line.kind === 'delete' && !(await gone(row)))) continue
      shown.set(line, lineOf(line, served, row))
    }
  }
  return wanted.map((line) => shown.get(line)).filter((line) => line !== undefined)
}

async function visibleRows(
  tx: Tx,
  { authorizer }: ChangesSource,
  served: Served,
  context: RequestContext,
  lines: readonly Change[],
): Promise<ReadonlyMap<string, Row>> {
  const { resource, table } = served
  const ids = [...new Set(lines.filter(({ kind }) => kind !== 'delete').map(({ id }) => id))]
  const columns = [...new Set(['id', resource.key, ...(resource.parent ? [resource.parent.column] : [])])]
  const visible = authorizer.listable(served, context)
  const rows = new Map<string, Row>()
  for (let at = 0; at < ids.length; at += IDS_MAX) {
    const where = and(isIn('id', ids.slice(at, at + IDS_MAX)), visible)
    for (const row of await tx.select(table, { where, columns })) rows.set(row.id, row)
  }
  return rows
}

function lineOf(line: Change, { resource: { key, parent } }: Served, row: Row): JsonObject {
  const { sequence, resource, kind, project_id, revision_number, at } = line
  return {
    sequence,
    resource,
    id: (row[key] ?? line.id) as string,
    ...(parent ? { parent_id: (row[parent.column] ?? null) as string | null } : {}),
    kind,
    project_id,
    revision_number,
    at,
  }
}
