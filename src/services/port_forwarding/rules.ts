/**
 * What a port forwarding may be: as many ports inside as outside or one, nothing of another's, and a router between the
 * address outside and the one inside. The floating IP's row is locked by whoever calls, and then the port's, so that of
 * two that collide one is refused, whichever servers they come from.
 * Source: Networking API v2.0, "Floating IPs port forwarding"; the refusals and their order are upstream's.
 */
import { isIPv4 } from 'node:net'
import { pythonRepr } from '#base/errors.ts'
import type { JsonObject } from '#base/json.ts'
import type { Port } from '#core/port/tables.ts'
import { visiblePort } from '#core/port/visible.ts'
import type { Operation } from '#plugin/plugin.ts'
import { BadRequest } from '#resource/errors.ts'
import { FloatingIPPortAlreadyAssociated } from '#services/router/errors.ts'
import { type FloatingIp, findRouterBetween, floatingips } from '#services/router/tables.ts'
import { PortHasBindingFloatingIP } from './errors.ts'
import { overlap, singlePort, sizeOf } from './ranges.ts'
import { type PortForwarding, portForwardings } from './tables.ts'

export function bad(msg: string): Error {
  return BadRequest({ resource: 'port_forwarding', msg })
}

type Ports = Partial<
  Pick<PortForwarding, 'external_port' | 'external_port_range' | 'internal_port' | 'internal_port_range'>
>

/** Single ports and ranges say the same in two ways: what was sent decides, single ports first. @throws BadRequest */
export function settlePorts(row: Ports, sent: { readonly [attribute: string]: unknown }): void {
  for (const side of ['external', 'internal'] as const) {
    const single = sent[`${side}_port`]
    const range = typeof single === 'number' ? `${single}:${single}` : sent[`${side}_port_range`]
    if (typeof range === 'string') row[`${side}_port_range`] = range
    const settled = row[`${side}_port_range`]
    if (!settled) throw bad(`Either ${side}_port or ${side}_port_range must be specified`)
    row[`${side}_port`] = singlePort(settled)
  }
  const inside = sizeOf(row.internal_port_range!)
  if (inside > 1 && inside !== sizeOf(row.external_port_range!)) {
    throw bad(
      'Invalid ranges of internal and/or external ports. The relation between internal and external ports must be N-N ' +
        'or 1-N',
    )
  }
}

/** Of those that are, and `pending`: those of the same request. @throws BadRequest */
export async function refuseCollisions(
  { tx }: Operation,
  row: PortForwarding,
  pending: readonly PortForwarding[] = [],
): Promise<void> {
  const { internal_port_id, floatingip_id, protocol, internal_ip_address } = row
  const inside = await tx.list(portForwardings, { internal_port_id, protocol, internal_ip_address })
  const outside = await tx.list(portForwardings, { floatingip_id, protocol })
  const isInside = (other: PortForwarding) =>
    other.internal_port_id === internal_port_id &&
    other.internal_ip_address === internal_ip_address &&
    other.protocol === protocol
  const isOutside = (other: PortForwarding) => other.floatingip_id === floatingip_id && other.protocol === protocol
  refuseOverlap(row, [...inside, ...pending.filter(isInside)], 'internal_port_range')
  refuseOverlap(row, [...outside, ...pending.filter(isOutside)], 'external_port_range')
}

function refuseOverlap(
  row: PortForwarding,
  others: readonly PortForwarding[],
  key: 'internal_port_range' | 'external_port_range',
): void {
  const other = others.find(({ id, [key]: range }) => id !== row.id && overlap(range, row[key]))
  if (!other) return
  throw bad(`There is a port collision with the ${key}. The following ranges collides: ${other[key]} and ${row[key]}`)
}

