/**
 * Where everything goes: the graph as a forest that can be drawn without crossing lines. External networks stand on
 * top, below each the routers whose gateway it is, below each router its networks. What would be drawn twice (a network
 * of two routers, a cycle) is drawn once and named the other times. Pure; knows nothing of terminals or pictures.
 */
import type { Link, Network, Router, Topology } from './graph.ts'

export interface Leaf {
  readonly link: Link
  readonly network: Network
  /** False: it is drawn elsewhere, and only named here. */
  readonly drawn: boolean
}

export interface Branch {
  readonly router: Router
  /** The link to the network it stands under; null: it has no gateway. */
  readonly gateway: Link | null
  /** Further gateways, and interfaces on networks that stand on top. */
  readonly others: readonly { readonly link: Link; readonly network: Network }[]
  readonly leaves: readonly Leaf[]
}

export interface Trunk {
  /** Null: routers without a gateway. */
  readonly network: Network | null
  readonly branches: readonly Branch[]
}

export interface Arrangement {
  readonly trunks: readonly Trunk[]
  /** Networks that no router joins to another. */
  readonly apart: readonly Network[]
  /** Others' networks that could be used, and are not. */
  readonly unused: readonly Network[]
}

export function arrange({ networks, routers, links }: Topology): Arrangement {
  const byId = new Map(networks.map((network) => [network.id, network]))
  const gateways = links.filter(({ kind }) => kind === 'gateway')
  const tops = new Set(gateways.map(({ network }) => network))
  const ofRouter = Map.groupBy(links, ({ router }) => router)
  const drawn = new Set(tops)

  const branchOf = (router: Router): Branch => {
    const own = ofRouter.get(router.id) ?? []
    const gateway = own.find(({ kind }) => kind === 'gateway') ?? null
    const named = own
      .filter((link) => link !== gateway && tops.has(link.network))
      .map((link) => ({ link, network: byId.get(link.network)! }))
    const leaves = own
      .filter(({ network }) => !tops.has(network))
      .map((link) => {
        const first = !drawn.has(link.network)
        drawn.add(link.network)
        return { link, network: byId.get(link.network)!, drawn: first }
      })
    return { router, gateway, others: named, leaves }
  }

  const firstGateway = new Map(gateways.toReversed().map(({ router, network }) => [router, network]))
  const under = Map.groupBy(routers, ({ id }) => firstGateway.get(id) ?? null)
  const trunks: Trunk[] = networks
    .filter(({ id }) => tops.has(id))
    .map((network) => ({ network, branches: (under.get(network.id) ?? []).map(branchOf) }))
  const inner = (under.get(null) ?? []).map(branchOf)
  const rest = networks.filter(({ id }) => !drawn.has(id))
  return {
    trunks: inner.length > 0 ? [...trunks, { network: null, branches: inner }] : trunks,
    apart: rest.filter((network) => !isUnused(network)),
    unused: rest.filter(isUnused),
  }
}

function isUnused({ foreign, ports, freeFloatingIps }: Network): boolean {
  return foreign && ports.length === 0 && freeFloatingIps.length === 0
}
