/**
 * OpenFlow flows as data and as ovs-ofctl's text. A flow's cookie is made of its text, so what a bridge has is compared
 * with what it is to have by cookies alone, after any restart, without reading flows back into data. Pure.
 * Source: ovs-ofctl(8), "Flow Syntax"; ovs-fields(7); ovs-actions(7).
 */
import { hash } from 'node:crypto'

export interface Flow {
  readonly table: number
  readonly priority: number
  /** As in ovs-ofctl: `in_port=3,arp`; empty matches all. */
  readonly match: string
  readonly actions: string
}

/** Flows by cookie. */
export type FlowSet = ReadonlyMap<string, Flow>

/** The first 16 bits of the cookie of every flow put together here. */
const MARK = '4e54'
/** Of flows that a bridge learned because a flow of ours said so: they come and go by themselves. */
export const LEARNED_COOKIE = '0x4e4c000000000000'

export function flow(table: number, priority: number, match: string, actions: string): Flow {
  return { table, priority, match, actions }
}

/** Everything but the cookie. */
export function flowText({ table, priority, match, actions }: Flow): string {
  return `table=${table},priority=${priority},${match === '' ? '' : `${match},`}actions=${actions}`
}

export function cookieOf(text: string): string {
  // Without leading zeros, as ovs-ofctl prints it; the mark is never zero.
  return `0x${MARK}${hash('sha1', text).slice(0, 12)}`
}

/** Whether a flow of this cookie was put together here. */
export function isOurs(cookie: string): boolean {
  return cookie.startsWith(`0x${MARK}`)
}

export function flowSet(flows: Iterable<Flow>): FlowSet {
  const set = new Map<string, Flow>()
  for (const item of flows) set.set(cookieOf(flowText(item)), item)
  return set
}

export interface FlowChange {
  readonly add: readonly Flow[]
  /** Cookies. */
  readonly remove: readonly string[]
}

/** From the cookies a bridge has to the flows it is to have; learned flows are left alone. */
export function changeFlows(want: FlowSet, have: ReadonlySet<string>): FlowChange {
  return {
    add: [...want].filter(([cookie]) => !have.has(cookie)).map(([, item]) => item),
    remove: [...have].filter((cookie) => cookie !== LEARNED_COOKIE && !want.has(cookie)),
  }
}

/** A change as the lines of one bundle. New flows first: one that has an old one's match takes its place. */
export function bundleText({ add, remove }: FlowChange): string {
  const added = add.map((item) => {
    const text = flowText(item)
    return `add cookie=${cookieOf(text)},${text}`
  })
  return [...added, ...remove.map((cookie) => `delete cookie=${cookie}/${maskOf(cookie)}`), ''].join('\n')
}

/**
 * A whole mask makes ovs-vswitchd look among its own hidden flows too, whose cookie is zero, and refuse to delete
 * those; with any other mask it does not. No flow has the cookie 0x8000000000000000.
 */
function maskOf(cookie: string): string {
  return cookie === '0x0' ? '0x7fffffffffffffff' : '-1'
}

/** The cookies in what `ovs-ofctl dump-flows` printed. */
export function cookiesOf(dump: string): Set<string> {
  const cookies = new Set<string>()
  for (const line of dump.split('\n')) {
    if (!line.includes('actions=')) continue
    cookies.add(/cookie=(0x[0-9a-f]+)/.exec(line)?.[1] ?? '0x0')
  }
  return cookies
}
