/**
 * The default external network: one at most, whoever asks when. Only external networks are, and show whether they are.
 * Source: Networking API v2.0, "Auto allocated topologies", `is_default`.
 */
import type { Network } from '#core/network/tables.ts'
import type { PluginHost } from '#plugin/plugin.ts'
import type { Tx } from '#store/store.ts'
import { DefaultExternalNetworkExists } from './errors.ts'
import { defaultNetworks } from './tables.ts'

const PLACE = 'external'

/** The id of the default external network; null where there is none. */
export async function defaultNetwork(tx: Tx): Promise<string | null> {
  return (await tx.find(defaultNetworks, { place: PLACE }))?.network_id ?? null
}

export function serveDefaultNetwork({ events, show }: PluginHost): void {
  events.before<Network>('network', 'create', async ({ tx, rows }) => {
    for (const row of rows) {
      if (row.is_default) await refuseSecond(tx, row.id)
      row.is_default = Boolean(row.is_default && row['router:external'])
    }
  })
  events.precommit<Network>('network', 'create', async ({ tx, rows }) => {
    for (const { id, is_default } of rows) if (is_default) await take(tx, id)
  })
  events.before<Network>('network', 'update', async ({ tx, before, after, values }) => {
    if (values.is_default) await refuseSecond(tx, before.id)
    after.is_default = Boolean(after.is_default && after['router:external'])
    if (after.is_default && !before.is_default) await take(tx, before.id)
    if (!after.is_default && before.is_default) await tx.remove(defaultNetworks, { network_id: before.id })
  })
  show<Network>('network', ['is_default'], async ({ rows }) => {
    const inside = rows.filter((row) => !row['router:external'])
    // Not there at all, for what is not external.
    return new Map(inside.map(({ id }) => [id, { is_default: undefined as never }]))
  })
}

/** @throws DefaultExternalNetworkExists */
async function refuseSecond(tx: Tx, id: string): Promise<void> {
  const net_id = await defaultNetwork(tx)
  if (net_id !== null && net_id !== id) throw DefaultExternalNetworkExists({ net_id })
}

/** The key decides between two who found none. */
async function take(tx: Tx, network_id: string): Promise<void> {
  if ((await tx.insertMissing(defaultNetworks, [{ place: PLACE, network_id }])) === 0) {
    await refuseSecond(tx, network_id)
  }
}
