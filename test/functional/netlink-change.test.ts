import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readLinks, readNetns } from '#linux/netlink.ts'
import { changeNetns } from '#linux/netlink-change.ts'
import { deleteDevices, moveDevices } from '#linux/netlink-move.ts'
import { removeNetns } from '#linux/netns.ts'
import { createNetns } from '#linux/netns-create.ts'
import { ownNamespaces } from './namespaces.ts'

ownNamespaces()

test('netlink: a namespace made, addressed and routed without a program is what ip(8) sees; again changes nothing', async () => {
  const where = createNetns('made')
  createNetns('made')
  const ip = (...argv: string[]) => where.run(['ip', ...argv], { timeoutMs: 5_000 })
  await ip('link', 'add', 'd0', 'type', 'veth', 'peer', 'name', 'd1')
  changeNetns(where, [{ do: 'set-up', device: 'd1' }])
  const changes = [
    { do: 'set-up', device: 'd0' },
    { do: 'add-address', device: 'd0', cidr: '10.0.0.2/24' },
    { do: 'add-address', device: 'd0', cidr: '169.254.169.254/32' },
    { do: 'add-address', device: 'd0', cidr: 'fd00::2/64' },
    { do: 'replace-route', device: 'd0', version: 4, destination: '192.0.2.1/32', via: null },
    { do: 'replace-route', device: 'd0', version: 4, destination: 'default', via: '192.0.2.1' },
    { do: 'replace-route', device: 'd0', version: 6, destination: 'default', via: 'fd00::1' },
    { do: 'replace-route', device: 'd0', version: 6, destination: '2001:db8::/32', via: 'fd00::9' },
  ] as const

  changeNetns(where, changes)
  changeNetns(where, changes)

  assert.match(await ip('-o', '-4', 'addr', 'show', 'dev', 'd0'), /10\.0\.0\.2\/24 scope global d0/)
  assert.match(await ip('-o', '-6', 'addr', 'show', 'dev', 'd0'), /fd00::2\/64 scope global nodad/)
  assert.match(await ip('route'), /^default via 192\.0\.2\.1 dev d0/m)
  assert.match(await ip('route'), /^192\.0\.2\.1 dev d0 scope link/m)
  assert.match(await ip('-6', 'route'), /^default via fd00::1 dev d0/m)
  const { links, routes } = readNetns(where)
  assert.deepEqual(links.find(({ name }) => name === 'd0')?.addresses.toSorted(), [
    '10.0.0.2/24',
    '169.254.169.254/32',
    'fd00::2/64',
  ])
  assert.equal(routes.length, 4)

  changeNetns(where, [{ do: 'replace-route', device: 'd0', version: 4, destination: 'default', via: '10.0.0.1' }])
  assert.match(await ip('route', 'show', 'default'), /^default via 10\.0\.0\.1 dev d0 *\n$/)

  const deletions = [
    { do: 'delete-route', device: 'd0', version: 4, destination: 'default', via: '10.0.0.1' },
    { do: 'delete-route', device: 'd0', version: 6, destination: 'default', via: 'fd00::1' },
    { do: 'delete-address', device: 'd0', cidr: '169.254.169.254/32' },
    { do: 'delete-address', device: 'd0', cidr: 'fd00::2/64' },
    { do: 'delete-address', device: 'gone', cidr: 'fd00::2/64' },
  ] as const
  changeNetns(where, deletions)
  changeNetns(where, deletions)
  assert.doesNotMatch(await ip('route'), /default/)
  assert.deepEqual(readNetns(where).links.find(({ name }) => name === 'd0')?.addresses, ['10.0.0.2/24'])

  assert.throws(() => changeNetns(where, [{ do: 'set-up', device: 'gone' }]), /no device gone/)
  const unreachable = {
    do: 'replace-route',
    device: 'd0',
    version: 4,
    destination: 'default',
    via: '203.0.113.1',
  } as const
  assert.throws(() => changeNetns(where, [unreachable]), /ENETUNREACH/)
  await removeNetns('made')
})

test('netlink: a device moves with address and MTU and is up; one that is not there or in the way is told; gone is gone', async ({
  signal,
}) => {
  const [from, to] = [createNetns('from'), createNetns('to')]
  const tap = { device: 'tap0', to, mac: 'fa:16:3e:00:00:01', mtu: 1450 }
  await from.run(['ip', 'tuntap', 'add', 'dev', 'tap0', 'mode', 'tap'], { timeoutMs: 5_000 })

  await moveDevices(from, [tap], signal)

  assert.equal(readLinks(from).length, 1)
  const [moved] = readLinks(to).filter(({ name }) => name === 'tap0')
  assert.deepEqual(moved, { ...moved, mac: tap.mac, mtu: 1450, up: true })

  await assert.rejects(moveDevices(from, [tap], signal), /move tap0 to to: ENODEV/)
  await from.run(['ip', 'tuntap', 'add', 'dev', 'tap0', 'mode', 'tap'], { timeoutMs: 5_000 })
  await assert.rejects(moveDevices(from, [tap], signal), /move tap0 to to: EEXIST/)

  changeNetns(to, [{ do: 'set-device', device: 'tap0', mac: 'fa:16:3e:00:00:02', mtu: 1400 }])
  const [changed] = readLinks(to).filter(({ name }) => name === 'tap0')
  assert.deepEqual([changed?.mac, changed?.mtu, changed?.up], ['fa:16:3e:00:00:02', 1400, true])

  await deleteDevices(to, ['tap0', 'never'], signal)
  await deleteDevices(to, ['tap0'], signal)
  assert.deepEqual(
    readLinks(to).map(({ name }) => name),
    ['lo'],
  )
  await removeNetns('from')
  await removeNetns('to')
})
