/**
 * Security group rules as OpenFlow matches. Pure. Remote groups are matched by remote.ts; here is everything else.
 * Source: the reference of agents and RPC, §4 (rules on the wire) and §12 (priorities 70 to 77).
 */
import { formatCidr, parseCidr } from '#base/ip.ts'
import type { SecurityRule } from '#rpc/contract/l2.ts'
import { portMasks } from './ranges.ts'

/** IANA's numbers of the protocols the API knows by name. */
const PROTOCOLS: { readonly [name: string]: number } = {
  ah: 51,
  dccp: 33,
  egp: 8,
  esp: 50,
  gre: 47,
  hopopt: 0,
  icmp: 1,
  icmpv6: 58,
  igmp: 2,
  ip: 0,
  ipip: 4,
  'ipv6-encap': 41,
  'ipv6-frag': 44,
  'ipv6-icmp': 58,
  'ipv6-nonxt': 59,
  'ipv6-opts': 60,
  'ipv6-route': 43,
  ospf: 89,
  pgm: 113,
  rsvp: 46,
  sctp: 132,
  tcp: 6,
  udp: 17,
  udplite: 136,
  vrrp: 112,
}
const ICMP: ReadonlySet<number> = new Set([1, 58])
const WITH_PORTS: { readonly [protocol: number]: string } = { 6: 'tcp', 17: 'udp', 132: 'sctp' }

/** The protocol's number; null for any. A name nobody knows matches nothing, which the number -1 says. */
export function protocolOf({ protocol, ethertype }: SecurityRule): number | null {
  if (protocol === undefined || protocol === 'any') return null
  if (/^\d+$/.test(String(protocol))) return Number(protocol)
  const number = PROTOCOLS[protocol] ?? -1
  return number === 1 && ethertype === 'IPv6' ? 58 : number
}

/** 0 to 3; narrower rules come first, so that conjunctions of the same priority belong together. */
export function narrowness(rule: SecurityRule): number {
  const protocol = protocolOf(rule)
  if (protocol === null) return 0
  if (!ICMP.has(protocol)) return 3
  return rule.port_range_min === undefined ? 1 : rule.port_range_max === undefined ? 2 : 3
}

/** The matches, any of which fulfils the rule but for its remote group. */
export function matchesOf(rule: SecurityRule): string[] {
  const protocol = protocolOf(rule)
  if (protocol === -1) return []
  const six = rule.ethertype === 'IPv6'
  const base = [six ? 'ipv6' : 'ip']
  if (protocol !== null) base.push(`nw_proto=${protocol}`)
  const from = prefixMatch(six ? 'ipv6_src' : 'nw_src', rule.source_ip_prefix)
  const to = prefixMatch(six ? 'ipv6_dst' : 'nw_dst', rule.dest_ip_prefix)
  const start = [...base, ...from, ...to].join(',')
  return layer4(rule, protocol).map((rest) => (rest === '' ? start : `${start},${rest}`))
}

/** The match for an address or a block; none for all of them. */
export function prefixMatch(field: string, prefix: string | undefined): string[] {
  const block = prefix === undefined ? null : parseCidr(prefix)
  if (!block || block.length === 0) return []
  const text = formatCidr(block)
  return [`${field}=${block.length === (block.version === 4 ? 32 : 128) ? text.slice(0, text.indexOf('/')) : text}`]
}

function layer4(rule: SecurityRule, protocol: number | null): string[] {
  const { port_range_min: min, port_range_max: max } = rule
  if (protocol === null) return ['']
  if (ICMP.has(protocol)) {
    if (min === undefined) return ['']
    const name = protocol === 58 ? 'icmpv6' : 'icmp'
    return [max === undefined ? `${name}_type=${min}` : `${name}_type=${min},${name}_code=${max}`]
  }
  const name = WITH_PORTS[protocol]
  if (name === undefined) return ['']
  const to = masksOf(min, max).map((mask) => `${name}_dst=${mask}`)
  const from = masksOf(rule.source_port_range_min, rule.source_port_range_max).map((mask) => `${name}_src=${mask}`)
  if (from.length === 0) return to.length === 0 ? [''] : to
  return from.flatMap((source) => (to.length === 0 ? [source] : to.map((target) => `${source},${target}`)))
}

function masksOf(min: number | undefined, max: number | undefined): string[] {
  if (min === undefined || max === undefined || (min <= 1 && max === 65_535)) return []
  return portMasks(min, max)
}
