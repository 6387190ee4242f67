/**
 * What dnsmasq is told of a network: its hosts, their names, and the options of each subnet. Pure; the same network
 * always renders to the same text. Source: dnsmasq(8), --dhcp-hostsfile, --addn-hosts, --dhcp-optsfile; line forms as
 * upstream's agent writes them.
 */
import { isIPv4 } from 'node:net'
import { type Lease, renderOption } from '#linux/dnsmasq.ts'
import type { NetworkInfo } from '#rpc/contract/dhcp.ts'
import type { FixedIp, PortInfo, SubnetInfo } from '#rpc/contract/payloads.ts'
import type { ConfigFiles } from './state.ts'
import { allSubnets, type MetadataSettings, routedSubnets } from './subnets.ts'

export const METADATA_CIDR = '169.254.169.254/32'

export interface FileSettings extends MetadataSettings {
  readonly dns_domain: string
}

/** Ports that are no hosts: nothing there asks for an address or is looked up. */
const NO_HOSTS: readonly string[] = [
  'network:dhcp',
  'network:distributed',
  'network:floatingip',
  'network:router_ha_interface',
]
const CLIENT_ID_NAMES: readonly string[] = ['client-id', '61']
/** The number under which old Windows asks for classless routes. */
const WINDOWS_ROUTES = '249'

interface Host {
  readonly port: PortInfo
  readonly fixedIp: FixedIp
  readonly subnet: SubnetInfo
  readonly hostname: string
  readonly fqdn: string
}

export function renderFiles(network: NetworkInfo, dhcpPort: PortInfo, settings: FileSettings): ConfigFiles {
  const hosts = hostsOf(network, settings.dns_domain)
  return {
    host: hosts.flatMap(hostLine).join(''),
    addn_hosts: hosts.map(({ fixedIp, fqdn, hostname }) => `${fixedIp.ip_address}\t${fqdn} ${hostname}\n`).join(''),
    opts: [...subnetOptions(network, dhcpPort, settings), ...portOptions(network)].map((line) => `${line}\n`).join(''),
  }
}

/** The leases that clients of this network may hold; of IPv6, whoever the client is. */
export function possibleLeases(network: NetworkInfo): Lease[] {
  return hostsOf(network, '')
    .filter(({ subnet }) => subnet.enable_dhcp)
    .map(({ port, fixedIp, subnet }) => ({
      mac: subnet.ip_version === 4 ? port.mac_address : '',
      ip: fixedIp.ip_address,
    }))
}

/** Ports in their order; of a port, stateless IPv6 first, or dnsmasq would find it in place of the IPv4 address. */
function hostsOf({ ports, ...network }: NetworkInfo, domain: string): Host[] {
  const subnets = new Map(allSubnets({ ports, ...network }).map((subnet) => [subnet.id, subnet]))
  return ports
    .filter(({ device_owner }) => !NO_HOSTS.includes(device_owner))
    .flatMap((port) => {
      const hosts = port.fixed_ips.flatMap((fixedIp): Host[] => {
        const subnet = subnets.get(fixedIp.subnet_id)
        return subnet ? [{ port, fixedIp, subnet, ...nameOf(port, fixedIp.ip_address, domain) }] : []
      })
      return [...hosts.filter(isStateless), ...hosts.filter((host) => !isStateless(host))]
    })
}

const isStateless = ({ subnet }: Host) => subnet.ip_version === 6 && subnet.ipv6_address_mode === 'dhcpv6-stateless'

function nameOf({ dns_assignment }: PortInfo, ip: string, domain: string): { hostname: string; fqdn: string } {
  const assigned = dns_assignment?.find(({ ip_address }) => ip_address === ip)
  if (assigned) return { hostname: assigned.hostname, fqdn: assigned.fqdn }
  const hostname = `host-${ip.replaceAll(/[.:]/g, '-')}`
  return { hostname, fqdn: domain === '' ? hostname : `${hostname}.${domain}` }
}

function hostLine({ port, fixedIp, subnet, fqdn }: Host): string[] {
  const { id, mac_address: mac, extra_dhcp_opts = [] } = port
  const tag = subnet.ip_version === 6 ? 'tag:dhcpv6,' : ''
  const own = extra_dhcp_opts.length > 0 ? `set:port-${id}` : null
  if (subnet.ip_version === 6 && subnet.ipv6_address_mode === 'slaac') return []
  if (isStateless({ subnet } as Host)) return own ? [`${mac},${tag}${own}\n`] : []
  if (!subnet.enable_dhcp) return []
  const ip = isIPv4(fixedIp.ip_address) ? fixedIp.ip_address : `[${fixedIp.ip_address}]`
  const clientId = extra_dhcp_opts.find(({ opt_name }) => CLIENT_ID_NAMES.includes(opt_name))?.opt_value
  const parts = [mac, ...(clientId ? [`id:${clientId}`] : []), `${clientId ? '' : tag}${fqdn}`, ip]
  if (own && !(clientId && extra_dhcp_opts.length === 1)) parts.push(own)
  return [`${parts.join(',')}\n`]
}

