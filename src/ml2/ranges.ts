/**
 * Which ids segments may be given: the ranges of the configuration or, where `network_segment_range` is served, those
 * of its table, a project's own before the shared ones less what belongs to other projects. Which of them are free is
 * for segments.ts to find out.
 * Source: upstream's network segment ranges.
 */
import type { IpRange } from '#base/ip.ts'
import type { Tx } from '#store/store.ts'
import type { TypeDriver } from './driver.ts'
import { type NetworkSegmentRange, networkSegmentRanges } from './tables.ts'

/** Ids of a physical network (`''` for tunnels). */
export interface Pool {
  readonly physnet: string
  readonly ranges: readonly IpRange[]
}

export interface Pools {
  /** In the order they are tried. */
  of(driver: TypeDriver, projectId: string | null): readonly Pool[]
  /** Physical networks that may be named. */
  physnets(driver: TypeDriver): ReadonlySet<string>
}

/** As the configuration says. */
export const configuredPools: Pools = {
  of: ({ ranges }) => [...ranges].map(([physnet, own]) => ({ physnet, ranges: own })),
  physnets: ({ ranges }) => new Set(ranges.keys()),
}

/** One statement: ranges are few. */
export async function storedPools(tx: Tx): Promise<Pools> {
  return poolsOf(await tx.list(networkSegmentRanges))
}

type Stored = Pick<
  NetworkSegmentRange,
  'network_type' | 'physical_network' | 'minimum' | 'maximum' | 'shared' | 'project_id'
>

/** Pure. */
export function poolsOf(rows: readonly Stored[]): Pools {
  const ofType = ({ type }: TypeDriver) => rows.filter(({ network_type }) => network_type === type)
  const physnets = (driver: TypeDriver) =>
    new Set([...driver.ranges.keys(), ...ofType(driver).map(({ physical_network }) => physical_network ?? '')])
  return {
    physnets,
    of(driver, projectId) {
      const [own, shared]: [Pool[], Pool[]] = [[], []]
      for (const physnet of physnets(driver)) {
        const here = ofType(driver).filter(({ physical_network }) => (physical_network ?? '') === physnet)
        const rangesOf = (which: (row: Stored) => boolean) => merged(here.filter(which).map(rangeOf))
        const mine = rangesOf((row) => !row.shared && row.project_id === projectId)
        const others = rangesOf((row) => !row.shared && row.project_id !== projectId)
        own.push({ physnet, ranges: mine })
        shared.push({
          physnet,
          ranges: without(
            rangesOf((row) => row.shared),
            others,
          ),
        })
      }
      return [...own, ...shared].filter(({ ranges }) => ranges.length > 0)
    },
  }
}

function rangeOf({ minimum, maximum }: Stored): IpRange {
  return { first: BigInt(minimum), last: BigInt(maximum) }
}

/** The same ids without overlaps, lowest first. Pure. */
export function merged(ranges: readonly IpRange[]): IpRange[] {
  const sorted = [...ranges].sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))
  const result: IpRange[] = []
  for (const range of sorted) {
    const before = result.at(-1)
    if (before && range.first <= before.last + 1n) {
      if (range.last > before.last) result[result.length - 1] = { first: before.first, last: range.last }
    } else result.push(range)
  }
  return result
}

/** The ids of the ranges that are in none of the others; both without overlaps, lowest first. Pure. */
export function without(ranges: readonly IpRange[], others: readonly IpRange[]): IpRange[] {
  return ranges.flatMap((range) => {
    const left: IpRange[] = []
    let { first } = range
    for (const other of others) {
      if (other.last < first || other.first > range.last) continue
      if (other.first > first) left.push({ first, last: other.first - 1n })
      first = other.last + 1n
    }
    return first <= range.last ? [...left, { first, last: range.last }] : left
  })
}
