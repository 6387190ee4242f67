/** Service types of subnets on every database: whose ports get addresses where, by every way a port gets them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { discover } from '#plugin/discover.ts'
import { forEachDatabase, type OpenFresh } from '../databases.ts'
import { refused, startTestApi, type TestApi } from '../fakes/api.ts'
import { ML2 } from '../fakes/core.ts'

const features = await discover()
const migrations = features.flatMap((feature) => feature.migrations)
const GATEWAY = 'network:router_gateway'

// biome-ignore lint/suspicious/noExplicitAny: whatever the server said
type Body = any

async function make(api: TestApi, resource: string, values: object, token = 'admin'): Promise<Body> {
  const answer = await api.call(token, 'POST', `/v2.0/${resource}s`, { [resource]: values })
  assert.equal(answer.status, 201, answer.text)
  return answer.body[resource]
}

async function withApi(openFresh: OpenFresh, run: (api: TestApi) => Promise<void>): Promise<void> {
  await using database = await openFresh(migrations)
  await using api = await startTestApi(database.store, features, ML2)
  await run(api)
}

const netOf = ({ ip_address }: { ip_address: string }) => ip_address.split('.').slice(0, 3).join('.')
const netsOf = (port: Body): string[] => port.fixed_ips.map(netOf)

/** A network with a subnet for each of these owners: 10.0.<first>.0/24 and so on. */
async function networkFor(api: TestApi, owners: readonly (readonly string[])[], more: object = {}, first = 0) {
  const { id: network_id } = await make(api, 'network', more)
  const subnets: Body[] = []
  for (const [index, service_types] of owners.entries()) {
    const cidr = `10.0.${first + index}.0/24`
    subnets.push(await make(api, 'subnet', { network_id, ip_version: 4, cidr, service_types }))
  }
  return { network_id, subnets }
}

