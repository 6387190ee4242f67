/**
 * Whether two servers gave the same answer. Ids, MAC addresses, times and addresses that each server picks for itself
 * are the same when they stand for the same thing all along: what was paired once stays paired. Knows no HTTP.
 */
import { isDeepStrictEqual } from 'node:util'
import { isJsonObject, type Json, type JsonObject } from '#base/json.ts'

export interface Reply {
  readonly status: number
  readonly headers: JsonObject
  readonly body: Json
}

export interface Difference {
  /** `status`, `body.network.mtu`, `header.content-type` */
  readonly at: string
  readonly ours: Json | undefined
  readonly theirs: Json | undefined
}

const UUID = '[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}'
const TIME = String.raw`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z?`
const MAC = '(?:[0-9a-f]{2}:){5}[0-9a-f]{2}'
const IPV4 = String.raw`\d{1,3}(?:\.\d{1,3}){3}`
const IPV6 = '(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}'
const TOKEN = new RegExp(`(${UUID})|(${TIME})|(${MAC})|(${IPV4})|(${IPV6})`, 'gi')
const KINDS = ['uuid', 'time', 'mac', 'ip', 'ip']
/** Drawn at random, from ranges up to there, where the request does not name one; drawn again once they are free. */
const DRAWN_MAX = 1000
const DRAWN_NUMBERS = ['provider:segmentation_id', 'segmentation_id']

/** What stands for what. One for a whole run. */
export class Pairs {
  readonly #theirsOf = new Map<string, string>()
  readonly #oursOf = new Map<string, string>()
  readonly #revisions = new Map<string, { readonly ours: number; readonly theirs: number }>()

  /** Pairs them unless one of them already stands for something else. */
  match(ours: string, theirs: string): boolean {
    const known = this.#theirsOf.get(ours)
    if (known !== undefined || this.#oursOf.has(theirs)) return known === theirs
    this.#theirsOf.set(ours, theirs)
    this.#oursOf.set(theirs, ours)
    return true
  }

  /** Whether both or neither of an object's revisions grew since it was last seen. */
  growAlike(id: string, ours: number, theirs: number): boolean {
    const last = this.#revisions.get(id)
    this.#revisions.set(id, { ours, theirs })
    return last === undefined || ours > last.ours === theirs > last.theirs
  }

  /** The text as the other server would have written it; what is not paired yet becomes its kind. */
  translate(text: string, side: 'ours' | 'theirs'): string {
    const known = side === 'ours' ? this.#theirsOf : null
    return text.replace(TOKEN, (token, ...groups) => {
      if (side === 'theirs' && this.#oursOf.has(token)) return token
      return known?.get(token) ?? (kindOf(groups) === 'ip' ? token : `<${kindOf(groups)}>`)
    })
  }
}

function kindOf(groups: readonly unknown[]): string {
  return KINDS[groups.findIndex((group) => group !== undefined)] ?? '?'
}

export interface CompareOptions {
  readonly pairs: Pairs
  /** Whether the order of a list of objects means something in this answer. */
  readonly ordered: boolean
  /** Attributes upstream shows that belong to extensions only it lists. */
  readonly isForeign: (attribute: string) => boolean
  /** Whether a request named that address, so that no server was free to choose it. */
  readonly isNamed: (address: string) => boolean
}

export function compareReplies(ours: Reply, theirs: Reply, options: CompareOptions): Difference[] {
  const headers = [...new Set([...Object.keys(ours.headers), ...Object.keys(theirs.headers)])].flatMap((name) =>
    compareValues(`header.${name}`, ours.headers[name], theirs.headers[name], options),
  )
  return [
    ...compareValues('status', ours.status, theirs.status, options),
    ...headers,
    ...compareValues('body', ours.body, theirs.body, options),
  ]
}

type Compared = Json | undefined

function compareValues(at: string, ours: Compared, theirs: Compared, options: CompareOptions): Difference[] {
  if (Array.isArray(ours) && Array.isArray(theirs)) return compareLists(at, ours, theirs, options)
  if (isJsonObject(ours) && isJsonObject(theirs)) {
    const names = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])]
    return names
      .filter((name) => name in ours || !options.isForeign(name))
      .flatMap((name) => {
        const [left, right] = [ours[name], theirs[name]]
        if (name !== 'revision_number' || typeof left !== 'number' || typeof right !== 'number') {
          return compareValues(`${at}.${name}`, left, right, options)
        }
        // Where counting begins differs from resource to resource and release to release; that it grows does not.
        return options.pairs.growAlike(String(ours.id), left, right)
          ? []
          : [{ at: `${at}.${name}`, ours: left, theirs: right }]
      })
  }
  if (typeof ours === 'string' && typeof theirs === 'string' && sameText(at, ours, theirs, options)) return []
  if (DRAWN_NUMBERS.some((name) => at.endsWith(name)) && typeof ours === 'number' && typeof theirs === 'number') {
    return ours === theirs || Math.max(ours, theirs) <= DRAWN_MAX ? [] : [{ at, ours, theirs }]
  }
  return isDeepStrictEqual(ours, theirs) ? [] : [{ at, ours, theirs }]
}

