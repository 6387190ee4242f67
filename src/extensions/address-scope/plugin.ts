/**
 * Address scopes, and what networks show of them. Which pool may be in which scope is decided in association.ts.
 * Source: Networking API v2.0, "Address scopes"; a scope that was shared stays so, 400 `AddressScopeUpdateError`.
 */
import type { JsonObject } from '#base/json.ts'
import { and, equals, isIn, not } from '#base/predicate.ts'
import type { Network } from '#core/network/tables.ts'
import { subnets } from '#core/subnet/tables.ts'
import { type Subnetpool, subnetpools } from '#core/subnetpool/tables.ts'
import { grantedIds, keepWhileUsed, type RbacPolicy } from '#plugin/grants.ts'
import { definePlugin } from '#plugin/plugin.ts'
import type { Tx } from '#store/store.ts'
import { checkChangedPool, checkNewPools, checkSharedPools } from './association.ts'
import api from './definition.ts'
import { AddressScopeInUse, AddressScopeUpdateError } from './errors.ts'
import { addressScopes } from './tables.ts'

export default definePlugin({
  api,
  start(host) {
    const { serve, show, events } = host
    serve('address_scope', addressScopes, {
      async beforeUpdate({ tx, before, values }) {
        if (values.shared !== false) return
        if ((await grantedIds(tx, { projectId: null }, ['access_as_shared'], [before.id])).size === 0) return
        const reason = "Shared address scope can't be unshared"
        throw AddressScopeUpdateError({ address_scope_id: before.id, reason })
      },
      async beforeDelete({ tx, before }) {
        if (await tx.exists(subnetpools, { address_scope_id: before.id })) {
          throw AddressScopeInUse({ address_scope_id: before.id })
        }
      },
    })
    keepWhileUsed(host, {
      object: 'address_scope',
      action: 'access_as_shared',
      used: async (tx, id, projects) =>
        (await tx.count(subnetpools, and(equals('address_scope_id', id), projects))) > 0,
      details: ({ target_tenant }) => `project_id=${target_tenant}`,
    })
    events.before<RbacPolicy>('rbac_policy', 'create', checkSharedPools)
    events.before<Subnetpool>('subnetpool', 'create', checkNewPools)
    events.before<Subnetpool>('subnetpool', 'update', checkChangedPool)

    show<Network>('network', ['ipv4_address_scope', 'ipv6_address_scope'], ({ tx, rows }) =>
      scopesOfNetworks(
        tx,
        rows.map(({ id }) => id),
      ),
    )
  },
})

/** Two statements for a page; one where no network has a subnet of a pool. */
async function scopesOfNetworks(tx: Tx, networkIds: readonly string[]): Promise<ReadonlyMap<string, JsonObject>> {
  const pooled = await tx.select(subnets, {
    where: and(isIn('network_id', networkIds), not(equals('subnetpool_id', null))),
    columns: ['id', 'network_id', 'subnetpool_id'],
  })
  const poolIds = [...new Set(pooled.map(({ subnetpool_id }) => subnetpool_id!))]
  const pools = poolIds.length === 0 ? [] : await tx.select(subnetpools, { where: isIn('id', poolIds) })
  const byId = new Map(pools.map((pool) => [pool.id, pool]))
  const shown = new Map<string, { ipv4_address_scope: string | null; ipv6_address_scope: string | null }>()
  for (const id of networkIds) shown.set(id, { ipv4_address_scope: null, ipv6_address_scope: null })
  for (const { network_id, subnetpool_id } of pooled) {
    const pool = byId.get(subnetpool_id!)
    if (pool?.address_scope_id) shown.get(network_id)![`ipv${pool.ip_version}_address_scope`] = pool.address_scope_id
  }
  return shown
}
