import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batched, limited } from './batch.ts'

const signal = new AbortController().signal

test('batched: what is asked together is one bulk call; what is asked meanwhile is the next', async () => {
  const calls: (readonly string[])[] = []
  const first = Promise.withResolvers<void>()
  const ask = batched(100, async (keys: readonly string[]) => {
    calls.push(keys)
    if (calls.length === 1) await first.promise
    return keys.length
  })
  const answers = Promise.all([ask(['a'], signal), ask(['b', 'a'], signal)])
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  const later = Promise.all([ask(['c'], signal), ask(['d'], signal)])
  first.resolve()
  assert.deepEqual(
    [await answers, await later],
    [
      [2, 2],
      [2, 2],
    ],
  )
  assert.deepEqual(calls, [
    ['a', 'b'],
    ['c', 'd'],
  ])
})

test("batched: a failure is everybody's, and the next call is tried again", async () => {
  let failing = true
  const ask = batched(1, async () => {
    if (failing) throw new Error('down')
    return 'up'
  })
  await assert.rejects(ask(['a'], signal), /down/)
  failing = false
  assert.equal(await ask(['a'], signal), 'up')
})

test('limited: never more than that many at a time', async () => {
  const run = limited(2)
  let running = 0
  let most = 0
  await Promise.all(
    Array.from({ length: 7 }, () =>
      run(async () => {
        running++
        most = Math.max(most, running)
        await new Promise((resolve) => setImmediate(resolve))
        running--
      }),
    ),
  )
  assert.equal(most, 2)
})
