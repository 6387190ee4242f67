/**
 * How lists are read: off an index, however many rows there are. Asked of SQLite, whose plans do not depend on what is
 * in the tables; `npm run bench scale` measures it.
 */
import assert from 'node:assert/strict'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { test } from 'node:test'
import { Authorizer } from '#api/authorize.ts'
import { and, equals, or, type Predicate, TRUE } from '#base/predicate.ts'
import { configOf } from '#config/config.ts'
import { resourceTags } from '#extensions/standard-attr-tag/tables.ts'
import { discover } from '#plugin/discover.ts'
import { following, type Part, type SortKey, totalOrder } from '#plugin/page.ts'
import { createPolicy } from '#policy/policy.ts'
import { sqliteGrammar } from '#store/dialects/sqlite.ts'
import { renderSelection } from '#store/query.ts'
import type { Table } from '#store/store.ts'
import { forEachDatabase } from '../databases.ts'
import { CALLERS, startTestApi } from '../fakes/api.ts'

const RESOURCES = ['network', 'subnet', 'port', 'router', 'floatingip', 'security_group', 'security_group_rule']
const features = await discover()
const migrations = features.flatMap((feature) => feature.migrations)

function planOf(database: DatabaseSync, table: Table<never>, { where, order }: Part, more: Predicate): string {
  const selection = { where: and(more, where), sort: order, limit: 100 }
  const { text, values } = renderSelection(sqliteGrammar, table, selection)
  const rows = database.prepare(`EXPLAIN QUERY PLAN ${text}`).all(...(values as SQLInputValue[]))
  return rows.map(({ detail }) => String(detail)).join('\n')
}

/** All pages there are: the first, and the parts that follow a marker, in both directions. */
function partsOf(table: Table<never>): Part[] {
  const sorts: readonly SortKey[][] = [
    [],
    ...(table.columns.has('name')
      ? (['asc', 'desc'] as const).map((direction): SortKey[] => [{ column: 'name', direction }])
      : []),
  ]
  return sorts
    .flatMap((sort) => [totalOrder(sort, false), totalOrder(sort, true)])
    .flatMap((order) => [{ where: TRUE, order }, ...following(order, { id: 'x', name: 'y' })])
}

