/**
 * What routers and floating IPs forbid others to do, and what follows for them when others do it: ports of routers are
 * not deleted directly, a deleted port loses its floating IPs, a deleted network takes unused ones along, and one with
 * gateways stays external.
 * Source: upstream's refusals of port, network and subnet changes.
 */
import { isIPv4 } from 'node:net'
import { and, isIn, type Predicate } from '#base/predicate.ts'
import type { Network } from '#core/network/tables.ts'
import { ServicePortInUse } from '#core/port/errors.ts'
import { ROUTER_OWNERS } from '#core/port/plan.ts'
import { type Port, ports } from '#core/port/tables.ts'
import { isAutoAddress } from '#core/subnet/addressing.ts'
import { mayServe } from '#core/subnet/service-types.ts'
import { type Subnet, subnets } from '#core/subnet/tables.ts'
import { ExternalNetworkInUse } from '#extensions/external-net/errors.ts'
import { keepWhileUsed } from '#plugin/grants.ts'
import type { Deleting, Draft, Operation, PluginHost, Resources, Updating } from '#plugin/plugin.ts'
import { BadRequest } from '#resource/errors.ts'
import { DeviceIDNotOwnedByTenant, FipAssociated } from './errors.ts'
import { gatewayInfo } from './gateway.ts'
import { elevated, FLOATING, GATEWAY, INTERFACE } from './lookups.ts'
import { isAllowed } from './removals.ts'
import { floatingips, routerPorts, routers } from './tables.ts'

export function guard(host: PluginHost): void {
  const { events, resources } = host
  keepWhileUsed(host, {
    object: 'network',
    action: 'access_as_external',
    used: async (tx, id, projects) => (await tx.count(routers, and(gatewayOn(id), projects))) > 0,
    details: () => 'There are routers attached to this network that depend on this policy for access.',
  })
  events.before<Port>('port', 'create', async (creating) => {
    for (const row of creating.rows) await refuseForeignRouterId(creating, row)
  })
  events.before<Port>('port', 'update', async (updating) => {
    const { values, after } = updating
    if ('device_id' in values || 'device_owner' in values) await refuseForeignRouterId(updating, after)
    if ('fixed_ips' in values) {
      await keepInterfaceAddress(updating)
      await keepFloatingAddress(updating)
    }
  })
  events.before<Port>('port', 'delete', async (deleting) => {
    await refuseServicePort(deleting)
    await dissociate(deleting, resources)
  })
  events.precommit<Port>('port', 'update', (event) => followPort(event, event.before, event.after, resources))
  events.before<Network>('network', 'update', async ({ tx, before, after }) => {
    if (!before['router:external'] || after['router:external']) return
    if (await tx.exists(ports, { network_id: before.id, device_owner: GATEWAY })) {
      throw ExternalNetworkInUse({ net_id: before.id })
    }
  })
  events.before<Network>('network', 'delete', async ({ tx, context, before }) => {
    const unused = await tx.list(floatingips, { floating_network_id: before.id, port_id: null, router_id: null })
    for (const { id } of unused) await resources.remove(elevated({ tx, context }), 'floatingip', id)
  })
  events.precommit<Subnet>('subnet', 'create', async ({ tx, context, rows }) => {
    for (const row of rows) if (row['router:external']) await addressGateways({ tx, context }, resources, row)
  })
  events.precommit<Subnet>('subnet', 'update', async ({ tx, context, before, after }) => {
    if (before.gateway_ip === after.gateway_ip) return
    const gateways = await tx.list(ports, { network_id: after.network_id, device_owner: GATEWAY })
    const on = gateways.filter(({ fixed_ips }) => fixed_ips.some(({ subnet_id }) => subnet_id === after.id))
    await resources.touch(
      { tx, context },
      'router',
      on.map(({ device_id }) => device_id),
    )
  })
}

/** Routers with a gateway on that network. */
function gatewayOn(networkId: string): Predicate {
  const where = and(isIn('network_id', [networkId]), isIn('device_owner', [GATEWAY]))
  return { op: 'exists', table: ports.name, column: 'device_id', equals: 'id', where }
}

/** Gateways get an address of a new subnet that serves them, unless they have one of its IP version. */
async function addressGateways(op: Operation, resources: Resources, subnet: Subnet): Promise<void> {
  if (isAutoAddress(subnet) || !mayServe(subnet, GATEWAY)) return
  const near = new Map((await op.tx.list(subnets, { network_id: subnet.network_id })).map((each) => [each.id, each]))
  for (const port of await op.tx.list(ports, { network_id: subnet.network_id, device_owner: GATEWAY })) {
    const chosen = port.fixed_ips.filter(({ subnet_id }) => !isAutoAddress(near.get(subnet_id) ?? subnet))
    const served = chosen.some(({ subnet_id }) => near.get(subnet_id)?.ip_version === subnet.ip_version)
    if (served || chosen.length > 1) continue
    const fixed_ips = [...port.fixed_ips.map((ip) => ({ ...ip })), { subnet_id: subnet.id }]
    await resources.update(elevated(op), 'port', port.id, { fixed_ips })
  }
}

