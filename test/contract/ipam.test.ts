import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { systemClock } from '#base/clock.ts'
import { WireError } from '#base/errors.ts'
import type { JsonObject } from '#base/json.ts'
import { silentLog } from '#base/log.ts'
import { ipAllocations, ports } from '#core/port/tables.ts'
import {
  type Address,
  type AddressRequest,
  allocate,
  type Pool,
  release,
  releasePorts,
  sortKey,
} from '#ipam/allocate.ts'
import type { Started } from '#plugin/start.ts'
import { openStore } from '#store/database.ts'
import { migrate } from '#store/migrate.ts'
import type { Store } from '#store/store.ts'
import { forEachDatabase } from '../databases.ts'
import { coreFeatures, startCore, systemOperation } from '../fakes/core.ts'

const features = await coreFeatures()
const migrations = features.flatMap((feature) => feature.migrations)
const CONCURRENCY = 32

async function create(started: Started, resource: string, items: readonly JsonObject[]): Promise<JsonObject[]> {
  return await started.store.transaction((tx) => started.resources.create(systemOperation(tx), resource, items))
}

async function networkWith(started: Started, cidr: string): Promise<{ network_id: string; subnet_id: string }> {
  const [network] = await create(started, 'network', [{ name: 'n', project_id: 'p' }])
  const network_id = network!.id as string
  const [subnet] = await create(started, 'subnet', [{ network_id, project_id: 'p', ip_version: 4, cidr }])
  return { network_id, subnet_id: subnet!.id as string }
}

/** Runs them, so many at a time; answers the errors. */
async function together(count: number, run: (index: number) => Promise<unknown>): Promise<unknown[]> {
  const errors: unknown[] = []
  let next = 0
  const worker = async () => {
    while (next < count) {
      const index = next++
      await run(index).catch((error: unknown) => errors.push(error))
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, worker))
  return errors
}

function assertExhausted(errors: readonly unknown[], network_id: string): void {
  for (const error of errors) {
    assert.ok(error instanceof WireError, String(error))
    assert.equal(error.type, 'IpAddressGenerationFailure')
    assert.equal(error.status, 409)
    assert.equal(error.message, `No more IP addresses available on network ${network_id}.`)
  }
}

forEachDatabase((_name, openFresh) => {
  test('ipam: 1,000 creates at once in one /22: nobody shares an address, and all get one', async () => {
    await using database = await openFresh(migrations)
    const started = await startCore(database.store, features)
    const { network_id } = await networkWith(started, '10.0.0.0/22')

    const errors = await together(1_000, () => create(started, 'port', [{ network_id, project_id: 'p' }]))

    assert.deepEqual(errors.map(String), [])
    const rows = await database.store.read((tx) => tx.list(ports))
    const addresses = rows.map(({ fixed_ips }) => fixed_ips[0]!.ip_address)
    assert.equal(addresses.length, 1_000)
    assert.equal(new Set(addresses).size, 1_000)
    assert.equal(new Set(rows.map(({ mac_address }) => mac_address)).size, 1_000)
    await started.close()
  })

  test('ipam: a subnet runs full exactly when its last address is given, whoever asks at the same time', async () => {
    await using database = await openFresh(migrations)
    const started = await startCore(database.store, features)
    const { network_id } = await networkWith(started, '10.0.0.0/25')
    const room = 125 // 128, less network, broadcast and gateway

    const errors = await together(room + 40, () => create(started, 'port', [{ network_id, project_id: 'p' }]))

    assertExhausted(errors, network_id)
    assert.equal(errors.length, 40)
    const taken = await database.store.read((tx) => tx.list(ipAllocations))
    assert.equal(taken.length, room)

    const [gone] = await database.store.read((tx) => tx.list(ports))
    await database.store.transaction((tx) => started.resources.remove(systemOperation(tx), 'port', gone!.id))
    const [port] = await create(started, 'port', [{ network_id, project_id: 'p' }])
    assert.deepEqual(port!.fixed_ips, gone!.fixed_ips)
    await started.close()
  })

  test('ipam: bulk creates, exact addresses and deletes at once leave rows and allocations in step', async () => {
    await using database = await openFresh(migrations)
    const started = await startCore(database.store, features)
    const { network_id, subnet_id } = await networkWith(started, '10.0.0.0/24')
    const exact = (index: number) => [{ subnet_id, ip_address: `10.0.0.${50 + (index % 20)}` }]

    const errors = await together(48, async (index) => {
      if (index % 3 === 0) {
        await create(started, 'port', [{ network_id, project_id: 'p', fixed_ips: exact(index) }])
        return
      }
      const made = await create(
        started,
        'port',
        Array.from({ length: 4 }, () => ({ network_id, project_id: 'p' })),
      )
      if (index % 3 === 1) {
        const id = made[0]!.id as string
        await started.store.transaction((tx) => started.resources.remove(systemOperation(tx), 'port', id))
      }
    })

    const types = errors.map((error) => (error instanceof WireError ? error.type : String(error)))
    assert.ok(
      types.every((type) => type === 'IpAddressAlreadyAllocated'),
      types.join(),
    )
    await database.store.read(async (tx) => {
      const shown = (await tx.list(ports)).flatMap(({ id, fixed_ips }) =>
        fixed_ips.map((ip) => `${id} ${ip.ip_address}`),
      )
      const taken = (await tx.list(ipAllocations)).map(({ port_id, ip_address }) => `${port_id} ${ip_address}`)
      assert.deepEqual(shown.sort(), taken.sort())
      assert.equal(new Set(taken.map((text) => text.split(' ')[1])).size, taken.length)
    })
    await started.close()
  })
})