/** Attributes and texts that hold addresses which a server chooses from a pool. */
const CHOSEN = /(ip_address|hostname|fqdn|message)$/
const UUID_LIST = new RegExp(`${UUID}(?:, ?${UUID})+`, 'g')

function sameText(at: string, oursAsSent: string, theirsAsSent: string, { pairs, isNamed }: CompareOptions): boolean {
  // Ids in an enumeration stand in the order of each server's own ids.
  const enumerated = (text: string, side: 'ours' | 'theirs') =>
    text.replace(UUID_LIST, (list) => {
      const ids = list.split(/, ?/).map((id) => ({ id, key: pairs.translate(id, side) }))
      return ids
        .sort((a, b) => (a.key < b.key ? -1 : 1))
        .map(({ id }) => id)
        .join(list.includes(', ') ? ', ' : ',')
    })
  const [ours, theirs] = [enumerated(oursAsSent, 'ours'), enumerated(theirsAsSent, 'theirs')]
  const kept = (text: string) => text.replace(TOKEN, (_token, ...groups) => `<${kindOf(groups)}>`)
  if (kept(ours) !== kept(theirs)) return false
  const theirTokens = [...theirs.matchAll(TOKEN)]
  return [...ours.matchAll(TOKEN)].every((match, index) => {
    const [token, ...groups] = match
    const other = theirTokens[index]![0]
    const kind = kindOf(groups)
    if (kind === 'time' || (kind !== 'uuid' && token === other)) return true
    if (kind === 'ip') return CHOSEN.test(at) && !isNamed(token) && !isNamed(other)
    return pairs.match(token, other)
  })
}

function compareLists(at: string, ours: readonly Json[], theirs: readonly Json[], options: CompareOptions) {
  const differences: Difference[] = []
  if (ours.length !== theirs.length) differences.push({ at: `${at}.length`, ours: ours.length, theirs: theirs.length })
  const keep = options.ordered && /^body\.\w+$/.test(at)
  const [a, b] = [ours[0] ?? null, theirs[0] ?? null]
  const isShared = (name: string) => !(isJsonObject(a) && isJsonObject(b)) || (name in a && name in b)
  const sort = (list: readonly Json[], side: 'ours' | 'theirs') => sorted(list, side, options.pairs, isShared)
  const [left, right] = keep ? [ours, theirs] : [sort(ours, 'ours'), sort(theirs, 'theirs')]
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    differences.push(...compareValues(`${at}.${index}`, left[index], right[index], options))
  }
  return differences
}

/** By what they say, without what each server picks for itself, so that equals stand beside equals. */
function sorted(
  list: readonly Json[],
  side: 'ours' | 'theirs',
  pairs: Pairs,
  isShared: (name: string) => boolean,
): Json[] {
  const keyed = list.map((item) => {
    const text = JSON.stringify(sortedKeys(item, isShared))
    return { item, key: pairs.translate(text, side), rough: text.replace(TOKEN, '') }
  })
  const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
  return keyed.sort((a, b) => order(a.rough, b.rough) || order(a.key, b.key)).map(({ item }) => item)
}

function sortedKeys(value: Json, isShared: (name: string) => boolean): Json {
  if (!isJsonObject(value)) return value
  const names = Object.keys(value).filter(
    (name) => isShared(name) && ![...DRAWN_NUMBERS, 'revision_number'].includes(name),
  )
  // What is nested says no more than how much of it there is: it is in an order of its own.
  return names.sort().map((name) => {
    const item = value[name]!
    return [name, Array.isArray(item) ? (item.every((each) => typeof each !== 'object') ? item : item.length) : item]
  })
}
