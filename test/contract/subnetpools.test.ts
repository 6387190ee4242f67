/** Subnet pools and address scopes over HTTP, on every database, and who gets which prefix when many ask at once. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cidrsOverlap, parseCidr } from '#base/ip.ts'
import { discover } from '#plugin/discover.ts'
import { forEachDatabase, type OpenFresh } from '../databases.ts'
import { type Answer, startTestApi, type TestApi } from '../fakes/api.ts'
import { ML2 } from '../fakes/core.ts'

const features = await discover()
const migrations = features.flatMap((feature) => feature.migrations)

// biome-ignore lint/suspicious/noExplicitAny: whatever the server said
type Body = any

const pathOf = (resource: string) => `/v2.0/${resource.replaceAll('_', '-')}s`
const post = (api: TestApi, resource: string, values: object, token = 'alice') =>
  api.call(token, 'POST', pathOf(resource), { [resource]: values })
const put = (api: TestApi, resource: string, id: string, values: object, token = 'alice') =>
  api.call(token, 'PUT', `${pathOf(resource)}/${id}`, { [resource]: values })

async function make(api: TestApi, resource: string, values: object, token = 'alice'): Promise<Body> {
  const answer = await post(api, resource, values, token)
  assert.equal(answer.status, 201, answer.text)
  return answer.body[resource]
}

async function show(api: TestApi, resource: string, id: string, token = 'alice'): Promise<Body> {
  const answer = await api.call(token, 'GET', `${pathOf(resource)}/${id}`)
  assert.equal(answer.status, 200, answer.text)
  return answer.body[resource]
}

async function refused(answer: Promise<Answer>, status: number, type: string, message?: string): Promise<void> {
  const { status: got, body, text } = await answer
  assert.deepEqual([got, body?.NeutronError?.type], [status, type], text)
  if (message !== undefined) assert.equal(body.NeutronError.message, message)
}

async function withApi(openFresh: OpenFresh, run: (api: TestApi) => Promise<void>): Promise<void> {
  await using database = await openFresh(migrations)
  await using api = await startTestApi(database.store, features, ML2)
  await run(api)
}

/** A subnet of a new network, from that pool. */
async function cut(api: TestApi, pool: string, values: object = {}, token = 'alice'): Promise<Body> {
  const network = await make(api, 'network', {}, token)
  return make(api, 'subnet', { network_id: network.id, ip_version: 4, subnetpool_id: pool, ...values }, token)
}

