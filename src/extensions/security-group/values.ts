/**
 * Values of rules as they are sent: protocols by name or number, ports, prefixes, names that are not `default`. Pure.
 * Source: upstream's converters, as seen in what its API takes, shows and refuses.
 */
import { pythonRepr } from '#base/errors.ts'
import { formatIp, parseIp } from '#base/ip.ts'
import type { Json } from '#base/json.ts'
import { compileType } from '#resource/types.ts'
import {
  InvalidCIDR,
  SecurityGroupDefaultAlreadyExists,
  SecurityGroupInvalidPortValue,
  SecurityGroupRuleInvalidEtherType,
  SecurityGroupRuleInvalidProtocol,
} from './errors.ts'

/** Protocols by name, in the order messages list them. Source: IANA's protocol numbers. */
export const PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ['ah', 51],
  ['dccp', 33],
  ['egp', 8],
  ['esp', 50],
  ['gre', 47],
  ['hopopt', 0],
  ['icmp', 1],
  ['igmp', 2],
  ['ip', 0],
  ['ipip', 4],
  ['ipv6-encap', 41],
  ['ipv6-frag', 44],
  ['ipv6-icmp', 58],
  ['icmpv6', 58],
  ['ipv6-nonxt', 59],
  ['ipv6-opts', 60],
  ['ipv6-route', 43],
  ['ospf', 89],
  ['pgm', 113],
  ['rsvp', 46],
  ['sctp', 132],
  ['tcp', 6],
  ['udp', 17],
  ['udplite', 136],
  ['vrrp', 112],
])
const ETHERTYPES = ['IPv4', 'IPv6'] as const
const SUPPORTED = `(${[null, 'any', ...PROTOCOLS.keys()].map((name) => pythonRepr(name)).join(', ')})`

const toText = compileType('string')

/** Never null when it is sent; the rules that a group begins with have none, and show null. @throws Refusal */
export function description(value: Json): Json {
  return toText(value)
}

/** @throws SecurityGroupDefaultAlreadyExists */
export function groupName(value: Json): Json {
  const name = toText(value) as string
  if (name.toLowerCase() === 'default') throw SecurityGroupDefaultAlreadyExists()
  return name
}

/** A name in lower case or a number as text; null for any. @throws SecurityGroupRuleInvalidProtocol */
export function protocol(value: Json): Json {
  if (value === null || value === 'any') return null
  const number = integer(value)
  if (number !== null && number >= 0 && number <= 255) return String(number)
  if (number === null && typeof value === 'string') {
    const name = value.toLowerCase()
    if (name === 'any' || PROTOCOLS.has(name)) return name === 'any' ? null : name
  }
  throw SecurityGroupRuleInvalidProtocol({ protocol: value, values: SUPPORTED })
}

/** @throws SecurityGroupRuleInvalidEtherType */
export function ethertype(value: Json): Json {
  const known = ETHERTYPES.find((name) => typeof value === 'string' && name.toLowerCase() === value.toLowerCase())
  if (known) return known
  throw SecurityGroupRuleInvalidEtherType({ ethertype: value, values: ETHERTYPES })
}

/** @throws SecurityGroupInvalidPortValue */
export function port(value: Json): Json {
  if (value === null) return null
  // A fraction is cut off, as Python's `int` does.
  const number = typeof value === 'number' ? Math.trunc(value) : integer(value)
  if (number === null || number < 0 || number > 65_535) throw SecurityGroupInvalidPortValue({ port: value })
  return number
}

/** With its prefix length; host bits are kept, as they are shown. @throws InvalidCIDR */
export function ipPrefix(value: Json): Json {
  if (value === null || value === '') return null
  const [text = '', suffix, more] = typeof value === 'string' ? value.split('/') : []
  const ip = parseIp(text)
  const bits = ip?.version === 4 ? 32 : 128
  const length = suffix === undefined ? bits : /^\d{1,3}$/.test(suffix) ? Number(suffix) : Number.NaN
  if (!ip || more !== undefined || !(length <= bits)) throw InvalidCIDR({ input: value })
  return `${formatIp(ip.version, ip.value)}/${length}`
}

function integer(value: Json): number | null {
  if (typeof value === 'number') return Number.isInteger(value) ? value : null
  if (typeof value === 'string' && /^\s*[+-]?\d{1,10}\s*$/.test(value)) return Number(value)
  return null
}
