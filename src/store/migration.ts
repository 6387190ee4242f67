/** A migration as everyone names it: what a feature's `migrations/0001-name.expand.ts` says, and its name for ever. */
import { changesMigration } from './changes.ts'
import type { Step } from './schema.ts'

export interface Migration {
  /** Unique for ever, and what the database remembers it by: `core/network/0001-networks.expand`. */
  readonly name: string
  readonly steps: readonly Step[]
}

/** With the store's own before them. Pure. */
export function withOwn(migrations: readonly Migration[]): readonly Migration[] {
  const has = migrations.some(({ name }) => name === changesMigration.name)
  return has ? migrations : [changesMigration, ...migrations]
}