/** @throws PortHasBindingFloatingIP */
export async function refuseBoundPort({ tx }: Operation, portId: string, fixedIp: string): Promise<void> {
  const bound = await tx.find(floatingips, { port_id: portId })
  if (!bound) return
  const { floating_ip_address, id } = bound
  throw PortHasBindingFloatingIP({ floating_ip_address, fip_id: id, port_id: portId, fixed_ip: fixedIp })
}

/** @throws FloatingIPPortAlreadyAssociated */
export function refuseAssociated(floatingIp: FloatingIp, row: PortForwarding): void {
  if (floatingIp.port_id === null) return
  throw FloatingIPPortAlreadyAssociated({
    port_id: row.internal_port_id,
    fip_id: floatingIp.id,
    floating_ip_address: floatingIp.floating_ip_address,
    fixed_ip: row.internal_ip_address,
    net_id: floatingIp.floating_network_id,
  })
}

function shownIps(fixed_ips: Port['fixed_ips']): string {
  return pythonRepr(fixed_ips.map(({ subnet_id, ip_address }): JsonObject => ({ subnet_id, ip_address })))
}

/** The router the forwarding goes through. @throws PortNotFound, BadRequest */
export async function routerFor(op: Operation, row: PortForwarding, floatingIp: FloatingIp): Promise<string> {
  const port = await visiblePort(op, row.internal_port_id)
  const known = port.fixed_ips.filter(({ ip_address }) => isIPv4(ip_address))
  if (known.length === 0) throw bad(`Requested internal port ${port.id} must allocate an IPv4 address at least.`)
  const inside = known.find(({ ip_address }) => ip_address === row.internal_ip_address)
  if (!inside) {
    throw bad(
      `Requested internal IP address ${row.internal_ip_address} is not suitable for internal neutron port ${port.id}, ` +
        `as its fixed_ips are ${shownIps(known)}`,
    )
  }
  const outside = floatingIp.floating_network_id
  const routerId = await findRouterBetween(op.tx, port.network_id, inside.subnet_id, outside)
  if (routerId === null) {
    throw bad(
      `External network ${outside} is not reachable from subnet ${inside.subnet_id}. Cannot set Port forwarding for ` +
        `port ${port.id} with Floating IP ${floatingIp.id}`,
    )
  }
  if (floatingIp.router_id !== null && floatingIp.router_id !== routerId) {
    throw bad(
      `The Floating IP ${floatingIp.id} had been set on router ${floatingIp.router_id}, the internal Neutron port ` +
        `${port.id} can not reach it`,
    )
  }
  return routerId
}

/** @throws PortNotFound, BadRequest */
export async function refuseForeignAddress(op: Operation, row: PortForwarding): Promise<void> {
  const { fixed_ips } = await visiblePort(op, row.internal_port_id)
  if (fixed_ips.some(({ ip_address }) => ip_address === row.internal_ip_address)) return
  throw bad(
    'The internal IP does not correspond to an address on the internal port, which has fixed_ips ' +
      shownIps(fixed_ips),
  )
}

/** Single ports of the same floating IP that would be one and the same. @throws BadRequest */
export async function refuseDuplicates({ tx }: Operation, row: PortForwarding, floatingIp: FloatingIp): Promise<void> {
  const { floatingip_id, protocol } = row
  for (const other of await tx.list(portForwardings, { floatingip_id, protocol })) {
    if (other.id === row.id) continue
    const refuse = (values: JsonObject) =>
      bad(
        `Another port forwarding entry with the same attributes already exists, conflicting values are ` +
          pythonRepr(values),
      )
    if (other.external_port !== null && other.external_port === row.external_port) {
      throw refuse({ floating_ip_address: floatingIp.floating_ip_address, external_port: other.external_port })
    }
    const { internal_port_id, internal_ip_address, internal_port } = other
    const same =
      internal_port !== null &&
      internal_port === row.internal_port &&
      internal_port_id === row.internal_port_id &&
      internal_ip_address === row.internal_ip_address
    if (same) throw refuse({ internal_port_id, internal_ip_address, internal_port })
  }
}
