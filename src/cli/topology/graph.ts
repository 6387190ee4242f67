/**
 * The topology as a graph: networks, routers, the links between them, and what is plugged into each network. Made from
 * the API's records; nothing is left out and nothing is placed here: arrange.ts does that. Pure.
 * Source: Networking API v2.0; `device_owner` as neutron-lib's constants name them.
 */
import type {
  FixedIp,
  FloatingIpRecord,
  GatewayInfo,
  NetworkRecord,
  PortRecord,
  Records,
  RouterRecord,
  SubnetRecord,
} from './records.ts'

/**
 * How a thing is doing, whatever it is. `disabled`: administratively down, which hides what it would be otherwise;
 * `unplugged`: a port that is nobody's yet, and DOWN for that.
 */
export type Mark = 'active' | 'build' | 'down' | 'error' | 'disabled' | 'unplugged' | 'unknown'

export interface Subnet {
  readonly id: string
  readonly name: string
  readonly cidr: string
  readonly gateway: string | null
  readonly dhcp: boolean
}

export interface FloatingIp {
  readonly id: string
  readonly address: string
  readonly fixed: string | null
}

/** A port that is something's: an instance's, or nobody's yet. */
export interface Port {
  readonly id: string
  /** The instance's or the port's name, or the beginning of its id. */
  readonly label: string
  readonly network: string
  readonly kind: 'instance' | 'port'
  /** Null: plugged into nothing. */
  readonly device: string | null
  /** Whose it is where it is not an instance's: `neutron:LOADBALANCERV2`; empty: nobody's. */
  readonly owner: string
  readonly addresses: readonly string[]
  readonly mark: Mark
  readonly floatingIps: readonly FloatingIp[]
  readonly securityGroups: number
  /** Labels of the other networks the same instance is on. */
  readonly alsoOn: readonly string[]
}

/** What the service itself has on a network. */
export interface Service {
  readonly id: string
  readonly name: 'dhcp' | 'metadata' | 'snat' | 'ha' | 'floating IP agent'
  readonly addresses: readonly string[]
  readonly mark: Mark
}

export interface Network {
  readonly id: string
  readonly label: string
  readonly mark: Mark
  readonly external: boolean
  readonly shared: boolean
  /** Not of the project whose view this is. */
  readonly foreign: boolean
  readonly mtu: number | null
  /** `vxlan 73`, to those who may see it. */
  readonly segment: string | null
  readonly subnets: readonly Subnet[]
  /** Instances first, then other ports, each by label. */
  readonly ports: readonly Port[]
  readonly services: readonly Service[]
  /** Floating IPs of this network that lead nowhere. */
  readonly freeFloatingIps: readonly FloatingIp[]
}

export interface Router {
  readonly id: string
  readonly label: string
  readonly mark: Mark
  /** Known by its ports only. */
  readonly foreign: boolean
  readonly ha: boolean
  readonly distributed: boolean
  readonly routes: readonly { readonly destination: string; readonly nexthop: string }[]
}

export interface Link {
  readonly kind: 'gateway' | 'interface'
  readonly router: string
  readonly network: string
  /** Null: the gateway's port is the service's and not shown. */
  readonly port: string | null
  readonly addresses: readonly string[]
  readonly mark: Mark
  /** A gateway's; null where it is not said. */
  readonly snat: boolean | null
}

export interface Topology {
  readonly networks: readonly Network[]
  readonly routers: readonly Router[]
  /** Each router's, gateways first, then by the network's label. */
  readonly links: readonly Link[]
  /** Null: the server has none. */
  readonly securityGroups: number | null
}

const ROUTER_OWNERS = new Set([
  'network:router_interface',
  'network:router_interface_distributed',
  'network:ha_router_replicated_interface',
])
const GATEWAY_OWNER = 'network:router_gateway'
const FLOATING_IP_OWNER = 'network:floatingip'
const SERVICES: { readonly [owner: string]: Service['name'] } = {
  'network:dhcp': 'dhcp',
  'network:distributed': 'metadata',
  'network:router_centralized_snat': 'snat',
  'network:router_ha_interface': 'ha',
  'network:floatingip_agent_gateway': 'floating IP agent',
}

export function graphOf(records: Records): Topology {
  const ports = records.ports
  const routers = allRouters(records.routers ?? [], ports)
  const networks = allNetworks(records.networks, ports, routers)
  const names = labelsOf(networks)
  const own = Map.groupBy(ports, ({ device_id }) => device_id)
  const links = routers
    .flatMap((router) => linksOf(router, own.get(router.id) ?? []))
    .toSorted((a, b) => Number(a.kind === 'interface') - Number(b.kind === 'interface') || compare(names, a, b))
  const build = networkBuilder(records, names)
  const labels = labelsOf(routers)
  return {
    networks: networks.map(build).toSorted((a, b) => byLabel(a, b)),
    routers: routers.map((router) => routerOf(router, labels.get(router.id)!)).toSorted(byLabel),
    links,
    securityGroups: records.security_groups?.length ?? null,
  }
}

