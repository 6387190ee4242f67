/**
 * Every resource, as the `openstack` command drives it: data for openstack-resources.test.ts. `{n}` is a name of the
 * entry's own, `{id}` the id of what it made, `{net}` and the like ids of what was prepared under that name.
 */
import type { JsonObject } from '#base/json.ts'

export interface Driven {
  /** As commands call it: `subnet pool`. */
  readonly noun: string
  /** The extension it needs; the core when there is none. */
  readonly needs?: string
  /** Commands that come first, by what their result is called; their opposites come last, in reverse. */
  readonly prepare?: readonly { readonly as: string; readonly run: string; readonly undo?: string }[]
  /** What follows `create`. */
  readonly create: string
  /** What it shows then, among the rest. */
  readonly made?: JsonObject
  /** It has no name: `show`, `set` and `delete` take only ids. */
  readonly nameless?: true
  /** What stands before a name or an id. */
  readonly within?: string
  /** Each a list's options that find it. Debian's client refuses `port list --security-group` itself. */
  readonly filters: readonly string[]
  /** Options of `set`, and what it shows after. */
  readonly set?: readonly { readonly options: string; readonly shows: JsonObject }[]
  readonly unset?: readonly { readonly options: string; readonly shows: JsonObject }[]
}

const NETWORK = { as: 'net', run: 'network create {n}-net', undo: 'network delete {net}' }
const SUBNET = {
  as: 'sub',
  run: 'subnet create --network {net} --subnet-range 10.30.0.0/24 {n}-sub',
  undo: 'subnet delete {sub}',
}
const PORT = { as: 'port', run: 'port create --network {net} {n}-port', undo: 'port delete {port}' }
/** An external network with addresses that nobody is given unasked. */
const EXTERNAL = [
  { as: 'ext', run: 'network create --external {n}-ext', undo: 'network delete {ext}' },
  {
    as: 'outside',
    run:
      'subnet create --network {ext} --subnet-range 172.30.0.0/24 --no-dhcp ' +
      '--allocation-pool start=172.30.0.100,end=172.30.0.200 {n}-outside',
    undo: 'subnet delete {outside}',
  },
]
const ROUTED = [
  ...EXTERNAL,
  NETWORK,
  SUBNET,
  { as: 'router', run: 'router create --external-gateway {ext} {n}-router', undo: 'router delete {router}' },
  { as: 'wired', run: 'router add subnet {router} {sub}', undo: 'router remove subnet {router} {sub}' },
]

