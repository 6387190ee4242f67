/**
 * Where a new subnet's CIDR comes from: its pool's free prefixes, within the pool's bounds and the project's quota, and
 * whether the pool fits the network's other subnets. The rows of all pools that decide are locked first, in one order:
 * who cuts from a pool, changes or deletes it does so alone.
 * Source: Networking API v2.0, "Subnet pools"; refusals and the prefix that is chosen are upstream's.
 */
import { type Cidr, cidrOf, formatCidr, formatIp, parseCidr, parseIp } from '#base/ip.ts'
import { isIn } from '#base/predicate.ts'
import type { Subnet } from '#core/subnet/tables.ts'
import { subnets } from '#core/subnet/tables.ts'
import { mayUse } from '#plugin/grants.ts'
import type { Draft, Operation } from '#plugin/plugin.ts'
import { BadRequest } from '#resource/errors.ts'
import type { Tx } from '#store/store.ts'
import {
  MaxPrefixSubnetAllocationError,
  MinPrefixSubnetAllocationError,
  NetworkAddressScopeAffinityError,
  NetworkSubnetPoolAffinityError,
  SubnetAllocationError,
  SubnetPoolNotFound,
  SubnetPoolQuotaExceeded,
} from './errors.ts'
import { covers, firstFree, subtract } from './prefixes.ts'
import { type Subnetpool, subnetpools } from './tables.ts'
import { blocksOf } from './values.ts'

const BITS = { 4: 32, 6: 128 } as const
/** What quotas are counted in: addresses, or networks of the usual size. */
const QUOTA_UNIT = { 4: 32, 6: 64 } as const

/** Entries by which a project may cut from another's pool. */
const SHARED = ['access_as_shared'] as const

/** What is asked about the other subnets of a network. */
export type Neighbour = Pick<Subnet, 'network_id' | 'ip_version' | 'subnetpool_id'>
type Taken = { readonly cidr: Cidr; readonly projectId: string | null }

/**
 * Names the default pool in those rows that ask for it, after what the row alone says about its source.
 * @throws BadRequest
 */
export async function choosePools({ tx, context }: Operation, rows: readonly Draft<Subnet>[]): Promise<void> {
  for (const row of rows) checkSource(row)
  const asking = rows.filter((row) => row.use_default_subnetpool)
  if (asking.length === 0) return
  const defaults: Subnetpool[] = []
  for (const pool of await tx.list(subnetpools, { is_default: true })) {
    if (await mayUse(tx, context, SHARED, pool)) defaults.push(pool)
  }
  for (const row of asking) {
    const version = (row.cidr ? parseCidr(row.cidr)?.version : undefined) ?? row.ip_version!
    const pool = defaults.find(({ ip_version }) => ip_version === version)
    if (!pool) throw refusal(`No default subnetpool found for IPv${version}`)
    row.subnetpool_id = pool.id
  }
}

function checkSource(row: Draft<Subnet>): void {
  const { cidr, prefixlen, subnetpool_id, use_default_subnetpool } = row
  if (cidr && prefixlen !== undefined && prefixlen !== null) {
    throw refusal('cidr and prefixlen must not be supplied together')
  }
  if (use_default_subnetpool && subnetpool_id) {
    throw refusal('subnetpool_id and use_default_subnetpool cannot both be specified')
  }
  const pooled = subnetpool_id || use_default_subnetpool
  if (!pooled && !cidr) throw refusal('a subnetpool must be specified in the absence of a cidr')
  if (pooled && !cidr && row.allocation_pools) {
    throw refusal('allocation_pools allowed only for specific subnet requests.')
  }
}

function refusal(msg: string) {
  return BadRequest({ resource: 'subnets', msg })
}

/** The pools of a request and of its networks, locked. */
export class LockedPools {
  readonly #pools: ReadonlyMap<string, Subnetpool>
  readonly #taken: Map<string, Taken[]>

  constructor(pools: ReadonlyMap<string, Subnetpool>, taken: Map<string, Taken[]>) {
    this.#pools = pools
    this.#taken = taken
  }

  /** Gives a row that names a pool its CIDR, and the gateway that goes with one nobody chose. */
  allocate(row: Draft<Subnet>): void {
    if (!row.subnetpool_id) return
    const pool = this.#pools.get(row.subnetpool_id)!
    if (row.ip_version !== pool.ip_version) {
      throw refusal(`Cannot allocate IPv${row.ip_version} subnet from IPv${pool.ip_version} subnet pool`)
    }
    const taken = this.#taken.get(pool.id) ?? []
    const wanted = wantedBlock(row, pool)
    const block = chooseBlock(pool, taken, row.project_id ?? null, wanted)
    if (!row.cidr && row.gateway_ip === undefined && block.version === 6 && block.length < BITS[6]) {
      row.gateway_ip = formatIp(6, block.first + 1n)
    }
    row.cidr = formatCidr(block)
    this.#taken.set(pool.id, [...taken, { cidr: block, projectId: row.project_id ?? null }])
  }

