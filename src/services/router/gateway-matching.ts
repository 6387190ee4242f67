/**
 * Which gateway of a router is meant by a network and addresses there. Pure.
 * Source: Networking API v2.0, `external-gateway-multihoming`.
 */
import type { Port } from '#core/port/tables.ts'
import type { WantedGateway } from './gateway.ts'

type Present = Pick<Port, 'network_id' | 'fixed_ips'>

/**
 * The gateway with one of the addresses; without addresses, the only one on the network. Null: there is none.
 * @throws what `refuse` makes, when there are several and nothing says which.
 */
export function findMatch<P extends Present>(
  present: readonly P[],
  { network_id, external_fixed_ips = [] }: WantedGateway,
  refuse: () => Error,
): P | null {
  const near = present.filter((port) => port.network_id === network_id)
  const addresses = external_fixed_ips.flatMap(({ ip_address }) => ip_address ?? [])
  if (addresses.length > 0) {
    return near.find(({ fixed_ips }) => fixed_ips.some((ip) => addresses.includes(ip.ip_address))) ?? null
  }
  if (near.length > 1) throw refuse()
  return near[0] ?? null
}

/**
 * For each of those wanted the gateway that it is or becomes: one that matches, else one of its network that is left
 * over. Null: a new one. @throws what `refuse` makes
 */
export function pair<P extends Present>(
  present: readonly P[],
  wanted: readonly WantedGateway[],
  refuse: () => Error,
): (P | null)[] {
  const taken = new Set<P>()
  const take = (port: P | null | undefined): P | null => {
    if (!port || taken.has(port)) return null
    taken.add(port)
    return port
  }
  const matched = wanted.map((item) => take(findMatch(present, item, refuse)))
  return matched.map(
    (port, index) =>
      port ?? take(present.find((left) => !taken.has(left) && left.network_id === wanted[index]!.network_id)),
  )
}
