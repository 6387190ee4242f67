import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NetworkInfo } from '#rpc/contract/dhcp.ts'
import {
  exampleDhcpPort,
  exampleNetwork,
  examplePort,
  exampleRouterPort,
  exampleSettings,
  exampleSubnet,
  exampleSubnet6,
} from './example.ts'
import { possibleLeases, renderFiles } from './files.ts'

const render = (network: NetworkInfo, settings = {}) =>
  renderFiles(network, exampleDhcpPort, { ...exampleSettings, ...settings })
const isolated = { enable_isolated_metadata: true }
const routed = { ...exampleNetwork, ports: [...exampleNetwork.ports, exampleRouterPort] }
const withSubnet = (change: object) => ({ ...exampleNetwork, subnets: [{ ...exampleSubnet, ...change }] })

test('dhcp files: a port is a host by its MAC, name and address; the DHCP port is none', () => {
  const { host, addn_hosts } = render(exampleNetwork)
  assert.equal(host, 'fa:16:3e:00:00:05,host-10-0-0-5.openstacklocal,10.0.0.5\n')
  assert.equal(addn_hosts, '10.0.0.5\thost-10-0-0-5.openstacklocal host-10-0-0-5\n')
})

test('dhcp files: names that the server assigned are used', () => {
  const dns_assignment = [{ ip_address: '10.0.0.5', hostname: 'web', fqdn: 'web.example.org.' }]
  const { addn_hosts } = render({ ...exampleNetwork, ports: [{ ...examplePort, dns_assignment }] })
  assert.equal(addn_hosts, '10.0.0.5\tweb.example.org. web\n')
})

test('dhcp files: IPv6 hosts are tagged; stateless and SLAAC ports are names only', () => {
  const fixed_ips = [
    { subnet_id: 's4', ip_address: '10.0.0.5' },
    { subnet_id: 's6', ip_address: 'fd00::5' },
  ]
  const ports = [{ ...examplePort, fixed_ips }]
  const hosts = (mode: string) => {
    const subnets = [exampleSubnet, { ...exampleSubnet6, ipv6_address_mode: mode }]
    return render({ ...exampleNetwork, subnets, ports })
  }
  const four = 'fa:16:3e:00:00:05,host-10-0-0-5.openstacklocal,10.0.0.5\n'
  assert.equal(
    hosts('dhcpv6-stateful').host,
    `${four}fa:16:3e:00:00:05,tag:dhcpv6,host-fd00--5.openstacklocal,[fd00::5]\n`,
  )
  assert.equal(hosts('dhcpv6-stateless').host, four)
  assert.equal(hosts('slaac').host, four)
  assert.match(hosts('slaac').addn_hosts, /^fd00::5\t/m)
})

test('dhcp files: options of a port of its own are tagged with it', () => {
  const extra_dhcp_opts = [
    { opt_name: 'bootfile-name', opt_value: 'pxe.0', ip_version: 4 as const },
    { opt_name: 'tag:ipxe,67', opt_value: 'x\n--evil', ip_version: 4 as const },
    { opt_name: 'dns-server', opt_value: '[fd00::1]', ip_version: 6 as const },
    { opt_name: 'router', opt_value: '', ip_version: 4 as const },
  ]
  const { host, opts } = render({ ...exampleNetwork, ports: [{ ...examplePort, extra_dhcp_opts }] })
  assert.match(host, /,10\.0\.0\.5,set:port-aaaaaaaa-/)
  const own = opts.split('\n').filter((line) => line.includes('port-'))
  assert.deepEqual(own, [
    `tag:port-${examplePort.id},option:bootfile-name,pxe.0`,
    `tag:port-${examplePort.id},tag:ipxe,67,x`,
    `tag:port-${examplePort.id},option:router`,
  ])
})

