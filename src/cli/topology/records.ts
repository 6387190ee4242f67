/**
 * What a topology is made of, as the Networking API lists it: which fields are asked for, and their types. Data only.
 * Source: Networking API v2.0, networks, subnets, routers, ports, floating IPs, security groups.
 */

export interface NetworkRecord {
  readonly id: string
  readonly name: string
  readonly status: string
  readonly admin_state_up: boolean
  readonly shared: boolean
  readonly project_id?: string
  readonly mtu?: number
  readonly 'router:external'?: boolean
  readonly 'provider:network_type'?: string | null
  readonly 'provider:segmentation_id'?: number | null
}

export interface SubnetRecord {
  readonly id: string
  readonly name: string
  readonly network_id: string
  readonly cidr: string
  readonly ip_version: number
  readonly gateway_ip: string | null
  readonly enable_dhcp: boolean
  readonly ipv6_address_mode?: string | null
}

export interface FixedIp {
  readonly subnet_id: string
  readonly ip_address: string
}

export interface GatewayInfo {
  readonly network_id: string
  readonly enable_snat?: boolean
  readonly external_fixed_ips?: readonly FixedIp[]
}

export interface RouterRecord {
  readonly id: string
  readonly name: string
  readonly status: string
  readonly admin_state_up: boolean
  readonly project_id?: string
  readonly external_gateway_info?: GatewayInfo | null
  /** Where a router may have several. */
  readonly external_gateways?: readonly GatewayInfo[]
  readonly routes?: readonly { readonly destination: string; readonly nexthop: string }[]
  readonly distributed?: boolean
  readonly ha?: boolean
}

export interface PortRecord {
  readonly id: string
  readonly name: string
  readonly network_id: string
  readonly status: string
  readonly admin_state_up: boolean
  readonly device_id: string
  readonly device_owner: string
  readonly fixed_ips: readonly FixedIp[]
  readonly dns_name?: string
  readonly security_groups?: readonly string[]
}

export interface FloatingIpRecord {
  readonly id: string
  readonly floating_ip_address: string
  readonly fixed_ip_address: string | null
  readonly floating_network_id: string
  readonly port_id: string | null
  readonly router_id?: string | null
  readonly status?: string
}

/** Everything a drawing is made of. Null: the server has no such resource. */
export interface Records {
  /** Whose view it is; null: everybody's that the caller may see. */
  readonly projectId: string | null
  readonly networks: readonly NetworkRecord[]
  readonly subnets: readonly SubnetRecord[]
  readonly ports: readonly PortRecord[]
  readonly routers: readonly RouterRecord[] | null
  readonly floatingips: readonly FloatingIpRecord[] | null
  readonly security_groups: readonly { readonly id: string }[] | null
}

/** What `fields=` asks for, by collection: nothing else is read. */
export const FIELDS = {
  networks: [
    'id',
    'name',
    'status',
    'admin_state_up',
    'shared',
    'project_id',
    'mtu',
    'router:external',
    'provider:network_type',
    'provider:segmentation_id',
  ],
  subnets: ['id', 'name', 'network_id', 'cidr', 'ip_version', 'gateway_ip', 'enable_dhcp', 'ipv6_address_mode'],
  ports: [
    'id',
    'name',
    'network_id',
    'status',
    'admin_state_up',
    'device_id',
    'device_owner',
    'fixed_ips',
    'dns_name',
    'security_groups',
  ],
  routers: [
    'id',
    'name',
    'status',
    'admin_state_up',
    'project_id',
    'external_gateway_info',
    'external_gateways',
    'routes',
    'distributed',
    'ha',
  ],
  floatingips: [
    'id',
    'floating_ip_address',
    'fixed_ip_address',
    'floating_network_id',
    'port_id',
    'router_id',
    'status',
  ],
  security_groups: ['id'],
} as const
