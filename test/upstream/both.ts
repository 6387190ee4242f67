/**
 * The same requests to two servers. A step is a request; `{name}` in it is the id of what an earlier step saved under
 * that name, `{name.attribute}` another of its attributes, as each server answered it.
 */
import { request as httpRequest } from 'node:http'
import { isJsonObject, type Json, type JsonObject } from '#base/json.ts'
import { compareReplies, type Difference, Pairs, type Reply } from './compare.ts'

export type Who = 'admin' | 'member' | 'reader' | 'other' | 'nobody'

export interface Step {
  readonly who: Who
  readonly method: string
  readonly path: string
  /** Text is sent as it is. */
  readonly body: Json | undefined
  readonly save?: string
  readonly headers?: { readonly [name: string]: string }
}

/**
 * What a `*.steps.ts` exports by default, each by its name: its steps, or steps that need agents. Those come last,
 * because agents change what becomes of ports and routers.
 */
export interface Scenarios {
  readonly [name: string]: readonly Step[] | { readonly steps: readonly Step[]; readonly agents: true }
}

type Extra = Pick<Step, 'save' | 'headers'> & { readonly as?: Who }

const step = (method: string, path: string, body: Json | undefined, { as = 'member', ...extra }: Extra): Step => ({
  who: as,
  method,
  path: `/v2.0${path}`,
  body,
  ...extra,
})
export const get = (path: string, extra: Extra = {}) => step('GET', path, undefined, extra)
export const post = (path: string, body?: Json, extra: Extra = {}) => step('POST', path, body, extra)
export const put = (path: string, body?: Json, extra: Extra = {}) => step('PUT', path, body, extra)
export const del = (path: string, extra: Extra = {}) => step('DELETE', path, undefined, extra)
export const send = (method: string, path: string, body?: Json, extra: Extra = {}): Step => ({
  ...step(method, '', body, extra),
  path,
})

export interface Outcome {
  readonly title: string
  readonly differences: readonly Difference[]
}

/** Attributes by the extension that brings them, of those Neutrino does not have yet. */
const BROUGHT_BY: { readonly [attribute: string]: string } = {
  address_group: 'address-group',
  availability_zone_hints: 'network_availability_zone',
  availability_zones: 'network_availability_zone',
  bindings: 'binding-extended',
  data_plane_status: 'data-plane-status',
  device_profile: 'port-device-profile',
  distributed: 'dvr',
  dns_assignment: 'dns-integration',
  dns_domain: 'dns-integration',
  dns_name: 'dns-integration',
  dns_publish_fixed_ip: 'subnet-dns-publish-fixed-ip',
  extra_dhcp_opts: 'extra_dhcp_opt',
  flavor_id: 'l3-flavors',
  ha: 'l3-ha',
  ip_allocation: 'ip_allocation',
  is_default: 'auto-allocated-topology',
  l2_adjacency: 'l2_adjacency',
  numa_affinity_policy: 'port-numa-affinity-policy',
  port_forwardings: 'expose-port-forwarding-in-fip',
  propagate_uplink_status: 'uplink-status-propagation',
  rbac_policy: 'rbac-policies',
  remote_address_group_id: 'security-groups-remote-address-group',
  resource_versions: 'never',
  resources_synced: 'agent-resources-synced',
  segment_id: 'segment',
  segments: 'multi-provider',
  service_types: 'subnet-service-types',
  stateful: 'stateful-security-group',
  vlan_transparent: 'vlan-transparent',
  ip_availability_details: 'network-ip-availability-details',
  // An oversight of upstream's: the key of its own table.
  standard_attr_id: 'never',
}

const REQUEST_MS_MAX = 60_000
/** Those a client may act on. Others (Date, Content-Length, Connection) are the socket's. */
const HEADERS = ['content-type', 'www-authenticate', 'location', 'retry-after', 'etag', 'vary']

/** Two servers side by side, and what their answers have in common so far. */
export class Both {
  readonly #ours: string
  readonly #theirs: string
  readonly #pairs = new Pairs()
  readonly #saved = { ours: new Map<string, JsonObject>(), theirs: new Map<string, JsonObject>() }
  readonly #named = new Set<string>()
  #listedByBoth = new Set<string>()

  /** Base URLs, without a slash at the end. */
  constructor(ours: string, theirs: string) {
    this.#ours = ours
    this.#theirs = theirs
  }

