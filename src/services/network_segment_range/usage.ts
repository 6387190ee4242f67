/**
 * What of each range is used, by whose networks, and what is left: one statement for a page of ranges.
 * Source: Networking API v2.0, "Network Segment Ranges", `used` and `available`.
 */
import type { JsonObject } from '#base/json.ts'
import { networks } from '#core/network/tables.ts'
import { type NetworkSegmentRange, networkSegments } from '#ml2/tables.ts'
import type { Tx } from '#store/store.ts'

/** Ids told as available; a range may have four thousand million. */
const AVAILABLE_MAX = 100_000

interface Used {
  readonly network_type: string
  readonly physical_network: string | null
  readonly segmentation_id: number
  readonly project_id: string | null
}

/** By range. */
export async function usageOf(tx: Tx, ranges: readonly NetworkSegmentRange[]): Promise<Map<string, JsonObject>> {
  const taken = await segmentsIn(tx, ranges)
  return new Map(ranges.map((range) => [range.id, usage(range, taken)]))
}

/** The segments whose ids are in one of the ranges. */
export async function segmentsIn(
  tx: Tx,
  ranges: readonly Pick<NetworkSegmentRange, 'network_type' | 'physical_network' | 'minimum' | 'maximum'>[],
): Promise<Used[]> {
  if (ranges.length === 0) return []
  const rows = await tx.sql
    .selectFrom(networkSegments.name)
    .innerJoin(networks.name, 'networks.id', 'network_segments.network_id')
    .select(['network_type', 'physical_network', 'segmentation_id', 'networks.project_id'])
    .where(({ or, and, eb }) =>
      or(
        ranges.map(({ network_type, physical_network, minimum, maximum }) =>
          and([
            eb('network_type', '=', network_type),
            physical_network === null
              ? eb('physical_network', 'is', null)
              : eb('physical_network', '=', physical_network),
            eb('segmentation_id', '>=', minimum),
            eb('segmentation_id', '<=', maximum),
          ]),
        ),
      ),
    )
    .orderBy('segmentation_id')
    .execute()
  return rows.map((row) => ({ ...row, segmentation_id: Number(row.segmentation_id) }) as Used)
}

/** Pure. */
export function usage(
  { network_type, physical_network, minimum, maximum }: Omit<NetworkSegmentRange, never>,
  taken: readonly Used[],
): { used: { [id: string]: string | null }; available: number[] } {
  const here = taken.filter(
    (one) =>
      one.network_type === network_type &&
      one.physical_network === physical_network &&
      one.segmentation_id >= minimum &&
      one.segmentation_id <= maximum,
  )
  const ids = new Set(here.map(({ segmentation_id }) => segmentation_id))
  const available: number[] = []
  for (let id = minimum; id <= maximum && available.length < AVAILABLE_MAX; id++) if (!ids.has(id)) available.push(id)
  return { used: Object.fromEntries(here.map((one) => [one.segmentation_id, one.project_id])), available }
}
