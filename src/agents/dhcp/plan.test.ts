import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exampleDhcpPort, exampleNetwork, examplePort, exampleSettings, exampleSubnet } from './example.ts'
import { stateOf } from './fragment.ts'
import { plan } from './plan.ts'

const state = stateOf(exampleNetwork, exampleDhcpPort, exampleSettings)
const another = { ...examplePort, id: 'x', mac_address: 'fa:16:3e:00:00:06' }
const grownPorts = [...exampleNetwork.ports, { ...another, fixed_ips: [{ subnet_id: 's4', ip_address: '10.0.0.6' }] }]
const grown = stateOf({ ...exampleNetwork, ports: grownPorts }, exampleDhcpPort, exampleSettings)
const secondSubnet = { ...exampleSubnet, id: 's5', cidr: '10.0.5.0/24', gateway_ip: '10.0.5.1' }
const wider = stateOf(
  { ...exampleNetwork, subnets: [exampleSubnet, secondSubnet] },
  { ...exampleDhcpPort, fixed_ips: [...exampleDhcpPort.fixed_ips, { subnet_id: 's5', ip_address: '10.0.5.2' }] },
  exampleSettings,
)
const extra_dhcp_opts = [{ opt_name: 'mtu', opt_value: '1400', ip_version: 4 as const }]
const optioned = stateOf(
  { ...exampleNetwork, ports: [{ ...examplePort, extra_dhcp_opts }, exampleDhcpPort] },
  exampleDhcpPort,
  exampleSettings,
)
const moved = stateOf(exampleNetwork, { ...exampleDhcpPort, id: 'eeeeeeee-0000' }, exampleSettings)
const everything = ['create-netns', 'plug-device', 'configure-device', 'write-files', 'start-dnsmasq']

const cases = {
  'a new network is built from nothing': { want: state, have: null, steps: everything },
  'an agent that restarts over a good host does nothing': { want: state, have: state, steps: [] },
  'a new port costs a rewrite and a signal': { want: grown, have: state, steps: ['write-files', 'signal-dnsmasq'] },
  "a port's first options cost a signal": { want: optioned, have: state, steps: ['write-files', 'signal-dnsmasq'] },
  'a dnsmasq that has read tags of hosts would die of a signal': {
    want: state,
    have: optioned,
    steps: ['write-files', 'start-dnsmasq'],
  },
  'an agent that restarts over hosts with tags does nothing': { want: optioned, have: optioned, steps: [] },
  'a signal that was not sent is sent': { want: state, have: { ...state, loaded: '' }, steps: ['signal-dnsmasq'] },
  'a dnsmasq that died is started again': { want: state, have: { ...state, dnsmasq: null }, steps: ['start-dnsmasq'] },
  'a port that goes gives its lease back': {
    want: state,
    have: grown,
    steps: ['write-files', 'signal-dnsmasq', 'release-leases'],
  },
  'another subnet restarts dnsmasq': {
    want: wider,
    have: state,
    steps: ['configure-device', 'write-files', 'start-dnsmasq'],
  },
  'another MTU sets the device and restarts dnsmasq': {
    want: stateOf({ ...exampleNetwork, mtu: 1400 }, exampleDhcpPort, exampleSettings),
    have: state,
    steps: ['plug-device', 'start-dnsmasq'],
  },
  'another DHCP port takes the place of the old device': {
    want: moved,
    have: state,
    steps: ['unplug-devices', 'plug-device', 'configure-device'],
  },
  'a namespace that was wiped is built again around the files': {
    want: state,
    have: { ...state, namespace: false, devices: [], addresses: [], routes: [], dnsmasq: null, loaded: '' },
    steps: ['create-netns', 'plug-device', 'configure-device', 'start-dnsmasq'],
  },
  'a deleted network leaves nothing': { want: null, have: state, steps: ['remove-network'] },
  'a network that never was is no work': { want: null, have: null, steps: [] },
}

for (const [title, { want, have, steps }] of Object.entries(cases)) {
  test(`dhcp plan: ${title}`, () =>
    assert.deepEqual(
      plan(want, have).map((step) => step.do),
      steps,
    ))
}

test('dhcp plan: a foreign address goes and all of ours are set again, as the kernel may drop them with it', () => {
  const [step] = plan(state, { ...state, addresses: [...state.addresses, '10.0.0.9/24'] })
  assert.ok(step?.do === 'configure-device')
  assert.deepEqual(step.addresses, { add: state.addresses, remove: ['10.0.0.9/24'] })
  assert.deepEqual(step.routes, { add: state.routes, remove: [] })
})

test('dhcp plan: another gateway replaces the route, and removes nothing of it', () => {
  const other = [{ version: 4, destination: 'default', via: '10.0.0.254' }] as const
  const [step] = plan(state, { ...state, routes: other })
  assert.ok(step?.do === 'configure-device')
  assert.deepEqual(step.routes, { add: state.routes, remove: [] })
})

test('dhcp plan: a release goes to the server on the subnet of the lease', () => {
  const step = plan(state, grown).at(-1)
  assert.ok(step?.do === 'release-leases')
  assert.deepEqual(step.leases, [{ mac: 'fa:16:3e:00:00:06', ip: '10.0.0.6', server: '10.0.0.2' }])
})
