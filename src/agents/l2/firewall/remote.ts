/**
 * Rules about a remote group or address group, as conjunctions: a packet is let through when its address is a member's
 * (dimension 1, one flow per member and network) and it fulfils a rule of the port (dimension 2, one flow per rule and
 * port). A hundred members and a hundred ports are two hundred flows, and a member that comes or goes is one. Pure but
 * for the numbers given out.
 * Source: ovs-actions(7), `conjunction`; the reference of agents and RPC, §12.
 */
import { hash } from 'node:crypto'
import type { WiredPort } from '#agents/l2/state.ts'
import { INT, REG_NET, REG_PORT } from '#agents/l2/tables.ts'
import { canonicalMac } from '#base/mac.ts'
import { type Flow, flow } from '#linux/openflow/flow.ts'
import type { SecurityRule } from '#rpc/contract/l2.ts'
import { acceptFlows } from './accept.ts'
import { matchesOf, narrowness, prefixMatch } from './rules.ts'

const PRIORITY = 70

/** Numbers by what they stand for: the same after a restart unless two of them fall on one number, then the next. */
export class ConjunctionIds {
  readonly #ids = new Map<string, number>()
  readonly #taken = new Set<number>()

  of(key: string): number {
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    let id = Number.parseInt(hash('sha1', key).slice(0, 8), 16) >>> 1 || 1
    while (this.#taken.has(id)) id = (id % 0x7fff_ffff) + 1
    this.#ids.set(key, id)
    this.#taken.add(id)
    return id
  }
}

/** The group or address group that a rule is about. */
export function remoteOf({ remote_group_id, remote_address_group_id }: SecurityRule): string | undefined {
  return remote_group_id ?? remote_address_group_id
}

function remoteRules({ security }: WiredPort): SecurityRule[] {
  return (security?.rules ?? []).filter((rule) => remoteOf(rule) !== undefined)
}

function keyOf(rule: SecurityRule, rank: number): string {
  return `${remoteOf(rule)} ${rule.direction} ${rule.ethertype} ${rank}`
}

/** Dimension 2, and what happens to a packet that fulfils both. */
export function remoteRuleFlows(port: WiredPort, ids: ConjunctionIds): Flow[] {
  const flows: Flow[] = []
  const second = new Map<string, Set<number>>()
  for (const rule of remoteRules(port)) {
    const rank = narrowness(rule)
    const id = ids.of(keyOf(rule, rank))
    const table = rule.direction === 'ingress' ? INT.RULES_INGRESS : INT.RULES_EGRESS
    for (const match of matchesOf(rule)) {
      const place = `${table} ${PRIORITY + rank} ${REG_PORT}=${port.ofport},${match}`
      second.set(place, (second.get(place) ?? new Set()).add(id))
    }
    const match = `conj_id=${id},${REG_PORT}=${port.ofport},${rule.ethertype === 'IPv6' ? 'ipv6' : 'ip'}`
    flows.push(...acceptFlows(rule.direction, PRIORITY + rank, match, port))
  }
  return [...flows, ...conjunctions(second, 2)]
}

/** Dimension 1, for all ports together: whose rules name which groups decides what is needed in each network. */
export function remoteMemberFlows(ports: readonly WiredPort[], ids: ConjunctionIds): Flow[] {
  const first = new Map<string, Set<number>>()
  const done = new Set<string>()
  for (const port of ports) {
    for (const rule of remoteRules(port)) {
      const rank = narrowness(rule)
      const key = keyOf(rule, rank)
      if (done.has(`${port.vlan} ${key}`)) continue
      done.add(`${port.vlan} ${key}`)
      const table = rule.direction === 'ingress' ? INT.RULES_INGRESS : INT.RULES_EGRESS
      const members = port.security?.members.get(remoteOf(rule)!)?.[rule.ethertype] ?? []
      for (const [address, mac] of members) {
        const place = `${table} ${PRIORITY + rank} ${REG_NET}=${port.vlan},${memberMatch(rule, address, mac)}`
        first.set(place, (first.get(place) ?? new Set()).add(ids.of(key)))
      }
    }
  }
  return conjunctions(first, 1)
}

function memberMatch({ direction, ethertype }: SecurityRule, address: string, mac: string | null): string {
  const six = ethertype === 'IPv6'
  const field = `${six ? 'ipv6' : 'nw'}_${direction === 'ingress' ? 'src' : 'dst'}`
  const match = prefixMatch(field, address)
  // A member that may use any address is told by its MAC.
  if (match.length === 0 && mac) {
    match.push(`${direction === 'ingress' ? 'dl_src' : 'dl_dst'}=${canonicalMac(mac) ?? mac}`)
  }
  return [six ? 'ipv6' : 'ip', ...match].join(',')
}

function conjunctions(places: ReadonlyMap<string, ReadonlySet<number>>, dimension: 1 | 2): Flow[] {
  return [...places].map(([place, ids]) => {
    const [table, priority, match] = place.split(' ')
    const actions = [...ids].sort((a, b) => a - b).map((id) => `conjunction(${id},${dimension}/2)`)
    return flow(Number(table), Number(priority), match!, actions.join(','))
  })
}
