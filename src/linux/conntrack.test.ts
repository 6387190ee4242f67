import assert from 'node:assert/strict'
import { test } from 'node:test'
import { destinationPorts } from './conntrack.ts'

test('conntrack: the ports first packets went to, each once, whatever answers come from', () => {
  const listed = `tcp      6 9 src=203.0.113.1 dst=203.0.113.77 sport=4711 dport=80 src=10.0.0.10 dst=203.0.113.1 sport=8080 dport=4711
udp 17 29 src=203.0.113.1 dst=203.0.113.77 sport=4712 dport=82 src=10.0.0.10 dst=203.0.113.1 sport=8082 dport=4712
tcp      6 9 src=203.0.113.9 dst=203.0.113.77 sport=4713 dport=80 src=10.0.0.10 dst=203.0.113.9 sport=8080 dport=4713
`
  assert.deepEqual(destinationPorts(listed), [80, 82])
  assert.deepEqual(destinationPorts(''), [])
})
