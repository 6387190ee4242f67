/**
 * Entries as requests make, change and delete them: what an object may be granted as, whose it must be, and what
 * follows for a flag that the object has of its own. Whether somebody still needs an entry is for those who use the
 * object to say (plugin/grants.ts, `keepWhileUsed`).
 * Source: Networking API v2.0, "RBAC Policies"; refusals are upstream's.
 */
import { RbacPolicyInUse } from '#plugin/errors.ts'
import { mayUse, type RbacPolicy, rbacPolicies, VISIBLE } from '#plugin/grants.ts'
import type { Draft, Operation, PluginHost, ResourceRow } from '#plugin/plugin.ts'
import type { Catalogue } from '#resource/catalogue.ts'
import type { Granted } from '#resource/definition.ts'
import { InvalidInput } from '#resource/errors.ts'
import type { Table } from '#store/store.ts'
import { DuplicateRbacPolicy, InvalidActionForType } from './errors.ts'

interface Flag {
  /** The attribute that an entry makes true. */
  readonly name: string
  readonly granted: Granted
}

type GrantedObject = ResourceRow & { readonly project_id: string | null; readonly [flag: string]: unknown }

export function serveEntries(host: PluginHost): void {
  const flags = flagsOf(host.definitions)
  host.serve<RbacPolicy>('rbac_policy', rbacPolicies, {
    async beforeCreate({ tx, context, rows }) {
      for (const row of rows) await prepare(host, flags, { tx, context }, row)
      await refuseTwins({ tx, context }, rows)
    },
    async afterCreate({ tx, context, rows }) {
      for (const row of rows) await setFlag(host, flags, { tx, context }, row)
      await touchNetworks(host, { tx, context }, rows)
    },
    async beforeUpdate({ tx, context, before, after }) {
      const object = await tx.find(objectsOf(host, before.object_type), { id: before.object_id })
      if (object && !isOwn(object, { tx, context })) {
        throw RbacPolicyInUse({ object_id: before.object_id, details: notOwn(before.object_type) })
      }
      if (after.target_tenant !== before.target_tenant) await refuseTwins({ tx, context }, [after])
    },
    async afterUpdate({ tx, context, before, after }) {
      if (before.target_tenant !== after.target_tenant) await touchNetworks(host, { tx, context }, [after])
    },
    async afterDelete({ tx, context, before }) {
      await clearFlag(host, flags, { tx, context }, before)
      await touchNetworks(host, { tx, context }, [before])
    },
  })
}

type Flags = ReadonlyMap<string, readonly Flag[]>

/** What objects may be granted as, by the name of their resource. */
function flagsOf({ resources }: Catalogue): Flags {
  const own = [...resources.values()].map(
    ({ name, granted }) => [name, granted.filter((flag) => flag.granted.by === undefined)] as const,
  )
  return new Map(own.filter(([, flags]) => flags.length > 0))
}

function objectsOf({ resources }: PluginHost, type: string) {
  return resources.table(type) as unknown as Table<GrantedObject>
}

/** @throws InvalidInput, InvalidActionForType */
async function prepare(host: PluginHost, flags: Flags, op: Operation, row: Draft<RbacPolicy>): Promise<void> {
  const type = row.object_type!.trim().toLowerCase()
  const known = flags.get(type)
  if (!known) throw InvalidInput({ error_message: `'${row.object_type}' is not a valid RBAC object type` })
  row.object_type = type
  const object = await lockedObject(host, op, type, row.object_id!)
  if (!object || !(await mayUse(op.tx, op.context, VISIBLE, object))) {
    const absent = host.definitions.resources.get(type)!.notFound(row.object_id!).message
    throw InvalidInput({ error_message: absent.replace(/\.$/, '') })
  }
  if (!isOwn(object, op)) throw InvalidInput({ error_message: notOwn(type) })
  const actions = known.map(({ granted }) => granted.action)
  if (!actions.includes(row.action!)) {
    const listed = actions.map((action) => `'${action}'`).join(', ')
    const valid_actions = actions.length === 1 ? `(${listed},)` : `(${listed})`
    throw InvalidActionForType({ action: row.action!, object_type: type, valid_actions })
  }
}

/** The object, which nobody deletes meanwhile; two entries for it are made one after the other. */
async function lockedObject(
  host: PluginHost,
  { tx }: Operation,
  type: string,
  id: string,
): Promise<GrantedObject | null> {
  const table = objectsOf(host, type)
  if (tx.dialect !== 'sqlite') {
    await tx.sql.selectFrom(table.name).select('id').where('id', '=', id).forUpdate().execute()
  }
  return tx.find(table, { id })
}

function isOwn({ project_id }: GrantedObject, { context }: Operation): boolean {
  return context.isAdmin || (project_id !== null && project_id === context.projectId)
}

function notOwn(type: string): string {
  return `Only admins can manipulate policies on ${type === 'network' ? 'networks' : 'objects'} they do not own`
}

/** @throws DuplicateRbacPolicy when another entry says the same. */
async function refuseTwins({ tx }: Operation, rows: readonly Draft<RbacPolicy>[]): Promise<void> {
  const seen = new Set<string>()
  for (const { object_id, action, target_tenant } of rows as readonly RbacPolicy[]) {
    const key = `${object_id} ${action} ${target_tenant}`
    if (seen.has(key) || (await tx.exists(rbacPolicies, { object_id, action, target_tenant }))) {
      throw DuplicateRbacPolicy()
    }
    seen.add(key)
  }
}

/** The flag that the object itself has for that action, if it has one. */
function columnOf(host: PluginHost, flags: Flags, { object_type, action }: RbacPolicy): string | null {
  const flag = flags.get(object_type)?.find(({ granted }) => granted.action === action)
  return flag && objectsOf(host, object_type).columns.has(flag.name) ? flag.name : null
}

/** An object that is something for anybody is that. */
async function setFlag(host: PluginHost, flags: Flags, op: Operation, entry: RbacPolicy): Promise<void> {
  const column = columnOf(host, flags, entry)
  if (column !== null) await host.resources.update(op, entry.object_type, entry.object_id, { [column]: true })
}

/** An object that is something for nobody is that no more. */
async function clearFlag(host: PluginHost, flags: Flags, op: Operation, entry: RbacPolicy): Promise<void> {
  const column = columnOf(host, flags, entry)
  const { object_id, action } = entry
  if (column === null || (await op.tx.exists(rbacPolicies, { object_id, action }))) return
  await host.resources.update(op, entry.object_type, object_id, { [column]: false })
}

/** A network's entries count as part of it. */
async function touchNetworks({ resources }: PluginHost, op: Operation, entries: readonly RbacPolicy[]): Promise<void> {
  const ids = entries.filter(({ object_type }) => object_type === 'network').map(({ object_id }) => object_id)
  await resources.touch(op, 'network', ids)
}
