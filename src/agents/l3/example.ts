/** A router as the server describes it, for tests: one internal network, a gateway with SNAT, one floating IP. */
import type { RouterInfo, RouterPort } from '#rpc/contract/l3.ts'

export const ROUTER_ID = '11111111-0000-0000-0000-000000000001'

export const internalPort: RouterPort = {
  id: 'aaaaaaaa-aaaa-0000-0000-000000000001',
  name: '',
  project_id: 'p',
  network_id: 'aaaaaaaa-0000-0000-0000-000000000000',
  mac_address: 'fa:16:3e:00:01:01',
  admin_state_up: true,
  status: 'ACTIVE',
  device_id: ROUTER_ID,
  device_owner: 'network:router_interface',
  fixed_ips: [{ subnet_id: 's1', ip_address: '10.0.0.1', prefixlen: 24 }],
  subnets: [{ id: 's1', cidr: '10.0.0.0/24', gateway_ip: '10.0.0.1', dns_nameservers: [], ipv6_ra_mode: null }],
  extra_subnets: [],
  address_scopes: { 4: null, 6: null },
  mtu: 1450,
}

export const gatewayPort: RouterPort = {
  ...internalPort,
  id: 'eeeeeeee-eeee-0000-0000-000000000001',
  project_id: '',
  network_id: 'eeeeeeee-0000-0000-0000-000000000000',
  mac_address: 'fa:16:3e:00:02:01',
  device_owner: 'network:router_gateway',
  fixed_ips: [{ subnet_id: 's2', ip_address: '203.0.113.5', prefixlen: 24 }],
  subnets: [{ id: 's2', cidr: '203.0.113.0/24', gateway_ip: '203.0.113.1', dns_nameservers: [], ipv6_ra_mode: null }],
  mtu: 1500,
}

export const floatingIp = {
  id: 'ffffffff-0000-0000-0000-000000000001',
  floating_ip_address: '203.0.113.77',
  fixed_ip_address: '10.0.0.10',
  floating_network_id: gatewayPort.network_id,
  port_id: 'bbbbbbbb-0000-0000-0000-000000000001',
  router_id: ROUTER_ID,
  project_id: 'p',
  status: 'DOWN',
} as const

export const router: RouterInfo = {
  id: ROUTER_ID,
  name: 'r',
  project_id: 'p',
  admin_state_up: true,
  status: 'ACTIVE',
  gw_port_id: gatewayPort.id,
  gw_port: gatewayPort,
  enable_snat: true,
  external_gateway_info: { network_id: gatewayPort.network_id, enable_snat: true, external_fixed_ips: [] },
  routes: [],
  _interfaces: [internalPort],
  _floatingips: [floatingIp],
}
