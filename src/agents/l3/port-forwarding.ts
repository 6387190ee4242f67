/**
 * Port forwardings: single ports and ranges of a floating address that lead to ports of addresses inside, each in a
 * chain of its own under upstream's name. Protocols without ports have nothing to forward. Pure.
 * Source: reference of agents and RPC, §14; iptables-extensions(8), "DNAT"; upstream's chains as observed.
 */
import type { Chains } from '#linux/iptables.ts'
import type { PortForwardingInfo, RouterInfo } from '#rpc/contract/l3.ts'
import { own } from './chains.ts'
import { defineRouterFragment } from './fragment.ts'

const CHAIN = own('fip-pf')
/** Upstream cuts a chain's name to 11 characters, of which three are `pf-`. */
const ID_CHARACTERS = 8
const WITH_PORTS: readonly string[] = ['tcp', 'udp', 'sctp', 'dccp']

/** What works through this router, in order of the addresses and ports outside. */
export function forwardings({ gw_port, _floatingips }: Pick<RouterInfo, 'gw_port' | '_floatingips'>) {
  if (!gw_port) return []
  return _floatingips
    .flatMap(({ floating_ip_address: floating, _port_forwardings = [] }) =>
      _port_forwardings.map((forwarding) => ({ floating, ...forwarding })),
    )
    .filter(({ protocol }) => WITH_PORTS.includes(protocol))
    .sort((a, b) => (rank(a) < rank(b) ? -1 : 1))
}

function rank({ floating, protocol, external_port_range }: PortForwardingInfo & { floating: string }): string {
  return `${floating} ${protocol} ${external_port_range.split(':')[0]!.padStart(5, '0')}`
}

/** The floating addresses that have forwardings. */
export function forwardedAddresses(router: Pick<RouterInfo, 'gw_port' | '_floatingips'>): string[] {
  return [...new Set(forwardings(router).map(({ floating }) => floating))]
}

export const portForwarding = defineRouterFragment((router) => {
  const all = forwardings(router)
  if (all.length === 0) return {}
  const chains: { [chain: string]: string[] } = {}
  for (const forwarding of all) {
    const name = own(`pf-${forwarding.id.slice(0, ID_CHARACTERS)}`)
    chains[name] = [...(chains[name] ?? []), ruleOf(forwarding)]
  }
  const jumps = Object.keys(chains).map((name) => `-j ${name}`)
  return { iptables: { nat: { ...chains, [own('PREROUTING')]: [`-j ${CHAIN}`], [CHAIN]: jumps } } }
})

function ruleOf(forwarding: ReturnType<typeof forwardings>[number]): string {
  const { floating, protocol, internal_ip_address, external_port_range, internal_port_range } = forwarding
  const [from = ''] = external_port_range.split(':')
  const [first = '', last = first] = internal_port_range.split(':')
  // `/from`: the first port outside is the first inside, the second the second, and so on.
  const inside = first === last ? first : `${first}-${last}/${from}`
  return (
    `-d ${floating}/32 -p ${protocol} -m ${protocol} --dport ${portsOf(external_port_range)} ` +
    `-j DNAT --to-destination ${internal_ip_address}:${inside}`
  )
}

/** A range as iptables prints it: one port is no range. */
export function portsOf(range: string): string {
  const [from, to = from] = range.split(':')
  return from === to ? `${from}` : range
}

/** What forwardings the chains have: destinations inside by `<protocol> <floating address> <ports outside>`. */
export function forwardingsOf(nat: Chains | undefined): ReadonlyMap<string, string> {
  const all = Object.entries(nat ?? {}).flatMap(([chain, rules]) => (chain.startsWith(own('pf-')) ? rules : []))
  return new Map(
    all.flatMap((rule) => {
      const found = /^-d (\S+)\/32 -p (\S+) -m \S+ --dport (\S+) -j DNAT --to-destination (\S+)$/.exec(rule)
      return found ? [[`${found[2]} ${found[1]} ${found[3]}`, found[4]!] as const] : []
    }),
  )
}
