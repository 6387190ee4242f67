/**
 * A thousand requests that are wrong somewhere, made from the definitions of whatever is loaded: none may end in a 5xx
 * or show a stack, and a refused one changes nothing; on every database, because each refuses other values.
 */
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Log, silentLog } from '#base/log.ts'
import { discover } from '#plugin/discover.ts'
import { compileCatalogue } from '#resource/catalogue.ts'
import type { Store } from '#store/store.ts'
import { forEachDatabase } from '../databases.ts'
import { CALLERS, startTestApi, type TestApi } from '../fakes/api.ts'
import { gadgetFeature } from '../fakes/gadgets.ts'
import { type Shot, shots } from './shots.ts'

const features = [...(await discover()), gadgetFeature]
const { resources, collections } = compileCatalogue(features.flatMap(({ definition }) => definition ?? []))
const migrations = features.flatMap((feature) => feature.migrations)
const RUNS = 1_000
/** Answers that are a 5xx and yet what upstream says: there is no POST to quotas; a pool of segments may be empty. */
const MEANT: readonly string[] = ['HTTPNotImplemented', 'NoNetworkAvailable']

interface Answer {
  readonly status: number
  readonly text: string
}

/** Sends the shot as it is: unlike `fetch`, without mending its path. */
function fire(url: string, { method, path, token, body, ifMatch }: Shot): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const withBody = method === 'POST' || method === 'PUT' || method === 'PATCH'
    const headers = { 'x-auth-token': token, ...(ifMatch === '' ? {} : { 'if-match': ifMatch }) }
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
async function seed(api: TestApi): Promise<Map<string, string[]>> {
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
    const all = body[collection].map(({ id }: { id: string }) => id)
    ids.set(collection, all.slice(0, 3))
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

forEachDatabase((_name, openFresh) => {
  test('whatever is wrong with a request, it is refused cleanly and changes nothing', async () => {
    let failure: unknown
    const error = (event: string, fields: object = {}) => {
      failure = { event, ...fields }
    }
    const log: Log = { ...silentLog, error, child: () => log }
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features, {}, { log })
    const ids = await seed(api)
    const { routes } = api.started
    const range = { resources: [...resources.values()], routes, known: ids, tokens: Object.keys(CALLERS) }
    const newest = changeCounter(database.store)
    await fc.assert(
      fc.asyncProperty(shots(range), async (shot) => {
        const before = await newest()
        const { status, text } = await fire(api.url, shot)
        const meant = status < 500 || MEANT.some((type) => text.includes(`"${type}"`))
        assert.ok(meant, `${status} ${text} ${shown(failure)}`)
        assert.doesNotMatch(text, /\bat .{0,200}\.ts:\d+|node:internal|SQLITE_/)
        if (text !== '' && text !== 'OK') JSON.parse(text)
        if (status >= 400) assert.equal(await newest(), before, 'a refused request changed something')
      }),
      { numRuns: RUNS },
    )
  })
})
