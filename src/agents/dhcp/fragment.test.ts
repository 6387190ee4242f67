import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SubnetInfo } from '#rpc/contract/payloads.ts'
import {
  exampleDhcpPort,
  exampleNetwork,
  exampleRouterPort,
  exampleSettings,
  exampleSubnet,
  exampleSubnet6,
} from './example.ts'
import { dhcpDeviceId, isServed, stateOf } from './fragment.ts'

const ranges = (subnets: readonly SubnetInfo[], settings = {}) =>
  stateOf({ ...exampleNetwork, subnets }, exampleDhcpPort, { ...exampleSettings, ...settings })
    .dnsmasq!.filter((arg) => /^--dhcp-(range|lease-max)/.test(arg))
    .map((arg) => arg.replace('--dhcp-', ''))

test('dhcp: the command line has what upstream has, in its order', () => {
  const files = '/var/lib/neutron/dhcp/n1'
  assert.deepEqual(stateOf(exampleNetwork, exampleDhcpPort, exampleSettings).dnsmasq, [
    'dnsmasq',
    '--no-hosts',
    '--no-resolv',
    `--pid-file=${files}/pid`,
    `--dhcp-hostsfile=${files}/host`,
    `--addn-hosts=${files}/addn_hosts`,
    `--dhcp-optsfile=${files}/opts`,
    `--dhcp-leasefile=${files}/leases`,
    '--dhcp-match=set:ipxe,175',
    '--dhcp-userclass=set:ipxe6,iPXE',
    '--local-service',
    '--bind-dynamic',
    '--dhcp-range=set:subnet-s4,10.0.0.0,static,255.255.255.0,86400s',
    '--dhcp-option-force=option:mtu,1450',
    '--dhcp-lease-max=256',
    '--conf-file=/dev/null',
    '--domain=openstacklocal',
  ])
})

test('dhcp: options of the operator reach the command line', () => {
  const argv = stateOf(exampleNetwork, exampleDhcpPort, {
    ...exampleSettings,
    dhcp_lease_duration: -1,
    dnsmasq_config_file: '/etc/neutron/dnsmasq.conf',
    dnsmasq_dns_servers: ['192.0.2.53'],
    dnsmasq_base_log_dir: '/var/log/dnsmasq',
    dhcp_broadcast_reply: true,
    dns_domain: '',
    user: 'root',
  }).dnsmasq!
  assert.deepEqual(argv.slice(12), [
    '--dhcp-range=set:subnet-s4,10.0.0.0,static,255.255.255.0,infinite',
    '--dhcp-option-force=option:mtu,1450',
    '--dhcp-lease-max=256',
    '--conf-file=/etc/neutron/dnsmasq.conf',
    '--server=192.0.2.53',
    '--dhcp-broadcast',
    '--log-queries',
    '--log-dhcp',
    '--log-facility=/var/log/dnsmasq/n1/dhcp_dns_log',
    '--user=root',
  ])
})

test('dhcp: ranges are for subnets whose addresses or options come by DHCP, a /64 or longer, up to the limit', () => {
  const six = (change: object) => ranges([{ ...exampleSubnet6, ...change }])
  const range = 'range=set:subnet-s6,fd00::,static,64,86400s'
  assert.deepEqual(six({}), [range, 'lease-max=16777216'])
  assert.deepEqual(six({ ipv6_address_mode: 'dhcpv6-stateless' })[0], range)
  assert.deepEqual(six({ ipv6_address_mode: null, ipv6_ra_mode: null })[0], range)
  assert.deepEqual(six({ ipv6_address_mode: 'slaac' }), ['lease-max=0'])
  assert.deepEqual(six({ cidr: 'fd00::/56' }), ['lease-max=0'])
  assert.deepEqual(ranges([{ ...exampleSubnet, enable_dhcp: false }]), ['lease-max=0'])
})

test('dhcp: the device carries the addresses, and the one metadata is asked at; the gateway is the first', () => {
  const { devices, addresses, routes } = stateOf(exampleNetwork, exampleDhcpPort, {
    ...exampleSettings,
    force_metadata: true,
  })
  assert.deepEqual(devices, [{ name: 'tapdddddddd-00', mac: 'fa:16:3e:00:00:02', mtu: 1450 }])
  assert.deepEqual(addresses, ['10.0.0.2/24', '169.254.169.254/32'])
  assert.deepEqual(routes, [{ version: 4, destination: 'default', via: '10.0.0.1' }])
})

test('dhcp: a gateway outside the subnet is made reachable first', () => {
  const subnets = [{ ...exampleSubnet, gateway_ip: '192.0.2.1' }]
  assert.deepEqual(stateOf({ ...exampleNetwork, subnets }, exampleDhcpPort, exampleSettings).routes, [
    { version: 4, destination: '192.0.2.1/32', via: null },
    { version: 4, destination: 'default', via: '192.0.2.1' },
  ])
})

test("dhcp: metadata is served for isolated networks, for all when forced, for a metadata network's router", () => {
  const proxy = (settings: object, ports = exampleNetwork.ports, cidr = exampleSubnet.cidr) =>
    stateOf({ ...exampleNetwork, ports, subnets: [{ ...exampleSubnet, cidr }] }, exampleDhcpPort, {
      ...exampleSettings,
      ...settings,
    }).proxy
  const routed = [...exampleNetwork.ports, exampleRouterPort]
  assert.equal(proxy({}), null)
  assert.deepEqual(proxy({ enable_isolated_metadata: true }), { network_id: 'n1' })
  assert.equal(proxy({ enable_isolated_metadata: true }, routed), null)
  assert.deepEqual(proxy({ force_metadata: true }, routed), { network_id: 'n1' })
  const both = { enable_isolated_metadata: true, enable_metadata_network: true }
  assert.deepEqual(proxy(both, routed, '169.254.169.0/24'), { router_id: 'r1' })
})

test('dhcp: networks that are down or have no subnet to serve are not served', () => {
  assert.equal(isServed(exampleNetwork), true)
  assert.equal(isServed({ ...exampleNetwork, admin_state_up: false }), false)
  assert.equal(isServed({ ...exampleNetwork, subnets: [{ ...exampleSubnet, enable_dhcp: false }] }), false)
})

test("dhcp: the port's device_id is made of the host's short name and the network", () => {
  const id = dhcpDeviceId('host-1.example.org', 'n1')
  assert.equal(id, dhcpDeviceId('host-1', 'n1'))
  assert.match(id, /^dhcp[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}-n1$/)
})
