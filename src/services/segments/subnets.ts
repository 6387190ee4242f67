/**
 * Subnets on segments: all of a network's subnets or none; the association is made once; the routes between them
 * follow. Every change of a network's subnets is made one after the other, by the lock on the network's row.
 * Source: Networking API v2.0, "Segments"; texts are upstream's.
 */
import { isIn } from '#base/predicate.ts'
import { ipAllocations, type Port, ports } from '#core/port/tables.ts'
import { isAutoAddress } from '#core/subnet/addressing.ts'
import { SubnetInUse } from '#core/subnet/errors.ts'
import { type Subnet, subnets } from '#core/subnet/tables.ts'
import { networkSegments } from '#ml2/tables.ts'
import type { Created, Creating, Deleting, Operation, PluginHost, Resources, Updating } from '#plugin/plugin.ts'
import type { Tx } from '#store/store.ts'
import {
  NetworkIdsDontMatch,
  NoUpdateSubnetWhenMultipleSegmentsOnNetwork,
  SegmentNotFound,
  SubnetSegmentAssociationChangeNotAllowed,
  SubnetsNotAllAssociatedWithSegments,
} from './errors.ts'
import { sameRoutes, withPeers } from './peer-routes.ts'

/** Subnets for routers' own addresses may be on no segment while the others are. */
const ROUTED = 'network:routed'
/** Networks that are going, with all their subnets: routes to those that go first are of no use. */
const going = new WeakMap<Tx, Set<string>>()

export function watchSubnets({ events, resources }: PluginHost): void {
  events.before<{ id: string }>('network', 'delete', async ({ tx, before: { id } }) => {
    going.set(tx, (going.get(tx) ?? new Set()).add(id))
  })
  events.before<Subnet>('subnet', 'create', associateNew)
  events.precommit<Subnet>('subnet', 'create', (created) => routeToNew(created, resources))
  events.before<Subnet>('subnet', 'update', associateLater)
  events.before<Subnet>('subnet', 'delete', keepLastAddress)
  events.precommit<Subnet>('subnet', 'delete', async ({ tx, context, before }) => {
    if (!before.segment_id || going.get(tx)?.has(before.network_id)) return
    await routeAll({ tx, context }, resources, [before.network_id], before.cidr)
  })
}

async function associateNew({ tx, rows }: Creating<Subnet>): Promise<void> {
  const all = rows as (Subnet & { id: string })[]
  for (const { network_id, segment_id } of all) await mustBeOn(tx, network_id, segment_id)
  const known = await tx.list(subnets, { network_id: [...new Set(all.map(({ network_id }) => network_id))] })
  for (const row of all) {
    const near = known.filter(({ network_id }) => network_id === row.network_id)
    const counted = [...near, row].filter((subnet) => !subnet.service_types?.includes(ROUTED))
    if (new Set(counted.map(({ segment_id }) => Boolean(segment_id))).size > 1) {
      throw SubnetsNotAllAssociatedWithSegments({ network_id: row.network_id })
    }
    if (row.segment_id && row.gateway_ip) row.host_routes = withPeers(row, near)
    known.push(row)
  }
}

/** @throws SegmentNotFound, NetworkIdsDontMatch */
async function mustBeOn(tx: Tx, networkId: string, segmentId: string | null): Promise<void> {
  if (!segmentId) return
  const segment = await tx.find(networkSegments, { id: segmentId })
  if (!segment) throw SegmentNotFound({ segment_id: segmentId })
  if (segment.network_id !== networkId) {
    throw NetworkIdsDontMatch({ subnet_network: networkId, segment_id: segmentId })
  }
}

async function associateLater({ tx, before, after, values }: Updating<Subnet>): Promise<void> {
  const { network_id } = before
  const near = await tx.list(subnets, { network_id })
  if ('segment_id' in values && after.segment_id !== before.segment_id) {
    const counted = near.filter(({ service_types }) => !service_types.includes(ROUTED))
    if (counted.length > 1) throw SubnetsNotAllAssociatedWithSegments({ network_id })
    if (counted.some(({ segment_id }) => segment_id)) throw SubnetSegmentAssociationChangeNotAllowed()
    if ((await tx.count(networkSegments, isIn('network_id', [network_id]))) > 1) {
      throw NoUpdateSubnetWhenMultipleSegmentsOnNetwork({ network_id })
    }
    await mustBeOn(tx, network_id, after.segment_id)
  }
  if (!after.segment_id) return
  const gatewayChanges = after.gateway_ip !== before.gateway_ip
  if (!gatewayChanges && sameRoutes(after.host_routes, before.host_routes)) return
  after.host_routes = withPeers(after, near, { oldGateway: gatewayChanges ? before.gateway_ip : null })
}

/** The subnets that were there get a route to the new ones. */
async function routeToNew({ tx, context, rows }: Created<Subnet>, resources: Resources): Promise<void> {
  const ids = rows.filter(({ segment_id }) => segment_id).map(({ network_id }) => network_id)
  if (ids.length > 0) await routeAll({ tx, context }, resources, [...new Set(ids)], null)
}

async function routeAll(op: Operation, resources: Resources, networkIds: string[], gone: string | null): Promise<void> {
  const all = Map.groupBy(await op.tx.list(subnets, { network_id: networkIds }), ({ network_id }) => network_id)
  const changed: string[] = []
  for (const near of all.values()) {
    for (const subnet of near) {
      const host_routes = withPeers(subnet, near, { gone })
      if (sameRoutes(host_routes, subnet.host_routes)) continue
      await op.tx.update(subnets, { id: subnet.id }, { host_routes })
      changed.push(subnet.id)
    }
  }
  await resources.touch(op, 'subnet', changed)
}

/** @throws SubnetInUse when a port would have no address left: addresses a port makes itself go with their subnet. */
async function keepLastAddress({ tx, before }: Deleting<Subnet>): Promise<void> {
  if (!before.segment_id || !isAutoAddress(before) || going.get(tx)?.has(before.network_id)) return
  const holders: Port[] = await tx.select(ports, {
    where: {
      op: 'exists',
      table: ipAllocations.name,
      column: 'port_id',
      equals: 'id',
      where: isIn('subnet_id', [before.id]),
    },
  })
  if (holders.some(({ fixed_ips }) => fixed_ips.every(({ subnet_id }) => subnet_id === before.id))) {
    throw SubnetInUse({
      subnet_id: before.id,
      reason: 'One or more ports have an IP allocation from this subnet',
    })
  }
}
