/**
 * What L3 agents are told: which routers to read again, never what changed. A lost or repeated message does no harm.
 * Source: reference of agents and RPC, §7, "Server → agent".
 */
import { and, isIn } from '#base/predicate.ts'
import { ports } from '#core/port/tables.ts'
import { subnets } from '#core/subnet/tables.ts'
import type { Cast, PluginHost } from '#plugin/plugin.ts'
import { l3Agent } from '#rpc/contract/l3.ts'
import type { Change, Tx } from '#store/store.ts'
import { GATEWAY, INTERFACE } from './lookups.ts'
import { agentsOfRouters } from './scheduler.ts'
import { type FloatingIp, floatingips, ROUTER_CONTENTS } from './tables.ts'

/** In the change log: a router came to an agent or left one. `id` is the router's, the detail says which host. */
export const ROUTER_MOVE = 'router_l3_agent_binding'

type Page = { readonly tx: Tx; readonly changes: readonly Change[] }

export function announceRouters({ announce }: Pick<PluginHost, 'announce'>): void {
  announce('router', async ({ tx, changes }) => {
    const gone = changes.filter(({ kind }) => kind === 'delete').map(({ id }) => id)
    const changed = changes.filter(({ kind }) => kind !== 'delete').map(({ id }) => id)
    return [...(await updated(tx, changed)), ...gone.map(deleted)]
  })
  announce(ROUTER_CONTENTS, ({ tx, changes }: Page) =>
    updated(
      tx,
      changes.map(({ id }) => id),
    ),
  )
  announce('floatingip', ({ tx, changes }) => tellOfFloatingIps(tx, changes))
  announce('subnetpool', ({ tx, changes }) => tellOfPools(tx, changes))
  announce(ROUTER_MOVE, async ({ changes }: Page) => changes.map(moved))
}

/** One message per host, for all of its routers among these. */
async function updated(tx: Tx, routerIds: readonly string[]): Promise<Cast[]> {
  const hosting = await agentsOfRouters(tx, [...new Set(routerIds)])
  const byHost = Map.groupBy([...hosting], ([, { host }]) => host)
  return [...byHost].map(([host, entries]) => ({
    topic: l3Agent.topic,
    host,
    method: 'routers_updated',
    args: { routers: entries.map(([id]) => id) },
    version: l3Agent.methods.routers_updated.since,
  }))
}

function deleted(router_id: string): Cast {
  const version = l3Agent.methods.router_deleted.since
  return { topic: l3Agent.topic, method: 'router_deleted', args: { router_id }, version }
}

/** An address that works is nothing new to the agent that said so. */
async function tellOfFloatingIps(tx: Tx, changes: readonly Change[]): Promise<Cast[]> {
  const gone = changes.filter(({ kind }) => kind === 'delete').map(({ detail }) => detail as unknown as FloatingIp)
  const ids = changes.filter(({ kind }) => kind !== 'delete').map(({ id }) => id)
  const rows = ids.length === 0 ? [] : await tx.select(floatingips, { where: isIn('id', [...new Set(ids)]) })
  const news = [...gone, ...rows.filter(({ status }) => status !== 'ACTIVE')]
  return updated(
    tx,
    news.flatMap((row) => [row?.router_id ?? [], row?.last_known_router_id ?? []].flat()),
  )
}

/** A pool may be in another address scope now: the routers of its networks are read again. */
async function tellOfPools(tx: Tx, changes: readonly Change[]): Promise<Cast[]> {
  const ids = [...new Set(changes.filter(({ kind }) => kind === 'update').map(({ id }) => id))]
  if (ids.length === 0) return []
  const cut = await tx.select(subnets, { where: isIn('subnetpool_id', ids), columns: ['id', 'network_id'] })
  const networkIds = [...new Set(cut.map(({ network_id }) => network_id))]
  if (networkIds.length === 0) return []
  const at = await tx.select(ports, {
    where: and(isIn('network_id', networkIds), isIn('device_owner', [INTERFACE, GATEWAY])),
    columns: ['id', 'device_id'],
  })
  return updated(
    tx,
    at.map(({ device_id }) => device_id),
  )
}

function moved({ id, kind, detail }: Change): Cast {
  const host = String(detail?.host)
  return kind === 'delete'
    ? {
        topic: l3Agent.topic,
        host,
        method: 'router_removed_from_agent',
        args: { payload: { router_id: id } },
        version: l3Agent.methods.router_removed_from_agent.since,
      }
    : {
        topic: l3Agent.topic,
        host,
        method: 'router_added_to_agent',
        args: { payload: [id] },
        version: l3Agent.methods.router_added_to_agent.since,
      }
}

/** Writes the move into the change log, in the transaction that makes it. */
export async function logMove(tx: Tx, routerId: string, kind: 'create' | 'delete', host: string): Promise<void> {
  await tx.log([{ resource: ROUTER_MOVE, id: routerId, kind, project_id: null, revision_number: 0, detail: { host } }])
}
