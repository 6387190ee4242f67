/**
 * The graph as nodes and links, as exchange forms want it: an instance is one node however many ports it has, a port of
 * nobody's is a node of its own; and what stands on each. Pure.
 */
import type { Link, Network, Port, Router, Topology } from './graph.ts'
import * as words from './words.ts'

export type Node =
  | { readonly kind: 'network'; readonly id: string; readonly network: Network }
  | { readonly kind: 'router'; readonly id: string; readonly router: Router }
  /** `ports`: all of the instance's that are known. */
  | { readonly kind: 'instance' | 'port'; readonly id: string; readonly label: string; readonly ports: readonly Port[] }

export type Edge =
  | { readonly kind: 'gateway' | 'interface'; readonly from: string; readonly to: string; readonly link: Link }
  | { readonly kind: 'port'; readonly from: string; readonly to: string; readonly port: Port }

export interface Outline {
  readonly nodes: readonly Node[]
  readonly edges: readonly Edge[]
}

/** Links lead inwards: from an external network to a router, from there to a network, from there to an instance. */
export function outlineOf({ networks, routers, links }: Topology): Outline {
  const ports = networks.flatMap((network) => network.ports)
  const devices = Map.groupBy(ports, (port) => (port.kind === 'instance' ? port.device! : port.id))
  return {
    nodes: [
      ...networks.map((network): Node => ({ kind: 'network', id: network.id, network })),
      ...routers.map((router): Node => ({ kind: 'router', id: router.id, router })),
      ...[...devices].map(([id, own]): Node => ({ kind: own[0]!.kind, id, label: own[0]!.label, ports: own })),
    ],
    edges: [
      ...links.map((link): Edge => {
        const [from, to] = link.kind === 'gateway' ? [link.network, link.router] : [link.router, link.network]
        return { kind: link.kind, from, to, link }
      }),
      ...ports.map(
        (port): Edge => ({
          kind: 'port',
          from: port.network,
          to: port.kind === 'instance' ? port.device! : port.id,
          port,
        }),
      ),
    ],
  }
}

/** What stands on a node, a line each. */
export function linesOfNode(node: Node): string[] {
  if (node.kind === 'network') {
    const cidrs = node.network.subnets.map(({ cidr }) => cidr)
    return [node.network.label, ...cidrs, words.networkTags(node.network).join(', ')].filter(Boolean)
  }
  if (node.kind === 'router') return [node.router.label, words.routerTags(node.router).join(', ')]
  const notes = [...new Set(node.ports.map((port) => words.MARK_WORDS[port.mark]))].join(', ')
  return [node.label, notes].filter(Boolean)
}

export function isBadNode(node: Node): boolean {
  if (node.kind === 'network') return words.isBad(node.network)
  return node.kind === 'router' ? words.isBad(node.router) : node.ports.some(words.isBad)
}

/** What stands beside a link, a line each. */
export function linesOfEdge(edge: Edge): string[] {
  if (edge.kind !== 'port') return [words.linkText(edge.link)]
  const floating = edge.port.floatingIps.map(({ address }) => `⇄ ${address}`)
  return [edge.port.addresses.join(', ') || 'no address', ...floating]
}
