/** The addresses a port may use: its own and its allowed pairs', each with its MAC, and the link-local ones. Pure. */

import type { WiredPort } from '#agents/l2/state.ts'
import { type Cidr, formatCidr, formatIp, linkLocal, parseCidr } from '#base/ip.ts'

export interface Pair {
  readonly mac: string
  /** An address or a block, as OpenFlow takes it. */
  readonly ip: string
}

export interface Addresses {
  readonly macs: readonly string[]
  readonly v4: readonly Pair[]
  readonly v6: readonly Pair[]
}

export function addressesOf({ mac, fixed_ips, pairs }: WiredPort): Addresses {
  const all: Pair[] = [...fixed_ips.map((ip) => ({ mac, ip })), ...pairs]
  const macs = [...new Set([mac, ...pairs.map((pair) => pair.mac)])]
  const of = (version: 4 | 6) =>
    all.flatMap(({ mac: each, ip }) => {
      const block = parseCidr(ip)
      return block?.version === version ? [{ mac: each, ip: matched(block) }] : []
    })
  return {
    macs,
    v4: unique(of(4)),
    v6: unique([...of(6), ...macs.map((each) => ({ mac: each, ip: linkLocal(each) }))]),
  }
}

/** Without host bits, and a block of one as its address: what is the same is the same text. */
function matched(block: Cidr): string {
  return block.first === block.last ? formatIp(block.version, block.first) : formatCidr(block)
}

function unique(pairs: readonly Pair[]): Pair[] {
  return [...new Map(pairs.map((pair) => [`${pair.mac} ${pair.ip}`, pair])).values()]
}
