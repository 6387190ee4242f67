import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { openvswitchFirewall } from '#agents/l2/firewall/openvswitch.ts'
import { flowText } from '#linux/openflow/flow.ts'
import type { DeviceDetails, SecurityRule } from '#rpc/contract/l2.ts'
import { plan } from './plan.ts'
import type { HostState } from './state.ts'
import { allotVlans, carriedVlans, segmentConfig, segmentKey } from './vlans.ts'
import { type Facts, renderer, type Settings, type View, type Wanted } from './want.ts'

const settings: Settings = {
  integrationBridge: 'br-int',
  tunnelBridge: 'br-tun',
  intPatch: 'patch-tun',
  tunPatch: 'patch-int',
  localIp: '192.0.2.1',
  mappings: new Map([['physnet1', 'br-ex']]),
  datapathType: 'netdev',
  macTableSize: 50_000,
  igmpSnooping: false,
  tunnelTypes: ['vxlan'],
  vxlanUdpPort: 4789,
  dontFragment: true,
  tunnelCsum: false,
  firewall: openvswitchFirewall([]),
}

const details = (id: string, given: Partial<DeviceDetails> = {}): DeviceDetails => ({
  device: id,
  port_id: id,
  network_id: 'n1',
  network_type: 'vxlan',
  segmentation_id: 77,
  physical_network: null,
  mac_address: 'FA:16:3E:00:00:01',
  admin_state_up: true,
  fixed_ips: [{ subnet_id: 's', ip_address: '10.0.0.1' }],
  device_owner: 'compute:nova',
  ...given,
})

const plugged = (name: string, ofport: number, other_config = {}) => ({
  name,
  port_id: `id-${name}`,
  ofport,
  tag: null,
  other_config,
})

const facts: Facts = {
  bridges: new Set(['br-int', 'br-tun', 'br-ex']),
  ofports: new Map([
    ['patch-tun', 1],
    ['int-br-ex', 2],
    ['patch-int', 1],
    ['phy-br-ex', 1],
    ['vxlan-c0000202', 2],
  ]),
  plugged: [plugged('tap1', 5), plugged('tap2', 6)],
}

function view(ports: { readonly [id: string]: DeviceDetails }, rules: readonly SecurityRule[] = []): View {
  const members = new Map([['g', { IPv4: [['10.0.0.1', 'fa:16:3e:00:00:01']] as [string, string][], IPv6: [] }]])
  return {
    details: (id) => ports[id] ?? null,
    security: (id) => (ports[id]?.device_owner?.startsWith('network:') ? null : { rules, members }),
    tunnels: () => ['192.0.2.2'],
  }
}

/** What a host has once all of it is there. */
function found(want: Wanted): HostState {
  const flows = [...want.flows].map(([bridge, set]) => [bridge, new Map([...set.keys()].map((key) => [key, null]))])
  return { ...want, flows: new Map(flows as never), zones: new Map() }
}

function texts(want: Wanted, bridge: string): string[] {
  return [...want.flows.get(bridge)!.values()].map((flow) => flowText(flow!))
}

const two = { 'id-tap1': details('id-tap1'), 'id-tap2': details('id-tap2', { admin_state_up: false }) }

test('a host that has what is wanted is left alone', () => {
  const want = renderer(settings)(facts, view(two))
  assert.deepEqual(plan(want, found(want)), [])
})

test('flows come before a port is connected, and its number is kept in the port', () => {
  const want = renderer(settings)(facts, view(two))
  const have = {
    ...found(want),
    ports: new Map([
      ['tap1', { tag: null, other_config: {} }],
      ['tap2', want.ports.get('tap2')!],
    ]),
  }
  const flows = new Map([...have.flows].map(([bridge]) => [bridge, new Map()]))
  const steps = plan(want, { ...have, flows, vlans: new Set() })
  assert.deepEqual(
    steps.map((step) => step.do),
    ['change-flows', 'change-flows', 'change-flows', 'tag-ports'],
  )
  const [vlan] = want.vlans
  assert.deepEqual(want.ports.get('tap1')!.other_config, {
    net_uuid: 'n1',
    network_type: 'vxlan',
    physical_network: 'None',
    segmentation_id: '77',
    tag: String(vlan),
  })
})

