/**
 * Address allocation, decided by the database: a candidate belongs to whom the primary key of `ip_allocations` lets
 * insert it. Candidates come from a window of the pools, a whole bulk create at a time; a candidate that somebody else
 * got first is replaced, until the pools are full. Nothing here locks a subnet, and nothing reads all its addresses.
 * Source: Networking API v2.0, "Ports", `fixed_ips`; error types and texts are upstream's.
 */
import { findFree, type Taken } from '#base/gaps.ts'
import { formatIp, type IpRange, parseIp } from '#base/ip.ts'
import { StoreBusy } from '#store/errors.ts'
import type { Tx } from '#store/store.ts'
import { IpAddressAlreadyAllocated, IpAddressGenerationFailure } from './errors.ts'
import { type IpAllocation, ipAllocations } from './tables.ts'

/** What allocation needs to know of a subnet. */
export interface Pool {
  readonly id: string
  readonly network_id: string
  readonly ip_version: 4 | 6
  readonly allocation_pools: readonly { readonly start: string; readonly end: string }[]
}

export interface Address {
  readonly subnet_id: string
  readonly ip_address: string
}

/** One address for one port. */
export type AddressRequest =
  /** Just this one, inside the pools or not. */
  | { readonly portId: string; readonly networkId: string; readonly subnetId: string; readonly ip: string }
  /** Any free one of the first pool that has one; `lowest`: the pool's lowest free one. */
  | {
      readonly portId: string
      readonly networkId: string
      readonly pools: readonly Pool[]
      readonly lowest: boolean
    }

type Exact = Extract<AddressRequest, { readonly ip: string }>
type Open = Extract<AddressRequest, { readonly lowest: boolean }>

/**
 * Turns of picking and inserting before the transaction is given back as busy; each turn that fails found a taken one.
 */
const TURNS_MAX = 100

/**
 * One address per request, in their order.
 * @throws IpAddressAlreadyAllocated when an exact address has an owner, IpAddressGenerationFailure when pools are full.
 */
export async function allocate(tx: Tx, requests: readonly AddressRequest[]): Promise<Address[]> {
  const given = new Map<AddressRequest, Address>()
  await allocateExact(tx, requests.filter(isExact), given)
  for (const group of groups(requests)) await allocateOpen(tx, group, given)
  return requests.map((request) => given.get(request)!)
}

/** Gives back every address of those ports. */
export async function releasePorts(tx: Tx, portIds: readonly string[]): Promise<void> {
  await tx.remove(ipAllocations, { port_id: portIds })
}

/** Gives back some addresses of one port. */
export async function release(tx: Tx, portId: string, addresses: readonly Address[]): Promise<void> {
  for (const [subnetId, ips] of Map.groupBy(addresses, ({ subnet_id }) => subnet_id)) {
    const keys = ips.map(({ ip_address }) => sortKey(ip_address))
    await tx.remove(ipAllocations, { port_id: portId, subnet_id: subnetId, sort_key: keys })
  }
}

/** An address as `ip_allocations.sort_key` has it. Pure. */
export function sortKey(ip: string): string {
  const { version, value } = parseIp(ip)!
  return keyOf(version, value)
}

function keyOf(version: 4 | 6, value: bigint): string {
  return value.toString(16).padStart(version === 4 ? 8 : 32, '0')
}

function isExact(request: AddressRequest): request is Exact {
  return 'ip' in request
}

async function allocateExact(tx: Tx, requests: readonly Exact[], given: Map<AddressRequest, Address>): Promise<void> {
  if (requests.length === 0) return
  const wanted = requests.map((request) => ({ request, row: rowOf(request, request.subnetId, request.ip) }))
  wanted.sort((a, b) => (orderOf(a.row) < orderOf(b.row) ? -1 : 1))
  const rows = wanted.map(({ row }) => row)
  const twice = rows.find((row, index) => index > 0 && orderOf(row) === orderOf(rows[index - 1]!))
  const mine = twice ? new Set<string>() : await insertMine(tx, rows)
  const lost = twice ?? rows.find((row) => !mine.has(orderOf(row)))
  if (lost) throw IpAddressAlreadyAllocated({ ip: lost.ip_address, subnet_id: lost.subnet_id })
  for (const { request, row } of wanted) given.set(request, { subnet_id: row.subnet_id, ip_address: row.ip_address })
}

