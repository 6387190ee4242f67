/** Routers and floating IPs over HTTP: what clients see and are refused, and what L3 agents are told and given. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '#base/json.ts'
import type { RouterInfo } from '#rpc/contract/l3.ts'
import { forEachDatabase } from '../databases.ts'
import { networks, withAgent, world } from './router-world.ts'

forEachDatabase((_name, openFresh) => {
  test('a router with a gateway, an interface and a floating IP, taken apart again', async () => {
    await using it = await world(openFresh)
    const { ext, extSubnet, net, subnet } = await networks(it)
    const router = await it.create('alice', 'router', {
      name: 'r',
      external_gateway_info: { network_id: ext.id },
    })
    assert.equal(router.status, 'ACTIVE')
    const info = router.external_gateway_info as JsonObject
    assert.deepEqual(info, {
      network_id: ext.id,
      enable_snat: true,
      external_fixed_ips: [
        { subnet_id: extSubnet.id, ip_address: (info.external_fixed_ips as JsonObject[])[0]!.ip_address },
      ],
    })

    const added = await it.put('alice', `/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id })
    assert.deepEqual(added, {
      id: router.id,
      tenant_id: 'a',
      project_id: 'a',
      port_id: added.port_id,
      network_id: net.id,
      subnet_id: subnet.id,
      subnet_ids: [subnet.id],
    })
    const inner = (await it.api.call('alice', 'GET', `/v2.0/ports/${added.port_id}`)).body.port
    assert.equal(inner.device_owner, 'network:router_interface')
    assert.deepEqual(inner.fixed_ips, [{ subnet_id: subnet.id, ip_address: '10.0.0.1' }])

    const vm = await it.create('alice', 'port', { network_id: net.id })
    const floating = await it.create('alice', 'floatingip', { floating_network_id: ext.id, port_id: vm.id })
    assert.equal(floating.router_id, router.id)
    assert.equal(floating.status, 'DOWN')
    assert.equal(floating.fixed_ip_address, (vm.fixed_ips as JsonObject[])[0]!.ip_address)
    assert.equal((floating.port_details as JsonObject).network_id, net.id)
    assert.ok(!('floating_port_id' in floating))

    assert.deepEqual(
      await it.refused('alice', 'PUT', `/routers/${router.id}/remove_router_interface`, { subnet_id: subnet.id }),
      [
        409,
        'RouterInterfaceInUseByFloatingIP',
        `Router interface for subnet ${subnet.id} on router ${router.id} cannot be deleted, as it is required by one ` +
          'or more floating IPs.',
      ],
    )
    assert.deepEqual(
      (await it.refused('alice', 'PUT', `/routers/${router.id}`, { router: { external_gateway_info: null } }))[1],
      'RouterExternalGatewayInUseByFloatingIp',
    )
    assert.deepEqual(await it.refused('alice', 'DELETE', `/routers/${router.id}`), [
      409,
      'RouterInUse',
      `Router ${router.id} has ports still attached: ${added.port_id}`,
    ])

    const freed = await it.put('alice', `/floatingips/${floating.id}`, { floatingip: { port_id: null } })
    const { port_id, fixed_ip_address, router_id, status } = freed.floatingip as JsonObject
    assert.deepEqual([port_id, fixed_ip_address, router_id, status], [null, null, null, 'DOWN'])
    assert.equal((await it.api.call('alice', 'DELETE', `/v2.0/floatingips/${floating.id}`)).status, 204)
    await it.put('alice', `/routers/${router.id}/remove_router_interface`, { port_id: added.port_id! })
    assert.equal((await it.api.call('alice', 'DELETE', `/v2.0/routers/${router.id}`)).status, 204)
    const left = (await it.api.call('admin', 'GET', '/v2.0/ports')).body.ports as { device_owner: string }[]
    assert.deepEqual(
      left.filter(({ device_owner }) => device_owner.startsWith('network:router')),
      [],
    )
    assert.equal(
      left.some(({ device_owner }) => device_owner === 'network:floatingip'),
      false,
    )
  })

  test('an L3 agent is given unhosted routers, is told of changes, and its reports are believed', async () => {
    await using it = await world(openFresh)
    const { ext, net, subnet } = await networks(it)
    const router = await it.create('alice', 'router', { external_gateway_info: { network_id: ext.id } })
    await withAgent(it)
    assert.deepEqual(await it.rpc('get_router_ids', { host: 'elsewhere' }), [])
    assert.deepEqual(await it.rpc('get_router_ids', { host: 'h1' }), [router.id])
    await it.told()

    await it.put('alice', `/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id })
    assert.deepEqual(await it.told(), [{ method: 'routers_updated', host: 'h1', args: { routers: [router.id] } }])
    const vm = await it.create('alice', 'port', { network_id: net.id })
    const floating = await it.create('alice', 'floatingip', { floating_network_id: ext.id, port_id: vm.id })
    assert.deepEqual(await it.told(), [{ method: 'routers_updated', host: 'h1', args: { routers: [router.id] } }])

    const sync = { host: 'h1', router_ids: null }
    const [given] = (await it.rpc('sync_routers', sync)) as unknown as RouterInfo[]
    const { gw_port, _interfaces: inner, _floatingips: outer } = given!
    assert.equal(gw_port!.fixed_ips[0]!.prefixlen, 24)
    assert.equal(gw_port!.subnets[0]!.gateway_ip, '203.0.113.1')
    assert.equal(gw_port!.mtu, 1450)
    assert.equal(inner[0]!.subnets[0]!.cidr, '10.0.0.0/24')
    assert.deepEqual(
      outer.map((item) => [item.floating_ip_address, item.status]),
      [[floating.floating_ip_address, 'DOWN']],
    )
    const bound = (await it.api.call('admin', 'GET', `/v2.0/ports/${gw_port!.id}`)).body.port
    assert.equal(bound['binding:host_id'], 'h1')
    assert.deepEqual(await it.rpc('sync_routers', { host: 'h1', router_ids: ['gone'] }), [])

    await it.told()
    await it.rpc('update_floatingip_statuses', { router_id: router.id, fip_statuses: { [floating.id]: 'ACTIVE' } })
    assert.equal(
      (await it.api.call('alice', 'GET', `/v2.0/floatingips/${floating.id}`)).body.floatingip.status,
      'ACTIVE',
    )
    assert.deepEqual(await it.told(), [])

    assert.equal((await it.api.call('alice', 'DELETE', `/v2.0/ports/${vm.id}`)).status, 204)
    const after = (await it.api.call('alice', 'GET', `/v2.0/floatingips/${floating.id}`)).body.floatingip
    assert.deepEqual([after.port_id, after.router_id, after.status], [null, null, 'DOWN'])
    assert.deepEqual(await it.told(), [{ method: 'routers_updated', host: 'h1', args: { routers: [router.id] } }])

    await it.put('alice', `/routers/${router.id}`, { router: { admin_state_up: false } })
    assert.deepEqual(await it.rpc('sync_routers', sync), [])
  })

  test('administrators choose the agent of a router', async () => {
    await using it = await world(openFresh)
    const router = await it.create('alice', 'router', {})
    const [one, two] = [await withAgent(it, 'h1'), await withAgent(it, 'h2')]
    const path = `/agents/${one}/l3-routers`
    assert.equal((await it.api.call('alice', 'GET', `/v2.0${path}`)).status, 403)
    await it.told()
    assert.equal((await it.api.call('admin', 'POST', `/v2.0${path}`, { router_id: router.id })).status, 201)
    assert.equal((await it.api.call('admin', 'POST', `/v2.0${path}`, { router_id: router.id })).status, 201)
    assert.deepEqual(await it.refused('admin', 'POST', `/agents/${two}/l3-routers`, { router_id: router.id }), [
      409,
      'RouterHostedByL3Agent',
      `The router ${router.id} has been already hosted by the L3 Agent ${one}.`,
    ])
    const listed = (await it.api.call('admin', 'GET', `/v2.0${path}`)).body.routers as { id: string }[]
    assert.deepEqual(
      listed.map(({ id }) => id),
      [router.id],
    )
    const hosting = (await it.api.call('admin', 'GET', `/v2.0/routers/${router.id}/l3-agents`)).body.agents
    assert.deepEqual([hosting[0].host, hosting[0].alive, hosting[0].ha_state], ['h1', true, null])
    assert.equal((await it.api.call('admin', 'DELETE', `/v2.0${path}/${router.id}`)).status, 204)
    assert.equal((await it.api.call('admin', 'DELETE', `/v2.0${path}/${router.id}`)).status, 204)
    const nowhere = await it.refused('admin', 'DELETE', `${path}/00000000-0000-4000-8000-00000000dead`)
    assert.equal(nowhere[1], 'RouterNotFound')
    assert.deepEqual(
      (await it.told()).map(({ method, host }) => [method, host]),
      [
        ['router_added_to_agent', 'h1'],
        ['router_removed_from_agent', 'h1'],
      ],
    )
  })

  test("what routers refuse, in upstream's words", async () => {
    await using it = await world(openFresh)
    const { ext, net, subnet } = await networks(it)
    const router = await it.create('alice', 'router', {})
    const action = `/routers/${router.id}/add_router_interface`
    const bad = (msg: string) => [400, 'BadRequest', `Bad router request: ${msg}.`]
    assert.deepEqual(await it.refused('alice', 'PUT', action, {}), bad('Either subnet_id or port_id must be specified'))
    assert.deepEqual(
      await it.refused('alice', 'PUT', action, { subnet_id: subnet.id, port_id: subnet.id }),
      bad('Cannot specify both subnet-id and port-id'),
    )
    assert.deepEqual((await it.refused('alice', 'PUT', action, { subnet_id: 'x' }))[0], 400)
    await it.put('alice', action, { subnet_id: subnet.id })
    assert.deepEqual(
      await it.refused('alice', 'PUT', action, { subnet_id: subnet.id }),
      bad(`Router already has a port on subnet ${subnet.id}`),
    )
    const other = await it.create('alice', 'network', {})
    const same = await it.create('alice', 'subnet', { network_id: other.id, ip_version: 4, cidr: '10.0.0.0/16' })
    assert.deepEqual(
      await it.refused('alice', 'PUT', action, { subnet_id: same.id }),
      bad(`Cidr 10.0.0.0/16 of subnet ${same.id} overlaps with cidr 10.0.0.0/24 of subnet ${subnet.id}`),
    )
    const bobs = await it.create('bob', 'network', {})
    const bobSubnet = await it.create('bob', 'subnet', { network_id: bobs.id, ip_version: 4, cidr: '10.9.0.0/24' })
    assert.deepEqual(await it.refused('alice', 'PUT', action, { subnet_id: bobSubnet.id }), [
      404,
      'SubnetNotFound',
      `Subnet ${bobSubnet.id} could not be found.`,
    ])
    const used = await it.create('alice', 'port', { network_id: other.id, device_id: 'somewhere' })
    assert.equal((await it.refused('alice', 'PUT', action, { port_id: used.id }))[1], 'PortInUse')
    const bare = await it.create('alice', 'port', { network_id: other.id, fixed_ips: [] })
    assert.deepEqual(
      await it.refused('alice', 'PUT', action, { port_id: bare.id }),
      bad('Router port must have at least one fixed IP'),
    )
    assert.deepEqual(
      await it.refused('alice', 'PUT', `/routers/${router.id}`, {
        router: { external_gateway_info: { network_id: net.id } },
      }),
      bad(`Network ${net.id} is not an external network`),
    )
    assert.deepEqual(
      await it.refused('admin', 'PUT', `/routers/${router.id}`, {
        router: {
          external_gateway_info: { network_id: ext.id, external_fixed_ips: [{ ip_address: '203.0.113.1' }] },
        },
      }),
      bad('External IP 203.0.113.1 is the same as the gateway IP'),
    )
    const remove = `/routers/${router.id}/remove_router_interface`
    assert.equal((await it.refused('alice', 'PUT', remove, { port_id: bare.id }))[1], 'RouterInterfaceNotFound')
    assert.equal(
      (await it.refused('alice', 'PUT', remove, { subnet_id: same.id }))[1],
      'RouterInterfaceNotFoundForSubnet',
    )
    assert.deepEqual((await it.refused('bob', 'GET', `/routers/${router.id}`)).slice(0, 2), [404, 'RouterNotFound'])
    assert.equal(
      (await it.api.call('alice', 'PUT', `/v2.0/routers/${router.id}`, { router: { external_gateway_info: {} } }))
        .status,
      200,
    )
    const mine = { router: { external_gateway_info: { network_id: ext.id, enable_snat: false } } }
    assert.equal((await it.api.call('alice', 'PUT', `/v2.0/routers/${router.id}`, mine)).status, 403)
    assert.equal((await it.api.call('admin', 'PUT', `/v2.0/routers/${router.id}`, mine)).body.router.enable_snat, false)
  })

  test('extra routes: connected next hops only, kept from losing their subnet', async () => {
    await using it = await world(openFresh)
    const { subnet } = await networks(it)
    const router = await it.create('alice', 'router', {})
    await it.put('alice', `/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id })
    const routes = [{ destination: '192.168.0.0/24', nexthop: '10.0.0.9' }]
    const path = `/routers/${router.id}`
    const far = [{ destination: '192.168.0.0/24', nexthop: '172.16.0.9' }]
    assert.deepEqual(await it.refused('alice', 'PUT', path, { router: { routes: far } }), [
      400,
      'InvalidRoutes',
      "Invalid format for routes: [{'destination': '192.168.0.0/24', 'nexthop': '172.16.0.9'}], the nexthop is not " +
        'connected with router',
    ])
    const updated = (await it.put('alice', path, { router: { routes } })).router as JsonObject
    assert.deepEqual(updated.routes, routes)
    assert.equal(
      (await it.refused('alice', 'PUT', `${path}/remove_router_interface`, { subnet_id: subnet.id }))[1],
      'RouterInterfaceInUseByRoute',
    )
    const more = [{ destination: '192.168.1.0/24', nexthop: '10.0.0.9' }]
    const added = await it.put('alice', `${path}/add_extraroutes`, { router: { routes: more } })
    assert.deepEqual((added.router as JsonObject).routes, [...routes, ...more])
    const less = await it.put('alice', `${path}/remove_extraroutes`, { router: { routes } })
    assert.deepEqual((less.router as JsonObject).routes, more)
    const cleared = await it.put('alice', path, { router: { routes: null } })
    assert.deepEqual((cleared.router as JsonObject).routes, [])
  })

  test("what floating IPs refuse and others must not do, in upstream's words", async () => {
    await using it = await world(openFresh)
    const { ext, net, subnet } = await networks(it)
    const bad = (msg: string) => [400, 'BadRequest', `Bad floatingip request: ${msg}.`]
    const post = (token: string, values: JsonObject) =>
      it.refused(token, 'POST', '/floatingips', { floatingip: values })
    assert.deepEqual(
      await post('alice', { floating_network_id: net.id }),
      bad(`Network ${net.id} is not a valid external network`),
    )
    const vm = await it.create('alice', 'port', { network_id: net.id })
    assert.deepEqual(await post('alice', { floating_network_id: ext.id, port_id: vm.id }), [
      404,
      'ExternalGatewayForFloatingIPNotFound',
      `External network ${ext.id} is not reachable from subnet ${subnet.id}.  Therefore, cannot associate Port ` +
        `${vm.id} with a Floating IP.`,
    ])
    const router = await it.create('alice', 'router', { external_gateway_info: { network_id: ext.id } })
    const { port_id } = await it.put('alice', `/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id })
    assert.deepEqual(
      await post('alice', { floating_network_id: ext.id, fixed_ip_address: '10.0.0.9' }),
      bad('fixed_ip_address cannot be specified without a port_id'),
    )
    const fip = await it.create('alice', 'floatingip', { floating_network_id: ext.id, port_id: vm.id })
    const second = await it.create('alice', 'floatingip', { floating_network_id: ext.id })
    const [status, type] = await it.refused('alice', 'PUT', `/floatingips/${second.id}`, {
      floatingip: { port_id: vm.id },
    })
    assert.deepEqual([status, type], [409, 'FloatingIPPortAlreadyAssociated'])
    const kept = await it.put('alice', `/floatingips/${fip.id}`, { floatingip: { description: 'mine' } })
    assert.equal((kept.floatingip as JsonObject).port_id, vm.id)

    const moved = { port: { fixed_ips: [{ ip_address: '10.0.0.200' }] } }
    assert.deepEqual(await it.refused('admin', 'PUT', `/ports/${port_id}`, moved), [
      400,
      'BadRequest',
      `Bad ports request: IP updates for port ${port_id} are not allowed.`,
    ])
    assert.deepEqual(await it.refused('admin', 'DELETE', `/ports/${port_id}`), [
      409,
      'ServicePortInUse',
      `Port ${port_id} cannot be deleted directly via the port API: has device owner network:router_interface.`,
    ])
    assert.deepEqual(await it.refused('alice', 'PUT', `/ports/${vm.id}`, { port: { fixed_ips: [] } }), [
      400,
      'BadRequest',
      `Bad port request: Cannot update the fixed_ips of the port ${vm.id}, because its original fixed_ip has been ` +
        'associated to a floating ip.',
    ])
    assert.equal(
      (await it.refused('admin', 'PUT', `/networks/${ext.id}`, { network: { 'router:external': false } }))[1],
      'ExternalNetworkInUse',
    )
    assert.equal(
      (await it.refused('alice', 'PUT', `/subnets/${subnet.id}`, { subnet: { gateway_ip: '10.0.0.254' } }))[1],
      'GatewayIpInUse',
    )
    const bobs = await it.create('bob', 'network', {})
    await it.create('bob', 'subnet', { network_id: bobs.id, ip_version: 4, cidr: '10.8.0.0/24' })
    assert.equal(
      (
        await it.refused('bob', 'POST', '/ports', {
          port: { network_id: bobs.id, device_id: router.id, device_owner: 'network:router_interface' },
        })
      )[1],
      'DeviceIDNotOwnedByTenant',
    )
  })

  test('a deleted external network takes floating IPs that point nowhere with it, and no others', async () => {
    await using it = await world(openFresh)
    const { ext, subnet, net } = await networks(it)
    const router = await it.create('alice', 'router', { external_gateway_info: { network_id: ext.id } })
    await it.put('alice', `/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id })
    const vm = await it.create('alice', 'port', { network_id: net.id })
    const used = await it.create('alice', 'floatingip', { floating_network_id: ext.id, port_id: vm.id })
    const other = await it.create('admin', 'network', { name: 'other', 'router:external': true })
    await it.create('admin', 'subnet', { network_id: other.id, ip_version: 4, cidr: '198.51.100.0/24' })
    const unused = await it.create('alice', 'floatingip', { floating_network_id: other.id })
    assert.equal((await it.api.call('admin', 'DELETE', `/v2.0/networks/${other.id}`)).status, 204)
    assert.equal((await it.api.call('alice', 'GET', `/v2.0/floatingips/${unused.id}`)).status, 404)
    assert.equal((await it.refused('admin', 'DELETE', `/networks/${ext.id}`))[1], 'NetworkInUse')
    assert.equal((await it.api.call('alice', 'GET', `/v2.0/floatingips/${used.id}`)).status, 200)
  })

  test('a gateway without an address gets one when its network gets a subnet', async () => {
    await using it = await world(openFresh)
    const ext = await it.create('admin', 'network', { 'router:external': true })
    const router = await it.create('alice', 'router', { external_gateway_info: { network_id: ext.id } })
    assert.deepEqual((router.external_gateway_info as JsonObject).external_fixed_ips, [])
    const subnet = await it.create('admin', 'subnet', { network_id: ext.id, ip_version: 4, cidr: '203.0.113.0/24' })
    const after = (await it.api.call('alice', 'GET', `/v2.0/routers/${router.id}`)).body.router
    const [address] = after.external_gateway_info.external_fixed_ips
    assert.equal(address.subnet_id, subnet.id)
    assert.ok(after.revision_number > (router.revision_number as number))
  })

  test('races: one of many wins an interface, a floating address and a router, the others are refused', async () => {
    await using it = await world(openFresh)
    const { ext, net, subnet } = await networks(it)
    const [one, two] = [await it.create('alice', 'network', {}), await it.create('alice', 'network', {})]
    const router = await it.create('alice', 'router', { external_gateway_info: { network_id: ext.id } })
    await it.put('alice', `/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id })
    const same = await Promise.all(
      [one, two].map(({ id }) => it.create('alice', 'subnet', { network_id: id, ip_version: 4, cidr: '10.7.0.0/24' })),
    )
    const statuses = async (calls: Promise<{ status: number }>[]) =>
      (await Promise.all(calls)).map(({ status }) => status).sort()
    const adds = same.map(({ id }) =>
      it.api.call('alice', 'PUT', `/v2.0/routers/${router.id}/add_router_interface`, { subnet_id: id }),
    )
    assert.deepEqual(await statuses(adds), [200, 400])

    const vm = await it.create('alice', 'port', { network_id: net.id })
    const floating = { floatingip: { floating_network_id: ext.id, port_id: vm.id } }
    const posts = Array.from({ length: 6 }, () => it.api.call('alice', 'POST', '/v2.0/floatingips', floating))
    assert.deepEqual(await statuses(posts), [201, 409, 409, 409, 409, 409])
    const outer = (await it.api.call('admin', 'GET', `/v2.0/ports?network_id=${ext.id}`)).body.ports
    assert.equal(outer.length, 2)

    await withAgent(it, 'h1')
    await withAgent(it, 'h2')
    const given = await Promise.all(['h1', 'h2', 'h1', 'h2'].map((host) => it.rpc('get_router_ids', { host })))
    const hosts = new Set(given.flatMap((ids, index) => ((ids as string[]).length > 0 ? [index % 2] : [])))
    assert.equal(hosts.size, 1)
  })

  test('floating IP pools are the IPv4 subnets of external networks, whoever asks', async () => {
    await using it = await world(openFresh)
    const { ext, extSubnet } = await networks(it)
    await it.create('admin', 'subnet', { network_id: ext.id, ip_version: 6, cidr: 'fd00:9::/64' })
    const pools = async (token: string, query = '') =>
      (await it.api.call(token, 'GET', `/v2.0/floatingip_pools${query}`)).body.floatingip_pools
    const { id: subnet_id, name: subnet_name } = extSubnet
    const pool = { subnet_id, subnet_name, network_id: ext.id, cidr: '203.0.113.0/24' }
    assert.deepEqual(await pools('bob'), [{ ...pool, project_id: 'b', tenant_id: 'b' }])
    assert.deepEqual(await pools('reader', '?fields=cidr'), [{ cidr: '203.0.113.0/24' }])
    assert.equal((await it.refused('alice', 'GET', '/floatingip-pools?cidr=203.0.113.0/24'))[0], 400)
    assert.deepEqual((await it.refused('nobody', 'GET', '/floatingip_pools'))[0], 403)
  })
})
