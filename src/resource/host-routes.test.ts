import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from './definition.ts'
import { hostRoutes } from './host-routes.ts'

const route = { destination: '192.168.0.0/16', nexthop: '10.0.0.9' }

test('routes: null is none, and a route is kept as it is', () => {
  assert.deepEqual(hostRoutes(null), [])
  assert.deepEqual(hostRoutes([route]), [route])
})

const refused: { readonly [message: string]: Parameters<typeof hostRoutes>[0] } = {
  "Invalid data format for hostroute: 'x'": 'x',
  "'x' is not a valid CIDR": [{ ...route, destination: 'x' }],
  "'192.168.0.1/16' is not a valid CIDR": [{ ...route, destination: '192.168.0.1/16' }],
  "'127.0.0.0/8' is not a routable CIDR": [{ ...route, destination: '127.0.0.0/8' }],
  "'x' is not a valid IP address": [{ ...route, nexthop: 'x' }],
  "Duplicate hostroute '{'destination': '192.168.0.0/16', 'nexthop': '10.0.0.9'}'": [route, route],
}

for (const [message, value] of Object.entries(refused)) {
  test(`routes: ${message}`, () => assert.throws(() => hostRoutes(value), new Refusal(message)))
}