/** Requests that any address of the same pools will do for, together. */
function groups(requests: readonly AddressRequest[]): Open[][] {
  const open = requests.filter((request): request is Open => !isExact(request))
  const sameKind = ({ pools, lowest }: Open) => `${lowest} ${pools.map(({ id }) => id).join(' ')}`
  return [...Map.groupBy(open, sameKind).values()]
}

async function allocateOpen(tx: Tx, requests: readonly Open[], given: Map<AddressRequest, Address>): Promise<void> {
  const waiting = [...requests]
  const { pools, lowest, networkId } = requests[0]!
  for (const pool of pools) {
    const refused = new Set<bigint>()
    const ranges = rangesOf(pool)
    for (let turn = 0; waiting.length > 0; turn++) {
      if (turn === TURNS_MAX) throw new StoreBusy(`addresses of subnet ${pool.id} were taken ${TURNS_MAX} times over`)
      const free = await findFree(ranges, waiting.length, { taken: takenIn(tx, pool), refused, lowest })
      if (free.length === 0) break
      const tried = free.map((value, index) => rowOf(waiting[index]!, pool.id, formatIp(pool.ip_version, value)))
      const mine = await insertMine(tx, tried)
      const served = new Set<Open>()
      for (const [index, row] of tried.entries()) {
        if (!mine.has(orderOf(row))) {
          refused.add(free[index]!)
          continue
        }
        given.set(waiting[index]!, { subnet_id: pool.id, ip_address: row.ip_address })
        served.add(waiting[index]!)
      }
      waiting.splice(0, waiting.length, ...waiting.filter((request) => !served.has(request)))
    }
  }
  if (waiting.length > 0) throw IpAddressGenerationFailure({ net_id: networkId })
}

function rowOf({ portId, networkId }: AddressRequest, subnetId: string, ip: string): IpAllocation {
  return { port_id: portId, network_id: networkId, subnet_id: subnetId, ip_address: ip, sort_key: sortKey(ip) }
}

function orderOf({ subnet_id, sort_key }: Pick<IpAllocation, 'subnet_id' | 'sort_key'>): string {
  return `${subnet_id} ${sort_key}`
}

function rangesOf({ allocation_pools }: Pool): IpRange[] {
  return allocation_pools.map(({ start, end }) => ({ first: parseIp(start)!.value, last: parseIp(end)!.value }))
}

/** Inserts the rows that meet no owner, lowest first so that bulk creates do not wait for each other in a ring. */
async function insertMine(tx: Tx, rows: readonly IpAllocation[]): Promise<Set<string>> {
  if ((await tx.insertMissing(ipAllocations, rows)) === rows.length) return new Set(rows.map(orderOf))
  const mine = new Set<string>()
  for (const [subnetId, some] of Map.groupBy(rows, ({ subnet_id }) => subnet_id)) {
    const owners = new Map(some.map(({ sort_key, port_id }) => [sort_key, port_id]))
    const there = await tx.list(ipAllocations, {
      subnet_id: subnetId,
      sort_key: [...owners.keys()],
      port_id: [...new Set(owners.values())],
    })
    for (const row of there) if (owners.get(row.sort_key) === row.port_id) mine.add(orderOf(row))
  }
  return mine
}

function takenIn(tx: Tx, { id, ip_version }: Pool): Taken {
  const between = (first: bigint, last: bigint) =>
    tx.sql
      .selectFrom(ipAllocations.name)
      .where('subnet_id', '=', id)
      .where('sort_key', '>=', keyOf(ip_version, first))
      .where('sort_key', '<=', keyOf(ip_version, last))
  return {
    async within(first, last) {
      const rows = await between(first, last).select('sort_key').execute()
      return rows.map(({ sort_key }) => BigInt(`0x${sort_key}`))
    },
    async perBlock(first, last, bits) {
      const digits = (ip_version === 4 ? 8 : 32) - bits / 4
      const rows = await between(first, last)
        .select(({ fn, val, ref }) => [
          fn<string>('substr', [ref('sort_key'), val(1), val(digits)]).as('block'),
          fn.countAll().as('taken'),
        ])
        .groupBy('block')
        .execute()
      return new Map(rows.map(({ block, taken }) => [BigInt(`0x${block || 0}`), Number(taken)]))
    },
  }
}
