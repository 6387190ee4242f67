/**
 * Lists beside a plain model of rows: whatever filters, order, page and fields a caller asks for, the answer is what
 * picking, sorting and cutting the whole list in memory gives. On every database.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Json, JsonObject } from '#base/json.ts'
import { forEachDatabase } from '../databases.ts'
import { bounds, Cloud, migrations } from './model.ts'

type Row = JsonObject & { readonly id: string }
type Kind = 'text' | 'boolean' | 'number' | 'member' | 'tags' | 'address' | 'subnet' | 'part'

interface Collection {
  readonly path: string
  /** Query parameters and how they are understood. */
  readonly filters: { readonly [parameter: string]: Kind }
  readonly sorts: readonly string[]
}

const STANDARD = { id: 'text', name: 'text', description: 'text', project_id: 'text', tenant_id: 'text' } as const
const TAGS = { tags: 'tags', 'tags-any': 'tags', 'not-tags': 'tags', 'not-tags-any': 'tags' } as const
const COLLECTIONS: readonly Collection[] = [
  {
    path: 'networks',
    filters: {
      ...STANDARD,
      ...TAGS,
      admin_state_up: 'boolean',
      shared: 'boolean',
      'router:external': 'boolean',
      status: 'text',
      mtu: 'number',
      revision_number: 'number',
      'provider:network_type': 'text',
    },
    sorts: ['id', 'name', 'admin_state_up', 'status', 'project_id', 'mtu'],
  },
  {
    path: 'subnets',
    filters: { ...STANDARD, ...TAGS, network_id: 'text', ip_version: 'number', cidr: 'text', enable_dhcp: 'boolean' },
    sorts: ['id', 'name', 'cidr', 'ip_version', 'enable_dhcp', 'network_id'],
  },
  {
    path: 'ports',
    filters: {
      ...STANDARD,
      ...TAGS,
      network_id: 'text',
      device_id: 'text',
      device_owner: 'text',
      mac_address: 'text',
      status: 'text',
      admin_state_up: 'boolean',
      'binding:host_id': 'text',
      security_groups: 'member',
      'fixed_ips=ip_address': 'address',
      'fixed_ips=subnet_id': 'subnet',
      'fixed_ips=ip_address_substr': 'part',
    },
    sorts: ['id', 'name', 'device_id', 'network_id', 'mac_address', 'admin_state_up', 'status'],
  },
  {
    path: 'security-groups',
    filters: { ...STANDARD, ...TAGS, revision_number: 'number' },
    sorts: ['id', 'name', 'project_id'],
  },
]

/** What tells cases, spaces, wildcards and letters of other alphabets apart. */
const WORDS = ['', 'a', 'A', 'ab', 'a b', 'é', 'e', '%', '_', 'a_', '😀', "'", '0']
const TAG_WORDS = ['red', 'blue', 'Red', 'green']
const PROJECTS = ['a', 'b']

/** The same objects for everybody, made with few different values. */
async function fill(cloud: Cloud): Promise<void> {
  const random = fc.sample(fc.infiniteStream(fc.nat(1_000)), { numRuns: 1, seed: 7 })[0]!
  const number = () => random.next().value as number
  const pick = <Value>(values: readonly Value[]): Value => values[number() % values.length]!
  const tag = async (path: string, id: string) => {
    const tags = TAG_WORDS.filter(() => number() % 3 === 0)
    if (tags.length > 0) await cloud.call('PUT', `${path}/${id}/tags`, { tags })
  }
  const words = () => ({ name: pick(WORDS), description: pick(WORDS), project_id: pick(PROJECTS) })
  const groups: string[] = []
  for (let index = 0; index < 5; index += 1) {
    const group = await cloud.create('security_group', words())
    groups.push(group.id)
    await tag('security-groups', group.id)
  }
  for (let index = 0; index < 8; index += 1) {
    const network = await cloud.create('network', {
      ...words(),
      admin_state_up: number() % 2 === 0,
      shared: number() % 4 === 0,
      'router:external': index === 0,
      mtu: pick([1_400, 1_450]),
      'provider:network_type': pick(['vxlan', 'gre']),
    })
    await tag('networks', network.id)
    const base = { network_id: network.id, project_id: network.project_id! }
    const subnets = [
      await cloud.create('subnet', { ...words(), ...base, ip_version: 4, cidr: `10.0.${index}.0/24` }),
      ...(number() % 2
        ? [await cloud.create('subnet', { ...words(), ...base, ip_version: 6, cidr: `fd00:${index}::/64` })]
        : []),
    ]
    for (const { id } of subnets) await tag('subnets', id)
    for (let port = 0; port < 5; port += 1) {
      const { id } = await cloud.create('port', {
        ...words(),
        network_id: network.id,
        device_id: pick(WORDS),
        device_owner: pick(['', 'compute:nova', 'compute:Nova']),
        admin_state_up: number() % 2 === 0,
        'binding:host_id': pick(['', 'h1', 'h2']),
        security_groups: groups.filter(() => number() % 3 === 0),
      })
      await tag('ports', id)
    }
  }
}

