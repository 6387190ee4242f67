/** Worlds to draw, for the tests: the one everybody has, the strange, the large and the empty one. Data only. */
import type { FloatingIpRecord, NetworkRecord, PortRecord, Records, RouterRecord, SubnetRecord } from './records.ts'

const PROJECT = 'b9a9c0c4a4e64a5a9a1d8f3b6c1e2d3f'

/** An id that says what it is of: `4e000000-0000-4000-8000-000000000007`. */
export function exampleId(
  kind: 'network' | 'subnet' | 'router' | 'port' | 'floatingip' | 'device',
  number: number,
): string {
  const first = { network: '4e', subnet: '5b', router: '70', port: '90', floatingip: 'f1', device: 'de' }[kind]
  const digits = number.toString(16).padStart(6, '0')
  return `${first}${digits}-0000-4000-8000-${digits.padStart(12, '0')}`
}

export function network(number: number, name: string, more: Partial<NetworkRecord> = {}): NetworkRecord {
  const id = exampleId('network', number)
  return { id, name, status: 'ACTIVE', admin_state_up: true, shared: false, project_id: PROJECT, mtu: 1450, ...more }
}

export function subnet(number: number, of: number, cidr: string, more: Partial<SubnetRecord> = {}): SubnetRecord {
  return {
    id: exampleId('subnet', number),
    name: '',
    network_id: exampleId('network', of),
    cidr,
    ip_version: cidr.includes(':') ? 6 : 4,
    gateway_ip: cidr.replace(/(\.0|::)\/\d+$/, (_, end: string) => (end === '::' ? '::1' : '.1')),
    enable_dhcp: true,
    ...more,
  }
}

export function router(number: number, name: string, more: Partial<RouterRecord> = {}): RouterRecord {
  const id = exampleId('router', number)
  return { id, name, status: 'ACTIVE', admin_state_up: true, project_id: PROJECT, external_gateway_info: null, ...more }
}

/** The gateway of a router: the network and its address there. */
export function gateway(of: number, address: string): NonNullable<RouterRecord['external_gateway_info']> {
  const fixed = { subnet_id: exampleId('subnet', of), ip_address: address }
  return { network_id: exampleId('network', of), enable_snat: true, external_fixed_ips: [fixed] }
}

export function port(
  number: number,
  of: number,
  addresses: readonly string[],
  more: Partial<PortRecord> = {},
): PortRecord {
  return {
    id: exampleId('port', number),
    name: '',
    network_id: exampleId('network', of),
    status: 'ACTIVE',
    admin_state_up: true,
    device_id: exampleId('device', number),
    device_owner: 'compute:nova',
    fixed_ips: addresses.map((ip_address) => ({ subnet_id: exampleId('subnet', of), ip_address })),
    security_groups: ['default'],
    ...more,
  }
}

/** A router's port on a network. */
export function leg(number: number, ofRouter: number, of: number, addresses: readonly string[]): PortRecord {
  const owner = { device_owner: 'network:router_interface', device_id: exampleId('router', ofRouter) }
  return port(number, of, addresses, owner)
}

export function dhcp(number: number, of: number, address: string): PortRecord {
  return port(number, of, [address], { device_owner: 'network:dhcp', device_id: `dhcp${number}` })
}

export function floatingIp(number: number, of: number, address: string, to: PortRecord | null): FloatingIpRecord {
  return {
    id: exampleId('floatingip', number),
    floating_ip_address: address,
    fixed_ip_address: to?.fixed_ips[0]?.ip_address ?? null,
    floating_network_id: exampleId('network', of),
    port_id: to?.id ?? null,
    status: to ? 'ACTIVE' : 'DOWN',
  }
}

export const EMPTY_WORLD: Records = {
  projectId: PROJECT,
  networks: [],
  subnets: [],
  ports: [],
  routers: [],
  floatingips: [],
  security_groups: [{ id: 'default' }],
}

