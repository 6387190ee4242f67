/**
 * Connecting a router to subnets and disconnecting it, by subnet or by port. The router's row is locked while an action
 * runs, so two interfaces of one router are added one after the other.
 * Source: Networking API v2.0, "Add interface to router"; the refusals and their order are upstream's.
 */

import { isUuid } from '#base/ids.ts'
import { isInCidr, parseIp } from '#base/ip.ts'
import type { Json, JsonObject } from '#base/json.ts'
import { PortInUse } from '#core/port/errors.ts'
import { type Port, ports } from '#core/port/tables.ts'
import { visiblePort } from '#core/port/visible.ts'
import { type Subnet, subnets } from '#core/subnet/tables.ts'
import type { ActionOperation, Operation, Resources } from '#plugin/plugin.ts'
import { said } from '#resource/types.ts'
import { lockRows } from '#store/lock.ts'
import {
  RouterInterfaceInUseByFloatingIP,
  RouterInterfaceInUseByRoute,
  RouterInterfaceNotFound,
  RouterInterfaceNotFoundForSubnet,
  SubnetMismatchForPort,
} from './errors.ts'
import { elevated, GATEWAY, INTERFACE, portsOfRouter, visibleSubnet } from './lookups.ts'
import { badRouter, hasIpv6, refuseForeignRouter, refuseSameOrOverlapping, refuseSecondIpv6Port } from './overlaps.ts'
import { allowRemoval } from './removals.ts'
import { floatingips, type Router, routerPorts } from './tables.ts'

/** What both actions answer; `subnet_id` is the last, `subnet_ids` all. */
function answer(router: Router, port: Port, subnetIds: readonly string[], subnetId: string): JsonObject {
  return {
    id: router.id,
    tenant_id: port.project_id,
    project_id: port.project_id,
    port_id: port.id,
    network_id: port.network_id,
    subnet_id: subnetId,
    subnet_ids: subnetIds,
  }
}

/** @throws BadRequest */
function checkBody(body: JsonObject, forRemoval: boolean): { port_id?: string; subnet_id?: string } {
  if (!('port_id' in body) && !('subnet_id' in body)) throw badRouter('Either subnet_id or port_id must be specified')
  for (const key of ['port_id', 'subnet_id']) {
    const value = body[key] as Json | undefined
    if (key in body && !(typeof value === 'string' && isUuid(value))) {
      throw badRouter(`'${said(value ?? null)}' is not a valid UUID`)
    }
  }
  if (!forRemoval && 'port_id' in body && 'subnet_id' in body) {
    throw badRouter('Cannot specify both subnet-id and port-id')
  }
  return body as { port_id?: string; subnet_id?: string }
}

/** `host`: where the router is, so that its new port is bound there at once; null: nowhere yet. */
export async function addRouterInterface(
  op: ActionOperation<Router>,
  resources: Resources,
  host: string | null,
): Promise<JsonObject> {
  const { tx, row: router } = op
  const { port_id, subnet_id } = checkBody(op.body, false)
  const binding = host === null ? {} : { 'binding:host_id': host }
  const [port, added] =
    port_id === undefined
      ? await addBySubnet(op, resources, subnet_id!, binding)
      : await addByPort(op, resources, port_id, binding)
  await tx.insertMissing(routerPorts, [{ port_id: port.id, router_id: router.id, port_type: INTERFACE }])
  await resources.touch(op, 'router', [router.id])
  const ids = added.map(({ id }) => id)
  return answer(router, port, ids, ids.at(-1)!)
}

async function attachedTo(op: ActionOperation<Router>): Promise<{ ports: Port[]; subnets: Subnet[] }> {
  const attached = await portsOfRouter(op.tx, op.row.id)
  const ids = new Set(attached.flatMap(({ fixed_ips }) => fixed_ips).map(({ subnet_id }) => subnet_id))
  const gateways = attached.filter(({ device_owner }) => device_owner === GATEWAY)
  const near = await op.tx.list(subnets, { id: [...ids] })
  // All subnets of an external network count, not only those the gateway has an address of.
  const networkIds = [...new Set(gateways.map(({ network_id }) => network_id))]
  const outer = networkIds.length > 0 ? await op.tx.list(subnets, { network_id: networkIds }) : []
  return { ports: attached, subnets: [...near, ...outer.filter(({ id }) => !ids.has(id))] }
}

