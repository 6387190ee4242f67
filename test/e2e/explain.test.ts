/**
 * Ten faults planted in a whole host of separate processes, each explained: what is the cause, and who owes the next
 * step. After each the port works again, and its explanation says so.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { after, before, test } from 'node:test'
import { newId } from '#base/ids.ts'
import { bridgesOf } from '#cmd/one-host.ts'
import { ADMIN_CLOUD } from '#identity/clouds-yaml.ts'
import { type ApiClient, openClient } from '#lab/api-client.ts'
import type { NovaMetadata } from '#lab/nova-metadata.ts'
import { STANDARD_PATHS } from '#lab/openvswitch.ts'
import { configure, explain, explained, secretOf, setSecret, startNova, stubbornDnsmasq } from './explain-faults.ts'
import { neutrino, oneHost, ownHost, sweep, temporaryState } from './one-host.ts'
import { SeparateProcesses } from './separate.ts'

ownHost()

const state = temporaryState()
const processes = new SeparateProcesses(state)
const dnsmasq = stubbornDnsmasq(state)
const bridge = bridgesOf(state).integration
const here = hostname()
let nova: NovaMetadata
let api: ApiClient
let network = ''
/** The port of a lab instance. */
let port = ''

const id = (resource: { readonly id?: unknown }) => String(resource.id)
const whole = () => explained(api, port, 'the port works', ({ cause }) => cause === null)
const newPort = (more: object = {}) =>
  api.create('ports', { network_id: network, device_owner: 'compute:nova', device_id: newId(), ...more })

before(async () => {
  const up = await oneHost(state) // writes the configuration and the first users
  await up.end('SIGTERM')
  configure(state)
  nova = await startNova(state)
  await processes.startAll()
  api = await openClient(`${state}/clouds.yaml`, ADMIN_CLOUD)
  network = id(await api.create('networks', { name: 'inside' }))
  await api.create('subnets', { network_id: network, ip_version: 4, cidr: '10.43.0.0/24' })
  await neutrino(['instance', 'boot', 'one', '--network', network, '--state', state])
  port = id((await api.list('ports', { network_id: network, device_owner: 'compute:nova' }))[0]!)
})

after(async () => {
  dnsmasq.allow()
  await processes.end()
  await nova?.close()
  await sweep(state)
})

test('a port that works: every step with its evidence', async () => {
  const story = await whole()
  assert.equal(story.status, 'ACTIVE')
  for (const { step, state: is, evidence } of story.steps)
    assert.ok(
      is === 'done' || is === 'not_applicable' || (step === 'mtu' && is === 'unknown'),
      `${step} ${is}: ${evidence}`,
    )
  assert.match(story.of('wired').evidence, /^\d+ flows in place, local VLAN \d+, \d+ security group rules$/)
  assert.match(story.of('dhcp_entry').evidence, new RegExp(`^dnsmasq on ${here} knows 'fa:16:3e:`))
  assert.match(story.of('metadata').evidence, /^Nova at http:\/\/127\.0\.0\.1:\d+ answers neutron-metadata-agent/)
  assert.ok(Date.parse(story.of('reported').at!) >= Date.parse(story.of('created').at!))
})

test('a network that works', async () => {
  const story = await explained(api, network, 'the network works', ({ cause }) => cause === null, 'networks')
  assert.match(story.of('dhcp_server').evidence, new RegExp(`^dnsmasq answers in qdhcp-${network} on ${here}$`))
  assert.equal(story.of('ports').evidence, 'all 2 ports on hosts are ACTIVE')
})

test('no agent on the host', async () => {
  const { cause } = await explain(api, id(await newPort({ 'binding:host_id': 'nowhere' })))
  assert.deepEqual([cause?.step, cause?.owner], ['agent', 'the operator'])
  assert.match(cause!.evidence, /has ever reported from host nowhere/)
  assert.match(cause!.mend!, /^on nowhere: systemctl restart neutron-openvswitch-agent$/)
})

