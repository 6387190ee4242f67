/** Routers, the ports they own, floating IPs, and which agent hosts a router. */
import { and, equals, isIn } from '#base/predicate.ts'
import { type FixedIp, ports } from '#core/port/tables.ts'
import { type HostRoute, subnets } from '#core/subnet/tables.ts'
import {
  type OwnedRow,
  ownedKinds,
  type StandardRow,
  standardKinds,
  type TaggedRow,
  taggedKinds,
} from '#store/standard.ts'
import { type Tx, table } from '#store/store.ts'

export interface GatewayInfo {
  readonly network_id: string
  readonly enable_snat: boolean
  readonly external_fixed_ips: readonly FixedIp[]
}

/** A gateway beside the first; its network and addresses are the port's. */
export interface ExtraGateway {
  readonly port_id: string
  readonly enable_snat: boolean
}

export interface Router extends StandardRow, TaggedRow {
  admin_state_up: boolean
  status: string
  gw_port_id: string | null
  enable_snat: boolean
  /** As shown: follows the gateway port's network and addresses. */
  external_gateway_info: GatewayInfo | null
  /** In the order they are shown. */
  extra_gateways: readonly ExtraGateway[]
  routes: readonly HostRoute[]
  /** Of the flavor it was made of. */
  flavor_id: string | null
  /** Zones whose agents are to host it; empty: any. */
  availability_zone_hints: readonly string[]
}

export const routers = table<Router>('routers', {
  ...standardKinds,
  ...taggedKinds,
  admin_state_up: 'boolean',
  status: 'text',
  gw_port_id: 'text',
  enable_snat: 'boolean',
  external_gateway_info: 'json',
  extra_gateways: 'json',
  routes: 'json',
  flavor_id: 'text',
  availability_zone_hints: 'json',
})

/** A port that is a router's; its device_owner says what for. */
export interface RouterPortRow {
  port_id: string
  router_id: string
  port_type: string
}

export const routerPorts = table<RouterPortRow>('router_ports', {
  port_id: 'text',
  router_id: 'text',
  port_type: 'text',
})

export interface FloatingIp extends OwnedRow, TaggedRow {
  floating_network_id: string
  floating_ip_address: string
  /** The port that holds the address on the external network. */
  floating_port_id: string
  router_id: string | null
  /** The router that had it before the last change: its agent has to hear of it, too. */
  last_known_router_id: string | null
  port_id: string | null
  fixed_ip_address: string | null
  status: string
  dns_name: string
  dns_domain: string
}

export const floatingips = table<FloatingIp>('floatingips', {
  ...ownedKinds,
  ...taggedKinds,
  floating_network_id: 'text',
  floating_ip_address: 'text',
  floating_port_id: 'text',
  router_id: 'text',
  last_known_router_id: 'text',
  port_id: 'text',
  fixed_ip_address: 'text',
  status: 'text',
  dns_name: 'text',
  dns_domain: 'text',
})

/** A router is on one agent at most: its id is the key. */
export interface RouterBinding {
  router_id: string
  agent_id: string
}

export const routerBindings = table<RouterBinding>('router_l3_agent_bindings', { router_id: 'text', agent_id: 'text' })

/** In the change log: what belongs to a router has changed, and not its row. `id` is the router's. */
export const ROUTER_CONTENTS = 'router_contents'

/** Has the routers' agents read them again, once this transaction has committed. */
export async function logRouterContents(tx: Tx, routerIds: readonly string[]): Promise<void> {
  const change = {
    resource: ROUTER_CONTENTS,
    kind: 'update',
    project_id: null,
    revision_number: 0,
    detail: null,
  } as const
  await tx.log(routerIds.map((id) => ({ ...change, id })))
}

export const INTERFACE = 'network:router_interface'
export const GATEWAY = 'network:router_gateway'

/**
 * The router between a network's subnet and an external network; of several, the one that is the subnet's gateway. Null:
 * there is none.
 */
export async function findRouterBetween(
  tx: Tx,
  networkId: string,
  subnetId: string,
  externalNetworkId: string,
): Promise<string | null> {
  const inner = (await tx.list(ports, { network_id: networkId, device_owner: INTERFACE })).filter(({ fixed_ips }) =>
    fixed_ips.some(({ subnet_id }) => subnet_id === subnetId),
  )
  const outer = await tx.select(ports, {
    where: and(
      isIn('device_id', [...new Set(inner.map(({ device_id }) => device_id))]),
      equals('device_owner', GATEWAY),
      equals('network_id', externalNetworkId),
    ),
    columns: ['device_id'],
  })
  const reaching = new Set(outer.map(({ device_id }) => device_id))
  const candidates = inner.filter(({ device_id }) => reaching.has(device_id))
  const subnet = await tx.find(subnets, { id: subnetId })
  const best = candidates.find(({ fixed_ips }) =>
    fixed_ips.some(({ subnet_id, ip_address }) => subnet_id === subnetId && ip_address === subnet?.gateway_ip),
  )
  return (best ?? candidates[0])?.device_id ?? null
}
