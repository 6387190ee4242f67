/** Subnet pools as rows, and which pool is the default of an IP version: the key decides who was first. */
import { type StandardRow, standardKinds, type TaggedRow, taggedKinds } from '#store/standard.ts'
import { type Table, table } from '#store/store.ts'

interface Base extends StandardRow, TaggedRow {
  ip_version: 4 | 6
  /** Compacted: disjoint, not to be joined further, lowest first. */
  prefixes: readonly string[]
  /** How much of the pool a project may have, in /32 or /64; null or zero: no limit. */
  default_quota: number | null
  default_prefixlen: number
  min_prefixlen: number
  max_prefixlen: number
  is_default: boolean
}

export interface Subnetpool extends Base {}

export const subnetpools = table<Base>('subnetpools', {
  ...standardKinds,
  ...taggedKinds,
  ip_version: 'integer',
  prefixes: 'json',
  default_quota: 'integer',
  default_prefixlen: 'integer',
  min_prefixlen: 'integer',
  max_prefixlen: 'integer',
  is_default: 'boolean',
}) as Table<Subnetpool>

export interface DefaultSubnetpool {
  ip_version: 4 | 6
  subnetpool_id: string
}

export const defaultSubnetpools = table<DefaultSubnetpool>('default_subnetpools', {
  ip_version: 'integer',
  subnetpool_id: 'text',
})
