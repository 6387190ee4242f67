import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type OneHost, oneHost, ownHost, sweep, temporaryState } from './one-host.ts'
import { openstack, openstackJson } from './openstack.ts'

ownHost()

const state = temporaryState()
const clouds = `${state}/clouds.yaml`
let host: OneHost

before(async () => {
  host = await oneHost(state)
})
after(async () => {
  await host?.end('SIGTERM')
  await sweep(state)
})

const member = (commands: readonly string[]) => openstackJson(clouds, 'neutrino-demo', commands)
const admin = (commands: readonly string[]) => openstackJson(clouds, 'neutrino-admin', commands)

test('the openstack client builds the whole scenario as a member', async () => {
  const [network, subnet, router] = await member([
    'network create blue -f json',
    'subnet create --network blue --subnet-range 10.20.0.0/24 --dns-nameserver 192.0.2.53 blue4 -f json',
    'router create edge -f json',
    'router set --external-gateway public edge',
    'router add subnet edge blue4',
  ])
  assert.equal(network!.status, 'ACTIVE')
  assert.equal(subnet!.gateway_ip, '10.20.0.1')
  assert.deepEqual(subnet!.dns_nameservers, ['192.0.2.53'])

  const [group, rule, port, floating, shown, ports] = await member([
    'security group create web -f json',
    'security group rule create --protocol tcp --dst-port 80 --remote-ip 0.0.0.0/0 web -f json',
    'port create --network blue --security-group web --fixed-ip subnet=blue4,ip-address=10.20.0.80 port1 -f json',
    'floating ip create --port port1 public -f json',
    'router show edge -f json',
    'port list --router edge -f json',
  ])
  assert.equal(rule!.security_group_id, group!.id)
  assert.deepEqual(port!.fixed_ips, [{ subnet_id: subnet!.id, ip_address: '10.20.0.80' }])
  assert.equal(port!.mac_address?.toString().slice(0, 8), 'fa:16:3e')
  assert.equal(floating!.fixed_ip_address, '10.20.0.80')
  assert.equal(floating!.router_id, router!.id)
  assert.match(JSON.stringify(shown!.external_gateway_info), /172\.24\.4\./)
  assert.equal((ports as unknown as unknown[]).length, 1)
})

test('an administrator sees every agent alive', async () => {
  const [agents] = (await admin(['network agent list -f json'])) as unknown as Record<string, unknown>[][]
  assert.deepEqual(agents!.map((agent) => agent.Binary).sort(), [
    'neutron-dhcp-agent',
    'neutron-l3-agent',
    'neutron-metadata-agent',
    'neutron-openvswitch-agent',
  ])
  assert.ok(agents!.every((agent) => agent.Alive === true && agent.State === true))
})

test('a member cannot see agents, providers or what is not theirs', async () => {
  const { errors } = await openstack(clouds, 'neutrino-demo', [
    'network agent delete 00000000-0000-0000-0000-000000000000',
    'network create --provider-network-type vlan nope -f json',
  ])
  assert.match(errors, /create_network:provider:network_type.* is disallowed by policy/)
  const [shown] = await member(['network show blue -f json'])
  assert.equal(shown!['provider:network_type'], null)
})

test('what is in use is refused with the reason, and nothing changes', async () => {
  const { errors } = await openstack(clouds, 'neutrino-demo', ['network delete blue', 'router delete edge'])
  assert.match(
    errors,
    /One or more ports have an IP allocation|There are one or more ports still in use on the network/,
  )
  assert.match(errors, /Router \S+ has ports still attached/)
  assert.equal((await member(['network show blue -f json']))[0]!.name, 'blue')
})

test('the openstack client takes everything apart again', async () => {
  const [floatingIps] = (await member(['floating ip list -f json'])) as unknown as Record<string, string>[][]
  await member([
    `floating ip delete ${floatingIps![0]!.ID}`,
    'port delete port1',
    'router remove subnet edge blue4',
    'router unset --external-gateway edge',
    'router delete edge',
    'subnet delete blue4',
    'network delete blue',
    'security group delete web',
  ])
  const [networks] = (await member(['network list -f json'])) as unknown as Record<string, string>[][]
  assert.deepEqual(
    networks!.map(({ Name }) => Name),
    ['public'],
  )
})
