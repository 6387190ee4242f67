/**
 * Every resource, as openstacksdk drives it: data for sdk-resources.test.ts. In texts `{n}` is a name of the entry's
 * own, `{net}` and the like ids of what was prepared under that name.
 */
import type { JsonObject } from '#base/json.ts'

export interface SdkEntry {
  /** As the SDK's methods have it: `create_<resource>`. */
  readonly resource: string
  /** The method that lists. */
  readonly list: string
  /** The extension it needs; the core when there is none. */
  readonly needs?: string
  readonly prepare?: readonly SdkStep[]
  readonly create: JsonObject
  /** Attributes, as the SDK calls them, and their values after it was created. */
  readonly made?: JsonObject
  readonly nameless?: true
  /** Arguments that come first, of what it is below. */
  readonly within?: readonly string[]
  readonly filters?: readonly JsonObject[]
  /** Filters that it does not pass. */
  readonly absent?: readonly JsonObject[]
  readonly update?: readonly { readonly values: JsonObject; readonly shows?: JsonObject }[]
}

/** What is not created, read and deleted like the rest: calls, and what their answers show. */
export interface SdkCalls {
  readonly resource: string
  readonly needs?: string
  readonly prepare?: readonly SdkStep[]
  readonly calls: readonly {
    readonly call: string
    readonly args?: readonly string[]
    readonly values?: JsonObject
    readonly shows?: JsonObject
  }[]
}

interface SdkStep {
  readonly as: string
  readonly call: string
  readonly args?: readonly string[]
  readonly values?: JsonObject
  /** A method that takes it away again, with its id unless other arguments are named. */
  readonly undo?: string
  readonly undo_args?: readonly string[]
  readonly undo_values?: JsonObject
}

const NETWORK: SdkStep = { as: 'net', call: 'create_network', values: { name: '{n}-net' }, undo: 'delete_network' }
const SUBNET: SdkStep = {
  as: 'sub',
  call: 'create_subnet',
  values: { network_id: '{net}', ip_version: 4, cidr: '10.50.0.0/24', name: '{n}-sub' },
  undo: 'delete_subnet',
}
const PORT: SdkStep = {
  as: 'port',
  call: 'create_port',
  values: { network_id: '{net}', fixed_ips: [{ subnet_id: '{sub}', ip_address: '10.50.0.5' }] },
  undo: 'delete_port',
}
/** An external network with addresses that nobody is given unasked. */
const EXTERNAL: readonly SdkStep[] = [
  {
    as: 'ext',
    call: 'create_network',
    values: { name: '{n}-ext', is_router_external: true },
    undo: 'delete_network',
  },
  {
    as: 'outside',
    call: 'create_subnet',
    values: {
      network_id: '{ext}',
      ip_version: 4,
      cidr: '172.31.0.0/24',
      is_dhcp_enabled: false,
      allocation_pools: [{ start: '172.31.0.100', end: '172.31.0.200' }],
    },
    undo: 'delete_subnet',
  },
]
const ROUTED: readonly SdkStep[] = [
  ...EXTERNAL,
  NETWORK,
  SUBNET,
  {
    as: 'router',
    call: 'create_router',
    values: { name: '{n}-router', external_gateway_info: { network_id: '{ext}' } },
    undo: 'delete_router',
  },
  {
    as: 'wired',
    call: 'add_interface_to_router',
    args: ['{router}', '{sub}'],
    undo: 'remove_interface_from_router',
    undo_args: ['{router}', '{sub}'],
  },
]
const GROUP: SdkStep = {
  as: 'group',
  call: 'create_security_group',
  values: { name: '{n}-group' },
  undo: 'delete_security_group',
}

