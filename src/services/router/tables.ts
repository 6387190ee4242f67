/** Routers, the ports they own, floating IPs, and which agent hosts a router. */
import type { FixedIp } from '#core/port/tables.ts'
import type { HostRoute } from '#core/subnet/tables.ts'
import {
  type OwnedRow,
  ownedKinds,
  type StandardRow,
  standardKinds,
  type TaggedRow,
  taggedKinds,
} from '#store/standard.ts'
import { table } from '#store/store.ts'

export interface GatewayInfo {
  readonly network_id: string
  readonly enable_snat: boolean
  readonly external_fixed_ips: readonly FixedIp[]
}

export interface Router extends StandardRow, TaggedRow {
  admin_state_up: boolean
  status: string
  gw_port_id: string | null
  enable_snat: boolean
  /** As shown: follows the gateway port's network and addresses. */
  external_gateway_info: GatewayInfo | null
  routes: readonly HostRoute[]
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
  routes: 'json',
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
