/** Address scopes with packets: no translation within one; between two, only by floating IP, forwarding or SNAT. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { floatingIp, gatewayPort, internalPort, router } from '#agents/l3/example.ts'
import { netnsName } from '#agents/l3/state.ts'
import type { PortForwardingInfo, RouterInfo } from '#rpc/contract/l3.ts'
import { ownNamespaces } from './namespaces.ts'
import { INSIDE, inNetns, OUTSIDE, ping, type RouterWorld, routerWorld } from './routers.ts'

ownNamespaces()

const BESIDE = 3
const [A, B] = ['aaaaaaaa-5c00-0000-0000-000000000000', 'bbbbbbbb-5c00-0000-0000-000000000000'] as const
let world: RouterWorld

before(async () => {
  world = await routerWorld((device) => (device.startsWith('qg-') ? OUTSIDE : device.endsWith('-bb') ? BESIDE : INSIDE))
  await world.machine('same', INSIDE, '10.0.0.10/24', '10.0.0.1')
  await world.machine('other', BESIDE, '10.0.1.20/24', '10.0.1.1')
  await world.machine('world', OUTSIDE, '203.0.113.1/24', null)
  await inNetns('world', 'ip', 'route', 'add', '10.0.0.0/16', 'via', '203.0.113.5')
})

after(() => world[Symbol.asyncDispose]())

/** The external network and 10.0.0.0/24 are in one scope, 10.0.1.0/24 in another. */
function scoped(enable_snat: boolean, more: Partial<RouterInfo> = {}): RouterInfo {
  return {
    ...router,
    enable_snat,
    gw_port: { ...gatewayPort, address_scopes: { 4: A, 6: null } },
    _interfaces: [
      { ...internalPort, address_scopes: { 4: A, 6: null } },
      {
        ...internalPort,
        id: 'aaaaaaaa-bbbb-0000-0000-000000000002',
        mac_address: 'fa:16:3e:00:01:02',
        fixed_ips: [{ subnet_id: 's3', ip_address: '10.0.1.1', prefixlen: 24 }],
        subnets: [{ id: 's3', cidr: '10.0.1.0/24', gateway_ip: '10.0.1.1', dns_nameservers: [], ipv6_ra_mode: null }],
        address_scopes: { 4: B, 6: null },
      },
    ],
    _floatingips: [],
    ...more,
  }
}

const seenFrom = (source: string) =>
  inNetns(netnsName(router.id), 'conntrack', '-L', '-p', 'icmp', '-s', source, '-d', '203.0.113.1')
const refused = (from: string, to: string) =>
  assert.rejects(inNetns(from, 'ping', '-c', '1', '-W', '1', to), `${from} → ${to}`)

test('scopes: within one nothing is translated, and between two nothing passes', async () => {
  await world.turn([scoped(true)])
  await ping('same', '203.0.113.1')
  assert.match(await seenFrom('10.0.0.10'), /src=203\.0\.113\.1 dst=10\.0\.0\.10 /)
  await ping('world', '10.0.0.10')
  await refused('same', '10.0.1.20')
  await refused('other', '10.0.0.10')
  await refused('world', '10.0.1.20')
  await ping('other', '203.0.113.1')
  assert.match(await seenFrom('10.0.1.20'), /src=203\.0\.113\.1 dst=203\.0\.113\.5 /)

  await world.turn([scoped(false)])
  await refused('other', '203.0.113.1')
  await ping('same', '203.0.113.1')
})

test('scopes: a floating IP and a port forwarding lead from one into another', async () => {
  const into = { ...floatingIp, fixed_ip_address: '10.0.1.20', fixed_ip_address_scope: B }
  const forwarding: PortForwardingInfo = {
    id: '00000001-0000-0000-0000-000000000000',
    floatingip_id: floatingIp.id,
    floating_ip_address: '203.0.113.78',
    router_id: router.id,
    protocol: 'udp',
    external_port: 5353,
    external_port_range: '5353:5353',
    internal_port_id: floatingIp.port_id,
    internal_ip_address: '10.0.1.20',
    internal_port: 53,
    internal_port_range: '53:53',
    description: '',
  }
  const free = { ...floatingIp, floating_ip_address: '203.0.113.78', port_id: null, fixed_ip_address: null }
  const server = inNetns('other', 'timeout', '14', 'socat', 'UDP-LISTEN:53,fork', 'SYSTEM:read x; echo udp').catch(
    () => '',
  )
  for (const snat of [true, false]) {
    await world.turn([scoped(snat, { _floatingips: [into] })])
    await ping('world', '203.0.113.77')
    await world.turn([scoped(snat, { _floatingips: [{ ...free, _port_forwardings: [forwarding] }] })])
    const answer = await inNetns('world', 'sh', '-c', 'echo x | socat -T 2 -t 2 STDIO UDP:203.0.113.78:5353')
    assert.equal(answer, 'udp\n', `SNAT ${snat}`)
    await refused('world', '10.0.1.20')
  }
  await world.turn([])
  await inNetns('other', 'sh', '-c', 'kill $(ss -Hulnp sport = :53 | sed "s/.*pid=//; s/,.*//")')
  await server
})
