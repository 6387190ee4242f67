/**
 * Floating IPs: the port that holds the address outside, the port it points at inside, and the router between them.
 * Source: Networking API v2.0, "Floating IPs"; the refusals and their order are upstream's.
 */

import { isIPv4 } from 'node:net'
import type { JsonObject } from '#base/json.ts'
import { isIn } from '#base/predicate.ts'
import { type Port, ports } from '#core/port/tables.ts'
import { visiblePort } from '#core/port/visible.ts'
import { subnets } from '#core/subnet/tables.ts'
import type { Creating, Draft, Operation, Resources, Updating } from '#plugin/plugin.ts'
import { BadRequest } from '#resource/errors.ts'
import { lockRows } from '#store/lock.ts'
import {
  ExternalGatewayForFloatingIPNotFound,
  ExternalIpAddressExhausted,
  FloatingIPPortAlreadyAssociated,
} from './errors.ts'
import { elevated, FLOATING, visibleNetwork, visibleSubnet } from './lookups.ts'
import { allowRemoval } from './removals.ts'
import { type FloatingIp, findRouterBetween, floatingips } from './tables.ts'

const NOT_APPLICABLE = 'N/A'

function bad(msg: string): Error {
  return BadRequest({ resource: 'floatingip', msg })
}

/** Gives each row its address and, where asked for, what it points at. */
export async function prepareFloatingIps(creating: Creating<FloatingIp>, resources: Resources): Promise<void> {
  for (const row of creating.rows) {
    const networkId = row.floating_network_id!
    const network = await visibleNetwork(creating, networkId)
    if (!network['router:external']) throw bad(`Network ${networkId} is not a valid external network`)
    if (!(await creating.tx.exists(subnets, { network_id: networkId, ip_version: 4 }))) {
      throw bad(`Network ${networkId} does not contain any IPv4 subnet`)
    }
    // The port is the system's own, and its maker sees every subnet.
    if (row.subnet_id) await visibleSubnet(creating, row.subnet_id as string)
    const port = await createFloatingPort(creating, resources, row)
    const address = port.fixed_ips.find(({ ip_address }) => isIPv4(ip_address))?.ip_address
    if (address === undefined) throw ExternalIpAddressExhausted({ net_id: networkId })
    delete row.subnet_id
    row.floating_port_id = port.id
    row.floating_ip_address = address
    row.status = 'DOWN'
    Object.assign(row, await associationOf(creating, row, null))
  }
}

async function createFloatingPort(op: Operation, resources: Resources, row: Draft<FloatingIp>): Promise<Port> {
  const { floating_ip_address, subnet_id } = row as { floating_ip_address?: string | null; subnet_id?: string | null }
  const address = {
    ...(subnet_id ? { subnet_id } : {}),
    ...(floating_ip_address ? { ip_address: floating_ip_address } : {}),
  }
  const [port] = (await resources.create(elevated(op), 'port', [
    {
      project_id: '',
      network_id: row.floating_network_id!,
      admin_state_up: true,
      device_id: row.id,
      device_owner: FLOATING,
      status: NOT_APPLICABLE,
      name: '',
      ...(Object.keys(address).length > 0 ? { fixed_ips: [address] } : {}),
    },
  ])) as unknown as [Port]
  return port
}

type Association = Pick<FloatingIp, 'port_id' | 'fixed_ip_address' | 'router_id'>

const NONE: Association = { port_id: null, fixed_ip_address: null, router_id: null }

/** What an update makes of the association: kept unless it is spoken of, except that an empty request ends it. */
export async function updateFloatingIp({ tx, context, before, after, values }: Updating<FloatingIp>): Promise<void> {
  const spoken = 'port_id' in values || 'fixed_ip_address' in values || Object.keys(values).length === 0
  if (!spoken) return
  const asked = { ...after, port_id: null, fixed_ip_address: null, ...values } as Draft<FloatingIp>
  const found = await associationOf({ tx, context }, asked, before)
  Object.assign(after, found)
  const same =
    found.port_id === before.port_id &&
    found.fixed_ip_address === before.fixed_ip_address &&
    found.router_id === before.router_id
  if (same) return
  after.last_known_router_id = before.router_id
  // Until the agent says so, nothing is translated.
  after.status = 'DOWN'
}