  /**
   * Subnets of a network and IP version come from one pool, or from pools of one address scope.
   * @throws NetworkAddressScopeAffinityError, NetworkSubnetPoolAffinityError
   */
  checkAffinity(row: Draft<Subnet>, neighbours: readonly Neighbour[]): void {
    const near = neighbours.filter(
      ({ network_id, ip_version }) => network_id === row.network_id && ip_version === row.ip_version,
    )
    const scopeOf = (id: string | null) => (id === null ? null : (this.#pools.get(id)?.address_scope_id ?? null))
    const scope = near.map(({ subnetpool_id }) => scopeOf(subnetpool_id)).find((id) => id !== null) ?? null
    const own = row.subnetpool_id ?? null
    if (own !== null && scope !== null && scopeOf(own) !== scope) throw NetworkAddressScopeAffinityError()
    const foreign = (id: string | null) => (own === null ? id !== null : id !== own && scope === null)
    if (near.some(({ subnetpool_id }) => foreign(subnetpool_id))) throw NetworkSubnetPoolAffinityError()
  }
}

/**
 * Locks the pools that the rows name and those of the networks' subnets.
 * @throws SubnetPoolNotFound when a row's pool is not there for the caller.
 */
export async function lockPools(
  { tx, context }: Operation,
  rows: readonly Draft<Subnet>[],
  neighbours: readonly Neighbour[],
): Promise<LockedPools> {
  const named = rows.flatMap(({ subnetpool_id }) => subnetpool_id ?? [])
  const near = neighbours.flatMap(({ subnetpool_id }) => subnetpool_id ?? [])
  const ids = [...new Set([...named, ...near])].sort()
  if (ids.length === 0) return new LockedPools(new Map(), new Map())
  const pools = new Map((await lockRows(tx, ids)).map((pool) => [pool.id, pool]))
  for (const subnetpool_id of new Set(named)) {
    const pool = pools.get(subnetpool_id)
    if (!pool || !(await mayUse(tx, context, SHARED, pool))) throw SubnetPoolNotFound({ subnetpool_id })
  }
  const used = await tx.select(subnets, {
    where: isIn('subnetpool_id', [...new Set(named)]),
    columns: ['id', 'cidr', 'project_id', 'subnetpool_id'],
  })
  const taken = Map.groupBy(used, (subnet) => subnet.subnetpool_id!)
  const blocks = [...taken].map(([id, list]): [string, Taken[]] => [
    id,
    list.map(({ cidr, project_id }) => ({ cidr: parseCidr(cidr)!, projectId: project_id })),
  ])
  return new LockedPools(pools, new Map(blocks))
}

/** In order of ids. (SQLite has one writer at a time.) */
async function lockRows(tx: Tx, ids: readonly string[]): Promise<Subnetpool[]> {
  if (tx.dialect !== 'sqlite') {
    await tx.sql.selectFrom(subnetpools.name).select('id').where('id', 'in', ids).orderBy('id').forUpdate().execute()
  }
  return tx.list(subnetpools, { id: ids })
}

/** The block that was asked for; a length alone when any of that size will do. */
function wantedBlock(row: Draft<Subnet>, pool: Subnetpool): Cidr | number {
  if (row.cidr) return parseCidr(row.cidr)!
  const length = typeof row.prefixlen === 'number' ? row.prefixlen : pool.default_prefixlen
  const gateway = row.gateway_ip ? parseIp(row.gateway_ip) : null
  // A gateway says where the subnet is, if its size may be.
  return gateway?.version === pool.ip_version && length <= BITS[pool.ip_version] ? cidrOf(gateway, length) : length
}

/** Pure. @throws what upstream refuses with, in its order: bounds, quota, room. */
export function chooseBlock(
  pool: Subnetpool,
  taken: readonly Taken[],
  projectId: string | null,
  wanted: Cidr | number,
): Cidr {
  const { min_prefixlen, max_prefixlen, default_quota, ip_version } = pool
  const prefixlen = typeof wanted === 'number' ? wanted : wanted.length
  if (prefixlen > max_prefixlen) throw MaxPrefixSubnetAllocationError({ prefixlen, max_prefixlen })
  if (prefixlen < min_prefixlen) throw MinPrefixSubnetAllocationError({ prefixlen, min_prefixlen })
  if (default_quota) {
    const units = (length: number) => 2 ** (QUOTA_UNIT[ip_version] - length)
    const own = taken.filter((subnet) => subnet.projectId === projectId)
    const used = own.reduce((sum, { cidr }) => sum + units(cidr.length), 0)
    if (used + units(prefixlen) > default_quota) throw SubnetPoolQuotaExceeded()
  }
  const free = subtract(
    blocksOf(pool.prefixes),
    taken.map(({ cidr }) => cidr),
  )
  if (typeof wanted !== 'number') {
    if (covers(free, [wanted])) return wanted
    throw SubnetAllocationError({ reason: 'Cannot allocate requested subnet from the available set of prefixes' })
  }
  const block = firstFree(free, wanted)
  if (block) return block
  throw SubnetAllocationError({ reason: `Insufficient prefix space to allocate subnet size /${wanted}` })
}
