/** Subnets as rows. */
import { type StandardRow, standardKinds, type TaggedRow, taggedKinds } from '#store/standard.ts'
import { type Table, table } from '#store/store.ts'

export interface AllocationPool {
  readonly start: string
  readonly end: string
}

export interface HostRoute {
  readonly destination: string
  readonly nexthop: string
}

export type Ipv6Mode = 'dhcpv6-stateful' | 'dhcpv6-stateless' | 'slaac'

interface Base extends StandardRow, TaggedRow {
  network_id: string
  ip_version: 4 | 6
  cidr: string
  subnetpool_id: string | null
  gateway_ip: string | null
  allocation_pools: readonly AllocationPool[]
  dns_nameservers: readonly string[]
  host_routes: readonly HostRoute[]
  enable_dhcp: boolean
  ipv6_ra_mode: Ipv6Mode | null
  ipv6_address_mode: Ipv6Mode | null
  /** Device owners whose ports may have addresses here; empty: any. */
  service_types: readonly string[]
}

export interface Subnet extends Base {}

export const subnets = table<Base>('subnets', {
  ...standardKinds,
  ...taggedKinds,
  network_id: 'text',
  ip_version: 'integer',
  cidr: 'text',
  subnetpool_id: 'text',
  gateway_ip: 'text',
  allocation_pools: 'json',
  dns_nameservers: 'json',
  host_routes: 'json',
  enable_dhcp: 'boolean',
  ipv6_ra_mode: 'text',
  ipv6_address_mode: 'text',
  service_types: 'json',
}) as Table<Subnet>