/** @throws DeviceIDNotOwnedByTenant when a port would become the interface of another project's router. */
async function refuseForeignRouterId({ tx, context }: Operation, port: Draft<Port>): Promise<void> {
  const { device_id, device_owner } = port
  if (context.isAdmin || !device_id || !ROUTER_OWNERS.includes(device_owner ?? '')) return
  const router = await tx.find(routers, { id: device_id })
  if (router && router.project_id !== port.project_id) throw DeviceIDNotOwnedByTenant({ device_id })
}

/** IPv4 addresses of a router's interface stay as they are. @throws BadRequest */
async function keepInterfaceAddress({ tx, before, after }: Updating<Port>): Promise<void> {
  if (!ROUTER_OWNERS.includes(before.device_owner)) return
  const addresses = ({ fixed_ips }: Port) => fixed_ips.map(({ ip_address }) => ip_address).filter((ip) => isIPv4(ip))
  const [has, wants] = [addresses(before), addresses(after)]
  if (has.length === wants.length && has.every((ip) => wants.includes(ip))) return
  if (!(await tx.exists(routers, { id: before.device_id }))) return
  throw BadRequest({ resource: 'ports', msg: `IP updates for port ${before.id} are not allowed` })
}

/** @throws BadRequest when the address a floating IP points at would go. */
async function keepFloatingAddress({ tx, before, after }: Updating<Port>): Promise<void> {
  const pointing = await tx.list(floatingips, { port_id: before.id })
  const has = new Set(after.fixed_ips.map(({ ip_address }) => ip_address))
  if (pointing.every(({ fixed_ip_address }) => fixed_ip_address === null || has.has(fixed_ip_address))) return
  throw BadRequest({
    resource: 'port',
    msg:
      `Cannot update the fixed_ips of the port ${before.id}, because its original fixed_ip has been associated to a ` +
      'floating ip',
  })
}

/** @throws ServicePortInUse for a port of a router or floating IP that is still there. */
async function refuseServicePort({ tx, before }: Deleting<Port>): Promise<void> {
  const { id, device_id, device_owner } = before
  const isRouters = device_owner === GATEWAY || ROUTER_OWNERS.includes(device_owner)
  if ((!isRouters && device_owner !== FLOATING) || isAllowed(tx, id)) return
  const inUse = isRouters
    ? await tx.exists(routers, { id: device_id })
    : await tx.exists(floatingips, { id: device_id })
  if (inUse) throw ServicePortInUse({ port_id: id, reason: `has device owner ${device_owner}` })
}

/** @throws FipAssociated when the floating IP belongs to a project the caller may not act for. */
async function dissociate({ tx, context, before }: Deleting<Port>, resources: Resources): Promise<void> {
  const pointing = await tx.list(floatingips, { port_id: before.id })
  if (!context.isAdmin && pointing.some(({ project_id }) => project_id !== context.projectId)) {
    throw FipAssociated({ port_id: before.id })
  }
  for (const { id } of pointing) await resources.update(elevated({ tx, context }), 'floatingip', id, { port_id: null })
}

/** What of a port agents need to know of counts as a change of its router; what the router shows follows. */
async function followPort(op: Operation, before: Port, after: Port, resources: Resources): Promise<void> {
  const owners = [INTERFACE, GATEWAY]
  if (!owners.includes(before.device_owner) && !owners.includes(after.device_owner)) return
  const same =
    JSON.stringify(before.fixed_ips) === JSON.stringify(after.fixed_ips) &&
    before.mac_address === after.mac_address &&
    before.admin_state_up === after.admin_state_up &&
    before.device_id === after.device_id &&
    before.device_owner === after.device_owner
  if (same) return
  if (after.device_owner === GATEWAY) {
    const router = await op.tx.find(routers, { id: after.device_id, gw_port_id: after.id })
    if (router) {
      const external_gateway_info = gatewayInfo(after, router.enable_snat)
      await op.tx.update(routers, { id: router.id }, { external_gateway_info })
    }
  }
  const ids = [before.device_id, after.device_id].filter((id) => id !== '')
  const known = await op.tx.select(routers, { where: and(isIn('id', ids)), columns: ['id'] })
  await resources.touch(
    op,
    'router',
    known.map(({ id }) => id),
  )
  if (before.device_id !== after.device_id) {
    await op.tx.remove(routerPorts, { port_id: after.id, router_id: before.device_id })
  }
}
