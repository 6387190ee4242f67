/** Router advertisements with a real radvd: hosts make the addresses their ports have, and it survives what it may. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { internalPort, ROUTER_ID, router } from '#agents/l3/example.ts'
import { sleep } from '#base/lifetime.ts'
import { autoAddress } from '#core/subnet/addressing.ts'
import { readLinks } from '#linux/netlink.ts'
import { netns } from '#linux/netns.ts'
import type { RouterInfo } from '#rpc/contract/l3.ts'
import { ownNamespaces } from './namespaces.ts'
import { INSIDE, inNetns, OUTSIDE, ping, type RouterWorld, routerWorld } from './routers.ts'

ownNamespaces()

let world: RouterWorld

before(async () => {
  world = await routerWorld()
  await world.machine('vm', INSIDE, '10.0.0.10/24', '10.0.0.1')
  await world.machine('world', OUTSIDE, '203.0.113.1/24', null)
})

after(() => world[Symbol.asyncDispose]())

const withMode = (ipv6_ra_mode: string | null, cidr = 'fd00:1::/64'): RouterInfo => ({
  ...router,
  _interfaces: [
    {
      ...internalPort,
      mtu: 1400,
      fixed_ips: [...internalPort.fixed_ips, { subnet_id: 's6', ip_address: cidr.replace('/64', '1'), prefixlen: 64 }],
      subnets: [
        ...internalPort.subnets,
        { id: 's6', cidr, gateway_ip: cidr.replace('/64', '1'), dns_nameservers: [], ipv6_ra_mode },
      ],
    },
  ],
})

async function eventually(check: () => Promise<void>): Promise<void> {
  const end = Date.now() + 15_000
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (Date.now() > end) throw error
      await sleep(100)
    }
  }
}

const addresses = () => inNetns('vm', 'ip', '-6', '-o', 'addr', 'show', 'dev', 'tap-vm', 'scope', 'global')
const routes = () => inNetns('vm', 'ip', '-6', 'route')
const macOf = () => readLinks(netns('vm')).find(({ name }) => name === 'tap-vm')!.mac
/** Empty: it has ended. */
const commandOf = (pid: number) => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
const pidOf = () => Number(readFileSync(`${world.directory}/${ROUTER_ID}.pid.radvd`, 'utf8'))

test('radvd: with slaac a host has the address its port has, the router as its way out, and the MTU', async () => {
  await inNetns('vm', 'sysctl', '-qw', 'net.ipv6.conf.tap-vm.accept_ra=1')
  await world.turn([withMode('slaac')])
  const expected = autoAddress({ cidr: 'fd00:1::/64' }, macOf())
  await eventually(async () => assert.match(await addresses(), new RegExp(` ${expected}/64 `)))
  assert.match(await routes(), /default via fe80::\S+ dev tap-vm proto ra .*mtu 1400/)
  await eventually(async () => void (await ping('vm', 'fd00:1::1')))

  const pid = pidOf()
  assert.deepEqual(await world.turn([withMode('slaac')]), [], 'an agent that starts anew finds it')
  await world.turn([withMode('slaac', 'fd00:2::/64')])
  assert.equal(pidOf(), pid, 'another prefix does not end it')
  const second = autoAddress({ cidr: 'fd00:2::/64' }, macOf())
  await eventually(async () => assert.match(await addresses(), new RegExp(` ${second}/64 `)))

  process.kill(pid, 'SIGKILL')
  await eventually(async () => assert.deepEqual(await world.turn([withMode('slaac', 'fd00:2::/64')]), ['advertise']))
  assert.notEqual(pidOf(), pid)
})

test('radvd: with DHCPv6 the prefix is on the link and makes no address; without a mode nothing is announced', async () => {
  await world.turn([withMode('dhcpv6-stateful', 'fd00:3::/64')])
  await eventually(async () => assert.match(await routes(), /^fd00:3::\/64 dev tap-vm proto (kernel|ra)/m))
  assert.doesNotMatch(await addresses(), /fd00:3:/)

  assert.ok((await world.turn([withMode(null, 'fd00:3::/64')])).includes('stop-advertising'))
  await eventually(async () => assert.doesNotMatch(await routes(), /default/))
  assert.throws(pidOf, { code: 'ENOENT' })

  await world.turn([withMode('slaac')])
  const pid = pidOf()
  await world.turn([])
  assert.equal(commandOf(pid), '')
})
