import assert from 'node:assert/strict'
import { test } from 'node:test'
import { evidenceOf, type Looked } from './evidence.ts'
import type { WantedNetwork } from './state.ts'

const FILES = { host: 'fa:16:3e:00:00:01,a,10.0.0.3\nfa:16:3e:00:00:02,b,10.0.0.4\n', addn_hosts: '', opts: '' }
const WANT = {
  id: 'n',
  netns: 'qdhcp-n',
  namespace: true,
  devices: [{ name: 'tapx', mac: 'm', mtu: 1450 }],
  addresses: [],
  routes: [],
  files: FILES,
  loaded: 'digest',
  dnsmasq: ['dnsmasq'],
  leases: [],
  port_id: 'x',
  servers: [],
  proxy: { network_id: 'n' },
  ports: [{ id: 'p', mac: 'fa:16:3e:00:00:02', ready: true, version: '' }],
  counts: { subnets: 1, ports: 2 },
} as WantedNetwork
const LOOKED: Looked = {
  networkId: 'n',
  portId: 'p',
  want: WANT,
  have: WANT,
  listens: true,
  diedMs: null,
  failure: null,
  confs: '/confs',
}

test('a network as it is to be has no plan; the port’s own line is looked for', () => {
  const { plan, entries, dnsmasq, loaded, proxy, hosts_file } = evidenceOf(LOOKED)
  assert.deepEqual([plan, loaded, proxy, hosts_file], [[], true, 'listening', '/confs/n/host'])
  assert.deepEqual(entries, { wanted: ['fa:16:3e:00:00:02,b,10.0.0.4'], missing: [] })
  assert.deepEqual(dnsmasq, { alive: true, wanted: true, died_at: null })
})

test('what is gone: the line, dnsmasq and when, the proxy; the failure that keeps it so', () => {
  const have = { ...WANT, files: { ...FILES, host: 'fa:16:3e:00:00:01,a,10.0.0.3\n' }, loaded: '', dnsmasq: null }
  const failure = { error: 'dnsmasq: exit status 2', times: 4, sinceMs: Date.parse('2026-01-01T00:00:01Z') }
  const diedMs = Date.parse('2026-01-01T00:00:00Z')
  const told = evidenceOf({ ...LOOKED, have, listens: false, diedMs, failure })
  assert.deepEqual(told.plan, ['write-files', 'start-dnsmasq'])
  assert.deepEqual(told.entries.missing, ['fa:16:3e:00:00:02,b,10.0.0.4'])
  assert.deepEqual(told.dnsmasq, { alive: false, wanted: true, died_at: '2026-01-01T00:00:00Z' })
  assert.deepEqual([told.loaded, told.proxy, told.failing?.since], [false, 'missing', '2026-01-01T00:00:01Z'])
})

test('a network that the agent does not serve, and a port it was not told of', () => {
  const { serves, plan, entries, proxy } = evidenceOf({ ...LOOKED, want: null, have: null })
  assert.deepEqual([serves, plan, entries.wanted, proxy], [false, [], [], 'none'])
  assert.deepEqual(evidenceOf({ ...LOOKED, portId: 'other' }).entries.wanted, [])
})
