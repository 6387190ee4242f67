import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findMatch, pair } from './gateway-matching.ts'

const gateway = (network_id: string, ...addresses: readonly string[]) => ({
  network_id,
  fixed_ips: addresses.map((ip_address) => ({ subnet_id: 's', ip_address })),
})
const [a1, a2, b] = [gateway('a', '192.0.2.1', '192.0.2.2'), gateway('a', '192.0.2.3'), gateway('b', '198.51.100.1')]
const wanted = (network_id: string, ip_address?: string) => ({
  network_id,
  ...(ip_address === undefined ? {} : { external_fixed_ips: [{ ip_address }] }),
})
const refuse = () => new Error('which?')

test('a gateway is named by one of its addresses, or by its network when it is the only one there', () => {
  assert.equal(findMatch([a1, a2, b], wanted('a', '192.0.2.2'), refuse), a1)
  assert.equal(findMatch([a1, a2, b], wanted('b'), refuse), b)
  assert.equal(findMatch([a1, a2, b], wanted('b', '192.0.2.2'), refuse), null)
  assert.equal(findMatch([a1, a2, b], wanted('c'), refuse), null)
  assert.throws(() => findMatch([a1, a2, b], wanted('a'), refuse), /which/)
})

test('what is left over on a network becomes what is wanted there, each once', () => {
  assert.deepEqual(pair([a1, a2, b], [wanted('b'), wanted('a', '192.0.2.9'), wanted('a', '192.0.2.1')], refuse), [
    b,
    a2,
    a1,
  ])
  assert.deepEqual(pair([b], [wanted('b'), wanted('b'), wanted('c')], refuse), [b, null, null])
})
