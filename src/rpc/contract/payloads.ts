/** Payloads that several topics carry. Values as upstream's server and agents send them; unknown keys are left alone. */
import type { Json } from '#base/json.ts'

export interface FixedIp {
  readonly subnet_id: string
  readonly ip_address: string
}

/** A subnet as agents get it: the API's dictionary. */
export interface SubnetInfo {
  readonly id: string
  readonly name?: string
  readonly project_id?: string
  readonly network_id: string
  readonly ip_version: 4 | 6
  readonly cidr: string
  readonly gateway_ip: string | null
  readonly enable_dhcp: boolean
  readonly ipv6_ra_mode: string | null
  readonly ipv6_address_mode: string | null
  readonly allocation_pools: readonly { readonly start: string; readonly end: string }[]
  readonly dns_nameservers: readonly string[]
  readonly host_routes: readonly { readonly destination: string; readonly nexthop: string }[]
}

/** A port as agents get it: the API's dictionary, seen by an admin. */
export interface PortInfo {
  readonly id: string
  readonly name: string
  readonly project_id: string
  readonly tenant_id?: string
  readonly network_id: string
  readonly mac_address: string
  readonly admin_state_up: boolean
  readonly status: string
  readonly device_id: string
  readonly device_owner: string
  readonly fixed_ips: readonly FixedIp[]
  readonly security_groups: readonly string[]
  readonly 'binding:host_id'?: string
  readonly 'binding:vif_type'?: string
  readonly extra_dhcp_opts?: readonly {
    readonly opt_name: string
    readonly opt_value: string
    readonly ip_version: 4 | 6
  }[]
  readonly dns_assignment?: readonly { readonly ip_address: string; readonly hostname: string; readonly fqdn: string }[]
  readonly [key: string]: Json | undefined | readonly object[]
}
