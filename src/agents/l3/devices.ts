/**
 * A router's devices, their addresses, and the ways out: the default routes through the gateway, other subnets on the
 * gateway's link, and the router's own extra routes. Pure.
 * Source: reference of agents and RPC, §14; a floating IP is a /32 on the gateway device.
 */
import { cidrContains, parseCidr, parseIp } from '#base/ip.ts'
import type { RouterInfo, RouterPort } from '#rpc/contract/l3.ts'
import { type Device, defineRouterFragment, type Route, type Settings } from './fragment.ts'
import { forwardedAddresses } from './port-forwarding.ts'

/** Linux takes 15 characters for a device's name. */
const PORT_ID_CHARACTERS = 11
const MTU_DEFAULT = 1500

export function internalDevice(portId: string): string {
  return `qr-${portId.slice(0, PORT_ID_CHARACTERS)}`
}

export function gatewayDevice(portId: string): string {
  return `qg-${portId.slice(0, PORT_ID_CHARACTERS)}`
}

/** Floating IPs that are to be translated: those that point at something. In order of their address. */
export function translations({ gw_port, _floatingips }: RouterInfo): { floating: string; fixed: string }[] {
  if (!gw_port) return []
  return _floatingips
    .flatMap(({ floating_ip_address: floating, fixed_ip_address: fixed }) =>
      fixed === null ? [] : { floating, fixed },
    )
    .sort((a, b) => (a.floating < b.floating ? -1 : 1))
}

/** Ports without an address are passed over: their subnet is being taken away. */
export function internalPorts({ _interfaces }: RouterInfo): readonly RouterPort[] {
  return _interfaces.filter((port) => port.fixed_ips.length > 0 && port.admin_state_up)
}

export const devices = defineRouterFragment((router, settings) => {
  const inner = internalPorts(router).map((port) => ({ port, name: internalDevice(port.id) }))
  const gateway = router.gw_port && { port: router.gw_port, name: gatewayDevice(router.gw_port.id) }
  const all = gateway ? [...inner, gateway] : inner
  const outside = [...translations(router).map((item) => item.floating), ...forwardedAddresses(router)]
  const floating = outside.map((address) => `${address}/32`)
  return {
    devices: all.map(({ port, name }) => deviceOf(port, name)),
    addresses: Object.fromEntries(
      all.map(({ port, name }) => [name, [...cidrs(port), ...(gateway?.name === name ? floating : [])]]),
    ),
    routes: [...(gateway ? gatewayRoutes(gateway.port, gateway.name, settings) : []), ...extraRoutes(router)],
    sysctls: gateway && settings.ipv6 ? acceptAdvertisements(gateway.port, gateway.name, settings) : {},
  }
})

function deviceOf({ id, mac_address, mtu }: RouterPort, name: string): Device {
  return { name, port_id: id, mac: mac_address, mtu: mtu > 0 ? mtu : MTU_DEFAULT }
}

function cidrs({ fixed_ips }: RouterPort): string[] {
  return fixed_ips.map(({ ip_address, prefixlen }) => `${ip_address}/${prefixlen}`)
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
function acceptAdvertisements(port: RouterPort, device: string, settings: Settings): { [key: string]: string } {
  const known = gatewayAddresses(port, settings).some(({ address }) => address.includes(':'))
  return { [`net/ipv6/conf/${device}/accept_ra`]: known ? '0' : '2' }
}
