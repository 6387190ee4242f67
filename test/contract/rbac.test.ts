/** Entries of RBAC over HTTP, on every database: who makes, changes and deletes which, and what keeps them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forEachDatabase, type OpenFresh } from '../databases.ts'
import { refused, startTestApi, type TestApi } from '../fakes/api.ts'
import { coreFeatures, ML2 } from '../fakes/core.ts'

const features = await coreFeatures()
const migrations = features.flatMap((feature) => feature.migrations)
const PATH = '/v2.0/rbac-policies'
const NOTHING = '00000000-0000-4000-8000-000000000001'

// biome-ignore lint/suspicious/noExplicitAny: whatever the server said
type Body = any

const pathOf = (resource: string) => (resource === 'rbac_policy' ? PATH : `/v2.0/${resource.replaceAll('_', '-')}s`)
const post = (api: TestApi, resource: string, values: object, token = 'alice') =>
  api.call(token, 'POST', pathOf(resource), { [resource]: values })
const put = (api: TestApi, resource: string, id: string, values: object, token = 'alice') =>
  api.call(token, 'PUT', `${pathOf(resource)}/${id}`, { [resource]: values })
const del = (api: TestApi, resource: string, id: string, token = 'alice') =>
  api.call(token, 'DELETE', `${pathOf(resource)}/${id}`)

async function make(api: TestApi, resource: string, values: object, token = 'alice'): Promise<Body> {
  const answer = await post(api, resource, values, token)
  assert.equal(answer.status, 201, answer.text)
  return answer.body[resource]
}

async function withApi(openFresh: OpenFresh, run: (api: TestApi) => Promise<void>, values = {}): Promise<void> {
  await using database = await openFresh(migrations)
  await using api = await startTestApi(database.store, features, { ...ML2, ...values })
  await run(api)
}

const sharing = (object_type: string, object_id: string, target_tenant = 'b', action = 'access_as_shared') => ({
  object_type,
  object_id,
  target_tenant,
  action,
})
const invalid = (reason: string) => `Invalid input for operation: ${reason}.`

forEachDatabase((_name, openFresh) => {
  test('members share what is theirs with projects they name, and see and change their entries alone', () =>
    withApi(openFresh, async (api) => {
      const network = await make(api, 'network', { name: 'n' })
      const entry = await make(api, 'rbac_policy', sharing('network', network.id))
      const { id, ...rest } = entry
      assert.deepEqual(rest, { ...sharing('network', network.id), project_id: 'a', tenant_id: 'a' })
      assert.deepEqual((await api.call('reader', 'GET', `${PATH}/${id}`)).body, { rbac_policy: entry })
      assert.deepEqual((await api.call('alice', 'GET', `${PATH}?target_tenant=b`)).body.rbac_policies, [entry])
      assert.deepEqual((await api.call('bob', 'GET', PATH)).body.rbac_policies, [])
      const absent = (id: string) => `RBAC policy of type unknown with ID ${id} not found`
      for (const each of [id, NOTHING]) {
        refused(await api.call('bob', 'GET', `${PATH}/${each}`), 404, 'RbacPolicyNotFound', absent(each))
        refused(
          await put(api, 'rbac_policy', each, { target_tenant: 'c' }, 'bob'),
          404,
          'RbacPolicyNotFound',
          absent(each),
        )
        refused(await del(api, 'rbac_policy', each, 'bob'), 404, 'RbacPolicyNotFound', absent(each))
      }
      refused(await put(api, 'rbac_policy', id, { target_tenant: 'c' }, 'reader'), 403, 'PolicyNotAuthorized')
      refused(await del(api, 'rbac_policy', id, 'reader'), 403, 'PolicyNotAuthorized')
      refused(await put(api, 'rbac_policy', id, { target_tenant: '*' }), 403, 'PolicyNotAuthorized')
      refused(await put(api, 'rbac_policy', id, { action: 'access_as_external' }), 400, 'HTTPBadRequest')
      const before = (await api.call('alice', 'GET', `/v2.0/networks/${network.id}`)).body.network
      const changed = await put(api, 'rbac_policy', id, { target_tenant: 'c' })
      assert.deepEqual(changed.body.rbac_policy, { ...entry, target_tenant: 'c' })
      refused(await api.call('bob', 'GET', `/v2.0/networks/${network.id}`), 404, 'NetworkNotFound')
      const after = (await api.call('alice', 'GET', `/v2.0/networks/${network.id}`)).body.network
      assert.equal(after.revision_number, before.revision_number + 1)
      assert.equal((await del(api, 'rbac_policy', id)).status, 204)
      assert.deepEqual((await api.call('alice', 'GET', PATH)).body.rbac_policies, [])
    }))

  test('what is no object of the caller to share is refused, and told as if it were not there', () =>
    withApi(openFresh, async (api) => {
      const network = await make(api, 'network', { name: 'n' })
      const type = (text: string) => invalid(`'${text}' is not a valid RBAC object type`)
      refused(await post(api, 'rbac_policy', sharing('port', network.id)), 400, 'InvalidInput', type('port'))
      refused(await post(api, 'rbac_policy', sharing('subnet', network.id)), 400, 'InvalidInput', type('subnet'))
      const action = (actions: string) =>
        `Invalid action 'access_as_owner' for object type 'network'. Valid actions: ${actions}`
      refused(
        await post(api, 'rbac_policy', sharing('network', network.id, 'b', 'access_as_owner')),
        400,
        'InvalidActionForType',
        action("('access_as_shared', 'access_as_external')"),
      )
      for (const id of [network.id, NOTHING]) {
        const answer = await post(api, 'rbac_policy', sharing('network', id), 'bob')
        refused(answer, 400, 'InvalidInput', invalid(`Network ${id} could not be found`))
      }
      await make(api, 'rbac_policy', sharing('network', network.id))
      const foreign = invalid('Only admins can manipulate policies on networks they do not own')
      refused(await post(api, 'rbac_policy', sharing('network', network.id, 'c'), 'bob'), 400, 'InvalidInput', foreign)
      refused(await post(api, 'rbac_policy', sharing('network', network.id)), 409, 'DuplicateRbacPolicy')
      refused(await post(api, 'rbac_policy', sharing('network', network.id, '*')), 403, 'PolicyNotAuthorized')
      const twice = { rbac_policies: [sharing('network', network.id, 'q'), sharing('network', network.id, 'q')] }
      refused(await api.call('alice', 'POST', PATH, twice), 409, 'DuplicateRbacPolicy')
      assert.equal((await api.call('alice', 'GET', PATH)).body.rbac_policies.length, 1)
      const other = await make(api, 'rbac_policy', sharing('network', network.id, 'c'))
      refused(await put(api, 'rbac_policy', other.id, { target_tenant: 'b' }), 409, 'DuplicateRbacPolicy')
    }))

  test('an entry stays while a project that has no other needs it', () =>
    withApi(openFresh, async (api) => {
      const uses = {
        network: async () => {
          const object = await make(api, 'network', { name: 'n' })
          return { object, use: () => make(api, 'port', { network_id: object.id }, 'bob'), used: 'port' }
        },
        subnetpool: async () => {
          const object = await make(api, 'subnetpool', { name: 'p', prefixes: ['10.0.0.0/8'] })
          const network = await make(api, 'network', {}, 'bob')
          const subnet = { network_id: network.id, subnetpool_id: object.id, ip_version: 4, prefixlen: 24 }
          return { object, use: () => make(api, 'subnet', subnet, 'bob'), used: 'subnet' }
        },
        address_scope: async () => {
          const object = await make(api, 'address_scope', { name: 's', ip_version: 4 })
          const pool = { name: 'p', prefixes: ['10.0.0.0/8'], address_scope_id: object.id }
          return { object, use: () => make(api, 'subnetpool', pool, 'bob'), used: 'subnetpool' }
        },
        security_group: async () => {
          const object = await make(api, 'security_group', { name: 'g' })
          const network = await make(api, 'network', {}, 'bob')
          const port = { network_id: network.id, security_groups: [object.id] }
          return { object, use: () => make(api, 'port', port, 'bob'), used: 'port' }
        },
        address_group: async () => {
          const object = await make(api, 'address_group', { name: 'g', addresses: ['10.0.0.0/8'] })
          const group = await make(api, 'security_group', { name: 'own' }, 'bob')
          const rule = { security_group_id: group.id, direction: 'ingress', remote_address_group_id: object.id }
          return { object, use: () => make(api, 'security_group_rule', rule, 'bob'), used: 'security_group_rule' }
        },
      }
      for (const [type, prepare] of Object.entries(uses)) {
        const { object, use, used } = await prepare()
        await assert.rejects(use(), /404|403/, type)
        const entry = await make(api, 'rbac_policy', sharing(type, object.id))
        const user = await use()
        const [status, error] = type === 'address_group' ? [404, 'HTTPNotFound'] : [403, 'PolicyNotAuthorized']
        refused(await put(api, type, object.id, { name: 'mine' }, 'bob'), status as number, error as string)
        refused(await del(api, 'rbac_policy', entry.id), 409, 'RbacPolicyInUse')
        refused(await put(api, 'rbac_policy', entry.id, { target_tenant: 'c' }), 409, 'RbacPolicyInUse')
        const all = await make(api, 'rbac_policy', sharing(type, object.id, '*'), 'admin')
        assert.equal((await del(api, 'rbac_policy', entry.id)).status, 204, type)
        refused(await del(api, 'rbac_policy', all.id, 'admin'), 409, 'RbacPolicyInUse')
        const narrowed = await put(api, 'rbac_policy', all.id, { target_tenant: 'b' }, 'admin')
        assert.equal(narrowed.status, 200, narrowed.text)
        assert.equal((await del(api, used, user.id, 'bob')).status, 204)
        assert.equal((await del(api, 'rbac_policy', all.id, 'admin')).status, 204)
        const gone = await api.call('bob', 'GET', `${pathOf(type)}/${object.id}`)
        assert.equal(gone.status, 404, gone.text)
      }
    }))

  test('a network is external as long as it is for somebody, and that stays while its router is there', () =>
    withApi(openFresh, async (api) => {
      const network = await make(api, 'network', { name: 'x' }, 'admin')
      await make(api, 'subnet', { network_id: network.id, cidr: '203.0.113.0/24', ip_version: 4 }, 'admin')
      const external = async (token: string) =>
        (await api.call(token, 'GET', `/v2.0/networks/${network.id}`)).body.network?.['router:external']
      const entry = await make(api, 'rbac_policy', sharing('network', network.id, 'b', 'access_as_external'), 'admin')
      assert.deepEqual(
        [await external('bob'), await external('alice'), await external('admin')],
        [true, undefined, true],
      )
      const gateway = { external_gateway_info: { network_id: network.id } }
      const router = await make(api, 'router', gateway, 'bob')
      refused(await del(api, 'rbac_policy', entry.id, 'admin'), 409, 'RbacPolicyInUse')
      refused(await put(api, 'rbac_policy', entry.id, { target_tenant: 'a' }, 'admin'), 409, 'RbacPolicyInUse')
      refused(await put(api, 'network', network.id, { 'router:external': false }, 'admin'), 409, 'ExternalNetworkInUse')
      const widened = await put(api, 'rbac_policy', entry.id, { target_tenant: '*' }, 'admin')
      assert.equal(widened.status, 200, widened.text)
      assert.equal(await external('alice'), true)
      assert.equal((await del(api, 'router', router.id, 'bob')).status, 204)
      assert.equal((await del(api, 'rbac_policy', entry.id, 'admin')).status, 204)
      assert.deepEqual([await external('bob'), await external('admin')], [undefined, false])
      const subnets = await api.call('admin', 'GET', `/v2.0/subnets?network_id=${network.id}`)
      assert.deepEqual(
        subnets.body.subnets.map((subnet: Body) => subnet['router:external']),
        [false],
      )
    }))

  test('a pool in a scope is shared with those only who may use the scope', () =>
    withApi(openFresh, async (api) => {
      const scope = await make(api, 'address_scope', { name: 's', ip_version: 4 })
      const pool = await make(api, 'subnetpool', { prefixes: ['10.0.0.0/8'], address_scope_id: scope.id, name: 'p' })
      refused(
        await post(api, 'rbac_policy', sharing('subnetpool', pool.id)),
        400,
        'InvalidInput',
        invalid(
          `Failed to create RBAC policy on object ${pool.id} because target project doesn't have access to associated ` +
            'address scope',
        ),
      )
      await make(api, 'rbac_policy', sharing('address_scope', scope.id))
      await make(api, 'rbac_policy', sharing('subnetpool', pool.id))
    }))

  test('entries are under quota, those of flags too, and a deleted object has none left', () =>
    withApi(
      openFresh,
      async (api) => {
        const network = await make(api, 'network', { name: 'n', shared: true, project_id: 'a' }, 'admin')
        await make(api, 'rbac_policy', sharing('network', network.id))
        refused(await post(api, 'rbac_policy', sharing('network', network.id, 'c')), 409, 'OverQuota')
        const changes = await api.started.store.changesSince(0, 100)
        assert.equal(changes.filter(({ resource }) => resource === 'rbac_policy').length, 2)
        assert.equal((await del(api, 'network', network.id)).status, 204)
        assert.deepEqual((await api.call('alice', 'GET', PATH)).body.rbac_policies, [])
      },
      { quotas: { ...ML2.quotas, quota_rbac_policy: '2' } },
    ))

  test('of ten who share the same with the same at once, one does', () =>
    withApi(openFresh, async (api) => {
      const network = await make(api, 'network', { name: 'n' })
      const all = await Promise.all(
        Array.from({ length: 10 }, () => post(api, 'rbac_policy', sharing('network', network.id))),
      )
      assert.deepEqual(all.map(({ status }) => status).sort(), [201, ...Array(9).fill(409)])
    }))
})
