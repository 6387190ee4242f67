/** Addresses left, on every database: sums, filters, pages, and who may know them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { discover } from '#plugin/discover.ts'
import { forEachDatabase, type OpenFresh } from '../databases.ts'
import { startTestApi, type TestApi } from '../fakes/api.ts'
import { ML2 } from '../fakes/core.ts'

const features = await discover([])
const migrations = features.flatMap((feature) => feature.migrations)
const PATH = '/v2.0/network-ip-availabilities'

// biome-ignore lint/suspicious/noExplicitAny: whatever the server said
type Body = any

async function make(api: TestApi, resource: string, values: object, token = 'alice'): Promise<Body> {
  const answer = await api.call(token, 'POST', `/v2.0/${resource}s`, { [resource]: values })
  assert.equal(answer.status, 201, answer.text)
  return answer.body[resource]
}

async function list(api: TestApi, query = '', token = 'admin'): Promise<Body[]> {
  const { status, body, text } = await api.call(token, 'GET', `${PATH}${query}`)
  assert.equal(status, 200, text)
  return body.network_ip_availabilities
}

async function withApi(openFresh: OpenFresh, run: (api: TestApi) => Promise<void>): Promise<void> {
  await using database = await openFresh(migrations)
  await using api = await startTestApi(database.store, features, ML2)
  await run(api)
}

/** A network of alice with a subnet of each family and two ports, one of them beside the pools; one of bob without. */
async function world(api: TestApi) {
  const mine = await make(api, 'network', { name: 'mine' })
  const v4 = await make(api, 'subnet', { network_id: mine.id, ip_version: 4, cidr: '10.0.0.0/24', name: 'v4' })
  const v6 = await make(api, 'subnet', { network_id: mine.id, ip_version: 6, cidr: 'fd00::/64', name: 'v6' })
  await make(api, 'port', { network_id: mine.id })
  await make(api, 'port', { network_id: mine.id, fixed_ips: [{ ip_address: v4.gateway_ip }] })
  const other = await make(api, 'network', { name: 'other' }, 'bob')
  return { mine, v4, v6, other }
}

forEachDatabase((_name, openFresh) => {
  test('totals are those of the pools, exact, and used is what ports have', () =>
    withApi(openFresh, async (api) => {
      const { mine, v4, v6 } = await world(api)
      const { status, body, text } = await api.call('admin', 'GET', `${PATH}/${mine.id}`)
      assert.equal(status, 200)
      const details = (used: number, inPools: number) => ({
        used_ips_in_subnet: used,
        used_ips_in_allocation_pool: inPools,
      })
      const { subnet_ip_availability, ...sums } = body.network_ip_availability
      assert.partialDeepStrictEqual(sums, {
        network_id: mine.id,
        network_name: 'mine',
        project_id: 'a',
        tenant_id: 'a',
        used_ips: 3,
        ip_availability_details: details(3, 2),
      })
      assert.ok(text.includes('"total_ips":18446744073709551868,'), text)
      assert.ok(text.includes('"total_ips_in_subnet":18446744073709551870,'), text)
      assert.equal('ip_version' in sums, false)
      const byVersion = subnet_ip_availability.toSorted((a: Body, b: Body) => a.ip_version - b.ip_version)
      assert.partialDeepStrictEqual(byVersion, [
        {
          subnet_id: v4.id,
          subnet_name: 'v4',
          cidr: '10.0.0.0/24',
          ip_version: 4,
          total_ips: 253,
          used_ips: 2,
          ip_availability_details: {
            total_ips_in_subnet: 254,
            total_ips_in_allocation_pool: 253,
            ...details(2, 1),
          },
        },
        { subnet_id: v6.id, subnet_name: 'v6', used_ips: 1, ip_availability_details: details(1, 1) },
      ])
    }))

  test('a list is filtered by network, project and IP version, sorted and paged', () =>
    withApi(openFresh, async (api) => {
      const { mine, other } = await world(api)
      const names = async (query: string) => (await list(api, query)).map(({ network_name }) => network_name).sort()
      assert.deepEqual(await names(''), ['mine', 'other'])
      assert.deepEqual(await names(`?network_id=${other.id}`), ['other'])
      assert.deepEqual(await names(`?network_id=${other.id}&network_id=${mine.id}`), ['mine', 'other'])
      assert.deepEqual(await names('?network_name=mine'), ['mine'])
      assert.deepEqual([await names('?tenant_id=b'), await names('?project_id=b')], [['other'], ['other']])
      assert.deepEqual([await names('?ip_version=5'), await names('?ip_version=x')], [[], []])
      const [v4] = await list(api, '?ip_version=4')
      assert.deepEqual([v4.total_ips, v4.used_ips, v4.subnet_ip_availability.length], [253, 2, 1])
      assert.deepEqual(await list(api, '?fields=network_name&fields=used_ips&network_name=mine'), [
        { network_name: 'mine', used_ips: 3 },
      ])
      const [empty] = await list(api, `?network_id=${other.id}`)
      assert.partialDeepStrictEqual(empty, { total_ips: 0, used_ips: 0, subnet_ip_availability: [] })

      const ids = [mine.id, other.id].sort()
      const [first] = await list(api, '?limit=1&sort_key=network_id&sort_dir=asc')
      const [second] = await list(api, `?limit=1&sort_key=network_id&sort_dir=asc&marker=${first.network_id}`)
      assert.deepEqual([first.network_id, second.network_id], ids)
      assert.equal((await api.call('admin', 'GET', `${PATH}?cidr=10.0.0.0/24`)).status, 400)
    }))

  test('only the operator knows, and nobody else learns that a network is there', () =>
    withApi(openFresh, async (api) => {
      const { mine } = await world(api)
      assert.deepEqual(await list(api, '', 'alice'), [])
      const shown = async (token: string, id: string) => {
        const { status, body } = await api.call(token, 'GET', `${PATH}/${id}`)
        return [status, body?.NeutronError?.type]
      }
      assert.deepEqual(await shown('bob', mine.id), [404, 'NetworkNotFound'])
      assert.equal((await shown('alice', mine.id))[0], 404)
      assert.deepEqual(await shown('admin', '00000000-0000-4000-8000-000000000000'), [404, 'NetworkNotFound'])
      for (const [method, path] of [
        ['POST', PATH],
        ['PUT', `${PATH}/${mine.id}`],
        ['DELETE', `${PATH}/${mine.id}`],
      ] as const) {
        assert.equal((await api.call('admin', method, path, { network_ip_availability: {} })).status, 405)
      }
    }))
})
