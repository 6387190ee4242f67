/**
 * A process for store-kill.test.ts: creates rows in a SQLite file from 16 clients at once, for ever, and writes each
 * id to its standard output once the store has acknowledged it.
 */
import { writeSync } from 'node:fs'
import { systemClock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import { openStore } from '#store/database.ts'
import { box, boxes } from './store-schema.ts'

const [, , url = '', round = ''] = process.argv
const store = await openStore(url, { log: silentLog, clock: systemClock })
await Promise.all(
  Array.from({ length: 16 }, async (_, client) => {
    for (let count = 0; ; count += 1) {
      const id = `${round}-${client}-${count}`
      await store.transaction(async (tx) => {
        await tx.insert(boxes, [box(id)])
        await tx.log([{ resource: 'box', id, kind: 'create', project_id: null, revision_number: 0, detail: null }])
      })
      writeSync(1, `${id}\n`)
    }
  }),
)
