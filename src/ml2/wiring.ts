/**
 * Which changes of ports and networks matter to the agents of a host, as lines of the change log and as casts to L2
 * agents. A port that only changed its status is nobody's business: agents make that status, and would hear their own echo. Casts
 * about a port go to the hosts it is, or was, bound to; the rest go to all.
 * Source: reference of agents and RPC, §4, server → L2 agents.
 */
import { isDeepStrictEqual } from 'node:util'
import type { JsonObject } from '#base/json.ts'
import { isIn } from '#base/predicate.ts'
import { networks } from '#core/network/tables.ts'
import { type Port, ports } from '#core/port/tables.ts'
import type { Cast, PluginHost } from '#plugin/plugin.ts'
import { networkDelete, networkUpdate, portDelete, portUpdate } from '#rpc/contract/l2.ts'
import type { Change, Tx } from '#store/store.ts'
import { deviceDetails } from './details.ts'

/**
 * The resource under which the change log tells that a port is to be wired or addressed differently. Its detail:
 * `hosts`, where it is or was bound; `moved`, whether its host changed; `network_id`; `addressed`, whether what a DHCP agent tells of it has changed.
 */
export const PORT_WIRING = 'port_wiring'

export interface Wiring {
  readonly hosts: readonly string[]
  readonly moved: boolean
  readonly network_id: string
  readonly addressed: boolean
}

const ADDRESSED = ['mac_address', 'fixed_ips', 'device_owner', 'device_id', 'extra_dhcp_opts', 'dns_name'] as const
const IGNORED = ['status', 'revision_number', 'updated_at', 'name', 'description', 'binding:vif_details']

export function announceWiring(host: PluginHost): void {
  const { events, announce } = host
  events.precommit<Port>('port', 'update', ({ tx, before, after }) => logWiring(tx, before, after))
  announce('port', async ({ tx, changes }) => [
    ...(await portUpdates(tx, idsOf(changes.filter(({ kind }) => kind === 'create')), () => [])),
    ...portDeletes(changes),
  ])
  announce(PORT_WIRING, async ({ tx, changes }) => {
    const byPort = Map.groupBy(changes, ({ id }) => id)
    const hostsOf = (id: string) => (byPort.get(id) ?? []).flatMap(({ detail }) => (detail as unknown as Wiring).hosts)
    return await portUpdates(tx, [...byPort.keys()], hostsOf)
  })
  announce('network', async ({ tx, changes }) => [
    ...(await networkUpdates(tx, idsOf(changes.filter(({ kind }) => kind === 'update')))),
    ...networkDeletes(changes),
  ])
}

async function logWiring(tx: Tx, before: Port, after: Port): Promise<void> {
  const columns = (Object.keys(after) as (keyof Port)[]).filter((column) => !IGNORED.includes(column))
  const changed = columns.filter((column) => !isDeepStrictEqual(before[column], after[column]))
  if (changed.length === 0) return
  const hosts = [...new Set([before, after].flatMap((port) => port['binding:host_id'] || []))]
  const addressed = changed.some((column) => (ADDRESSED as readonly string[]).includes(column))
  if (hosts.length === 0 && !addressed) return
  const { id, project_id, network_id } = after
  const moved = changed.includes('binding:host_id')
  const detail = { hosts, moved, network_id, addressed } satisfies Wiring
  await tx.log([{ resource: PORT_WIRING, id, kind: 'update', project_id, revision_number: 0, detail }])
}

function idsOf(changes: readonly Change[]): string[] {
  return [...new Set(changes.map(({ id }) => id))]
}

/** To the host each port is bound to, and to `more` hosts. Ports that are gone by now are left out. */
async function portUpdates(
  tx: Tx,
  portIds: readonly string[],
  more: (id: string) => readonly string[],
): Promise<Cast[]> {
  if (portIds.length === 0) return []
  const rows = await tx.select(ports, { where: isIn('id', portIds) })
  const told = rows.filter((row) => row['binding:host_id'] || more(row.id).length > 0)
  const details = await deviceDetails(
    tx,
    told.map(({ id }) => id),
  )
  return told.flatMap((row) => {
    const hosts = new Set([row['binding:host_id'], ...more(row.id)].filter(Boolean))
    const { network_type = null, segmentation_id = null, physical_network = null } = details.get(row.id)?.details ?? {}
    const port = { ...row, tenant_id: row.project_id } as unknown as JsonObject
    const args = { port, network_type, segmentation_id, physical_network }
    return [...hosts].map((host): Cast => ({ ...cast(portUpdate, 'port_update', args), host }))
  })
}

function portDeletes(changes: readonly Change[]): Cast[] {
  return changes.flatMap(({ kind, id, detail }) => {
    const host = detail?.['binding:host_id']
    if (kind !== 'delete' || typeof host !== 'string' || host === '') return []
    return [{ ...cast(portDelete, 'port_delete', { port_id: id }), host }]
  })
}

async function networkUpdates(tx: Tx, ids: readonly string[]): Promise<Cast[]> {
  if (ids.length === 0) return []
  const rows = await tx.list(networks, { id: ids })
  return rows.map((row) => {
    const network = { ...row, tenant_id: row.project_id } as unknown as JsonObject
    return cast(networkUpdate, 'network_update', { network })
  })
}

function networkDeletes(changes: readonly Change[]): Cast[] {
  return changes
    .filter(({ kind }) => kind === 'delete')
    .map(({ id }) => cast(networkDelete, 'network_delete', { network_id: id }))
}

function cast({ topic, version }: { topic: string; version: string }, method: string, args: JsonObject): Cast {
  return { topic, version, method, args }
}
