/**
 * The flows of the three kinds of bridges apart from filtering: which table follows which, local VLANs to and from the
 * segments of physical and tunnel networks, learning where a MAC address is in tunnels. Pure.
 * Source: the reference of agents and RPC, §10.
 */
import { type Flow, flow, LEARNED_COOKIE } from '#linux/openflow/flow.ts'
import type { Segment } from './state.ts'
import { INT, resubmit, TUN, TUNNEL_TABLES } from './tables.ts'

const DEAD_VLAN = 4095

export interface Wire {
  readonly segment: Segment
  readonly vlan: number
}

/** A physical network's bridge: the OpenFlow numbers of the patch ports between it and the integration bridge. */
export interface PhysicalLink {
  readonly physical_network: string
  /** `int-…`, on the integration bridge. */
  readonly inside: number
  /** `phy-…`, on the physical network's bridge. */
  readonly outside: number
}

export interface TunnelLink {
  readonly type: string
  readonly ofport: number
}

export function integrationFlows(): Flow[] {
  return [
    flow(INT.LOCAL_SWITCHING, 65_535, `dl_vlan=${DEAD_VLAN}`, 'drop'),
    flow(INT.LOCAL_SWITCHING, 0, '', resubmit(INT.PACKET_RATE_LIMIT)),
    flow(INT.CANARY, 0, '', 'drop'),
    flow(INT.ARP_SPOOF, 0, '', 'drop'),
    flow(INT.LOCAL_EGRESS, 0, '', resubmit(INT.PACKET_RATE_LIMIT)),
    flow(INT.LOCAL_IP, 0, '', resubmit(INT.PACKET_RATE_LIMIT)),
    flow(INT.PACKET_RATE_LIMIT, 0, '', resubmit(INT.BANDWIDTH_RATE_LIMIT)),
    flow(INT.BANDWIDTH_RATE_LIMIT, 0, '', resubmit(INT.TRANSIENT)),
    flow(INT.TRANSIENT, 1, '', 'NORMAL'),
    flow(INT.TRANSIENT_EGRESS, 3, '', 'NORMAL'),
  ]
}

/** From a physical network only what is for a network of this host. */
export function fromPhysical(link: PhysicalLink, wires: readonly Wire[]): Flow[] {
  const port = `in_port=${link.inside}`
  return [
    flow(INT.LOCAL_SWITCHING, 2, port, 'drop'),
    ...on(link, wires).map(({ segment, vlan }) => {
      const match = segment.network_type === 'vlan' ? `dl_vlan=${segment.segmentation_id}` : 'vlan_tci=0x0000/0x1fff'
      const to = `mod_vlan_vid:${vlan},${resubmit(INT.PACKET_RATE_LIMIT)}`
      return flow(INT.LOCAL_SWITCHING, 3, `${port},${match}`, to)
    }),
  ]
}

/** The physical network's own bridge: to it only what belongs to it, with its number. */
export function physicalFlows(link: PhysicalLink, wires: readonly Wire[]): Flow[] {
  const port = `in_port=${link.outside}`
  return [
    flow(0, 0, '', 'NORMAL'),
    flow(0, 2, port, 'drop'),
    ...on(link, wires).map(({ segment, vlan }) => {
      const to = segment.network_type === 'vlan' ? `mod_vlan_vid:${segment.segmentation_id}` : 'strip_vlan'
      return flow(0, 4, `${port},dl_vlan=${vlan}`, `${to},NORMAL`)
    }),
  ]
}

function on({ physical_network }: PhysicalLink, wires: readonly Wire[]): readonly Wire[] {
  return wires.filter(({ segment }) => segment.physical_network === physical_network)
}

/** `patch`: the OpenFlow number of the tunnel bridge's port to the integration bridge. */
export function tunnelFlows(patch: number, tunnels: readonly TunnelLink[], wires: readonly Wire[]): Flow[] {
  const unicast = '00:00:00:00:00:00/01:00:00:00:00:00'
  const many = '01:00:00:00:00:00/01:00:00:00:00:00'
  return [
    flow(TUN.START, 1, `in_port=${patch}`, resubmit(TUN.PATCH_LV_TO_TUN)),
    flow(TUN.START, 0, '', 'drop'),
    ...tunnels.map(({ type, ofport }) => flow(TUN.START, 1, `in_port=${ofport}`, resubmit(TUNNEL_TABLES[type]!))),
    flow(TUN.PATCH_LV_TO_TUN, 0, `dl_dst=${unicast}`, resubmit(TUN.UCAST)),
    flow(TUN.PATCH_LV_TO_TUN, 0, `dl_dst=${many}`, resubmit(TUN.FLOOD)),
    ...Object.values(TUNNEL_TABLES).map((table) => flow(table, 0, '', 'drop')),
    flow(TUN.LEARN_FROM_TUN, 1, '', `${LEARN},output:${patch}`),
    flow(TUN.UCAST, 0, '', resubmit(TUN.FLOOD)),
    flow(TUN.ARP_RESPONDER, 0, '', resubmit(TUN.FLOOD)),
    flow(TUN.FLOOD, 0, '', 'drop'),
    ...wires.flatMap(({ segment: { network_type, segmentation_id }, vlan }) => {
      const table = TUNNEL_TABLES[network_type]
      if (table === undefined) return []
      const outputs = tunnels.filter(({ type }) => type === network_type).map(({ ofport }) => `,output:${ofport}`)
      const toLearn = `mod_vlan_vid:${vlan},${resubmit(TUN.LEARN_FROM_TUN)}`
      return [
        flow(table, 1, `tun_id=${segmentation_id}`, toLearn),
        ...(outputs.length > 0
          ? [flow(TUN.FLOOD, 1, `dl_vlan=${vlan}`, `strip_vlan,set_tunnel:${segmentation_id}${outputs.join('')}`)]
          : []),
      ]
    }),
  ]
}

/** Where a frame came from is where its sender is answered, for as long as it is heard of within five minutes. */
const LEARN = `learn(${[
  `table=${TUN.UCAST}`,
  `cookie=${LEARNED_COOKIE}`,
  'priority=1',
  'hard_timeout=300',
  'NXM_OF_VLAN_TCI[0..11]',
  'NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[]',
  'load:0->NXM_OF_VLAN_TCI[]',
  'load:NXM_NX_TUN_ID[]->NXM_NX_TUN_ID[]',
  'output:NXM_OF_IN_PORT[]',
].join(',')})`

/** What matches the flows learned for a local VLAN that is given up. */
export function learnedOf(vlan: number): string {
  return `table=${TUN.UCAST},vlan_tci=${vlan}/0x0fff`
}
