/** Flavors, service profiles and providers on every database. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { discover } from '#plugin/discover.ts'
import { forEachDatabase, type OpenFresh } from '../databases.ts'
import { refused, startTestApi, type TestApi } from '../fakes/api.ts'
import { ML2 } from '../fakes/core.ts'

const features = await discover(['router'])
const migrations = features.flatMap((feature) => feature.migrations)
const DRIVER = 'neutron.services.l3_router.service_providers.single_node.SingleNodeDriver'
const MISSING = '00000000-0000-4000-8000-000000000000'

// biome-ignore lint/suspicious/noExplicitAny: whatever the server said
type Body = any

async function make(api: TestApi, resource: string, values: object, token = 'admin'): Promise<Body> {
  const answer = await api.call(token, 'POST', `/v2.0/${resource}s`, { [resource]: values })
  assert.equal(answer.status, 201, answer.text)
  return answer.body[resource]
}

async function withApi(openFresh: OpenFresh, run: (api: TestApi) => Promise<void>, values = {}): Promise<void> {
  await using database = await openFresh(migrations)
  await using api = await startTestApi(database.store, features, { ...ML2, ...values })
  await run(api)
}

forEachDatabase((_name, openFresh) => {
  test('a flavor has profiles, and its first one says who serves it', () =>
    withApi(openFresh, async (api) => {
      const flavor = await make(api, 'flavor', { service_type: 'L3_ROUTER_NAT', name: 'gold' })
      assert.deepEqual(flavor, {
        id: flavor.id,
        name: 'gold',
        description: '',
        service_type: 'L3_ROUTER_NAT',
        service_profiles: [],
        enabled: true,
      })
      const profile = await make(api, 'service_profile', { driver: DRIVER, metainfo: '{"a": 1}' })
      assert.partialDeepStrictEqual(profile, { driver: DRIVER, metainfo: '{"a": 1}', enabled: true, description: '' })
      const path = `/v2.0/flavors/${flavor.id}`
      const add = (id: string, token = 'admin') =>
        api.call(token, 'POST', `${path}/service_profiles`, { service_profile: { id } })
      const next = (token = 'admin') => api.call(token, 'GET', `${path}/next_providers`)
      const none = `Service Profile  is not associated with flavor ${flavor.id}.`
      refused(await next(), 404, 'FlavorServiceProfileBindingNotFound', none)
      assert.equal((await add(profile.id)).status, 201)
      assert.deepEqual((await next()).body, { next_providers: [{ driver: DRIVER, provider: 'single_node' }] })
      assert.deepEqual((await api.call('alice', 'GET', path)).body.flavor.service_profiles, [profile.id])
      assert.equal((await api.call('admin', 'GET', `${path}/service_profiles/${profile.id}`)).status, 200)

      const bound = `Service Profile ${profile.id} is already associated with flavor ${flavor.id}.`
      refused(await add(profile.id), 409, 'FlavorServiceProfileBindingExists', bound)
      const used = `Service Profile ${profile.id} is used by some service instance.`
      const profilePath = `/v2.0/service_profiles/${profile.id}`
      refused(await api.call('admin', 'DELETE', profilePath), 409, 'ServiceProfileInUse', used)
      const off = { service_profile: { enabled: false } }
      refused(await api.call('admin', 'PUT', profilePath, off), 409, 'ServiceProfileInUse', used)
      const take = () => api.call('admin', 'DELETE', `${path}/service_profiles/${profile.id}`)
      assert.equal((await take()).status, 204)
      refused(await take(), 404, 'FlavorServiceProfileBindingNotFound')

      assert.equal((await api.call('admin', 'PUT', profilePath, off)).body.service_profile.enabled, false)
      await add(profile.id)
      refused(await next(), 503, 'ServiceProfileDisabled', 'Service Profile is not enabled.')
      assert.equal((await api.call('admin', 'DELETE', path)).status, 204)
      assert.equal((await api.call('admin', 'DELETE', profilePath)).status, 204)
      refused(await api.call('admin', 'GET', profilePath), 404, 'ServiceProfileNotFound')
    }))

  test('what is no service, driver, profile or flavor is refused', () =>
    withApi(openFresh, async (api) => {
      const post = (resource: string, values: object) =>
        api.call('admin', 'POST', `/v2.0/${resource}s`, { [resource]: values })
      const wrong = 'Invalid service type: nothing.'
      refused(await post('flavor', { service_type: 'nothing' }), 400, 'InvalidServiceType', wrong)
      refused(await post('flavor', {}), 400, 'HTTPBadRequest')
      const empty = 'Service Profile needs either a driver or metainfo.'
      refused(await post('service_profile', {}), 400, 'ServiceProfileEmpty', empty)
      const text = 'Service Profile driver x could not be found.'
      refused(await post('service_profile', { driver: 'x' }), 404, 'ServiceProfileDriverNotFound', text)
      assert.deepEqual((await api.call('admin', 'GET', '/v2.0/service_profiles')).body.service_profiles, [])
      const flavor = await make(api, 'flavor', { service_type: 'FLAVORS' })
      const add = (flavorId: string, service_profile: unknown) =>
        api.call('admin', 'POST', `/v2.0/flavors/${flavorId}/service_profiles`, { service_profile })
      refused(await add(flavor.id, { id: MISSING }), 404, 'ServiceProfileNotFound')
      const profile = await make(api, 'service_profile', { metainfo: 'm' })
      refused(await add(MISSING, { id: profile.id }), 404, 'FlavorNotFound')
      refused(await add(flavor.id, { id: 'x' }), 400, 'HTTPBadRequest')
      refused(await add(flavor.id, {}), 400, 'HTTPBadRequest')
      refused(await add(flavor.id, 5), 400, 'HTTPBadRequest')
      await add(flavor.id, { id: profile.id })
      // A profile without a driver names no provider.
      const next = await api.call('admin', 'GET', `/v2.0/flavors/${flavor.id}/next_providers`)
      refused(next, 404, 'ServiceProfileDriverNotFound')
      const put = { flavor: { service_type: 'CORE' } }
      refused(await api.call('admin', 'PUT', `/v2.0/flavors/${flavor.id}`, put), 400, 'HTTPBadRequest')
    }))

  test('everybody chooses, the operator makes', () =>
    withApi(openFresh, async (api) => {
      const flavor = await make(api, 'flavor', { service_type: 'L3_ROUTER_NAT' })
      const profile = await make(api, 'service_profile', { metainfo: 'm' })
      const list = async (token: string, collection: string) =>
        (await api.call(token, 'GET', `/v2.0/${collection}`)).body[collection].length
      assert.deepEqual([await list('bob', 'flavors'), await list('bob', 'service_profiles')], [1, 0])
      const status = async (method: string, path: string, body?: object) =>
        (await api.call('alice', method, `/v2.0${path}`, body)).status
      assert.equal(await status('POST', '/flavors', { flavor: { service_type: 'L3_ROUTER_NAT' } }), 403)
      assert.equal(await status('PUT', `/flavors/${flavor.id}`, { flavor: { name: 'x' } }), 403)
      assert.equal(await status('DELETE', `/flavors/${flavor.id}`), 403)
      assert.equal(await status('GET', `/service_profiles/${profile.id}`), 404)
      const body = { service_profile: { id: profile.id } }
      assert.equal(await status('POST', `/flavors/${flavor.id}/service_profiles`, body), 403)
      assert.equal(await status('DELETE', `/flavors/${flavor.id}/service_profiles/${profile.id}`), 403)
      assert.equal(await status('GET', `/flavors/${flavor.id}/next_providers`), 403)
      assert.deepEqual((await api.call('nobody', 'GET', '/v2.0/flavors')).body.flavors, [])
      assert.equal((await api.call('nobody', 'GET', '/v2.0/service-providers')).status, 403)
    }))

  test('providers are listed as written, before those that services bring', () =>
    withApi(
      openFresh,
      async (api) => {
        const list = async (query = '') =>
          (await api.call('alice', 'GET', `/v2.0/service-providers${query}`)).body.service_providers
        const vpn = { service_type: 'VPN', name: 'strongswan', default: true }
        const router = { service_type: 'L3_ROUTER_NAT', name: 'single_node', default: false }
        assert.deepEqual(await list(), [vpn, router])
        assert.deepEqual(await list('?service_type=VPN'), [vpn])
        assert.deepEqual(await list('?default=False&fields=name'), [{ name: 'single_node' }])
      },
      { service_providers: { service_provider: ['VPN:Strongswan:a.driver:default'] } },
    ))

  test('a router of a flavor is made by its provider, and keeps its flavor', () =>
    withApi(openFresh, async (api) => {
      const flavor = await make(api, 'flavor', { service_type: 'L3_ROUTER_NAT' })
      const post = (flavor_id: unknown) =>
        api.call('alice', 'POST', '/v2.0/routers', { router: { name: 'r', flavor_id } })
      refused(await post(MISSING), 404, 'FlavorNotFound', `Flavor ${MISSING} could not be found.`)
      refused(await post(null), 404, 'FlavorNotFound', 'Flavor None could not be found.')
      refused(await post(flavor.id), 404, 'FlavorServiceProfileBindingNotFound')
      const profile = await make(api, 'service_profile', { driver: DRIVER })
      const path = `/v2.0/flavors/${flavor.id}`
      await api.call('admin', 'POST', `${path}/service_profiles`, { service_profile: { id: profile.id } })
      const router = (await post(flavor.id)).body.router
      assert.equal(router.flavor_id, flavor.id)
      assert.equal((await make(api, 'router', {}, 'alice')).flavor_id, null)
      const put = { router: { flavor_id: flavor.id } }
      refused(await api.call('alice', 'PUT', `/v2.0/routers/${router.id}`, put), 400, 'HTTPBadRequest')
      const used = `Flavor ${flavor.id} is used by some service instance.`
      refused(await api.call('admin', 'DELETE', path), 409, 'FlavorInUse', used)
      assert.equal((await api.call('alice', 'DELETE', `/v2.0/routers/${router.id}`)).status, 204)

      // Of a flavor that goes while routers come, either is there, never a router of none.
      const made = post(flavor.id)
      const gone = api.call('admin', 'DELETE', path)
      const statuses = [(await made).status, (await gone).status].join(' ')
      assert.ok(['201 409', '404 204'].includes(statuses), statuses)
    }))

  test('a flavor of another service makes no routers', () =>
    withApi(
      openFresh,
      async (api) => {
        const flavor = await make(api, 'flavor', { service_type: 'L3_ROUTER_NAT' })
        const profile = await make(api, 'service_profile', { driver: 'a.driver' })
        const body = { service_profile: { id: profile.id } }
        await api.call('admin', 'POST', `/v2.0/flavors/${flavor.id}/service_profiles`, body)
        const answer = await api.call('alice', 'POST', '/v2.0/routers', { router: { flavor_id: flavor.id } })
        refused(answer, 400, 'InvalidInput')
        assert.deepEqual((await api.call('admin', 'GET', '/v2.0/routers')).body.routers, [])
      },
      { service_providers: { service_provider: ['VPN:a:a.driver'] } },
    ))
})
