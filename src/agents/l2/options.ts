/**
 * Options of the Open vSwitch agent. The DHCP and L3 agents read `ovs` too: their devices are ports of the same bridge.
 * Source: the configuration reference, openvswitch_agent.ini.
 */
import { securityGroupCommon } from '#config/common.ts'
import { boolean, defineOptions, dict, integer, ip, list, port, string } from '#config/options.ts'
import { parseAddress } from '#linux/ovsdb/connection.ts'

/** A device's name in Linux, and so a bridge's. */
const NAME = /^[^\s/:]{1,15}$/

const bridgeName = (value: string) => (NAME.test(value) ? null : 'a bridge name has 1 to 15 characters, no / or space')

export const ovs = defineOptions('ovs', {
  integration_bridge: string({
    default: 'br-int',
    check: bridgeName,
    help: 'Integration bridge: every port of an instance, router or DHCP server on this host is plugged into it.',
  }),
  tunnel_bridge: string({ default: 'br-tun', check: bridgeName, help: 'Tunnel bridge.' }),
  int_peer_patch_port: string({
    default: 'patch-tun',
    help: 'Patch port of the integration bridge to the tunnel bridge.',
  }),
  tun_peer_patch_port: string({
    default: 'patch-int',
    help: 'Patch port of the tunnel bridge to the integration bridge.',
  }),
  local_ip: ip({ help: 'Address of this host that tunnels end at. Needed for tunnel_types.' }),
  bridge_mappings: dict({
    default: {},
    check: (value) =>
      Object.values(value)
        .map(bridgeName)
        .find((reason) => reason !== null) ?? null,
    help: 'Bridge of each physical network that this host reaches, as physical_network:bridge. The bridges must exist.',
  }),
  ovsdb_connection: string({
    default: 'tcp:127.0.0.1:6640',
    check: (value) => (parseAddress(value) ? null : 'expected unix:PATH, tcp:ADDRESS:PORT'),
    help: "Where Open vSwitch's database listens. With unix:, bridges are managed by the sockets in the same folder.",
  }),
  ovsdb_timeout: integer({
    default: 10,
    min: 1,
    help: 'Seconds that a transaction, and what Open vSwitch makes of it, may take.',
    deprecated: [{ section: 'DEFAULT', name: 'ovs_vsctl_timeout' }],
  }),
  datapath_type: string({
    default: 'system',
    choices: ['system', 'netdev'],
    help: 'Datapath of the bridges: system is the kernel module, netdev runs in ovs-vswitchd.',
  }),
  vhostuser_socket_dir: string({
    default: '/var/run/openvswitch',
    help: 'Folder of vhost-user sockets, reported to the server for Nova.',
  }),
  of_request_timeout: integer({ default: 300, min: 1, help: 'Seconds that one change of flows may take.' }),
  bridge_mac_table_size: integer({ default: 50_000, min: 10, help: 'MAC addresses a bridge learns at most.' }),
  igmp_snooping_enable: boolean({ default: false, help: 'IGMP snooping on the integration bridge.' }),
})

export const agent = defineOptions('agent', {
  tunnel_types: list({
    default: [],
    choices: ['gre', 'vxlan', 'geneve'],
    help: 'Types of tunnel networks this host reaches.',
  }),
  vxlan_udp_port: port({ default: 4789, help: 'UDP port of VXLAN tunnels.' }),
  dont_fragment: boolean({ default: true, help: "Sets the don't-fragment bit on tunnel packets." }),
  tunnel_csum: boolean({ default: false, help: 'Checksums in the outer header of tunnel packets.' }),
  polling_interval: integer({
    default: 2,
    min: 1,
    help: 'Seconds after which failed work is tried again. Changes are seen at once, from events.',
  }),
  drop_flows_on_start: boolean({ default: false, help: 'Drops all flows at the start, and traffic with them.' }),
})

export const securitygroup = defineOptions('securitygroup', {
  enable_security_group: securityGroupCommon.options.enable_security_group,
  firewall_driver: string({
    help: 'openvswitch or noop. Unset: openvswitch.',
    check: (value) => (value === null || FIREWALLS.has(value) ? null : 'expected openvswitch or noop'),
  }),
  permitted_ethertypes: list({
    default: [],
    check: (value) => value.find((item) => !/^0x[0-9a-f]{1,4}$/i.test(item)) ?? null,
    help: 'Further Ethernet types that instances may send and get, such as 0x4008.',
  }),
})

/** The drivers by each name they are given by; what they do. */
const FIREWALLS: ReadonlySet<string> = new Set([
  'openvswitch',
  'noop',
  'neutron.agent.firewall.NoopFirewallDriver',
  'neutron.agent.linux.openvswitch_firewall.OVSFirewallDriver',
])
