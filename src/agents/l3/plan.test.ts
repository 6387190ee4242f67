import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import type { RouterInfo } from '#rpc/contract/l3.ts'
import { floatingIp, gatewayPort, internalPort, router } from './example.ts'
import type { Settings } from './fragment.ts'
import { plan } from './plan.ts'
import { type RouterState, type Step, stateOf } from './state.ts'

const settings: Settings = {
  metadataPort: 9697,
  enableMetadataProxy: true,
  metadataAccessMark: '0x1',
  externalIngressMark: '0x2',
  ipv6Gateway: null,
  commentRules: true,
  randomFully: true,
  ipv6: true,
  raIntervalSeconds: { min: 30, max: 100 },
}
const state = (info: RouterInfo) => stateOf(info, settings)
const good = state(router)
const moved = {
  ...router,
  _floatingips: [{ ...floatingIp, fixed_ip_address: '10.0.0.11' }],
}
const forwarding = {
  id: '01234567-89ab-0000-0000-000000000001',
  floatingip_id: floatingIp.id,
  floating_ip_address: floatingIp.floating_ip_address,
  router_id: router.id,
  protocol: 'tcp',
  external_port: 2222,
  external_port_range: '2222:2222',
  internal_port_id: floatingIp.port_id,
  internal_ip_address: '10.0.0.10',
  internal_port: 22,
  internal_port_range: '22:22',
  description: '',
}
const free = { ...floatingIp, port_id: null, fixed_ip_address: null }
const forwarded = (...all: readonly Partial<typeof forwarding>[]): RouterInfo => ({
  ...router,
  _floatingips: [{ ...free, _port_forwardings: all.map((one) => ({ ...forwarding, ...one })) }],
})
const range = {
  id: 'fedcba98-0000-0000-0000-000000000001',
  external_port_range: '80:90',
  internal_port_range: '8080:8090',
}
const announcingPort = {
  ...internalPort,
  fixed_ips: [{ subnet_id: 's6', ip_address: 'fd00:1::1', prefixlen: 64 }],
  subnets: [
    { id: 's6', cidr: 'fd00:1::/64', gateway_ip: 'fd00:1::1', dns_nameservers: ['fd00::53'], ipv6_ra_mode: 'slaac' },
  ],
}
const announcing: RouterInfo = { ...router, _interfaces: [announcingPort] }
const second = {
  ...gatewayPort,
  id: 'eeeeeeee-2222-0000-0000-000000000002',
  network_id: 'eeeeeeee-2222-0000-0000-000000000000',
  fixed_ips: [{ subnet_id: 's5', ip_address: '198.51.100.5', prefixlen: 24 }],
  subnets: [{ id: 's5', cidr: '198.51.100.0/24', gateway_ip: '198.51.100.1', dns_nameservers: [], ipv6_ra_mode: null }],
}
const there = { ...floatingIp, floating_ip_address: '198.51.100.77', floating_network_id: second.network_id }
const multihomed: RouterInfo = {
  ...router,
  _extra_gateways: [{ port: second, enable_snat: false }],
  _floatingips: [there],
}
const withoutFloating = { ...router, _floatingips: [] }
const withoutGateway = { ...router, gw_port: null, gw_port_id: null }
const names = (steps: readonly Step[]) => steps.map((step) => step.do)

