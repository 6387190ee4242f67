/**
 * The firewall driver `openvswitch`: security groups as flows of the integration bridge, stateful by Open vSwitch's own
 * connection tracking in a zone per local VLAN, unless the group is stateless. A packet of an instance first has to be
 * its own (MAC, IP, ARP, ND; no DHCP server, no router), then fulfil an egress rule; a packet to one has to fulfil an
 * ingress rule. A connection whose rule has gone is marked as cut by its next packet, in both directions. Pure.
 * Source: the reference of agents and RPC, §10 (tables) and §12 (registers, marks, priorities).
 */

import type { PortFragment } from '#agents/l2/fragment.ts'
import type { WiredPort } from '#agents/l2/state.ts'
import { CT_MARK_CUT, CT_NEW, INT, note, REG_NET, REG_PORT, resubmit, ZONE } from '#agents/l2/tables.ts'
import { type Flow, flow } from '#linux/openflow/flow.ts'
import { acceptFlows } from './accept.ts'
import { addressesOf } from './addresses.ts'
import { ConjunctionIds, remoteMemberFlows, remoteOf, remoteRuleFlows } from './remote.ts'
import { matchesOf, narrowness } from './rules.ts'
import { isStateless, toStateless } from './stateless.ts'

const PRIORITY = 74
const NORMAL = resubmit(INT.ACCEPTED_EGRESS_NORMAL)
const DROPPED = resubmit(INT.DROPPED)
const FAMILIES = ['ip', 'ipv6'] as const

/** ICMPv6 types. Source: RFC 4890; RFC 4861; RFC 3810. */
const RA = 134
const NS = 135
const NA = 136
/** To an instance: listener queries, neighbour solicitations and advertisements, router advertisements. */
const ND_INGRESS = [130, NS, NA, RA]
/** From an instance at its own address: listener queries and reports, router and neighbour solicitations. */
const ND_EGRESS = [130, 131, 132, 133, NS, 143]
/** From an instance that has no address yet, at `::`. */
const ND_EGRESS_UNSPECIFIED = [131, 133, 143]

/** `permitted`: Ethernet types that are not filtered, `0x4008`. */
export function openvswitchFirewall(permitted: readonly string[]): PortFragment {
  const ids = new ConjunctionIds()
  return {
    name: 'openvswitch',
    base: baseFlows(),
    port(port) {
      if (port.security === null) return trustedFlows(port)
      return [
        ...identifyFlows(port),
        ...baseEgress(port, permitted),
        ...acceptOrIngress(port),
        ...baseIngress(port, permitted),
        ...(isStateless(port) ? toStateless(port, addressesOf(port).macs) : bothTracked(port)),
        ...ruleFlows(port),
        ...remoteRuleFlows(port, ids),
      ]
    },
    all: (ports) => remoteMemberFlows(ports, ids),
  }
}

function baseFlows(): Flow[] {
  const closed = [INT.BASE_EGRESS, INT.RULES_EGRESS, INT.ACCEPT_OR_INGRESS, INT.BASE_INGRESS, INT.RULES_INGRESS]
  return [
    ...[...closed, INT.ACCEPTED_INGRESS, INT.DROPPED].map((table) => flow(table, 0, '', 'drop')),
    flow(INT.BASE_EGRESS, 110, 'ct_state=+trk', `ct_clear,${resubmit(INT.BASE_EGRESS)}`),
    flow(INT.ACCEPTED_EGRESS, 1, '', NORMAL),
    flow(INT.ACCEPTED_EGRESS_NORMAL, 1, '', 'NORMAL'),
  ]
}

/** A port of the network itself (DHCP, router) sends what it likes; what it sends to an instance is filtered there. */
function trustedFlows({ ofport, vlan }: WiredPort): Flow[] {
  const actions = `${note(ofport, vlan)},${resubmit(INT.ACCEPT_OR_INGRESS)}`
  return [
    flow(INT.TRANSIENT, 100, `in_port=${ofport}`, actions),
    flow(INT.ACCEPT_OR_INGRESS, 80, `${REG_PORT}=${ofport}`, NORMAL),
  ]
}

function identifyFlows(port: WiredPort): Flow[] {
  const { ofport, vlan } = port
  const to = `${note(ofport, vlan)},strip_vlan,${resubmit(INT.BASE_INGRESS)}`
  return [
    flow(INT.TRANSIENT, 100, `in_port=${ofport}`, `${note(ofport, vlan)},${resubmit(INT.BASE_EGRESS)}`),
    ...addressesOf(port).macs.map((mac) => flow(INT.TRANSIENT, 90, `dl_vlan=${vlan},dl_dst=${mac}`, to)),
  ]
}

