/**
 * Everything there is, started once with default options over an empty database in a temporary file, to be described.
 * Serves nobody.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import { configOf } from '#config/config.ts'
import { discover } from '#plugin/discover.ts'
import { startPlugins } from '#plugin/start.ts'
import { openStore } from '#store/database.ts'
import { migrate } from '#store/migrate.ts'
import type { Described } from './openapi.ts'

export async function describeAll(): Promise<Described> {
  const folder = await mkdtemp(join(tmpdir(), 'neutrino-reference-'))
  try {
    const features = await discover()
    const store = await openStore(`sqlite:///${folder}/db`, { log: silentLog, clock: systemClock })
    const migrations = features.flatMap((feature) => feature.migrations)
    await migrate(store, migrations)
    const started = await startPlugins({ features, config: configOf({}), store, clock: systemClock, log: silentLog })
    await started.close()
    await store.close()
    const rules = new Set(features.flatMap(({ policies }) => policies.map(({ name }) => name)))
    return { ...started, hasRule: (name) => rules.has(name) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