const cases: { readonly [title: string]: { want: RouterState | null; have: RouterState | null; steps: string[] } } = {
  'an agent that restarts over a good host does nothing': { want: good, have: good, steps: [] },
  'a router nobody wants and nobody has is no work': { want: null, have: null, steps: [] },
  'a new router is remembered before anything is made, and has its chains before its devices': {
    want: good,
    have: null,
    steps: [
      'remember',
      'create-netns',
      'set-sysctls',
      'write-iptables',
      'plug-devices',
      'run-ip',
      'set-sysctls',
      'announce',
      'remember',
    ],
  },
  'a floating IP that comes has its translation first, then its address, and is announced': {
    want: good,
    have: state(withoutFloating),
    steps: ['remember', 'write-iptables', 'run-ip', 'announce', 'remember'],
  },
  'a floating IP that goes loses its address first, then its translation, then its connections': {
    want: state(withoutFloating),
    have: good,
    steps: ['remember', 'run-ip', 'write-iptables', 'forget-connections', 'remember'],
  },
  'a floating IP that points elsewhere loses its old connections and keeps its address': {
    want: state(moved),
    have: good,
    steps: ['remember', 'write-iptables', 'forget-connections', 'remember'],
  },
  'a device that announces itself does so once it has its address': {
    want: state(announcing),
    have: { ...state(announcing), devices: good.devices.slice(1), advertisements: null },
    steps: ['remember', 'plug-devices', 'run-ip', 'advertise', 'announce', 'remember'],
  },
  'radvd that has died is started, and nothing else happens': {
    want: state(announcing),
    have: { ...state(announcing), advertisements: null },
    steps: ['advertise'],
  },
  'a router that no longer announces itself says so before anything goes': {
    want: null,
    have: state(announcing),
    steps: ['stop-advertising', 'unplug-devices', 'remove-netns', 'forget-router'],
  },
  'a port forwarding comes as a floating IP does': {
    want: state(forwarded({})),
    have: state(withoutFloating),
    steps: ['remember', 'write-iptables', 'run-ip', 'announce', 'remember'],
  },
  'a further port forwarding is a chain more, and who sent there already is asked anew': {
    want: state(forwarded({}, range)),
    have: state(forwarded({})),
    steps: ['remember', 'write-iptables', 'forget-connections', 'remember'],
  },
  'the last port forwarding that goes takes the address along': {
    want: state(forwarded()),
    have: state(forwarded({})),
    steps: ['remember', 'run-ip', 'write-iptables', 'forget-connections', 'remember'],
  },
  'a gateway that goes takes its device along before the chains change': {
    want: state(withoutGateway),
    have: good,
    steps: ['unplug-devices', 'write-iptables', 'forget-connections', 'remember'],
  },
  'a device that is down, or whose port is another, is plugged again': {
    want: good,
    have: { ...good, devices: good.devices.slice(1) },
    steps: ['remember', 'plug-devices', 'run-ip', 'announce', 'remember'],
  },
  'a deleted router leaves nothing': {
    want: null,
    have: good,
    steps: ['unplug-devices', 'remove-netns', 'forget-router'],
  },
  'a router of another agent is remembered before it is taken down': {
    want: null,
    have: { ...good, record: null },
    steps: ['remember', 'unplug-devices', 'remove-netns', 'forget-router'],
  },
  'what a killed agent owed is done by the next': {
    want: good,
    have: { ...good, record: { ...good.record!, forget: ['203.0.113.9'] } },
    steps: ['forget-connections', 'remember'],
  },
}

for (const [title, { want, have, steps }] of Object.entries(cases)) {
  test(`l3 plan: ${title}`, () => {
    const planned = names(plan(want, have))
    const expected = title.startsWith('a gateway') ? ['remember', ...steps] : steps
    assert.deepEqual(planned, expected)
  })
}

test('l3 plan: routes are set again when what they stand on is made anew, and only then', () => {
  const lines = (have: RouterState) => plan(good, have).flatMap((step) => (step.do === 'run-ip' ? step.lines : []))
  assert.ok(lines({ ...good, devices: [] }).includes('route replace 0.0.0.0/0 via 203.0.113.1 dev qg-eeeeeeee-ee'))
  assert.ok(!lines(state(withoutFloating)).some((line) => line.startsWith('route')))
})