function compare(names: ReadonlyMap<string, string>, a: Link, b: Link): number {
  return collator.compare(names.get(a.network) ?? '', names.get(b.network) ?? '')
}

/** Those that were listed, and those of others that ports tell of. */
function allRouters(listed: readonly RouterRecord[], ports: readonly PortRecord[]): RouterRecord[] {
  const known = new Set(listed.map(({ id }) => id))
  const told = ports.filter((port) => ROUTER_OWNERS.has(port.device_owner) && !known.has(port.device_id))
  const ids = new Set(told.map((port) => port.device_id))
  return [...listed, ...[...ids].map((id) => ({ id, name: '', status: '', admin_state_up: true, project_id: '' }))]
}

/** Those that were listed, and those of others that a gateway or a port tells of. */
function allNetworks(
  listed: readonly NetworkRecord[],
  ports: readonly PortRecord[],
  routers: readonly RouterRecord[],
): NetworkRecord[] {
  const known = new Set(listed.map(({ id }) => id))
  const external = new Set(routers.flatMap((router) => gatewayInfos(router).map((info) => info.network_id)))
  const told = new Set([...external, ...ports.map((port) => port.network_id)])
  const unseen = [...told].filter((id) => !known.has(id))
  return [
    ...listed,
    ...unseen.map((id) => ({
      id,
      name: '',
      status: '',
      admin_state_up: true,
      shared: false,
      project_id: '',
      'router:external': external.has(id),
    })),
  ]
}

function routerOf(router: RouterRecord, label: string): Router {
  return {
    id: router.id,
    label,
    mark: markOf(router),
    foreign: router.status === '',
    ha: router.ha ?? false,
    distributed: router.distributed ?? false,
    routes: router.routes ?? [],
  }
}

function gatewayInfos(router: RouterRecord): readonly GatewayInfo[] {
  if (router.external_gateways && router.external_gateways.length > 0) return router.external_gateways
  return router.external_gateway_info ? [router.external_gateway_info] : []
}

/** `ports`: the router's own, of every kind. */
function linksOf(router: RouterRecord, ports: readonly PortRecord[]): Link[] {
  const outer = ports.filter(({ device_owner }) => device_owner === GATEWAY_OWNER)
  const inner = ports.filter(({ device_owner }) => ROUTER_OWNERS.has(device_owner))
  return [
    ...gatewayInfos(router).map((info) => gatewayOf(router, info, outer)),
    ...inner.map(
      (port): Link => ({
        kind: 'interface',
        router: router.id,
        network: port.network_id,
        port: port.id,
        addresses: addressesOf(port.fixed_ips),
        mark: markOf(port),
        snat: null,
      }),
    ),
  ]
}

function gatewayOf(router: RouterRecord, info: GatewayInfo, ports: readonly PortRecord[]): Link {
  const addresses = (info.external_fixed_ips ?? []).map(({ ip_address }) => ip_address)
  const port = ports.find((candidate) => candidate.fixed_ips.some(({ ip_address }) => addresses.includes(ip_address)))
  return {
    kind: 'gateway',
    router: router.id,
    network: info.network_id,
    port: port?.id ?? null,
    addresses,
    mark: port ? markOf(port) : 'unknown',
    snat: info.enable_snat ?? null,
  }
}

/** Answers how one network is made, looking each table through once. */
function networkBuilder(records: Records, names: ReadonlyMap<string, string>): (network: NetworkRecord) => Network {
  const subnets = Map.groupBy(records.subnets, ({ network_id }) => network_id)
  const ports = Map.groupBy(records.ports, ({ network_id }) => network_id)
  const floating = Map.groupBy(records.floatingips ?? [], ({ port_id }) => port_id ?? '')
  const free = Map.groupBy(floating.get('') ?? [], ({ floating_network_id }) => floating_network_id)
  const devices = Map.groupBy(records.ports.filter(isInstance), ({ device_id }) => device_id)
  return (network) => {
    const here = ports.get(network.id) ?? []
    return {
      id: network.id,
      label: names.get(network.id)!,
      mark: markOf(network),
      external: network['router:external'] ?? false,
      shared: network.shared,
      foreign: records.projectId !== null && network.project_id !== records.projectId,
      mtu: network.mtu ?? null,
      segment: segmentOf(network),
      subnets: (subnets.get(network.id) ?? []).map(subnetOf).toSorted((a, b) => collator.compare(a.cidr, b.cidr)),
      ports: here
        .filter((port) => !isOurs(port))
        .map((port) => portOf(port, devices.get(port.device_id) ?? [], floating.get(port.id) ?? [], names))
        .toSorted((a, b) => Number(a.kind === 'port') - Number(b.kind === 'port') || byLabel(a, b)),
      services: here.filter((port) => port.device_owner in SERVICES).map(serviceOf),
      freeFloatingIps: (free.get(network.id) ?? []).map(floatingIpOf),
    }
  }
}