function subnetOptions(network: NetworkInfo, dhcpPort: PortInfo, settings: FileSettings): string[] {
  const routed = routedSubnets(network)
  return allSubnets(network)
    .filter((subnet) => subnet.enable_dhcp && !(subnet.ip_version === 6 && subnet.ipv6_address_mode === 'slaac'))
    .flatMap((subnet) => {
      const tag = subnetTag(subnet)
      const option = (name: string, values: readonly string[] = []) =>
        renderOption(subnet.ip_version, tag, name, values)
      const lines = subnet.dns_nameservers.length > 0 ? [option('dns-server', nameservers(subnet))] : []
      if (subnet.ip_version === 6) {
        return settings.dns_domain === '' ? lines : [...lines, option('domain-search', [settings.dns_domain])]
      }
      const gateway = subnet.gateway_ip ?? defaultRoute(subnet)
      const routes = routesOf(network, subnet, metadataHop(subnet, gateway, dhcpPort, routed, settings))
      if (routes.length > 0) {
        const all = gateway ? [...routes, `0.0.0.0/0,${gateway}`] : routes
        lines.push(option('classless-static-route', all), option(WINDOWS_ROUTES, all))
      }
      return [...lines, option('router', gateway ? [gateway] : [])]
    })
}

export function subnetTag({ id }: Pick<SubnetInfo, 'id'>): string {
  return `subnet-${id}`
}

/** `0.0.0.0` and `::` alone say: announce no name server. */
function nameservers({ ip_version, dns_nameservers }: SubnetInfo): readonly string[] {
  if (dns_nameservers.length === 1 && dns_nameservers[0] === (ip_version === 4 ? '0.0.0.0' : '::')) return []
  return literal(ip_version, dns_nameservers)
}

function literal(version: 4 | 6, ips: readonly string[]): readonly string[] {
  return version === 4 ? ips : ips.map((ip) => `[${ip}]`)
}

function defaultRoute({ host_routes }: SubnetInfo): string | null {
  return host_routes.find(({ destination }) => destination === '0.0.0.0/0')?.nexthop ?? null
}

/** Where clients send metadata requests: here, or through their router; null when nobody answers. */
function metadataHop(
  subnet: SubnetInfo,
  gateway: string | null,
  dhcpPort: PortInfo,
  routed: ReadonlySet<string>,
  { force_metadata, enable_isolated_metadata }: MetadataSettings,
): string | null {
  const isRouted = routed.has(subnet.id)
  if (!force_metadata && !(enable_isolated_metadata && !isRouted)) return isRouted ? gateway : null
  return dhcpPort.fixed_ips.find(({ subnet_id }) => subnet_id === subnet.id)?.ip_address ?? null
}

/** Other IPv4 subnets of the network are on the link; then the subnet's own routes and the one to metadata. */
function routesOf(network: NetworkInfo, subnet: SubnetInfo, metadata: string | null): string[] {
  const onLink = allSubnets(network).filter(({ ip_version, cidr }) => ip_version === 4 && cidr !== subnet.cidr)
  const own = subnet.host_routes.filter(({ destination }) => destination !== '0.0.0.0/0')
  return [
    ...onLink.map(({ cidr }) => `${cidr},0.0.0.0`).toReversed(),
    ...own.map(({ destination, nexthop }) => `${destination},${nexthop}`),
    ...(metadata ? [`${METADATA_CIDR},${metadata}`] : []),
  ]
}

function portOptions(network: NetworkInfo): string[] {
  const extra = network.ports.flatMap(({ id, fixed_ips, extra_dhcp_opts = [] }) => {
    const versions = new Set(fixed_ips.map(({ ip_address }) => (isIPv4(ip_address) ? 4 : 6)))
    return extra_dhcp_opts
      .filter(({ opt_name, ip_version }) => !CLIENT_ID_NAMES.includes(opt_name) && versions.has(ip_version))
      .map(({ opt_name, opt_value, ip_version }) => renderOption(ip_version, `port-${id}`, opt_name, [opt_value]))
  })
  return [...extra, ...sharedNameservers(network)]
}

/** Where several agents serve a subnet and no name server is set, clients are told of each agent's dnsmasq. */
function sharedNameservers(network: NetworkInfo): string[] {
  const servers = network.ports.filter(({ device_owner }) => device_owner === 'network:dhcp')
  return allSubnets(network)
    .filter(({ dns_nameservers }) => dns_nameservers.length === 0)
    .flatMap((subnet) => {
      const ips = servers.flatMap(({ fixed_ips }) => fixed_ips).filter(({ subnet_id }) => subnet_id === subnet.id)
      if (ips.length < 2) return []
      const addresses = literal(
        subnet.ip_version,
        ips.map(({ ip_address }) => ip_address),
      )
      return [renderOption(subnet.ip_version, subnetTag(subnet), 'dns-server', addresses)]
    })
}
