/** Port forwardings over HTTP: what clients see and are refused, races, and what L3 agents are told and given. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '#base/json.ts'
import type { FloatingIpInfo, RouterInfo } from '#rpc/contract/l3.ts'
import { forEachDatabase, type OpenFresh } from '../databases.ts'
import { networks, type World, withAgent, world } from './router-world.ts'

type Made = JsonObject & { readonly id: string }

/** A router between `ext` and alice's network, an instance's port behind it and a floating IP in front. */
async function ground(openFresh: OpenFresh) {
  const it = await world(openFresh, ['router', 'port_forwarding'])
  const { ext, net, subnet } = await networks(it)
  const router = await it.create('alice', 'router', { external_gateway_info: { network_id: ext.id } })
  await it.put('alice', `/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id })
  const port = await it.create('alice', 'port', { network_id: net.id, fixed_ips: [{ ip_address: '10.0.0.20' }] })
  const fip = await it.create('alice', 'floatingip', { floating_network_id: ext.id })
  const path = `/floatingips/${fip.id}/port_forwardings`
  const values = {
    internal_port_id: port.id,
    internal_ip_address: '10.0.0.20',
    internal_port: 22,
    external_port: 2222,
    protocol: 'tcp',
  }
  const forward = async (more: JsonObject = {}, token = 'alice', at = path): Promise<Made> => {
    const answer = await it.api.call(token, 'POST', `/v2.0${at}`, { port_forwarding: { ...values, ...more } })
    assert.equal(answer.status, 201, answer.text)
    return answer.body.port_forwarding
  }
  const refused = (more: JsonObject, token = 'alice') =>
    it.refused(token, 'POST', path, { port_forwarding: { ...values, ...more } })
  return { it, ext, net, subnet, router, port, fip, path, values, forward, refused }
}

const shown = async ({ api }: World, path: string) => (await api.call('alice', 'GET', `/v2.0${path}`)).body

forEachDatabase((_name, openFresh) => {
  test('a forwarding is made, shown, listed, changed and removed; its floating IP has a router meanwhile', async () => {
    const begun = await ground(openFresh)
    await using it = begun.it
    const { router, port, fip, path, forward } = begun
    assert.deepEqual([fip.port_forwardings, fip.router_id], [[], null])
    const made = await forward({ description: 'ssh' })
    assert.deepEqual(made, {
      id: made.id,
      external_port: 2222,
      internal_port: 22,
      internal_ip_address: '10.0.0.20',
      protocol: 'tcp',
      internal_port_id: port.id,
      description: 'ssh',
      external_port_range: '2222:2222',
      internal_port_range: '22:22',
    })
    const range = await forward({
      external_port: null,
      internal_port: null,
      external_port_range: '80:90',
      internal_port_range: '8080:8090',
    })
    assert.deepEqual([range.external_port, range.external_port_range], [null, '80:90'])
    const { floatingip } = await shown(it, `/floatingips/${fip.id}`)
    assert.equal(floatingip.router_id, router.id)
    assert.equal(floatingip.port_id, null)
    const brief = { protocol: 'tcp', internal_ip_address: '10.0.0.20', internal_port_id: port.id }
    assert.deepEqual(
      new Set(floatingip.port_forwardings.map((one: JsonObject) => JSON.stringify(Object.entries(one).sort()))),
      new Set(
        [
          { ...brief, id: made.id, internal_port: 22, external_port: 2222 },
          { ...brief, id: range.id },
        ].map((one) => JSON.stringify(Object.entries(one).sort())),
      ),
    )
    assert.ok(floatingip.revision_number > (fip.revision_number as number))

    assert.deepEqual(await shown(it, `${path}/${made.id}`), { port_forwarding: made })
    const list = async (query: string) =>
      (await shown(it, `${path}?${query}`)).port_forwardings.map(({ id }: Made) => id)
    assert.deepEqual(await list('external_port=2222'), [made.id])
    assert.deepEqual(await list('external_port_range=2222'), [made.id])
    assert.deepEqual(await list('external_port_range=80:90&protocol=tcp'), [range.id])
    assert.deepEqual(await list('protocol=udp'), [])
    assert.deepEqual(await list('description=ssh&fields=id'), [made.id])
    assert.deepEqual(await list('sort_key=external_port_range&sort_dir=desc'), [range.id, made.id])
    assert.equal((await it.api.call('alice', 'GET', `/v2.0${path}?internal_port=22`)).status, 400)

    const changed = await it.put('alice', `${path}/${made.id}`, { port_forwarding: { internal_port: 23 } })
    assert.deepEqual(changed.port_forwarding, { ...made, internal_port: 23, internal_port_range: '23:23' })
    const moved = await it.put('alice', `${path}/${range.id}`, { port_forwarding: { external_port_range: '180:190' } })
    assert.equal((moved.port_forwarding as JsonObject).external_port_range, '180:190')

    for (const { id } of [made, range]) {
      assert.equal((await it.api.call('alice', 'DELETE', `/v2.0${path}/${id}`)).status, 204)
    }
    const { floatingip: free } = await shown(it, `/floatingips/${fip.id}`)
    assert.deepEqual([free.router_id, free.port_forwardings], [null, []])
    assert.deepEqual(await it.refused('alice', 'GET', `${path}/${made.id}`), [
      404,
      'PortForwardingNotFound',
      `Port Forwarding ${made.id} could not be found.`,
    ])
    assert.equal((await it.api.call('alice', 'DELETE', `/v2.0/floatingips/${fip.id}`)).status, 204)
  })

  test('what cannot be forwarded is refused, and nothing of it stays', async () => {
    const begun = await ground(openFresh)
    await using it = begun.it
    const { ext, net, port, fip, path, forward, refused } = begun
    const badRequest = (msg: string) => [400, 'BadRequest', `Bad port_forwarding request: ${msg}.`]
    const invalid = (message: string) => [400, 'HTTPBadRequest', message]
    const first = await forward()
    assert.deepEqual(
      await refused({ internal_port: 23 }),
      badRequest(
        'There is a port collision with the external_port_range. The following ranges collides: 2222:2222 and 2222:2222',
      ),
    )
    assert.deepEqual(
      await refused({ external_port: 2223, internal_port: null, internal_port_range: '22' }),
      badRequest(
        'There is a port collision with the internal_port_range. The following ranges collides: 22:22 and 22:22',
      ),
    )
    assert.deepEqual(
      (await refused({ external_port: null, internal_port: 24, external_port_range: '2000:3000' }))[0],
      400,
    )
    assert.deepEqual(
      await refused({
        external_port_range: '1:3',
        internal_port_range: '1:2',
        external_port: null,
        internal_port: null,
      }),
      badRequest(
        'Invalid ranges of internal and/or external ports. The relation between internal and external ports must be ' +
          'N-N or 1-N',
      ),
    )
    assert.deepEqual(
      await refused({ external_port: 65_536 }),
      invalid("Invalid input for external_port. Reason: '65536' is too large - must be no larger than '65535'."),
    )
    assert.deepEqual(
      await refused({ internal_port: 0 }),
      invalid("Invalid input for internal_port. Reason: '0' is too small - must be at least '1'."),
    )
    assert.deepEqual(
      await refused({ protocol: '6' }),
      invalid('Invalid input for protocol. Reason: 6 is not in valid_values.'),
    )
    assert.deepEqual(await refused({ protocol: 'gre' }), [
      400,
      'InvalidInput',
      "Invalid input for operation: IP protocol 'gre' is not supported. Only protocol names and their integer " +
        'representation (0 to 255) are supported.',
    ])
    for (const [range, reason] of [
      ['9:8', 'First port in a port range must be lower than the second port'],
      ['1:2:3', 'Port range must be two integers separated by a colon'],
      ['0:8', 'Invalid port: 0, the port must be in the range [1, 65535]'],
      ['x', 'Invalid port: x'],
    ]) {
      const sent = { external_port: null, external_port_range: range! }
      assert.deepEqual(await refused(sent), invalid(`Invalid input for external_port_range. Reason: ${reason}.`))
    }
    assert.equal((await refused({ external_port: null, internal_port: 1 }))[0], 400, 'no port at all')
    assert.deepEqual(await refused({ external_port: 1, internal_port: 1, internal_ip_address: '10.0.0.9' }), [
      ...badRequest(
        `Requested internal IP address 10.0.0.9 is not suitable for internal neutron port ${port.id}, as its fixed_ips ` +
          `are [{'subnet_id': '${(port.fixed_ips as JsonObject[])[0]!.subnet_id}', 'ip_address': '10.0.0.20'}]`,
      ),
    ])
    const apart = await it.create('alice', 'network', {})
    const away = await it.create('alice', 'subnet', { network_id: apart.id, ip_version: 4, cidr: '10.9.0.0/24' })
    const far = await it.create('alice', 'port', { network_id: apart.id, fixed_ips: [{ ip_address: '10.9.0.9' }] })
    assert.deepEqual(
      await refused({ external_port: 1, internal_port_id: far.id, internal_ip_address: '10.9.0.9' }),
      badRequest(
        `External network ${ext.id} is not reachable from subnet ${away.id}. Cannot set Port forwarding for port ` +
          `${far.id} with Floating IP ${fip.id}`,
      ),
    )
    const other = await it.create('alice', 'router', { external_gateway_info: { network_id: ext.id } })
    await it.put('alice', `/routers/${other.id}/add_router_interface`, { subnet_id: away.id })
    assert.match(
      (await refused({ external_port: 1, internal_port_id: far.id, internal_ip_address: '10.9.0.9' }))[2],
      /had been set on router .* can not reach it/,
    )
    const gone = crypto.randomUUID()
    assert.deepEqual((await refused({ internal_port_id: gone })).slice(0, 2), [400, 'BadRequest'])
    assert.deepEqual(await refused({ external_port: 1, internal_port: 1, internal_port_id: gone }), [
      404,
      'PortNotFound',
      `Port ${gone} could not be found.`,
    ])

    const bound = await it.create('alice', 'port', { network_id: net.id })
    const address = (bound.fixed_ips as JsonObject[])[0]!.ip_address as string
    const taken = await it.create('alice', 'floatingip', { floating_network_id: ext.id, port_id: bound.id })
    assert.deepEqual(await refused({ external_port: 1, internal_port_id: bound.id, internal_ip_address: address }), [
      409,
      'PortHasBindingFloatingIP',
      `Cannot create port forwarding to floating IP ${taken.floating_ip_address} (${taken.id}) with port ${bound.id} ` +
        `using fixed IP ${address}, as that port already has a binding floating IP.`,
    ])
    assert.deepEqual(
      (
        await it.refused('alice', 'POST', `/floatingips/${taken.id}/port_forwardings`, {
          port_forwarding: {
            internal_port_id: port.id,
            internal_ip_address: '10.0.0.20',
            internal_port: 1,
            external_port: 1,
            protocol: 'udp',
          },
        })
      ).slice(0, 2),
      [409, 'FloatingIPPortAlreadyAssociated'],
    )

    const update = (values: JsonObject) =>
      it.refused('alice', 'PUT', `${path}/${first.id}`, { port_forwarding: values })
    const second = await forward({ external_port: 3333, internal_port: 33 })
    assert.deepEqual(
      await update({ external_port: 3333 }),
      badRequest(
        'Another port forwarding entry with the same attributes already exists, conflicting values are ' +
          `{'floating_ip_address': '${fip.floating_ip_address}', 'external_port': 3333}`,
      ),
    )
    assert.match(
      (await update({ internal_port: 33 }))[2],
      /already exists, conflicting values are \{'internal_port_id'/,
    )
    assert.match((await update({ external_port_range: '3000:4000', internal_port_range: '3000:4000' }))[2], /collision/)
    assert.match((await update({ internal_ip_address: '10.0.0.77' }))[2], /does not correspond to an address on the/)
    assert.deepEqual((await shown(it, path)).port_forwardings.length, 2)
    assert.deepEqual(await shown(it, `${path}/${second.id}`), { port_forwarding: second })

    const inUse = [409, 'FipInUseByPortForwarding', `Floating IP ${fip.id} in use by Port Forwarding resources.`]
    assert.deepEqual(await it.refused('alice', 'DELETE', `/floatingips/${fip.id}`), inUse)
    const free = await it.create('alice', 'port', { network_id: net.id })
    const associate = { floatingip: { port_id: free.id } }
    assert.deepEqual(await it.refused('alice', 'PUT', `/floatingips/${fip.id}`, associate), inUse)
  })

  test('who may not see the floating IP sees none of its forwardings, and a reader changes none', async () => {
    const begun = await ground(openFresh)
    await using it = begun.it
    const { fip, path, values, forward } = begun
    const made = await forward()
    const absent = [404, 'FloatingIPNotFound', `Floating IP ${fip.id} could not be found`]
    assert.deepEqual(await it.refused('bob', 'GET', path), absent)
    assert.deepEqual(await it.refused('bob', 'GET', `${path}/${made.id}`), absent)
    assert.deepEqual(await it.refused('bob', 'POST', path, { port_forwarding: values }), absent)
    assert.deepEqual(await it.refused('bob', 'DELETE', `${path}/${made.id}`), absent)
    assert.equal((await it.api.call('reader', 'GET', `/v2.0${path}/${made.id}`)).status, 200)
    for (const [method, at, body] of [
      ['POST', path, { port_forwarding: { ...values, external_port: 1, internal_port: 1 } }],
      ['PUT', `${path}/${made.id}`, { port_forwarding: { internal_port: 1 } }],
      ['DELETE', `${path}/${made.id}`, undefined],
    ] as const) {
      assert.equal((await it.refused('reader', method, at, body))[0], 403, method)
    }
    await forward({ external_port: 1, internal_port: 1 }, 'admin')
    assert.equal((await it.api.call('admin', 'DELETE', `/v2.0${path}/${made.id}`)).status, 204)
  })

  test('of many that want the same port at once, one has it; the floating IP stays whole', async () => {
    const begun = await ground(openFresh)
    await using it = begun.it
    const { path, values } = begun
    const body = (external_port: number, internal_port: number) => ({
      port_forwarding: { ...values, external_port, internal_port },
    })
    const bodies = [
      ...Array.from({ length: 6 }, (_, n) => body(80, 8000 + n)),
      ...Array.from({ length: 6 }, (_, n) => body(9000 + n, 99)),
      { port_forwarding: { ...values, external_port: null, external_port_range: '70:85', internal_port: 98 } },
    ]
    const answers = await Promise.all(bodies.map((each) => it.api.call('alice', 'POST', `/v2.0${path}`, each)))
    const statuses = answers.map(({ status }) => status)
    assert.equal(statuses.slice(6, 12).filter((status) => status === 201).length, 1, statuses.join())
    assert.equal([...statuses.slice(0, 6), statuses[12]].filter((status) => status === 201).length, 1, statuses.join())
    assert.ok(
      statuses.every((status) => status === 201 || status === 400),
      statuses.join(),
    )
    assert.equal((await shown(it, path)).port_forwardings.length, 2)
    const bulk = { port_forwardings: [body(1, 1), body(1, 2)].map(({ port_forwarding }) => port_forwarding) }
    assert.equal((await it.refused('alice', 'POST', path, bulk))[0], 400)
    assert.equal((await shown(it, path)).port_forwardings.length, 2)
  })

  test('a port that goes, or loses the address, takes its forwardings along; its router stays while one is there', async () => {
    const begun = await ground(openFresh)
    await using it = begun.it
    const { net, subnet, router, port, fip, path, forward } = begun
    await forward()
    assert.equal(
      (await it.refused('alice', 'PUT', `/routers/${router.id}/remove_router_interface`, { subnet_id: subnet.id }))[1],
      'RouterInterfaceInUseByFloatingIP',
    )
    assert.equal(
      (await it.refused('alice', 'PUT', `/routers/${router.id}`, { router: { external_gateway_info: null } }))[1],
      'RouterExternalGatewayInUseByFloatingIp',
    )
    await it.put('alice', `/floatingips/${fip.id}`, { floatingip: {} })
    assert.equal((await shown(it, `/floatingips/${fip.id}`)).floatingip.router_id, router.id)
    await it.put('alice', `/ports/${port.id}`, { port: { fixed_ips: [{ ip_address: '10.0.0.21' }] } })
    assert.deepEqual((await shown(it, path)).port_forwardings, [])
    assert.equal((await shown(it, `/floatingips/${fip.id}`)).floatingip.router_id, null)

    const vm = await it.create('alice', 'port', { network_id: net.id, fixed_ips: [{ ip_address: '10.0.0.30' }] })
    await forward({ internal_port_id: vm.id, internal_ip_address: '10.0.0.30' })
    await forward({ external_port: 1, internal_ip_address: '10.0.0.21' })
    assert.equal((await it.api.call('alice', 'DELETE', `/v2.0/ports/${vm.id}`)).status, 204)
    const { port_forwardings: left } = await shown(it, path)
    assert.deepEqual(
      left.map(({ external_port }: JsonObject) => external_port),
      [1],
    )
    assert.equal((await shown(it, `/floatingips/${fip.id}`)).floatingip.router_id, router.id)
  })

  test('agents read a router again for each change of its forwardings, and are given them', async () => {
    const begun = await ground(openFresh)
    await using it = begun.it
    const { router, port, fip, path, forward } = begun
    await withAgent(it)
    await it.rpc('get_router_ids', { host: 'h1' })
    await it.told()
    const told = async () => (await it.told()).filter(({ method }) => method === 'routers_updated')
    const again = { method: 'routers_updated', host: 'h1', args: { routers: [router.id] } }
    const made = await forward()
    assert.ok((await told()).some((cast) => JSON.stringify(cast) === JSON.stringify(again)))
    const sync = async () => (await it.rpc('sync_routers', { host: 'h1', router_ids: null })) as unknown as [RouterInfo]
    const [{ _floatingips: floating, ...info }] = await sync()
    const { floating_ip_address } = fip as { floating_ip_address?: string }
    const [{ _port_forwardings: given }] = floating as [FloatingIpInfo]
    assert.deepEqual(given, [
      {
        id: made.id,
        description: '',
        floatingip_id: fip.id,
        floating_ip_address,
        router_id: router.id,
        protocol: 'tcp',
        external_port: 2222,
        external_port_range: '2222:2222',
        internal_port_id: port.id,
        internal_ip_address: '10.0.0.20',
        internal_port: 22,
        internal_port_range: '22:22',
      },
    ])
    assert.deepEqual(info.fip_managed_by_port_forwardings, [fip.id])
    assert.deepEqual(info.port_forwardings_fip_set, [`${floating_ip_address}/32`])

    await it.rpc('update_floatingip_statuses', { router_id: router.id, fip_statuses: { [fip.id]: 'ACTIVE' } })
    await it.told()
    await it.put('alice', `${path}/${made.id}`, { port_forwarding: { internal_port: 23 } })
    assert.ok((await told()).length > 0, 'also while the address works already')
    await it.api.call('alice', 'DELETE', `/v2.0${path}/${made.id}`)
    assert.ok((await told()).some((cast) => JSON.stringify(cast) === JSON.stringify(again)))
    const [{ _floatingips: none, ...left }] = await sync()
    assert.deepEqual([none, left.fip_managed_by_port_forwardings], [[], undefined])
    await it.rpc('update_floatingip_statuses', { router_id: router.id, fip_statuses: { [fip.id]: 'DOWN' } })
    assert.equal((await shown(it, `/floatingips/${fip.id}`)).floatingip.status, 'DOWN')
  })
})