  /** Learns which extensions both list. Answers those only one lists. */
  async learn(): Promise<{ readonly onlyOurs: readonly string[]; readonly onlyTheirs: readonly string[] }> {
    const aliases = async (url: string) => {
      const { body } = await exchange(url, { ...get('/extensions', { as: 'admin' }) }, 'learn')
      return ((body as JsonObject).extensions as readonly JsonObject[]).map(({ alias }) => alias as string)
    }
    const [ours, theirs] = [await aliases(this.#ours), await aliases(this.#theirs)]
    this.#listedByBoth = new Set(ours.filter((alias) => theirs.includes(alias)))
    const without = (from: readonly string[], others: readonly string[]) => from.filter((one) => !others.includes(one))
    return { onlyOurs: without(ours, theirs), onlyTheirs: without(theirs, ours) }
  }

  isListedByBoth(alias: string): boolean {
    return this.#listedByBoth.has(alias)
  }

  /** Takes a step on both. Its projects are the scenario's own. */
  async take(each: Step, scenario: string): Promise<Outcome> {
    const [ours, theirs] = await Promise.all([
      exchange(this.#ours, fillIn(each, this.#saved.ours), scenario),
      exchange(this.#theirs, fillIn(each, this.#saved.theirs), scenario),
    ])
    if (each.save) {
      this.#save('ours', each.save, ours)
      this.#save('theirs', each.save, theirs)
    }
    for (const [address] of withoutPools(each).matchAll(/[0-9a-f]*[.:][0-9a-f.:]+/gi)) {
      this.#named.add(`${scenario} ${address}`)
    }
    const options = {
      isNamed: (address: string) => this.#named.has(`${scenario} ${address}`),
      pairs: this.#pairs,
      ordered: /sort_key=/.test(each.path),
      isForeign: (name: string) => name in BROUGHT_BY && !this.#listedByBoth.has(BROUGHT_BY[name]!),
    }
    const { body } = each
    const sent = body === undefined ? '' : ` ${typeof body === 'string' ? body : JSON.stringify(body)}`
    const title = `${each.who} ${each.method} ${each.path}${sent.slice(0, 240)}${each.headers ? ` ${JSON.stringify(each.headers)}` : ''}`
    return { title, differences: compareReplies(neutral(ours, this.#ours), neutral(theirs, this.#theirs), options) }
  }

  #save(side: 'ours' | 'theirs', name: string, { body }: Reply): void {
    const value = isJsonObject(body) ? Object.values(body)[0] : undefined
    const items = Array.isArray(value) ? (value as JsonObject[]) : [isJsonObject(value) ? value : (body as JsonObject)]
    for (const [index, item] of items.entries())
      this.#saved[side].set(items.length > 1 ? `${name}${index}` : name, item)
  }
}

/** Its text, but for the bounds of pools: from between them a server still chooses. */
function withoutPools({ path, body }: Step): string {
  return `${path} ${JSON.stringify(body)}`.replaceAll(/"allocation_pools":\[[^\]]*\]/g, '')
}

const MISSING = '00000000-0000-4000-8000-00000000dead'

function fillIn(each: Step, saved: ReadonlyMap<string, JsonObject>): Step {
  const fill = (text: string) =>
    text.replace(/\{([a-z0-9]+)((?:\.\w+)*)\}/g, (_match, name: string, path: string) => {
      let value: Json | undefined = saved.get(name)
      for (const key of path === '' ? ['id'] : path.slice(1).split('.')) {
        value = typeof value === 'object' && value !== null ? (value as JsonObject)[key] : undefined
      }
      return value === undefined ? MISSING : String(value)
    })
  return {
    ...each,
    path: fill(each.path),
    body: each.body === undefined ? undefined : (JSON.parse(fill(JSON.stringify(each.body))) as Json),
    ...(each.headers && { headers: JSON.parse(fill(JSON.stringify(each.headers))) as { [name: string]: string } }),
  }
}

const ROLES: { readonly [who in Who]: string } = {
  admin: 'admin,manager,member,reader',
  member: 'member,reader',
  reader: 'reader',
  other: 'member,reader',
  nobody: '',
}

/** A project per scenario and person; a reader is in the member's. */
export function projectOf(who: Who, scenario: string): string {
  return `${scenario}-${who === 'reader' ? 'member' : who}`
}

async function exchange(base: string, { who, method, path, body, headers }: Step, scenario: string): Promise<Reply> {
  const identity = {
    'X-User-Id': `user-${who}`,
    'X-Project-Id': projectOf(who, scenario),
    'X-Roles': ROLES[who],
  }
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
  const { hostname, port } = new URL(base)
  return await new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      {
        hostname,
        port,
        method,
        path,
        headers: {
          ...(who === 'nobody' ? {} : identity),
          ...(text === undefined
            ? {}
            : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }),
          ...headers,
        },
        signal: AbortSignal.timeout(REQUEST_MS_MAX),
        agent: false,
      },
      (incoming) => {
        let received = ''
        incoming.setEncoding('utf8')
        incoming.on('data', (chunk: string) => (received += chunk))
        incoming.on('end', () => {
          const known = HEADERS.filter((name) => incoming.headers[name] !== undefined)
          const kept: { [name: string]: Json } = Object.fromEntries(
            known.map((name) => [name, incoming.headers[name] as Json]),
          )
          if (incoming.headers['x-openstack-request-id']) kept['x-openstack-request-id'] = 'given'
          resolve({ status: incoming.statusCode ?? 0, headers: kept, body: parsed(received) })
        })
      },
    )
    outgoing.on('error', reject)
    outgoing.end(text)
  })
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}

/**
 * Without the server's own address; `application/json; charset=UTF-8` is `application/json`; names made of addresses
 * have the address in them, so that it is compared as one.
 */
function neutral(reply: Reply, base: string): Reply {
  const text = JSON.stringify(reply).replaceAll(base, 'http://server').replaceAll('; charset=UTF-8', '')
  const spelt = text.replace(/\bhost-([0-9a-f]*(?:-[0-9a-f]*){2,})/g, (_name, digits: string) => {
    return `host-${digits.replaceAll('-', /^\d+(-\d+){3}$/.test(digits) ? '.' : ':')}`
  })
  return JSON.parse(spelt) as Reply
}