forEachDatabase((_name, openFresh) => {
  test('ports have addresses where their owner is served, of subnets meant for it first', () =>
    withApi(openFresh, async (api) => {
      const { network_id, subnets } = await networkFor(api, [[], ['compute:nova'], [GATEWAY]])
      assert.deepEqual(
        subnets.map(({ service_types }) => service_types),
        [[], ['compute:nova'], [GATEWAY]],
      )
      const netFor = async (device_owner: string) => netsOf(await make(api, 'port', { network_id, device_owner }))
      assert.deepEqual(await netFor('compute:nova'), ['10.0.1'])
      assert.deepEqual(await netFor('compute:other'), ['10.0.0'])
      assert.deepEqual(await netFor(GATEWAY), ['10.0.2'])
      assert.deepEqual(await netFor(''), ['10.0.0'])

      // A subnet that is full gives way to the next that serves the owner.
      const pools = [{ start: '10.0.1.2', end: '10.0.1.2' }]
      await api.call('admin', 'PUT', `/v2.0/subnets/${subnets[1].id}`, { subnet: { allocation_pools: pools } })
      await api.call('admin', 'POST', '/v2.0/ports', {
        port: { network_id, device_owner: 'compute:nova', fixed_ips: [{ ip_address: '10.0.1.2' }] },
      })
      assert.deepEqual(await netFor('compute:nova'), ['10.0.0'])
    }))

  test('where no subnet serves the owner there is no port, and what it names must serve it', () =>
    withApi(openFresh, async (api) => {
      const { network_id, subnets } = await networkFor(api, [['compute:nova'], [GATEWAY]])
      const port = (values: object) => api.call('admin', 'POST', '/v2.0/ports', { port: { network_id, ...values } })
      const none = 'IpAddressGenerationFailureNoMatchingSubnet'
      const text = `No valid service subnet for the given device owner, network ${network_id}, service type x:y.`
      refused(await port({ device_owner: 'x:y' }), 409, none, text)
      refused(await port({ device_owner: 'x:y', fixed_ips: [] }), 409, none)

      const here = { device_owner: 'compute:nova', fixed_ips: [{ subnet_id: subnets[1].id }] }
      const invalid =
        `Invalid input for operation: Failed to create port on network ${network_id}, ` +
        `because fixed_ips included invalid subnet ${subnets[1].id}.`
      refused(await port(here), 400, 'InvalidInput', invalid)
      refused(await port({ ...here, fixed_ips: [{ ip_address: '10.0.1.9' }] }), 400, 'InvalidIpForNetwork')
      assert.deepEqual((await api.call('admin', 'GET', '/v2.0/ports')).body.ports, [])
      // Without any subnet there is nothing to have an address of, and nothing wrong.
      const bare = await make(api, 'network', {})
      assert.deepEqual((await make(api, 'port', { network_id: bare.id, device_owner: 'x:y' })).fixed_ips, [])
    }))

  test('a port keeps what it has when the types change; a change of its addresses follows them', () =>
    withApi(openFresh, async (api) => {
      const { network_id, subnets } = await networkFor(api, [[], []])
      const port = await make(api, 'port', { network_id, fixed_ips: [{ subnet_id: subnets[0].id }] })
      const path = `/v2.0/subnets/${subnets[0].id}`
      const { body } = await api.call('admin', 'PUT', path, { subnet: { service_types: [GATEWAY] } })
      assert.deepEqual(body.subnet.service_types, [GATEWAY])
      assert.equal(body.subnet.revision_number, 1)
      const put = (fixed_ips: readonly object[]) =>
        api.call('admin', 'PUT', `/v2.0/ports/${port.id}`, { port: { fixed_ips } })
      const both = await put([...port.fixed_ips, { subnet_id: subnets[1].id }])
      assert.deepEqual(netsOf(both.body.port).toSorted(), ['10.0.0', '10.0.1'])
      const more = [{ subnet_id: subnets[0].id }, { subnet_id: subnets[0].id }]
      refused(await put(more), 400, 'InvalidInput')
      const again = await api.call('admin', 'PUT', path, { subnet: { service_types: [] } })
      assert.deepEqual(again.body.subnet.service_types, [])
      assert.equal((await put(more)).status, 200)
    }))

  test('gateways, floating IPs, router interfaces and DHCP servers go where they are served', () =>
    withApi(openFresh, async (api) => {
      const outside = [['network:floatingip'], [GATEWAY], ['compute:nova']]
      const external = await networkFor(api, outside, { 'router:external': true })
      const router = await make(api, 'router', { external_gateway_info: { network_id: external.network_id } })
      assert.deepEqual(router.external_gateway_info.external_fixed_ips.map(netOf), ['10.0.1'])
      // A subnet that comes later and is not for gateways leaves the gateway as it is; one for all does not.
      const later = (cidr: string, service_types: readonly string[]) =>
        make(api, 'subnet', { network_id: external.network_id, ip_version: 6, cidr, service_types })
      const gateway = async () =>
        (await api.call('admin', 'GET', `/v2.0/routers/${router.id}`)).body.router.external_gateway_info
      await later('fd01::/64', ['network:floatingip'])
      assert.equal((await gateway()).external_fixed_ips.length, 1)
      await later('fd02::/64', [])
      assert.equal((await gateway()).external_fixed_ips.length, 2)
      const floating = await make(api, 'floatingip', { floating_network_id: external.network_id })
      assert.equal(netOf({ ip_address: floating.floating_ip_address }), '10.0.0')

      const inside = await networkFor(api, [['compute:nova']], {}, 8)
      const dhcp = await make(api, 'port', { network_id: inside.network_id, device_owner: 'network:dhcp' })
      assert.deepEqual(netsOf(dhcp), ['10.0.8'])
      const add = (subnet_id: string) =>
        api.call('admin', 'PUT', `/v2.0/routers/${router.id}/add_router_interface`, { subnet_id })
      refused(await add(inside.subnets[0].id), 409, 'IpAddressGenerationFailureNoMatchingSubnet')
      const owners = ['compute:nova', 'network:router_interface']
      const served = await networkFor(api, [owners], {}, 9)
      assert.equal((await add(served.subnets[0].id)).status, 200)
    }))

  test('a new subnet for automatic addresses reaches only the ports it serves', () =>
    withApi(openFresh, async (api) => {
      const { network_id } = await networkFor(api, [[]])
      const vm = await make(api, 'port', { network_id, device_owner: 'compute:nova' })
      const other = await make(api, 'port', { network_id })
      const modes = { ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' }
      const types = { service_types: ['compute:nova'] }
      await make(api, 'subnet', { network_id, ip_version: 6, cidr: 'fd00::/64', ...modes, ...types })
      const addresses = async (id: string) => (await api.call('admin', 'GET', `/v2.0/ports/${id}`)).body.port.fixed_ips
      assert.deepEqual([(await addresses(vm.id)).length, (await addresses(other.id)).length], [2, 1])
      assert.equal((await make(api, 'port', { network_id })).fixed_ips.length, 1)
    }))

  test('only device owners are service types', () =>
    withApi(openFresh, async (api) => {
      const { id: network_id } = await make(api, 'network', {}, 'alice')
      const post = (service_types: unknown, token = 'admin') =>
        api.call(token, 'POST', '/v2.0/subnets', {
          subnet: { network_id, ip_version: 4, cidr: '10.0.0.0/24', service_types },
        })
      const text = 'Subnet service type foo does not correspond to a valid device owner.'
      refused(await post(['foo']), 400, 'InvalidSubnetServiceType', text)
      refused(await post([7]), 400, 'InvalidInputSubnetServiceType', 'Subnet service type 7 is not a string.')
      refused(await post('foo'), 400, 'HTTPBadRequest', 'Subnet service types must be a list.')
      assert.deepEqual((await api.call('admin', 'GET', '/v2.0/subnets')).body.subnets, [])
      const aliases = (await api.call('alice', 'GET', '/v2.0/extensions')).body.extensions
      assert.ok(aliases.some(({ alias }: { alias: string }) => alias === 'subnet-service-types'))
    }))
})
