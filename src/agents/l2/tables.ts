/**
 * Numbers that operators and other tools know the flows by: tables of the three kinds of bridges, registers, marks.
 * Source: the reference of agents and RPC, §10 and §12.
 */

/** Tables of the integration bridge. */
export const INT = {
  LOCAL_SWITCHING: 0,
  CANARY: 23,
  ARP_SPOOF: 24,
  MAC_SPOOF: 25,
  LOCAL_EGRESS: 30,
  LOCAL_IP: 31,
  PACKET_RATE_LIMIT: 58,
  BANDWIDTH_RATE_LIMIT: 59,
  TRANSIENT: 60,
  LOCAL_MAC_DIRECT: 61,
  TRANSIENT_EGRESS: 62,
  BASE_EGRESS: 71,
  RULES_EGRESS: 72,
  ACCEPT_OR_INGRESS: 73,
  BASE_INGRESS: 81,
  RULES_INGRESS: 82,
  ACCEPTED_EGRESS: 91,
  ACCEPTED_INGRESS: 92,
  DROPPED: 93,
  ACCEPTED_EGRESS_NORMAL: 94,
} as const

/** Tables of the tunnel bridge. */
export const TUN = {
  START: 0,
  PATCH_LV_TO_TUN: 2,
  GRE: 3,
  VXLAN: 4,
  GENEVE: 6,
  LEARN_FROM_TUN: 10,
  UCAST: 20,
  ARP_RESPONDER: 21,
  FLOOD: 22,
} as const

export const TUNNEL_TABLES: { readonly [type: string]: number } = { gre: TUN.GRE, vxlan: TUN.VXLAN, geneve: TUN.GENEVE }

/** The port a packet is from or to (its OpenFlow number), and its local VLAN, which is also its conntrack zone. */
export const REG_PORT = 'reg5'
export const REG_NET = 'reg6'
export const ZONE = 'zone=NXM_NX_REG6[0..15]'

/** States of tracked packets: of a connection that was committed, in its direction; of one that was not yet. */
export const CT_ESTABLISHED = 'ct_state=+est-rel-rpl'
export const CT_NEW = 'ct_state=+new-est'

/** ct_mark of a connection that was allowed once and no longer is. */
export const CT_MARK_CUT = '0x1'

export const resubmit = (table: number): string => `resubmit(,${table})`

/** Notes where a packet is from or to, for the tables that follow. */
export const note = (ofport: number, vlan: number): string =>
  `set_field:${ofport}->${REG_PORT},set_field:${vlan}->${REG_NET}`
