/** `neutron explain port` as an operator and as a port's owner run it: in a terminal, in a pipe, with what fails. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ADMIN_CLOUD, MEMBER_CLOUD } from '#identity/clouds-yaml.ts'
import { type ApiClient, openClient } from '#lab/api-client.ts'
import { NEUTRON, outcomeOf } from './neutron-command.ts'
import { freePort, type OneHost, oneHost, ownHost, sweep, temporaryState } from './one-host.ts'
import { openTerminal } from './terminal.ts'

ownHost()

const state = temporaryState()
let service: OneHost
let api: ApiClient
let port = ''

const surroundings = (cloud: string) => ({
  OS_CLIENT_CONFIG_FILE: `${state}/clouds.yaml`,
  OS_CLOUD: cloud,
  LC_ALL: 'C.UTF-8',
})

const neutron = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  outcomeOf(NEUTRON, words, { ...surroundings(ADMIN_CLOUD), ...env })

before(async () => {
  const ports = ['--port', String(await freePort()), '--identity-port', String(await freePort())]
  service = await oneHost(state, ['--api-only', ...ports])
  api = await openClient(`${state}/clouds.yaml`, MEMBER_CLOUD)
  const network = await api.create('networks', { name: 'inside' })
  await api.create('subnets', { network_id: network.id!, ip_version: 4, cidr: '10.44.0.0/24' })
  const made = await api.create('ports', { network_id: network.id!, name: 'one' })
  port = String(made.id)
  const admin = await openClient(`${state}/clouds.yaml`, ADMIN_CLOUD)
  await admin.update('ports', port, { 'binding:host_id': 'compute-7' })
})

after(async () => {
  await service?.end('SIGTERM')
  await sweep(state)
})

test('in a terminal: a coloured checklist within its width, the cause under its step, exit code 1', async () => {
  const env = surroundings(ADMIN_CLOUD)
  await using terminal = openTerminal([NEUTRON, 'explain', 'port', port], { columns: 80, env })
  assert.equal(await terminal.ended(), 1)
  const text = terminal.everything()
  assert.match(text, new RegExp(`^Port one \\(${port}\\), DOWN$`, 'm'))
  assert.match(text, /^ {2}✔ addressed +(?:just now|\S.* ago) +10\.44\.0\.\d+ of 10\.44\.0\.0\/24$/m)
  assert.match(text, /^ {4}→ the operator, since \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ \((?:just now|\d+ s ago)\)$/m)
  assert.match(text, /^ {4}on compute-7: systemctl restart neutron-openvswitch-agent$/m)
  // Longer than the terminal is wide.
  assert.match(text.replaceAll('\n', ''), /does not work, for 'agent alive': next is the operator\./)
  assert.ok(terminal.coloured().includes('\x1b[31m✖'))
})

test('in a pipe: no colours, ASCII where the locale is not UTF-8; data with -f json and yaml; names and ids', async () => {
  const plain = await neutron(['explain', 'port', port], { LC_ALL: 'C' })
  assert.equal(plain.status, 1)
  assert.match(plain.out, /^ {2}x agent alive/m)
  assert.doesNotMatch(plain.out, /[^\n -~]/)
  const json = await neutron(['explain', 'port', port, '-f', 'json'])
  assert.equal(json.status, 1)
  const { cause, steps, port_id } = JSON.parse(json.out)
  assert.deepEqual([port_id, cause.step, cause.owner, steps.length], [port, 'agent', 'the operator', 16])
  const yaml = await neutron(['explain', 'port', 'one', '-f', 'yaml'])
  assert.match(yaml.out, /^cause:\n {2}evidence: no Open vSwitch agent has ever reported from host compute-7$/m)
  assert.match((await neutron(['explain', 'port', 'one', '--utc'])).out, /✔ created +\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ /)
})

test("the port's owner is told the same without hosts and agents", async () => {
  const { status, out, err } = await neutron(['explain', 'port', 'one'], surroundings(MEMBER_CLOUD))
  assert.equal(status, 1)
  assert.match(out, /✖ agent alive .* no agent on its host answers for it/)
  assert.doesNotMatch(out + err, /compute-7|openvswitch|systemctl/)
})

test('a port that is not there, and none named: a line each', async () => {
  const lost = await neutron(['explain', 'port', 'nope'])
  assert.deepEqual([lost.status, lost.out], [1, ''])
  assert.equal(lost.err, "Unable to find port with name or id 'nope'\n")
  const unnamed = await neutron(['explain', 'port'])
  assert.equal(unnamed.status, 2)
  assert.match(unnamed.err, /error: the following arguments are required: PORT/)
})

test('what nobody ever plugs has nothing missing: exit code 0', async () => {
  const admin = await openClient(`${state}/clouds.yaml`, ADMIN_CLOUD)
  const { network_id } = (await admin.find('ports', port))!
  const made = await admin.create('ports', { network_id: network_id!, name: 'fip', device_owner: 'network:floatingip' })
  const { status, out } = await neutron(['explain', 'port', 'fip'])
  assert.equal(status, 0)
  assert.match(out, new RegExp(`^Port fip \\(${made.id}\\): nothing is missing\\.$`, 'm'))
})

test('a router by its name, a floating IP by its address', async () => {
  const outside = await api.list('networks', { 'router:external': 'true' })
  const router = await api.create('routers', { name: 'way' })
  const fine = await neutron(['explain', 'router', 'way'])
  assert.equal(fine.status, 0)
  assert.match(fine.out, new RegExp(`^Router way \\(${router.id}\\): nothing is missing\\.$`, 'm'))
  const floating = await api.create('floatingips', { floating_network_id: outside[0]!.id! })
  const address = String(floating.floating_ip_address)
  const { status, out, err } = await neutron(['explain', 'floatingip', address])
  assert.equal(status, 1)
  assert.match(out, /✖ associated .* it stands for no port/)
  assert.match(out, new RegExp(`^ {4}neutron floatingip-associate ${floating.id} <port>$`, 'm'))
  assert.match(err, /does not work, for 'associated': next is the floating IP's owner\./)
  const lost = await neutron(['explain', 'floatingip', '192.0.2.99'])
  assert.deepEqual([lost.status, lost.err], [1, "Unable to find floatingip with address '192.0.2.99'\n"])
})
