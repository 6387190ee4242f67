/**
 * Requests that are wrong somewhere, made from definitions: mostly right ones with something spoilt, some that are
 * nothing but noise. For tests; fast-check shrinks what fails. Source of nasty values: what has broken web services
 * before.
 */
import fc from 'fast-check'
import type { CompiledResource } from '#resource/catalogue.ts'
import type { Attribute, TypeSpec } from '#resource/definition.ts'

export interface Shot {
  readonly method: string
  readonly path: string
  readonly token: string
  readonly body: string
  readonly ifMatch: string
}

/** Ids of objects that exist, by collection. */
export type KnownIds = ReadonlyMap<string, readonly string[]>

const nastyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('\ud800', 'a\0b', 'x\udfff', '\0'),
  fc.constantFrom('', '\0', '__proto__', 'constructor', "'; DROP TABLE ports; --", '%s%(x)s', '../../etc/passwd', '😀'),
  fc.constantFrom('10.0.0.0/8', '::/0', '0.0.0.0', '10.0.0.1/33', 'fe80::1%eth0', 'ff:ff:ff:ff:ff:ff', 'null', '-1'),
  fc.integer({ min: 250, max: 5000 }).map((length) => 'x'.repeat(length)),
  fc.constantFrom('00000000-0000-4000-8000-000000000000', 'True', '1e400', '99999999999999999999', '0x10', 'NaN'),
)
/** Stands for a number that JSON can write and JavaScript cannot. */
const BEYOND = '<1e400>'
const nastyNumber = fc.constantFrom<unknown>(
  BEYOND,
  -1,
  0,
  1.5,
  4096,
  2 ** 31,
  2 ** 53,
  -(2 ** 63),
  1e300,
  2 ** 63,
  -(2 ** 31) - 1,
)

