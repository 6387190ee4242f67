import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '#base/json.ts'
import type { PortInfo } from '#rpc/contract/payloads.ts'
import { instanceFinder, type MetadataPlugin } from './instance.ts'

const { signal } = new AbortController()
const port = { device_id: 'i', project_id: 'p', network_id: 'n' } as PortInfo

/** Answers by the kind of question, and notes what it was asked. */
function finder(answers: { interfaces?: PortInfo[]; ports: PortInfo[] }) {
  const asked: JsonObject[] = []
  const time = { now: 0 }
  const plugin = {
    call: async (_: string, { filters }: { filters: JsonObject }) => {
      asked.push(filters)
      return filters.device_id ? (answers.interfaces ?? []) : answers.ports
    },
  } as unknown as MetadataPlugin
  return { asked, time, find: instanceFinder(plugin, () => time.now) }
}

test('metadata agent: a network and an address there name one instance', async () => {
  const { find, asked } = finder({ ports: [port] })
  assert.deepEqual(await find({ network_id: 'n' }, '10.0.0.5', signal), { id: 'i', project_id: 'p' })
  assert.deepEqual(asked, [{ network_id: ['n'], fixed_ips: { ip_address: ['10.0.0.5'] } }])
})

test('metadata agent: behind a router, the address is looked for on the networks of its interfaces', async () => {
  const interfaces = [port, { ...port, network_id: 'm' }]
  const { find, asked } = finder({ interfaces, ports: [port] })
  assert.equal((await find({ router_id: 'r' }, '10.0.0.5', signal))?.id, 'i')
  assert.deepEqual(asked[0]!.device_id, ['r'])
  assert.deepEqual(asked[1]!.network_id, ['n', 'm'])
})

test('metadata agent: no port, two ports, or a router without interfaces are nobody', async () => {
  assert.equal(await finder({ ports: [] }).find({ network_id: 'n' }, '10.0.0.5', signal), null)
  assert.equal(await finder({ ports: [port, port] }).find({ network_id: 'n' }, '10.0.0.5', signal), null)
  const lonely = finder({ ports: [port] })
  assert.equal(await lonely.find({ router_id: 'r' }, '10.0.0.5', signal), null)
  assert.equal(lonely.asked.length, 1)
})

test('metadata agent: an answer is kept for a moment only; a failure not at all', async () => {
  const { find, asked, time } = finder({ ports: [port] })
  await Promise.all([find({ network_id: 'n' }, '10.0.0.5', signal), find({ network_id: 'n' }, '10.0.0.5', signal)])
  assert.equal(asked.length, 1)
  time.now = 1_001
  await find({ network_id: 'n' }, '10.0.0.5', signal)
  assert.equal(asked.length, 2)

  let calls = 0
  const failing = { call: async () => Promise.reject(new Error(`failure ${++calls}`)) } as unknown as MetadataPlugin
  const failed = instanceFinder(failing, () => 0)
  await assert.rejects(failed({ network_id: 'n' }, '10.0.0.5', signal), /failure 1/)
  await assert.rejects(failed({ network_id: 'n' }, '10.0.0.5', signal), /failure 2/)
})
