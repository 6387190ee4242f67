import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '#base/clock.ts'
import type { JsonObject } from '#base/json.ts'
import { silentLog } from '#base/log.ts'
import { inProcessTransport } from '#rpc/transports/in-process.ts'
import { startReports } from './report-state.ts'

const state = () => ({ binary: 'b', host: 'h', topic: 'N/A', agent_type: 'Open vSwitch agent', configurations: {} })

test('reports: only the first report carries start_flag, and a revived agent reads everything again', async () => {
  const transport = inProcessTransport({ log: silentLog })
  const seen: JsonObject[] = []
  const revived = Promise.withResolvers<void>()
  const answers = ['new', 'revived', 'alive']
  await transport.serve('q-reports-plugin', 'server', async ({ args }) => {
    seen.push((args.agent_state as JsonObject).agent_state as JsonObject)
    return answers.shift() ?? 'alive'
  })
  const reports = startReports({
    transport,
    state,
    intervalMs: 5,
    onRevived: revived.resolve,
    log: silentLog,
    clock: systemClock,
  })
  await reports.first
  await revived.promise
  await reports.close()
  await transport.close()
  assert.deepEqual([seen[0]!.start_flag, seen[1]!.start_flag], [true, undefined])
  assert.notEqual(seen[0]!.uuid, seen[1]!.uuid)
})

test('reports: a server that fails is told again until it takes the first report', async () => {
  const transport = inProcessTransport({ log: silentLog })
  let calls = 0
  await transport.serve('q-reports-plugin', 'server', async ({ args }) => {
    if (++calls < 3) throw new Error('not yet')
    assert.equal(((args.agent_state as JsonObject).agent_state as JsonObject).start_flag, true)
    return 'new'
  })
  const reports = startReports({
    transport,
    state,
    intervalMs: 1,
    onRevived: assert.fail,
    log: silentLog,
    clock: systemClock,
  })
  await reports.first
  assert.ok(calls >= 3)
  await reports.close()
  await transport.close()
})
