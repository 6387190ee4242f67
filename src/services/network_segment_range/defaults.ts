/**
 * The ranges of the configuration as rows: the same id for the same range, so that several servers write the same rows.
 * Source: upstream's default network segment ranges.
 */
import { type Clock, isoSeconds } from '#base/clock.ts'
import { uuid5Dns } from '#base/ids.ts'
import { equals } from '#base/predicate.ts'
import type { TypeDriver } from '#ml2/driver.ts'
import { type NetworkSegmentRange, networkSegmentRanges } from '#ml2/tables.ts'
import type { Store } from '#store/store.ts'

/** Pure but for the clock. */
export function defaultRanges(drivers: Iterable<TypeDriver>, clock: Clock): NetworkSegmentRange[] {
  const now = isoSeconds(clock.now())
  const dates = { created_at: now, updated_at: now, revision_number: 0 }
  return [...drivers].flatMap(({ type: network_type, ranges }) =>
    [...ranges].flatMap(([physnet, own]) =>
      own.map(({ first, last }) => ({
        id: uuid5Dns(`${network_type} ${physnet} ${first} ${last}`),
        name: '',
        description: '',
        project_id: null,
        ...dates,
        tags: [],
        default: true,
        shared: true,
        network_type,
        physical_network: physnet === '' ? null : physnet,
        minimum: Number(first),
        maximum: Number(last),
      })),
    ),
  )
}

/** Writes those that are new and removes those the configuration has no longer; others stay as they are. */
export async function syncDefaults(store: Store, wanted: readonly NetworkSegmentRange[]): Promise<void> {
  await store.transaction(async (tx) => {
    const known = await tx.select(networkSegmentRanges, { where: equals('default', true), columns: ['id'] })
    const gone = known.filter(({ id }) => !wanted.some((range) => range.id === id)).map(({ id }) => id)
    if (gone.length > 0) await tx.remove(networkSegmentRanges, { id: gone })
    if (wanted.length > 0) await tx.insertMissing(networkSegmentRanges, wanted)
  })
}
