/** Auto-allocated topologies on every database: made once, whole or not at all, and the default external network. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { discover } from '#plugin/discover.ts'
import { forEachDatabase, type OpenFresh } from '../databases.ts'
import { refused, startTestApi, type TestApi } from '../fakes/api.ts'
import { ML2 } from '../fakes/core.ts'

const features = await discover(['router'])
const migrations = features.flatMap((feature) => feature.migrations)
const PATH = '/v2.0/auto-allocated-topology'

// biome-ignore lint/suspicious/noExplicitAny: whatever the server said
type Body = any

async function make(api: TestApi, resource: string, values: object, token = 'admin'): Promise<Body> {
  const answer = await api.call(token, 'POST', `/v2.0/${resource}s`, { [resource]: values })
  assert.equal(answer.status, 201, answer.text)
  return answer.body[resource]
}

async function withApi(openFresh: OpenFresh, run: (api: TestApi) => Promise<void>): Promise<void> {
  await using database = await openFresh(migrations)
  await using api = await startTestApi(database.store, features, ML2)
  await run(api)
}

const external = (api: TestApi, is_default: boolean) =>
  make(api, 'network', { name: 'ext', 'router:external': true, is_default })

/** A default external network with a subnet, and a default pool of each family. */
async function deployment(api: TestApi) {
  const ext = await external(api, true)
  await make(api, 'subnet', { network_id: ext.id, ip_version: 4, cidr: '203.0.113.0/24' })
  for (const prefix of ['10.0.0.0/8', 'fd00::/48']) {
    const default_prefixlen = prefix.includes(':') ? 64 : 26
    await make(api, 'subnetpool', { name: 'p', prefixes: [prefix], is_default: true, shared: true, default_prefixlen })
  }
  return ext
}

/** Names of what the project has. */
async function belongings(api: TestApi, token: string, project: string): Promise<string[]> {
  const all = await Promise.all(
    ['networks', 'subnets', 'routers'].map(async (collection) => {
      const { body } = await api.call(token, 'GET', `/v2.0/${collection}?project_id=${project}`)
      return body[collection].map(({ name }: { name: string }) => name)
    }),
  )
  return all.flat().sort()
}

const WHOLE = [
  'auto_allocated_network',
  'auto_allocated_router',
  'auto_allocated_subnet_v4',
  'auto_allocated_subnet_v6',
]

