/**
 * A network as the server tells it, made into what this host shall be: the device, its addresses and routes, dnsmasq's
 * command line and files, and the metadata proxy. Pure. Source: reference of agents and RPC, §13.
 */
import { createHash } from 'node:crypto'
import { uuid5Dns } from '#base/ids.ts'
import { formatIp, isInCidr, netmask, parseCidr, parseIp } from '#base/ip.ts'
import { type DnsmasqFiles, type DnsmasqRange, renderCommand } from '#linux/dnsmasq.ts'
import type { NetworkInfo } from '#rpc/contract/dhcp.ts'
import type { PortInfo, SubnetInfo } from '#rpc/contract/payloads.ts'
import { type FileSettings, METADATA_CIDR, possibleLeases, renderFiles, subnetTag } from './files.ts'
import type { ConfigFiles, Route, WantedNetwork } from './state.ts'
import { allSubnets, dhcpSubnets, hasMetadataSubnet, isRouterInterface, servesMetadata } from './subnets.ts'

export interface Settings extends FileSettings {
  readonly dhcp_confs: string
  readonly dhcp_lease_duration: number
  readonly dhcp_renewal_time: number
  readonly dhcp_rebinding_time: number
  readonly dnsmasq_config_file: string
  readonly dnsmasq_dns_servers: readonly string[]
  readonly dnsmasq_base_log_dir: string | null
  readonly dnsmasq_local_resolv: boolean
  readonly dnsmasq_lease_max: number
  readonly dhcp_broadcast_reply: boolean
  readonly dnsmasq_txt_record: string
  /** Whom dnsmasq runs as; null: as it chooses. */
  readonly user: string | null
}

export function netnsName(networkId: string): string {
  return `qdhcp-${networkId}`
}

/** The device_id of this host's DHCP port on a network: by the host's short name. */
export function dhcpDeviceId(host: string, networkId: string): string {
  return `dhcp${uuid5Dns(host.split('.')[0]!)}-${networkId}`
}

export function deviceName(portId: string): string {
  return `tap${portId.slice(0, 11)}`
}

export function filesOf({ dhcp_confs }: Pick<Settings, 'dhcp_confs'>, networkId: string): DnsmasqFiles {
  const file = (name: string) => `${dhcp_confs}/${networkId}/${name}`
  return {
    pid: file('pid'),
    host: file('host'),
    addn_hosts: file('addn_hosts'),
    opts: file('opts'),
    leases: file('leases'),
  }
}

/** Whether this host serves it at all. */
export function isServed(network: NetworkInfo): boolean {
  return network.admin_state_up && dhcpSubnets(network).length > 0
}

/** What digests equal, dnsmasq has read. */
export function digestOf({ host, addn_hosts, opts }: ConfigFiles): string {
  return createHash('sha256').update([host, addn_hosts, opts].join('\0')).digest('hex')
}

/** `port` is this host's DHCP port, with an address on each subnet that is served. */
export function stateOf(told: NetworkInfo, port: PortInfo, settings: Settings): WantedNetwork {
  const network = ordered(told)
  const served = new Map(dhcpSubnets(network).map((subnet) => [subnet.id, subnet]))
  const placed = port.fixed_ips.flatMap(({ subnet_id, ip_address }) => {
    const subnet = served.get(subnet_id)
    return subnet ? [{ subnet, ip: ip_address, length: parseCidr(subnet.cidr)!.length }] : []
  })
  const hasMetadata = settings.force_metadata || settings.enable_isolated_metadata
  const files = renderFiles(network, port, settings)
  return {
    id: network.id,
    netns: netnsName(network.id),
    namespace: true,
    devices: [{ name: deviceName(port.id), mac: port.mac_address, mtu: network.mtu }],
    addresses: [...placed.map(({ ip, length }) => `${ip}/${length}`), ...(hasMetadata ? [METADATA_CIDR] : [])].sort(),
    routes: routesOf(network.subnets),
    files,
    loaded: digestOf(files),
    dnsmasq: commandOf(network, settings),
    leases: possibleLeases(network),
    port_id: port.id,
    servers: placed
      .filter(({ subnet }) => subnet.ip_version === 4)
      .map(({ subnet, ip }) => ({ cidr: subnet.cidr, ip })),
    proxy: proxyOf(network, settings),
    ports: network.ports.filter(({ id }) => id !== port.id).map(readiness),
    counts: { subnets: network.subnets.length, ports: network.ports.length },
  }
}

