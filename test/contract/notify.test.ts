/** Several servers on one database: every change is told by one of them, and by another when that one stops. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '#base/log.ts'
import { startNotifier } from '#notify/agents.ts'
import steps from '#notify/migrations/0001-announced.expand.ts'
import { inProcessTransport } from '#rpc/transports/in-process.ts'
import type { Store } from '#store/store.ts'
import { forEachDatabase } from '../databases.ts'

const migrations = [{ name: 'notify/0001-announced.expand', steps }]

async function notifierOn(store: Store, heard: (id: string) => void) {
  const transport = inProcessTransport({ log: silentLog })
  await transport.serve('t', 'h', async ({ args }) => {
    heard(String(args.id))
    return null
  })
  const announcements = [
    {
      resource: 'thing',
      tell: async ({ changes }: { changes: readonly { id: string }[] }) =>
        changes.map(({ id }) => ({ topic: 't', host: 'h', method: 'changed', args: { id }, version: '1.0' })),
    },
  ]
  return await startNotifier({ store, transport, announcements, log: silentLog })
}

forEachDatabase((name, openFresh) => {
  test('each change is told once by whoever holds the place in the log, and nothing is lost in between', async () => {
    await using database = await openFresh(migrations)
    // SQLite has one server: its second notifier starts when the first has gone.
    const stores = [database.store, name === 'sqlite' ? database.store : await database.open()]
    const heard: string[] = []
    let enough = Promise.withResolvers<void>()
    let wanted = 0
    const hear = (id: string) => {
      heard.push(id)
      if (new Set(heard).size >= wanted) enough.resolve()
    }
    const change = async (from: number, to: number) => {
      wanted = to
      enough = Promise.withResolvers()
      for (let n = from; n < to; n++) {
        const line = { resource: 'thing', id: String(n), kind: 'update' as const, project_id: null, detail: null }
        await stores[n % 2]!.transaction((tx) => tx.log([{ ...line, revision_number: 1 }]))
      }
    }
    const first = await notifierOn(stores[0]!, hear)
    const second = name === 'sqlite' ? null : await notifierOn(stores[1]!, hear)
    await change(0, 20)
    await enough.promise
    await first.close()
    await change(20, 40)
    const last = second ?? (await notifierOn(stores[1]!, hear))
    await enough.promise
    await last.close()
    assert.deepEqual(
      heard,
      Array.from({ length: 40 }, (_, n) => String(n)),
    )
  })
})
