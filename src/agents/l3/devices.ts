/**
 * A router's devices, their addresses, and the ways out: the default routes through the gateway, other subnets on the
 * gateway's link, and the router's own extra routes. Pure.
 * Source: reference of agents and RPC, §14; a floating IP is a /32 on the gateway device.
 */
import { cidrContains, parseCidr, parseIp } from '#base/ip.ts'
import type { RouterInfo, RouterPort } from '#rpc/contract/l3.ts'
import { type Device, defineRouterFragment, type Route, type Settings } from './fragment.ts'
import { type Gateway, gatewayAt, gatewaysOf, PORT_ID_CHARACTERS } from './gateways.ts'
import { forwardedAddresses } from './port-forwarding.ts'

const MTU_DEFAULT = 1500

export function internalDevice(portId: string): string {
  return `qr-${portId.slice(0, PORT_ID_CHARACTERS)}`
}

/** Floating IPs that are to be translated: those that point at something. In order of their address. */
export function translations(router: RouterInfo): { floating: string; fixed: string; device: string }[] {
  const all = gatewaysOf(router)
  const { _floatingips } = router
  return _floatingips
    .flatMap((item) => {
      const { floating_ip_address: floating, fixed_ip_address: fixed } = item
      const device = gatewayAt(all, item)?.device
      return fixed === null || !device ? [] : { floating, fixed, device }
    })
    .sort((a, b) => (a.floating < b.floating ? -1 : 1))
}

/** Ports without an address are passed over: their subnet is being taken away. */
export function internalPorts({ _interfaces }: RouterInfo): readonly RouterPort[] {
  return _interfaces.filter((port) => port.fixed_ips.length > 0 && port.admin_state_up)
}

export const devices = defineRouterFragment((router, settings) => {
  const inner = internalPorts(router).map((port) => ({ port, name: internalDevice(port.id) }))
  const gateways = gatewaysOf(router)
  const [gateway, ...extra] = gateways
  const all = [...inner, ...gateways.map(({ port, device }) => ({ port, name: device }))]
  const forwarded = forwardedAddresses(router)
  const { _floatingips } = router
  const pointing = _floatingips.filter(
    ({ fixed_ip_address, floating_ip_address }) => fixed_ip_address !== null || forwarded.includes(floating_ip_address),
  )
  const floating = Map.groupBy(pointing, (item) => gatewayAt(gateways, item)?.device)
  return {
    devices: all.map(({ port, name }) => deviceOf(port, name)),
    addresses: Object.fromEntries(
      all.map(({ port, name }) => [
        name,
        [...cidrs(port), ...(floating.get(name) ?? []).map((item) => `${item.floating_ip_address}/32`)],
      ]),
    ),
    routes: [
      ...(gateway ? gatewayRoutes(gateway.port, gateway.device, settings) : []),
      ...linksBeyond(extra),
      ...extraRoutes(router),
    ],
    sysctls: gateway && settings.ipv6 ? acceptAdvertisements(gateway, extra, settings) : {},
  }
})

function deviceOf({ id, mac_address, mtu }: RouterPort, name: string): Device {
  return { name, port_id: id, mac: mac_address, mtu: mtu > 0 ? mtu : MTU_DEFAULT }
}

function cidrs({ fixed_ips }: RouterPort): string[] {
  return fixed_ips.map(({ ip_address, prefixlen }) => `${ip_address}/${prefixlen}`)
}

/** The gateway's own table: its network, and everything else through it. */
export function tableRoutes(port: RouterPort, device: string, settings: Settings, table: number): Route[] {
  const near = port.subnets
    .filter(({ cidr }) => parseCidr(cidr)?.version === 4)
    .map(({ cidr }) => linkRoute(cidr, device))
  const beyond = gatewayRoutes(port, device, settings).filter(({ version }) => version === 4)
  return [...near, ...beyond].map((route) => ({ ...route, table }))
}

/** Other subnets on the links of further gateways; of one network, the first gateway's link leads there. */
function linksBeyond(extra: readonly Gateway[]): Route[] {
  const routes = extra.flatMap(({ port, device }) => port.extra_subnets.map(({ cidr }) => linkRoute(cidr, device)))
  return [...new Map(routes.toReversed().map((route) => [route.destination, route])).values()]
}

function gatewayRoutes(port: RouterPort, device: string, settings: Settings): Route[] {
  const onLink = port.extra_subnets.map(({ cidr }) => linkRoute(cidr, device))
  const gateways = gatewayAddresses(port, settings)
  const beyond = gateways.flatMap(({ address, cidr }) => {
    const [ip, block] = [parseIp(address), cidr === null ? null : parseCidr(cidr)]
    const reachable = !ip || !block || cidrContains(block, ip)
    return reachable ? [] : [linkRoute(`${address}/${ip.version === 4 ? 32 : 128}`, device)]
  })
  const defaults = gateways.map(
    ({ address }): Route => ({
      version: parseIp(address)?.version ?? 4,
      destination: 'default',
      via: [address],
      device,
    }),
  )
  return [...onLink, ...beyond, ...defaults]
}

/** At most one of each version: a host has one default route per version. */
function gatewayAddresses(
  { subnets }: RouterPort,
  { ipv6Gateway, ipv6 }: Settings,
): { address: string; cidr: string | null }[] {
  const known = subnets.flatMap(({ gateway_ip, cidr }) => (gateway_ip === null ? [] : { address: gateway_ip, cidr }))
  const first = (version: 4 | 6) => known.find(({ address }) => parseIp(address)?.version === version)
  const configured = ipv6Gateway === null ? undefined : { address: ipv6Gateway, cidr: null }
  return [first(4), ipv6 ? (first(6) ?? configured) : undefined].filter((gateway) => gateway !== undefined)
}

function linkRoute(cidr: string, device: string): Route {
  return { version: parseCidr(cidr)?.version ?? 4, destination: cidr, via: [], device }
}

/** Equal destinations become one route with several next hops. */
function extraRoutes({ routes }: RouterInfo): Route[] {
  return [...Map.groupBy(routes, ({ destination }) => destination)].map(([destination, group]) => ({
    version: parseCidr(destination)?.version ?? 4,
    destination: /^(?:0\.0\.0\.0|::)\/0$/.test(destination) ? 'default' : destination,
    via: [...new Set(group.map(({ nexthop }) => nexthop))].sort(),
    device: null,
  }))
}

/** Without a known IPv6 gateway, the external network's own router may announce itself. */
function acceptAdvertisements(
  { port, device }: Gateway,
  extra: readonly Gateway[],
  settings: Settings,
): { [key: string]: string } {
  const known = gatewayAddresses(port, settings).some(({ address }) => address.includes(':'))
  const key = (name: string) => `net/ipv6/conf/${name}/accept_ra`
  return {
    [key(device)]: known ? '0' : '2',
    ...Object.fromEntries(extra.map((gateway) => [key(gateway.device), '0'])),
  }
}