async function addBySubnet(
  op: ActionOperation<Router>,
  resources: Resources,
  subnetId: string,
  binding: JsonObject,
): Promise<[Port, Subnet[]]> {
  const { context, row: router } = op
  const subnet = await visibleSubnet(op, subnetId)
  if (!subnet.gateway_ip) throw badRouter('Subnet for router interface must have a gateway IP')
  if (subnet.project_id !== context.projectId && !context.isAdmin) {
    throw badRouter(
      `Cannot add interface to router because subnet ${subnetId} is not owned by project making the request`,
    )
  }
  refuseForeignRouter(subnet)
  const attached = await attachedTo(op)
  refuseSameOrOverlapping(attached.ports, attached.subnets, [subnet])
  const address = { subnet_id: subnet.id, ip_address: subnet.gateway_ip }
  const sameNetwork =
    subnet.ip_version === 6
      ? attached.ports.find(
          (port) => port.device_owner === INTERFACE && port.network_id === subnet.network_id && hasIpv6(port),
        )
      : undefined
  if (sameNetwork) {
    const fixed_ips = [...sameNetwork.fixed_ips.map((ip) => ({ ...ip })), address]
    return [(await resources.update(op, 'port', sameNetwork.id, { fixed_ips })) as unknown as Port, [subnet]]
  }
  const [port] = (await resources.create(op, 'port', [
    {
      project_id: router.project_id,
      network_id: subnet.network_id,
      fixed_ips: [address],
      admin_state_up: true,
      device_id: router.id,
      device_owner: INTERFACE,
      name: '',
      ...binding,
    },
  ])) as unknown as [Port]
  return [port, [subnet]]
}

async function addByPort(
  op: ActionOperation<Router>,
  resources: Resources,
  portId: string,
  binding: JsonObject,
): Promise<[Port, Subnet[]]> {
  const { tx, row: router } = op
  await lockRows(tx, ports, [portId])
  const port = await visiblePort(op, portId)
  if (port.device_id !== '') {
    throw PortInUse({ net_id: port.network_id, port_id: port.id, device_id: port.device_id })
  }
  if (port.fixed_ips.length === 0) throw badRouter('Router port must have at least one fixed IP')
  const known = await tx.list(subnets, { id: [...new Set(port.fixed_ips.map(({ subnet_id }) => subnet_id))] })
  const added = port.fixed_ips.flatMap(({ subnet_id }) => known.find(({ id }) => id === subnet_id) ?? [])
  for (const subnet of added) refuseForeignRouter(subnet)
  const attached = await attachedTo(op)
  refuseSecondIpv6Port(attached.ports, port)
  refuseSameOrOverlapping(attached.ports, attached.subnets, added)
  if (added.filter(({ ip_version }) => ip_version === 4).length > 1) {
    throw badRouter('Cannot have multiple IPv4 subnets on router port')
  }
  refuseForeignAddress(op, port, added)
  const values = { device_id: router.id, device_owner: INTERFACE, ...binding }
  return [(await resources.update(op, 'port', port.id, values)) as unknown as Port, added]
}

/** An address outside the pools is for the subnet's owner to give. @throws BadRequest */
function refuseForeignAddress({ context }: Operation, port: Port, added: readonly Subnet[]): void {
  if (context.isAdmin) return
  for (const { subnet_id, ip_address } of port.fixed_ips) {
    const subnet = added.find(({ id }) => id === subnet_id)
    if (!subnet || subnet.project_id === context.projectId || inPools(subnet, ip_address)) continue
    throw badRouter(
      `Cannot add interface to router because specified port ${port.id} has an IP address out of the allocation pool ` +
        `of subnet ${subnet_id}, which is not owned by the project making the request`,
    )
  }
}

