/**
 * Address scopes: packets carry the scope they entered from in the upper 16 bits of their mark, and do not leave
 * through a device of another scope; floating IPs and SNAT are the ways across. Pure. IPv4.
 * Source: reference of agents and RPC, §14; "Address scopes" of the networking guide.
 */
import { isIPv4 } from 'node:net'
import { isInCidr } from '#base/ip.ts'
import type { RouterInfo, RouterPort } from '#rpc/contract/l3.ts'
import { CONNMARK_SAVE, own } from './chains.ts'
import { internalDevice, internalPorts } from './devices.ts'
import { defineRouterFragment } from './fragment.ts'
import { type Gateway, gatewayAt, gatewayDevice, gatewaysOf } from './gateways.ts'
import { forwardings, portsOf } from './port-forwarding.ts'

const MASK = '0xffff0000'
/** The scope of addresses that are in none; further scopes count up from here. */
const DEFAULT_MARK = 1024

export const scopes = defineRouterFragment((router) => {
  const mark = marksOf(router)
  const gateways = gatewaysOf(router)
  const outer = gateways.map(({ port }) => port)
  const translating = gateways.filter(({ enable_snat }) => enable_snat)
  const ports = [...internalPorts(router), ...outer].filter(hasIpv4)
  const device = (port: RouterPort) => (outer.includes(port) ? gatewayDevice(port.id) : internalDevice(port.id))
  const guarded = ports.filter((port) => !translating.some((gateway) => gateway.port === port))
  const crossing = crossingFloatingIps(router, gateways)
  const forwarded = crossingForwardings(router, gateways)
  const externals = new Set([...crossing, ...forwarded].map(({ external }) => external))
  const outside = ports.filter((port) => externals.has(scopeOf(port)))
  return {
    iptables: {
      mangle: {
        [own('scope')]: ports.map((port) => `-i ${device(port)} -j MARK --set-xmark ${mark(scopeOf(port))}`),
        [own('float-snat')]: outside.map((port) => `-o ${device(port)} -j MARK --set-xmark ${mark(scopeOf(port))}`),
        [own('floatingip')]: [
          ...crossing.map(
            (item) =>
              `-d ${item.floating_ip_address}/32 -j MARK --set-xmark ${mark(item.fixed_ip_address_scope ?? null)}`,
          ),
          ...forwarded.map(({ inward, scope }) => `${inward} -j MARK --set-xmark ${mark(scope)}`),
        ],
        [own('FORWARD')]: [
          ...crossing.map((item) => `-s ${item.fixed_ip_address}/32 -j ${own('float-snat')}`),
          ...forwarded.map(({ outward }) => `${outward} -j ${own('float-snat')}`),
        ],
        [own('POSTROUTING')]: translating.map((gateway) => `-o ${gateway.device} ${CONNMARK_SAVE}`),
      },
      filter: {
        [own('scope')]: guarded.map((port) => `-o ${device(port)} -m mark ! --mark ${mark(scopeOf(port))} -j DROP`),
      },
    },
  }
})

/** Nothing is translated between addresses of the external network's own scope: the rule stands before SNAT. */
export const scopeNat = defineRouterFragment((router) => {
  const mark = marksOf(router)
  const rules = gatewaysOf(router).flatMap(({ port, device, enable_snat }) => {
    const external = scopeOf(port)
    return enable_snat && external !== null ? [`-o ${device} -m connmark --mark ${mark(external)} -j ACCEPT`] : []
  })
  return rules.length > 0 ? { iptables: { nat: { [own('snat')]: rules } } } : {}
})

/** Floating IPs of addresses in another scope than the network outside. */
function crossingFloatingIps({ _floatingips }: RouterInfo, gateways: readonly Gateway[]) {
  return _floatingips.flatMap((item) => {
    const gateway = gatewayAt(gateways, item)
    const external = gateway ? scopeOf(gateway.port) : null
    const crosses = item.fixed_ip_address !== null && (item.fixed_ip_address_scope ?? null) !== external
    return gateway && crosses ? [{ ...item, external }] : []
  })
}

/** Port forwardings into another scope: what packets there and back look like before they are translated. */
function crossingForwardings(
  router: RouterInfo,
  gateways: readonly Gateway[],
): { inward: string; outward: string; scope: string | null; external: string | null }[] {
  const { _floatingips } = router
  return forwardings(router).flatMap((item) => {
    const { floating, protocol, internal_ip_address: inside, external_port_range, internal_port_range } = item
    const port = internalPorts(router).find(({ subnets }) => subnets.some(({ cidr }) => isInCidr(inside, cidr)))
    const scope = port ? scopeOf(port) : null
    const at = _floatingips.find(({ floating_ip_address }) => floating_ip_address === floating)
    const gateway = at && gatewayAt(gateways, at)
    const external = gateway ? scopeOf(gateway.port) : null
    if (scope === external) return []
    const match = `-p ${protocol} -m ${protocol}`
    return [
      {
        inward: `-d ${floating}/32 ${match} --dport ${portsOf(external_port_range)}`,
        outward: `-s ${inside}/32 ${match} --sport ${portsOf(internal_port_range)}`,
        scope,
        external,
      },
    ]
  })
}

function scopeOf({ address_scopes }: RouterPort): string | null {
  return address_scopes?.['4'] ?? null
}

function hasIpv4({ fixed_ips }: RouterPort): boolean {
  return fixed_ips.some(({ ip_address }) => isIPv4(ip_address))
}

/** Marks by scope: equal for equal routers, so that a restarted agent finds its own. */
function marksOf(router: RouterInfo): (scope: string | null) => string {
  const { _interfaces, _floatingips } = router
  const named = [
    ..._interfaces.map(scopeOf),
    ...gatewaysOf(router).map(({ port }) => scopeOf(port)),
    ..._floatingips.map((item) => item.fixed_ip_address_scope ?? null),
  ].filter((scope) => scope !== null)
  const sorted = [...new Set(named)].sort()
  return (scope) => {
    const id = scope === null ? DEFAULT_MARK : DEFAULT_MARK + 1 + sorted.indexOf(scope)
    return `0x${(id << 16).toString(16)}/${MASK}`
  }
}
