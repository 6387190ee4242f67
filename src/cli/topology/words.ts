/** What every form of the drawing says of a thing in the same words, and how much of much it shows. Pure. */
import type { FloatingIp, Link, Mark, Network, Port, Router, Subnet, Topology } from './graph.ts'

/** What is drawn of much; the rest is counted: "… and 37 more". */
export interface Limits {
  /** Lines of ports in one network. */
  readonly ports: number
  /** Networks below one router, routers below one network, networks on their own. */
  readonly items: number
  /** Beyond so many networks each is one line, unless everything is asked for. */
  readonly cards: number
}

export const LIMITS: Limits = { ports: 8, items: 20, cards: 12 }
export const NO_LIMITS: Limits = { ports: Infinity, items: Infinity, cards: Infinity }

/** What is wrong; empty for what works, or is not said. */
export const MARK_WORDS: { readonly [mark in Mark]: string } = {
  active: '',
  build: 'BUILD',
  down: 'DOWN',
  error: 'ERROR',
  disabled: 'admin down',
  unplugged: '',
  unknown: '',
}

export function isBad({ mark }: { readonly mark: Mark }): boolean {
  return MARK_WORDS[mark] !== ''
}

export function networkTags(network: Network): string[] {
  const { external, shared, segment, mark } = network
  return [
    ...(isBad({ mark }) ? [MARK_WORDS[mark]] : []),
    ...(segment ? [segment] : []),
    ...(shared ? ['shared'] : []),
    ...(external ? ['external'] : []),
  ]
}

export function routerTags(router: Router): string[] {
  const { mark, ha, distributed, foreign } = router
  return [
    ...(isBad({ mark }) ? [MARK_WORDS[mark]] : []),
    ...(distributed ? ['distributed'] : []),
    ...(ha ? ['HA'] : []),
    ...(foreign ? ['not yours'] : []),
    'router',
  ]
}

/** `gateway 10.0.0.1`, `no gateway`, and that nobody answers DHCP there. */
export function subnetNotes({ gateway, dhcp }: Subnet): string[] {
  return [gateway === null ? 'no gateway' : `gateway ${gateway}`, ...(dhcp ? [] : ['no DHCP'])]
}

/** What is special about a port, besides its address. */
export function portNotes({ mark, alsoOn, kind, device, owner, addresses }: Port): string[] {
  return [
    ...(isBad({ mark }) ? [MARK_WORDS[mark]] : []),
    ...(addresses.length === 0 ? ['no address'] : []),
    ...(kind === 'port' ? [owner || (device === null ? 'not plugged' : 'port')] : []),
    ...(alsoOn.length > 0 ? [`also on ${alsoOn.join(', ')}`] : []),
  ]
}

/** The address alone, unless the port has several it could mean. */
export function floatingIpText({ address, fixed }: FloatingIp, { addresses }: Port): string {
  return fixed !== null && addresses.length > 1 && addresses[0] !== fixed ? `${address} (${fixed})` : address
}

/** What stands on the line between a router and a network. */
export function linkText({ addresses, snat, mark, kind }: Link): string {
  return [
    addresses.join(', ') || 'no address',
    ...(kind === 'gateway' && snat !== null ? [snat ? 'SNAT' : 'no SNAT'] : []),
    ...(isBad({ mark }) ? [MARK_WORDS[mark]] : []),
  ].join('  ')
}

/** `3 instances`, `1 instance (1 DOWN)`; what is bad is said. */
export function counted(items: readonly { readonly mark: Mark }[], one: string): string {
  const bad = Map.groupBy(items.filter(isBad), ({ mark }) => MARK_WORDS[mark])
  const notes = [...bad].map(([word, marked]) => `${marked.length} ${word}`)
  return `${plural(items.length, one)}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`
}

export function plural(count: number, one: string): string {
  return `${count} ${count === 1 ? one : `${one}s`}`
}

/** One line that counts everything. */
export function summaryOf({ networks, routers, securityGroups }: Topology): string {
  const ports = networks.flatMap((network) => network.ports)
  const instances = instancesOf(ports)
  const free = networks.reduce((sum, network) => sum + network.freeFloatingIps.length, 0)
  const floating = ports.reduce((sum, port) => sum + port.floatingIps.length, free)
  const other = ports.filter(({ kind }) => kind === 'port')
  return [
    counted(networks, 'network'),
    counted(routers, 'router'),
    counted(instances, 'instance'),
    ...(other.length > 0 ? [counted(other, 'other port')] : []),
    ...(floating > 0 ? [`${plural(floating, 'floating IP')}${free > 0 ? ` (${free} free)` : ''}`] : []),
    ...(securityGroups === null ? [] : [plural(securityGroups, 'security group')]),
  ].join(', ')
}

/** One port for each instance: one that is in trouble, if it has one. */
function instancesOf(ports: readonly Port[]): Port[] {
  const devices = Map.groupBy(
    ports.filter(({ kind }) => kind === 'instance'),
    ({ device }) => device,
  )
  return [...devices.values()].map((own) => own.find(isBad) ?? own[0]!)
}

/** `10.0.0.0/24, 2001:db8::/64`. */
export function cidrsOf({ subnets }: Network): string {
  return subnets.map(({ cidr }) => cidr).join(', ') || 'no subnet'
}

/** `dhcp 10.0.0.2, 10.0.0.3`, one for each kind of service. */
export function serviceTexts({ services }: Network): string[] {
  return [...Map.groupBy(services, ({ name }) => name)].map(([name, own]) => {
    const addresses = own.map(({ addresses, mark }) =>
      [addresses.join(', '), isBad({ mark }) ? `(${MARK_WORDS[mark]})` : ''].filter(Boolean).join(' '),
    )
    return `${name} ${addresses.filter(Boolean).join(', ')}`.trim()
  })
}

export const EMPTY = 'Nothing here yet. Begin with: neutron net-create NAME'
