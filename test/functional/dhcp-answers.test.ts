/** From a request of the API to what dnsmasq tells a client. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DhcpWorld, type Instance, startDhcpWorld, until } from './dhcp-world.ts'
import { ownNamespaces } from './namespaces.ts'

ownNamespaces()

async function portOf(world: DhcpWorld, values: object = {}) {
  const { id: network_id } = await world.create('network', {})
  await world.create('subnet', { network_id, ip_version: 4, cidr: '10.0.0.0/24' })
  const port = await world.create('port', { network_id, ...values })
  await until('dnsmasq runs', () => world.dnsmasq(network_id))
  return port
}

test("a port's own DHCP options reach its client and no other, and a change the client that runs", async () => {
  await using world = await startDhcpWorld()
  const extra_dhcp_opts = [
    { opt_name: 'bootfile-name', opt_value: 'pxelinux.0' },
    { opt_name: '150', opt_value: '192.0.2.9' },
    { opt_name: 'router', opt_value: '' },
  ]
  const port = await portOf(world)
  const other = await world.create('port', { network_id: port.network_id })
  const [vm, neighbour] = [await world.boot(port), await world.boot(other)]
  const ask = (one = vm) => one.lease('bootfile', 'tftp', '150', 'router')
  const plain = await until('the client has its lease', ask)
  const daemon = world.dnsmasq(port.network_id)
  assert.equal(plain.has('bootfile'), false)
  await world.update('port', port.id, { extra_dhcp_opts })

  const told = await until('the option is told', async () => {
    const lease = await ask()
    return lease.has('bootfile') ? lease : null
  })
  assert.deepEqual(
    [told.get('ip'), told.get('bootfile'), told.get('opt150'), told.get('router'), told.get('tftp')],
    [port.fixed_ips[0].ip_address, 'pxelinux.0', 'c0000209', undefined, undefined],
  )
  assert.deepEqual(world.dnsmasq(port.network_id), daemon)
  const theirs = await until('the neighbour has its lease', () => ask(neighbour))
  assert.deepEqual([theirs.get('router'), theirs.has('bootfile'), theirs.has('opt150')], ['10.0.0.1', false, false])

  const change = [
    { opt_name: 'bootfile-name', opt_value: 'other.0' },
    { opt_name: '150', opt_value: null },
    { opt_name: 'tftp-server', opt_value: 'boot.example.org' },
  ]
  await world.update('port', port.id, { extra_dhcp_opts: change })
  const changed = await until('the change is told', async () => {
    const lease = await ask()
    return lease.get('bootfile') === 'other.0' ? lease : null
  })
  assert.deepEqual([changed.get('tftp'), changed.has('opt150')], ['boot.example.org', false])
})

/** What a resolver in the instance says of a name, or of an address, by the server it was told of. */
async function resolved(vm: Instance, server: string, call: string, what: string): Promise<string> {
  const program = `
    const { Resolver } = require('node:dns').promises
    const resolver = new Resolver({ timeout: 1000, tries: 3 })
    resolver.setServers([process.argv[1]])
    const asked = resolver[process.argv[2]](process.argv[3])
    asked.then((found) => console.log(found.join()), ({ code }) => console.log(code))`
  return (await vm.run(process.execPath, '-e', program, server, call, what)).trim()
}

test("the network's dnsmasq answers the names of its ports, and a name that changes", async () => {
  await using world = await startDhcpWorld({ DEFAULT: { dns_domain: 'example.internal' } })
  const port = await portOf(world, { dns_name: 'web' })
  const other = await world.create('port', { network_id: port.network_id })
  const vm = await world.boot(port)
  const lease = await until('the client has its lease', () => vm.lease())
  const [ip, theirs] = [port.fixed_ips[0].ip_address, other.fixed_ips[0].ip_address]
  assert.deepEqual([lease.get('ip'), lease.get('hostname'), lease.get('domain')], [ip, 'web', 'example.internal'])

  const daemon = world.dnsmasq(port.network_id)
  const ask = (call: string, what: string) => resolved(vm, lease.get('dns')!, call, what)
  assert.equal(await ask('resolve4', 'web.example.internal'), ip)
  assert.equal(await ask('resolve4', 'web'), ip)
  assert.equal(await ask('reverse', ip), 'web.example.internal')
  const made = `host-${theirs.replaceAll('.', '-')}.example.internal`
  assert.equal(await ask('resolve4', made), theirs)
  assert.equal(await ask('reverse', theirs), made)

  await world.update('port', other.id, { dns_name: 'db.a.example.internal.' })
  await until('the new name is answered', async () => (await ask('resolve4', 'db.a.example.internal')) === theirs)
  assert.match(await ask('resolve4', made), /ENOTFOUND|ESERVFAIL|EREFUSED/)
  assert.deepEqual(world.dnsmasq(port.network_id), daemon)
})

test("another MTU of the network reaches the DHCP port's device, and clients at their next lease", async () => {
  await using world = await startDhcpWorld()
  const port = await portOf(world)
  const { network_id } = port
  const vm = await world.boot(port)
  const told = await until('the client has its lease', () => vm.lease('mtu'))
  assert.equal(told.get('mtu'), '1500')

  await world.update('network', network_id, { mtu: 1342 })
  const link = (netns: string) => vm.run('nsenter', `--net=/run/netns/${netns}`, 'ip', '-o', 'link')
  await until('the device has it', async () => /tap\S+: .* mtu 1342 /.test(await link(`qdhcp-${network_id}`)))
  const lease = await until('the client is told', async () => {
    const found = await vm.lease('mtu')
    return found.get('mtu') === '1342' ? found : null
  })
  assert.equal(lease.get('ip'), port.fixed_ips[0].ip_address)
})
