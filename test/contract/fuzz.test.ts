/**
 * A thousand requests that are wrong somewhere, made from the definitions of whatever is loaded: none may end in a 5xx or
 * show a stack, and a refused one changes nothing; on every database, because each refuses other values.
 */
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Log, silentLog } from '#base/log.ts'
import { discover } from '#plugin/discover.ts'
import { type Catalogue, type CompiledResource, compileCatalogue } from '#resource/catalogue.ts'
import type { Store } from '#store/store.ts'
import { forEachDatabase } from '../databases.ts'
import { CALLERS, startTestApi, type TestApi } from '../fakes/api.ts'
import { gadgetFeature } from '../fakes/gadgets.ts'

const features = [...(await discover()), gadgetFeature]
const catalogue = compileCatalogue(features.flatMap(({ definition }) => definition ?? []))
const migrations = features.flatMap((feature) => feature.migrations)
const RUNS = { sqlite: 1000, postgresql: 300, mariadb: 300 }

interface Shot {
  readonly method: string
  readonly path: string
  readonly token: string
  readonly body: string
  readonly ifMatch: string
}

const nastyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('', '\0', '__proto__', 'constructor', "'; DROP TABLE ports; --", '%s%(x)s', '../../etc/passwd', '😀'),
  fc.constantFrom('10.0.0.0/8', '::/0', '0.0.0.0', '10.0.0.1/33', 'fe80::1%eth0', 'ff:ff:ff:ff:ff:ff', 'null', '-1'),
  fc.integer({ min: 250, max: 5000 }).map((length) => 'x'.repeat(length)),
  fc.constantFrom('00000000-0000-4000-8000-000000000000', 'True', '1e400', '99999999999999999999', '0x10', 'NaN'),
)
const nastyNumber = fc.constantFrom(-1, 0, 1.5, 4096, 2 ** 31, 2 ** 53, -(2 ** 63), 1e300)
const nastyValue: fc.Arbitrary<unknown> = fc.oneof(
  nastyText,
  nastyNumber,
  fc.constantFrom(null, true, false, [], {}, [[]], [null], [{}], [1, 1]),
  fc.jsonValue({ maxDepth: 3 }),
  fc.array(fc.dictionary(nastyText, nastyText, { maxKeys: 3 }), { maxLength: 3 }),
  fc.integer({ min: 33, max: 3000 }).map((depth) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`)),
)

/** Keys that nested objects of upstream's attributes have, so that checks behind them are reached too. */
const knownKey = fc.constantFrom(
  ...['subnet_id', 'ip_address', 'start', 'end', 'destination', 'nexthop', 'network_id', 'external_fixed_ips', 'key'],
)
const nestedValue = fc.oneof(
  fc.dictionary(knownKey, nastyValue, { maxKeys: 3 }),
  fc.array(fc.dictionary(knownKey, nastyValue, { maxKeys: 3 }), { maxLength: 3 }),
)

const resources = [...catalogue.resources.values()]
const anyResource = fc.constantFrom(...resources)

function bodyOf({ name, collection, attributes }: CompiledResource): fc.Arbitrary<string> {
  const attribute = fc.oneof(fc.constantFrom(...attributes.keys(), 'tenant_id'), nastyText)
  const item = fc.dictionary(attribute, fc.oneof(nastyValue, nestedValue), { maxKeys: 5 })
  return fc
    .oneof(
      item.map((value) => ({ [name]: value })),
      fc.array(item, { maxLength: 3 }).map((value) => ({ [collection]: value })),
      nastyValue.map((value) => ({ [name]: value })),
      nastyValue.map((value) => ({ [collection]: value })),
      nastyValue,
    )
    .map((value) => JSON.stringify(value))
}

function queryOf({ attributes }: CompiledResource): fc.Arbitrary<string> {
  const words = ['limit', 'marker', 'page_reverse', 'sort_key', 'sort_dir', 'fields', 'changed_since', 'tenant_id']
  const key = fc.oneof(fc.constantFrom(...words, ...attributes.keys()), nastyText)
  const value = fc.oneof(nastyText, fc.constantFrom(...attributes.keys(), 'asc', 'desc', '0', '1', 'subnet_id=x', '='))
  const pair = fc.tuple(key, value).map(([name, text]) => `${quoted(name)}=${quoted(text)}`)
  return fc.oneof(
    fc.array(pair, { maxLength: 4 }).map((pairs) => pairs.join('&')),
    fc
      .tuple(fc.constantFrom(...attributes.keys()), nastyText)
      .map(([name, text]) => `sort_key=${name}&sort_dir=${quoted(text)}`),
    fc.string({ maxLength: 30 }).map((text) => text.replaceAll(/[^!-~]/g, '%zz')),
  )
}

function quoted(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

const anyMethod = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS')
const token = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...Object.keys(CALLERS)) },
  { weight: 1, arbitrary: fc.string({ maxLength: 300 }).map((text) => text.replaceAll(/[^ -~]/g, '?')) },
)
const ifMatch = fc.oneof(
  { weight: 9, arbitrary: fc.constant('') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'revision_number=x',
      'revision_number=0',
      '"',
      '*',
      'revision_number=1,revision_number=2',
    ),
  },
)

function shots(ids: ReadonlyMap<string, readonly string[]>): fc.Arbitrary<Shot> {
  const ofResource = anyResource.chain((resource) => {
    const known = ids.get(resource.collection) ?? []
    const id = fc.oneof(...known.map((each) => fc.constant(each)), nastyText.map(quoted))
    const action = fc.constantFrom('', '', '', ...[...resource.actions.keys()].map((name) => `/${name}`), '/x')
    const path = fc.oneof(
      fc.constant(`/v2.0/${resource.collection}`),
      queryOf(resource).map((query) => `/v2.0/${resource.collection}?${query}`),
      fc.tuple(id, action).map(([which, what]) => `/v2.0/${resource.collection}/${which}${what}`),
    )
    return fc.record({ method: anyMethod, path, token, body: bodyOf(resource), ifMatch })
  })
  const anywhere = fc.record({
    method: anyMethod,
    path: fc
      .array(
        fc.oneof(
          nastyText.map(quoted),
          fc.constantFrom('v2.0', 'quotas', 'extensions', 'details', '..', '%ff', '.json'),
        ),
      )
      .map((parts) => `/${parts.join('/')}`.slice(0, 2000)),
    token,
    body: fc.oneof(
      fc.string({ unit: 'binary' }),
      nastyValue.map((value) => JSON.stringify(value)),
    ),
    ifMatch,
  })
  const quotas = fc.record({
    method: anyMethod,
    path: nastyText.map((text) => `/v2.0/quotas/${quoted(text)}`),
    token,
    body: nastyValue.map((quota) => JSON.stringify({ quota })),
    ifMatch,
  })
  return fc.oneof(
    { weight: 8, arbitrary: ofResource },
    { weight: 1, arbitrary: anywhere },
    { weight: 1, arbitrary: quotas },
  )
}

function fire(
  url: string,
  { method, path, token: sent, body, ifMatch: match }: Shot,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const withBody = method === 'POST' || method === 'PUT' || method === 'PATCH'
    const headers = { 'x-auth-token': sent, ...(match === '' ? {} : { 'if-match': match }) }
    const { hostname, port } = new URL(url)
    const outgoing = request({ hostname, port, method, path, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    outgoing.on('error', reject)
    outgoing.end(withBody ? body : undefined)
  })
}

/** Something of each kind that is easily made, so that shows, updates and actions meet an object. */
async function seed(api: TestApi, { collections }: Catalogue): Promise<Map<string, string[]>> {
  const make = async (collection: string, values: object): Promise<string | undefined> => {
    const resource = collections.get(collection)
    if (!resource) return undefined
    const made = await api.call('alice', 'POST', `/v2.0/${collection}`, { [resource.name]: values })
    return made.body?.[resource.name]?.id
  }
  await make('gadgets', { name: 'seed' })
  const network_id = await make('networks', { name: 'seed' })
  await make('subnets', { network_id, ip_version: 4, cidr: '10.1.0.0/24' })
  await make('ports', { network_id })
  await make('routers', { name: 'seed' })
  await make('security_groups', { name: 'seed' })
  const ids = new Map<string, string[]>()
  for (const { collection, methods } of collections.values()) {
    if (!methods.has('list')) continue
    const { body } = await api.call('alice', 'GET', `/v2.0/${collection}`)
    ids.set(
      collection,
      body[collection].slice(0, 3).map(({ id }: { id: string }) => id),
    )
  }
  return ids
}

/** Reads the change log on: answers the newest sequence. */
function changeCounter(store: Store): () => Promise<number> {
  let sequence = 0
  return async () => {
    for (;;) {
      const changes = await store.changesSince(sequence, 1000)
      if (changes.length === 0) return sequence
      sequence = changes.at(-1)!.sequence
    }
  }
}

function shown(failure: unknown): string {
  return JSON.stringify(failure, (_key, value) => (value instanceof Error ? value.stack : value)) ?? ''
}

forEachDatabase((name, openFresh) => {
  test('whatever is wrong with a request, it is refused cleanly and changes nothing', async () => {
    let failure: unknown
    const error = (event: string, fields: object = {}) => {
      failure = { event, ...fields }
    }
    const log: Log = { ...silentLog, error, child: () => log }
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features, {}, log)
    const ids = await seed(api, catalogue)
    const newest = changeCounter(database.store)
    await fc.assert(
      fc.asyncProperty(shots(ids), async (shot) => {
        const before = await newest()
        const { status, text } = await fire(api.url, shot)
        assert.ok(status < 500 || text.includes('HTTPNotImplemented'), `${status} ${text} ${shown(failure)}`)
        assert.doesNotMatch(text, /\bat .{0,200}\.ts:\d+|node:internal|SQLITE_|Error: /)
        if (text !== '' && text !== 'OK') JSON.parse(text)
        if (status >= 400) assert.equal(await newest(), before, 'a refused request changed something')
      }),
      { numRuns: RUNS[name] },
    )
  })
})
