/** Availability zones of networks and routers on every database: what is wanted, who serves, and who takes over. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '#base/log.ts'
import { agents } from '#extensions/agent/tables.ts'
import { failOver } from '#extensions/dhcp_agent_scheduler/failover.ts'
import { discover } from '#plugin/discover.ts'
import { moveStranded } from '#services/router/failover.ts'
import { forEachDatabase, type OpenFresh } from '../databases.ts'
import { refused } from '../fakes/api.ts'
import { startTestCloud, type TestCloud } from '../fakes/bus.ts'
import { ML2 } from '../fakes/core.ts'

const features = await discover(['router'])
const migrations = features.flatMap((feature) => feature.migrations)
const DHCP_DRIVER = 'neutron.scheduler.dhcp_agent_scheduler.AZAwareWeightScheduler'
const L3_DRIVER = 'neutron.scheduler.l3_agent_scheduler.AZLeastRoutersScheduler'
const DHCP = 'DHCP agent'
const L3 = 'L3 agent'

// biome-ignore lint/suspicious/noExplicitAny: whatever the server said
type Body = any

async function make(api: TestCloud, resource: string, values: object, token = 'alice'): Promise<Body> {
  const answer = await api.call(token, 'POST', `/v2.0/${resource}s`, { [resource]: values })
  assert.equal(answer.status, 201, answer.text)
  return answer.body[resource]
}

async function show(api: TestCloud, resource: string, id: string): Promise<Body> {
  return (await api.call('alice', 'GET', `/v2.0/${resource}s/${id}`)).body[resource]
}

async function withCloud(openFresh: OpenFresh, more: object, run: (api: TestCloud) => Promise<void>): Promise<void> {
  await using database = await openFresh(migrations)
  const drivers = { network_scheduler_driver: DHCP_DRIVER, router_scheduler_driver: L3_DRIVER }
  await using api = await startTestCloud(database.store, features, { ...ML2, DEFAULT: { ...drivers, ...more } })
  await run(api)
}

/** A network wanted in those zones, with a subnet under DHCP. */
async function served(api: TestCloud, ...availability_zone_hints: readonly string[]): Promise<Body> {
  const network = await make(api, 'network', { availability_zone_hints })
  await make(api, 'subnet', { network_id: network.id, ip_version: 4, cidr: '10.0.0.0/24' })
  return show(api, 'network', network.id)
}

/** The hosts that serve it, in order. */
async function hostsOf(api: TestCloud, path: string): Promise<string[]> {
  const { body } = await api.call('admin', 'GET', `/v2.0/${path}`)
  return body.agents.map(({ host }: { host: string }) => host).sort()
}

const silence = (api: TestCloud, ...hosts: readonly string[]) =>
  api.started.store.transaction((tx) =>
    tx.update(agents, { host: hosts }, { heartbeat_timestamp: '2020-01-01 00:00:00' }),
  )

