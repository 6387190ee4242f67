import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '#base/log.ts'
import { Reconciler } from './reconciler.ts'
import type { Target } from './target.ts'

test('a failure is remembered with its first time until a turn comes to its end', async () => {
  let broken = true
  const target: Target<string, string> = {
    want: async () => 'wanted',
    have: async () => null,
    plan: () => [],
    apply: async () => {},
    ids: async () => ['a'],
    done: async () => {
      if (broken) throw new Error('not yet')
    },
  }
  const reconciler = new Reconciler(target, { log: silentLog, parallel: 1, retryMsMin: 60_000 })
  assert.equal(reconciler.failureOf('a'), null)
  const before = Date.now()
  reconciler.mark(['a'])
  await reconciler.settled()
  const first = reconciler.failureOf('a')!
  assert.deepEqual([first.error, first.times], ['not yet', 1])
  assert.ok(first.sinceMs >= before && first.sinceMs <= Date.now())
  reconciler.mark(['a'])
  await reconciler.settled()
  assert.deepEqual(reconciler.failureOf('a'), { ...first, times: 2 })
  broken = false
  reconciler.mark(['a'])
  await reconciler.settled()
  assert.equal(reconciler.failureOf('a'), null)
  await reconciler.close()
})
