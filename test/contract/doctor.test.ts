/** What the doctor says of a server's database, on every database: reachable, whose schema, how full, which agents. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { spacedSeconds } from '#base/clock.ts'
import { configOf } from '#config/config.ts'
import { discoverGroups } from '#config/discover.ts'
import { catalogue } from '#doctor/catalogue.ts'
import { examine } from '#doctor/examine.ts'
import type { Area, Finding } from '#doctor/finding.ts'
import { openSite } from '#doctor/site.ts'
import { type Agent, agents } from '#extensions/agent/tables.ts'
import { networkDhcpAgents } from '#extensions/dhcp_agent_scheduler/tables.ts'
import { migrate } from '#store/migrate.ts'
import { schemaState } from '#store/schema-state.ts'
import { table } from '#store/store.ts'
import { forEachDatabase } from '../databases.ts'
import { coreFeatures, startCore, systemOperation } from '../fakes/core.ts'

const features = await coreFeatures()
const groups = await discoverGroups()
const migrations = features.flatMap((feature) => feature.migrations)
const applied = table<{ name: string; applied_at: string }>('neutrino_migrations', { name: 'text', applied_at: 'text' })

/** A server's site over that database; nothing of it runs. */
async function examined(url: string, areas: readonly Area[], options: object = {}): Promise<readonly Finding[]> {
  const site = openSite({
    config: configOf({ DEFAULT: { host: 'h1' }, database: { connection: url, ...options } }, groups),
    roles: new Set(['server', 'dhcp']),
    groups,
    warnings: [],
    readSchema: (store) => schemaState(store, migrations),
    restart: (role) => `restart ${role}`,
  })
  try {
    const checks = catalogue.filter(({ area, subject }) => areas.includes(area) && subject !== 'processes')
    return (await examine(checks, site, AbortSignal.timeout(60_000))).findings
  } finally {
    await site.close()
  }
}

const brief = (findings: readonly Finding[]) => findings.map(({ subject, state }) => `${subject}: ${state}`)

const agent = (id: string, values: Partial<Agent> = {}): Agent => ({
  id,
  agent_type: 'DHCP agent',
  binary: 'neutron-dhcp-agent',
  topic: 'dhcp_agent',
  host: 'h1',
  admin_state_up: true,
  created_at: '2026-01-01 00:00:00',
  started_at: '2026-01-01 00:00:00',
  heartbeat_timestamp: spacedSeconds(Date.now()),
  availability_zone: null,
  description: null,
  configurations: {},
  ...values,
})

forEachDatabase((name, openFresh) => {
  test('a database that is well: which one, where, its schema, its room, its clock', async () => {
    await using database = await openFresh(migrations)
    const findings = await examined(database.url, ['database'])
    assert.deepEqual(brief(findings), ['connection: good', 'schema: good', 'connections: good'])
    const product = { sqlite: /^SQLite 3\./, postgresql: /^PostgreSQL 15\./, mariadb: /^MySQL .*MariaDB/ }[name]
    assert.match(findings[0]!.evidence, product)
    const [, clock] = await examined(database.url, ['clock'])
    assert.deepEqual([clock!.subject, clock!.state], ['database', 'good'])
  })

  test('a schema that lacks something, one of a newer release, one that is not there', async () => {
    await using database = await openFresh([])
    const schema = async () => (await examined(database.url, ['database']))[1]!
    assert.match((await schema()).evidence, /lacks \d+ migrations \(.*\): run neutron-db-manage upgrade heads/)
    assert.equal((await schema()).mend, 'neutron-db-manage upgrade heads')
    await migrate(database.store, migrations)
    await database.store.transaction((tx) => tx.insert(applied, [{ name: 'a/future-one', applied_at: '' }]))
    assert.match((await schema()).evidence, /made by a newer version: it has 1 migration \(a\/future-one\)/)
  })

  test('agents that are dead, off, ahead of their time or not there at all are each told', async () => {
    await using database = await openFresh(migrations)
    assert.deepEqual(brief(await examined(database.url, ['agents'])), [
      'reports: lacking',
      'neutron-dhcp-agent: lacking',
      'physical networks: good',
    ])
    await using started = Object.assign(await startCore(database.store, features), {
      async [Symbol.asyncDispose](this: { close(): Promise<void> }) {
        await this.close()
      },
    })
    const networkId = await database.store.transaction(async (tx) => {
      await tx.insert(agents, [
        agent('a1'),
        agent('a2', { host: 'h2', heartbeat_timestamp: '2026-01-01 00:00:00' }),
        agent('a3', { host: 'h3', admin_state_up: false }),
        agent('a4', { host: 'h4', heartbeat_timestamp: spacedSeconds(Date.now() + 60_000) }),
      ])
      const [network] = await started.resources.create(systemOperation(tx), 'network', [{ name: 'n', project_id: 'p' }])
      return String(network!.id)
    })
    await database.store.transaction((tx) =>
      tx.insert(networkDhcpAgents, [{ network_id: networkId, dhcp_agent_id: 'a2', binding_index: 1 }]),
    )
    const findings = await examined(database.url, ['agents'])
    assert.deepEqual(brief(findings), [
      'DHCP agent on h2: lacking',
      'DHCP agent on h3: note',
      'DHCP agent on h4: lacking',
      'reports: good',
      'of this host: good',
      'physical networks: good',
      'tunnels: lacking',
    ])
    assert.match(findings[0]!.evidence, /dead: last heard of 2026-01-01 00:00:00, .* ago; 1 networks are left to it/)
    assert.equal(findings[3]!.evidence, '1 of 4 report and are on')
    assert.match(findings[6]!.evidence, /networks of type vxlan, and no living agent has it in tunnel_types/)
  })

  test('a pool that is larger than what the database allows is told before it refuses', async () => {
    await using database = await openFresh(migrations)
    const [, , connections] = await examined(database.url, ['database'], { max_pool_size: '199' })
    assert.equal(connections!.state, name === 'sqlite' ? 'good' : 'lacking')
  })

  test('a database that is not there is named by where it should be, never by its password', async () => {
    await using database = await openFresh([])
    const missing = database.url
      .replace(/test(_\d+)?/, 'nowhere')
      .replace('postgres@', 'postgres:hunter2@')
      .replace('root@', 'root:hunter2@')
    const findings = await examined(missing, ['database'])
    assert.deepEqual([findings[0]!.subject, findings[0]!.state], ['connection', 'lacking'])
    assert.match(findings[0]!.evidence, name === 'sqlite' ? /there is no file .*nowhere.db/ : /database nowhere/)
    assert.ok(findings.every(({ evidence }) => !evidence.includes('hunter2')))
  })
})
