import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import announcedMigration from '#notify/migrations/0001-announced.expand.ts'
import type { Announcement } from '#plugin/start.ts'
import { inProcessTransport } from '#rpc/transports/in-process.ts'
import { openStore } from '#store/database.ts'
import { migrate } from '#store/migrate.ts'
import type { Store } from '#store/store.ts'
import { distinct, startNotifier } from './agents.ts'

const migrations = [{ name: 'notify/0001-announced.expand', steps: announcedMigration }]

async function fresh(): Promise<Store> {
  const store = await openStore('sqlite://', { log: silentLog, clock: systemClock })
  await migrate(store, migrations)
  return store
}

function change(store: Store, resource: string, ...ids: readonly string[]): Promise<void> {
  return store.transaction((tx) =>
    tx.log(ids.map((id) => ({ resource, id, kind: 'update', project_id: null, revision_number: 1, detail: null }))),
  )
}

/** Announces every changed id of `thing`; `seen` collects what arrived, `until` resolves when that many have. */
function listening(fail = 0) {
  const transport = inProcessTransport({ log: silentLog })
  const seen: string[] = []
  const waiting: { count: number; resolve: () => void }[] = []
  let failures = fail
  const announcements: Announcement[] = [
    {
      resource: 'thing',
      tell: async ({ changes }) => {
        if (failures-- > 0) throw new Error('not now')
        return changes.map(({ id }) => ({ topic: 't', host: 'h', method: 'changed', args: { id }, version: '1.0' }))
      },
    },
  ]
  const served = transport.serve('t', 'h', async ({ args }) => {
    seen.push(String(args.id))
    for (const { count, resolve } of waiting) if (seen.length >= count) resolve()
    return null
  })
  const until = (count: number) =>
    new Promise<void>((resolve) => {
      if (seen.length >= count) resolve()
      else waiting.push({ count, resolve })
    })
  return { transport, announcements, seen, until, served }
}

test('notifier: a first start tells nothing of what was before it, then every change in order', async () => {
  const store = await fresh()
  await change(store, 'thing', 'before')
  const { transport, announcements, seen, until, served } = listening()
  await served
  const notifier = await startNotifier({ store, transport, announcements, log: silentLog })
  await change(store, 'thing', 'a')
  await change(store, 'other', 'x')
  await change(store, 'thing', 'b')
  await until(2)
  await notifier.close()
  assert.deepEqual(seen, ['a', 'b'])
  await store.close()
})

test('notifier: changes made while none ran, or whose telling failed, are told by the next', async () => {
  const store = await fresh()
  const first = listening(1_000)
  await first.served
  const failing = await startNotifier({ ...first, store, log: silentLog })
  await change(store, 'thing', 'a')
  await failing.close()
  await change(store, 'thing', 'b')
  const second = listening(2)
  await second.served
  const notifier = await startNotifier({ ...second, store, log: silentLog })
  await second.until(2)
  await notifier.close()
  assert.deepEqual([first.seen, second.seen], [[], ['a', 'b']])
  await store.close()
})

test('notifier: a hundred changes of one thing in one page are one cast', async () => {
  const store = await fresh()
  const { transport, announcements, seen, until, served } = listening()
  await served
  const notifier = await startNotifier({ store, transport, announcements, log: silentLog })
  await change(store, 'thing', ...Array<string>(100).fill('a'), 'b')
  await until(2)
  await notifier.close()
  assert.deepEqual(seen, ['a', 'b'])
  await store.close()
})

test('distinct keeps each cast where it stood first', () => {
  const cast = (id: string) => ({ topic: 't', method: 'm', args: { id }, version: '1.0' })
  assert.deepEqual(distinct([cast('a'), cast('b'), cast('a'), cast('c'), cast('b')]), [cast('a'), cast('b'), cast('c')])
})
