/** What routers and floating IPs are refused, in upstream's words; those of plain life are in router.test.ts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isJsonObject, type JsonObject } from '#base/json.ts'
import { forEachDatabase } from '../databases.ts'
import { networks, withAgent, world } from './router-world.ts'

forEachDatabase((_name, openFresh) => {
  test("what routers and floating IPs cannot be is refused in upstream's words", async () => {
    await using it = await world(openFresh)
    const { ext, net, subnet } = await networks(it)
    const router = await it.create('alice', 'router', { external_gateway_info: { network_id: ext.id } })
    await it.put('alice', `/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id })
    const act = (action: string, body: JsonObject) =>
      it.refused('alice', 'PUT', `/routers/${router.id}/${action}`, body)
    const badRouter = (msg: string) => [400, 'BadRequest', `Bad router request: ${msg}.`]
    const badFloating = (msg: string) => [400, 'BadRequest', `Bad floatingip request: ${msg}.`]

    const route = { destination: '192.168.0.0/24', nexthop: '10.0.0.9' }
    const { router: routed } = await it.put('alice', `/routers/${router.id}/add_extraroutes`, {
      router: { routes: [route] },
    })
    assert.deepEqual([(routed as JsonObject).routes, (routed as JsonObject).tenant_id], [[route], 'a'])
    assert.equal(isJsonObject(routed) && 'extra_gateways' in routed, false)
    for (const action of ['add_extraroutes', 'remove_extraroutes']) {
      const [status, type, message] = await act(action, { router: { routes: [{ ...route, destination: 'x' }] } })
      assert.deepEqual([status, type], [400, 'HTTPBadRequest'])
      assert.match(message, /^Invalid input for routes\. Reason: /)
    }
    const many = Array.from({ length: 31 }, (_, n) => ({ destination: `192.168.${n}.0/24`, nexthop: '10.0.0.9' }))
    assert.deepEqual(await it.refused('alice', 'PUT', `/routers/${router.id}`, { router: { routes: many } }), [
      400,
      'RoutesExhausted',
      `Unable to complete operation for ${router.id}. The number of routes exceeds the maximum 30.`,
    ])

    const bare = { network_id: net.id, ip_version: 4, cidr: '10.5.0.0/24', gateway_ip: null }
    const without = await it.create('alice', 'subnet', bare)
    assert.deepEqual(
      await act('add_router_interface', { subnet_id: without.id }),
      badRouter('Subnet for router interface must have a gateway IP'),
    )
    const both = await it.create('alice', 'port', {
      network_id: net.id,
      fixed_ips: [{ ip_address: '10.5.0.9' }, { subnet_id: without.id, ip_address: '10.5.0.10' }],
    })
    assert.deepEqual(
      await act('add_router_interface', { port_id: both.id }),
      badRouter('Cannot have multiple IPv4 subnets on router port'),
    )
    const six = await it.create('alice', 'subnet', { network_id: net.id, ip_version: 6, cidr: 'fd00:1::/64' })
    await it.put('alice', `/routers/${router.id}/add_router_interface`, { subnet_id: six.id })
    const p6 = await it.create('alice', 'port', { network_id: net.id, fixed_ips: [{ subnet_id: six.id }] })
    assert.match((await act('add_router_interface', { port_id: p6.id }))[2], /Only one IPv6 port from the same network/)
    const outer = await it.create('alice', 'network', {})
    const foreign = await it.create('alice', 'subnet', {
      network_id: outer.id,
      ip_version: 6,
      cidr: 'fd00:2::/64',
      ipv6_address_mode: 'slaac',
    })
    assert.deepEqual(
      await act('add_router_interface', { subnet_id: foreign.id }),
      badRouter(
        `IPv6 subnet ${foreign.id} configured to receive RAs from an external router cannot be added to Neutron Router.`,
      ),
    )
    const interfaces = (await it.api.call('alice', 'GET', `/v2.0/ports?device_id=${router.id}`)).body.ports
    const inner = interfaces.find(({ fixed_ips }: { fixed_ips: JsonObject[] }) => fixed_ips[0]!.subnet_id === subnet.id)
    assert.deepEqual(await act('remove_router_interface', { port_id: inner.id, subnet_id: without.id }), [
      400,
      'SubnetMismatchForPort',
      `Subnet on port ${inner.id} does not match the requested subnet ${without.id}.`,
    ])

    const float = (values: JsonObject, token = 'alice') =>
      it.refused(token, 'POST', '/floatingips', { floatingip: { floating_network_id: ext.id, ...values } })
    assert.deepEqual(
      await float({ port_id: p6.id }),
      badFloating(`Cannot add floating IP to port ${p6.id} that has no fixed IPv4 addresses`),
    )
    assert.match((await float({ port_id: both.id }))[2], /has multiple fixed IPv4 addresses/)
    const vm = await it.create('alice', 'port', { network_id: net.id, fixed_ips: [{ ip_address: '10.0.0.20' }] })
    assert.deepEqual(
      await float({ port_id: vm.id, fixed_ip_address: 'fd00:1::9' }),
      badFloating('Cannot process floating IP association with fd00:1::9, since that is not an IPv4 address'),
    )
    const dhcp = { network_id: net.id, device_owner: 'network:dhcp', fixed_ips: [{ ip_address: '10.0.0.31' }] }
    const served = await it.create('admin', 'port', { ...dhcp, project_id: 'a' })
    assert.match((await float({ port_id: served.id }, 'admin'))[2], /is unable to be assigned a floating IP/)
    const outside = await it.create('admin', 'network', { 'router:external': true })
    assert.deepEqual(
      await float({ floating_network_id: outside.id }),
      badFloating(`Network ${outside.id} does not contain any IPv4 subnet`),
    )
    const theirs = await it.create('admin', 'floatingip', { floating_network_id: ext.id, port_id: vm.id })
    assert.deepEqual(await it.refused('alice', 'DELETE', `/ports/${vm.id}`), [
      409,
      'FipAssociated',
      `Unable to complete the operation on port ${vm.id} because the port still has an associated floating IP.`,
    ])
    assert.equal((await it.api.call('admin', 'DELETE', `/v2.0/ports/${vm.id}`)).status, 204)
    assert.equal((await it.api.call('admin', 'GET', `/v2.0/floatingips/${theirs.id}`)).body.floatingip.port_id, null)
    const gone = crypto.randomUUID()
    const move = { router_id: router.id }
    assert.equal((await it.refused('admin', 'POST', `/agents/${gone}/l3-routers`, move))[1], 'AgentNotFound')
    const agent = await withAgent(it)
    await it.api.call('admin', 'PUT', `/v2.0/agents/${agent}`, { agent: { admin_state_up: false } })
    assert.deepEqual(await it.refused('admin', 'POST', `/agents/${agent}/l3-routers`, move), [
      404,
      'InvalidL3Agent',
      `Agent ${agent} is not a L3 Agent or has been disabled`,
    ])
  })
})