export const DRIVEN: readonly Driven[] = [
  {
    noun: 'network',
    create: '--description one --mtu 1400 --no-share --enable-port-security --tag red {n}',
    made: { description: 'one', mtu: 1400, shared: false, tags: ['red'], port_security_enabled: true },
    filters: ['--name {n}', '--internal --name {n}', '--enable --name {n}', '--status ACTIVE', '--tags red', '--long'],
    set: [
      { options: '--description two --mtu 1300', shows: { description: 'two', mtu: 1300 } },
      {
        options: '--disable --share --tag blue',
        shows: { admin_state_up: false, shared: true, tags: ['blue', 'red'] },
      },
    ],
    unset: [{ options: '--tag red', shows: { tags: ['blue'] } }],
  },
  {
    noun: 'network',
    needs: 'dns-integration',
    create: '--dns-domain example.org. {n}',
    made: { dns_domain: 'example.org.' },
    filters: ['--name {n}'],
    set: [{ options: '--dns-domain example.com.', shows: { dns_domain: 'example.com.' } }],
  },
  {
    noun: 'subnet',
    prepare: [NETWORK],
    create:
      '--network {net} --subnet-range 10.20.0.0/24 --gateway 10.20.0.9 --dns-nameserver 192.0.2.1 ' +
      '--allocation-pool start=10.20.0.20,end=10.20.0.30 --host-route destination=10.9.0.0/16,gateway=10.20.0.8 {n}',
    made: {
      gateway_ip: '10.20.0.9',
      dns_nameservers: ['192.0.2.1'],
      allocation_pools: [{ start: '10.20.0.20', end: '10.20.0.30' }],
      host_routes: [{ destination: '10.9.0.0/16', nexthop: '10.20.0.8' }],
    },
    filters: ['--name {n}', '--network {net}', '--subnet-range 10.20.0.0/24', '--ip-version 4', '--gateway 10.20.0.9'],
    set: [
      { options: '--no-dhcp --description two', shows: { enable_dhcp: false, description: 'two' } },
      { options: '--no-dns-nameservers --dns-nameserver 192.0.2.2', shows: { dns_nameservers: ['192.0.2.2'] } },
    ],
    unset: [
      { options: '--dns-nameserver 192.0.2.2', shows: { dns_nameservers: [] } },
      { options: '--host-route destination=10.9.0.0/16,gateway=10.20.0.8', shows: { host_routes: [] } },
    ],
  },
  {
    noun: 'subnet',
    needs: 'subnet-service-types',
    prepare: [NETWORK],
    create: '--network {net} --subnet-range 10.21.0.0/24 --service-type compute:nova {n}',
    made: { service_types: ['compute:nova'] },
    filters: ['--network {net}'],
    set: [{ options: '--service-type network:dhcp', shows: { service_types: ['network:dhcp', 'compute:nova'] } }],
    unset: [{ options: '--service-type compute:nova', shows: { service_types: ['network:dhcp'] } }],
  },
  {
    noun: 'port',
    prepare: [
      NETWORK,
      SUBNET,
      { as: 'group', run: 'security group create {n}-g', undo: 'security group delete {group}' },
    ],
    create:
      '--network {net} --fixed-ip subnet={sub},ip-address=10.30.0.7 --mac-address 02:00:00:00:00:07 --device d7 ' +
      '--host h7 --security-group {group} --allowed-address ip-address=192.0.2.7 --description one {n}',
    made: {
      mac_address: '02:00:00:00:00:07',
      device_id: 'd7',
      binding_host_id: 'h7',
      allowed_address_pairs: [{ ip_address: '192.0.2.7', mac_address: '02:00:00:00:00:07' }],
    },
    filters: [
      '--network {net}',
      '--name {n}',
      '--mac-address 02:00:00:00:00:07',
      '--device-id d7',
      '--host h7',
      '--fixed-ip ip-address=10.30.0.7',
      '--fixed-ip subnet={sub}',
      '--fixed-ip ip-substring=30.0.7',
      '--long',
    ],
    set: [
      { options: '--description two --disable', shows: { description: 'two', admin_state_up: false } },
      {
        options: '--no-security-group --disable-port-security --no-allowed-address',
        shows: { security_group_ids: [] },
      },
      { options: '--device d8 --device-owner compute:nova', shows: { device_id: 'd8', device_owner: 'compute:nova' } },
    ],
    unset: [
      { options: '--fixed-ip subnet={sub},ip-address=10.30.0.7', shows: { fixed_ips: [] } },
      { options: '--host', shows: { binding_host_id: '' } },
    ],
  },
  {
    noun: 'port',
    needs: 'extra_dhcp_opt',
    prepare: [NETWORK],
    create: '--network {net} --extra-dhcp-option name=mtu,value=1400,ip-version=4 {n}',
    made: { extra_dhcp_opts: [{ ip_version: 4, opt_name: 'mtu', opt_value: '1400' }] },
    filters: ['--name {n}'],
    set: [
      {
        options: '--extra-dhcp-option name=mtu,value=1300,ip-version=4',
        shows: { extra_dhcp_opts: [{ ip_version: 4, opt_name: 'mtu', opt_value: '1300' }] },
      },
    ],
  },
  {
    noun: 'port',
    needs: 'dns-integration',
    prepare: [NETWORK],
    create: '--network {net} --dns-name seven {n}',
    made: { dns_name: 'seven' },
    filters: ['--name {n}'],
    set: [{ options: '--dns-name eight', shows: { dns_name: 'eight' } }],
  },
  {
    noun: 'router',
    prepare: EXTERNAL,
    create: '--description one --tag red {n}',
    made: { description: 'one', tags: ['red'], admin_state_up: true },
    filters: ['--name {n}', '--enable', '--tags red', '--long'],
    set: [
      { options: '--external-gateway {ext} --description two', shows: { description: 'two' } },
      {
        options: '--route destination=10.9.0.0/16,gateway=172.30.0.9',
        shows: { routes: [{ destination: '10.9.0.0/16', nexthop: '172.30.0.9' }] },
      },
    ],
    unset: [
      { options: '--route destination=10.9.0.0/16,gateway=172.30.0.9', shows: { routes: [] } },
      { options: '--external-gateway', shows: { external_gateway_info: null } },
      { options: '--all-tag', shows: { tags: [] } },
    ],
  },
  {
    noun: 'floating ip',
    nameless: true,
    prepare: [...ROUTED, { ...PORT, run: `${PORT.run} --fixed-ip subnet={sub},ip-address=10.30.0.5` }],
    create: '--floating-ip-address 172.30.0.77 --description one {ext}',
    made: { floating_ip_address: '172.30.0.77', status: 'DOWN', port_id: null },
    filters: ['--network {ext}', '--floating-ip-address 172.30.0.77', '--status DOWN', '--long'],
    set: [
      { options: '--port {port}', shows: { fixed_ip_address: '10.30.0.5' } },
      { options: '--tag red', shows: { tags: ['red'] } },
    ],
    unset: [{ options: '--port', shows: { fixed_ip_address: null, port_id: null } }],
  },
  {
    noun: 'floating ip port forwarding',
    needs: 'floating-ip-port-forwarding',
    nameless: true,
    within: '{fip}',
    prepare: [
      ...ROUTED,
      { ...PORT, run: `${PORT.run} --fixed-ip subnet={sub},ip-address=10.30.0.5` },
      { as: 'fip', run: 'floating ip create {ext}', undo: 'floating ip delete {fip}' },
    ],
    create:
      '--internal-ip-address 10.30.0.5 --port {port} --internal-protocol-port 80 --external-protocol-port 8080 ' +
      '--protocol tcp --description one {fip}',
    made: { external_port: 8080, internal_port: 80, protocol: 'tcp', internal_ip_address: '10.30.0.5' },
    filters: ['{fip}', '--port {port} {fip}', '--external-protocol-port 8080 {fip}', '--protocol tcp {fip}'],
    set: [
      {
        options: '--external-protocol-port 8081 --description two',
        shows: { external_port: 8081, description: 'two' },
      },
    ],
  },
  {
    noun: 'security group',
    create: '--description one --tag red {n}',
    made: { description: 'one', tags: ['red'] },
    filters: ['--tags red', ''],
    set: [{ options: '--description two --tag blue', shows: { description: 'two', tags: ['blue', 'red'] } }],
    unset: [{ options: '--all-tag', shows: { tags: [] } }],
  },
  {
    noun: 'security group',
    needs: 'stateful-security-group',
    create: '--stateless {n}',
    made: { stateful: false },
    filters: [''],
    set: [{ options: '--stateful', shows: { stateful: true } }],
  },
  {
    noun: 'security group rule',
    nameless: true,
    prepare: [{ as: 'group', run: 'security group create {n}', undo: 'security group delete {group}' }],
    create: '--ingress --protocol tcp --dst-port 80:90 --remote-ip 10.0.0.0/8 --description one {group}',
    made: { port_range_min: 80, port_range_max: 90, remote_ip_prefix: '10.0.0.0/8', protocol: 'tcp' },
    filters: ['{group}', '--protocol tcp', '--ingress {group}', '--long'],
  },
  {
    noun: 'security group rule',
    needs: 'security-groups-remote-address-group',
    nameless: true,
    prepare: [
      { as: 'group', run: 'security group create {n}', undo: 'security group delete {group}' },
      { as: 'ag', run: 'address group create --address 10.0.0.0/8 {n}-ag', undo: 'address group delete {ag}' },
    ],
    create: '--ingress --protocol udp --remote-address-group {ag} {group}',
    filters: ['{group}'],
  },
  {
    noun: 'subnet pool',
    create: '--pool-prefix 10.40.0.0/16 --default-prefix-length 26 --min-prefix-length 24 --max-prefix-length 28 {n}',
    made: { prefixes: ['10.40.0.0/16'], default_prefixlen: 26 },
    filters: ['--name {n}', '--no-share', '--no-default', '--long'],
    set: [
      { options: '--pool-prefix 10.41.0.0/16', shows: { prefixes: ['10.40.0.0/15'] } },
      {
        options: '--description two --default-prefix-length 27 --tag red',
        shows: { description: 'two', tags: ['red'] },
      },
    ],
    unset: [{ options: '--tag red', shows: { tags: [] } }],
  },
  {
    noun: 'address scope',
    create: '--ip-version 6 --no-share {n}',
    made: { ip_version: 6, shared: false },
    filters: ['--name {n}', '--ip-version 6', '--no-share'],
    set: [{ options: '--name {n} --share', shows: { shared: true } }],
  },
  {
    noun: 'address group',
    needs: 'address-group',
    create: '--description one --address 10.0.0.0/8 --address 192.0.2.1/32 {n}',
    made: { addresses: ['10.0.0.0/8', '192.0.2.1/32'] },
    filters: ['--name {n}', ''],
    set: [{ options: '--description two --address 10.9.0.0/16', shows: { description: 'two' } }],
    unset: [{ options: '--address 10.9.0.0/16', shows: { addresses: ['10.0.0.0/8', '192.0.2.1/32'] } }],
  },
  {
    noun: 'network rbac',
    needs: 'rbac-policies',
    nameless: true,
    prepare: [NETWORK],
    create: '--target-project demo --type network --action access_as_shared {net}',
    made: { action: 'access_as_shared', object_type: 'network' },
    filters: ['', '--type network', '--action access_as_shared', '--long'],
    set: [{ options: '--target-project admin', shows: { action: 'access_as_shared' } }],
  },
  {
    noun: 'network segment',
    needs: 'segment',
    prepare: [NETWORK],
    create: '--network-type gre --segment 77 --network {net} --description one {n}',
    made: { network_type: 'gre', segmentation_id: 77 },
    filters: ['--network {net}', '--long'],
    set: [{ options: '--description two', shows: { description: 'two' } }],
  },
  {
    noun: 'network segment range',
    needs: 'network-segment-range',
    create: '--shared --network-type geneve --minimum 90000 --maximum 90010 {n}',
    made: { minimum: 90000, maximum: 90010, network_type: 'geneve' },
    filters: ['', '--long'],
    set: [{ options: '--minimum 90000 --maximum 90020', shows: { maximum: 90020 } }],
  },
  {
    noun: 'network flavor profile',
    needs: 'flavors',
    nameless: true,
    create: '--description one --metainfo {n} --enable',
    made: { description: 'one' },
    filters: [''],
    set: [{ options: '--description two --disable', shows: { description: 'two' } }],
  },
  {
    noun: 'network flavor',
    needs: 'flavors',
    create: '--service-type L3_ROUTER_NAT --description one --enable {n}',
    made: { service_type: 'L3_ROUTER_NAT', enabled: true },
    filters: [''],
    set: [{ options: '--description two --disable', shows: { description: 'two', enabled: false } }],
  },
]

/** What is only read: commands that print a list, and the extension each needs. */
export const READ: readonly { readonly run: string; readonly needs: string }[] = [
  { run: 'ip availability list', needs: 'network-ip-availability' },
  { run: 'ip availability list --ip-version 4', needs: 'network-ip-availability' },
  { run: 'ip availability show public', needs: 'network-ip-availability' },
  { run: 'availability zone list --network', needs: 'availability_zone' },
  { run: 'network agent list', needs: 'agent' },
  { run: 'extension list --network', needs: 'agent' },
  { run: 'network service provider list', needs: 'service-type' },
]
