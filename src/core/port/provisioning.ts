/**
 * What has to happen on hosts before a port is ACTIVE: each piece of work is a block, and the port goes ACTIVE with the
 * last block gone. Agents say what they have done; nothing here asks them.
 * Source: upstream's provisioning blocks: a port is ACTIVE when the L2 agent and, if it serves the port, DHCP are done.
 */
import type { Operation, Resources } from '#plugin/plugin.ts'
import type { Tx } from '#store/store.ts'
import { type Port, ports, provisioningBlocks } from './tables.ts'

export type Entity = 'L2' | 'DHCP'

/** VIF types of ports that no host has wired. */
const UNWIRED: readonly unknown[] = ['unbound', 'binding_failed', '', null, undefined]

/** Idempotent. */
export async function addBlock(tx: Tx, portId: string, entity: Entity): Promise<void> {
  await tx.insertMissing(provisioningBlocks, [{ port_id: portId, entity }])
}

/** The same for many ports. */
export async function addBlocks(tx: Tx, portIds: readonly string[], entity: Entity): Promise<void> {
  await tx.insertMissing(
    provisioningBlocks,
    portIds.map((port_id) => ({ port_id, entity })),
  )
}

/** Takes a block away without looking at the status: the work is no longer asked for. */
export async function dropBlocks(tx: Tx, portIds: readonly string[], entity?: Entity): Promise<void> {
  if (portIds.length > 0) await tx.remove(provisioningBlocks, { port_id: portIds, ...(entity ? { entity } : {}) })
}

/**
 * That work is done for those ports. The bound ones that have no block left and are administratively up go ACTIVE.
 * Answers the ids of the ports that did. Idempotent.
 */
export async function clearBlock(
  op: Operation,
  resources: Resources,
  portIds: readonly string[],
  entity: Entity,
): Promise<string[]> {
  if (portIds.length === 0) return []
  const { tx } = op
  await dropBlocks(tx, portIds, entity)
  const blocked = new Set((await tx.list(provisioningBlocks, { port_id: portIds })).map(({ port_id }) => port_id))
  const ready = (await tx.list(ports, { id: portIds })).filter((port) => !blocked.has(port.id) && mayBeActive(port))
  await setStatus(
    op,
    resources,
    ready.map(({ id }) => id),
    'ACTIVE',
  )
  return ready.map(({ id }) => id)
}

function mayBeActive(port: Port): boolean {
  const { 'binding:vif_type': vifType } = port as { readonly 'binding:vif_type'?: unknown }
  return port.admin_state_up && port.status !== 'ACTIVE' && !UNWIRED.includes(vifType)
}

/** Writes the status of those ports, counts their revisions and logs the change; for ports whose status is another. */
export async function setStatus(
  op: Operation,
  resources: Resources,
  portIds: readonly string[],
  status: 'ACTIVE' | 'BUILD' | 'DOWN' | 'ERROR',
): Promise<void> {
  if (portIds.length === 0) return
  await op.tx.update(ports, { id: portIds }, { status })
  await resources.touch(op, 'port', portIds, { status })
}
