import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '#base/log.ts'
import { inProcessTransport } from '#rpc/transports/in-process.ts'
import type { Message } from './rpc.ts'
import { finder, serveEndpoints } from './server.ts'

const endpoints = [
  { topic: 't', version: '1.9', methods: { here: async () => 'first' } },
  { topic: 't', version: '1.10', methods: { here: async () => 'second', newer: async () => 'second' } },
]
const message = (method: string, version: string): Message => ({ method, version, args: {}, context: {} })

test('rpc server: the first endpoint that has the method and speaks the version answers', () => {
  const find = finder(endpoints)
  assert.equal(find(message('here', '1.9')), endpoints[0]!.methods.here)
  assert.equal(find(message('here', '1.10')), endpoints[1]!.methods.here)
  assert.equal(find(message('newer', '1.0')), endpoints[1]!.methods.newer)
})

test('rpc server: an unknown method and an unknown version are told apart', () => {
  const find = finder(endpoints)
  assert.throws(() => find(message('toString', '1.0')), { name: 'NoSuchMethod' })
  assert.throws(() => find(message('here', '1.11')), { name: 'UnsupportedVersion' })
  assert.throws(() => find(message('here', '2.0')), { name: 'UnsupportedVersion' })
  assert.throws(() => find({ ...message('here', '1.0'), namespace: 'trunk' }), { name: 'UnsupportedVersion' })
})

test('rpc server: closing aborts what runs and waits for it', async () => {
  const transport = inProcessTransport({ log: silentLog })
  const started = Promise.withResolvers<void>()
  let ended = false
  const slow = (_: unknown, aborted: AbortSignal) =>
    new Promise<null>((_resolve, reject) => {
      started.resolve()
      aborted.addEventListener('abort', () => {
        ended = true
        reject(aborted.reason)
      })
    })
  const served = await serveEndpoints({
    transport,
    endpoints: [{ topic: 't', version: '1.0', methods: { slow } }],
    host: 'server',
    log: silentLog,
  })
  const call = assert.rejects(transport.call({ topic: 't' }, message('slow', '1.0'), { timeoutMs: 5_000 }), {
    type: 'ServiceUnavailable',
  })
  await started.promise
  await served.close()
  assert.ok(ended)
  await call
  await transport.close()
})
