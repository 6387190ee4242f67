import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import steps from '#extensions/agent/migrations/0001-agents.expand.ts'
import { openStore } from '#store/database.ts'
import { migrate } from '#store/migrate.ts'
import type { Store } from '#store/store.ts'
import { Reports } from './reports.ts'
import { agents } from './tables.ts'

const DOWN_MS = 75_000
const START = Date.parse('2026-01-01T00:00:00Z')

class TestClock implements Clock {
  at = START
  now() {
    return this.at
  }
}

/** A store that counts its writing transactions. */
async function counted() {
  const store = await openStore('sqlite://', { log: silentLog, clock: new TestClock() })
  await migrate(store, [{ name: 'extensions/agent/0001-agents.expand', steps }])
  const count = { transactions: 0 }
  const counting: Store = Object.assign(Object.create(store), {
    transaction: (run: Parameters<Store['transaction']>[0]) => {
      count.transactions++
      return store.transaction(run)
    },
  })
  return { store, counting, count }
}

function reportsOf(store: Store, clock: Clock) {
  const arrivals: string[] = []
  const reports = new Reports({
    store,
    clock,
    log: silentLog,
    downTimeMs: DOWN_MS,
    enableNewAgents: true,
    onArrival: ({ host }, verdict) => arrivals.push(`${host} ${verdict}`),
  })
  const tell = (host: string, more: object = {}) =>
    reports.report(
      { binary: 'b', topic: 'N/A', agent_type: 'L2', host, configurations: { devices: 1 }, uuid: 'u', ...more },
      new Date(clock.now()).toISOString().slice(0, -1),
    )
  return { reports, tell, arrivals }
}

test('reports: heartbeats of a thousand agents are a few statements in few transactions', async () => {
  const { store, counting, count } = await counted()
  const clock = new TestClock()
  const { reports, tell } = reportsOf(counting, clock)
  const hosts = Array.from({ length: 1_000 }, (_, index) => `h${index}`)
  for (const host of hosts) assert.equal(await tell(host, { start_flag: true }), 'new')
  count.transactions = 0
  clock.at += 30_000
  for (const host of hosts) assert.equal(await tell(host), 'alive')
  assert.equal(count.transactions, 0)
  await reports.flush()
  assert.equal(count.transactions, 2)
  const late = await store.read((tx) => tx.list(agents, { heartbeat_timestamp: '2026-01-01 00:00:00' }))
  assert.deepEqual(late, [])
  await store.close()
})

test('reports: an agent is revived after its silence, restarted by its flag, and new once it was deleted', async () => {
  const { store } = await counted()
  const clock = new TestClock()
  const { reports, tell, arrivals } = reportsOf(store, clock)
  assert.equal(await tell('h', { start_flag: true }), 'new')
  assert.equal(await tell('h', { start_flag: true }), 'alive')
  clock.at += DOWN_MS
  assert.equal(await tell('h'), 'revived')
  assert.equal(await tell('h'), 'alive')
  assert.deepEqual(arrivals, ['h new', 'h alive', 'h revived'])
  await store.transaction((tx) => tx.remove(agents, { host: 'h' }))
  assert.equal(await tell('h'), 'alive')
  await reports.flush()
  assert.equal(await tell('h'), 'new')
  await store.close()
})

test('reports: what an agent says anew is written, and a report older than the server is not taken', async () => {
  const { store } = await counted()
  const clock = new TestClock()
  const { tell } = reportsOf(store, clock)
  await tell('h', { start_flag: true })
  await tell('h', { configurations: { devices: 2 } })
  const row = await store.read((tx) => tx.find(agents, { host: 'h' }))
  assert.deepEqual(row?.configurations, { devices: 2 })
  const { reports } = reportsOf(store, { now: () => START + 60_000 })
  const state = { binary: 'b', topic: 't', agent_type: 'L2', host: 'x', configurations: {}, uuid: 'u' }
  assert.equal(await reports.report(state, '2026-01-01T00:00:59.000000'), null)
  await store.close()
})