test('l3 state: each port forwarding is a chain; ranges keep their order, or lead to one port', () => {
  const nat = stateOf(
    forwarded({}, range, { ...range, id: 'aaaaaaaa-', protocol: 'udp', internal_port_range: '53:53' }),
    settings,
  ).iptables.nat!
  const chain = (name: string) => nat[`neutron-l3-agent-${name}`]
  assert.deepEqual(chain('PREROUTING')!.at(-1), '-j neutron-l3-agent-fip-pf')
  assert.deepEqual(chain('fip-pf'), [
    '-j neutron-l3-agent-pf-fedcba98',
    '-j neutron-l3-agent-pf-01234567',
    '-j neutron-l3-agent-pf-aaaaaaaa',
  ])
  assert.deepEqual(chain('pf-01234567'), [
    '-d 203.0.113.77/32 -p tcp -m tcp --dport 2222 -j DNAT --to-destination 10.0.0.10:22',
  ])
  assert.deepEqual(chain('pf-fedcba98'), [
    '-d 203.0.113.77/32 -p tcp -m tcp --dport 80:90 -j DNAT --to-destination 10.0.0.10:8080-8090/80',
  ])
  assert.deepEqual(chain('pf-aaaaaaaa'), [
    '-d 203.0.113.77/32 -p udp -m udp --dport 80:90 -j DNAT --to-destination 10.0.0.10:53',
  ])
  assert.equal(stateOf(forwarded({ protocol: 'icmp' }), settings).iptables.nat!['neutron-l3-agent-fip-pf'], undefined)
})

test('l3 state: what is announced follows the modes of the subnets; without a mode, nothing is', () => {
  const [subnet] = announcingPort.subnets
  const announced = (...modes: readonly (string | null)[]) =>
    state({
      ...announcing,
      _interfaces: [{ ...announcingPort, subnets: modes.map((ipv6_ra_mode) => ({ ...subnet!, ipv6_ra_mode })) }],
    }).advertisements
  const slaac = announced('slaac')!
  assert.match(slaac, /RDNSS fd00::53 /)
  assert.match(slaac, /AdvLinkMTU 1450/)
  assert.match(slaac, /prefix fd00:1::\/64 \{ AdvOnLink on; AdvAutonomous on; \}/)
  assert.doesNotMatch(slaac, /Managed|Other/)
  assert.match(announced('dhcpv6-stateless')!, /AdvOtherConfigFlag on;\n(.|\n)*AdvAutonomous on/)
  assert.match(announced('dhcpv6-stateful')!, /AdvManagedFlag on;\n(.|\n)*AdvAutonomous off/)
  assert.equal(announced(null), null)
  assert.equal(stateOf(announcing, { ...settings, ipv6: false }).advertisements, null)
})

test('l3 plan: of port forwardings only connections to the changed ports are forgotten', () => {
  const owed = (want: RouterInfo, have: RouterInfo) =>
    plan(state(want), state(have)).flatMap((step) => (step.do === 'forget-connections' ? step.to : []))
  assert.deepEqual(owed(forwarded({}), forwarded({}, range)), ['tcp 203.0.113.77 80:90'])
  assert.deepEqual(owed(forwarded({ internal_port_range: '23:23' }), forwarded({})), ['tcp 203.0.113.77 2222'])
})

test('l3 state: settings and the router decide the chains', () => {
  const chain = (info: RouterInfo, table: 'nat' | 'filter', name: string, more: Partial<Settings> = {}) =>
    stateOf(info, { ...settings, ...more }).iptables[table]?.[`neutron-l3-agent-${name}`] ?? []
  assert.deepEqual(chain(router, 'nat', 'snat'), [
    '-j neutron-l3-agent-float-snat',
    '-o qg-eeeeeeee-ee -j SNAT --to-source 203.0.113.5 --random-fully',
    '-m mark ! --mark 0x2/0xffff -m conntrack --ctstate DNAT -j SNAT --to-source 203.0.113.5 --random-fully',
  ])
  assert.ok(!chain({ ...router, enable_snat: false }, 'nat', 'snat').some((rule) => rule.startsWith('-o')))
  assert.ok(chain(router, 'nat', 'snat', { randomFully: false }).every((rule) => !rule.includes('random')))
  assert.deepEqual(chain(router, 'nat', 'PREROUTING', { enableMetadataProxy: false }), [
    '-d 203.0.113.77/32 -j DNAT --to-destination 10.0.0.10',
  ])
  assert.deepEqual(chain(withoutGateway, 'nat', 'float-snat'), [])
  assert.deepEqual(chain(router, 'filter', 'INPUT', { metadataPort: 80 })[1], '-p tcp -m tcp --dport 80 -j DROP')
})

