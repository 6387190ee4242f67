/** Several gateways of a router over HTTP: added, replaced and removed, refused, and what L3 agents are given. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '#base/json.ts'
import type { RouterInfo } from '#rpc/contract/l3.ts'
import { forEachDatabase } from '../databases.ts'
import { networks, type World, withAgent, world } from './router-world.ts'

interface Shown extends JsonObject {
  readonly network_id: string
  readonly enable_snat: boolean
  readonly external_fixed_ips: JsonObject[]
}

const gateways = (router: JsonObject) => router.external_gateways as Shown[]
const nets = (router: JsonObject) => gateways(router).map(({ network_id }) => network_id)
const first = ({ external_fixed_ips: [ip] }: Shown) => String(ip!.ip_address)

/** Two external networks and a router of alice's without a gateway. */
async function begin(it: World) {
  const near = await networks(it)
  const beyond = await it.create('admin', 'network', { name: 'ext2', 'router:external': true })
  await it.create('admin', 'subnet', { network_id: beyond.id, ip_version: 4, cidr: '198.51.100.0/24' })
  const router = await it.create('alice', 'router', { name: 'r' })
  const act = async (action: string, external_gateways: readonly JsonObject[], token = 'alice') =>
    (
      await it.put(token, `/routers/${router.id}/${action}_external_gateways`, {
        router: { external_gateways: external_gateways as JsonObject[] },
      })
    ).router as JsonObject
  const refusal = (action: string, external_gateways: readonly JsonObject[], token = 'alice') =>
    it.refused(token, 'PUT', `/routers/${router.id}/${action}_external_gateways`, {
      router: { external_gateways: external_gateways as JsonObject[] },
    })
  const [one, two] = [{ network_id: near.ext.id }, { network_id: beyond.id }]
  return { ...near, beyond, router, act, refusal, one, two }
}

