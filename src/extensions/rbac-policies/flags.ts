/**
 * What objects' flags do to entries, for every resource with an attribute that entries decide on. A flag without a
 * column is the entry for everybody. A flag with one (`router:external`) says what the object is: set, it is that for
 * everybody unless it is for somebody already; cleared, it is that for nobody.
 */
import { newId } from '#base/ids.ts'
import { type RbacPolicy, rbacPolicies } from '#plugin/grants.ts'
import type { PluginHost, ResourceRow } from '#plugin/plugin.ts'
import type { Granted } from '#resource/definition.ts'
import { EVERYBODY } from '#resource/granted.ts'
import type { Tx, Where } from '#store/store.ts'

type Flagged = ResourceRow & { readonly project_id: string | null; readonly [flag: string]: unknown }

export function followFlags({ events, definitions, resources }: PluginHost): void {
  for (const { name: resource, granted: all } of definitions.resources.values()) {
    const own = all.filter(({ granted }) => granted.by === undefined)
    if (own.length === 0) continue
    const isColumn = (flag: string) => resources.table(resource).columns.has(flag)

    events.precommit<Flagged>(resource, 'create', async ({ tx, rows }) => {
      const set = rows.flatMap((row) => own.filter(({ name }) => row[name] === true).map((flag) => ({ ...flag, row })))
      await add(
        tx,
        set.map(({ row, granted }) => forEverybody(granted, row)),
      )
    })
    events.precommit<Flagged>(resource, 'update', async ({ tx, context, before, after }) => {
      let changed = 0
      for (const { name, granted } of own) {
        if (after[name] === undefined || before[name] === after[name]) continue
        changed += await follow(tx, granted, after, after[name] === true, isColumn(name))
      }
      if (changed > 0) await resources.touch({ tx, context }, resource, [after.id])
    })
    events.precommit<Flagged>(resource, 'delete', async ({ tx, before }) => {
      await remove(tx, { object_id: before.id })
    })
  }
}

/** Answers how many entries have come or gone. */
async function follow(tx: Tx, granted: Granted, object: Flagged, isSet: boolean, isColumn: boolean): Promise<number> {
  const of = { object_id: object.id, action: granted.action }
  const all = { ...of, target_tenant: EVERYBODY }
  if (!isSet) return remove(tx, isColumn ? of : all)
  // Somebody may have it for itself already, and then it was not asked for everybody.
  if (await tx.exists(rbacPolicies, isColumn ? of : all)) return 0
  return add(tx, [forEverybody(granted, object)])
}

function forEverybody({ object, action }: Granted, { id, project_id }: Flagged): RbacPolicy {
  return { id: newId(), project_id, object_type: object, object_id: id, action, target_tenant: EVERYBODY }
}

async function add(tx: Tx, entries: readonly RbacPolicy[]): Promise<number> {
  await tx.insert(rbacPolicies, entries)
  await log(tx, 'create', entries)
  return entries.length
}

async function remove(tx: Tx, where: Where<RbacPolicy>): Promise<number> {
  const entries = await tx.list(rbacPolicies, where)
  if (entries.length > 0) await tx.remove(rbacPolicies, { id: entries.map(({ id }) => id) })
  await log(tx, 'delete', entries)
  return entries.length
}

function log(tx: Tx, kind: 'create' | 'delete', entries: readonly RbacPolicy[]): Promise<void> {
  const detail = (entry: RbacPolicy) => (kind === 'delete' ? { ...entry } : null)
  return tx.log(
    entries.map((entry) => ({
      resource: 'rbac_policy',
      id: entry.id,
      kind,
      project_id: entry.project_id,
      revision_number: 0,
      detail: detail(entry),
    })),
  )
}
