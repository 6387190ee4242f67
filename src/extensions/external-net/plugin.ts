/**
 * External networks: subnets carry their network's flag. Whether a network in use may stop being external is for those
 * who use it to say (services/router).
 */
import { type Network, networks } from '#core/network/tables.ts'
import { type Subnet, subnets } from '#core/subnet/tables.ts'
import { RbacPolicyInUse } from '#plugin/errors.ts'
import type { RbacPolicy } from '#plugin/grants.ts'
import { definePlugin } from '#plugin/plugin.ts'
import { EVERYBODY } from '#resource/granted.ts'
import type { Tx } from '#store/store.ts'
import api from './definition.ts'
import './tables.ts'

export default definePlugin({
  api,
  start({ events }) {
    events.before<Subnet>('subnet', 'create', async ({ tx, rows }) => {
      const parents = await tx.list(networks, { id: [...new Set(rows.map(({ network_id }) => network_id!))] })
      const external = new Set(parents.flatMap((network) => (network['router:external'] ? [network.id] : [])))
      for (const row of rows) row['router:external'] = external.has(row.network_id!)
    })

    events.before<RbacPolicy>('rbac_policy', 'update', async ({ tx, before, after }) => {
      if (after.target_tenant !== before.target_tenant) await keepDefaultForAll(tx, before)
    })
    events.before<RbacPolicy>('rbac_policy', 'delete', ({ tx, before }) => keepDefaultForAll(tx, before))

    events.precommit<Network>('network', 'update', async ({ tx, before, after }) => {
      if (before['router:external'] === after['router:external']) return
      await tx.update(subnets, { network_id: after.id }, { 'router:external': after['router:external'] })
    })
  },
})

/** The default external network is everybody's. @throws RbacPolicyInUse */
async function keepDefaultForAll(tx: Tx, { action, target_tenant, object_id }: RbacPolicy): Promise<void> {
  if (action !== 'access_as_external' || target_tenant !== EVERYBODY) return
  const network = (await tx.find(networks, { id: object_id })) as { readonly is_default?: unknown } | null
  if (!network?.is_default) return
  throw RbacPolicyInUse({ object_id, details: 'Default external networks must be shared to everyone.' })
}
