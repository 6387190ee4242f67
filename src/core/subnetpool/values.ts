/** What a subnet pool may be, and what was not sent. Pure. Source: Networking API v2.0, "Subnet pools". */
import { type Cidr, formatCidr, parseCidr } from '#base/ip.ts'
import type { Draft } from '#plugin/plugin.ts'
import {
  EmptySubnetPoolPrefixList,
  IllegalSubnetPoolPrefixBounds,
  IllegalSubnetPoolPrefixUpdate,
  PrefixVersionMismatch,
} from './errors.ts'
import { compact, covers } from './prefixes.ts'
import type { Subnetpool } from './tables.ts'

const BITS = { 4: 32, 6: 128 } as const
const MIN_LENGTH = { 4: 8, 6: 64 } as const

export function blocksOf(prefixes: readonly string[]): Cidr[] {
  return prefixes.map((prefix) => parseCidr(prefix)!)
}

export function textOf(blocks: readonly Cidr[]): string[] {
  return blocks.map(formatCidr)
}

/**
 * Fills in what was not sent, and compacts the prefixes.
 * @throws EmptySubnetPoolPrefixList, PrefixVersionMismatch, IllegalSubnetPoolPrefixBounds
 */
export function settle(row: Draft<Subnetpool>): void {
  const blocks = blocksOf(row.prefixes ?? [])
  const version = blocks[0]?.version
  if (version === undefined) throw EmptySubnetPoolPrefixList()
  if (blocks.some((block) => block.version !== version)) throw PrefixVersionMismatch()
  row.ip_version = version
  row.prefixes = textOf(compact(blocks))
  row.min_prefixlen ??= MIN_LENGTH[version]
  row.max_prefixlen ??= BITS[version]
  row.default_prefixlen ??= row.min_prefixlen
  row.default_quota ??= null
  checkBounds(row as Subnetpool)
}

/** Prefixes may be added and joined, never taken away. @throws IllegalSubnetPoolPrefixUpdate */
export function keepPrefixes(before: readonly string[], after: readonly string[]): void {
  if (covers(blocksOf(after), blocksOf(before))) return
  throw IllegalSubnetPoolPrefixUpdate({ msg: 'Existing prefixes must be a subset of the new prefixes' })
}

function checkBounds({ ip_version, min_prefixlen, max_prefixlen, default_prefixlen }: Subnetpool): void {
  const refuse = (prefix_type: string, prefixlen: number, base_prefix_type: string, base_prefixlen: number) =>
    IllegalSubnetPoolPrefixBounds({ prefix_type, prefixlen, base_prefix_type, base_prefixlen })
  if (min_prefixlen > max_prefixlen) throw refuse('min_prefixlen', min_prefixlen, 'max_prefixlen', max_prefixlen)
  const most = BITS[ip_version]
  if (max_prefixlen > most) throw refuse('max_prefixlen', max_prefixlen, 'ip_version_max', most)
  if (default_prefixlen < min_prefixlen) {
    throw refuse('default_prefixlen', default_prefixlen, 'min_prefixlen', min_prefixlen)
  }
  if (default_prefixlen > max_prefixlen) {
    throw refuse('default_prefixlen', default_prefixlen, 'max_prefixlen', max_prefixlen)
  }
}