test('a port that is disabled, unknown or out of reach is in the dead VLAN, and only it', () => {
  const ports = { 'id-tap1': details('id-tap1'), 'id-tap2': details('id-tap2', { network_type: 'gre' }) }
  const want = renderer(settings)(facts, view(ports))
  assert.equal(want.ports.get('tap2')!.tag, 4095)
  assert.deepEqual([want.up, want.down], [['id-tap1'], ['id-tap2']])
  assert.deepEqual([...want.unreachable], [['id-tap2', 'gre']])
  const unknown = renderer(settings)(facts, view({ 'id-tap1': { device: 'id-tap1' } }))
  assert.equal(unknown.ports.get('tap1')!.tag, 4095)
  assert.deepEqual([unknown.up, unknown.down], [[], []])
})

test('a frame goes to its tunnel with its number, and comes back to its local VLAN', () => {
  const want = renderer(settings)(facts, view(two))
  const [vlan] = want.vlans
  assert.ok(
    texts(want, 'br-tun').includes(`table=22,priority=1,dl_vlan=${vlan},actions=strip_vlan,set_tunnel:77,output:2`),
  )
  assert.ok(texts(want, 'br-tun').includes(`table=4,priority=1,tun_id=77,actions=mod_vlan_vid:${vlan},resubmit(,10)`))
})

test('no two flows of a bridge have one place, whatever the rules', () => {
  const rule = fc.record(
    {
      direction: fc.constantFrom('ingress', 'egress'),
      ethertype: fc.constantFrom('IPv4', 'IPv6'),
      protocol: fc.constantFrom('tcp', 'udp', 'icmp', '6', '47', 'sctp', 'ipv6-icmp'),
      port_range_min: fc.nat(300),
      port_range_max: fc.integer({ min: 300, max: 65_535 }),
      remote_group_id: fc.constantFrom('g', 'h'),
      source_ip_prefix: fc.constantFrom('10.0.0.0/24', '10.0.0.9/24', '0.0.0.0/0'),
    },
    { requiredKeys: ['direction', 'ethertype'] },
  ) as fc.Arbitrary<SecurityRule>
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 8 }), (rules) => {
      const want = renderer(settings)(facts, view({ ...two, 'id-tap2': details('id-tap2') }, rules))
      const places = texts(want, 'br-int').map((text) => text.slice(0, text.indexOf(',actions=')))
      assert.equal(new Set(places).size, places.length)
      assert.deepEqual(plan(want, found(want)), [])
    }),
    { numRuns: 50 },
  )
})

test('a rule that came makes connections that were cut forgotten, a new port does not', () => {
  const rule = { direction: 'ingress', ethertype: 'IPv4', protocol: 'tcp' } as const
  const render = renderer(settings)
  const before = render(facts, view(two))
  const after = render(facts, view(two, [rule]))
  const steps = plan(after, found(before))
  assert.deepEqual(
    steps.map((step) => step.do),
    ['change-flows', 'forget-cut-connections'],
  )
  const none = {
    ...found(before),
    ports: new Map([
      ['tap1', { tag: 4095, other_config: {} }],
      ['tap2', before.ports.get('tap2')!],
    ]),
  }
  assert.ok(!plan(after, none).some((step) => step.do === 'forget-cut-connections'))
})

test('local VLANs are unique, kept over a restart, and given to every network', () => {
  const segment = (n: number) => ({
    network_id: `n${n}`,
    network_type: 'local',
    physical_network: null,
    segmentation_id: null,
  })
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(5_000), { maxLength: 60 }), (numbers) => {
      const segments = numbers.map(segment)
      const first = allotVlans(segments, new Map())
      assert.equal(new Set(first.values()).size, numbers.length)
      assert.ok([...first.values()].every((vlan) => vlan >= 1 && vlan <= 4094))
      const ports = segments.map((each, index) =>
        plugged(`tap${index}`, index + 1, segmentConfig(each, first.get(segmentKey(each))!)),
      )
      assert.deepEqual(allotVlans(segments, carriedVlans(ports)), first)
    }),
  )
})
