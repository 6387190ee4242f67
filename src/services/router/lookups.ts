/** Other features' rows as the caller may see them: what it may not see is not found. */

import { NetworkNotFound } from '#core/network/errors.ts'
import { type Network, networks } from '#core/network/tables.ts'
import { type Port, ports } from '#core/port/tables.ts'
import { SubnetNotFound } from '#core/subnet/errors.ts'
import { type Subnet, subnets } from '#core/subnet/tables.ts'
import { systemContext } from '#plugin/context.ts'
import { mayUse, VISIBLE } from '#plugin/grants.ts'
import type { Operation } from '#plugin/plugin.ts'
import type { Tx } from '#store/store.ts'
import { GATEWAY, INTERFACE } from './tables.ts'

export { GATEWAY, INTERFACE }
export const FLOATING = 'network:floatingip'

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

/** A router's ports with their addresses. */
export async function portsOfRouter(tx: Tx, routerId: string): Promise<Port[]> {
  return tx.list(ports, { device_id: routerId, device_owner: [INTERFACE, GATEWAY] })
}
