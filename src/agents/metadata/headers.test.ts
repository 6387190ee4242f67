import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plainAddress, proxiedHeaders } from './headers.ts'

test('metadata proxy: what an instance says of who it is, is taken away in every spelling', () => {
  const forged = {
    'x-instance-id': 'a',
    x_instance_id: 'a',
    'x-instance-id-signature': 'a',
    'x-tenant-id': 'a',
    'x-neutron-network-id': 'a',
    'x-neutron-router-id': 'a',
    'x-ovn-network-id': 'a',
    'x-metadata-provider': 'a',
    'x-metadata-provider-signature': 'a',
    'x-forwarded-for': '10.0.0.9',
    'x-forwarded-host': 'a',
  }
  assert.deepEqual(proxiedHeaders({ ...forged, accept: '*/*' }, '10.0.0.5', { router_id: 'r' }), {
    accept: '*/*',
    'x-forwarded-for': '10.0.0.5',
    'x-neutron-router-id': 'r',
  })
  assert.deepEqual(proxiedHeaders(forged, '10.0.0.5', { network_id: 'n' }), {
    'x-forwarded-for': '10.0.0.5',
    'x-neutron-network-id': 'n',
  })
})

test('metadata proxy: headers of one connection stay on it', () => {
  const headers = { connection: 'keep-alive, x-own', 'x-own': '1', 'transfer-encoding': 'chunked', host: 'h' }
  const { host, ...rest } = proxiedHeaders(headers, '10.0.0.5', { network_id: 'n' })
  assert.equal(host, 'h')
  assert.deepEqual(Object.keys(rest), ['x-forwarded-for', 'x-neutron-network-id'])
})

test('metadata proxy: an address is told plainly', () => {
  assert.equal(plainAddress('::ffff:10.0.0.5'), '10.0.0.5')
  assert.equal(plainAddress('fe80::1%tap0'), 'fe80::1')
  assert.equal(plainAddress('fd00::5'), 'fd00::5')
})
