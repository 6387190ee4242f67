/** A network, its DHCP port and settings, for tests of this folder: one isolated IPv4 subnet with one instance. */
import type { NetworkInfo } from '#rpc/contract/dhcp.ts'
import type { PortInfo, SubnetInfo } from '#rpc/contract/payloads.ts'
import type { Settings } from './fragment.ts'

export const exampleSubnet: SubnetInfo = {
  id: 's4',
  network_id: 'n1',
  ip_version: 4,
  cidr: '10.0.0.0/24',
  gateway_ip: '10.0.0.1',
  enable_dhcp: true,
  ipv6_ra_mode: null,
  ipv6_address_mode: null,
  allocation_pools: [],
  dns_nameservers: [],
  host_routes: [],
}

export const exampleSubnet6: SubnetInfo = {
  ...exampleSubnet,
  id: 's6',
  ip_version: 6,
  cidr: 'fd00::/64',
  gateway_ip: 'fd00::1',
  ipv6_address_mode: 'dhcpv6-stateful',
  ipv6_ra_mode: 'dhcpv6-stateful',
}

export const examplePort: PortInfo = {
  id: 'aaaaaaaa-0000-4000-8000-000000000001',
  name: '',
  project_id: 'p1',
  network_id: 'n1',
  mac_address: 'fa:16:3e:00:00:05',
  admin_state_up: true,
  status: 'DOWN',
  device_id: 'i1',
  device_owner: 'compute:nova',
  fixed_ips: [{ subnet_id: 's4', ip_address: '10.0.0.5' }],
  security_groups: [],
}

export const exampleDhcpPort: PortInfo = {
  ...examplePort,
  id: 'dddddddd-0000-4000-8000-000000000002',
  mac_address: 'fa:16:3e:00:00:02',
  device_id: 'dhcp1',
  device_owner: 'network:dhcp',
  fixed_ips: [{ subnet_id: 's4', ip_address: '10.0.0.2' }],
}

export const exampleRouterPort: PortInfo = {
  ...examplePort,
  id: 'bbbbbbbb-0000-4000-8000-000000000003',
  device_id: 'r1',
  device_owner: 'network:router_interface',
  fixed_ips: [{ subnet_id: 's4', ip_address: '10.0.0.1' }],
}

export const exampleNetwork: NetworkInfo = {
  id: 'n1',
  project_id: 'p1',
  admin_state_up: true,
  mtu: 1450,
  subnets: [exampleSubnet],
  non_local_subnets: [],
  ports: [examplePort, exampleDhcpPort],
}

export const exampleSettings: Settings = {
  enable_isolated_metadata: false,
  force_metadata: false,
  enable_metadata_network: false,
  dns_domain: 'openstacklocal',
  dhcp_confs: '/var/lib/neutron/dhcp',
  dhcp_lease_duration: 86_400,
  dhcp_renewal_time: 0,
  dhcp_rebinding_time: 0,
  dnsmasq_config_file: '',
  dnsmasq_dns_servers: [],
  dnsmasq_base_log_dir: null,
  dnsmasq_local_resolv: false,
  dnsmasq_lease_max: 16_777_216,
  dhcp_broadcast_reply: false,
  dnsmasq_txt_record: '',
  user: null,
}
