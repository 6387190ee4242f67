/**
 * A router's gateway: its port on the external network comes, changes and goes with `external_gateway_info`. The router's
 * row is locked by whoever calls.
 * Source: Networking API v2.0, "Routers"; the refusals are upstream's.
 */
import type { JsonObject } from '#base/json.ts'
import { and, isIn } from '#base/predicate.ts'
import { type FixedIp, type Port, ports } from '#core/port/tables.ts'
import { subnets } from '#core/subnet/tables.ts'
import type { Operation, Resources } from '#plugin/plugin.ts'
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
export type GatewayColumns = Pick<Router, 'gw_port_id' | 'enable_snat' | 'external_gateway_info'>

export async function changeGateway(
  op: Operation,
  resources: Resources,
  router: Pick<Router, 'id' | 'gw_port_id' | 'routes'>,
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
    const port = addressesDiffer(current.fixed_ips, asked)
      ? ((await resources.update(elevated(op), 'port', current.id, {
          fixed_ips: asked as readonly JsonObject[],
        })) as unknown as Port)
      : current
    return columns(port, enable_snat)
  }
  if (current) await removeGateway(op, resources, router.id, current)
  if (!wanted) return { gw_port_id: null, enable_snat, external_gateway_info: null }
  const inner = attached.filter(({ id }) => id !== current?.id)
  return columns(await createGateway(op, resources, router.id, wanted, inner, host), enable_snat)
}

function columns(port: Port, enable_snat: boolean): GatewayColumns {
  return { gw_port_id: port.id, enable_snat, external_gateway_info: gatewayInfo(port, enable_snat) }
}

export function gatewayInfo({ network_id, fixed_ips }: Port, enable_snat: boolean): GatewayInfo {
  const external_fixed_ips = fixed_ips.map(({ subnet_id, ip_address }) => ({ subnet_id, ip_address }))
  return { network_id, external_fixed_ips, enable_snat }
}

/** @throws NetworkNotFound, BadRequest, InvalidRoutes */
async function checkNetwork(
  op: Operation,
  networkId: string,
  asked: readonly Partial<FixedIp>[],
  router: Pick<Router, 'id' | 'gw_port_id' | 'routes'>,
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

async function createGateway(
  op: Operation,
  resources: Resources,
  routerId: string,
  { network_id, external_fixed_ips = [] }: WantedGateway,
  inner: readonly Port[],
  host: string | null,
): Promise<Port> {
  const { tx } = op
  const added = await tx.list(subnets, { network_id })
  const innerIds = [...new Set(inner.flatMap(({ fixed_ips }) => fixed_ips).map(({ subnet_id }) => subnet_id))]
  refuseSameOrOverlapping(inner, await tx.list(subnets, { id: innerIds }), added)
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

/** @throws RouterExternalGatewayInUseByFloatingIp */
export async function removeGateway(op: Operation, resources: Resources, routerId: string, port: Port): Promise<void> {
  const { tx } = op
  if ((await tx.count(floatingips, isIn('router_id', [routerId]))) > 0) {
    throw RouterExternalGatewayInUseByFloatingIp({ router_id: routerId, net_id: port.network_id })
  }
  await tx.remove(routerPorts, { port_id: port.id })
  allowRemoval(tx, port.id)
  await resources.remove(elevated(op), 'port', port.id)
}

/** The gateway port of the router, if it has one. */
export function findGateway({ tx }: Operation, routerId: string): Promise<Port | null> {
  return tx
    .select(ports, { where: and(isIn('device_id', [routerId]), isIn('device_owner', [GATEWAY])), limit: 1 })
    .then(([port]) => port ?? null)
}
