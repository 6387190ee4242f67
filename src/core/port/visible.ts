/** Ports as a caller may see them: the others are not found. Source: upstream's default policy of `get_port`. */
import { networks } from '#core/network/tables.ts'
import type { Operation } from '#plugin/plugin.ts'
import { PortNotFound } from './errors.ts'
import { type Port, ports } from './tables.ts'

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
