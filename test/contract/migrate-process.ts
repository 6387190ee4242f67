/**
 * Migrates a database as a process of its own, which can be made to die before a statement, with SIGKILL. `node migrate-process.ts URL SCHEMA [STATEMENT]`; with `hold` for STATEMENT it takes the turn, says so,
 * and waits to be killed.
 */
import { systemClock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import { loadWholeSchema } from '#plugin/whole-schema.ts'
import { openStore } from '#store/database.ts'
import { migrate } from '#store/migrate.ts'
import { everyStep } from './migrate-schema.ts'

const [url = '', schema = '', statement = ''] = process.argv.slice(2)
const store = await openStore(url, { log: silentLog, clock: systemClock, poolSize: 1 })
if (statement === 'hold') {
  await store.alone(
    async (transaction) => {
      await transaction(async () => {})
      process.stdout.write('has the turn\n')
      await new Promise((resolve) => setTimeout(resolve, 60_000))
    },
    { waitMs: 10_000 },
  )
}
let count = 0
await migrate(store, schema === 'whole' ? await loadWholeSchema() : everyStep, {
  onProgress({ event }) {
    if (event !== 'statement') return
    count += 1
    if (count === Number(statement)) process.kill(process.pid, 'SIGKILL')
  },
})
await store.close()
process.stdout.write(`${count}\n`)
