/**
 * Router advertisements: where a subnet's `ipv6_ra_mode` asks for them, the router's device there announces its prefix,
 * whether hosts make their addresses themselves, and the network's MTU. Pure.
 * Source: reference of agents and RPC, §14; "IPv6" of the networking guide: without the mode, somebody else announces.
 */
import { parseCidr } from '#base/ip.ts'
import type { Advertisement } from '#linux/radvd.ts'
import type { RouterPort } from '#rpc/contract/l3.ts'
import { internalDevice, internalPorts } from './devices.ts'
import { defineRouterFragment, type Settings } from './fragment.ts'

const [SLAAC, STATELESS, STATEFUL] = ['slaac', 'dhcpv6-stateless', 'dhcpv6-stateful']
/** As many name servers as upstream announces. */
const NAME_SERVERS_MAX = 3

export const advertisements = defineRouterFragment((router, settings) => {
  if (!settings.ipv6) return {}
  return { advertisements: internalPorts(router).flatMap((port) => advertisementOf(port, settings)) }
})

function advertisementOf({ id, subnets, mtu }: RouterPort, settings: Settings): Advertisement[] {
  const announced = subnets.filter(({ cidr, ipv6_ra_mode }) => ipv6_ra_mode !== null && parseCidr(cidr)?.version === 6)
  if (announced.length === 0) return []
  const has = (mode: string | undefined) => announced.some(({ ipv6_ra_mode }) => ipv6_ra_mode === mode)
  const nameServers = announced
    .filter(({ ipv6_ra_mode }) => ipv6_ra_mode === SLAAC)
    .flatMap(({ dns_nameservers }) => dns_nameservers.filter((address) => address.includes(':')))
  return [
    {
      device: internalDevice(id),
      minIntervalSeconds: settings.raIntervalSeconds.min,
      maxIntervalSeconds: settings.raIntervalSeconds.max,
      mtu,
      managed: has(STATEFUL),
      otherConfig: has(STATELESS),
      nameServers: nameServers.slice(0, NAME_SERVERS_MAX),
      prefixes: announced.map(({ cidr, ipv6_ra_mode }) => ({ cidr, autonomous: ipv6_ra_mode !== STATEFUL })),
    },
  ]
}