forEachDatabase((name, openFresh) => {
  if (name !== 'sqlite') return
  test('every page of a list is read off an index, in its order, and only as far as the page goes', async () => {
    await using fresh = await openFresh(migrations)
    await using api = await startTestApi(fresh.store, features)
    const database = new DatabaseSync(fresh.url.slice('sqlite:///'.length))
    for (const resource of RESOURCES) {
      const table = api.started.registry.get(resource).table as unknown as Table<never>
      for (const part of partsOf(table)) {
        const plan = planOf(database, table, part, TRUE)
        assert.match(plan, /^(SEARCH|SCAN) t0 USING INDEX/, `${resource} ${JSON.stringify(part)}`)
        assert.doesNotMatch(plan, /TEMP B-TREE/, `${resource} ${JSON.stringify(part)}`)
      }
      const [first] = partsOf(table)
      const plan = planOf(database, table, first!, equals('project_id', 'a'))
      assert.match(plan, /^SEARCH t0 USING INDEX \S+ \(project_id=\?\)$/, resource)
    }
    database.close()
  })

  test('what is only tested is looked up in no index: rows are read in their order', async () => {
    await using fresh = await openFresh(migrations)
    await using api = await startTestApi(fresh.store, features)
    const database = new DatabaseSync(fresh.url.slice('sqlite:///'.length))
    const table = api.started.registry.get('port').table as unknown as Table<never>
    const tested = or(equals('project_id', 'a'), equals('network_id', 'n'))
    const { text, values } = renderSelection(sqliteGrammar, table, { tested, limit: 100, sort: totalOrder([], false) })
    const plan = database.prepare(`EXPLAIN QUERY PLAN ${text}`).all(...(values as SQLInputValue[]))
    assert.deepEqual(
      plan.map(({ detail }) => detail),
      ['SCAN t0 USING INDEX sqlite_autoindex_ports_1'],
    )
    database.close()
  })

  test('a filter that most rows pass is tested row by row, and finds the same', async () => {
    await using fresh = await openFresh(migrations)
    await using api = await startTestApi(fresh.store, features)
    for (const token of ['admin', 'alice']) {
      for (const path of ['subnetpools?limit=1&tags=common', 'ports?limit=1&tags=common', 'ports?limit=1']) {
        const { status, text } = await api.call(token, 'GET', `/v2.0/${path}`)
        assert.equal(status, 200, `${path} of nothing: ${text}`)
      }
    }
    const made: string[] = []
    for (let index = 0; index < 4; index += 1) {
      const subnetpools = Array.from({ length: 600 }, (_, pool) => ({ name: `n${pool % 3}`, prefixes: ['10.0.0.0/8'] }))
      const { body } = await api.call('admin', 'POST', '/v2.0/subnetpools', { subnetpools })
      made.push(...body.subnetpools.map(({ id }: { id: string }) => id))
    }
    const tagged = made.flatMap((resource_id, index) => [
      ...(index % 50 === 0 ? [] : [{ resource_id, tag: 'common' }]),
      ...(index % 400 === 1 ? [{ resource_id, tag: 'rare' }] : []),
    ])
    await fresh.store.transaction((tx) => tx.insert(resourceTags, tagged))
    const ids = async (query: string) => {
      const path = `/v2.0/subnetpools?sort_key=id&sort_dir=asc&fields=id&${query}`
      return (await api.call('admin', 'GET', path)).body.subnetpools.map(({ id }: { id: string }) => id) as string[]
    }
    for (const filter of ['tags=common', 'tags=rare', 'tags=common,rare', 'not-tags=common', 'tags=common&name=n1']) {
      const whole = await ids(filter)
      assert.ok(whole.length > 5, filter)
      assert.deepEqual(await ids(`${filter}&limit=30`), whole.slice(0, 30), filter)
      assert.deepEqual(await ids(`${filter}&limit=3&marker=${whole[1]}`), whole.slice(2, 5), filter)
    }
    assert.equal((await ids('tags=common')).length, 2_352)
  })

  test('a page of what a project sees is found whatever the number of rows there are', async () => {
    await using fresh = await openFresh(migrations)
    await using api = await startTestApi(fresh.store, features)
    const { network } = (await api.call('alice', 'POST', '/v2.0/networks', { network: {} })).body
    const database = new DatabaseSync(fresh.url.slice('sqlite:///'.length))
    for (const last of [19, 999, 20_011, 100_003]) {
      database.prepare('UPDATE networks SET rowid = ?').run(last)
      const { status, body, text } = await api.call('alice', 'GET', '/v2.0/networks?limit=10&fields=id')
      assert.equal(status, 200, `${last} rows: ${text}`)
      assert.deepEqual(body.networks, [{ id: network.id }])
    }
    database.close()
  })

  test('what many ports share is an index only to who asks for nothing else', async () => {
    await using fresh = await openFresh(migrations)
    await using api = await startTestApi(fresh.store, features)
    const database = new DatabaseSync(fresh.url.slice('sqlite:///'.length))
    const table = api.started.registry.get('port').table as unknown as Table<never>
    const whole = { where: TRUE, order: totalOrder([], false) }
    const indexOf = (...where: Predicate[]) => /INDEX (\S+)/.exec(planOf(database, table, whole, and(...where)))?.[1]
    for (const coarse of ['status', 'device_owner']) {
      const shared = equals(coarse, 'x')
      assert.equal(indexOf(shared), `ports_${coarse}_idx`)
      for (const column of ['name', 'device_id', 'mac_address', 'project_id', 'network_id', 'binding:host_id', 'id']) {
        assert.doesNotMatch(indexOf(shared, equals(column, 'y'))!, /ports_(status|device_owner)_idx/, column)
      }
    }
    assert.equal(indexOf(equals('network_id', 'x'), equals('device_owner', 'y')), 'ports_network_id_device_owner_idx')
    database.close()
  })

  test('what a project may see is looked up, never searched for among all there is', async () => {
    await using fresh = await openFresh(migrations)
    await using api = await startTestApi(fresh.store, features)
    const database = new DatabaseSync(fresh.url.slice('sqlite:///'.length))
    const { registry, extensions } = api.started
    const defaults = features.flatMap(({ policies }) => policies)
    const policy = createPolicy({ defaults, config: configOf({}), files: [], extensions })
    const authorizer = new Authorizer(policy, registry)
    const context = { ...CALLERS.alice!, isAdmin: false, requestId: 'req-1', globalRequestId: null }
    for (const resource of RESOURCES) {
      const served = registry.get(resource)
      const table = served.table as unknown as Table<never>
      const order = totalOrder([], false)
      const plan = planOf(database, table, { where: TRUE, order }, authorizer.listable(served, context))
      assert.doesNotMatch(plan, /SCAN t/, `${resource}\n${plan}`)
    }
    database.close()
  })
})
