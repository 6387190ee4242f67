/**
 * Addresses of ports that come and go with a subnet, many ports at a time: allocations and the ports' `fixed_ips` are
 * written together, one statement for a slice of ports.
 */
import { and, isIn, not } from '#base/predicate.ts'
import { autoAddress } from '#core/subnet/addressing.ts'
import { mayServe } from '#core/subnet/service-types.ts'
import { type Subnet, subnets } from '#core/subnet/tables.ts'
import { type AddressRequest, allocate } from '#ipam/allocate.ts'
import type { Operation, Resources } from '#plugin/plugin.ts'
import { sql } from '#store/kysely.ts'
import type { Tx } from '#store/store.ts'
import { ROUTER_OWNERS_SNAT } from './plan.ts'
import { hostOf, isRouted, segmentOf, segmentsOfHosts } from './routed.ts'
import { type FixedIp, ipAllocations, type Port, ports } from './tables.ts'

/** Ports whose addresses one statement sets. */
const SLICE = 200

/** Ports of the subnets' networks get their automatic address; routers choose theirs themselves. */
export async function addAutoAddresses(op: Operation, resources: Resources, added: readonly Subnet[]): Promise<void> {
  const networkIds = [...new Set(added.map(({ network_id }) => network_id))]
  const there = await op.tx.select(ports, {
    where: and(isIn('network_id', networkIds), not(isIn('device_owner', ROUTER_OWNERS_SNAT))),
  })
  const near = await nearTo(op, resources, there, added)
  const requests: AddressRequest[] = there.flatMap((port) =>
    added
      .filter((subnet) => subnet.network_id === port.network_id && mayServe(subnet, port.device_owner))
      .filter((subnet) => near(port, subnet))
      .map((subnet) => ({
        portId: port.id,
        networkId: port.network_id,
        subnetId: subnet.id,
        ip: autoAddress(subnet, port.mac_address),
      })),
  )
  const given = await allocate(op.tx, requests)
  const more = Map.groupBy(
    given.map((address, index) => ({ address, portId: requests[index]!.portId })),
    ({ portId }) => portId,
  )
  await setFixedIps(
    op,
    resources,
    new Map(
      there.map((port) => [port.id, [...port.fixed_ips, ...(more.get(port.id) ?? []).map(({ address }) => address)]]),
    ),
  )
}

/** Whether a subnet's addresses mean anything where a port is: by its host, else by the addresses it has. */
async function nearTo(
  op: Operation,
  resources: Resources,
  there: readonly Port[],
  added: readonly Subnet[],
): Promise<(port: Port, subnet: Subnet) => boolean> {
  if (!isRouted(added)) return () => true
  const networkIds = [...new Set(added.map(({ network_id }) => network_id))]
  const all = await op.tx.list(subnets, { network_id: networkIds })
  const segments = new Map(all.map((subnet) => [subnet.id, segmentOf(subnet)]))
  const hosts = [...new Set(there.map(hostOf).filter((host) => host !== ''))]
  const reached = await segmentsOfHosts(op, resources, networkIds, hosts)
  return (port, subnet) => {
    const segment = segmentOf(subnet)
    if (segment === null) return true
    if (hostOf(port) !== '') return reached.get(hostOf(port))!.has(segment)
    return port.fixed_ips.some(({ subnet_id }) => segments.get(subnet_id) === segment)
  }
}

/** Every port's addresses of the subnet are given back. */
export async function dropSubnetAddresses(op: Operation, resources: Resources, { id }: Subnet): Promise<void> {
  const holders = await portsOn(op.tx, id)
  await op.tx.remove(ipAllocations, { subnet_id: id })
  await setFixedIps(
    op,
    resources,
    new Map(holders.map((port) => [port.id, port.fixed_ips.filter(({ subnet_id }) => subnet_id !== id)])),
  )
}

function portsOn(tx: Tx, subnetId: string): Promise<Port[]> {
  return tx.select(ports, {
    where: {
      op: 'exists',
      table: ipAllocations.name,
      column: 'port_id',
      equals: 'id',
      where: isIn('subnet_id', [subnetId]),
    },
  })
}

async function setFixedIps(
  op: Operation,
  resources: Resources,
  byPort: ReadonlyMap<string, readonly FixedIp[]>,
): Promise<void> {
  const all = [...byPort]
  for (let index = 0; index < all.length; index += SLICE) {
    const slice = all.slice(index, index + SLICE)
    const branches = slice.map(([id, fixedIps]) => sql()`when ${id} then ${JSON.stringify(fixedIps)}`)
    await op.tx.sql
      .updateTable(ports.name)
      .set({ fixed_ips: sql()`case id ${sql().join(branches, sql()` `)} else fixed_ips end` })
      .where(
        'id',
        'in',
        slice.map(([id]) => id),
      )
      .execute()
  }
  await resources.touch(op, 'port', [...byPort.keys()])
}
