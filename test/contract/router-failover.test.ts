/** Routers of L3 agents that die. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { spacedSeconds } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import { agents } from '#extensions/agent/tables.ts'
import type { RouterInfo } from '#rpc/contract/l3.ts'
import { moveStranded } from '#services/router/failover.ts'
import { forEachDatabase } from '../databases.ts'
import { networks, withAgent, world } from './router-world.ts'

forEachDatabase((_name, openFresh) => {
  test('routers of an agent that has died go to the living one with the fewest, with their ports', async () => {
    await using it = await world(openFresh)
    const { store, resources } = it.api.started
    const { ext, subnet } = await networks(it)
    const [dead, busy] = [await withAgent(it, 'h1'), await withAgent(it, 'h2')]
    const hostOf = async (id: string) =>
      (await it.api.call('admin', 'GET', `/v2.0/routers/${id}/l3-agents`)).body.agents.map(
        ({ host }: { host: string }) => host,
      )
    const router = await it.create('alice', 'router', { external_gateway_info: { network_id: ext.id } })
    await it.put('alice', `/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id })
    const other = await it.create('alice', 'router', { external_gateway_info: { network_id: ext.id } })
    assert.deepEqual([await hostOf(router.id), await hostOf(other.id)], [['h1'], ['h2']])
    const silent = (ids: readonly string[], seconds: number) =>
      store.transaction((tx) =>
        tx.update(agents, { id: ids }, { heartbeat_timestamp: spacedSeconds(Date.now() - seconds * 1000) }),
      )
    const scheduling = { now: () => Date.now(), downTimeMs: 75_000, strategy: 'least', defaultZones: [] } as const
    const pass = () => moveStranded({ store, resources, log: silentLog }, scheduling)
    await it.told()

    // Dead, but not for long; then nobody lives who could take it.
    await silent([dead], 100)
    await pass()
    await silent([dead, busy], 200)
    await pass()
    assert.deepEqual([await hostOf(router.id), await it.told()], [['h1'], []])

    await silent([busy], 0)
    await withAgent(it, 'h3')
    await Promise.all([pass(), pass()])
    assert.deepEqual([await hostOf(router.id), await hostOf(other.id)], [['h3'], ['h2']])
    const told = await it.told()
    assert.deepEqual(told.map(({ method, host }) => `${method} ${host}`).sort(), [
      'router_added_to_agent h3',
      'router_removed_from_agent h1',
      'routers_updated h3',
    ])
    const [info] = (await it.rpc('sync_routers', { host: 'h3', router_ids: [router.id] })) as unknown as [RouterInfo]
    const { gw_port, _interfaces: inner } = info
    for (const { id } of [gw_port!, ...inner]) {
      assert.equal((await it.api.call('admin', 'GET', `/v2.0/ports/${id}`)).body.port['binding:host_id'], 'h3')
    }
    assert.deepEqual(await it.rpc('sync_routers', { host: 'h1', router_ids: [router.id] }), [])

    // One that an administrator has taken out of service keeps what it has.
    await store.transaction((tx) => tx.update(agents, { host: 'h3' }, { admin_state_up: false }))
    await store.transaction((tx) =>
      tx.update(agents, { host: 'h3' }, { heartbeat_timestamp: spacedSeconds(Date.now() - 200_000) }),
    )
    await pass()
    assert.deepEqual(await hostOf(router.id), ['h3'])
  })
})
