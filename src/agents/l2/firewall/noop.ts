/**
 * The firewall driver `noop`: no security groups. An instance still uses no address but its own in ARP and neighbour
 * discovery, and sends from no MAC but its own. Pure. Source: the reference of agents and RPC, §10, tables 24 and 25.
 */

import type { PortFragment } from '#agents/l2/fragment.ts'
import type { WiredPort } from '#agents/l2/state.ts'
import { INT, resubmit } from '#agents/l2/tables.ts'
import { type Flow, flow } from '#linux/openflow/flow.ts'
import { addressesOf } from './addresses.ts'

const NEIGHBOUR_ADVERTISEMENT = 136

export const noopFirewall: PortFragment = {
  name: 'noop',
  base: [flow(INT.MAC_SPOOF, 0, '', 'drop')],
  port: (port) => (port.security === null ? [] : spoofFlows(port)),
}

function spoofFlows(port: WiredPort): Flow[] {
  const own = `in_port=${port.ofport}`
  const { v4, v6, macs } = addressesOf(port)
  const advertises = `icmp6,icmpv6_type=${NEIGHBOUR_ADVERTISEMENT}`
  const check = resubmit(INT.MAC_SPOOF)
  const pass = resubmit(INT.PACKET_RATE_LIMIT)
  return [
    flow(INT.LOCAL_SWITCHING, 10, `arp,${own}`, resubmit(INT.ARP_SPOOF)),
    flow(INT.LOCAL_SWITCHING, 10, `${advertises},${own}`, resubmit(INT.ARP_SPOOF)),
    flow(INT.LOCAL_SWITCHING, 9, own, check),
    ...v4.map(({ mac, ip }) => flow(INT.ARP_SPOOF, 2, `arp,${own},arp_spa=${ip},arp_sha=${mac}`, check)),
    ...v4.map(({ mac, ip }) =>
      flow(INT.ARP_SPOOF, 2, `arp,${own},arp_spa=0.0.0.0,arp_tpa=${ip},arp_sha=${mac}`, check),
    ),
    ...v6.map(({ ip }) => flow(INT.ARP_SPOOF, 2, `${advertises},${own},nd_target=${ip}`, check)),
    ...macs.map((mac) => flow(INT.MAC_SPOOF, 2, `${own},dl_src=${mac}`, pass)),
  ]
}
