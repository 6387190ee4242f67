import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseLeases, renderLeases, renderOption, renderRelease } from './dnsmasq.ts'

test('dnsmasq: options are named or numbered, tagged, and never more than one line', () => {
  assert.equal(renderOption(4, 't', 'router', ['10.0.0.1']), 'tag:t,option:router,10.0.0.1')
  assert.equal(renderOption(4, 't', 'router'), 'tag:t,option:router')
  assert.equal(renderOption(4, 't', '249', ['a', 'b']), 'tag:t,249,a,b')
  assert.equal(renderOption(6, 't', '23', ['[::1]']), 'tag:t,option6:23,[::1]')
  assert.equal(renderOption(4, 't', 'tag:ipxe,bootfile-name', ['x\ny']), 'tag:t,tag:ipxe,option:bootfile-name,x')
})

test('dnsmasq: IPv4 leases are read; a DUID, IPv6 leases and rubbish are passed over', () => {
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
  ])
})

test('dnsmasq: it starts from the leases there may be and the IPv6 leases it wrote itself', () => {
  const before = '1893456000 aa:aa:aa:aa:aa:aa 10.0.0.9 * *\nduid 00:01\n1893456000 1234 fd00::5 h 00:01\n'
  assert.equal(
    renderLeases([{ mac: 'fa:16:3e:00:00:05', ip: '10.0.0.5' }], before),
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
