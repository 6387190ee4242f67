/**
 * Who sees and uses what by entries of `rbac_policies`, on every database: networks, their subnets, subnet pools and
 * address scopes, through lists, filters, shows and what others hang on them.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '#base/ids.ts'
import { rbacPolicies } from '#plugin/grants.ts'
import type { Store } from '#store/store.ts'
import { forEachDatabase } from '../databases.ts'
import { refused, startTestApi, type TestApi } from '../fakes/api.ts'
import { coreFeatures, ML2 } from '../fakes/core.ts'

const features = await coreFeatures()
const migrations = features.flatMap((feature) => feature.migrations)

async function make(api: TestApi, resource: string, values: object, token = 'alice') {
  const answer = await api.call(token, 'POST', `/v2.0/${resource}s`, { [resource]: values })
  assert.equal(answer.status, 201, answer.text)
  return answer.body[resource]
}

async function ids(api: TestApi, path: string, token: string): Promise<string[]> {
  const answer = await api.call(token, 'GET', `/v2.0/${path}`)
  assert.equal(answer.status, 200, answer.text)
  return (Object.values(answer.body)[0] as { id: string }[]).map(({ id }) => id)
}

function grant(
  store: Store,
  object_type: string,
  object_id: string,
  target_tenant: string,
  action = 'access_as_shared',
) {
  const entry = {
    id: newId(),
    project_id: 'a',
    object_type,
    object_id,
    action: action as 'access_as_shared',
    target_tenant,
  }
  return store.transaction((tx) => tx.insert(rbacPolicies, [entry]))
}

forEachDatabase((_name, openFresh) => {
  test("an object shared with one project is that project's to see and use, and nobody else's", async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features, ML2)
    const network = await make(api, 'network', { name: 'n' })
    const subnet = await make(api, 'subnet', { network_id: network.id, cidr: '10.0.0.0/24', ip_version: 4 })
    const pool = await make(api, 'subnetpool', { name: 'p', prefixes: ['10.0.0.0/8'], default_prefixlen: 24 })
    const scope = await make(api, 'address_scope', { name: 's', ip_version: 4 })
    const things = [
      ['network', 'networks', network.id],
      ['subnetpool', 'subnetpools', pool.id],
      ['address_scope', 'address-scopes', scope.id],
    ] as const
    for (const [type, path, id] of things) {
      assert.deepEqual(await ids(api, path, 'bob'), [])
      await grant(database.store, type, id, 'b')
      for (const list of [path, `${path}?shared=true`, `${path}?shared=true&shared=false`]) {
        assert.deepEqual(await ids(api, list, 'bob'), [id])
      }
      assert.deepEqual(await ids(api, `${path}?shared=false`, 'bob'), [])
      assert.deepEqual(await ids(api, `${path}?shared=false`, 'alice'), [id])
      const shown = [
        await api.call('bob', 'GET', `/v2.0/${path}/${id}`),
        await api.call('alice', 'GET', `/v2.0/${path}/${id}`),
      ]
      assert.deepEqual(
        shown.map(({ body }) => body[type].shared),
        [true, false],
      )
      const fields = await api.call('bob', 'GET', `/v2.0/${path}?fields=shared&fields=id`)
      assert.deepEqual(fields.body[`${type}s`], [{ id, shared: true }])
      refused(
        await api.call('bob', 'PUT', `/v2.0/${path}/${id}`, { [type]: { name: 'mine' } }),
        403,
        'PolicyNotAuthorized',
      )
      refused(await api.call('bob', 'DELETE', `/v2.0/${path}/${id}`), 403, 'PolicyNotAuthorized')
    }
    assert.deepEqual(await ids(api, 'subnets', 'bob'), [subnet.id])
    assert.deepEqual(await ids(api, 'subnets?shared=true', 'bob'), [subnet.id])
    assert.deepEqual(await ids(api, 'subnets?shared=true', 'alice'), [])
    const port = await make(api, 'port', { network_id: network.id, fixed_ips: [{ subnet_id: subnet.id }] }, 'bob')
    assert.equal(port.project_id, 'b')
    const router = await make(api, 'router', { name: 'r' }, 'bob')
    const added = await api.call('bob', 'PUT', `/v2.0/routers/${router.id}/add_router_interface`, {
      subnet_id: subnet.id,
    })
    assert.notEqual(added.body?.NeutronError?.type, 'SubnetNotFound', added.text)
    const own = await make(api, 'network', { name: 'own' }, 'bob')
    const cut = await make(api, 'subnet', { network_id: own.id, subnetpool_id: pool.id, ip_version: 4 }, 'bob')
    assert.equal(cut.cidr, '10.0.0.0/24')
  })

  test('an external network of one project is seen, and routed through, by that project alone', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features, ML2)
    const network = await make(api, 'network', { name: 'n', 'router:external': true }, 'admin')
    await make(api, 'subnet', { network_id: network.id, cidr: '203.0.113.0/24', ip_version: 4 }, 'admin')
    assert.deepEqual(await ids(api, 'networks?router:external=true', 'bob'), [network.id])
    await database.store.transaction((tx) => tx.remove(rbacPolicies, { object_id: network.id }))
    await grant(database.store, 'network', network.id, 'b', 'access_as_external')
    assert.deepEqual(await ids(api, 'networks', 'alice'), [])
    assert.deepEqual(await ids(api, 'subnets', 'alice'), [])
    assert.equal((await ids(api, 'subnets', 'bob')).length, 1)
    const shown = await api.call('bob', 'GET', `/v2.0/networks/${network.id}`)
    assert.deepEqual([shown.body.network['router:external'], shown.body.network.shared], [true, false])
    const gateway = { external_gateway_info: { network_id: network.id } }
    await make(api, 'router', gateway, 'bob')
    await make(api, 'floatingip', { floating_network_id: network.id }, 'bob')
    refused(await api.call('alice', 'POST', '/v2.0/routers', { router: gateway }), 404, 'NetworkNotFound')
    const floatingip = { floating_network_id: network.id }
    refused(await api.call('alice', 'POST', '/v2.0/floatingips', { floatingip }), 404, 'NetworkNotFound')
    refused(
      await api.call('bob', 'POST', '/v2.0/ports', { port: { network_id: network.id } }),
      403,
      'PolicyNotAuthorized',
    )
  })

  test('flags make and remove the entry for everybody; entries for others stay; a deleted object has none', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features, ML2)
    const network = await make(api, 'network', { shared: true, 'router:external': true }, 'admin')
    const entries = async () => {
      const all = await database.store.read((tx) => tx.list(rbacPolicies))
      return all.map(({ action, target_tenant }) => `${action} ${target_tenant}`).sort()
    }
    const change = (values: object) => api.call('admin', 'PUT', `/v2.0/networks/${network.id}`, { network: values })
    assert.deepEqual(await entries(), ['access_as_external *', 'access_as_shared *'])
    await grant(database.store, 'network', network.id, 'b')
    const before = await change({ shared: true })
    assert.equal(before.body.network.revision_number, network.revision_number)
    const after = await change({ shared: false, 'router:external': false })
    assert.deepEqual([after.body.network.shared, after.body.network['router:external']], [false, false])
    assert.equal(after.body.network.revision_number, network.revision_number + 1)
    assert.deepEqual(await entries(), ['access_as_shared b'])
    assert.equal((await change({ shared: true })).body.network.revision_number, network.revision_number + 2)
    assert.deepEqual(await entries(), ['access_as_shared *', 'access_as_shared b'])
    assert.equal((await api.call('admin', 'DELETE', `/v2.0/networks/${network.id}`)).status, 204)
    assert.deepEqual(await entries(), [])
  })
})
