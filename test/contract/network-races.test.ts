import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WireError } from '#base/errors.ts'
import type { JsonObject } from '#base/json.ts'
import { networks } from '#core/network/tables.ts'
import { ipAllocations, portMacs, ports } from '#core/port/tables.ts'
import { subnets } from '#core/subnet/tables.ts'
import { networkSegments, segmentIds } from '#ml2/tables.ts'
import type { Started } from '#plugin/start.ts'
import { forEachDatabase } from '../databases.ts'
import { coreFeatures, ML2, startCore, systemOperation } from '../fakes/core.ts'

const features = await coreFeatures()
const migrations = features.flatMap((feature) => feature.migrations)

const create = (started: Started, resource: string, items: readonly JsonObject[]): Promise<JsonObject[]> =>
  started.store.transaction((tx) => started.resources.create(systemOperation(tx), resource, items))
const remove = (started: Started, resource: string, id: string): Promise<void> =>
  started.store.transaction((tx) => started.resources.remove(systemOperation(tx), resource, id))

/** What each came to: its answer, or the type of the refusal. */
async function outcomes<T>(work: readonly Promise<T>[]): Promise<(T | string)[]> {
  const settled = await Promise.allSettled(work)
  return settled.map((one) => {
    if (one.status === 'fulfilled') return one.value
    return one.reason instanceof WireError ? one.reason.type : String(one.reason)
  })
}

forEachDatabase((_name, openFresh) => {
  test('segments: networks created at once never share an id, and the pool runs out cleanly', async () => {
    await using database = await openFresh(migrations)
    const started = await startCore(database.store, features, { ...ML2, ml2_type_vxlan: { vni_ranges: '1:40' } })
    const answers = await outcomes(
      Array.from({ length: 24 }, (_, index) => create(started, 'network', [{ project_id: 'p' }, { name: `${index}` }])),
    )

    const refused = answers.filter((answer) => typeof answer === 'string')
    assert.deepEqual([...new Set(refused)], ['NoNetworkAvailable'])
    await database.store.read(async (tx) => {
      const rows = await tx.list(networks)
      const ids = rows.map((row) => row['provider:segmentation_id'])
      assert.equal(rows.length, 40)
      assert.equal(new Set(ids).size, 40)
      assert.equal((await tx.list(segmentIds)).length, 40)
      assert.equal((await tx.list(networkSegments)).length, 40)
    })
    const [first] = await database.store.read((tx) => tx.list(networks))
    await remove(started, 'network', first!.id)
    const [again] = await create(started, 'network', [{ project_id: 'p' }])
    assert.equal(again!['provider:segmentation_id'], first!['provider:segmentation_id'])
    await started.close()
  })

  test('subnets: of those created at once on one network, none overlaps another', async () => {
    await using database = await openFresh(migrations)
    const started = await startCore(database.store, features)
    const [network] = await create(started, 'network', [{ project_id: 'p' }])
    const network_id = network!.id as string
    const subnet = (cidr: string) => create(started, 'subnet', [{ network_id, project_id: 'p', ip_version: 4, cidr }])
    const cidrs = Array.from({ length: 12 }, (_, index) => `10.0.${index % 4}.0/24`)

    const answers = await outcomes(cidrs.map(subnet))

    assert.equal(answers.filter((answer) => answer === 'InvalidInput').length, 8)
    const rows = await database.store.read((tx) => tx.list(subnets))
    assert.deepEqual(rows.map(({ cidr }) => cidr).sort(), ['10.0.0.0/24', '10.0.1.0/24', '10.0.2.0/24', '10.0.3.0/24'])
    await started.close()
  })

  test('MAC addresses: one of those who ask at once for the same one gets it', async () => {
    await using database = await openFresh(migrations)
    const started = await startCore(database.store, features)
    const [network] = await create(started, 'network', [{ project_id: 'p' }])
    const port = { network_id: network!.id as string, project_id: 'p', mac_address: '02:00:00:00:00:01' }

    const answers = await outcomes(Array.from({ length: 8 }, () => create(started, 'port', [port])))

    assert.equal(answers.filter((answer) => answer === 'MacAddressInUse').length, 7)
    assert.equal((await database.store.read((tx) => tx.list(ports))).length, 1)
    await started.close()
  })

  test('a network deleted while ports are created on it: it stays with its ports, or goes without any', async () => {
    await using database = await openFresh(migrations)
    const started = await startCore(database.store, features)
    for (let round = 0; round < 6; round++) {
      const [network] = await create(started, 'network', [{ project_id: 'p' }])
      const network_id = network!.id as string
      await create(started, 'subnet', [{ network_id, project_id: 'p', ip_version: 4, cidr: '10.0.0.0/24' }])

      const port = { network_id, project_id: 'p' }
      const answers = await outcomes<unknown>([
        create(started, 'port', [port]),
        remove(started, 'network', network_id),
        create(started, 'port', [port]),
      ])

      const refusals = answers.filter((answer) => typeof answer === 'string')
      assert.ok(
        refusals.every((type) => type === 'NetworkInUse' || type === 'NetworkNotFound'),
        refusals.join(),
      )
      await database.store.read(async (tx) => {
        const there = await tx.exists(networks, { id: network_id })
        const left = await tx.list(ports, { network_id })
        assert.equal(there, left.length > 0)
        assert.equal((await tx.list(ipAllocations, { network_id })).length, left.length)
        assert.equal((await tx.list(portMacs, { network_id })).length, left.length)
      })
    }
    await started.close()
  })
})
