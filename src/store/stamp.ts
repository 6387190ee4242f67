/** Records migrations as applied, or as not, without running any: for an operator who knows better than the records. */
import { isoSeconds, systemClock } from '#base/clock.ts'
import { type Migration, prepare } from './migrate.ts'
import { records } from './schema-state.ts'
import type { Store } from './store.ts'
import type { Wait } from './turn.ts'

export interface Stamp {
  readonly add: readonly string[]
  readonly remove: readonly string[]
}

/**
 * `decide` is told what the database has had, while nobody else changes it. Twice is as once.
 * @throws SchemaRefused as `migrate` does
 */
export async function stamp(
  store: Store,
  migrations: readonly Migration[],
  decide: (applied: ReadonlySet<string>) => Stamp,
  wait: Wait,
): Promise<Stamp> {
  return await store.alone(async (transaction) => {
    await transaction((tx) => prepare(tx, migrations))
    return await transaction(async (tx) => {
      const applied = new Set((await tx.list(records)).map(({ name }) => name))
      const { add, remove } = decide(applied)
      if (remove.length > 0) await tx.remove(records, { name: remove })
      const applied_at = isoSeconds(systemClock.now())
      await tx.insertMissing(
        records,
        add.map((name) => ({ name, applied_at })),
      )
      return { add, remove }
    })
  }, wait)
}