type Step =
  | { readonly do: 'any'; readonly count: number; readonly lowest: boolean }
  | { readonly do: 'exact'; readonly offset: number }
  | { readonly do: 'release'; readonly port: number }
  | { readonly do: 'release-one'; readonly port: number }

const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('any' as const), count: fc.integer({ min: 1, max: 9 }), lowest: fc.boolean() }),
  fc.record({ do: fc.constant('exact' as const), offset: fc.integer({ min: 0, max: 40 }) }),
  fc.record({ do: fc.constant('release' as const), port: fc.nat(30) }),
  fc.record({ do: fc.constant('release-one' as const), port: fc.nat(30) }),
)

const pool: Pool = {
  id: '00000000-0000-4000-8000-000000000001',
  network_id: '00000000-0000-4000-8000-000000000002',
  ip_version: 4,
  allocation_pools: [
    { start: '10.0.0.2', end: '10.0.0.9' },
    { start: '10.0.0.16', end: '10.0.0.30' },
  ],
}
const IN_POOL = 23
const inPool = (ip: string) => {
  const last = Number(ip.split('.')[3])
  return (last >= 2 && last <= 9) || (last >= 16 && last <= 30)
}

/** The database without the tables that addresses refer to. */
async function bareStore(): Promise<Store> {
  const store = await openStore('sqlite://', { log: silentLog, clock: systemClock })
  const steps = migrations
    .flatMap((migration) => migration.steps)
    .filter((step) => step.do === 'create-table' && step.table === ipAllocations.name)
    .map((step) => ({ ...step, references: [] }))
  await migrate(store, [{ name: 'allocations', steps }])
  return store
}

test('ipam: any run of requests and releases is answered as a plain set of addresses would answer it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { maxLength: 25 }), async (run) => {
      const store = await bareStore()
      const held = new Map<string, Address[]>()
      let made = 0
      const ask = (requests: readonly AddressRequest[]) => store.transaction((tx) => allocate(tx, requests))
      const taken = () => [...held.values()].flat().map(({ ip_address }) => ip_address)
      for (const step of run) {
        if (step.do === 'release' || step.do === 'release-one') {
          const port = [...held.keys()][step.port]
          if (port === undefined) continue
          const addresses = held.get(port)!
          if (step.do === 'release') {
            await store.transaction((tx) => releasePorts(tx, [port]))
            held.delete(port)
          } else {
            await store.transaction((tx) => release(tx, port, addresses.slice(0, 1)))
            held.set(port, addresses.slice(1))
          }
          continue
        }
        const portId = `port-${made++}`
        const networkId = pool.network_id
        const requests: AddressRequest[] =
          step.do === 'exact'
            ? [{ portId, networkId, subnetId: pool.id, ip: `10.0.0.${step.offset}` }]
            : Array.from({ length: step.count }, () => ({ portId, networkId, pools: [pool], lowest: step.lowest }))
        const before = taken()
        const free = IN_POOL - before.filter(inPool).length
        if (step.do === 'exact' && before.includes(`10.0.0.${step.offset}`)) {
          await assert.rejects(ask(requests), { type: 'IpAddressAlreadyAllocated', status: 409 })
        } else if (step.do === 'any' && step.count > free) {
          await assert.rejects(ask(requests), { type: 'IpAddressGenerationFailure', status: 409 })
        } else {
          const given = await ask(requests)
          assert.equal(given.length, requests.length)
          for (const { ip_address } of given) assert.ok(!before.includes(ip_address), `${ip_address} twice`)
          if (step.do === 'any') assert.ok(given.every(({ ip_address }) => inPool(ip_address)))
          held.set(portId, given)
        }
        const rows = await store.read((tx) => tx.list(ipAllocations))
        assert.deepEqual(rows.map(({ ip_address }) => ip_address).sort(), taken().sort())
      }
      await store.close()
    }),
    { numRuns: 60 },
  )
})

test('ipam: addresses compare as their keys do, in both families', () => {
  const v4 = fc.ipV4()
  fc.assert(
    fc.property(v4, v4, (a, b) => {
      const number = (ip: string) => ip.split('.').reduce((value, part) => value * 256 + Number(part), 0)
      assert.equal(sortKey(a) < sortKey(b), number(a) < number(b))
    }),
  )
  assert.ok(sortKey('fd00::ff') < sortKey('fd00::100'))
})
