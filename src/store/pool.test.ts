import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StoreBusy } from './errors.ts'
import { Pool, type Pooled } from './pool.ts'

function pool({ size = 2, waitMs = 5_000 } = {}) {
  const opened: (Pooled & { broken: boolean; ended: boolean })[] = []
  const open = async () => {
    const item = {
      broken: false,
      ended: false,
      async end() {
        item.ended = true
      },
    }
    opened.push(item)
    return item
  }
  return { opened, pool: new Pool({ open, size, waitMs }) }
}

test('a pool opens no more than its size, and hands what comes back to who waited first', async () => {
  const { opened, pool: connections } = pool()
  const [first, second] = [await connections.acquire(), await connections.acquire()]
  const order: string[] = []
  const third = connections.acquire().then((item) => [order.push('third'), item])
  const fourth = connections.acquire().then((item) => [order.push('fourth'), item])
  connections.release(second)
  connections.release(first)
  assert.deepEqual([(await third)[1], (await fourth)[1]], [second, first])
  assert.deepEqual(order, ['third', 'fourth'])
  assert.equal(opened.length, 2)
})

test('a broken connection is closed, and who waits gets a new one', async () => {
  const { opened, pool: connections } = pool({ size: 1 })
  const first = await connections.acquire()
  const waiting = connections.acquire()
  first.broken = true
  connections.release(first)
  const second = await waiting
  assert.notEqual(second, first)
  assert.equal(first.ended, true)
  connections.release(second)
  second.broken = true
  assert.notEqual(await connections.acquire(), second)
  assert.equal(opened.length, 3)
})

test('who waits too long, gives up or meets a closed pool is told so', async () => {
  const { opened, pool: connections } = pool({ size: 1, waitMs: 5 })
  const held = await connections.acquire()
  await assert.rejects(connections.acquire(), StoreBusy)
  await assert.rejects(connections.acquire(AbortSignal.abort(new Error('gone'))), /gone/)
  const closed = connections.close()
  await assert.rejects(connections.acquire(), StoreBusy)
  assert.equal(held.ended, false)
  connections.release(held)
  await closed
  assert.ok(opened.every(({ ended }) => ended))
})

test('a connection that cannot be opened leaves room for the next try', async () => {
  let attempts = 0
  const connections = new Pool({
    open: async () => {
      attempts += 1
      throw new Error(`refused ${attempts}`)
    },
    size: 1,
    waitMs: 5,
  })
  await assert.rejects(connections.acquire(), /refused 1/)
  await assert.rejects(connections.acquire(), /refused 2/)
  await connections.close()
})
