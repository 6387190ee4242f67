/**
 * A router's first gateway: its port on the external network comes, changes and goes with `external_gateway_info`. The
 * router's row is locked by whoever calls. Further gateways: gateways.ts.
 * Source: Networking API v2.0, "Routers"; the refusals are upstream's.
 */
import type { JsonObject } from '#base/json.ts'
import { type FixedIp, type Port, ports } from '#core/port/tables.ts'
import { subnets } from '#core/subnet/tables.ts'
import type { Operation, Resources } from '#plugin/plugin.ts'
import type { Tx } from '#store/store.ts'
import { RouterExternalGatewayInUseByFloatingIp } from './errors.ts'
import { elevated, GATEWAY, portsOfRouter, visibleNetwork } from './lookups.ts'
import { badRouter, refuseSameOrOverlapping } from './overlaps.ts'
import { allowRemoval } from './removals.ts'
import { checkRoutes } from './routes.ts'
import { floatingips, type GatewayInfo, type Router, routerPorts } from './tables.ts'

/** `external_gateway_info` as sent. */
export interface WantedGateway {
  readonly network_id: string
  readonly enable_snat?: boolean
  readonly external_fixed_ips?: readonly Partial<FixedIp>[]
}

/** What the router's row is to have. */
export type GatewayColumns = Pick<Router, 'gw_port_id' | 'enable_snat' | 'external_gateway_info'> &
  Partial<Pick<Router, 'extra_gateways'>>

export type GatewayRouter = Pick<Router, 'id' | 'gw_port_id' | 'routes' | 'extra_gateways'>

export async function changeGateway(
  op: Operation,
  resources: Resources,
  router: GatewayRouter,
  wanted: WantedGateway | null,
  { snatByDefault, host }: { readonly snatByDefault: boolean; readonly host: string | null },
): Promise<GatewayColumns> {
  const { tx } = op
  const enable_snat = wanted?.enable_snat ?? snatByDefault
  const attached = await portsOfRouter(tx, router.id)
  const current = attached.find(({ id }) => id === router.gw_port_id) ?? null
  const asked = wanted?.external_fixed_ips ?? []
  if (wanted) await checkNetwork(op, wanted.network_id, asked, router, attached)
  if (current && wanted && current.network_id === wanted.network_id) {
    return columns(await readdress(op, resources, current, asked), enable_snat)
  }
  if (current) await removeGateway(op, resources, router.id, current)
  if (wanted) return columns(await createGateway(op, resources, router.id, wanted, host), enable_snat)
  // The next one is the first now.
  const [next, ...rest] = router.extra_gateways
  const port = attached.find(({ id }) => id === next?.port_id)
  if (next && port) return { ...columns(port, next.enable_snat), extra_gateways: rest }
  return { gw_port_id: null, enable_snat, external_gateway_info: null }
}

/** The port with the addresses asked for; nothing asked for changes nothing. */
export async function readdress(
  op: Operation,
  resources: Resources,
  port: Port,
  asked: readonly Partial<FixedIp>[],
): Promise<Port> {
  if (!addressesDiffer(port.fixed_ips, asked)) return port
  const values = { fixed_ips: asked as readonly JsonObject[] }
  return (await resources.update(elevated(op), 'port', port.id, values)) as unknown as Port
}

export function columns(port: Port, enable_snat: boolean): GatewayColumns {
  return { gw_port_id: port.id, enable_snat, external_gateway_info: gatewayInfo(port, enable_snat) }
}

export function gatewayInfo({ network_id, fixed_ips }: Port, enable_snat: boolean): GatewayInfo {
  const external_fixed_ips = fixed_ips.map(({ subnet_id, ip_address }) => ({ subnet_id, ip_address }))
  return { network_id, external_fixed_ips, enable_snat }
}

