/**
 * The entries of `rbac_policies`: which object is shared with, or external for, which project. Read here for whoever
 * needs to know; made and checked by extensions/rbac-policies.
 * Source: Networking API v2.0, "RBAC Policies".
 */
import { and, equals, FALSE, isIn, not, type Predicate } from '#base/predicate.ts'
import type { CompiledResource } from '#resource/catalogue.ts'
import type { Granted } from '#resource/definition.ts'
import { EVERYBODY, RBAC_POLICIES, targetsOf } from '#resource/granted.ts'
import { type Table, type Tx, table } from '#store/store.ts'
import type { RequestContext } from './context.ts'
import { RbacPolicyInUse } from './errors.ts'
import type { PluginHost } from './plugin.ts'
import type { Row } from './registry.ts'

/** Objects that are looked up by their ids. */
const FEW = 50

export interface RbacPolicy {
  id: string
  /** Whose entry it is: of who made it. */
  project_id: string | null
  object_type: string
  object_id: string
  action: Granted['action']
  /** A project, or `*` for all. */
  target_tenant: string
}

export const rbacPolicies = table<RbacPolicy>(RBAC_POLICIES, {
  id: 'text',
  project_id: 'text',
  object_type: 'text',
  object_id: 'text',
  action: 'text',
  target_tenant: 'text',
})

/** Entries by which a project sees an object of another's. */
export const VISIBLE = ['access_as_shared', 'access_as_external'] as const

/** Those of the objects that are that (any of `actions`) to the caller's project, whoever owns them. */
export async function grantedIds(
  tx: Tx,
  { projectId }: Pick<RequestContext, 'projectId'>,
  actions: readonly Granted['action'][],
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set()
  const entries = await tx.list(rbacPolicies, { object_id: ids, action: actions, target_tenant: targetsOf(projectId) })
  return new Set(entries.map(({ object_id }) => object_id))
}

/** Whether the object is the caller's, or opened to its project by an entry with one of those actions. */
export async function mayUse(
  tx: Tx,
  context: RequestContext,
  actions: readonly Granted['action'][],
  { id, project_id }: { readonly id: string; readonly project_id: string | null },
): Promise<boolean> {
  if (context.isAdmin || (project_id !== null && project_id === context.projectId)) return true
  return (await grantedIds(tx, context, actions, [id])).size > 0
}

/** Rows by which projects use an object that an entry opens to them. */
export interface Use {
  readonly object: string
  readonly action: Granted['action']
  /** Whether there is one of those projects': a condition on `project_id`. */
  used(tx: Tx, objectId: string, projects: Predicate): Promise<boolean>
  /** Why the entry stays. */
  details(entry: RbacPolicy): string
}

/** Entries stay as long as a project that has no other needs them. @throws RbacPolicyInUse, inside, to whoever asks. */
export function keepWhileUsed({ events, resources }: Pick<PluginHost, 'events' | 'resources'>, use: Use): void {
  const check = async (tx: Tx, entry: RbacPolicy, target: string | null) => {
    if (entry.object_type !== use.object || entry.action !== use.action) return
    const object = await tx.find(resources.table(use.object), { id: entry.object_id })
    const owner = (object as { project_id?: string | null } | null)?.project_id ?? null
    const losers = await projectsWithout(tx, entry, target, owner)
    if (losers.op === 'false' || !(await use.used(tx, entry.object_id, losers))) return
    throw RbacPolicyInUse({ object_id: entry.object_id, details: use.details(entry) })
  }
  events.before<RbacPolicy>('rbac_policy', 'update', ({ tx, before, after }) => check(tx, before, after.target_tenant))
  events.before<RbacPolicy>('rbac_policy', 'delete', ({ tx, before }) => check(tx, before, null))
}

/** The projects that lose an object with the entry, when `target` gets it instead: a condition on `project_id`. */
async function projectsWithout(
  tx: Tx,
  { id, object_id, action, target_tenant }: RbacPolicy,
  target: string | null,
  owner: string | null,
): Promise<Predicate> {
  const entries = (await tx.list(rbacPolicies, { object_id, action })).filter((entry) => entry.id !== id)
  const keep = [...entries.map((entry) => entry.target_tenant), ...(target === null ? [] : [target])]
  // An owner sees its network in any case, but routes through it only while it is external.
  if (action === 'access_as_shared') keep.push(owner ?? '')
  if (keep.includes(EVERYBODY)) return FALSE
  if (target_tenant === EVERYBODY) return not(isIn('project_id', [...keep, '']))
  return keep.includes(target_tenant) ? FALSE : isIn('project_id', [target_tenant])
}

/** The attributes of a resource that only entries know: no column has them. */
export function grantedAttributes({ granted }: CompiledResource, table: Table<Row>): CompiledResource['granted'] {
  return granted.filter(({ name }) => !table.columns.has(name))
}

/** Those of them that are shown. */
export function shownGranted(resource: CompiledResource, table: Table<Row>): CompiledResource['granted'] {
  return grantedAttributes(resource, table).filter(
    ({ name }) => resource.attributes.get(name)?.attribute.hidden !== true,
  )
}

/** Of many objects: what is granted is usually less, and then asked for as it is. */
async function grantedAmong(
  tx: Tx,
  context: RequestContext,
  { object, action }: Granted,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (ids.length > FEW) {
    const to = isIn('target_tenant', targetsOf(context.projectId))
    const where = and(equals('object_type', object), equals('action', action), to)
    const entries = await tx.select(rbacPolicies, { where, columns: ['object_id'], limit: ids.length })
    if (entries.length < ids.length) return new Set(entries.map(({ object_id }) => object_id))
  }
  return grantedIds(tx, context, [action], ids)
}

/** Writes what entries say into the rows, in place: a statement for each attribute, two where much is granted. */
export async function showGranted(
  tx: Tx,
  context: RequestContext,
  attributes: CompiledResource['granted'],
  rows: readonly Row[],
): Promise<void> {
  for (const { name, granted } of attributes) {
    const idOf = (row: Row) => row[granted.by ?? 'id'] as string
    const ids = await grantedAmong(tx, context, granted, [...new Set(rows.map(idOf))])
    for (const row of rows) row[name] = ids.has(idOf(row))
  }
}
