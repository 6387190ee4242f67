/**
 * What every world of the golden comparison holds before a command is run: a name for each, where it is made, by whom,
 * and its body. `{name}` in a path or a body is the id of what was made under that name.
 */
import type { JsonObject } from '#base/json.ts'

export interface WorldObject {
  readonly as: string
  /** `networks`, or a path with the key of its body: `qos/policies`. */
  readonly at: string
  readonly body: JsonObject
  /** The administrator unless it says so. */
  readonly by?: 'demo'
  /** PUT of a path, with that body as it is: nothing is made that has an id. */
  readonly put?: true
}

const network = (as: string, name: string, more: JsonObject = {}): WorldObject => ({
  as,
  at: 'networks',
  body: { name, ...more },
})
const subnet = (as: string, of: string, cidr: string, more: JsonObject = {}): WorldObject => ({
  as,
  at: 'subnets',
  body: { name: as, network_id: `{${of}}`, cidr, ip_version: cidr.includes(':') ? 6 : 4, ...more },
})
const rule = (as: string, more: JsonObject): WorldObject => ({
  as,
  at: 'security-group-rules',
  body: { security_group_id: '{web}', direction: 'ingress', ethertype: 'IPv4', ...more },
})

const NETWORKS: readonly WorldObject[] = [
  network('red', 'red', { description: 'the first one', mtu: 1400 }),
  network('blue', 'blue', { admin_state_up: false, shared: true }),
  network('vlan', 'vlan', {
    'provider:network_type': 'vlan',
    'provider:physical_network': 'public',
    'provider:segmentation_id': 142,
  }),
  network('twin_one', 'twin'),
  network('twin_two', 'twin'),
  network('number', '42'),
  network('truth', 'True'),
  network('spaced', 'two words'),
  network('unicode', 'Zürich-東京-🚀'),
  network('nameless', ''),
  network('quoted', 'a "quoted", \'name\'; $HOME | <b>&amp;</b> \\ end'),
  network('long', `long-${'x'.repeat(245)}`),
  network('dashed', '--dashed'),
  network('none', 'None'),
  { as: 'demo_net', at: 'networks', by: 'demo', body: { name: 'demo-net' } },
  subnet('red4', 'red', '10.1.0.0/24', {
    gateway_ip: '10.1.0.254',
    dns_nameservers: ['192.0.2.53', '192.0.2.54'],
    host_routes: [{ destination: '10.9.0.0/16', nexthop: '10.1.0.253' }],
    allocation_pools: [
      { start: '10.1.0.10', end: '10.1.0.20' },
      { start: '10.1.0.30', end: '10.1.0.40' },
    ],
  }),
  subnet('red6', 'red', 'fd00:1::/64', { ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' }),
  subnet('bare', 'blue', '10.2.0.0/24', { gateway_ip: null, enable_dhcp: false }),
  { as: 'demo_sub', at: 'subnets', by: 'demo', body: { network_id: '{demo_net}', cidr: '10.3.0.0/24', ip_version: 4 } },
]

const PORTS: readonly WorldObject[] = [
  {
    as: 'plain',
    at: 'ports',
    body: { name: 'plain', network_id: '{red}', fixed_ips: [{ subnet_id: '{red4}', ip_address: '10.1.0.11' }] },
  },
  {
    as: 'rich',
    at: 'ports',
    body: {
      name: 'rich',
      network_id: '{red}',
      mac_address: '02:00:00:00:00:01',
      device_id: 'instance-1',
      device_owner: 'compute:nova',
      fixed_ips: [
        { subnet_id: '{red4}', ip_address: '10.1.0.12' },
        { subnet_id: '{red4}', ip_address: '10.1.0.13' },
      ],
      extra_dhcp_opts: [{ opt_name: 'mtu', opt_value: '1400', ip_version: 4 }],
      allowed_address_pairs: [{ ip_address: '192.0.2.7' }],
      'binding:host_id': 'nowhere',
      'binding:profile': { key: 'value', list: [1, 2], nested: { a: null } },
    },
  },
  { as: 'bare_port', at: 'ports', body: { name: '', network_id: '{twin_one}' } },
  {
    as: 'open',
    at: 'ports',
    body: { name: 'open', network_id: '{twin_one}', port_security_enabled: false },
  },
  { as: 'demo_port', at: 'ports', by: 'demo', body: { name: 'demo-port', network_id: '{demo_net}' } },
]

const ROUTERS: readonly WorldObject[] = [
  {
    as: 'gate',
    at: 'routers',
    body: {
      name: 'gate',
      description: 'a way out',
      external_gateway_info: {
        network_id: '{public}',
        external_fixed_ips: [{ subnet_id: '{public_sub}', ip_address: '172.24.4.10' }],
      },
    },
  },
  { as: 'wired', at: 'routers/{gate}/add_router_interface', body: { subnet_id: '{red4}' }, put: true },
  {
    as: 'routed',
    at: 'routers/{gate}',
    body: { router: { routes: [{ destination: '10.7.0.0/16', nexthop: '10.1.0.30' }] } },
    put: true,
  },
  { as: 'alone', at: 'routers', body: { name: 'alone', admin_state_up: false } },
  { as: 'demo_router', at: 'routers', by: 'demo', body: { name: 'demo-router' } },
  {
    as: 'fip',
    at: 'floatingips',
    body: {
      floating_network_id: '{public}',
      floating_ip_address: '172.24.4.100',
      port_id: '{plain}',
      fixed_ip_address: '10.1.0.11',
    },
  },
  { as: 'spare', at: 'floatingips', body: { floating_network_id: '{public}', floating_ip_address: '172.24.4.101' } },
]

const GROUPS: readonly WorldObject[] = [
  { as: 'web', at: 'security-groups', body: { name: 'web', description: 'from outside' } },
  { as: 'bare_group', at: 'security-groups', body: { name: 'bare', stateful: false } },
  { as: 'twin_group', at: 'security-groups', body: { name: 'twin' } },
  { as: 'twin_group_two', at: 'security-groups', body: { name: 'twin' } },
  { as: 'demo_group', at: 'security-groups', by: 'demo', body: { name: 'demo-group' } },
  rule('http', { protocol: 'tcp', port_range_min: 80, port_range_max: 80, remote_ip_prefix: '0.0.0.0/0' }),
  rule('range', { protocol: 'udp', port_range_min: 1000, port_range_max: 2000, remote_group_id: '{bare_group}' }),
  rule('all_tcp', { protocol: 'tcp', description: 'any port' }),
  rule('ping', { protocol: 'icmp', port_range_min: 8, port_range_max: 0 }),
  rule('icmp_type', { protocol: 'icmp', port_range_min: 3, direction: 'egress' }),
  rule('all_icmp', { protocol: 'icmp', remote_ip_prefix: '192.0.2.0/24' }),
  rule('six', { protocol: 'icmpv6', ethertype: 'IPv6', port_range_min: 128 }),
  rule('vrrp', { protocol: 'vrrp' }),
  rule('number_protocol', { protocol: '112', direction: 'egress' }),
  rule('any', { remote_group_id: '{web}' }),
]

const REST: readonly WorldObject[] = [
  { as: 'scope4', at: 'address-scopes', body: { name: 'scope-four', ip_version: 4, shared: true } },
  { as: 'scope6', at: 'address-scopes', body: { name: 'scope-six', ip_version: 6 } },
  {
    as: 'pool',
    at: 'subnetpools',
    body: {
      name: 'pool',
      prefixes: ['10.64.0.0/16', '10.66.0.0/16'],
      default_prefixlen: 26,
      address_scope_id: '{scope4}',
      description: 'two prefixes',
    },
  },
  { as: 'pool6', at: 'subnetpools', body: { name: 'pool6', prefixes: ['fd00:64::/48'], shared: true } },
  {
    as: 'share',
    at: 'rbac-policies',
    body: { object_type: 'network', object_id: '{red}', action: 'access_as_shared', target_tenant: '{demo}' },
  },
  { as: 'flavor', at: 'flavors', body: { name: 'gold', service_type: 'L3_ROUTER_NAT', description: 'shines' } },
  { as: 'silver', at: 'flavors', body: { name: 'silver', service_type: 'L3_ROUTER_NAT', enabled: false } },
  { as: 'profile', at: 'service_profiles', body: { description: 'profile', metainfo: '{"a": 1}' } },
  { as: 'linked', at: 'flavors/{flavor}/service_profiles', body: { id: '{profile}' } },
  { as: 'tags', at: 'networks/{red}/tags', body: { tags: ['one', 'zwei'] }, put: true },
  { as: 'tagged', at: 'networks/{blue}/tags', body: { tags: ['one'] }, put: true },
  { as: 'quota', at: 'quotas/{demo}', body: { quota: { network: 7, port: -1 } }, put: true },
]

/** In the order in which they are made. */
export const OBJECTS: readonly WorldObject[] = [...NETWORKS, ...PORTS, ...ROUTERS, ...GROUPS, ...REST]
