/**
 * What a rule may be, and when two rules mean the same. Pure.
 * Source: Networking API v2.0, "Security group rules"; order of checks and texts are upstream's.
 */
import { formatCidr, parseCidr } from '#base/ip.ts'
import {
  SecurityGroupEthertypeConflictWithProtocol,
  SecurityGroupInvalidIcmpValue,
  SecurityGroupInvalidPortRange,
  SecurityGroupInvalidPortValue,
  SecurityGroupInvalidProtocolForPort,
  SecurityGroupMissingIcmpType,
  SecurityGroupMultipleRemoteEntites,
  SecurityGroupProtocolRequiredWithPorts,
  SecurityGroupRuleParameterConflict,
} from './errors.ts'
import type { SecurityGroupRule } from './tables.ts'
import { PROTOCOLS } from './values.ts'

/** The part of a rule that decides what it lets through. */
export type RuleMeaning = Pick<
  SecurityGroupRule,
  | 'direction'
  | 'ethertype'
  | 'protocol'
  | 'port_range_min'
  | 'port_range_max'
  | 'remote_group_id'
  | 'remote_address_group_id'
  | 'remote_ip_prefix'
>

const PORT_PROTOCOLS = ['dccp', 'sctp', 'tcp', 'udp', 'udplite']
const ICMP = 1
const ICMPV6 = 58
const IPV6_ONLY = ['ipv6-encap', 'ipv6-frag', 'ipv6-icmp', 'icmpv6', 'ipv6-nonxt', 'ipv6-opts', 'ipv6-route']
/** 58 is `ipv6-icmp`; `icmpv6` is only an older name of it. */
const NAME_OF: ReadonlyMap<string, string> = new Map(
  [...PROTOCOLS].filter(([name]) => name !== 'icmpv6').map(([name, number]) => [String(number), name]),
)

/**
 * The rule as it is kept: ICMP of IPv6 by its own name, the whole port range as none.
 * @throws the errors of the reference's §3.2
 */
export function checkedRule<Rule extends RuleMeaning>(sent: Rule): Rule {
  const rule = { ...sent }
  if (rule.ethertype === 'IPv6') {
    if (rule.protocol === 'icmp' || rule.protocol === 'icmpv6') rule.protocol = 'ipv6-icmp'
    else if (rule.protocol === String(ICMP)) rule.protocol = String(ICMPV6)
  }
  if (rule.port_range_min === 1 && rule.port_range_max === 65_535) rule.port_range_min = rule.port_range_max = null
  checkPorts(rule)
  if (rule.remote_ip_prefix !== null && `IPv${parseCidr(rule.remote_ip_prefix)?.version}` !== rule.ethertype) {
    throw SecurityGroupRuleParameterConflict({ ethertype: rule.ethertype, cidr: rule.remote_ip_prefix })
  }
  const { protocol } = rule
  const ipv6Only = protocol !== null && IPV6_ONLY.some((name) => name === protocol || numberOf(name) === protocol)
  if (ipv6Only && rule.ethertype === 'IPv4') {
    throw SecurityGroupEthertypeConflictWithProtocol({ ethertype: rule.ethertype, protocol })
  }
  const remotes = [rule.remote_ip_prefix, rule.remote_group_id, rule.remote_address_group_id].filter(Boolean)
  if (remotes.length > 1) throw SecurityGroupMultipleRemoteEntites()
  return rule
}

function checkPorts({ protocol, port_range_min: min, port_range_max: max }: RuleMeaning): void {
  if (min === null && max === null) return
  if (protocol === null) throw SecurityGroupProtocolRequiredWithPorts()
  const number = PROTOCOLS.get(protocol) ?? Number(protocol)
  if (PORT_PROTOCOLS.some((name) => PROTOCOLS.get(name) === number)) {
    if (min === 0 || max === 0) throw SecurityGroupInvalidPortValue({ port: 0 })
    if (min === null || max === null || min > max) throw SecurityGroupInvalidPortRange()
  } else if (number === ICMP || number === ICMPV6) {
    if (min !== null && min > 255) {
      throw SecurityGroupInvalidIcmpValue({ field: 'type', attr: 'port_range_min', value: min })
    }
    if (max !== null && max > 255) {
      throw SecurityGroupInvalidIcmpValue({ field: 'code', attr: 'port_range_max', value: max })
    }
    if (min === null) throw SecurityGroupMissingIcmpType({ value: max })
  } else {
    const valid_port_protocols = PORT_PROTOCOLS.map((name) => name.toUpperCase()).join(', ')
    throw SecurityGroupInvalidProtocolForPort({ protocol: number, valid_port_protocols })
  }
}

function numberOf(name: string): string {
  return String(PROTOCOLS.get(name))
}

/** Equal for rules that mean the same: protocols by name or number, every address as no prefix. */
export function ruleKey(rule: RuleMeaning): string {
  const { direction, ethertype, port_range_min, port_range_max, remote_ip_prefix } = rule
  const anywhere = remote_ip_prefix === '0.0.0.0/0' || remote_ip_prefix === '::/0'
  const parts = [
    direction,
    ethertype,
    port_range_max,
    port_range_min,
    protocolKey(rule),
    rule.remote_group_id,
    rule.remote_address_group_id,
    anywhere ? null : remote_ip_prefix,
  ]
  return parts.map((part) => part ?? '+').join('_')
}

/** Names and numbers of one protocol are the same, except where two names have one number. */
function protocolKey({ protocol, ethertype }: RuleMeaning): string | null {
  if (protocol === null) return null
  const legacy = ethertype === 'IPv6' && (protocol === 'icmp' || protocol === 'icmpv6')
  const name = legacy ? 'ipv6-icmp' : protocol
  if (PROTOCOLS.has(name)) return `${name}/${numberOf(name)}`
  return `${NAME_OF.get(name) ?? name}/${name}`
}

/** The prefix without its host bits. */
export function normalizedCidr(remoteIpPrefix: string | null): string | null {
  const cidr = remoteIpPrefix === null ? null : parseCidr(remoteIpPrefix)
  return cidr && formatCidr(cidr)
}
