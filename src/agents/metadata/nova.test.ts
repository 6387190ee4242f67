import assert from 'node:assert/strict'
import { test } from 'node:test'
import { identityOf, novaHeaders, refusalOf, signInstance } from './nova.ts'

test('metadata agent: the signature is the HMAC-SHA256 of the instance id in hexadecimal', () => {
  // RFC 4231, test case 2.
  assert.equal(
    signInstance('Jefe', 'what do ya want for nothing?'),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  )
})

test('metadata agent: Nova gets four headers, whatever the instance sent', () => {
  const headers = novaHeaders({ id: 'i', project_id: 'p' }, '10.0.0.5', 's')
  assert.deepEqual(headers, {
    'X-Forwarded-For': '10.0.0.5',
    'X-Instance-ID': 'i',
    'X-Tenant-ID': 'p',
    'X-Instance-ID-Signature': signInstance('s', 'i'),
  })
})

test('metadata agent: a request comes from a router or from a network, not from both or from nowhere', () => {
  const from = { 'x-forwarded-for': '10.0.0.5' }
  const [router, network] = [{ 'x-neutron-router-id': 'r' }, { 'x-neutron-network-id': 'n' }]
  assert.deepEqual(identityOf({ ...from, ...router }), { identity: { router_id: 'r' }, address: '10.0.0.5' })
  assert.deepEqual(identityOf({ ...from, ...network }), { identity: { network_id: 'n' }, address: '10.0.0.5' })
  assert.equal(identityOf({ ...from, ...router, ...network }), null)
  assert.equal(identityOf(from), null)
  assert.equal(identityOf(router), null)
})

test('metadata agent: statuses of Nova that mean something are passed on, others are a server error', () => {
  const passed = [400, 403, 404, 409, 500, 502, 503, 504]
  assert.deepEqual(
    passed.map((status) => refusalOf(status).status),
    passed,
  )
  assert.equal(refusalOf(418).status, 500)
  assert.match(refusalOf(403).text, /shared secrets do not match/)
})
