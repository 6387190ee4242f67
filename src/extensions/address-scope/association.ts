/**
 * Which subnet pool may be in which address scope: one of its IP version that the caller may use, in which no other
 * pool has one of its addresses. A pool in a scope of somebody else's is not changed but by administrators.
 * Source: Networking API v2.0, "Address scopes"; refusals and their order are upstream's.
 */
import { isIn } from '#base/predicate.ts'
import { subnets } from '#core/subnet/tables.ts'
import { IllegalSubnetPoolUpdate, NetworkAddressScopeAffinityError } from '#core/subnetpool/errors.ts'
import { intersects } from '#core/subnetpool/prefixes.ts'
import { type Subnetpool, subnetpools } from '#core/subnetpool/tables.ts'
import { blocksOf } from '#core/subnetpool/values.ts'
import type { RequestContext } from '#plugin/context.ts'
import { grantedIds, mayUse, type RbacPolicy } from '#plugin/grants.ts'
import type { Creating, Operation, Updating } from '#plugin/plugin.ts'
import { InvalidInput } from '#resource/errors.ts'
import type { Tx } from '#store/store.ts'
import {
  AddressScopeNotFound,
  AddressScopePrefixConflict,
  IllegalSubnetPoolIpVersionAssociationToAddressScope,
} from './errors.ts'
import { type AddressScope, addressScopes } from './tables.ts'

type Pool = Pick<Subnetpool, 'id' | 'ip_version' | 'prefixes'>

export async function checkNewPools({ tx, context, rows }: Creating<Subnetpool>): Promise<void> {
  const scoped = rows.filter((row) => row.address_scope_id)
  if (scoped.length === 0) return
  const scopes = await lockScopes(
    { tx, context },
    scoped.map((row) => row.address_scope_id!),
  )
  for (const row of scoped) {
    const scope = scopes.get(row.address_scope_id!)!
    const pool = row as Subnetpool
    checkMatch(pool, scope)
    const there = await tx.list(subnetpools, { address_scope_id: scope.id })
    const coming = scoped.filter(({ address_scope_id }) => address_scope_id === scope.id) as unknown as Pool[]
    checkPrefixes(pool, [...there, ...coming])
  }
}

export async function checkChangedPool({ tx, context, before, after }: Updating<Subnetpool>): Promise<void> {
  const ids = [before.address_scope_id, after.address_scope_id].filter((id) => id !== null)
  if (ids.length === 0) return
  const scopes = await lockScopes({ tx, context }, ids)
  const held = before.address_scope_id === null ? undefined : scopes.get(before.address_scope_id)
  if (held && !isOwn(held, context)) {
    throw IllegalSubnetPoolUpdate({
      reason: `subnetpool ${before.id} cannot be updated when associated with shared address scope ${held.id}`,
    })
  }
  const scope = after.address_scope_id === null ? undefined : scopes.get(after.address_scope_id)
  if (!scope) return
  checkMatch(after, scope)
  if (scope.id !== before.address_scope_id) await checkNetworks(tx, after)
  checkPrefixes(after, await tx.list(subnetpools, { address_scope_id: scope.id }))
}

/** A pool is shared with those only who may use its scope. @throws InvalidInput */
export async function checkSharedPools({ tx, rows }: Creating<RbacPolicy>): Promise<void> {
  for (const { object_type, object_id, target_tenant } of rows) {
    if (object_type !== 'subnetpool') continue
    const pool = await tx.find(subnetpools, { id: object_id! })
    if (!pool?.address_scope_id) continue
    const target = { projectId: target_tenant! }
    if ((await grantedIds(tx, target, ['access_as_shared'], [pool.address_scope_id])).size > 0) continue
    const reason = "target project doesn't have access to associated address scope"
    throw InvalidInput({ error_message: `Failed to create RBAC policy on object ${object_id} because ${reason}` })
  }
}

/** In order of ids, whoever asks. (SQLite has one writer at a time.) @throws AddressScopeNotFound */
async function lockScopes(
  { tx, context }: Operation,
  asked: readonly string[],
): Promise<ReadonlyMap<string, AddressScope>> {
  const ids = [...new Set(asked)].sort()
  if (tx.dialect !== 'sqlite') {
    await tx.sql.selectFrom(addressScopes.name).select('id').where('id', 'in', ids).orderBy('id').forUpdate().execute()
  }
  const scopes = new Map((await tx.list(addressScopes, { id: ids })).map((scope) => [scope.id, scope]))
  for (const address_scope_id of ids) {
    const scope = scopes.get(address_scope_id)
    if (!scope || !(await mayUse(tx, context, ['access_as_shared'], scope)))
      throw AddressScopeNotFound({ address_scope_id })
  }
  return scopes
}

function isOwn({ project_id }: AddressScope, { isAdmin, projectId }: RequestContext): boolean {
  return isAdmin || project_id === projectId
}

function checkMatch({ id: subnetpool_id, ip_version }: Pool, scope: AddressScope): void {
  if (ip_version === scope.ip_version) return
  throw IllegalSubnetPoolIpVersionAssociationToAddressScope({
    subnetpool_id,
    address_scope_id: scope.id,
    ip_version: scope.ip_version,
  })
}

function checkPrefixes({ id, prefixes }: Pool, siblings: readonly Pool[]): void {
  const own = blocksOf(prefixes)
  for (const sibling of siblings) {
    if (sibling.id !== id && intersects(own, blocksOf(sibling.prefixes))) throw AddressScopePrefixConflict()
  }
}

/** A pool that changes its scope takes its networks along, which is refused where another pool has subnets there. */
async function checkNetworks(tx: Tx, { id, ip_version }: Pool): Promise<void> {
  const own = await tx.select(subnets, { where: isIn('subnetpool_id', [id]), columns: ['id', 'network_id'] })
  const networkIds = [...new Set(own.map(({ network_id }) => network_id))]
  if (networkIds.length === 0) return
  const near = await tx.list(subnets, { network_id: networkIds, ip_version })
  if (near.some(({ subnetpool_id }) => subnetpool_id !== id)) throw NetworkAddressScopeAffinityError()
}
