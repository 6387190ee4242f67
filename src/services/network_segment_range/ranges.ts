/**
 * What a range may be, and when it may change: those of the configuration never, others not below an id that is used.
 * Source: Networking API v2.0, "Network Segment Ranges"; texts are upstream's.
 */
import { and, equals } from '#base/predicate.ts'
import type { Types } from '#ml2/segments.ts'
import { type NetworkSegmentRange, networkSegmentRanges } from '#ml2/tables.ts'
import type { Creating, Deleting, Draft, Hooks, Updating } from '#plugin/plugin.ts'
import { BadRequest, InvalidInput } from '#resource/errors.ts'
import type { Tx } from '#store/store.ts'
import {
  NetworkSegmentRangeDefaultReadOnly,
  NetworkSegmentRangeNetTypeNotSupported,
  NetworkSegmentRangeOverlaps,
  NetworkSegmentRangeReferencedByProject,
  NetworkTunnelRangeError,
  NetworkVlanRangeError,
} from './errors.ts'
import { segmentsIn } from './usage.ts'

/** The largest id of each type that has ids. */
const ID_MAX: { readonly [type: string]: number } = {
  vlan: 4094,
  vxlan: 2 ** 24 - 1,
  gre: 2 ** 32 - 1,
  geneve: 2 ** 24 - 1,
}

export function rangeHooks({ drivers }: Types): Hooks<NetworkSegmentRange> {
  return {
    async beforeCreate({ tx, rows }: Creating<NetworkSegmentRange>) {
      await lockRanges(tx)
      const added: NetworkSegmentRange[] = []
      for (const row of rows) {
        complete(row, new Set(drivers.keys()))
        const range = row as NetworkSegmentRange
        checkIds(range)
        await refuseOverlap(tx, range, added)
        added.push(range)
      }
    },
    async beforeUpdate({ tx, before, after, values }: Updating<NetworkSegmentRange>) {
      if (before.default) throw NetworkSegmentRangeDefaultReadOnly({ range_id: before.id })
      if (!('minimum' in values) && !('maximum' in values)) return
      const used = await segmentsIn(tx, [before])
      const [first, last] = [used[0], used.at(-1)]
      if (first && last && (after.minimum >= first.segmentation_id || after.maximum <= last.segmentation_id)) {
        throw NetworkSegmentRangeReferencedByProject({ range_id: before.id })
      }
      checkIds(after)
    },
    async beforeDelete({ tx, before }: Deleting<NetworkSegmentRange>) {
      if (before.default) throw NetworkSegmentRangeDefaultReadOnly({ range_id: before.id })
      if ((await segmentsIn(tx, [before])).length > 0) {
        throw NetworkSegmentRangeReferencedByProject({ range_id: before.id })
      }
    },
  }
}

function complete(row: Draft<NetworkSegmentRange>, types: ReadonlySet<string>): void {
  const { network_type = null } = row
  if (network_type === null || !types.has(network_type) || !(network_type in ID_MAX)) {
    throw NetworkSegmentRangeNetTypeNotSupported({ type: network_type })
  }
  row.default = false
  if (row.shared) row.project_id = null
  else if (!row.project_id) throw InvalidInput({ error_message: 'a range that is not shared has a project_id' })
  if (network_type !== 'vlan') row.physical_network = null
  else if (row.physical_network === undefined) {
    throw BadRequest({
      resource: 'network_segment_range',
      msg: "Network type vlan requires 'physical_network' to be specified while creating new range",
    })
  }
}

/** @throws NetworkVlanRangeError, NetworkTunnelRangeError */
function checkIds({ network_type, minimum, maximum }: NetworkSegmentRange): void {
  const range = `${minimum}:${maximum}`
  const wrong = [minimum, maximum].find((id) => id > ID_MAX[network_type]!)
  if (network_type === 'vlan') {
    if (wrong !== undefined)
      throw NetworkVlanRangeError({ vlan_range: range, error: `${wrong} is not a valid VLAN tag` })
    if (maximum < minimum) {
      throw NetworkVlanRangeError({ vlan_range: range, error: 'End of VLAN range is less than start of VLAN range' })
    }
    return
  }
  if (wrong !== undefined) {
    throw NetworkTunnelRangeError({ tunnel_range: range, error: `${wrong} is not a valid ${network_type} identifier` })
  }
  if (maximum < minimum) {
    throw NetworkTunnelRangeError({
      tunnel_range: range,
      error: 'End of tunnel range is less than start of tunnel range',
    })
  }
}

async function refuseOverlap(tx: Tx, range: NetworkSegmentRange, added: readonly NetworkSegmentRange[]): Promise<void> {
  const { network_type, physical_network, minimum, maximum } = range
  const near = await tx.select(networkSegmentRanges, {
    where: and(
      equals('default', false),
      equals('network_type', network_type),
      equals('physical_network', physical_network),
    ),
    sort: [{ column: 'id', direction: 'asc' }],
  })
  const own = added.filter(
    (other) => other.network_type === network_type && other.physical_network === physical_network,
  )
  const over = [...near, ...own].filter((other) => minimum <= other.maximum && maximum >= other.minimum)
  if (over.length > 0) throw NetworkSegmentRangeOverlaps({ range_id: over.map(({ id }) => id).join(', ') })
}

/** Ranges are made one after the other. SQLite has one writer and needs no lock. */
async function lockRanges(tx: Tx): Promise<void> {
  if (tx.dialect === 'sqlite') return
  await tx.sql.selectFrom(networkSegmentRanges.name).select('id').orderBy('id').forUpdate().execute()
}