/** Two networks behind a router, a floating IP, an instance on both networks, one that is down. */
export function typicalWorld(): Records {
  const web1 = port(1, 2, ['10.10.1.12', '2001:db8:1::c'], { name: 'web-1' })
  const jump = exampleId('device', 90)
  return {
    ...EMPTY_WORLD,
    networks: [
      network(1, 'public', { 'router:external': true, project_id: 'admin' }),
      network(2, 'web'),
      network(3, 'db'),
      network(4, 'office', { shared: true, project_id: 'admin' }),
    ],
    subnets: [
      subnet(1, 1, '203.0.113.0/24', { enable_dhcp: false }),
      subnet(2, 2, '10.10.1.0/24', { name: 'web4' }),
      subnet(3, 2, '2001:db8:1::/64', { name: 'web6' }),
      subnet(4, 3, '10.10.2.0/24', { gateway_ip: null, name: 'db4' }),
      subnet(5, 4, '192.168.7.0/24'),
    ],
    routers: [
      router(1, 'edge', {
        external_gateway_info: gateway(1, '203.0.113.10'),
        routes: [{ destination: '10.99.0.0/16', nexthop: '10.10.2.20' }],
      }),
    ],
    ports: [
      web1,
      port(2, 2, ['10.10.1.13', '2001:db8:1::d'], { name: 'web-2', status: 'DOWN' }),
      port(3, 2, ['10.10.1.9'], { name: 'jump', device_id: jump }),
      port(4, 3, ['10.10.2.9'], { device_id: jump }),
      port(5, 3, ['10.10.2.20'], { name: 'db-1' }),
      port(6, 3, ['10.10.2.50'], { name: 'virtual-address', status: 'DOWN', device_owner: '', device_id: '' }),
      leg(10, 1, 2, ['10.10.1.1', '2001:db8:1::1']),
      leg(11, 1, 3, ['10.10.2.1']),
      dhcp(12, 2, '10.10.1.2'),
      dhcp(13, 3, '10.10.2.2'),
    ],
    floatingips: [floatingIp(1, 1, '203.0.113.77', web1), floatingIp(2, 1, '203.0.113.78', null)],
  }
}

/** Same names, no names, a cycle, several routers on one network, several gateways, others' routers, no addresses. */
export function strangeWorld(): Records {
  return {
    ...EMPTY_WORLD,
    networks: [
      network(1, 'north', { 'router:external': true, project_id: 'admin' }),
      network(2, 'south', { 'router:external': true, shared: true, project_id: 'admin' }),
      network(3, 'blue', { 'provider:network_type': 'vxlan', 'provider:segmentation_id': 73 }),
      network(4, 'blue', { status: 'DOWN', admin_state_up: false }),
      network(5, ''),
      network(6, '網路"][<b>&名前'),
    ],
    subnets: [
      subnet(1, 1, '203.0.113.0/24'),
      subnet(3, 3, '10.3.0.0/24'),
      subnet(6, 6, '10.6.0.0/24', { enable_dhcp: false }),
    ],
    routers: [
      router(1, 'left', { external_gateway_info: gateway(1, '203.0.113.11'), ha: true }),
      router(2, 'right', {
        external_gateways: [gateway(2, '198.51.100.2'), { ...gateway(1, '203.0.113.12'), enable_snat: false }],
        distributed: true,
      }),
      router(3, 'left', { status: 'ERROR' }),
      router(4, 'idle', { admin_state_up: false }),
    ],
    ports: [
      leg(20, 1, 3, ['10.3.0.1']),
      leg(21, 2, 3, ['10.3.0.2']),
      leg(22, 1, 4, []),
      leg(23, 2, 4, ['10.4.0.2']),
      leg(24, 3, 5, ['10.5.0.1']),
      leg(25, 3, 3, ['10.3.0.3']),
      leg(26, 99, 6, ['10.6.0.1']),
      port(30, 3, [], { name: 'no address\u001b[31m' }),
      port(31, 6, ['10.6.0.9'], { status: 'BUILD' }),
      port(32, 6, ['10.6.0.10'], { status: 'ERROR', admin_state_up: true, name: '名前のとても長いインスタンス' }),
      port(33, 6, ['10.6.0.11'], { admin_state_up: false, name: 'off' }),
      port(34, 3, ['10.3.0.50'], { name: 'lb', device_owner: 'neutron:LOADBALANCERV2', device_id: 'lb-1' }),
    ],
  }
}

/** So many networks behind one router, so many instances spread over them, every ninth down. */
export function largeWorld(networks: number, instances: number): Records {
  const numbers = Array.from({ length: networks }, (_, index) => index + 2)
  return {
    ...EMPTY_WORLD,
    networks: [
      network(1, 'public', { 'router:external': true, project_id: 'admin' }),
      ...numbers.map((number) => network(number, `net-${number - 1}`)),
    ],
    subnets: [
      subnet(1, 1, '203.0.113.0/24'),
      ...numbers.map((number) => subnet(number, number, `10.${number}.0.0/24`)),
    ],
    routers: [router(1, 'edge', { external_gateway_info: gateway(1, '203.0.113.10') })],
    ports: [
      ...numbers.map((number) => leg(number, 1, number, [`10.${number}.0.1`])),
      ...Array.from({ length: instances }, (_, index) =>
        port(
          1000 + index,
          (index % networks) + 2,
          [`10.${(index % networks) + 2}.0.${10 + Math.floor(index / networks)}`],
          {
            name: `vm-${index + 1}`,
            status: index % 9 === 8 ? 'DOWN' : 'ACTIVE',
          },
        ),
      ),
    ],
  }
}
