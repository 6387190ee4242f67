/** What L3 agents are told of address scopes, on every database. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '#base/json.ts'
import type { RouterInfo } from '#rpc/contract/l3.ts'
import { forEachDatabase } from '../databases.ts'
import { type World, withAgent, world } from './router-world.ts'

async function scopeOf(it: World, ip_version: number): Promise<string> {
  const body = { address_scope: { name: 's', ip_version } }
  const answer = await it.api.call('admin', 'POST', '/v2.0/address-scopes', body)
  assert.equal(answer.status, 201, answer.text)
  return answer.body.address_scope.id
}

forEachDatabase((_name, openFresh) => {
  test('routers carry the address scopes of their ports and floating IPs, and agents hear when they change', async () => {
    await using it = await world(openFresh)
    const [outer, inner] = [await scopeOf(it, 4), await scopeOf(it, 4)]
    const pool = (name: string, prefix: string, more: JsonObject) =>
      it.create('admin', 'subnetpool', { name, prefixes: [prefix], default_prefixlen: 24, ...more })
    const outside = await pool('out', '203.0.112.0/22', { address_scope_id: outer })
    const inside = await pool('in', '10.0.0.0/16', {})
    const ext = await it.create('admin', 'network', { 'router:external': true })
    await it.create('admin', 'subnet', { network_id: ext.id, ip_version: 4, subnetpool_id: outside.id })
    const net = await it.create('admin', 'network', {})
    const subnet = await it.create('admin', 'subnet', { network_id: net.id, ip_version: 4, subnetpool_id: inside.id })
    const router = await it.create('admin', 'router', { external_gateway_info: { network_id: ext.id } })
    await it.put('admin', `/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id })
    await withAgent(it)
    const port = await it.create('admin', 'port', { network_id: net.id })
    await it.create('admin', 'floatingip', { floating_network_id: ext.id, port_id: port.id })

    const read = async () => {
      const answer = await it.rpc('sync_routers', { host: 'h1', router_ids: null })
      const [{ gw_port, _interfaces, _floatingips }] = answer as unknown as [RouterInfo]
      assert.deepEqual(gw_port!.address_scopes, { '4': outer, '6': null })
      return [_interfaces[0]!.address_scopes, _floatingips[0]!.fixed_ip_address_scope]
    }
    assert.deepEqual(await read(), [{ '4': null, '6': null }, null])
    await it.told()
    await it.put('admin', `/subnetpools/${inside.id}`, { subnetpool: { address_scope_id: inner } })
    assert.deepEqual(await it.told(), [{ method: 'routers_updated', host: 'h1', args: { routers: [router.id] } }])
    assert.deepEqual(await read(), [{ '4': inner, '6': null }, inner])
  })
})
