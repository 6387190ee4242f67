/**
 * Facts about a network's subnets that several files ask for: which are served, which are isolated from routers,
 * whether metadata is served here. Pure. Source: reference of agents and RPC, §13.
 */
import { isInCidr } from '#base/ip.ts'
import type { NetworkInfo } from '#rpc/contract/dhcp.ts'
import type { PortInfo, SubnetInfo } from '#rpc/contract/payloads.ts'

const ROUTER_INTERFACES: readonly string[] = [
  'network:router_interface',
  'network:ha_router_replicated_interface',
  'network:router_interface_distributed',
]

export interface MetadataSettings {
  readonly enable_isolated_metadata: boolean
  readonly force_metadata: boolean
  readonly enable_metadata_network: boolean
}

export function allSubnets({ subnets, non_local_subnets }: NetworkInfo): readonly SubnetInfo[] {
  return [...subnets, ...(non_local_subnets ?? [])]
}

/** Those the DHCP port has an address on, in the server's order. */
export function dhcpSubnets(network: NetworkInfo): readonly SubnetInfo[] {
  return network.subnets.filter(({ enable_dhcp }) => enable_dhcp)
}

export function isRouterInterface({ device_owner }: PortInfo): boolean {
  return ROUTER_INTERFACES.includes(device_owner)
}

/** Ids of the subnets whose gateway address is a router's. All others are isolated. */
export function routedSubnets(network: NetworkInfo): ReadonlySet<string> {
  const gateways = new Map(allSubnets(network).map(({ id, gateway_ip }) => [id, gateway_ip]))
  const taken = network.ports.filter(isRouterInterface).flatMap(({ fixed_ips }) => fixed_ips)
  return new Set(taken.filter((ip) => gateways.get(ip.subnet_id) === ip.ip_address).map((ip) => ip.subnet_id))
}

/** A network within 169.254.0.0/16: routers reach metadata over it. */
export function hasMetadataSubnet(network: NetworkInfo): boolean {
  return allSubnets(network).some(({ cidr }) => isInCidr(cidr.split('/')[0]!, '169.254.0.0/16'))
}

/** Whether a metadata proxy belongs into the network's namespace. */
export function servesMetadata(network: NetworkInfo, settings: MetadataSettings): boolean {
  const served = allSubnets(network).filter(({ enable_dhcp }) => enable_dhcp)
  if (served.length === 0) return false
  if (settings.force_metadata) return true
  if (!settings.enable_isolated_metadata) return false
  if (settings.enable_metadata_network && hasMetadataSubnet(network)) return true
  const routed = routedSubnets(network)
  return served.some(({ id }) => !routed.has(id))
}
