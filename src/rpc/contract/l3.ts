/** The L3 agents' side of the router plugin, and what the server casts to them. Source: reference of agents and RPC, §7. */
import type { JsonObject } from '#base/json.ts'
import { contract, method } from '#rpc/rpc.ts'
import type { FixedIp, PortInfo, SubnetInfo } from './payloads.ts'

type PortKeys =
  | 'id'
  | 'name'
  | 'project_id'
  | 'network_id'
  | 'mac_address'
  | 'admin_state_up'
  | 'status'
  | 'device_id'
  | 'device_owner'

/** A router's port: the API's dictionary, and what the agent needs of its subnets. */
export interface RouterPort extends Pick<PortInfo, PortKeys> {
  readonly fixed_ips: readonly (FixedIp & { readonly prefixlen: number })[]
  readonly subnets: readonly (Pick<SubnetInfo, 'id' | 'cidr' | 'gateway_ip'> & {
    readonly dns_nameservers: readonly string[]
    readonly ipv6_ra_mode: string | null
  })[]
  readonly extra_subnets: readonly Pick<SubnetInfo, 'id' | 'cidr' | 'gateway_ip'>[]
  /** By IP version, as text: `{"4": null, "6": null}`. */
  readonly address_scopes: { readonly [version: string]: string | null }
  readonly mtu: number
}

/** The data of upstream's versioned object `PortForwarding` 1.3. A range is `<first>:<last>`, also of one port. */
export interface PortForwardingInfo {
  readonly id: string
  readonly floatingip_id: string
  readonly floating_ip_address: string
  readonly router_id: string | null
  readonly protocol: string
  /** Null for more than one port. */
  readonly external_port: number | null
  readonly external_port_range: string
  readonly internal_port_id: string
  readonly internal_ip_address: string
  readonly internal_port: number | null
  readonly internal_port_range: string
  readonly description: string
}

export interface FloatingIpInfo {
  readonly id: string
  readonly floating_ip_address: string
  readonly fixed_ip_address: string | null
  readonly floating_network_id: string
  readonly port_id: string | null
  readonly router_id: string | null
  readonly project_id: string
  readonly status: string
  readonly fixed_ip_address_scope?: string | null
  /** Only here: upstream's agents pull these as versioned objects. */
  readonly _port_forwardings?: readonly PortForwardingInfo[]
}

export interface RouterInfo {
  readonly id: string
  readonly name: string
  readonly project_id: string
  readonly tenant_id?: string
  readonly admin_state_up: boolean
  readonly status: string
  readonly gw_port_id: string | null
  readonly gw_port: RouterPort | null
  readonly enable_snat: boolean
  /** Gateways beside `gw_port`, in their order. Upstream's L3 agent knows of one only. */
  readonly _extra_gateways?: readonly { readonly port: RouterPort; readonly enable_snat: boolean }[]
  readonly external_gateway_info: JsonObject | null
  readonly routes: readonly { readonly destination: string; readonly nexthop: string }[]
  readonly _interfaces: readonly RouterPort[]
  readonly _floatingips: readonly FloatingIpInfo[]
  /** The floating IPs that have port forwardings: their ids, their addresses as CIDRs, and they themselves. */
  readonly fip_managed_by_port_forwardings?: readonly string[]
  readonly port_forwardings_fip_set?: readonly string[]
  readonly _pf_floatingips?: readonly FloatingIpInfo[]
  readonly distributed?: boolean
  readonly ha?: boolean
}

export const l3Plugin = contract('q-l3-plugin', '1.13', {
  get_router_ids: method<{ host: string }, readonly string[]>('1.9'),
  /** Routers of this host among `router_ids` (null: all); one that is missing in the answer is not this host's. */
  sync_routers: method<{ host: string; router_ids: readonly string[] | null }, readonly RouterInfo[]>('1.0'),
  update_floatingip_statuses: method<
    { router_id: string; fip_statuses: { readonly [id: string]: 'ACTIVE' | 'DOWN' | 'ERROR' } },
    null
  >('1.1'),
  get_service_plugin_list: method<Record<string, never>, readonly string[]>('1.3'),
  get_host_ha_router_count: method<{ host: string }, number>('1.11'),
})

export const l3Agent = contract('l3_agent', '1.4', {
  routers_updated: method<{ routers: readonly string[] }, null>('1.1'),
  router_deleted: method<{ router_id: string }, null>('1.0'),
  router_added_to_agent: method<{ payload: readonly string[] }, null>('1.0'),
  router_removed_from_agent: method<{ payload: { router_id: string } }, null>('1.0'),
  agent_updated: method<{ payload: JsonObject }, null>('1.0'),
})