interface Filter {
  readonly parameter: string
  /** Of a value of the rows: which, and how it is changed before it is asked for. */
  readonly picks: readonly number[]
  readonly spelling: number
}

interface Query {
  readonly collection: number
  readonly token: string
  readonly filters: readonly Filter[]
  readonly sorts: readonly { readonly key: number; readonly descending: boolean }[]
  readonly fields: readonly number[]
  readonly page: number
}

const query: fc.Arbitrary<Query> = fc.nat(COLLECTIONS.length - 1).chain((collection) =>
  fc.record({
    collection: fc.constant(collection),
    token: fc.constantFrom('admin', 'alice', 'bob'),
    filters: fc.uniqueArray(
      fc.record({
        parameter: fc.constantFrom(...Object.keys(COLLECTIONS[collection]!.filters)),
        picks: fc.array(fc.nat(1_000), { minLength: 1, maxLength: 3 }),
        spelling: fc.nat(3),
      }),
      { maxLength: 3, selector: ({ parameter }) => parameter.replace(/^tenant/, 'project').replace(/=.*/, '') },
    ),
    sorts: fc.uniqueArray(fc.record({ key: fc.nat(5), descending: fc.boolean() }), {
      maxLength: 3,
      selector: ({ key }) => key,
    }),
    fields: fc.array(fc.nat(30), { maxLength: 3 }),
    page: fc.integer({ min: 1, max: 12 }),
  }),
)

const BOOLEANS = { true: ['True', 'true', '1', 'TRUE'], false: ['False', 'false', '0', 'FALSE'] } as const

const listOf = (value: Json | undefined) => (value ?? []) as readonly Json[]
const addresses = (row: Row) => listOf(row.fixed_ips) as readonly { readonly [key: string]: string }[]

const columnOf = (parameter: string) => (parameter === 'tenant_id' ? 'project_id' : parameter.replace(/=.*/, ''))

/** The values of the rows that such a filter may ask for. */
function valuesOf(rows: readonly Row[], parameter: string, kind: Kind): string[] {
  const column = columnOf(parameter)
  const own = (row: Row): readonly unknown[] => {
    if (kind === 'tags') return TAG_WORDS
    if (kind === 'member') return listOf(row[column])
    if (kind === 'address') return addresses(row).map(({ ip_address }) => ip_address)
    if (kind === 'subnet') return addresses(row).map(({ subnet_id }) => subnet_id)
    if (kind === 'part') return addresses(row).map(({ ip_address }) => ip_address!.slice(1, -1))
    return [row[column]]
  }
  return [...new Set(rows.flatMap(own).map(String))].sort()
}

/** Parameters as sent, and which rows pass. */
function understood(rows: readonly Row[], filter: Filter, kind: Kind) {
  const { parameter, picks, spelling } = filter
  const there = valuesOf(rows, parameter, kind)
  // Now and then something that no row has.
  const wanted = [
    ...new Set(picks.map((pick) => there[pick % (there.length + 1)] ?? (kind === 'number' ? '77' : 'no'))),
  ]
  if (kind === 'boolean') {
    const texts = wanted.filter((text): text is 'true' | 'false' => text === 'true' || text === 'false')
    const sent = texts.map((text): [string, string] => [parameter, BOOLEANS[text][spelling]!])
    return { sent, passes: (row: Row) => sent.length === 0 || texts.includes(String(row[parameter]) as 'true') }
  }
  if (kind === 'tags') {
    const all = (row: Row) => wanted.every((tag) => listOf(row.tags).includes(tag))
    const any = (row: Row) => wanted.some((tag) => listOf(row.tags).includes(tag))
    const holds = parameter.endsWith('-any') ? any : all
    const passes = parameter.startsWith('not-') ? (row: Row) => !holds(row) : holds
    return { sent: [[parameter, wanted.join(',')] as [string, string]], passes }
  }
  const key = parameter.split('=')
  const sent = wanted.map((text): [string, string] => (key[1] ? [key[0]!, `${key[1]}=${text}`] : [parameter, text]))
  const passes = (row: Row) => {
    if (kind === 'part') {
      return addresses(row).some(({ ip_address }) => wanted.some((part) => ip_address!.includes(part)))
    }
    return valuesOf([row], parameter, kind).some((value) => wanted.includes(value))
  }
  return { sent, passes }
}

