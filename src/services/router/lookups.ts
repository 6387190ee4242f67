/**
 * Other features' rows as the caller may see them: what it may not see is not found. Locks, where reading and writing
 * have to be one.
 */

import { NetworkNotFound } from '#core/network/errors.ts'
import { type Network, networks } from '#core/network/tables.ts'
import { PortNotFound } from '#core/port/errors.ts'
import { type Port, ports } from '#core/port/tables.ts'
import { SubnetNotFound } from '#core/subnet/errors.ts'
import { type Subnet, subnets } from '#core/subnet/tables.ts'
import { systemContext } from '#plugin/context.ts'
import { mayUse } from '#plugin/grants.ts'
import type { Operation } from '#plugin/plugin.ts'
import type { Tx } from '#store/store.ts'

export const INTERFACE = 'network:router_interface'
export const GATEWAY = 'network:router_gateway'
export const FLOATING = 'network:floatingip'

/** Entries by which a project sees another's network. */
const VISIBLE = ['access_as_shared', 'access_as_external'] as const

/** The same operation for the system itself: ports that belong to no project are made and removed so. */
export function elevated({ tx, context }: Operation): Operation {
  return { tx, context: systemContext(context.requestId) }
}

/** @throws NetworkNotFound */
export async function visibleNetwork({ tx, context }: Operation, id: string): Promise<Network> {
  const network = await tx.find(networks, { id })
  if (!network || !(await mayUse(tx, context, VISIBLE, network))) throw NetworkNotFound({ net_id: id })
  return network
}

/** @throws SubnetNotFound */
export async function visibleSubnet({ tx, context }: Operation, id: string): Promise<Subnet> {
  const subnet = await tx.find(subnets, { id })
  const network = subnet && { id: subnet.network_id, project_id: subnet.project_id }
  if (!network || !(await mayUse(tx, context, VISIBLE, network))) throw SubnetNotFound({ subnet_id: id })
  return subnet
}

/** The caller's own, or on a network of the caller's. @throws PortNotFound */
export async function visiblePort({ tx, context }: Operation, id: string): Promise<Port> {
  const port = await tx.find(ports, { id })
  const seen =
    port &&
    (context.isAdmin ||
      port.project_id === context.projectId ||
      (await tx.exists(networks, { id: port.network_id, project_id: context.projectId })))
  if (!seen) throw PortNotFound({ port_id: id })
  return port
}

/** Others that would change the row wait until this transaction has ended. (SQLite has one writer at a time.) */
export async function lock(tx: Tx, table: { readonly name: string }, id: string): Promise<void> {
  if (tx.dialect === 'sqlite') return
  await tx.sql.selectFrom(table.name).select('id').where('id', '=', id).forUpdate().execute()
}

/** A router's ports with their addresses. */
export async function portsOfRouter(tx: Tx, routerId: string): Promise<Port[]> {
  return tx.list(ports, { device_id: routerId, device_owner: [INTERFACE, GATEWAY] })
}
