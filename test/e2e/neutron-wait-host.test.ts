/** `--wait` beside real agents: what is made becomes ACTIVE when the host has it. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { MEMBER_CLOUD } from '#identity/clouds-yaml.ts'
import { type ApiClient, openClient } from '#lab/api-client.ts'
import { NEUTRON, outcomeOf } from './neutron-command.ts'
import { type OneHost, oneHost, ownHost, sweep, temporaryState } from './one-host.ts'

ownHost()

const state = temporaryState()
const cloudsFile = join(state, 'clouds.yaml')
let host: OneHost
let api: ApiClient

const neutron = (...words: readonly string[]) =>
  outcomeOf(NEUTRON, words, { OS_CLIENT_CONFIG_FILE: cloudsFile, OS_CLOUD: MEMBER_CLOUD, HOME: state })

before(async () => {
  host = await oneHost(state)
  api = await openClient(cloudsFile, MEMBER_CLOUD)
  const [external] = await api.list('networks', { name: 'public' })
  const network = await api.create('networks', { name: 'inside' })
  const subnet = await api.create('subnets', { network_id: network.id!, ip_version: 4, cidr: '10.41.0.0/24' })
  const router = await api.create('routers', { name: 'edge', external_gateway_info: { network_id: external!.id! } })
  await api.put(`/v2.0/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id! })
  await host.run(['instance', 'boot', 'web', '--network', 'inside'])
})
after(async () => {
  await host?.end('SIGTERM')
  await sweep(state)
})

test('wait: the port of a running instance is ACTIVE, and so is a floating IP once the router has it', async () => {
  const [port] = await api.list('ports', { device_owner: 'compute:nova' })
  assert.ok(port, 'the instance has no port')
  const shown = await neutron('port-show', String(port.id), '--wait', '-f', 'value', '-c', 'status')
  assert.deepEqual([shown.status, shown.out], [0, 'ACTIVE\n'])

  const made = await neutron('floatingip-create', 'public', '--wait', '-f', 'value', '-c', 'id', '-c', 'status')
  assert.equal(made.status, 0, made.err)
  assert.match(made.out, /^[0-9a-f-]{36}\nDOWN\n$/)
  const [id = ''] = made.out.split('\n')
  const joined = await neutron('floatingip-associate', id, String(port.id), '--wait', '--wait-timeout', '60')
  assert.deepEqual([joined.status, joined.out], [0, `Associated floating IP ${id}\n`], joined.err)
  assert.equal((await api.find('floatingips', id))?.status, 'ACTIVE')
})

test('wait: a router interface is waited for by its port', async () => {
  const network = await api.create('networks', { name: 'more' })
  await api.create('subnets', { network_id: network.id!, ip_version: 4, cidr: '10.42.0.0/24', name: 'more4' })
  const { status, err } = await neutron('router-interface-add', 'edge', 'more4', '--wait', '--wait-timeout', '60')
  assert.equal(status, 0, err)
  const [port] = await api.list('ports', { network_id: String(network.id), device_owner: 'network:router_interface' })
  assert.equal(port?.status, 'ACTIVE')
})
