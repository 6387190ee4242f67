/** The agent's options as what it decides by; combinations that cannot work are refused. Pure. */

import { noopFirewall } from '#agents/l2/firewall/noop.ts'
import { openvswitchFirewall } from '#agents/l2/firewall/openvswitch.ts'
import { OperatingError } from '#base/errors.ts'
import { canonicalIp } from '#base/ip.ts'
import type { Values } from '#config/options.ts'
import type { PortFragment } from './fragment.ts'
import type { agent, ovs, securitygroup } from './options.ts'
import type { Settings } from './want.ts'

/** @throws OperatingError when options contradict each other. */
export function readSettings(
  ovsOptions: Values<typeof ovs>,
  agentOptions: Values<typeof agent>,
  groupOptions: Values<typeof securitygroup>,
): Settings & { readonly datapathType: 'system' | 'netdev' } {
  const { tunnel_types } = agentOptions
  if (tunnel_types.length > 0 && ovsOptions.local_ip === null) {
    throw new OperatingError('[agent] tunnel_types is set, so [ovs] local_ip must be: the address tunnels end at')
  }
  if (ovsOptions.integration_bridge === ovsOptions.tunnel_bridge) {
    throw new OperatingError('[ovs] integration_bridge and tunnel_bridge must not be the same bridge')
  }
  const mappings = new Map(Object.entries(ovsOptions.bridge_mappings))
  if (new Set(mappings.values()).size < mappings.size) {
    throw new OperatingError('[ovs] bridge_mappings gives one bridge to two physical networks')
  }
  return {
    integrationBridge: ovsOptions.integration_bridge,
    tunnelBridge: ovsOptions.tunnel_bridge,
    intPatch: ovsOptions.int_peer_patch_port,
    tunPatch: ovsOptions.tun_peer_patch_port,
    localIp: ovsOptions.local_ip === null ? null : canonicalIp(ovsOptions.local_ip),
    mappings,
    datapathType: ovsOptions.datapath_type === 'netdev' ? 'netdev' : 'system',
    macTableSize: ovsOptions.bridge_mac_table_size,
    igmpSnooping: ovsOptions.igmp_snooping_enable,
    tunnelTypes: [...new Set(tunnel_types)],
    vxlanUdpPort: agentOptions.vxlan_udp_port,
    dontFragment: agentOptions.dont_fragment,
    tunnelCsum: agentOptions.tunnel_csum,
    firewall: firewallOf(groupOptions),
  }
}

function firewallOf({
  enable_security_group,
  firewall_driver,
  permitted_ethertypes,
}: Values<typeof securitygroup>): PortFragment {
  const isNoop = firewall_driver === 'noop' || firewall_driver === 'neutron.agent.firewall.NoopFirewallDriver'
  return !enable_security_group || isNoop ? noopFirewall : openvswitchFirewall(permitted_ethertypes)
}