/** Keys that nested objects of upstream's attributes have, so that checks behind them are reached too. */
const KNOWN_KEYS: readonly string[] = 'subnet_id ip_address start end destination nexthop network_id key'.split(' ')
const knownKey = fc.constantFrom(...KNOWN_KEYS)
const nastyValue: fc.Arbitrary<unknown> = fc.oneof(
  nastyText,
  nastyNumber,
  fc.constantFrom(null, true, false, [], {}, [[]], [null], [{}], [1, 1]),
  fc.jsonValue({ maxDepth: 3 }),
  fc.array(fc.dictionary(nastyText, nastyText, { maxKeys: 3 }), { maxLength: 3 }),
  fc.dictionary(knownKey, nastyText, { maxKeys: 3 }),
  fc.array(fc.dictionary(knownKey, nastyText, { maxKeys: 3 }), { maxLength: 3 }),
  fc.integer({ min: 33, max: 3000 }).map((depth) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`)),
)

/** A value the type takes; of an attribute that names an object, one that exists. */
function sampleOf(name: string, type: TypeSpec, known: KnownIds): fc.Arbitrary<unknown> {
  if (typeof type !== 'string') {
    if ('values' in type) return fc.constantFrom(...type.values)
    if ('integer' in type) return fc.constantFrom(type.integer.min ?? 1, type.integer.max ?? 1)
    if ('list' in type) return fc.array(sampleOf(name, type.list, known), { maxLength: 2 })
    if ('dict' in type) {
      const keys = Object.entries(type.dict).map(([key, each]) => [key, sampleOf(key, each.type, known)] as const)
      return fc.record(Object.fromEntries(keys), { requiredKeys: [] })
    }
    return 'string' in type ? fc.constant('some text') : nastyValue
  }
  const word = type.replace('?', '')
  if (word === 'uuid') return fc.constantFrom('00000000-0000-4000-8000-000000000000', ...idsFor(name, known))
  if (word === 'uuids') return fc.constantFrom<unknown>([], [...idsFor(name, known)])
  return fc.constantFrom(...(SAMPLES[word] ?? ['x']))
}

function idsFor(name: string, known: KnownIds): readonly string[] {
  return known.get(`${name.replace(/_id$/, '')}s`) ?? known.get(name) ?? []
}

const SAMPLES: { readonly [word: string]: readonly unknown[] } = {
  boolean: [true, 'False'],
  integer: [0, 1, 100],
  port: [22],
  ip: ['10.1.0.9', '2001:db8::9'],
  mac: ['fa:16:3e:00:00:01'],
  cidr: ['10.2.0.0/24', '2001:db8::/64', '10.1.0.0/25'],
  dict: [{}],
}

/** The object of a request, right but for up to two attributes. */
function itemOf({ attributes }: CompiledResource, verb: 'post' | 'put', known: KnownIds): fc.Arbitrary<unknown> {
  const allowed = [...attributes.values()].filter(({ attribute }) => attribute.allow?.includes(verb))
  const needed = allowed.filter(({ required }) => required && verb === 'post').map(({ name }) => name)
  const sample = ({ name, attribute }: { name: string; attribute: Attribute }) =>
    [name, sampleOf(name, attribute.type, known)] as const
  const right = fc.record(Object.fromEntries(allowed.filter(({ name }) => name !== 'project_id').map(sample)), {
    requiredKeys: needed.filter((name) => name !== 'project_id'),
  })
  const anyName = fc.constantFrom(...allowed.map(({ name }) => name), 'name')
  const names = fc.oneof(
    { weight: 9, arbitrary: anyName },
    { weight: 1, arbitrary: fc.oneof(fc.constantFrom('tenant_id', 'project_id', ...attributes.keys()), nastyText) },
  )
  return fc.tuple(right, fc.dictionary(names, nastyValue, { maxKeys: 2 })).map(([good, bad]) => ({ ...good, ...bad }))
}

/** As JSON; one in eight says something twice. */
function written(value: unknown): string {
  const text = (JSON.stringify(value) ?? '').replaceAll(JSON.stringify(BEYOND), '1e400')
  return text.length % 8 === 0 ? text.replace(/^\{("[^"]*"):/, '{$1: null, $1:') : text
}

function bodyOf(resource: CompiledResource, verb: 'post' | 'put', known: KnownIds): fc.Arbitrary<string> {
  const { name, collection } = resource
  const item = itemOf(resource, verb, known)
  return fc
    .oneof(
      { weight: 12, arbitrary: item.map((value) => ({ [name]: value })) },
      { weight: 3, arbitrary: fc.array(item, { maxLength: 3 }).map((value) => ({ [collection]: value })) },
      { weight: 1, arbitrary: nastyValue.map((value) => ({ [name]: value })) },
      { weight: 1, arbitrary: nastyValue.map((value) => ({ [collection]: value })) },
      { weight: 1, arbitrary: nastyValue },
    )
    .map(written)
}

function queryOf({ attributes, filters, sorts }: CompiledResource, known: KnownIds): fc.Arbitrary<string> {
  const limits = fc.constantFrom('0', '1', '2', '-1', '2147483648', '99999999999999999999', '1e3', '')
  const marker = fc.oneof(fc.constantFrom('none', ...[...known.values()].flat()), nastyText.map(quoted))
  const words = ['limit', 'marker', 'page_reverse', 'sort_key', 'sort_dir', 'fields', 'changed_since', 'tenant_id']
  const key = fc.oneof(fc.constantFrom(...words, ...filters), fc.constantFrom(...attributes.keys()), nastyText)
  const value = fc.oneof(nastyText, fc.constantFrom(...attributes.keys(), 'asc', 'desc', '0', '1', 'subnet_id=x', '='))
  const pair = fc.tuple(key, value).map(([name, text]) => `${quoted(name)}=${quoted(text)}`)
  return fc.oneof(
    fc.array(pair, { maxLength: 4 }).map((pairs) => pairs.join('&')),
    fc.tuple(fc.constantFrom(...filters, 'id'), nastyText).map(([name, text]) => `${name}=${quoted(text)}`),
    fc.tuple(fc.constantFrom(...sorts, 'id'), fc.integer({ min: 1 })).map(([sort, limit]) => {
      return `sort_key=${sort}&sort_dir=desc&limit=${limit}&page_reverse=True`
    }),
    fc.record({ limits, marker, sort: fc.constantFrom(...sorts, 'id'), reverse: fc.boolean() }).map((page) => {
      const order = `sort_key=${page.sort}&sort_dir=${page.reverse ? 'asc' : 'desc'}`
      return `limit=${page.limits}&marker=${page.marker}&${order}&page_reverse=${page.reverse}`
    }),
    fc.tuple(fc.constantFrom(...filters, 'id', 'fields'), fc.integer({ min: 100, max: 1_300 })).map(([name, times]) => {
      return Array.from({ length: times }, (_, index) => `${name}=${index}`)
        .join('&')
        .slice(0, QUERY_MAX)
    }),
    fc.string({ maxLength: 30 }).map((text) => text.replaceAll(/[^!-~]/g, '%zz')),
  )
}

/** What is left of a request's head for a query. */
const QUERY_MAX = 15_000

function quoted(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

const anyMethod = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS')
const ifMatch = fc.oneof(
  { weight: 9, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.constantFrom('revision_number=x', 'revision_number=0', '"', '*', 'revision_number=1e9') },
)

export interface Range {
  readonly resources: readonly CompiledResource[]
  /** Paths of plugins' own, as templates. */
  readonly routes: readonly { readonly method: string; readonly path: string }[]
  readonly known: KnownIds
  /** Valid ones, one that may do everything first; a few shots have none of them. */
  readonly tokens: readonly string[]
}

export function shots({ resources, routes, known, tokens }: Range): fc.Arbitrary<Shot> {
  const token = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...tokens) },
    { weight: 1, arbitrary: fc.string({ maxLength: 300 }).map((text) => text.replaceAll(/[^ -~]/g, '?')) },
  )
  type Text = fc.Arbitrary<string>
  const shot = (method: Text, path: Text, body: Text, by: Text = token) =>
    fc.record({ method, path, token: by, body, ifMatch })
  const only = (text: string) => fc.constant(text)

  const ofResource = fc.constantFrom(...resources).chain((resource) => {
    const collection = `/v2.0/${resource.collection}`
    const ids = known.get(resource.collection) ?? []
    const id = fc.oneof(
      { weight: 4, arbitrary: ids.length === 0 ? only('none') : fc.constantFrom(...ids) },
      { weight: 1, arbitrary: nastyText.map(quoted) },
    )
    const member = id.map((each) => `${collection}/${each}`)
    const action = fc.constantFrom(...resource.actions.keys(), 'x')
    const acted = fc.tuple(member, action).map(([path, name]) => `${path}/${name}`)
    const gone = nastyText.map((text) => `${collection}/${quoted(text)}`)
    const actionBody = fc
      .oneof(
        fc.dictionary(knownKey, nastyValue, { maxKeys: 3 }),
        fc.record({ subnet_id: fc.constant(known.get('subnets')?.[0]) }),
        nastyValue,
      )
      .map(written)
    return fc.oneof(
      { weight: 6, arbitrary: shot(only('POST'), only(collection), bodyOf(resource, 'post', known)) },
      { weight: 6, arbitrary: shot(only('PUT'), member, bodyOf(resource, 'put', known)) },
      {
        weight: 4,
        arbitrary: shot(
          only('GET'),
          queryOf(resource, known).map((query) => `${collection}?${query}`),
          only(''),
        ),
      },
      { weight: 1, arbitrary: shot(only('GET'), fc.oneof(member, gone), only('')) },
      { weight: 1, arbitrary: shot(only('DELETE'), gone, only('')) },
      { weight: 1, arbitrary: shot(only('PUT'), acted, actionBody) },
      { weight: 1, arbitrary: shot(fc.constantFrom('PATCH', 'HEAD', 'OPTIONS', 'POST'), member, only('{}')) },
    )
  })
  const segment = fc.constantFrom('v2.0', 'quotas', 'extensions', 'details', '..', '%ff', '.json')
  const anywhere = shot(
    anyMethod,
    fc.array(fc.oneof(nastyText.map(quoted), segment)).map((parts) => `/${parts.join('/')}`.slice(0, 2000)),
    fc.oneof(fc.string({ unit: 'binary' }), nastyValue.map(written)),
  )
  const anyId = fc.oneof(
    fc.constantFrom(...[...known.values()].flat(), 'none'),
    fc.constantFrom('%00', 'x'.repeat(256), '%F0%9F%98%80', '__proto__'),
    nastyText.map(quoted),
  )
  const first = fc.oneof({ weight: 3, arbitrary: only(tokens[0] ?? '') }, { weight: 1, arbitrary: token })
  const ofRoutes = fc.constantFrom(...routes).chain(({ method, path }) => {
    const filled = fc.array(anyId, { minLength: 3, maxLength: 3 }).map((ids) => {
      let index = 0
      return `/v2.0${path.replaceAll(/\{\w+\}/g, () => ids[index++] ?? 'x')}`
    })
    const values = fc.dictionary(
      fc.constantFrom('network_id', 'router_id', 'quota', 'port'),
      fc.oneof(nastyValue, anyId),
    )
    const body = fc
      .oneof(
        values,
        nastyValue,
        nastyValue.map((quota) => ({ quota })),
        fc.constantFrom('network', 'port').map((name) => ({ quota: { [name]: 50 } })),
      )
      .map(written)
    const verb = fc.oneof({ weight: 9, arbitrary: only(method) }, { weight: 1, arbitrary: anyMethod })
    return shot(verb, filled, body, first)
  })
  return fc.oneof(
    { weight: 12, arbitrary: ofResource },
    { weight: 1, arbitrary: anywhere },
    { weight: 4, arbitrary: ofRoutes },
  )
}