test('l3 state: a gateway has its own table, and its mark stays when the order changes', () => {
  const { routes, rules, addresses, iptables } = state(multihomed)
  const mark = (rule: RegExp, info = multihomed) => state(info).rules.flatMap((text) => rule.exec(text)?.[1] ?? [])
  const marks = mark(/^priority 31000 fwmark (0x\w+)\/0xffff/)
  assert.equal(new Set(marks).size, 2)
  const [table = 0] = mark(/^priority 31002 from 10\.0\.0\.10 lookup (\d+)$/).map(Number)
  assert.ok(marks.includes(`0x${table.toString(16)}`))
  assert.ok(rules.includes('priority 31001 lookup 254 suppress_prefixlength 0'))
  const device = 'qg-eeeeeeee-22'
  assert.deepEqual(
    routes.filter((route) => route.table === table),
    [
      { version: 4, destination: '198.51.100.0/24', via: [], device, table },
      { version: 4, destination: 'default', via: ['198.51.100.1'], device, table },
    ],
  )
  assert.deepEqual(
    routes.filter((route) => route.destination === 'default' && route.table === undefined).map(({ via }) => via),
    [['203.0.113.1']],
  )
  assert.deepEqual(addresses[device], ['198.51.100.5/24', '198.51.100.77/32'])
  assert.ok(!iptables.nat!['neutron-l3-agent-snat']!.some((rule) => rule.startsWith(`-o ${device}`)))
  const swapped = {
    ...multihomed,
    gw_port: second,
    gw_port_id: second.id,
    _extra_gateways: [{ port: gatewayPort, enable_snat: true }],
  }
  assert.deepEqual(mark(/^priority 31000 fwmark (0x\w+)\/0xffff/, swapped), marks)
  assert.deepEqual(
    state(swapped).rules.filter((rule) => rule.includes(' from ')),
    [],
  )
})

test('l3 state: marks of gateways are not those of others, whatever these are set to', () => {
  const fwmarks = (more: Partial<Settings>) =>
    stateOf(multihomed, { ...settings, ...more }).rules.flatMap((rule) => /fwmark (0x\w+)/.exec(rule)?.[1] ?? [])
  const [taken = ''] = fwmarks({})
  const others = fwmarks({ metadataAccessMark: taken })
  assert.ok(!others.includes(taken))
  assert.equal(new Set(others).size, 2)
})

test('l3 state: a gateway outside its subnet is reached over the link, and IPv6 may have a gateway of its own', () => {
  const far = {
    ...router,
    gw_port: { ...gatewayPort, subnets: gatewayPort.subnets.map((subnet) => ({ ...subnet, gateway_ip: '192.0.2.1' })) },
  }
  const { routes } = stateOf(far, { ...settings, ipv6Gateway: 'fe80::1' })
  assert.deepEqual(routes, [
    { version: 4, destination: '192.0.2.1/32', via: [], device: 'qg-eeeeeeee-ee' },
    { version: 4, destination: 'default', via: ['192.0.2.1'], device: 'qg-eeeeeeee-ee' },
    { version: 6, destination: 'default', via: ['fe80::1'], device: 'qg-eeeeeeee-ee' },
  ])
})

test('l3 state: a port without addresses, or set down, is no device', () => {
  const ports = [
    { ...internalPort, fixed_ips: [] },
    { ...internalPort, id: 'dddddddd-dddd-0000-0000-000000000009', admin_state_up: false },
  ]
  assert.deepEqual(state({ ...withoutGateway, _interfaces: ports }).devices, [])
})

test('l3 plan: plan(x, x) is empty, and applying a plan in the model of a host ends in what was wanted', () => {
  const several = [multihomed, { ...multihomed, _floatingips: [] }]
  const one = [router, moved, withoutFloating, withoutGateway, forwarded({}), forwarded({}, range), announcing]
  const all = [...one, ...several].map(state)
  for (const from of all) {
    for (const to of all) {
      const steps = plan(to, from)
      assert.equal(steps.length === 0, isDeepStrictEqual(from, to))
      // What was written down for the time of the change is settled at its end.
      assert.equal(names(steps).includes('remember'), steps.at(-1)?.do === 'remember')
    }
  }
})