forEachDatabase((_name, openFresh) => {
  test('networks are served in the zones they are wanted in, and say in which they are', () =>
    withCloud(openFresh, { dhcp_agents_per_network: '2' }, async (api) => {
      for (const [host, zone] of Object.entries({ d1: 'x', d2: 'x', d3: 'y', d4: 'z' })) {
        await api.report(DHCP, host, {}, zone)
      }
      const bare = await make(api, 'network', { availability_zone_hints: ['y', 'x'] })
      assert.deepEqual([bare.availability_zone_hints, bare.availability_zones], [['x', 'y'], []])
      const both = await served(api, 'y', 'x')
      assert.deepEqual(both.availability_zones, ['x', 'y'])
      assert.equal((await hostsOf(api, `networks/${both.id}/dhcp-agents`)).length, 2)
      const one = await served(api, 'x')
      assert.deepEqual(
        [one.availability_zones, await hostsOf(api, `networks/${one.id}/dhcp-agents`)],
        [['x'], ['d1', 'd2']],
      )
      const lone = await served(api, 'z')
      assert.deepEqual(await hostsOf(api, `networks/${lone.id}/dhcp-agents`), ['d4'])
      const any = await served(api)
      assert.deepEqual([any.availability_zone_hints, any.availability_zones.length], [[], 2])

      // An agent of the zone that comes later gets what is wanted there, and nothing else.
      await api.report(DHCP, 'd5', {}, 'z')
      const { length } = await api.rpc('get_active_networks_info', { host: 'd5' })
      assert.deepEqual([length, await hostsOf(api, `networks/${lone.id}/dhcp-agents`)], [1, ['d4', 'd5']])
    }))

  test('a DHCP agent that dies is replaced by one of the zones wanted, or by none', () =>
    withCloud(openFresh, {}, async (api) => {
      for (const [host, zone] of Object.entries({ d1: 'x', d2: 'x', d3: 'y' })) await api.report(DHCP, host, {}, zone)
      const network = await served(api, 'x')
      const path = `networks/${network.id}/dhcp-agents`
      const [first] = await hostsOf(api, path)
      await silence(api, first!)
      const { store, resources } = api.started
      const options = {
        dhcp_agents_per_network: 1,
        network_auto_schedule: true,
        dhcp_load_type: 'networks',
        network_scheduler_driver: DHCP_DRIVER,
        default_availability_zones: [],
      }
      await failOver({ store, resources, log: silentLog }, options)
      assert.deepEqual(await hostsOf(api, path), [first === 'd1' ? 'd2' : 'd1'])
      await silence(api, 'd1', 'd2')
      await failOver({ store, resources, log: silentLog }, options)
      assert.deepEqual(await hostsOf(api, path), [])
    }))

  test('routers are hosted in the zones they are wanted in; when their agent dies they stay there', () =>
    withCloud(openFresh, {}, async (api) => {
      for (const [host, zone] of Object.entries({ l1: 'x', l2: 'y', l3: 'y' })) await api.report(L3, host, {}, zone)
      const { id: network_id } = await make(api, 'network', { 'router:external': true }, 'admin')
      await make(api, 'subnet', { network_id, ip_version: 4, cidr: '203.0.113.0/24' }, 'admin')
      const router = async (...availability_zone_hints: readonly string[]) =>
        make(api, 'router', { availability_zone_hints, external_gateway_info: { network_id } })
      const [x, y] = [await router('x'), await router('y')]
      assert.deepEqual([x.availability_zone_hints, x.availability_zones], [['x'], ['x']])
      const hostOf = (id: string) => hostsOf(api, `routers/${id}/l3-agents`)
      assert.deepEqual([await hostOf(x.id), (await show(api, 'router', y.id)).availability_zones], [['l1'], ['y']])
      const [yHost] = await hostOf(y.id)

      const { store, resources } = api.started
      const scheduling = { now: () => Date.now(), downTimeMs: 75_000, strategy: 'zones', defaultZones: [] } as const
      await silence(api, 'l1', yHost!)
      await moveStranded({ store, resources, log: silentLog }, scheduling)
      assert.deepEqual([await hostOf(x.id), await hostOf(y.id)], [['l1'], [yHost === 'l2' ? 'l3' : 'l2']])

      // What is hosted nowhere goes to the agent that asks, if it is wanted there.
      const waiting = [await make(api, 'router', { availability_zone_hints: ['x'] }), await make(api, 'router', {})]
      const asked = await api.rpc('get_router_ids', { host: 'l2' }, 'q-l3-plugin')
      assert.deepEqual(
        waiting.map(({ id }) => asked.includes(id)),
        [false, true],
      )
    }))

  test('the load of an agent is counted in what the operator says', async () => {
    const chosen: string[] = []
    for (const dhcp_load_type of ['networks', 'subnets', 'ports']) {
      await withCloud(openFresh, { dhcp_load_type }, async (api) => {
        for (const host of ['few', 'many']) await api.report(DHCP, host, {}, 'x')
        const agentsBy = new Map<string, string>()
        for (const { id, host } of (await api.call('admin', 'GET', '/v2.0/agents')).body.agents) agentsBy.set(host, id)
        // One network of three subnets for the one, two of one subnet for the other.
        const give = async (host: string, cidrs: readonly string[]) => {
          const { id: network_id } = await make(api, 'network', {}, 'admin')
          for (const cidr of cidrs) {
            await make(api, 'subnet', { network_id, ip_version: 4, cidr, enable_dhcp: false }, 'admin')
          }
          const path = `/v2.0/agents/${agentsBy.get(host)}/dhcp-networks`
          assert.equal((await api.call('admin', 'POST', path, { network_id })).status, 201)
          return network_id
        }
        const large = await give('few', ['10.0.0.0/24', '10.0.1.0/24', '10.0.2.0/24'])
        for (const name of ['a', 'b', 'c']) await make(api, 'port', { name, network_id: large }, 'admin')
        await give('many', ['10.0.0.0/24'])
        await give('many', ['10.0.0.0/24'])
        chosen.push(...(await hostsOf(api, `networks/${(await served(api)).id}/dhcp-agents`)))
      })
    }
    assert.deepEqual(chosen, ['few', 'many', 'many'])
  })

  test('zones nobody serves, hints that are none, and hints that change are refused', () =>
    withCloud(openFresh, {}, async (api) => {
      await api.report(DHCP, 'd1', {}, 'x')
      const post = (resource: string, availability_zone_hints: unknown) =>
        api.call('alice', 'POST', `/v2.0/${resource}s`, { [resource]: { availability_zone_hints } })
      const text = 'AvailabilityZone nowhere could not be found.'
      refused(await post('network', ['x', 'nowhere']), 404, 'AvailabilityZoneNotFound', text)
      // A zone of DHCP agents is none for routers.
      refused(await post('router', ['x']), 404, 'AvailabilityZoneNotFound')
      refused(await post('network', 'x'), 400, 'HTTPBadRequest')
      const twice = "Invalid input for availability_zone_hints. Reason: Duplicate items in the list: 'x'."
      refused(await post('network', ['x', 'x']), 400, 'HTTPBadRequest', twice)
      const many = Array.from({ length: 60 }, (_, index) => `z${index}`)
      const tooMany = 'Invalid input for operation: Too many availability_zone_hints specified.'
      refused(await post('router', many), 400, 'InvalidInput', tooMany)
      assert.deepEqual((await api.call('admin', 'GET', '/v2.0/networks')).body.networks, [])
      const network = await make(api, 'network', { availability_zone_hints: ['x'] })
      const body = { network: { availability_zone_hints: [] } }
      refused(await api.call('alice', 'PUT', `/v2.0/networks/${network.id}`, body), 400, 'HTTPBadRequest')
    }))

  test('what asks for no zone is wanted in the default ones', () =>
    withCloud(openFresh, { default_availability_zones: 'y' }, async (api) => {
      for (const [host, zone] of Object.entries({ d1: 'x', d2: 'y' })) {
        await api.report(DHCP, host, {}, zone)
        await api.report(L3, host, {}, zone)
      }
      const network = await served(api)
      assert.deepEqual([network.availability_zone_hints, network.availability_zones], [['y'], ['y']])
      assert.deepEqual((await served(api, 'x')).availability_zones, ['x'])
      assert.deepEqual((await make(api, 'router', {})).availability_zone_hints, ['y'])
    }))
})