forEachDatabase((_name, openFresh) => {
  test('gateways are added, the first is external_gateway_info, and agents are given all of them', async () => {
    await using it = await world(openFresh)
    await withAgent(it)
    const { router, act, one, two, ext, beyond } = await begin(it)
    assert.deepEqual(router.external_gateways, [])
    await it.told()

    const both = await act('add', [one, two])
    assert.deepEqual(nets(both), [ext.id, beyond.id])
    assert.deepEqual(both.external_gateway_info, gateways(both)[0])
    assert.equal(gateways(both)[1]!.enable_snat, true)
    assert.ok(Number(both.revision_number) > Number(router.revision_number))
    assert.ok((await it.told()).some(({ method }) => method === 'routers_updated'))

    const three = await act('add', [{ ...one, enable_snat: false }], 'admin')
    assert.deepEqual(nets(three), [ext.id, beyond.id, ext.id])
    const read = (await it.api.call('alice', 'GET', `/v2.0/routers/${router.id}`)).body.router
    assert.deepEqual(read.external_gateways, three.external_gateways)
    const [listed] = (await it.api.call('alice', 'GET', '/v2.0/routers?fields=external_gateways')).body.routers
    assert.deepEqual(listed, { external_gateways: three.external_gateways })

    const [info] = (await it.rpc('sync_routers', { host: 'h1', router_ids: null })) as unknown as RouterInfo[]
    const { gw_port, _extra_gateways } = info!
    assert.equal(gw_port!.network_id, ext.id)
    const given = _extra_gateways!.map(({ port, enable_snat }) => [port.network_id, enable_snat])
    assert.deepEqual(given, [
      [beyond.id, true],
      [ext.id, false],
    ])
    assert.equal((await it.api.call('alice', 'DELETE', `/v2.0/routers/${router.id}`)).status, 204)
    const left = await it.api.call('admin', 'GET', '/v2.0/ports?device_owner=network:router_gateway')
    assert.deepEqual(left.body.ports, [])
  })

  test('gateways are replaced and removed: ports that fit stay, the next one becomes the first', async () => {
    await using it = await world(openFresh)
    const { router, act, one, two, ext, beyond } = await begin(it)
    const portIds = async () => {
      const answer = await it.api.call('admin', 'GET', '/v2.0/ports?device_owner=network:router_gateway')
      return (answer.body.ports as JsonObject[]).map(({ id }) => id).sort()
    }
    await act('add', [one, two])
    const before = await portIds()
    assert.deepEqual(nets(await act('update', [two, one])), [beyond.id, ext.id])
    assert.deepEqual(await portIds(), before)

    const moved = await act('update', [two, { ...one, external_fixed_ips: [{ ip_address: '203.0.113.99' }] }], 'admin')
    assert.equal(first(gateways(moved)[1]!), '203.0.113.99')
    assert.deepEqual(await portIds(), before)

    const cleared = await it.put('alice', `/routers/${router.id}`, { router: { external_gateway_info: null } })
    assert.deepEqual(nets(cleared.router as JsonObject), [ext.id])
    assert.equal(((cleared.router as JsonObject).external_gateway_info as JsonObject).network_id, ext.id)

    await act('add', [one])
    const twins = await act('add', [two])
    assert.deepEqual(nets(twins), [ext.id, ext.id, beyond.id])
    const gone = { ...one, external_fixed_ips: [{ ip_address: '203.0.113.99' }] }
    assert.deepEqual(nets(await act('remove', [gone])), [ext.id, beyond.id])
    assert.deepEqual(nets(await act('remove', [])), [ext.id, beyond.id])
    assert.deepEqual(nets(await act('update', [two])), [beyond.id])
    const none = await act('update', [])
    assert.deepEqual([none.external_gateways, none.external_gateway_info], [[], null])
    assert.deepEqual(await portIds(), [])
  })

  test('a floating IP is at the router whose gateway is on its network, and keeps that gateway', async () => {
    await using it = await world(openFresh)
    const { router, act, refusal, one, two, net, subnet, beyond } = await begin(it)
    await it.put('alice', `/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id })
    await act('add', [one, two])
    const vm = await it.create('alice', 'port', { network_id: net.id })
    const floating = await it.create('alice', 'floatingip', { floating_network_id: beyond.id, port_id: vm.id })
    assert.equal(floating.router_id, router.id)
    const inUse = [
      409,
      'RouterExternalGatewayInUseByFloatingIp',
      `Gateway cannot be updated for router ${router.id}, since a gateway to external network ${beyond.id} is required ` +
        'by one or more floating IPs.',
    ]
    assert.deepEqual(await refusal('remove', [two]), inUse)
    assert.deepEqual(await refusal('update', [one]), inUse)
    assert.deepEqual(await refusal('update', []), inUse)
    assert.deepEqual(nets(await act('remove', [one])), [beyond.id])
  })

  test('refused: what is not there, not clear, not external, overlapping, malformed, or not allowed', async () => {
    await using it = await world(openFresh)
    const { router, act, refusal, one, two, net, extSubnet } = await begin(it)
    const match = `Unable to match a requested gateway port to existing gateway ports for router ${router.id}`
    assert.deepEqual(await refusal('remove', [one]), [
      400,
      'UnableToRemoveGateways',
      `Unable to remove extra gateways from a router ${router.id}`,
    ])
    const twins = await act('add', [one, one])
    assert.deepEqual(await refusal('remove', [one]), [400, 'UnableToMatchGateways', match])
    assert.deepEqual(await refusal('remove', [two]), [400, 'UnableToMatchGateways', match])
    assert.deepEqual(await refusal('update', [one]), [400, 'UnableToMatchGateways', match])
    assert.match((await refusal('add', [{ network_id: net.id }]))[2], /is not an external network/)
    assert.equal((await refusal('add', [{ network_id: crypto.randomUUID() }]))[1], 'NetworkNotFound')
    const gatewayIp = { ...one, external_fixed_ips: [{ ip_address: String(extSubnet.gateway_ip) }] }
    assert.match((await refusal('add', [gatewayIp], 'admin'))[2], /is the same as the gateway IP/)

    const same = await it.create('admin', 'network', { name: 'ext3', 'router:external': true })
    await it.create('admin', 'subnet', { network_id: same.id, ip_version: 4, cidr: '203.0.113.0/25' })
    assert.match((await refusal('add', [{ network_id: same.id }]))[2], /overlaps with cidr/)
    assert.match((await refusal('add', Array(31).fill(two)))[2], /at most 32 gateways/)

    assert.equal((await refusal('add', [{ enable_snat: true }], 'admin'))[0], 400)
    const path = `/routers/${router.id}/add_external_gateways`
    assert.equal((await it.refused('alice', 'PUT', path, { router: {} }))[0], 400)
    for (const action of ['add', 'update']) {
      assert.equal((await refusal(action, [{ ...two, enable_snat: false }]))[1], 'PolicyNotAuthorized')
      assert.equal((await refusal(action, [{ ...two, external_fixed_ips: [] }]))[0], 403)
    }
    assert.equal((await refusal('add', [two], 'bob'))[0], 404)
    const put = { router: { external_gateways: [] } }
    assert.equal((await it.refused('alice', 'PUT', `/routers/${router.id}`, put))[0], 400)
    const read = (await it.api.call('alice', 'GET', `/v2.0/routers/${router.id}`)).body.router
    assert.deepEqual(read.external_gateways, twins.external_gateways)
  })
})