/** A port the service made for itself, or one that is drawn as a link or as a floating IP. */
function isOurs({ device_owner: owner }: PortRecord): boolean {
  return owner in SERVICES || ROUTER_OWNERS.has(owner) || owner === GATEWAY_OWNER || owner === FLOATING_IP_OWNER
}

function isInstance({ device_owner: owner, device_id: device }: PortRecord): boolean {
  return device !== '' && (owner.startsWith('compute:') || owner.startsWith('baremetal:'))
}

function portOf(
  port: PortRecord,
  siblings: readonly PortRecord[],
  floating: readonly FloatingIpRecord[],
  names: ReadonlyMap<string, string>,
): Port {
  const instance = isInstance(port)
  const own = instance ? [port, ...siblings] : [port]
  const named = own.map(({ name, dns_name }) => name || dns_name || '').find((name) => name !== '')
  const others = instance ? siblings.filter(({ network_id }) => network_id !== port.network_id) : []
  return {
    id: port.id,
    label: named ? printable(named) : shortId(instance ? port.device_id : port.id),
    network: port.network_id,
    kind: instance ? 'instance' : 'port',
    device: port.device_id === '' ? null : port.device_id,
    owner: printable(port.device_owner),
    addresses: addressesOf(port.fixed_ips),
    mark: port.device_id === '' && markOf(port) === 'down' ? 'unplugged' : markOf(port),
    floatingIps: floating.map(floatingIpOf),
    securityGroups: port.security_groups?.length ?? 0,
    alsoOn: [...new Set(others.map(({ network_id }) => names.get(network_id) ?? shortId(network_id)))],
  }
}

function serviceOf(port: PortRecord): Service {
  const { id, fixed_ips } = port
  return { id, name: SERVICES[port.device_owner]!, addresses: addressesOf(fixed_ips), mark: markOf(port) }
}

function subnetOf({ id, name, cidr, gateway_ip, enable_dhcp }: SubnetRecord): Subnet {
  return { id, name: printable(name), cidr, gateway: gateway_ip, dhcp: enable_dhcp }
}

function floatingIpOf({ id, floating_ip_address, fixed_ip_address }: FloatingIpRecord): FloatingIp {
  return { id, address: floating_ip_address, fixed: fixed_ip_address }
}

/** IPv4 before IPv6. */
function addressesOf(fixedIps: readonly FixedIp[]): string[] {
  const addresses = fixedIps.map(({ ip_address }) => ip_address)
  return addresses.toSorted((a, b) => Number(a.includes(':')) - Number(b.includes(':')) || collator.compare(a, b))
}

function segmentOf(network: NetworkRecord): string | null {
  const type = network['provider:network_type']
  if (!type) return null
  const id = network['provider:segmentation_id']
  return id === null || id === undefined ? type : `${type} ${id}`
}

const MARKS: { readonly [status: string]: Mark } = {
  ACTIVE: 'active',
  ALLOCATING: 'build',
  BUILD: 'build',
  DOWN: 'down',
  ERROR: 'error',
}

function markOf({ status, admin_state_up }: { readonly status: string; readonly admin_state_up: boolean }): Mark {
  return admin_state_up ? (MARKS[status] ?? 'unknown') : 'disabled'
}

const collator = new Intl.Collator('en', { numeric: true })

function byLabel(a: { readonly label: string }, b: { readonly label: string }): number {
  return collator.compare(a.label, b.label)
}

const SHORT_ID = 8

function shortId(id: string): string {
  return printable(id).slice(0, SHORT_ID)
}

/** A name for each: its own, the beginning of its id where it has none, both where another has the same name. */
function labelsOf(items: readonly { readonly id: string; readonly name: string }[]): Map<string, string> {
  const shared = Map.groupBy(items, ({ name }) => name)
  return new Map(
    items.map(({ id, name }) => {
      if (name === '') return [id, shortId(id)]
      return [id, shared.get(name)!.length > 1 ? `${printable(name)} (${shortId(id)})` : printable(name)]
    }),
  )
}

/** Names come from others: nothing in them moves a cursor or turns the writing direction. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '\ufffd')
}
