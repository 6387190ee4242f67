/**
 * Addresses of ports that come and go with a subnet, many ports at a time: allocations and the ports' `fixed_ips` are
 * written together, one statement for a slice of ports.
 */
import { and, isIn, not } from '#base/predicate.ts'
import { autoAddress } from '#core/subnet/addressing.ts'
import { mayServe } from '#core/subnet/service-types.ts'
import type { Subnet } from '#core/subnet/tables.ts'
import { type AddressRequest, allocate } from '#ipam/allocate.ts'
import type { Operation, Resources } from '#plugin/plugin.ts'
import { sql } from '#store/kysely.ts'
import type { Tx } from '#store/store.ts'
import { ROUTER_OWNERS_SNAT } from './plan.ts'
import { type FixedIp, ipAllocations, type Port, ports } from './tables.ts'

/** Ports whose addresses one statement sets. */
const SLICE = 200

/** Ports of the subnets' networks get their automatic address; routers choose theirs themselves. */
export async function addAutoAddresses(op: Operation, resources: Resources, subnets: readonly Subnet[]): Promise<void> {
  const networkIds = [...new Set(subnets.map(({ network_id }) => network_id))]
  const there = await op.tx.select(ports, {
    where: and(isIn('network_id', networkIds), not(isIn('device_owner', ROUTER_OWNERS_SNAT))),
  })
  const requests: AddressRequest[] = there.flatMap((port) =>
    subnets
      .filter((subnet) => subnet.network_id === port.network_id && mayServe(subnet, port.device_owner))
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