forEachDatabase((_name, openFresh) => {
  test('reading the topology makes it once, whole, and connected', () =>
    withApi(openFresh, async (api) => {
      const ext = await deployment(api)
      assert.deepEqual((await api.call('alice', 'GET', `${PATH}/a?fields=dry-run`)).body.auto_allocated_topology, {
        id: 'dry-run=pass',
        tenant_id: 'a',
      })
      assert.deepEqual(await belongings(api, 'alice', 'a'), [])
      const { status, body } = await api.call('alice', 'GET', `${PATH}/a`)
      assert.deepEqual([status, body.auto_allocated_topology.project_id], [200, 'a'])
      assert.deepEqual(await belongings(api, 'alice', 'a'), WHOLE)
      const network = (await api.call('alice', 'GET', `/v2.0/networks/${body.auto_allocated_topology.id}`)).body.network
      assert.deepEqual([network.admin_state_up, network.subnets.length], [true, 2])
      const [router] = (await api.call('alice', 'GET', '/v2.0/routers')).body.routers
      assert.equal(router.external_gateway_info.network_id, ext.id)
      const { ports } = (await api.call('alice', 'GET', `/v2.0/ports?device_id=${router.id}`)).body
      assert.equal(ports.length, 2)
      const again = await api.call('alice', 'GET', `${PATH}/None`)
      assert.deepEqual(again.body, body)
      assert.deepEqual(await belongings(api, 'alice', 'a'), WHOLE)
    }))

  test('many who ask at once get one topology', () =>
    withApi(openFresh, async (api) => {
      await deployment(api)
      const answers = await Promise.all(Array.from({ length: 12 }, () => api.call('alice', 'GET', `${PATH}/a`)))
      assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
      assert.equal(new Set(answers.map(({ body }) => body.auto_allocated_topology.id)).size, 1)
      assert.deepEqual(await belongings(api, 'alice', 'a'), WHOLE)
    }))

  test('it is taken away whole, also when something of it is gone already, and can be made again', () =>
    withApi(openFresh, async (api) => {
      await deployment(api)
      const get = () => api.call('alice', 'GET', `${PATH}/a`)
      const remove = () => api.call('alice', 'DELETE', `${PATH}/a`)
      const first = (await get()).body.auto_allocated_topology.id
      assert.equal((await remove()).status, 204)
      assert.deepEqual(await belongings(api, 'alice', 'a'), [])
      assert.equal((await remove()).status, 204)
      const second = (await get()).body.auto_allocated_topology.id
      assert.notEqual(second, first)
      const [router] = (await api.call('alice', 'GET', '/v2.0/routers')).body.routers
      for (const subnet_id of (await api.call('alice', 'GET', `/v2.0/networks/${second}`)).body.network.subnets) {
        await api.call('alice', 'PUT', `/v2.0/routers/${router.id}/remove_router_interface`, { subnet_id })
      }
      assert.equal((await api.call('alice', 'DELETE', `/v2.0/routers/${router.id}`)).status, 204)
      assert.equal((await remove()).status, 204)
      // A network that is deleted by hand takes the topology along.
      const third = (await get()).body.auto_allocated_topology.id
      const [last] = (await api.call('alice', 'GET', '/v2.0/routers')).body.routers
      for (const subnet_id of (await api.call('alice', 'GET', `/v2.0/networks/${third}`)).body.network.subnets) {
        await api.call('alice', 'PUT', `/v2.0/routers/${last.id}/remove_router_interface`, { subnet_id })
      }
      assert.equal((await api.call('alice', 'DELETE', `/v2.0/networks/${third}`)).status, 204)
      assert.notEqual((await get()).body.auto_allocated_topology.id, third)
    }))

  test('without a default external network or pool nothing is made', () =>
    withApi(openFresh, async (api) => {
      const get = (query = '', token = 'alice') => api.call(token, 'GET', `${PATH}/a${query}`)
      const failure = (reason: string) => `Deployment error: ${reason}.`
      const noNetwork = failure('No default router:external network')
      refused(await get(), 409, 'AutoAllocationFailure', noNetwork)
      refused(await get('?fields=dry-run'), 409, 'AutoAllocationFailure', noNetwork)
      await external(api, true)
      refused(await get('?fields=dry-run'), 409, 'AutoAllocationFailure', failure('No default subnetpools defined'))
      const noPrivate = failure('Unable to provide tenant private network')
      refused(await get(), 409, 'AutoAllocationFailure', noPrivate)
      // A pool with no room for a subnet of its own default size, and one that is not the caller's to use.
      const full = { name: 'p', prefixes: ['10.0.0.0/28'], default_prefixlen: 26, is_default: true, shared: true }
      const pool = await make(api, 'subnetpool', { ...full, min_prefixlen: 20 })
      refused(await get(), 409, 'AutoAllocationFailure', noPrivate)
      assert.deepEqual(await belongings(api, 'admin', 'a'), [])
      assert.equal((await api.call('admin', 'DELETE', `/v2.0/subnetpools/${pool.id}`)).status, 204)
      await make(api, 'subnetpool', { name: 'q', prefixes: ['10.0.0.0/8'], default_prefixlen: 26, is_default: true })
      refused(await get(), 409, 'AutoAllocationFailure', noPrivate)
      refused(await get('?fields=id'), 400, 'BadRequest', 'Bad auto_allocate request: Unrecognized field.')
    }))

  test("a project has its own topology only; the operator has every project's", () =>
    withApi(openFresh, async (api) => {
      await deployment(api)
      for (const method of ['GET', 'DELETE']) {
        refused(await api.call('bob', method, `${PATH}/a`), 403, 'NotAuthorized', 'Not authorized.')
      }
      refused(await api.call('nobody', 'GET', `${PATH}/a`), 403, 'PolicyNotAuthorized')
      refused(await api.call('reader', 'DELETE', `${PATH}/a`), 403, 'PolicyNotAuthorized')
      assert.equal((await api.call('admin', 'GET', `${PATH}/a`)).status, 200)
      assert.deepEqual(await belongings(api, 'alice', 'a'), WHOLE)
      assert.deepEqual(await belongings(api, 'bob', 'b'), [])
      assert.equal((await api.call('admin', 'PUT', `${PATH}/a`, {})).status, 405)
    }))

  test('one external network is the default, shown of external networks only, and set by the operator', () =>
    withApi(openFresh, async (api) => {
      const first = await external(api, true)
      const put = (id: string, values: object, token = 'admin') =>
        api.call(token, 'PUT', `/v2.0/networks/${id}`, { network: values })
      assert.equal(first.is_default, true)
      const text = `A default external network already exists: ${first.id}.`
      const post = (network: object, token = 'admin') => api.call(token, 'POST', '/v2.0/networks', { network })
      refused(await post({ 'router:external': true, is_default: true }), 409, 'DefaultExternalNetworkExists', text)
      const second = await external(api, false)
      assert.equal(second.is_default, false)
      refused(await put(second.id, { is_default: true }), 409, 'DefaultExternalNetworkExists', text)
      assert.equal((await put(first.id, { description: 'kept' })).body.network.is_default, true)
      refused(await post({ is_default: true }, 'alice'), 403, 'PolicyNotAuthorized')
      const inside = await make(api, 'network', {}, 'alice')
      assert.equal('is_default' in inside, false)
      refused(await put(inside.id, { is_default: true }, 'alice'), 403, 'PolicyNotAuthorized')
      const found = async () =>
        (await api.call('admin', 'GET', '/v2.0/networks?is_default=true')).body.networks.map(({ id }: Body) => id)
      assert.deepEqual(await found(), [first.id])

      assert.equal((await put(first.id, { is_default: false })).body.network.is_default, false)
      assert.equal((await put(second.id, { is_default: true })).body.network.is_default, true)
      assert.equal('is_default' in (await put(second.id, { 'router:external': false })).body.network, false)
      assert.deepEqual(await found(), [])
      await put(first.id, { is_default: true })
      assert.equal((await api.call('admin', 'DELETE', `/v2.0/networks/${first.id}`)).status, 204)
      await external(api, true)
      // Of many at once one becomes the default.
      const answers = await Promise.all([1, 2, 3].map(() => post({ 'router:external': true, is_default: true })))
      assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([409]))
    }))
})