test('no segment the agent can reach', async () => {
  const far = await api.create('networks', {
    'provider:network_type': 'vlan',
    'provider:physical_network': 'far',
    'provider:segmentation_id': 7,
  })
  const { cause } = await explain(api, id(await newPort({ network_id: id(far), 'binding:host_id': here })))
  assert.deepEqual([cause?.step, cause?.state, cause?.owner], ['bound', 'failed', 'the operator'])
  assert.match(cause!.evidence, /reaches none of the segments \(vlan far 7; the agent reaches public, vxlan, gre/)
})

test('port administratively down', async () => {
  await api.update('ports', port, { admin_state_up: false })
  const { cause } = await explain(api, port)
  assert.deepEqual([cause?.step, cause?.owner], ['enabled', "the port's owner"])
  assert.equal(cause?.mend, `neutron port-update ${port} --admin-state-up True`)
  await api.update('ports', port, { admin_state_up: true })
  await whole()
})

test('device not plugged', async () => {
  const bare = id(await newPort({ 'binding:host_id': here }))
  const { cause } = await explained(api, bare, 'the device is missed', (story) => story.of('told').state === 'done')
  assert.deepEqual([cause?.step, cause?.state, cause?.owner], ['plugged', 'missing', `nova-compute on ${here}`])
  assert.match(cause!.evidence, new RegExp(`^no interface on ${bridge} says iface-id=${bare}$`))
  assert.match(cause!.since!, /^\d{4}-/)
})

test('MTU mismatch', async () => {
  const small = await newPort({ 'binding:host_id': here })
  const { mtu } = (await api.find('networks', network))!
  const device = 'small0'
  execFileSync('ip', ['link', 'add', device, 'type', 'veth', 'peer', 'name', 'small1'])
  execFileSync('ip', ['link', 'set', 'dev', device, 'mtu', '1300', 'up'])
  const ids = [`external_ids:iface-id=${id(small)}`, `external_ids:attached-mac=${small.mac_address}`]
  execFileSync('ovs-vsctl', ['add-port', bridge, device, '--', 'set', 'Interface', device, ...ids])
  const { cause } = await explained(api, id(small), 'the MTU is seen', (story) => story.of('mtu').state === 'failed')
  assert.deepEqual([cause?.step, cause?.owner], ['mtu', `nova-compute on ${here}`])
  assert.equal(cause?.evidence, `the MTU of ${device} is 1300, that of its network ${mtu}`)
  assert.equal(cause?.mend, `on ${here}: ip link set dev ${device} mtu ${mtu}`)
  execFileSync('ip', ['link', 'set', 'dev', device, 'mtu', String(mtu)])
  await explained(api, id(small), 'the MTU is right', (story) => story.of('mtu').state === 'done')
  execFileSync('ovs-vsctl', ['del-port', bridge, device])
})

test('a flow deleted by hand', async () => {
  const { ofport } = (await whole()).of('plugged').details
  execFileSync('ovs-ofctl', ['-O', 'OpenFlow13', 'del-flows', bridge, `table=60,in_port=${ofport}`])
  const { cause, of } = await explain(api, port)
  assert.deepEqual([cause?.step, cause?.state], ['wired', 'missing'])
  assert.equal(cause?.owner, `neutron-openvswitch-agent on ${here}`)
  assert.match(cause!.evidence, new RegExp(`1 of \\d+ flows is missing, on ${bridge}: table=60,.*in_port=${ofport}`))
  assert.equal(of('reported').state, 'done', 'the status alone says that all is well')
  await processes.kill(['openvswitch'])
  await processes.start(['openvswitch'])
  await whole()
})

test('the DHCP entry removed', async () => {
  const file = String((await whole()).of('dhcp_entry').details.hosts_file)
  const kept = readFileSync(file, 'utf8')
  const { mac_address } = (await api.find('ports', port))!
  writeFileSync(
    file,
    kept
      .split('\n')
      .filter((line) => !line.startsWith(String(mac_address)))
      .join('\n'),
  )
  const { cause } = await explain(api, port)
  assert.deepEqual([cause?.step, cause?.owner], ['dhcp_entry', `neutron-dhcp-agent on ${here}`])
  assert.match(cause!.evidence, new RegExp(`^${file} lacks '${mac_address},`))
  writeFileSync(file, kept)
  await whole()
})

test('dnsmasq killed, and it does not come back', async () => {
  await whole()
  dnsmasq.forbid()
  process.kill(Number(readFileSync(`${state}/lib/dhcp/${network}/pid`, 'utf8')), 'SIGKILL')
  const failing = await explained(api, port, 'the agent tries', (story) => / since /.test(story.cause?.evidence ?? ''))
  const { cause } = failing
  assert.deepEqual([cause?.step, cause?.state], ['dhcp_server', 'failed'])
  assert.equal(cause?.owner, `neutron-dhcp-agent on ${here}`)
  assert.match(cause!.evidence, /^dnsmasq does not run in qdhcp-.*tried \d+ times? since .*told so by a test/s)
  assert.match(cause!.since!, /^\d{4}-/)
  dnsmasq.allow()
  await whole()
})

test('a metadata secret that differs', async () => {
  setSecret(state, 'another')
  await processes.kill(['metadata'])
  await processes.start(['metadata'])
  const { cause } = await explained(api, port, 'the agent is back', (story) => story.cause !== null)
  assert.deepEqual([cause?.step, cause?.state, cause?.owner], ['metadata', 'failed', 'the operator'])
  assert.match(cause!.evidence, /refuses what neutron-metadata-agent on .* signs \(403\): the secrets differ/)
  assert.match(cause!.mend!, /^metadata_proxy_shared_secret in metadata_agent\.ini/)
  setSecret(state, secretOf(state))
  await processes.kill(['metadata'])
  await processes.start(['metadata'])
  await whole()
})

test('agent dead', async () => {
  await processes.kill(['openvswitch'])
  const { cause, of } = await explained(api, port, 'the agent is dead', (story) => story.cause?.step === 'agent')
  assert.equal(cause?.owner, 'the operator')
  assert.match(cause!.evidence, /^neutron-openvswitch-agent on .* is dead: it reported \d+ s ago for the last time$/)
  assert.ok(Date.parse(cause!.since!) < Date.now())
  assert.equal(of('bound').state, 'done')
  await processes.start(['openvswitch'])
  await whole()
})

test('metadata through a router, whose agent then dies', async () => {
  const [subnet] = await api.list('subnets', { network_id: network })
  const router = id(await api.create('routers', { name: 'way' }))
  await api.put(`/v2.0/routers/${router}/add_router_interface`, { subnet_id: id(subnet!) })
  const [door] = await api.list('ports', { network_id: network, device_owner: 'network:router_interface' })
  const plugged = await explained(api, id(door!), 'the interface of the router works', ({ cause }) => cause === null)
  assert.match(plugged.of('plugged').evidence, /^qr-/)
  assert.equal(plugged.of('dhcp_entry').state, 'not_applicable')
  await whole()
  await processes.kill(['l3'])
  const dead = await explained(api, port, 'the L3 agent is dead', (story) => story.cause?.step === 'metadata')
  assert.equal(dead.cause?.owner, 'the operator')
  assert.match(dead.cause!.evidence, new RegExp(`^neutron-l3-agent on .*, which has router ${router} .*, is dead$`))
  await processes.start(['l3'])
  await whole()
})

test('a router and a floating IP: no gateway, nothing let in, an agent that is dead', async () => {
  const [router] = await api.list('routers', { name: 'way' })
  const [outside] = await api.list('networks', { name: 'public' })
  const fine = await explained(api, id(router!), 'the router works', ({ cause }) => cause === null, 'routers')
  assert.equal(fine.of('gateway').state, 'not_applicable')
  assert.match(fine.of('namespace').evidence, /^qrouter-.* is as it is to be$/)
  await api.update('routers', id(router!), { external_gateway_info: { network_id: id(outside!) } })
  await explained(api, id(router!), 'the gateway is up', ({ of }) => of('gateway').state === 'done', 'routers')

  const floating = await api.create('floatingips', { floating_network_id: id(outside!) })
  const about = (what: string, holds: Parameters<typeof explained>[3]) =>
    explained(api, id(floating), what, holds, 'floatingips')
  const alone = await explain(api, id(floating), 'floatingips')
  assert.deepEqual([alone.cause?.step, alone.cause?.owner], ['associated', "the floating IP's owner"])
  await api.update('floatingips', id(floating), { port_id: port })
  const closed = await about('it is up, and closed', ({ of }) => of('reported').state === 'done')
  assert.deepEqual([closed.cause?.step, closed.cause?.owner], ['allowed', "the port's owner"])
  const [group] = (await api.find('ports', port))!.security_groups as string[]
  await api.create('security-group-rules', { security_group_id: group!, direction: 'ingress', protocol: 'icmp' })
  const open = await about('it works', ({ cause }) => cause === null)
  assert.equal(open.name, floating.floating_ip_address)
  await processes.kill(['l3'])
  const dead = await about('the agent is dead', ({ cause }) => cause?.step === 'l3_agent')
  assert.match(dead.cause!.evidence, /^neutron-l3-agent on .* is dead$/)
  await processes.start(['l3'])
  await about('it works again', ({ cause }) => cause === null)
})

test('a switch that has died under its agent', async () => {
  const pid = Number(readFileSync(`${STANDARD_PATHS.runDir}/ovs-vswitchd.pid`, 'utf8'))
  const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean)
  process.kill(pid, 'SIGKILL')
  const blind = await explained(api, port, 'the switch is missed', (story) => story.cause?.step === 'plugged')
  assert.deepEqual([blind.cause?.state, blind.cause?.owner], ['failed', 'the operator'])
  assert.match(blind.cause!.evidence, /^neutron-openvswitch-agent on .* cannot look at its switch: .*ovs-ofctl/s)
  assert.equal(blind.cause?.mend, `on ${here}: neutron doctor switch`)
  execFileSync('ovs-vswitchd', argv.slice(1), { stdio: 'ignore' })
})
