/** Networks carried in several ways: what is said, shown, refused and given back, and where their ports are bound. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { networkSegments, segmentIds } from '#ml2/tables.ts'
import { forEachDatabase } from '../databases.ts'
import { refused, startTestApi, type TestApi } from '../fakes/api.ts'
import { coreFeatures, ML2 } from '../fakes/core.ts'

const features = await coreFeatures()
const migrations = features.flatMap((feature) => feature.migrations)

const way = (type: string, physnet: string | null, id: number | null) => ({
  'provider:network_type': type,
  'provider:physical_network': physnet,
  'provider:segmentation_id': id,
})

const send = (api: TestApi, network: object, token = 'admin') => api.call(token, 'POST', '/v2.0/networks', { network })

async function create(api: TestApi, network: object, token = 'admin') {
  const answer = await send(api, network, token)
  assert.equal(answer.status, 201, answer.text)
  return answer.body.network
}

forEachDatabase((_name, openFresh) => {
  test('a network has the segments it was made with; one shows as provider attributes, several as a list', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features, ML2)
    const said = [way('vlan', 'physnet1', 150), way('vxlan', null, 900)]

    const two = await create(api, { segments: said })
    assert.deepEqual(two.segments, said)
    assert.ok(!('provider:network_type' in two))
    assert.equal(two.mtu, 1450)
    const again = (await api.call('admin', 'GET', `/v2.0/networks/${two.id}`)).body.network
    assert.deepEqual(again.segments, said)

    const one = await create(api, { segments: [way('vlan', 'physnet1', 151)] })
    assert.ok(!('segments' in one))
    assert.equal(one['provider:segmentation_id'], 151)
    const given = await create(api, { segments: [{ 'provider:network_type': 'vxlan' }, way('gre', null, null)] })
    assert.ok(given.segments.every((each: ReturnType<typeof way>) => Number(each['provider:segmentation_id']) > 0))
    const unsaid = await create(api, { segments: [] })
    assert.equal(unsaid['provider:network_type'], 'vxlan')

    const fields = await api.call('admin', 'GET', `/v2.0/networks?fields=segments&id=${two.id}&id=${one.id}`)
    assert.equal(fields.body.networks.filter(({ segments }: { segments?: unknown }) => segments).length, 1)
  })

  test('lists find a network by any of its segments', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features, ML2)
    const two = await create(api, { segments: [way('vlan', 'physnet1', 150), way('vxlan', null, 900)] })
    const one = await create(api, way('vlan', 'physnet1', 151))
    const found = async (query: string) =>
      (await api.call('admin', 'GET', `/v2.0/networks?${query}`)).body.networks.map(({ id }: { id: string }) => id)
    assert.deepEqual((await found('provider:network_type=vlan')).sort(), [one.id, two.id].sort())
    assert.deepEqual(await found('provider:segmentation_id=900'), [two.id])
    assert.deepEqual(await found('provider:segmentation_id=151'), [one.id])
    assert.deepEqual(await found('provider:segmentation_id=7'), [])
    assert.deepEqual((await found('provider:physical_network=physnet1&provider:segmentation_id=900')).sort(), [two.id])
  })

  test('what cannot be is refused, and takes no id', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features, ML2)
    const cases: [object, number, string, string?][] = [
      [
        { segments: [way('vxlan', null, 5)], ...way('vxlan', null, 6) },
        400,
        'SegmentsSetInConjunctionWithProviders',
        'Segments and provider values cannot both be set.',
      ],
      [
        { segments: [way('vxlan', null, 5), way('vxlan', null, 5)] },
        400,
        'SegmentsContainDuplicateEntry',
        'Duplicate segment entry in request.',
      ],
      [{ segments: [way('vlan', 'physnet1', 5), way('vlan', 'physnet1', 6)] }, 400, 'SegmentsContainDuplicateEntry'],
      [{ segments: [{ 'provider:segmentation_id': 5 }] }, 400, 'InvalidInput'],
      [{ segments: [way('vxlan', null, 5), way('vlan', 'nowhere', 6)] }, 400, 'InvalidInput'],
      [{ segments: [way('vxlan', null, 5), way('pigeon', null, null)] }, 400, 'InvalidInput'],
      [
        { segments: [{ ...way('vxlan', null, 5), extra: 1 }] },
        400,
        'HTTPBadRequest',
        "Unrecognized attribute(s) 'extra'",
      ],
      [{ segments: 'vxlan' }, 400, 'HTTPBadRequest'],
      [{ segments: ['vxlan'] }, 400, 'HTTPBadRequest'],
      [{ segments: [way('vxlan', null, 5), way('vlan', 'physnet1', 5)], mtu: 1451 }, 400, 'InvalidInput'],
    ]
    for (const [network, status, type, message] of cases) refused(await send(api, network), status, type, message)
    refused(await send(api, { segments: [way('vxlan', null, 5)] }, 'alice'), 403, 'PolicyNotAuthorized')
    const two = await create(api, { segments: [way('vxlan', null, 5), way('vlan', 'physnet1', 5)] })
    refused(await send(api, { segments: [way('gre', null, 9), way('vxlan', null, 5)] }), 409, 'TunnelIdInUse')
    refused(await send(api, { segments: [way('gre', null, 9), way('vlan', 'physnet1', 5)] }), 409, 'VlanIdInUse')
    await create(api, way('gre', null, 9))

    const change = (values: object) => api.call('admin', 'PUT', `/v2.0/networks/${two.id}`, { network: values })
    refused(
      await change({ 'provider:segmentation_id': 8 }),
      400,
      'InvalidInput',
      'Invalid input for operation: Provider network attributes can be updated only in provider networks with a single ' +
        'segment..',
    )
    const kept = await change({ segments: [way('vxlan', null, 77)] })
    assert.equal(kept.status, 200)
    assert.deepEqual(kept.body.network.segments, two.segments)
  })

  test('a network that goes gives back every id it took', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features, ML2)
    const segments = [way('vlan', 'physnet1', 150), way('vxlan', null, 900), way('flat', 'physnet3', null)]
    for (let turn = 0; turn < 2; turn++) {
      const { id } = await create(api, { segments })
      assert.equal((await api.call('admin', 'DELETE', `/v2.0/networks/${id}`)).status, 204)
    }
    await database.store.read(async (tx) => {
      assert.deepEqual(await tx.list(segmentIds), [])
      assert.deepEqual(await tx.list(networkSegments), [])
    })
  })
})