export const SDK_ENTRIES: readonly SdkEntry[] = [
  {
    resource: 'network',
    list: 'networks',
    create: { name: '{n}', description: 'one', mtu: 1400 },
    made: { is_admin_state_up: true, mtu: 1400, status: 'ACTIVE', is_router_external: false },
    filters: [{ name: '{n}' }, { is_admin_state_up: true }, { is_shared: false }, { description: 'one' }],
    absent: [{ is_shared: true }, { is_router_external: true }],
    update: [{ values: { description: 'two', is_admin_state_up: false } }, { values: { is_shared: true } }],
  },
  {
    resource: 'subnet',
    list: 'subnets',
    prepare: [NETWORK],
    create: { name: '{n}', network_id: '{net}', ip_version: 4, cidr: '10.51.0.0/24', gateway_ip: '10.51.0.9' },
    made: { gateway_ip: '10.51.0.9', is_dhcp_enabled: true },
    filters: [{ name: '{n}' }, { network_id: '{net}' }, { cidr: '10.51.0.0/24' }, { ip_version: 4 }],
    absent: [{ ip_version: 6 }, { is_dhcp_enabled: false }],
    update: [{ values: { is_dhcp_enabled: false, dns_nameservers: ['192.0.2.1'] } }, { values: { gateway_ip: null } }],
  },
  {
    resource: 'subnet',
    list: 'subnets',
    needs: 'subnet-service-types',
    prepare: [NETWORK],
    create: {
      name: '{n}',
      network_id: '{net}',
      ip_version: 4,
      cidr: '10.52.0.0/24',
      service_types: ['compute:nova'],
    },
    made: { service_types: ['compute:nova'] },
    update: [{ values: { service_types: [] } }],
  },
  {
    resource: 'port',
    list: 'ports',
    prepare: [NETWORK, SUBNET, GROUP],
    create: {
      name: '{n}',
      network_id: '{net}',
      fixed_ips: [{ subnet_id: '{sub}', ip_address: '10.50.0.7' }],
      device_id: 'd7',
      security_groups: ['{group}'],
      'binding:host_id': 'h7',
    },
    made: { device_id: 'd7', status: 'DOWN', binding_host_id: 'h7', is_port_security_enabled: true },
    filters: [
      { name: '{n}' },
      { network_id: '{net}' },
      { device_id: 'd7' },
      { status: 'DOWN' },
      { fixed_ips: 'ip_address=10.50.0.7' },
      { fixed_ips: 'subnet_id={sub}' },
      { 'binding:host_id': 'h7' },
    ],
    absent: [{ device_id: '' }, { fixed_ips: 'ip_address=10.50.0.8' }, { status: 'ACTIVE' }],
    update: [
      { values: { device_id: '', description: 'two' } },
      { values: { allowed_address_pairs: [{ ip_address: '192.0.2.9' }] }, shows: {} },
      { values: { security_group_ids: [], is_port_security_enabled: false, allowed_address_pairs: [] } },
      { values: { fixed_ips: [] } },
    ],
  },
  {
    resource: 'router',
    list: 'routers',
    prepare: EXTERNAL,
    create: { name: '{n}', description: 'one' },
    made: { is_admin_state_up: true, status: 'ACTIVE', external_gateway_info: null },
    filters: [{ name: '{n}' }, { is_admin_state_up: true }, { description: 'one' }],
    absent: [{ is_admin_state_up: false }],
    update: [
      { values: { description: 'two', is_admin_state_up: false } },
      { values: { external_gateway_info: { network_id: '{ext}' } }, shows: {} },
      { values: { routes: [{ destination: '10.9.0.0/16', nexthop: '172.31.0.9' }] } },
      { values: { routes: [] } },
      { values: { external_gateway_info: null } },
    ],
  },
  {
    resource: 'ip',
    list: 'ips',
    nameless: true,
    prepare: [...ROUTED, PORT],
    create: { floating_network_id: '{ext}', floating_ip_address: '172.31.0.99' },
    made: { floating_ip_address: '172.31.0.99', status: 'DOWN', port_id: null },
    filters: [{ floating_ip_address: '172.31.0.99' }, { floating_network_id: '{ext}' }, { status: 'DOWN' }],
    absent: [{ status: 'ACTIVE' }, { port_id: '{port}' }],
    update: [{ values: { port_id: '{port}' } }, { values: { port_id: null, description: 'two' } }],
  },
  {
    resource: 'floating_ip_port_forwarding',
    list: 'floating_ip_port_forwardings',
    needs: 'floating-ip-port-forwarding',
    nameless: true,
    within: ['{fip}'],
    prepare: [
      ...ROUTED,
      PORT,
      { as: 'fip', call: 'create_ip', values: { floating_network_id: '{ext}' }, undo: 'delete_ip' },
    ],
    create: {
      internal_port_id: '{port}',
      internal_ip_address: '10.50.0.5',
      internal_port: 80,
      external_port: 8080,
      protocol: 'tcp',
    },
    made: { external_port: 8080, protocol: 'tcp' },
    filters: [{ external_port: 8080 }, { protocol: 'tcp' }, { internal_port_id: '{port}' }],
    absent: [{ protocol: 'udp' }],
    update: [{ values: { external_port: 8081, description: 'two' } }],
  },
  {
    resource: 'security_group',
    list: 'security_groups',
    create: { name: '{n}', description: 'one' },
    made: { description: 'one' },
    filters: [{ name: '{n}' }, { description: 'one' }],
    absent: [{ description: 'three' }],
    update: [{ values: { name: '{n}', description: 'two' } }],
  },
  {
    resource: 'security_group_rule',
    list: 'security_group_rules',
    nameless: true,
    prepare: [GROUP],
    create: {
      security_group_id: '{group}',
      direction: 'ingress',
      ether_type: 'IPv4',
      protocol: 'tcp',
      port_range_min: 80,
      port_range_max: 90,
      remote_ip_prefix: '10.0.0.0/8',
    },
    made: { port_range_max: 90, remote_ip_prefix: '10.0.0.0/8', direction: 'ingress' },
    filters: [{ security_group_id: '{group}' }, { protocol: 'tcp', direction: 'ingress' }, { port_range_min: 80 }],
    absent: [{ direction: 'egress' }, { protocol: 'udp' }],
  },
  {
    resource: 'subnet_pool',
    list: 'subnet_pools',
    create: { name: '{n}', prefixes: ['10.60.0.0/16'], default_prefixlen: 26, min_prefixlen: 24 },
    made: { default_prefix_length: 26, ip_version: 4 },
    filters: [{ name: '{n}' }, { is_shared: false }, { ip_version: 4 }],
    absent: [{ ip_version: 6 }, { is_default: true }],
    update: [{ values: { prefixes: ['10.60.0.0/15'] } }, { values: { description: 'two', default_quota: 1_024 } }],
  },
  {
    resource: 'address_scope',
    list: 'address_scopes',
    create: { name: '{n}', ip_version: 4 },
    made: { ip_version: 4, is_shared: false },
    filters: [{ name: '{n}' }, { ip_version: 4 }, { is_shared: false }],
    absent: [{ ip_version: 6 }],
    update: [{ values: { is_shared: true } }],
  },
  {
    resource: 'address_group',
    list: 'address_groups',
    needs: 'address-group',
    create: { name: '{n}', addresses: ['10.0.0.0/8'], description: 'one' },
    made: { addresses: ['10.0.0.0/8'] },
    filters: [{ name: '{n}' }, { description: 'one' }],
    absent: [{ description: 'three' }],
    update: [{ values: { description: 'two' } }],
  },
  {
    resource: 'rbac_policy',
    list: 'rbac_policies',
    needs: 'rbac-policies',
    nameless: true,
    prepare: [NETWORK],
    create: { object_id: '{net}', object_type: 'network', action: 'access_as_shared', target_project_id: 'p1' },
    made: { action: 'access_as_shared', target_project_id: 'p1' },
    filters: [{ object_id: '{net}' }, { object_type: 'network' }, { target_project_id: 'p1' }],
    absent: [{ action: 'access_as_external', object_id: '{net}' }],
    update: [{ values: { target_project_id: 'p2' } }],
  },
  {
    resource: 'segment',
    list: 'segments',
    needs: 'segment',
    prepare: [NETWORK],
    create: { name: '{n}', network_id: '{net}', network_type: 'gre', segmentation_id: 78 },
    made: { segmentation_id: 78 },
    filters: [{ name: '{n}' }, { network_id: '{net}', network_type: 'gre' }],
    absent: [{ network_type: 'flat' }],
    update: [{ values: { name: '{n}', description: 'two' } }],
  },
  {
    resource: 'network_segment_range',
    list: 'network_segment_ranges',
    needs: 'network-segment-range',
    create: { name: '{n}', shared: true, network_type: 'geneve', minimum: 91_000, maximum: 91_010 },
    made: { minimum: 91_000, maximum: 91_010 },
    filters: [{ name: '{n}' }, { network_type: 'geneve' }],
    absent: [{ network_type: 'gre', name: '{n}' }],
    update: [{ values: { maximum: 91_020 } }],
  },
  {
    resource: 'service_profile',
    list: 'service_profiles',
    needs: 'flavors',
    nameless: true,
    create: { description: 'one', metainfo: '{n}' },
    made: { description: 'one', is_enabled: true },
    filters: [{ description: 'one' }, { is_enabled: true }],
    absent: [{ is_enabled: false }],
    update: [{ values: { description: 'two', is_enabled: false } }],
  },
  {
    resource: 'flavor',
    list: 'flavors',
    needs: 'flavors',
    create: { name: '{n}', service_type: 'L3_ROUTER_NAT', description: 'one' },
    made: { service_type: 'L3_ROUTER_NAT', is_enabled: true },
    filters: [{ name: '{n}' }, { service_type: 'L3_ROUTER_NAT' }, { is_enabled: true }],
    absent: [{ is_enabled: false }],
    update: [{ values: { description: 'two', is_enabled: false } }],
  },
]

export const SDK_CALLS: readonly SdkCalls[] = [
  {
    resource: 'quota',
    needs: 'quota_details',
    calls: [
      { call: 'update_quota', args: ['{project}'], values: { networks: 77 }, shows: { networks: 77 } },
      { call: 'get_quota', args: ['{project}'], shows: { networks: 77, ports: 500 } },
      { call: 'get_quota_default', args: ['{project}'], shows: { networks: 100 } },
      { call: 'delete_quota', args: ['{project}'] },
      { call: 'get_quota', args: ['{project}'], shows: { networks: 100 } },
    ],
  },
  ...(['net', 'sub', 'port'] as const).map((one) => ({
    resource: `tags of ${one}`,
    needs: 'standard-attr-tag',
    prepare: [NETWORK, SUBNET, PORT],
    calls: [
      { call: 'set_tags', args: [`@${one}`], values: { tags: ['blue', 'red'] }, shows: { tags: ['blue', 'red'] } },
      { call: 'set_tags', args: [`@${one}`], values: { tags: [] }, shows: { tags: [] } },
    ],
  })),
]