/** As databases compare what a column holds. */
function compare(a: Json, b: Json): number {
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(String(b)))
  return Number(a) - Number(b)
}

forEachDatabase((_name, openFresh) => {
  test('lists: any query answers what a model of rows in memory answers', async (t) => {
    await using database = await openFresh(migrations)
    await using cloud = await Cloud.over(database)
    await fill(cloud)
    const whole = new Map<string, readonly Row[]>()
    const rowsOf = async (path: string, token: string) => {
      const key = `${token} ${path}`
      if (!whole.has(key)) {
        whole.set(key, (await cloud.call('GET', path, undefined, {}, token)).body[path.replaceAll('-', '_')])
      }
      return whole.get(key)!
    }

    await fc.assert(
      fc.asyncProperty(query, async ({ collection, token, filters, sorts, fields, page }) => {
        const { path, filters: kinds, sorts: sortable } = COLLECTIONS[collection]!
        const rows = await rowsOf(path, token)
        // Of what the caller is not shown, the model knows nothing.
        const shown = filters.filter(
          ({ parameter }) => /tags/.test(parameter) || columnOf(parameter) in (rows[0] ?? {}),
        )
        const asked = shown.map((filter) => understood(rows, filter, kinds[filter.parameter]!))
        const keys = sorts.map(({ key, descending }) => ({ name: sortable[key % sortable.length]!, descending }))
        const parameters = new URLSearchParams(asked.flatMap(({ sent }) => sent))
        for (const { name, descending } of keys) {
          parameters.append('sort_key', name)
          parameters.append('sort_dir', descending ? 'desc' : 'asc')
        }
        const ask = async (more: Record<string, string>) => {
          const url = `${path}?${new URLSearchParams([...parameters, ...Object.entries(more)])}`
          const answer = await cloud.call('GET', url, undefined, {}, token)
          assert.equal(answer.status, 200, `${url}: ${answer.text}`)
          return answer.body[path.replaceAll('-', '_')] as readonly Row[]
        }

        const expected = rows.filter((row) => asked.every(({ passes }) => passes(row)))
        const got = await ask({})
        const ids = (list: readonly Row[]) => list.map(({ id }) => id)
        assert.deepEqual(ids(got).toSorted(), ids(expected).toSorted(), String(parameters))
        for (const row of got)
          assert.deepEqual(
            row,
            rows.find(({ id }) => id === row.id),
          )
        for (const [index, row] of got.entries()) {
          const next = got[index + 1]
          if (!next) break
          const order = keys.map(({ name, descending }) => compare(row[name]!, next[name]!) * (descending ? -1 : 1))
          assert.ok((order.find((each) => each !== 0) ?? 0) <= 0, `${parameters}: ${index} is before its turn`)
        }

        if (keys.length === 0) parameters.append('sort_key', 'id')
        if (keys.length === 0) parameters.append('sort_dir', 'asc')
        const ordered = ids(await ask({}))
        const forth: string[] = []
        for (let marker: string | undefined; ; ) {
          const part = ids(await ask({ limit: String(page), ...(marker ? { marker } : {}) }))
          forth.push(...part)
          marker = part.at(-1)
          if (part.length < page) break
        }
        assert.deepEqual(forth, ordered, `${parameters} by pages of ${page}`)
        for (const at of [0, Math.floor(ordered.length / 2), ordered.length - 1]) {
          if (at < 0 || at >= ordered.length) continue
          const back = await ask({ limit: String(page), marker: ordered[at]!, page_reverse: 'True' })
          assert.deepEqual(ids(back), ordered.slice(Math.max(0, at - page), at), `${parameters} before ${at}`)
        }

        if (fields.length > 0) {
          const names = fields.map((field) => Object.keys(rows[0] ?? {})[field]).filter((name) => name !== undefined)
          const query = names.map((name) => `fields=${encodeURIComponent(name)}`).join('&')
          const cut = (await cloud.call('GET', `${path}?${query}`, undefined, {}, token)).body[
            path.replaceAll('-', '_')
          ]
          if (names.length > 0 && rows.length > 0) {
            assert.deepEqual(Object.keys(cut[0]).toSorted(), [...new Set(names)].toSorted(), query)
          }
          assert.equal(cut.length, rows.length)
        }
      }),
      bounds(t),
    )
  })
})