function baseEgress(port: WiredPort, permitted: readonly string[]): Flow[] {
  const { v4, v6, macs } = addressesOf(port)
  const own = `in_port=${port.ofport},${REG_PORT}=${port.ofport}`
  const egress = (priority: number, match: string, actions: string) =>
    flow(INT.BASE_EGRESS, priority, `${own},${match}`, actions)
  const track = isStateless(port) ? resubmit(INT.RULES_EGRESS) : `ct(table=${INT.RULES_EGRESS},${ZONE})`
  const ask = resubmit(INT.ACCEPT_OR_INGRESS)
  return [
    ...v4.flatMap(({ mac, ip }) => [
      egress(95, `arp,dl_src=${mac},arp_spa=${ip},arp_sha=${mac}`, NORMAL),
      egress(95, `rarp,dl_src=${mac}`, NORMAL),
      egress(80, `udp,dl_src=${mac},nw_src=${ip},udp_src=68,udp_dst=67`, ask),
      egress(65, `ip,dl_src=${mac},nw_src=${ip}`, track),
    ]),
    // An instance that asks whether an address is free, or for one.
    ...v4.map(({ mac, ip }) => egress(95, `arp,dl_src=${mac},arp_spa=0.0.0.0,arp_tpa=${ip},arp_sha=${mac}`, NORMAL)),
    egress(80, `udp,dl_src=${port.mac},nw_src=0.0.0.0,udp_src=68,udp_dst=67`, ask),
    ...v6.flatMap(({ mac, ip }) => [
      ...ND_EGRESS.map((type) => egress(95, `icmp6,dl_src=${mac},ipv6_src=${ip},icmpv6_type=${type}`, NORMAL)),
      egress(95, `icmp6,dl_src=${mac},icmpv6_type=${NA},nd_target=${ip}`, NORMAL),
      egress(95, `icmp6,dl_src=${mac},ipv6_src=::,icmpv6_type=${NS},nd_target=${ip}`, NORMAL),
      egress(80, `udp6,dl_src=${mac},ipv6_src=${ip},udp_src=546,udp_dst=547`, ask),
      egress(65, `ipv6,dl_src=${mac},ipv6_src=${ip}`, track),
    ]),
    ...macs.flatMap((mac) =>
      ND_EGRESS_UNSPECIFIED.map((type) => egress(95, `icmp6,dl_src=${mac},ipv6_src=::,icmpv6_type=${type}`, NORMAL)),
    ),
    egress(70, 'udp,udp_src=67,udp_dst=68', DROPPED),
    egress(70, 'udp6,udp_src=547,udp_dst=546', DROPPED),
    egress(70, `icmp6,icmpv6_type=${RA}`, DROPPED),
    ...permitted.map((type) => egress(95, `dl_type=${type}`, NORMAL)),
    flow(INT.BASE_EGRESS, 10, own, `ct_clear,${DROPPED}`),
  ]
}

/** After egress: to an instance on this host it goes on as ingress, otherwise out. */
function acceptOrIngress(port: WiredPort): Flow[] {
  const { ofport, vlan } = port
  const to = `set_field:${ofport}->${REG_PORT},${resubmit(INT.BASE_INGRESS)}`
  const commit = `ct(commit,${ZONE}),${resubmit(INT.ACCEPTED_EGRESS)}`
  const families = isStateless(port) ? [] : FAMILIES
  return [
    ...addressesOf(port).macs.map((mac) => flow(INT.ACCEPT_OR_INGRESS, 100, `${REG_NET}=${vlan},dl_dst=${mac}`, to)),
    ...families.map((family) => flow(INT.ACCEPT_OR_INGRESS, 90, `${CT_NEW},${family},${REG_PORT}=${ofport}`, commit)),
    flow(INT.ACCEPT_OR_INGRESS, 80, `${REG_PORT}=${ofport}`, NORMAL),
  ]
}

function baseIngress(port: WiredPort, permitted: readonly string[]): Flow[] {
  const { ofport } = port
  const ingress = (priority: number, match: string, actions = `output:${ofport}`) =>
    flow(INT.BASE_INGRESS, priority, match, actions)
  const own = `${REG_PORT}=${ofport}`
  return [
    ingress(100, `arp,${own}`),
    ...ND_INGRESS.map((type) => ingress(100, `icmp6,${own},icmpv6_type=${type}`)),
    ...permitted.map((type) => ingress(100, `dl_type=${type},${own}`)),
    ingress(95, `udp,${own},udp_src=67,udp_dst=68`),
    ingress(95, `udp6,${own},udp_src=547,udp_dst=546`),
    ...(isStateless(port)
      ? FAMILIES.map((family) => ingress(90, `${family},${own}`, resubmit(INT.RULES_INGRESS)))
      : [
          ...FAMILIES.map((family) =>
            ingress(90, `ct_state=-trk,${family},${own}`, `ct(table=${INT.RULES_INGRESS},${ZONE})`),
          ),
          ingress(80, `ct_state=+trk,${own}`, resubmit(INT.RULES_INGRESS)),
        ]),
  ]
}

function bothTracked(port: WiredPort): Flow[] {
  return [...tracked(port, INT.RULES_EGRESS, NORMAL), ...tracked(port, INT.RULES_INGRESS, `output:${port.ofport}`)]
}

/** What holds whatever the rules say: answers pass, what is not (or no longer) part of a connection does not. */
function tracked({ ofport, vlan }: WiredPort, table: number, accept: string): Flow[] {
  const own = `${REG_PORT}=${ofport}`
  const cut = `ct(commit,${ZONE},exec(set_field:${CT_MARK_CUT}->ct_mark))`
  const known = (state: string) => `ct_state=${state},ct_mark=0,ct_zone=${vlan},${own}`
  return [
    flow(table, 50, `ct_state=+trk+inv,${own}`, DROPPED),
    flow(table, 50, `ct_state=+trk,ct_mark=${CT_MARK_CUT},${own}`, DROPPED),
    flow(table, 50, known('+est-rel+rpl'), accept),
    flow(table, 50, known('-new-est+rel-inv'), accept),
    flow(table, 40, `ct_state=-est,${own}`, DROPPED),
    ...FAMILIES.map((family) => flow(table, 40, `ct_state=+est,${family},${own}`, cut)),
  ]
}

function ruleFlows(port: WiredPort): Flow[] {
  return (port.security?.rules ?? []).flatMap((rule) => {
    if (remoteOf(rule) !== undefined) return []
    return matchesOf(rule).flatMap((match) =>
      acceptFlows(rule.direction, PRIORITY + narrowness(rule), `${REG_PORT}=${port.ofport},${match}`, port),
    )
  })
}
