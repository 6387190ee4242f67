import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseLeases, renderLeases, renderOption, renderRelease, renderRelease6 } from './dnsmasq.ts'

test('dnsmasq: options are named or numbered, tagged, and never more than one line', () => {
  assert.equal(renderOption(4, 't', 'router', ['10.0.0.1']), 'tag:t,option:router,10.0.0.1')
  assert.equal(renderOption(4, 't', 'router'), 'tag:t,option:router')
  assert.equal(renderOption(4, 't', '249', ['a', 'b']), 'tag:t,249,a,b')
  assert.equal(renderOption(6, 't', '23', ['[::1]']), 'tag:t,option6:23,[::1]')
  assert.equal(renderOption(4, 't', 'tag:ipxe,bootfile-name', ['x\ny']), 'tag:t,tag:ipxe,option:bootfile-name,x')
})

test('dnsmasq: leases of both families are read; rubbish is passed over', () => {
  const text = [
    '1893456000 fa:16:3e:00:00:05 10.0.0.5 host-10-0-0-5 01:fa:16:3e:00:00:05',
    '0 fa:16:3e:00:00:06 10.0.0.6 * *',
    'duid 00:01:00:01',
    '1893456000 1234 fd00::5 host-fd00--5 00:01',
    'rubbish',
    '',
  ].join('\n')
  assert.deepEqual(parseLeases(text), [
    { mac: 'fa:16:3e:00:00:05', ip: '10.0.0.5' },
    { mac: 'fa:16:3e:00:00:06', ip: '10.0.0.6' },
    { mac: '', ip: 'fd00::5', client: { iaid: 1234, duid: '00:01', serverDuid: '00:01:00:01' } },
  ])
})

test('dnsmasq: it starts from the leases there may be and the IPv6 leases it wrote itself', () => {
  const before = '1893456000 aa:aa:aa:aa:aa:aa 10.0.0.9 * *\nduid 00:01\n1893456000 1234 fd00::5 h 00:01\n'
  const leases = [
    { mac: 'fa:16:3e:00:00:05', ip: '10.0.0.5' },
    { mac: '', ip: 'fd00::5' },
  ]
  assert.equal(
    renderLeases(leases, before),
    '0 fa:16:3e:00:00:05 10.0.0.5 * *\nduid 00:01\n1893456000 1234 fd00::5 h 00:01\n',
  )
})

test('dnsmasq: a release names the client, its address and the server', () => {
  const packet = renderRelease({ mac: 'fa:16:3e:00:00:05', ip: '10.0.0.5' }, '10.0.0.2')
  assert.deepEqual([...packet.subarray(0, 4)], [1, 1, 6, 0])
  assert.deepEqual([...packet.subarray(12, 16)], [10, 0, 0, 5])
  assert.equal(packet.subarray(28, 34).toString('hex'), 'fa163e000005')
  assert.deepEqual([...packet.subarray(236, 250)], [99, 130, 83, 99, 53, 1, 7, 54, 4, 10, 0, 0, 2, 255])
})

test('dnsmasq: a release of an IPv6 address names the client, the server and the address', () => {
  const client = { iaid: 7, duid: '00:03:00:01:fa', serverDuid: '00:01' }
  assert.equal(
    renderRelease6('fd00::5', client).toString('hex'),
    ['08000001', '0001000500030001fa', '000200020001', '00030028', '00000007', '00'.repeat(8)].join('') +
      ['00050018', 'fd000000000000000000000000000005', '00'.repeat(8)].join(''),
  )
})
