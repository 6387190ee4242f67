/**
 * How many addresses networks and their subnets have, and how many are taken. Two statements for any number of
 * networks: their subnets, and the addresses in use. Where nobody asks how many of those lie in pools, the database
 * counts them.
 * Source: Networking API v2.0, "Network IP availability".
 */
import type { Json } from '#base/json.ts'
import { and, isIn, type Predicate } from '#base/predicate.ts'
import { subnets } from '#core/subnet/tables.ts'
import { sortKey } from '#ipam/allocate.ts'
import { ipAllocations } from '#ipam/tables.ts'
import { definePlugin } from '#plugin/plugin.ts'
import type { Tx } from '#store/store.ts'
import { availabilityOf, type Counted, type Used } from './availability.ts'
import api from './definition.ts'
import { type NetworkIpAvailability, networkIpAvailabilities } from './tables.ts'

const DETAILS = 'ip_availability_details'
/** Subnets that are named in a statement; of more, all there are are counted. */
const IDS_MAX = 1_000
const SHOWN = ['total_ips', 'used_ips', 'subnet_ip_availability', DETAILS]

export default definePlugin({
  api,
  start({ serve, show }) {
    serve('network_ip_availability', networkIpAvailabilities, {
      filters: {
        ip_version: (values) => ({
          op: 'exists',
          table: subnets.name,
          column: 'network_id',
          equals: 'id',
          where: ofVersions(values),
        }),
      },
    })
    show<NetworkIpAvailability>('network_ip_availability', SHOWN, async ({ tx, rows, fields, filters }) => {
      const detailed = fields === null || fields.includes(DETAILS) || fields.includes('subnet_ip_availability')
      const versions = filters.get('ip_version')
      const found = await tx.select(subnets, {
        where: and(
          isIn(
            'network_id',
            rows.map(({ id }) => id),
          ),
          ...(versions ? [ofVersions(versions)] : []),
        ),
        columns: ['id', 'name', 'network_id', 'cidr', 'ip_version', 'allocation_pools'],
        sort: [{ column: 'created_at', direction: 'asc' }],
      })
      const used = detailed ? await usedInPools(tx, found) : await counted(tx, found)
      const below = Map.groupBy(found, ({ network_id }) => network_id)
      return new Map(rows.map(({ id }) => [id, availabilityOf(below.get(id) ?? [], used, detailed)]))
    })
  },
})

function ofVersions(values: readonly Json[]): Predicate {
  return isIn('ip_version', values.map(Number).filter(Number.isSafeInteger))
}

async function counted(tx: Tx, found: readonly Counted[]): Promise<Map<string, Used>> {
  const all = tx.sql
    .selectFrom(ipAllocations.name)
    .select(({ fn }) => ['subnet_id', fn.countAll().as('used')])
    .groupBy('subnet_id')
  const ids = found.map(({ id }) => id)
  const rows = await (ids.length > IDS_MAX ? all : all.where('subnet_id', 'in', ['', ...ids])).execute()
  return new Map(rows.map(({ subnet_id, used }) => [String(subnet_id), { all: Number(used), inPools: 0 }]))
}

async function usedInPools(tx: Tx, found: readonly Counted[]): Promise<Map<string, Used>> {
  const ids = found.map(({ id }) => id)
  const rows = await tx.select(ipAllocations, { where: isIn('subnet_id', ids), columns: ['subnet_id', 'sort_key'] })
  const taken = Map.groupBy(rows, ({ subnet_id }) => subnet_id)
  return new Map(
    found.map(({ id, allocation_pools }) => {
      const all = taken.get(id) ?? []
      const pools = allocation_pools.map(({ start, end }) => ({ first: sortKey(start), last: sortKey(end) }))
      const pooled = all.filter(({ sort_key }) =>
        pools.some(({ first, last }) => first <= sort_key && sort_key <= last),
      )
      return [id, { all: all.length, inPools: pooled.length }]
    }),
  )
}