/** The same network is the same text, in whatever order the server tells it. */
function ordered(network: NetworkInfo): NetworkInfo {
  const byId = (a: { readonly id: string }, b: { readonly id: string }) => (a.id < b.id ? -1 : 1)
  const { subnets, non_local_subnets = [], ports } = network
  return {
    ...network,
    subnets: subnets.toSorted(byId),
    non_local_subnets: non_local_subnets.toSorted(byId),
    ports: ports.toSorted(byId),
  }
}

function readiness({ id, status, mac_address, fixed_ips, ...port }: PortInfo): WantedNetwork['ports'][number] {
  const version = JSON.stringify([mac_address, fixed_ips, port['binding:host_id'] ?? ''])
  return { id, mac: mac_address, ready: status === 'ACTIVE', version }
}

/** The default route of each family is the gateway of the first subnet that has one. */
function routesOf(subnets: readonly SubnetInfo[]): Route[] {
  return ([4, 6] as const).flatMap((version) => {
    const subnet = subnets.find((one) => one.ip_version === version && one.enable_dhcp && one.gateway_ip !== null)
    if (!subnet) return []
    const via = formatOf(subnet.gateway_ip!)
    const onLink = isInCidr(via, subnet.cidr) || isInCidr(via, 'fe80::/10')
    const reach: Route[] = onLink ? [] : [{ version, destination: `${via}/${version === 4 ? 32 : 128}`, via: null }]
    return [...reach, { version, destination: 'default', via }]
  })
}

function formatOf(text: string): string {
  const ip = parseIp(text)!
  return formatIp(ip.version, ip.value)
}

function commandOf(network: NetworkInfo, settings: Settings): string[] {
  const ranged = allSubnets(network).filter(hasRange)
  const addresses = ranged.reduce((sum, { cidr }) => sum + sizeOf(cidr), 0n)
  const most = BigInt(settings.dnsmasq_lease_max)
  return renderCommand({
    files: filesOf(settings, network.id),
    ranges: ranged.map(rangeOf),
    leaseSeconds: settings.dhcp_lease_duration,
    mtu: network.mtu,
    leaseMax: Number(addresses < most ? addresses : most),
    renewalSeconds: settings.dhcp_renewal_time,
    rebindingSeconds: settings.dhcp_rebinding_time,
    configFile: settings.dnsmasq_config_file.trim() || null,
    servers: settings.dnsmasq_dns_servers,
    localResolv: settings.dnsmasq_local_resolv,
    domain: settings.dns_domain,
    broadcastReply: settings.dhcp_broadcast_reply,
    txtRecord: settings.dnsmasq_txt_record,
    logFile: settings.dnsmasq_base_log_dir && `${settings.dnsmasq_base_log_dir}/${network.id}/dhcp_dns_log`,
    user: settings.user,
  })
}

/** IPv4 always; IPv6 when addresses or options come by DHCPv6, or nothing is said; dnsmasq needs a /64 or longer. */
function hasRange({ enable_dhcp, ip_version, ipv6_address_mode, ipv6_ra_mode, cidr }: SubnetInfo): boolean {
  if (!enable_dhcp || ip_version === 4) return enable_dhcp
  const isDhcp = ipv6_address_mode === 'dhcpv6-stateful' || ipv6_address_mode === 'dhcpv6-stateless'
  return (isDhcp || (!ipv6_address_mode && !ipv6_ra_mode)) && parseCidr(cidr)!.length >= 64
}

function rangeOf(subnet: SubnetInfo): DnsmasqRange {
  const cidr = parseCidr(subnet.cidr)!
  return {
    tag: subnetTag(subnet),
    first: formatIp(cidr.version, cidr.first),
    mask: cidr.version === 4 ? netmask(cidr) : String(cidr.length),
  }
}

function sizeOf(text: string): bigint {
  const { first, last } = parseCidr(text)!
  return last - first + 1n
}

function proxyOf(network: NetworkInfo, settings: Settings): WantedNetwork['proxy'] {
  if (!servesMetadata(network, settings)) return null
  const router = network.ports.find(isRouterInterface)
  // On a network for metadata, what asks comes through the router from networks behind it.
  const isForRouter = settings.enable_metadata_network && hasMetadataSubnet(network) && router
  return isForRouter ? { router_id: router.device_id } : { network_id: network.id }
}