forEachDatabase((_name, openFresh) => {
  test('a pool is compacted, has bounds by its IP version, and shows them as texts', () =>
    withApi(openFresh, async (api) => {
      const pool = await make(api, 'subnetpool', { name: 'p', prefixes: ['10.1.0.0/16', '10.0.7.9/16', '10.9.0.0/24'] })
      const { id, created_at, updated_at, ...rest } = pool
      assert.equal(created_at, updated_at)
      assert.partialDeepStrictEqual(rest, {
        name: 'p',
        description: '',
        project_id: 'a',
        tenant_id: 'a',
        prefixes: ['10.0.0.0/15', '10.9.0.0/24'],
        ip_version: 4,
        min_prefixlen: '8',
        default_prefixlen: '8',
        max_prefixlen: '32',
        default_quota: null,
        is_default: false,
        shared: false,
        address_scope_id: null,
        revision_number: 0,
      })
      const six = await make(api, 'subnetpool', { name: 'p6', prefixes: ['2001:DB8::/32'], default_prefixlen: '80' })
      assert.deepEqual([six.min_prefixlen, six.default_prefixlen, six.max_prefixlen], ['64', '80', '128'])
      assert.deepEqual(six.prefixes, ['2001:db8::/32'])
      const list = await api.call('alice', 'GET', '/v2.0/subnetpools?ip_version=6&min_prefixlen=64')
      assert.deepEqual(
        list.body.subnetpools.map((each: Body) => each.id),
        [six.id],
      )

      const changed = await put(api, 'subnetpool', id, { prefixes: ['10.0.0.0/14', '10.9.0.0/24'], min_prefixlen: 20 })
      assert.equal(changed.body.NeutronError.type, 'IllegalSubnetPoolPrefixBounds', changed.text)
      const good = await put(api, 'subnetpool', id, {
        prefixes: ['10.0.0.0/12'],
        min_prefixlen: 20,
        default_prefixlen: 24,
      })
      assert.deepEqual(good.body.subnetpool.prefixes, ['10.0.0.0/12'])
      assert.equal(good.body.subnetpool.revision_number, 1)
      const quota = await api.call('alice', 'GET', '/v2.0/quotas/a')
      assert.equal(quota.body.quota.subnetpool, -1)
      assert.equal((await api.call('alice', 'DELETE', `/v2.0/subnetpools/${id}`)).status, 204)
    }))

  test('what cannot be a pool is refused in upstream words', () =>
    withApi(openFresh, async (api) => {
      const prefixes = ['10.0.0.0/16']
      const cases: [object, string, string][] = [
        [{ prefixes: [] }, 'EmptySubnetPoolPrefixList', 'Empty subnet pool prefix list.'],
        [
          { prefixes: ['10.0.0.0/8', 'fd00::/48'] },
          'PrefixVersionMismatch',
          'Cannot mix IPv4 and IPv6 prefixes in a subnet pool.',
        ],
        [
          { prefixes, min_prefixlen: 24, max_prefixlen: 20 },
          'IllegalSubnetPoolPrefixBounds',
          'Illegal prefix bounds: min_prefixlen=24, max_prefixlen=20.',
        ],
        [
          { prefixes, max_prefixlen: 33 },
          'IllegalSubnetPoolPrefixBounds',
          'Illegal prefix bounds: max_prefixlen=33, ip_version_max=32.',
        ],
        [
          { prefixes, default_prefixlen: 4 },
          'IllegalSubnetPoolPrefixBounds',
          'Illegal prefix bounds: default_prefixlen=4, min_prefixlen=8.',
        ],
        [
          { prefixes, default_prefixlen: 25, max_prefixlen: 24 },
          'IllegalSubnetPoolPrefixBounds',
          'Illegal prefix bounds: default_prefixlen=25, max_prefixlen=24.',
        ],
        [
          { prefixes: ['10.0.0.1'] },
          'HTTPBadRequest',
          "Invalid input for prefixes. Reason: '10.0.0.1' isn't a recognized IP subnet cidr, '10.0.0.1/32' is recommended.",
        ],
        [{ prefixes, name: ' ' }, 'HTTPBadRequest', "Invalid input for name. Reason: ' ' is not a valid string."],
        [
          { prefixes, name: '' },
          'HTTPBadRequest',
          "Invalid input for name. Reason: '' Blank strings are not permitted.",
        ],
      ]
      for (const [values, type, message] of cases) {
        await refused(post(api, 'subnetpool', { name: 'p', ...values }), 400, type, message)
      }
      const pool = await make(api, 'subnetpool', { name: 'p', prefixes })
      await refused(
        put(api, 'subnetpool', pool.id, { prefixes: ['10.0.0.0/20'] }),
        400,
        'IllegalSubnetPoolPrefixUpdate',
        'Illegal update to prefixes: Existing prefixes must be a subset of the new prefixes.',
      )
      await refused(put(api, 'subnetpool', pool.id, { shared: true }), 400, 'HTTPBadRequest')
      await refused(post(api, 'subnetpool', { name: 'p', prefixes, shared: true }), 403, 'PolicyNotAuthorized')
      await refused(post(api, 'subnetpool', { name: 'p', prefixes, is_default: true }), 403, 'PolicyNotAuthorized')
      await refused(api.call('bob', 'GET', `/v2.0/subnetpools/${pool.id}`), 404, 'SubnetPoolNotFound')
      const shared = await make(api, 'subnetpool', { name: 's', prefixes, shared: true }, 'admin')
      assert.equal((await show(api, 'subnetpool', shared.id, 'bob')).shared, true)
      await refused(put(api, 'subnetpool', shared.id, { name: 'mine' }, 'bob'), 403, 'PolicyNotAuthorized')
    }))

  test('subnets are cut from a pool: any block, one of a size, or the one that was named', () =>
    withApi(openFresh, async (api) => {
      const values = {
        name: 'p',
        prefixes: ['10.4.0.0/22'],
        min_prefixlen: 23,
        default_prefixlen: 24,
        max_prefixlen: 26,
      }
      const pool = await make(api, 'subnetpool', values)
      const first = await cut(api, pool.id)
      assert.deepEqual([first.cidr, first.gateway_ip, first.subnetpool_id], ['10.4.0.0/24', '10.4.0.1', pool.id])
      assert.deepEqual(first.allocation_pools, [{ start: '10.4.0.2', end: '10.4.0.254' }])
      assert.equal((await cut(api, pool.id, { prefixlen: 26 })).cidr, '10.4.1.0/26')
      const named = { cidr: '10.4.3.128/25', allocation_pools: [{ start: '10.4.3.200', end: '10.4.3.210' }] }
      assert.deepEqual((await cut(api, pool.id, named)).allocation_pools, named.allocation_pools)
      const beside = await cut(api, pool.id, { prefixlen: 25, gateway_ip: '10.4.2.9' })
      assert.deepEqual([beside.cidr, beside.gateway_ip], ['10.4.2.0/25', '10.4.2.9'])
      assert.equal((await cut(api, pool.id, { prefixlen: 25, gateway_ip: null })).gateway_ip, null)

      const network = await make(api, 'network', {})
      const ask = (more: object) =>
        post(api, 'subnet', { network_id: network.id, ip_version: 4, subnetpool_id: pool.id, ...more })
      const bad = (msg: string) => [400, 'BadRequest', `Bad subnets request: ${msg}.`] as const
      await refused(ask({ ip_version: 6 }), ...bad('Cannot allocate IPv6 subnet from IPv4 subnet pool'))
      await refused(
        ask({ use_default_subnetpool: true }),
        ...bad('subnetpool_id and use_default_subnetpool cannot both be specified'),
      )
      await refused(
        ask({ allocation_pools: [] }),
        ...bad('allocation_pools allowed only for specific subnet requests.'),
      )
      await refused(
        ask({ cidr: '10.4.3.0/26', prefixlen: 26 }),
        ...bad('cidr and prefixlen must not be supplied together'),
      )
      await refused(
        ask({ prefixlen: 27 }),
        400,
        'MaxPrefixSubnetAllocationError',
        'Unable to allocate subnet with prefix length 27, maximum allowed prefix is 26.',
      )
      await refused(
        ask({ cidr: '10.4.0.0/22' }),
        400,
        'MinPrefixSubnetAllocationError',
        'Unable to allocate subnet with prefix length 22, minimum allowed prefix is 23.',
      )
      await refused(
        ask({ cidr: '10.4.0.0/26' }),
        500,
        'SubnetAllocationError',
        'Failed to allocate subnet: Cannot allocate requested subnet from the available set of prefixes.',
      )
      await refused(
        ask({}),
        500,
        'SubnetAllocationError',
        'Failed to allocate subnet: Insufficient prefix space to allocate subnet size /24.',
      )
      await refused(
        api.call('alice', 'DELETE', `/v2.0/subnetpools/${pool.id}`),
        400,
        'SubnetPoolDeleteError',
        'Unable to delete subnet pool: Subnet pool has existing allocations.',
      )
      assert.equal((await api.call('alice', 'DELETE', `/v2.0/subnets/${first.id}`)).status, 204)
      assert.equal((await ask({})).body.subnet.cidr, '10.4.0.0/24')

      const six = await make(api, 'subnetpool', { name: 'six', prefixes: ['2001:db8::/48'] })
      const other = { network_id: network.id, ip_version: 6, subnetpool_id: six.id, ipv6_ra_mode: 'slaac' }
      const subnet = await make(api, 'subnet', { ...other, ipv6_address_mode: 'slaac' })
      assert.deepEqual([subnet.cidr, subnet.gateway_ip], ['2001:db8::/64', '2001:db8::1'])
    }))

  test('a project gets as much of a pool as its quota says, whoever owns the pool', () =>
    withApi(openFresh, async (api) => {
      const values = { name: 'p', prefixes: ['10.0.0.0/16'], default_quota: 512, default_prefixlen: 24, shared: true }
      const pool = await make(api, 'subnetpool', values, 'admin')
      await cut(api, pool.id)
      await cut(api, pool.id)
      const network = await make(api, 'network', {})
      const one = { network_id: network.id, ip_version: 4, subnetpool_id: pool.id, prefixlen: 32, enable_dhcp: false }
      await refused(
        post(api, 'subnet', one),
        409,
        'SubnetPoolQuotaExceeded',
        'Per-project subnet pool prefix quota exceeded.',
      )
      await cut(api, pool.id, {}, 'bob')
    }))

  test('the default pool of an IP version is one, and the one of those who ask for it', () =>
    withApi(openFresh, async (api) => {
      const network = await make(api, 'network', {})
      const ask = { network_id: network.id, ip_version: 4, use_default_subnetpool: true, prefixlen: 24 }
      const none = 'Bad subnets request: No default subnetpool found for IPv4.'
      await refused(post(api, 'subnet', ask), 400, 'BadRequest', none)
      const four = { name: 'd', prefixes: ['10.0.0.0/16'], is_default: true, shared: true }
      const answers = await Promise.all([1, 2, 3, 4].map(() => post(api, 'subnetpool', four, 'admin')))
      assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 400, 400, 400])
      const again = answers.find(({ status }) => status === 400)!
      assert.equal(
        again.body.NeutronError.message,
        'Invalid input for operation: A default subnetpool for this IP family has already been set. ' +
          'Only one default may exist per IP family.',
      )
      const pool = answers.find(({ status }) => status === 201)!.body.subnetpool
      await make(api, 'subnetpool', { ...four, prefixes: ['fd00::/48'], shared: false }, 'admin')
      const subnet = await make(api, 'subnet', ask)
      assert.equal(subnet.subnetpool_id, pool.id)
      assert.ok(!('use_default_subnetpool' in subnet))
      await refused(post(api, 'subnet', { ...ask, ip_version: 6 }), 400, 'BadRequest')

      const next = await make(api, 'subnetpool', { ...four, is_default: false, prefixes: ['10.1.0.0/16'] }, 'admin')
      await refused(put(api, 'subnetpool', next.id, { is_default: true }, 'admin'), 400, 'InvalidInput')
      assert.equal((await put(api, 'subnetpool', pool.id, { is_default: false }, 'admin')).status, 200)
      assert.equal((await put(api, 'subnetpool', next.id, { is_default: true }, 'admin')).status, 200)
      assert.equal((await api.call('admin', 'DELETE', `/v2.0/subnetpools/${next.id}`)).status, 204)
      assert.equal((await put(api, 'subnetpool', pool.id, { is_default: true }, 'admin')).status, 200)
    }))

  test('prefixes are added and, where no subnet uses them, removed', () =>
    withApi(openFresh, async (api) => {
      const pool = await make(api, 'subnetpool', { name: 'p', prefixes: ['10.0.0.0/24'], default_prefixlen: 24 })
      const act = (action: string, prefixes: unknown, token = 'alice') =>
        api.call(token, 'PUT', `/v2.0/subnetpools/${pool.id}/${action}`, { prefixes })
      assert.deepEqual((await act('add_prefixes', ['10.0.1.0/24'])).body, { prefixes: ['10.0.0.0/23'] })
      assert.deepEqual((await act('add_prefixes', ['10.0.1.0/25'])).body, { prefixes: ['10.0.0.0/23'] })
      await cut(api, pool.id)
      await refused(
        act('remove_prefixes', ['10.0.0.128/25']),
        400,
        'IllegalSubnetPoolPrefixUpdate',
        'Illegal update to prefixes: One or more the prefixes to be removed is in use by a subnet..',
      )
      assert.deepEqual((await act('remove_prefixes', ['10.7.0.0/24'])).body, { prefixes: ['10.0.0.0/23'] })
      assert.deepEqual((await act('remove_prefixes', ['10.0.1.0/25'])).body, {
        prefixes: ['10.0.0.0/24', '10.0.1.128/25'],
      })
      const shown = await show(api, 'subnetpool', pool.id)
      assert.deepEqual(shown.prefixes, ['10.0.0.0/24', '10.0.1.128/25'])
      assert.equal(shown.revision_number, 2)
      await refused(act('add_prefixes', []), 400, 'HTTPBadRequest', 'Request body contains invalid data')
      await refused(act('add_prefixes', ['x']), 400, 'HTTPBadRequest')
      assert.equal((await act('add_prefixes', ['10.9.0.0/24'], 'bob')).status, 404)
    }))

  test('subnets of a network come from one pool for each IP version, or from pools of one address scope', () =>
    withApi(openFresh, async (api) => {
      const scope = await make(api, 'address_scope', { name: 's', ip_version: 4 })
      const values = { name: 'p', default_prefixlen: 24, address_scope_id: scope.id }
      const one = await make(api, 'subnetpool', { ...values, prefixes: ['10.1.0.0/16'] })
      const two = await make(api, 'subnetpool', { ...values, prefixes: ['10.2.0.0/16'] })
      const free = await make(api, 'subnetpool', { ...values, prefixes: ['10.1.0.0/16'], address_scope_id: null })
      const network = await make(api, 'network', {})
      const other = await make(api, 'network', {})
      const on = (id: string, more: object) => post(api, 'subnet', { network_id: id, ip_version: 4, ...more })
      assert.equal(network.ipv4_address_scope, null)
      assert.equal((await on(network.id, { subnetpool_id: one.id })).status, 201)
      assert.equal((await on(network.id, { subnetpool_id: two.id })).status, 201)
      await refused(on(network.id, { cidr: '10.9.0.0/24', subnetpool_id: free.id }), 500, 'SubnetAllocationError')
      await refused(
        on(network.id, { cidr: '10.1.9.0/24', subnetpool_id: free.id }),
        400,
        'NetworkAddressScopeAffinityError',
        'Subnets of the same address family hosted on the same network must all participate in the same address scope.',
      )
      await refused(
        on(network.id, { cidr: '10.9.0.0/24' }),
        400,
        'NetworkSubnetPoolAffinityError',
        'Subnets hosted on the same network must be allocated from the same subnet pool.',
      )
      assert.equal((await on(network.id, { cidr: 'fd00::/64', ip_version: 6 })).status, 201)
      assert.equal((await on(other.id, { cidr: '10.9.0.0/24' })).status, 201)
      await refused(on(other.id, { subnetpool_id: free.id }), 400, 'NetworkSubnetPoolAffinityError')

      const listed = (await api.call('alice', 'GET', '/v2.0/networks')).body.networks
      const shown = new Map(listed.map((each: Body) => [each.id, [each.ipv4_address_scope, each.ipv6_address_scope]]))
      assert.deepEqual(shown.get(network.id), [scope.id, null])
      assert.deepEqual(shown.get(other.id), [null, null])
      const elsewhere = await make(api, 'address_scope', { name: 'e', ip_version: 4 })
      await refused(
        put(api, 'subnetpool', one.id, { address_scope_id: elsewhere.id }),
        400,
        'NetworkAddressScopeAffinityError',
      )
      assert.equal((await put(api, 'subnetpool', free.id, { address_scope_id: elsewhere.id })).status, 200)
    }))

  test('a scope takes pools of its owner and IP version whose prefixes are in no other, one at a time', () =>
    withApi(openFresh, async (api) => {
      const scope = await make(api, 'address_scope', { name: 's', ip_version: 4 })
      assert.deepEqual(Object.keys(scope).sort(), ['id', 'ip_version', 'name', 'project_id', 'shared', 'tenant_id'])
      const pool = { name: 'p', prefixes: ['10.0.0.0/16'], address_scope_id: scope.id }
      const answers = await Promise.all([1, 2, 3, 4].map(() => post(api, 'subnetpool', pool)))
      assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409, 409])
      const conflict = answers.find(({ status }) => status === 409)!
      assert.deepEqual(conflict.body.NeutronError, {
        type: 'AddressScopePrefixConflict',
        message: 'Failed to associate address scope: subnetpools within an address scope must have unique prefixes.',
        detail: '',
      })
      const twice = await api.call('alice', 'POST', '/v2.0/subnetpools', {
        subnetpools: [1, 2].map(() => ({ ...pool, prefixes: ['10.7.0.0/16'] })),
      })
      assert.equal(twice.status, 409, twice.text)
      const apart = await make(api, 'subnetpool', { ...pool, prefixes: ['10.2.0.0/16'] })
      await refused(put(api, 'subnetpool', apart.id, { prefixes: ['10.0.0.0/8'] }), 409, 'AddressScopePrefixConflict')
      await refused(
        post(api, 'subnetpool', { ...pool, prefixes: ['fd00::/48'] }),
        400,
        'IllegalSubnetPoolIpVersionAssociationToAddressScope',
      )
      const unknown = '00000000-0000-4000-8000-000000000000'
      await refused(
        post(api, 'subnetpool', { ...pool, address_scope_id: unknown }),
        404,
        'AddressScopeNotFound',
        `Address scope ${unknown} could not be found.`,
      )
      await refused(post(api, 'subnetpool', pool, 'bob'), 404, 'AddressScopeNotFound')
      await refused(
        api.call('alice', 'DELETE', `/v2.0/address-scopes/${scope.id}`),
        409,
        'AddressScopeInUse',
        `Unable to complete operation on address scope ${scope.id}. ` +
          'There are one or more subnet pools in use on the address scope.',
      )
      await refused(put(api, 'address_scope', scope.id, { shared: true }), 403, 'PolicyNotAuthorized')
      await refused(api.call('bob', 'GET', `/v2.0/address-scopes/${scope.id}`), 404, 'AddressScopeNotFound')

      const shared = await make(api, 'address_scope', { name: 'all', ip_version: 4, shared: true }, 'admin')
      await refused(
        put(api, 'address_scope', shared.id, { shared: false }, 'admin'),
        400,
        'AddressScopeUpdateError',
        `Unable to update address scope ${shared.id} : Shared address scope can't be unshared.`,
      )
      const free = await make(api, 'subnetpool', { name: 'f', prefixes: ['10.3.0.0/16'] })
      assert.equal((await put(api, 'subnetpool', free.id, { address_scope_id: shared.id })).status, 200)
      await refused(
        put(api, 'subnetpool', free.id, { name: 'mine' }),
        400,
        'IllegalSubnetPoolUpdate',
        `Illegal subnetpool update : subnetpool ${free.id} cannot be updated when associated with ` +
          `shared address scope ${shared.id}.`,
      )
      assert.equal(
        (await put(api, 'subnetpool', apart.id, { address_scope_id: null })).body.subnetpool.address_scope_id,
        null,
      )
    }))

  test('of forty who ask two servers at once, as many get a prefix as there are, and no two the same', async () => {
    await using database = await openFresh(migrations)
    await using first = await startTestApi(database.store, features, ML2)
    await using second = await startTestApi(await database.open(), features, ML2)
    const values = { name: 'p', prefixes: ['10.0.0.0/20', '10.0.32.0/21'], default_prefixlen: 24, shared: true }
    const pool = await make(first, 'subnetpool', values, 'admin')
    const ids = await Promise.all(Array.from({ length: 8 }, async () => (await make(first, 'network', {})).id))
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => {
        const subnet = { network_id: ids[index % 8], ip_version: 4, subnetpool_id: pool.id }
        return post(index % 2 ? first : second, 'subnet', index % 5 ? subnet : { ...subnet, cidr: '10.0.33.0/24' })
      }),
    )
    const made = answers.filter(({ status }) => status === 201).map(({ body }) => parseCidr(body.subnet.cidr)!)
    const types = answers.filter(({ status }) => status !== 201).map(({ body }) => body.NeutronError.type)
    assert.deepEqual([...new Set(types)], ['SubnetAllocationError'])
    assert.equal(made.length, 24)
    for (const [index, one] of made.entries()) {
      assert.ok(!made.slice(index + 1).some((other) => cidrsOverlap(one, other)))
    }
    const gone = first.call('admin', 'DELETE', `/v2.0/subnetpools/${pool.id}`)
    await refused(gone, 400, 'SubnetPoolDeleteError')
  })

  test("a network's subnets are taken into a pool, and the network into its scope", () =>
    withApi(openFresh, async (api) => {
      const scope = await make(api, 'address_scope', { ip_version: 4 })
      const pool = await make(api, 'subnetpool', { name: 'p', prefixes: ['10.8.0.0/16'], address_scope_id: scope.id })
      const network = await make(api, 'network', {})
      const subnets: Body[] = []
      for (const cidr of ['10.0.0.0/24', '10.0.1.0/24']) {
        subnets.push(await make(api, 'subnet', { network_id: network.id, ip_version: 4, cidr }))
      }
      const v6 = await make(api, 'subnet', { network_id: network.id, ip_version: 6, cidr: 'fd00::/64' })
      const path = `/v2.0/subnetpools/${pool.id}/onboard_network_subnets`
      const onboard = (body: object, token = 'alice') => api.call(token, 'PUT', path, body)
      const wrong = 'Invalid input for operation: network_id must be specified..'
      await refused(onboard({}), 400, 'InvalidInput', wrong)
      await refused(onboard({ network_id: 'x' }), 404, 'NetworkNotFound')
      const foreign = await make(api, 'network', {}, 'bob')
      await refused(onboard({ network_id: foreign.id }), 404, 'NetworkNotFound')
      const shared = await make(api, 'network', { shared: true }, 'admin')
      await refused(onboard({ network_id: shared.id }), 403, 'NotAuthorized', 'Not authorized.')
      await refused(onboard({ network_id: network.id }, 'reader'), 403, 'PolicyNotAuthorized')
      assert.equal((await onboard({ network_id: network.id }, 'bob')).status, 404)

      const { status, body } = await onboard({ network_id: network.id })
      assert.equal(status, 200)
      const byCidr = (a: Body, b: Body) => (a.cidr < b.cidr ? -1 : 1)
      assert.deepEqual(
        body.toSorted(byCidr),
        subnets.map(({ id, cidr }) => ({ id, cidr })),
      )
      assert.deepEqual((await show(api, 'subnetpool', pool.id)).prefixes, ['10.0.0.0/23', '10.8.0.0/16'])
      assert.deepEqual(
        [(await show(api, 'subnet', subnets[0].id)).subnetpool_id, (await show(api, 'subnet', v6.id)).subnetpool_id],
        [pool.id, null],
      )
      assert.equal((await show(api, 'network', network.id)).ipv4_address_scope, scope.id)
      const again =
        `Illegal subnetpool update : Onboarding subnet ${body[0].id}: ${body[0].cidr} conflicts with ` +
        `allocated prefixes in subnet pool ${pool.id}.`
      await refused(onboard({ network_id: network.id }), 400, 'IllegalSubnetPoolUpdate', again)

      // What another pool of the scope has is no pool's to take: nothing changes then.
      await make(api, 'subnetpool', { name: 'q', prefixes: ['10.20.0.0/16'], address_scope_id: scope.id })
      const other = await make(api, 'network', {})
      const held = await make(api, 'subnet', { network_id: other.id, ip_version: 4, cidr: '10.20.0.0/24' })
      await refused(onboard({ network_id: other.id }), 409, 'AddressScopePrefixConflict')
      assert.equal((await show(api, 'subnet', held.id)).subnetpool_id, null)
      const bare = await make(api, 'network', {})
      assert.deepEqual((await onboard({ network_id: bare.id })).body, [])
    }))
})