/** @throws BadRequest, PortNotFound, ExternalGatewayForFloatingIPNotFound, FloatingIPPortAlreadyAssociated */
async function associationOf(op: Operation, row: Draft<FloatingIp>, before: FloatingIp | null): Promise<Association> {
  const { port_id, fixed_ip_address } = row
  if (fixed_ip_address && !port_id) throw bad('fixed_ip_address cannot be specified without a port_id')
  if (!port_id) return NONE
  await lockRows(op.tx, ports, [port_id])
  const { port, subnetId, address } = await internalAddress(op, row, port_id)
  const outside = row.floating_network_id!
  const router_id = await findRouterBetween(op.tx, port.network_id, subnetId, outside)
  if (router_id === null) {
    throw ExternalGatewayForFloatingIPNotFound({ subnet_id: subnetId, external_network_id: outside, port_id: port.id })
  }
  const found: Association = { port_id, fixed_ip_address: address, router_id }
  if (before?.port_id === port_id) return found
  const where = { port_id, floating_network_id: row.floating_network_id!, fixed_ip_address: address }
  if (await op.tx.exists(floatingips, where)) {
    throw FloatingIPPortAlreadyAssociated({
      port_id,
      fip_id: row.id,
      floating_ip_address: row.floating_ip_address ?? null,
      fixed_ip: address,
      net_id: row.floating_network_id!,
    })
  }
  return found
}

async function internalAddress(
  op: Operation,
  row: Draft<FloatingIp>,
  portId: string,
): Promise<{ port: Port; subnetId: string; address: string }> {
  const port = await visiblePort(op, portId)
  if (port.project_id !== row.project_id && !op.context.isAdmin) {
    throw bad(
      `Cannot process floating IP association with Port ${portId}, since that port is owned by a different project`,
    )
  }
  // Upstream's text has the placeholder in it.
  if (port.device_owner === 'network:dhcp') throw bad('Port %(id)s is unable to be assigned a floating IP')
  const wanted = row.fixed_ip_address
  if (wanted) {
    if (!isIPv4(wanted)) {
      throw bad(`Cannot process floating IP association with ${wanted}, since that is not an IPv4 address`)
    }
    const subnetId = port.fixed_ips.find(({ ip_address }) => ip_address === wanted)?.subnet_id
    if (subnetId === undefined) throw bad(`Port ${port.id} does not have fixed ip ${wanted}`)
    return { port, subnetId, address: wanted }
  }
  const candidates = port.fixed_ips.filter(({ ip_address }) => isIPv4(ip_address))
  const [first, second] = candidates
  if (!first) throw bad(`Cannot add floating IP to port ${port.id} that has no fixed IPv4 addresses`)
  if (second) {
    throw bad(
      `Port ${port.id} has multiple fixed IPv4 addresses.  Must provide a specific IPv4 address when assigning a ` +
        'floating IP',
    )
  }
  return { port, subnetId: first.subnet_id, address: first.ip_address }
}

export async function removeFloatingPort(op: Operation, resources: Resources, row: FloatingIp): Promise<void> {
  allowRemoval(op.tx, row.floating_port_id)
  await resources.remove(elevated(op), 'port', row.floating_port_id)
}

/** `port_details` for a page of floating IPs: one statement. */
export async function portDetails({
  tx,
  rows,
}: Operation & { readonly rows: readonly FloatingIp[] }): Promise<Map<string, JsonObject>> {
  const ids = [...new Set(rows.flatMap(({ port_id }) => port_id ?? []))]
  const known = ids.length === 0 ? [] : await tx.select(ports, { where: isIn('id', ids) })
  const details = new Map(
    known.map(({ id, name, network_id, mac_address, admin_state_up, status, device_id, device_owner }) => [
      id,
      { name, network_id, mac_address, admin_state_up, status, device_id, device_owner },
    ]),
  )
  return new Map(rows.map(({ id, port_id }) => [id, { port_details: details.get(port_id ?? '') ?? null }]))
}
