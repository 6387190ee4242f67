/**
 * Routes between the subnets of a routed network: each gets one to every other of its family, through its own gateway,
 * unless it has a route that covers it. Pure.
 * Source: upstream's `segments-peer-subnet-host-routes`.
 */
import { type Cidr, cidrContains, parseCidr } from '#base/ip.ts'
import type { HostRoute, Subnet } from '#core/subnet/tables.ts'

export type Peer = Pick<Subnet, 'id' | 'cidr' | 'ip_version' | 'segment_id'>

/**
 * The subnet's routes with those to its peers. `oldGateway`: routes through it were made here, and follow the gateway;
 * `gone`: a peer that is no more.
 */
export function withPeers(
  subnet: Pick<Subnet, 'id' | 'ip_version' | 'segment_id' | 'gateway_ip' | 'host_routes'>,
  peers: readonly Peer[],
  { oldGateway = null, gone = null }: { oldGateway?: string | null; gone?: string | null } = {},
): HostRoute[] {
  const { gateway_ip } = subnet
  const others = peers.filter(
    ({ id, segment_id, ip_version }) =>
      id !== subnet.id && segment_id !== subnet.segment_id && ip_version === subnet.ip_version,
  )
  const stale = ({ destination, nexthop }: HostRoute) =>
    (destination === gone && nexthop === gateway_ip) ||
    (nexthop === oldGateway && others.some(({ cidr }) => cidr === destination))
  const routes = subnet.host_routes.filter((route) => !stale(route))
  if (!gateway_ip) return routes
  for (const { cidr } of others) {
    if (!routes.some(({ destination }) => covers(destination, cidr))) {
      routes.push({ destination: cidr, nexthop: gateway_ip })
    }
  }
  return routes
}

function covers(destination: string, cidr: string): boolean {
  const [wide, narrow]: (Cidr | null)[] = [parseCidr(destination), parseCidr(cidr)]
  if (!wide || !narrow || wide.version !== narrow.version || wide.length > narrow.length) return false
  return cidrContains(wide, { version: narrow.version, value: narrow.first })
}

export function sameRoutes(a: readonly HostRoute[], b: readonly HostRoute[]): boolean {
  const texts = (routes: readonly HostRoute[]) =>
    new Set(routes.map((route) => `${route.destination} ${route.nexthop}`))
  const [left, right] = [texts(a), texts(b)]
  return left.size === right.size && [...left].every((text) => right.has(text))
}
