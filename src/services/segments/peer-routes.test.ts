import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HostRoute } from '#core/subnet/tables.ts'
import { sameRoutes, withPeers } from './peer-routes.ts'

const subnet = (id: string, segment_id: string, cidr: string, ip_version: 4 | 6 = 4) => ({
  id,
  segment_id,
  cidr,
  ip_version,
})
const a = subnet('a', 's1', '10.0.0.0/24')
const b = subnet('b', 's2', '10.0.1.0/24')
const b2 = subnet('b2', 's2', '10.0.2.0/24')
const six = subnet('six', 's2', 'fd00::/64', 6)
const via = (destination: string, nexthop = '10.0.0.1'): HostRoute => ({ destination, nexthop })
const own = (host_routes: HostRoute[] = [], gateway_ip: string | null = '10.0.0.1') => ({
  ...a,
  gateway_ip,
  host_routes,
})

const cases: { [title: string]: [HostRoute[], HostRoute[]] } = {
  'a route to every peer of the family': [withPeers(own(), [a, b, b2, six]), [via('10.0.1.0/24'), via('10.0.2.0/24')]],
  'none to a subnet of the same segment': [withPeers(own(), [a, subnet('x', 's1', '10.0.7.0/24')]), []],
  'none without a gateway': [withPeers(own([], null), [a, b]), []],
  'a route that covers the peer is enough': [
    withPeers(own([via('10.0.0.0/16', '10.0.0.9')]), [a, b]),
    [via('10.0.0.0/16', '10.0.0.9')],
  ],
  'routes of others stay': [
    withPeers(own([via('192.0.2.0/24', '10.0.0.9')]), [a, b]),
    [via('192.0.2.0/24', '10.0.0.9'), via('10.0.1.0/24')],
  ],
  'the routes made here follow the gateway': [
    withPeers(own([via('10.0.1.0/24'), via('192.0.2.0/24')], '10.0.0.254'), [a, b], { oldGateway: '10.0.0.1' }),
    [via('192.0.2.0/24'), via('10.0.1.0/24', '10.0.0.254')],
  ],
  'and go with the gateway': [withPeers(own([via('10.0.1.0/24')], null), [a, b], { oldGateway: '10.0.0.1' }), []],
  'the route to a peer that is gone goes': [
    withPeers(own([via('10.0.1.0/24'), via('10.0.2.0/24')]), [a, b2], { gone: '10.0.1.0/24' }),
    [via('10.0.2.0/24')],
  ],
  'but not one that somebody else made': [
    withPeers(own([via('10.0.1.0/24', '10.0.0.9')]), [a], { gone: '10.0.1.0/24' }),
    [via('10.0.1.0/24', '10.0.0.9')],
  ],
}

for (const [title, [got, expected]] of Object.entries(cases)) {
  test(`peer routes: ${title}`, () => assert.deepEqual(got, expected))
}

test('peer routes: their order means nothing', () => {
  const [one, two] = [via('10.0.1.0/24'), via('10.0.2.0/24')]
  assert.ok(sameRoutes([one, two], [two, one]))
  assert.ok(!sameRoutes([one], [one, two]))
  assert.ok(!sameRoutes([one], [via('10.0.1.0/24', '10.0.0.9')]))
})
