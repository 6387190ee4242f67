/** Ranges of ids that networks may be given: what they may be, who gets ids of them, and that none is given twice. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WireError } from '#base/errors.ts'
import type { JsonObject } from '#base/json.ts'
import { segmentIds } from '#ml2/tables.ts'
import { discover } from '#plugin/discover.ts'
import type { Started } from '#plugin/start.ts'
import { forEachDatabase } from '../databases.ts'
import { refused, startTestApi, type TestApi } from '../fakes/api.ts'
import { ML2, startCore, systemOperation } from '../fakes/core.ts'

const features = await discover(['network_segment_range'])
const migrations = features.flatMap((feature) => feature.migrations)
const values = { ...ML2, ml2_type_vxlan: { vni_ranges: '1:10' } }

const send = (api: TestApi, item: object, token = 'admin') =>
  api.call(token, 'POST', '/v2.0/network_segment_ranges', { network_segment_range: item })
const change = (api: TestApi, id: string, item: object) =>
  api.call('admin', 'PUT', `/v2.0/network_segment_ranges/${id}`, { network_segment_range: item })
const remove = (api: TestApi, id: string) => api.call('admin', 'DELETE', `/v2.0/network_segment_ranges/${id}`)
const show = async (api: TestApi, id: string) =>
  (await api.call('admin', 'GET', `/v2.0/network_segment_ranges/${id}`)).body.network_segment_range

async function create(api: TestApi, item: object) {
  const answer = await send(api, item)
  assert.equal(answer.status, 201, answer.text)
  return answer.body.network_segment_range
}
async function network(api: TestApi, token: string, item: object = {}) {
  const answer = await api.call(token, 'POST', '/v2.0/networks', { network: item })
  if (answer.status !== 201) return answer.body.NeutronError.type as string
  const shown = (await api.call('admin', 'GET', `/v2.0/networks/${answer.body.network.id}`)).body.network
  return { id: shown.id as string, segmentation_id: shown['provider:segmentation_id'] as number }
}
const closing = (server: Started) => ({ server, [Symbol.asyncDispose]: () => server.close() })

forEachDatabase((_name, openFresh) => {
  test('the ranges of the configuration are there, the same after every start, and nobody changes them', async () => {
    await using database = await openFresh(migrations)
    const list = async (api: TestApi) =>
      (await api.call('admin', 'GET', '/v2.0/network_segment_ranges?sort_key=id&sort_dir=asc')).body
        .network_segment_ranges
    const before = await (async () => {
      await using first = await startTestApi(database.store, features, values)
      const before = await list(first)
      const { id } = before[0]
      const text = `Network Segment Range ${id} is a default segment range which could not be updated or deleted.`
      refused(await change(first, id, { name: 'x' }), 400, 'NetworkSegmentRangeDefaultReadOnly', text)
      refused(await remove(first, id), 400, 'NetworkSegmentRangeDefaultReadOnly', text)
      return before
    })()
    assert.deepEqual(
      before
        .map((range: JsonObject) => [range.network_type, range.minimum, range.maximum, range.default, range.shared])
        .sort(),
      [
        ['geneve', 1, 1000, true, true],
        ['gre', 1, 1000, true, true],
        ['vlan', 100, 199, true, true],
        ['vxlan', 1, 10, true, true],
      ],
    )
    await using again = await startTestApi(database.store, features, { ...values, ml2_type_gre: {} })
    assert.deepEqual(
      await list(again),
      before.filter(({ network_type }: JsonObject) => network_type !== 'gre'),
    )
  })

  test('what is no range is refused; ranges of one type do not overlap; only administrators see them', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features, values)
    const vxlan = { network_type: 'vxlan', shared: false, project_id: 'a' }
    const range = await create(api, { ...vxlan, name: 'r', minimum: 101, maximum: 103 })
    assert.deepEqual(
      [range.project_id, range.shared, range.default, range.used, range.available],
      ['a', false, false, {}, [101, 102, 103]],
    )
    const shared = await create(api, { network_type: 'gre', minimum: 5000, maximum: 5000, physical_network: '' })
    assert.deepEqual([shared.project_id, shared.shared, shared.physical_network], [null, true, null])
    refused(
      await send(api, { ...vxlan, minimum: 103, maximum: 104 }),
      409,
      'NetworkSegmentRangeOverlaps',
      `Network segment range overlaps with range(s) with id ${range.id}`,
    )
    await create(api, { ...vxlan, network_type: 'geneve', minimum: 103, maximum: 104 })
    const cases: [object, string][] = [
      [{ network_type: 'vlan', minimum: 1, maximum: 2 }, 'BadRequest'],
      [{ network_type: 'vlan', physical_network: 'p', minimum: 1, maximum: 4095 }, 'NetworkVlanRangeError'],
      [{ network_type: 'vlan', physical_network: 'p', minimum: 2, maximum: 1 }, 'NetworkVlanRangeError'],
      [{ network_type: 'gre', minimum: 6002, maximum: 6001 }, 'NetworkTunnelRangeError'],
      [{ network_type: 'vxlan', minimum: 200, maximum: 2 ** 24 }, 'NetworkTunnelRangeError'],
      [{ network_type: 'flat', minimum: 1, maximum: 2 }, 'HTTPBadRequest'],
      [{ minimum: 1, maximum: 2 }, 'NetworkSegmentRangeNetTypeNotSupported'],
      [{ ...vxlan, project_id: '', minimum: 300, maximum: 301 }, 'InvalidInput'],
      [{ network_type: 'gre', minimum: 0, maximum: 2 }, 'HTTPBadRequest'],
      [{ network_type: 'gre', minimum: 1 }, 'HTTPBadRequest'],
    ]
    for (const [item, type] of cases) refused(await send(api, item), 400, type)
    refused(await send(api, { ...vxlan, minimum: 300, maximum: 301 }, 'alice'), 403, 'PolicyNotAuthorized')
    assert.equal((await api.call('alice', 'GET', `/v2.0/network_segment_ranges/${range.id}`)).status, 404)
    const listed = await api.call('alice', 'GET', '/v2.0/network_segment_ranges')
    assert.deepEqual(listed.body.network_segment_ranges, [])
    assert.equal((await api.call('admin', 'PUT', `/v2.0/network_segment_ranges/${range.id}/tags/red`)).status, 201)
    const red = await api.call('admin', 'GET', '/v2.0/network_segment_ranges?tags=red&fields=name')
    assert.deepEqual(red.body.network_segment_ranges, [{ name: 'r' }])
    assert.equal((await api.call('alice', 'PUT', `/v2.0/network_segment_ranges/${range.id}/tags/blue`)).status, 404)
  })

  test("a project's own range comes first, and is nobody else's; a range in use stays", async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features, values)
    const vxlan = { network_type: 'vxlan', shared: false }
    const own = await create(api, { ...vxlan, project_id: 'a', minimum: 101, maximum: 102 })
    // Part of the shared range of the configuration, kept for project b.
    await create(api, { ...vxlan, project_id: 'b', minimum: 3, maximum: 10 })
    const given = async (token: string) => {
      const made = await network(api, token)
      return typeof made === 'string' ? made : made.segmentation_id
    }
    const first = await network(api, 'alice')
    assert.ok(typeof first !== 'string')
    assert.deepEqual([first.segmentation_id, await given('alice')].sort(), [101, 102])
    assert.deepEqual([await given('alice'), await given('alice')].sort(), [1, 2])
    assert.equal(await given('alice'), 'NoNetworkAvailable')
    const others = await Promise.all(Array.from({ length: 8 }, () => given('bob')))
    assert.deepEqual(
      others.map(Number).sort((a, b) => a - b),
      [3, 4, 5, 6, 7, 8, 9, 10],
    )
    assert.equal(await given('bob'), 'NoNetworkAvailable')

    const full = await show(api, own.id)
    assert.deepEqual([full.used, full.available], [{ 101: 'a', 102: 'a' }, []])
    const inUse = `Network Segment Range ${own.id} is referenced by one or more tenant networks.`
    refused(await remove(api, own.id), 409, 'NetworkSegmentRangeReferencedByProject', inUse)
    refused(await change(api, own.id, { minimum: 102 }), 409, 'NetworkSegmentRangeReferencedByProject', inUse)
    refused(await change(api, own.id, { maximum: 101 }), 409, 'NetworkSegmentRangeReferencedByProject', inUse)
    assert.equal((await change(api, own.id, { name: 'n' })).body.network_segment_range.name, 'n')
    const wider = await change(api, own.id, { minimum: 50, maximum: 103 })
    assert.equal(wider.body.network_segment_range.available.length, 52)
    assert.ok(Number(await given('alice')) >= 50)
    assert.equal((await api.call('admin', 'DELETE', `/v2.0/networks/${first.id}`)).status, 204)
    assert.equal(own.id, (await show(api, own.id)).id)
  })

  test('a range makes a physical network known, and names its ids for networks that name it', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features, values)
    const vlan = { 'provider:network_type': 'vlan', 'provider:physical_network': 'physnet9' }
    assert.equal(await network(api, 'admin', vlan), 'InvalidInput')
    const range = await create(api, { network_type: 'vlan', physical_network: 'physnet9', minimum: 7, maximum: 7 })
    const made = await network(api, 'admin', vlan)
    assert.ok(typeof made !== 'string' && made.segmentation_id === 7)
    assert.equal(await network(api, 'admin', vlan), 'NoNetworkAvailable')
    assert.equal((await api.call('admin', 'DELETE', `/v2.0/networks/${made.id}`)).status, 204)
    assert.equal((await remove(api, range.id)).status, 204)
    assert.equal(await network(api, 'admin', vlan), 'InvalidInput')
  })

  test('of ranges made at once that overlap, one is made', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features, values)
    const item = { network_type: 'vxlan', shared: false, project_id: 'a', minimum: 101, maximum: 103 }
    const answers = await Promise.all(Array.from({ length: 6 }, () => send(api, item)))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409, 409, 409, 409])
  })

  test('many networks at once from small ranges: no id twice, the pools run out cleanly, ids come back', async () => {
    await using database = await openFresh(migrations)
    const config = { ...ML2, ml2_type_vxlan: { vni_ranges: '1:60' } }
    await using first = closing(await startCore(database.store, features, config))
    await using second = closing(await startCore(await database.open(), features, config))
    const servers = [first.server, second.server]
    const make = (started: Started, resource: string, items: readonly JsonObject[]) =>
      started.store.transaction((tx) => started.resources.create(systemOperation(tx), resource, items))
    await make(servers[0]!, 'network_segment_range', [
      { network_type: 'vxlan', shared: false, project_id: 'a', minimum: 2001, maximum: 2040 },
    ])
    for (let round = 0; round < 2; round++) {
      const settled = await Promise.allSettled(
        Array.from({ length: 120 }, (_, index) =>
          make(
            servers[index % 2]!,
            'network',
            Array.from({ length: 1 + (index % 2) }, () => ({ project_id: index % 3 === 0 ? 'b' : 'a' })),
          ),
        ),
      )
      const given = settled.flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
      const failures = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
      assert.deepEqual(
        [...new Set(failures.map((error) => (error instanceof WireError ? error.type : String(error))))],
        ['NoNetworkAvailable'],
      )
      await Promise.allSettled(
        [0, 1].map(async (at) => given.push(...(await make(servers[at]!, 'network', [{ project_id: 'a' }])))),
      )
      const ids = given.map((row) => Number(row['provider:segmentation_id']))
      assert.deepEqual(
        ids.toSorted((a, b) => a - b),
        [...Array.from({ length: 60 }, (_, at) => 1 + at), ...Array.from({ length: 40 }, (_, at) => 2001 + at)],
      )
      const foreign = given.filter((row) => row.project_id === 'b' && Number(row['provider:segmentation_id']) > 60)
      assert.deepEqual(foreign, [])
      await database.store.transaction(async (tx) => {
        for (const { id } of given) await servers[0]!.resources.remove(systemOperation(tx), 'network', String(id))
      })
      assert.deepEqual(await database.store.read((tx) => tx.list(segmentIds)), [])
    }
  })
})