test('dhcp files: an isolated subnet is sent to the DHCP port for metadata, a routed one to its gateway', () => {
  assert.equal(
    render(exampleNetwork, isolated).opts,
    [
      'tag:subnet-s4,option:classless-static-route,169.254.169.254/32,10.0.0.2,0.0.0.0/0,10.0.0.1',
      'tag:subnet-s4,249,169.254.169.254/32,10.0.0.2,0.0.0.0/0,10.0.0.1',
      'tag:subnet-s4,option:router,10.0.0.1\n',
    ].join('\n'),
  )
  assert.match(render(routed, isolated).opts, /classless-static-route,169\.254\.169\.254\/32,10\.0\.0\.1,/)
  assert.match(render(routed, { force_metadata: true }).opts, /169\.254\.169\.254\/32,10\.0\.0\.2,/)
  assert.equal(render(exampleNetwork).opts, 'tag:subnet-s4,option:router,10.0.0.1\n')
})

test('dhcp files: without a gateway no router is announced; a default host route stands in for it', () => {
  assert.equal(render(withSubnet({ gateway_ip: null })).opts, 'tag:subnet-s4,option:router\n')
  const host_routes = [
    { destination: '0.0.0.0/0', nexthop: '10.0.0.9' },
    { destination: '10.9.0.0/16', nexthop: '10.0.0.8' },
  ]
  const { opts } = render(withSubnet({ gateway_ip: null, host_routes }))
  assert.match(opts, /classless-static-route,10\.9\.0\.0\/16,10\.0\.0\.8,0\.0\.0\.0\/0,10\.0\.0\.9\n/)
  assert.match(opts, /option:router,10\.0\.0\.9\n/)
})

test('dhcp files: other IPv4 subnets of the network are on the link', () => {
  const other = { ...exampleSubnet, id: 's5', cidr: '10.0.5.0/24', gateway_ip: null }
  const { opts } = render({ ...exampleNetwork, subnets: [exampleSubnet, other] })
  assert.match(
    opts,
    /tag:subnet-s4,option:classless-static-route,10\.0\.5\.0\/24,0\.0\.0\.0,0\.0\.0\.0\/0,10\.0\.0\.1\n/,
  )
  assert.match(opts, /tag:subnet-s5,option:classless-static-route,10\.0\.0\.0\/24,0\.0\.0\.0\n/)
})

test('dhcp files: name servers as set; 0.0.0.0 announces none; two agents announce both', () => {
  const servers = (dns_nameservers: string[]) => render(withSubnet({ dns_nameservers })).opts.split('\n')[0]
  assert.equal(servers(['192.0.2.1', '192.0.2.2']), 'tag:subnet-s4,option:dns-server,192.0.2.1,192.0.2.2')
  assert.equal(servers(['0.0.0.0']), 'tag:subnet-s4,option:dns-server')
  const second = { ...exampleDhcpPort, id: 'x', fixed_ips: [{ subnet_id: 's4', ip_address: '10.0.0.3' }] }
  const { opts } = render({ ...exampleNetwork, ports: [exampleDhcpPort, second] })
  assert.match(opts, /tag:subnet-s4,option:dns-server,10\.0\.0\.2,10\.0\.0\.3\n$/)
})

test('dhcp files: IPv6 name servers are in brackets, the domain is searched', () => {
  const subnets = [{ ...exampleSubnet6, dns_nameservers: ['fd00::53'] }]
  assert.equal(
    render({ ...exampleNetwork, subnets }).opts,
    'tag:subnet-s6,option6:dns-server,[fd00::53]\ntag:subnet-s6,option6:domain-search,openstacklocal\n',
  )
})

test('dhcp files: leases there may be are those of ports on subnets that are served', () => {
  assert.deepEqual(possibleLeases(exampleNetwork), [{ mac: 'fa:16:3e:00:00:05', ip: '10.0.0.5' }])
  assert.deepEqual(possibleLeases(withSubnet({ enable_dhcp: false })), [])
})
