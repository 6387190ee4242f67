/**
 * Keeps the change log bounded: lines that are old enough and that everybody has been told of go, a slice at a time.
 * The newest line that was told stays, so a log is never empty and its sequences never begin again.
 */
import { type Clock, isoSeconds } from '#base/clock.ts'
import { type Closeable, sleep } from '#base/lifetime.ts'
import type { Log } from '#base/log.ts'
import { announced } from '#store/announced.ts'
import type { Store, Tx } from '#store/store.ts'

export interface PruneOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  /** Age a line must have, in milliseconds. */
  readonly retentionMs: number
}

const EVERY_MS = 3_600_000
/** Lines removed in one transaction. */
const SLICE_MAX = 5_000

/** Looks once an hour until it is closed. */
export function startPruning(options: PruneOptions): Closeable {
  const stop = new AbortController()
  const loop = async () => {
    while (!stop.signal.aborted) {
      await sleep(EVERY_MS, stop.signal).catch(() => {})
      if (stop.signal.aborted) return
      await pruneChanges(options).catch((error: unknown) => options.log.warn('change log not pruned', { error }))
    }
  }
  const done = loop()
  return {
    close: async () => {
      stop.abort()
      await done
    },
  }
}

/** Removes what may go; answers how many lines that were. */
export async function pruneChanges({ store, clock, retentionMs }: Omit<PruneOptions, 'log'>): Promise<number> {
  const before = isoSeconds(clock.now() - retentionMs)
  let removed = 0
  for (;;) {
    const slice = await store.transaction((tx) => pruneSlice(tx, before))
    removed += slice
    if (slice < SLICE_MAX) return removed
  }
}

async function pruneSlice(tx: Tx, before: string): Promise<number> {
  const told = Math.min(...(await tx.list(announced)).map(({ sequence }) => sequence))
  if (!Number.isFinite(told)) return 0
  // With SQLite an entry is its own sequence; elsewhere a line without one has not been read by anybody.
  const key = tx.dialect === 'sqlite' ? 'entry' : 'sequence'
  const oldest = await tx.sql
    .selectFrom('changes')
    .select([key, 'at'])
    .where(key, '<', told)
    .orderBy(key)
    .limit(SLICE_MAX)
    .execute()
  const young = oldest.findIndex(({ at }) => String(at) >= before)
  const old = young < 0 ? oldest : oldest.slice(0, young)
  const last = old.at(-1)
  if (!last) return 0
  await tx.sql.deleteFrom('changes').where(key, '<=', last[key]).execute()
  return old.length
}
