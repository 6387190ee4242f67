import assert from 'node:assert/strict'
import { test } from 'node:test'
import { run } from '#linux/command.ts'
import { parseLease, renderScript } from './dhcp-client.ts'

test('lab dhcp client: the facts of a lease are read; without an address there is none', () => {
  const text = `event=renew
at=1700000000
answers=2
ip=10.0.0.5
mask=24
subnet=255.255.255.0
router=10.0.0.1
dns=10.0.0.2 10.0.0.3
domain=openstacklocal
search=
mtu=1450
serverid=10.0.0.2
lease=86400
staticroutes=169.254.169.254/32 10.0.0.2 0.0.0.0/0 10.0.0.1
`
  assert.deepEqual(parseLease(text), {
    event: 'renew',
    address: '10.0.0.5',
    prefixLength: 24,
    router: '10.0.0.1',
    dns: ['10.0.0.2', '10.0.0.3'],
    domain: 'openstacklocal',
    mtu: 1450,
    serverId: '10.0.0.2',
    leaseSeconds: 86_400,
    routes: [
      { destination: '169.254.169.254/32', via: '10.0.0.2' },
      { destination: '0.0.0.0/0', via: '10.0.0.1' },
    ],
    at: 1_700_000_000,
    answers: 2,
  })
  assert.equal(parseLease(''), null)
})

test('lab dhcp client: the script is one a POSIX shell reads, whatever the folder is called', async () => {
  await run(['sh', '-n'], { input: renderScript("/tmp/it's here/$x"), timeoutMs: 5_000 })
})
