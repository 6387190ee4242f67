import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renderCommand, renderConfig } from './radvd.ts'

test('radvd: a device with its flags, MTU, name servers and prefixes', () => {
  const one = { device: 'qr-x', minIntervalSeconds: 30, maxIntervalSeconds: 100, managed: false, otherConfig: false }
  const slaac = { ...one, mtu: 1450, nameServers: ['fd00::53'], prefixes: [{ cidr: 'fd00:1::/64', autonomous: true }] }
  const stateful = {
    ...one,
    device: 'qr-y',
    mtu: 1000,
    managed: true,
    otherConfig: true,
    nameServers: [],
    prefixes: [{ cidr: 'fd00:2::/64', autonomous: false }],
  }
  assert.equal(
    renderConfig([slaac, stateful]),
    `interface qr-x
{
   AdvSendAdvert on;
   MinRtrAdvInterval 30;
   MaxRtrAdvInterval 100;
   AdvLinkMTU 1450;
   RDNSS fd00::53 {};
   prefix fd00:1::/64 { AdvOnLink on; AdvAutonomous on; };
};
interface qr-y
{
   AdvSendAdvert on;
   MinRtrAdvInterval 30;
   MaxRtrAdvInterval 100;
   AdvOtherConfigFlag on;
   AdvManagedFlag on;
   prefix fd00:2::/64 { AdvOnLink on; AdvAutonomous off; };
};
`,
  )
})

test('radvd: it runs as somebody else only when told to', () => {
  const files = { config: '/c', pid: '/p' }
  assert.deepEqual(renderCommand(files, 'root'), ['radvd', '-C', '/c', '-p', '/p', '-m', 'syslog'])
  assert.deepEqual(renderCommand(files, 'radvd').slice(-2), ['-u', 'radvd'])
})
