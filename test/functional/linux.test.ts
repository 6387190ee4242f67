/** The small Linux primitives against the kernel: settings, connections, announcements, what a namespace has. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { sendGratuitousArp } from '#linux/arping.ts'
import { run } from '#linux/command.ts'
import { deleteConnections } from '#linux/conntrack.ts'
import { ipBatch } from '#linux/link.ts'
import { readNetns } from '#linux/netlink.ts'
import { type Netns, netns, rootNetns } from '#linux/netns.ts'
import { createNetns } from '#linux/netns-create.ts'
import { readSysctls, writeSysctls } from '#linux/sysctl.ts'
import { ownNamespaces } from './namespaces.ts'

ownNamespaces()

/** Two namespaces and a cable: `left` has 192.0.2.1, `right` 192.0.2.2. */
async function cable(name: string): Promise<[Netns, Netns]> {
  const [left, right] = [createNetns(`${name}-l`), createNetns(`${name}-r`)]
  await run(['ip', '-n', `${name}-l`, 'link', 'add', 'l0', 'type', 'veth', 'peer', 'r0', 'netns', `${name}-r`], {
    timeoutMs: 5_000,
  })
  await ipBatch(left, ['link set l0 up', 'addr add 192.0.2.1/24 dev l0'])
  await ipBatch(right, ['link set r0 up', 'addr add 192.0.2.2/24 dev r0'])
  return [left, right]
}

test('sysctl: settings are read and written in their own namespace, unknown ones left out', async () => {
  const space = createNetns('sysctl')
  const key = 'net/ipv4/ip_forward'
  const outside = readSysctls(rootNetns, [key])
  writeSysctls(space, { [key]: '1' })
  assert.deepEqual(readSysctls(space, [key, 'net/no/such']), { [key]: '1' })
  assert.deepEqual(readSysctls(rootNetns, [key]), outside)
  assert.throws(() => writeSysctls(space, { 'net/no/such': '1' }))
  assert.throws(() => readSysctls(netns('nowhere'), [key]))
})

test('netlink: links, addresses and routes are read as ip(8) has set them', async () => {
  const [left] = await cable('read')
  await ipBatch(left, [
    'addr add 203.0.113.9/32 dev l0',
    'addr add fd00::1/64 dev l0 nodad',
    'route add default via 192.0.2.254',
    'route add 198.51.100.0/24 nexthop via 192.0.2.8 nexthop via 192.0.2.7',
    'route add 10.9.0.0/16 dev l0 scope link',
    'route add fd01::/64 via fd00::9',
  ])
  const { links, routes } = readNetns(left)
  const link = links.find(({ name }) => name === 'l0')
  assert.deepEqual(link?.addresses, ['192.0.2.1/24', '203.0.113.9/32', 'fd00::1/64'])
  assert.deepEqual([link?.up, link?.carrier, link?.mtu], [true, true, 1500])
  assert.deepEqual(routes, [
    { version: 4, destination: 'default', via: ['192.0.2.254'], device: 'l0' },
    { version: 4, destination: '10.9.0.0/16', via: [], device: 'l0' },
    { version: 4, destination: '198.51.100.0/24', via: ['192.0.2.7', '192.0.2.8'], device: 'l0' },
    { version: 6, destination: 'fd01::/64', via: ['fd00::9'], device: 'l0' },
  ])
})

test('conntrack: connections to an address are forgotten, none is fine, others stay', async () => {
  const [left, right] = await cable('track')
  // The kernel follows connections where a rule asks for it.
  await left.run(['iptables', '-A', 'OUTPUT', '-m', 'conntrack', '--ctstate', 'NEW', '-j', 'ACCEPT'], {
    timeoutMs: 5_000,
  })
  await ipBatch(right, ['addr add 192.0.2.3/24 dev r0'])
  const count = async (address: string) => {
    const text = await left.run(['conntrack', '-L', '-d', address], { timeoutMs: 5_000 })
    return text.split('\n').filter((line) => line !== '').length
  }
  for (const address of ['192.0.2.2', '192.0.2.3']) {
    await left.run(['ping', '-c', '1', '-W', '2', address], { timeoutMs: 5_000 })
    assert.equal(await count(address), 1)
  }
  await deleteConnections(left, { destination: '192.0.2.2' })
  await deleteConnections(left, { destination: '192.0.2.2' })
  await deleteConnections(left, { replyDestination: '198.51.100.1' })
  assert.deepEqual([await count('192.0.2.2'), await count('192.0.2.3')], [0, 1])
})

test('arping: neighbours take over the address that was announced', async () => {
  const [left, right] = await cable('arp')
  const mac = readNetns(left).links.find(({ name }) => name === 'l0')!.mac
  await ipBatch(right, ['neigh replace 192.0.2.1 lladdr 02:00:00:00:00:01 dev r0 nud stale'])
  const heard = spawn('nsenter', [`--net=${right.path}`, 'tcpdump', '-i', 'r0', '-c', '2', '-e', '-n', 'arp'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  heard.stdout.on('data', (chunk) => (text += chunk))
  await once(heard.stderr, 'data')
  sendGratuitousArp(left, [
    { device: 'l0', mac, address: '192.0.2.1' },
    { device: 'gone', mac, address: '192.0.2.1' },
  ])
  await once(heard, 'close')
  assert.match(text, new RegExp(`${mac} > ff:ff:ff:ff:ff:ff.*Request who-has 192.0.2.1 .* tell 192.0.2.1`))
  assert.match(text, new RegExp(`Reply 192.0.2.1 is-at ${mac}`))
  const neighbours = await right.run(['ip', 'neigh', 'show', '192.0.2.1'], { timeoutMs: 5_000 })
  assert.match(neighbours, new RegExp(mac))
})