/** @throws NetworkNotFound, BadRequest, InvalidRoutes */
export async function checkNetwork(
  op: Operation,
  networkId: string,
  asked: readonly Partial<FixedIp>[],
  router: GatewayRouter,
  attached: readonly Port[],
): Promise<void> {
  const network = await visibleNetwork(op, networkId)
  if (!network['router:external']) throw badRouter(`Network ${networkId} is not an external network`)
  const outer = await op.tx.list(subnets, { network_id: networkId })
  for (const { ip_address } of asked) {
    if (ip_address !== undefined && outer.some(({ gateway_ip }) => gateway_ip === ip_address)) {
      throw badRouter(`External IP ${ip_address} is the same as the gateway IP`)
    }
  }
  if (router.routes.length === 0) return
  const inner = attached.filter(({ id }) => id !== router.gw_port_id).flatMap(({ fixed_ips }) => fixed_ips)
  const known = await op.tx.list(subnets, { id: [...new Set(inner.map(({ subnet_id }) => subnet_id))] })
  checkRoutes(router.routes, {
    cidrs: [...known, ...outer].map(({ cidr }) => cidr),
    addresses: inner.map(({ ip_address }) => ip_address),
  })
}

/** Only what was asked for is compared; nothing asked for changes nothing. */
function addressesDiffer(current: readonly FixedIp[], asked: readonly Partial<FixedIp>[]): boolean {
  if (asked.length === 0) return false
  const differs = (key: 'subnet_id' | 'ip_address') => {
    const has = new Set<string | undefined>(current.map((item) => item[key]))
    const wants = new Set(asked.flatMap((item) => item[key] ?? []))
    return has.size !== wants.size || [...wants].some((value) => !has.has(value))
  }
  return differs('subnet_id') || differs('ip_address')
}

/** @throws BadRequest when the router is connected to what overlaps with the network, unless it is there already. */
export async function createGateway(
  op: Operation,
  resources: Resources,
  routerId: string,
  { network_id, external_fixed_ips = [] }: WantedGateway,
  host: string | null,
): Promise<Port> {
  const { tx } = op
  const attached = await portsOfRouter(tx, routerId)
  const outer = new Set(attached.flatMap((port) => (port.device_owner === GATEWAY ? [port.network_id] : [])))
  if (!outer.has(network_id)) {
    const added = await tx.list(subnets, { network_id })
    const ids = [...new Set(attached.flatMap(({ fixed_ips }) => fixed_ips).map(({ subnet_id }) => subnet_id))]
    const beyond = outer.size > 0 ? await tx.list(subnets, { network_id: [...outer] }) : []
    const near = await tx.list(subnets, { id: ids })
    refuseSameOrOverlapping(attached, [...near, ...beyond.filter(({ id }) => !ids.includes(id))], added)
  }
  const [port] = (await resources.create(elevated(op), 'port', [
    {
      project_id: '',
      network_id,
      device_id: routerId,
      device_owner: GATEWAY,
      admin_state_up: true,
      name: '',
      ...(external_fixed_ips.length > 0 ? { fixed_ips: external_fixed_ips as readonly JsonObject[] } : {}),
      ...(host === null ? {} : { 'binding:host_id': host }),
    },
  ])) as unknown as [Port]
  await tx.insert(routerPorts, [{ port_id: port.id, router_id: routerId, port_type: GATEWAY }])
  return port
}

/** @throws RouterExternalGatewayInUseByFloatingIp unless another gateway of the router is on that network. */
export async function removeGateway(op: Operation, resources: Resources, routerId: string, port: Port): Promise<void> {
  const { tx } = op
  const { network_id } = port
  const used = await tx.exists(floatingips, { router_id: routerId, floating_network_id: network_id })
  const others = (await gatewayPorts(tx, routerId)).filter((other) => other.id !== port.id)
  if (used && !others.some((other) => other.network_id === network_id)) {
    throw RouterExternalGatewayInUseByFloatingIp({ router_id: routerId, net_id: network_id })
  }
  await tx.remove(routerPorts, { port_id: port.id })
  allowRemoval(tx, port.id)
  await resources.remove(elevated(op), 'port', port.id)
}

/** The gateway ports of the router. */
export function gatewayPorts(tx: Tx, routerId: string): Promise<Port[]> {
  return tx.list(ports, { device_id: routerId, device_owner: GATEWAY })
}
