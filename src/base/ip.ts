/**
 * IP addresses and CIDRs as numbers: parse, print canonically, contain, overlap, EUI-64. Pure; an address is a version
 * and a bigint, so both families go through the same arithmetic.
 * Source: RFC 4291 §2.2 and appendix A, RFC 5952 (canonical IPv6 text), RFC 4632.
 */
import { isIPv4, isIPv6 } from 'node:net'

export interface Ip {
  readonly version: 4 | 6
  readonly value: bigint
}

/** A block: `first` has all host bits zero. */
export interface Cidr {
  readonly version: 4 | 6
  readonly first: bigint
  readonly last: bigint
  readonly length: number
}

/** Inclusive at both ends. */
export interface IpRange {
  readonly first: bigint
  readonly last: bigint
}

const BITS = { 4: 32, 6: 128 } as const

/** The address, or null when the text is none; zone ids, ports and prefixes are refused. */
export function parseIp(text: string): Ip | null {
  if (isIPv4(text)) return { version: 4, value: parseIpv4(text) }
  if (isIPv6(text) && !text.includes('%')) return { version: 6, value: parseIpv6(text) }
  return null
}

function parseIpv4(text: string): bigint {
  return text.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n)
}

function parseIpv6(text: string): bigint {
  const dotted = text.lastIndexOf('.') > 0 ? text.slice(text.lastIndexOf(':') + 1) : null
  const plain = dotted === null ? text : text.slice(0, -dotted.length) + hextets(parseIpv4(dotted))
  const [head = '', tail] = plain.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const middle = tail === undefined ? 0 : 8 - left.length - right.length
  const parts = [...left, ...Array<string>(middle).fill('0'), ...right]
  return parts.reduce((value, part) => (value << 16n) | BigInt(`0x${part}`), 0n)
}

function hextets(value: bigint): string {
  return `${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`
}

/** Canonical text: dotted for version 4, RFC 5952 for version 6. */
export function formatIp(version: 4 | 6, value: bigint): string {
  if (version === 4) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 0xffn)).join('.')
  const parts = Array.from({ length: 8 }, (_, index) => (value >> BigInt(112 - index * 16)) & 0xffffn)
  const { start, length } = longestZeroRun(parts)
  const text = (slice: readonly bigint[]) => slice.map((part) => part.toString(16)).join(':')
  if (length < 2) return text(parts)
  return `${text(parts.slice(0, start))}::${text(parts.slice(start + length))}`
}

function longestZeroRun(parts: readonly bigint[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  let start = 0
  for (const [index, part] of parts.entries()) {
    if (part !== 0n) start = index + 1
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start }
  }
  return best
}

/** The address's canonical text, or null when it is none. */
export function canonicalIp(text: string): string | null {
  const ip = parseIp(text)
  return ip && formatIp(ip.version, ip.value)
}

/** The block the text lies in (host bits are cut); a bare address is a block of one. Null when it is none. */
export function parseCidr(text: string): Cidr | null {
  const slash = text.indexOf('/')
  const ip = parseIp(slash < 0 ? text : text.slice(0, slash))
  if (!ip) return null
  const bits = BITS[ip.version]
  if (slash < 0) return cidrOf(ip, bits)
  const suffix = text.slice(slash + 1)
  if (!/^\d{1,3}$/.test(suffix) || Number(suffix) > bits) return null
  return cidrOf(ip, Number(suffix))
}

/** The block of that prefix length around the address. */
export function cidrOf({ version, value }: Ip, length: number): Cidr {
  const host = (1n << BigInt(BITS[version] - length)) - 1n
  const first = (value | host) ^ host
  return { version, first, last: first | host, length }
}

export function formatCidr({ version, first, length }: Cidr): string {
  return `${formatIp(version, first)}/${length}`
}

/** `255.255.255.0` for a /24; only version 4 has one. */
export function netmask({ length }: Cidr): string {
  return formatIp(4, (0xffffffffn << BigInt(32 - length)) & 0xffffffffn)
}

export function cidrContains(cidr: Cidr, ip: Ip): boolean {
  return cidr.version === ip.version && ip.value >= cidr.first && ip.value <= cidr.last
}

export function cidrsOverlap(a: Cidr, b: Cidr): boolean {
  return a.version === b.version && a.first <= b.last && b.first <= a.last
}

/** Whether the text `ip` lies in the text `cidr`; false when either is not what it should be. */
export function isInCidr(ip: string, cidr: string): boolean {
  const [address, block] = [parseIp(ip), parseCidr(cidr)]
  return address !== null && block !== null && cidrContains(block, address)
}

/** The address a host makes of a /64 and its MAC (modified EUI-64). Source: RFC 4291, appendix A. */
export function eui64(prefix: Cidr, mac: string): string {
  const bytes = mac.split(':').map((part) => BigInt(`0x${part}`))
  const [a = 0n, b = 0n, c = 0n, d = 0n, e = 0n, f = 0n] = bytes
  const id = [a ^ 2n, b, c, 0xffn, 0xfen, d, e, f].reduce((value, byte) => (value << 8n) | byte, 0n)
  return formatIp(6, prefix.first | id)
}

const LINK_LOCAL: Cidr = {
  version: 6,
  first: 0xfe80n << 112n,
  last: (0xfe80n << 112n) | ((1n << 64n) - 1n),
  length: 64,
}

/** The IPv6 link-local address of a MAC. */
export function linkLocal(mac: string): string {
  return eui64(LINK_LOCAL, mac)
}
