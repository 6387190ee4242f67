import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawPicture } from './demo-picture.ts'

const network = { name: 'web', cidr: '10.10.1.0/24', gateway: '10.10.1.1', dnsmasq: '10.10.1.2' }

test('picture: every network, instance and address that was built is in it', () => {
  const text = drawPicture({
    external: { name: 'public', cidr: '172.24.4.0/24', host: '172.24.4.1' },
    router: { name: 'edge', address: '172.24.4.10' },
    networks: [{ ...network, instances: [{ name: 'web-1', address: '10.10.1.9', floatingIp: '172.24.4.77' }] }],
    apart: {
      project: 'red',
      network: { ...network, name: 'other', instances: [{ name: 'spy', address: '10.10.1.7' }] },
    },
  })
  for (const fact of [
    '172.24.4.1',
    'edge',
    '172.24.4.10',
    '10.10.1.2',
    'web-1 10.10.1.9  ⇄  172.24.4.77',
    'project red',
    'spy 10.10.1.7',
  ]) {
    assert.ok(text.includes(fact), fact)
  }
})
