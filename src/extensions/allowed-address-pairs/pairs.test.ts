import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressPairs } from './pairs.ts'

test('address pairs: multicast is refused, as address, block and MAC; all of IPv4 is not', () => {
  const refusals: readonly (readonly [object, string])[] = [
    [{ ip_address: '224.0.0.18' }, 'IP 224.0.0.18 is a multicast address, which is not supported.'],
    [{ ip_address: 'ff02::1' }, 'IP ff02::1 is a multicast address, which is not supported.'],
    [
      { ip_address: '239.1.0.5/16' },
      'Subnet 239.1.0.5/16 overlaps with multicast range 224.0.0.0/4, which is not supported.',
    ],
    [
      { ip_address: '192.0.0.0/2' },
      'Subnet 192.0.0.0/2 overlaps with multicast range 224.0.0.0/4, which is not supported.',
    ],
    [{ ip_address: '::/0' }, 'Subnet ::/0 overlaps with multicast range ff00::/8, which is not supported.'],
    [
      { ip_address: '10.0.0.1', mac_address: '01-00-5E-00-00-12' },
      'MAC address 01-00-5E-00-00-12 is a multicast address, which is not supported.',
    ],
  ]
  for (const [pair, message] of refusals) {
    assert.throws(() => addressPairs([pair as never]), { name: 'HTTPBadRequest', message })
  }
  const taken = ['0.0.0.0/0', '128.0.0.0/2', 'fe80::/10', '10.0.0.0/8', '223.255.255.255']
  for (const ip_address of taken) assert.deepEqual(addressPairs([{ ip_address }]), [{ ip_address }])
})