function inPools({ allocation_pools }: Subnet, address: string): boolean {
  const value = parseIp(address)?.value ?? -1n
  return allocation_pools.some(({ start, end }) => value >= parseIp(start)!.value && value <= parseIp(end)!.value)
}

export async function removeRouterInterface(op: ActionOperation<Router>, resources: Resources): Promise<JsonObject> {
  const { row: router } = op
  const { port_id, subnet_id } = checkBody(op.body, true)
  const [port, ids] =
    port_id === undefined
      ? await removeBySubnet(op, resources, subnet_id!)
      : await removeByPort(op, resources, port_id, subnet_id ?? null)
  await resources.touch(op, 'router', [router.id])
  return answer(router, port, ids, ids[0] ?? '')
}

async function removeByPort(
  op: ActionOperation<Router>,
  resources: Resources,
  portId: string,
  subnetId: string | null,
): Promise<[Port, string[]]> {
  const { tx, row: router } = op
  const port = await tx.find(ports, { id: portId, device_id: router.id, device_owner: INTERFACE })
  if (!port) throw RouterInterfaceNotFound({ router_id: router.id, port_id: portId })
  const ids = port.fixed_ips.map(({ subnet_id }) => subnet_id)
  if (subnetId !== null && !ids.includes(subnetId)) {
    throw SubnetMismatchForPort({ port_id: portId, subnet_id: subnetId })
  }
  const known = await tx.list(subnets, { id: [...new Set(ids)] })
  for (const subnet of known) await refuseInUse(op, subnet)
  await removePort(op, resources, port)
  return [port, known.map(({ id }) => id)]
}

async function removeBySubnet(
  op: ActionOperation<Router>,
  resources: Resources,
  subnetId: string,
): Promise<[Port, string[]]> {
  const { tx, row: router } = op
  const subnet = await visibleSubnet(op, subnetId)
  const near = await tx.list(ports, {
    device_id: router.id,
    device_owner: INTERFACE,
    network_id: subnet.network_id,
  })
  if (near.length > 0) await refuseInUse(op, subnet)
  const port = near.find(({ fixed_ips }) => fixed_ips.some(({ subnet_id }) => subnet_id === subnetId))
  if (!port) throw RouterInterfaceNotFoundForSubnet({ router_id: router.id, subnet_id: subnetId })
  const rest = port.fixed_ips.filter(({ subnet_id }) => subnet_id !== subnetId)
  if (rest.length > 0) await resources.update(op, 'port', port.id, { fixed_ips: rest.map((ip) => ({ ...ip })) })
  else await removePort(op, resources, port)
  return [port, [subnetId]]
}

async function removePort(op: Operation, resources: Resources, port: Port): Promise<void> {
  await op.tx.remove(routerPorts, { port_id: port.id })
  allowRemoval(op.tx, port.id)
  await resources.remove(elevated(op), 'port', port.id)
}

/** @throws RouterInterfaceInUseByFloatingIP, RouterInterfaceInUseByRoute */
async function refuseInUse({ tx, row: router }: ActionOperation<Router>, subnet: Subnet): Promise<void> {
  const pointing = (await tx.list(floatingips, { router_id: router.id })).filter(
    ({ fixed_ip_address }) => fixed_ip_address !== null && isInCidr(fixed_ip_address, subnet.cidr),
  )
  const inner = pointing.flatMap(({ port_id }) => port_id ?? [])
  const behind = (await tx.list(ports, { id: [...new Set(inner)] })).some(({ fixed_ips }) =>
    fixed_ips.some(({ subnet_id }) => subnet_id === subnet.id),
  )
  const names = { router_id: router.id, subnet_id: subnet.id }
  if (behind) throw RouterInterfaceInUseByFloatingIP(names)
  if (router.routes.some(({ nexthop }) => isInCidr(nexthop, subnet.cidr))) throw RouterInterfaceInUseByRoute(names)
}
