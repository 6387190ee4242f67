/** One promise, kept by every transport: in process, and over a unix socket with server and agents apart. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { errorType } from '#base/errors.ts'
import type { Json } from '#base/json.ts'
import { silentLog } from '#base/log.ts'
import { CallTimeout, type Message, RemoteError, type Transport } from '#rpc/rpc.ts'
import { inProcessTransport } from '#rpc/transports/in-process.ts'
import { openTransport } from '#rpc/transports/open.ts'

interface Bus extends AsyncDisposable {
  readonly server: Transport
  agent(): Promise<Transport>
}

const message = (method: string, args: Message['args'] = {}): Message => ({ method, args, version: '1.0', context: {} })
const soon = { timeoutMs: 5_000 }

const buses: Record<string, () => Promise<Bus>> = {
  'in-process': async () => {
    const transport = inProcessTransport({ log: silentLog })
    return { server: transport, agent: async () => transport, [Symbol.asyncDispose]: () => transport.close() }
  },
  local: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bus-'))
    const url = `local://${folder}/bus.sock`
    const server = await openTransport(url, { role: 'server', log: silentLog })
    const agents: Transport[] = []
    return {
      server,
      agent: async () => {
        const agent = await openTransport(url, { role: 'agent', log: silentLog })
        agents.push(agent)
        await agent.cast({ topic: 'nobody' }, message('wait until connected'))
        return agent
      },
      [Symbol.asyncDispose]: async () => {
        for (const transport of [...agents, server]) await transport.close()
        await rm(folder, { recursive: true })
      },
    }
  },
}

for (const [name, open] of Object.entries(buses)) {
  test(`${name}: a call carries JSON there and back, undefined and dates as a wire would`, async () => {
    await using bus = await open()
    await bus.server.serve('q-plugin', 'server', async ({ method, args }) => ({ method, args }))
    const agent = await bus.agent()
    const args = { a: [1, null, 'ä\n'], gone: undefined, at: new Date(0) } as unknown as Message['args']
    const answer = await agent.call({ topic: 'q-plugin' }, message('m', args), soon)
    assert.deepEqual(answer, { method: 'm', args: { a: [1, null, 'ä\n'], at: '1970-01-01T00:00:00.000Z' } })
  })

  test(`${name}: what the receiver changes stays the receiver's`, async () => {
    await using bus = await open()
    const kept = { list: [1] }
    await bus.server.serve('t', 'server', async ({ args }) => {
      ;(args.list as number[]).push(2)
      return kept
    })
    const sent = { list: [1] }
    const answer = (await bus.server.call({ topic: 't' }, message('m', sent), soon)) as unknown as typeof kept
    answer.list.push(3)
    assert.deepEqual([sent.list, kept.list], [[1], [1]])
  })

  test(`${name}: a failure arrives with the name of its class and its text`, async () => {
    await using bus = await open()
    const NetworkNotFound = errorType('NetworkNotFound', 404, 'Network %(net_id)s could not be found.')
    await bus.server.serve('t', 'server', async () => {
      throw NetworkNotFound({ net_id: 'x' })
    })
    const agent = await bus.agent()
    await assert.rejects(agent.call({ topic: 't' }, message('m'), soon), (error) => {
      assert.ok(error instanceof RemoteError)
      assert.deepEqual([error.type, error.message], ['NetworkNotFound', 'Network x could not be found.'])
      return true
    })
  })

  test(`${name}: topic goes to one in turn, host to that one, fanout to all`, async () => {
    await using bus = await open()
    const seen: string[] = []
    for (const host of ['one', 'two']) {
      const agent = await bus.agent()
      await agent.serve('dhcp_agent', host, async ({ method }) => {
        seen.push(`${method} ${host}`)
        return host
      })
    }
    const calls = [1, 2, 3, 4].map(() => bus.server.call({ topic: 'dhcp_agent' }, message('any'), soon))
    assert.deepEqual((await Promise.all(calls)).sort(), ['one', 'one', 'two', 'two'])
    assert.equal(await bus.server.call({ topic: 'dhcp_agent', host: 'two' }, message('at'), soon), 'two')
    seen.length = 0
    await bus.server.cast({ topic: 'dhcp_agent', fanout: true }, message('all'))
    await bus.server.call({ topic: 'dhcp_agent', host: 'one' }, message('after'), soon)
    await bus.server.call({ topic: 'dhcp_agent', host: 'two' }, message('after'), soon)
    assert.deepEqual(seen.sort(), ['after one', 'after two', 'all one', 'all two'])
  })

  test(`${name}: one sender's messages start in the order they were sent`, async () => {
    await using bus = await open()
    const agent = await bus.agent()
    const seen: Json[] = []
    await agent.serve('t', 'h', async ({ args }) => {
      seen.push(args.n ?? null)
      return null
    })
    const order = Array.from({ length: 300 }, (_, n) => n)
    for (const n of order) await bus.server.cast({ topic: 't', fanout: true }, message('m', { n }))
    await bus.server.call({ topic: 't' }, message('m', { n: 300 }), soon)
    assert.deepEqual(seen, [...order, 300])
  })

  test(`${name}: a call nobody answers in time ends with CallTimeout`, async () => {
    await using bus = await open()
    const agent = await bus.agent()
    await assert.rejects(agent.call({ topic: 'nobody' }, message('m'), { timeoutMs: 30 }), CallTimeout)
    await bus.server.serve('slow', 'server', () => new Promise(() => {}).then(() => null))
    await assert.rejects(agent.call({ topic: 'slow' }, message('m'), { timeoutMs: 30 }), CallTimeout)
    const gone = AbortSignal.abort(new Error('no longer wanted'))
    await assert.rejects(agent.call({ topic: 'slow' }, message('m'), { ...soon, signal: gone }), /no longer wanted/)
  })

  test(`${name}: a call waits for its server to come; a cast nobody serves is dropped`, async () => {
    await using bus = await open()
    const agent = await bus.agent()
    const answer = agent.call({ topic: 'late' }, message('m'), soon)
    await agent.cast({ topic: 'late' }, message('lost'))
    const seen: string[] = []
    // The cast must have reached the hub before somebody serves the topic.
    await assert.rejects(agent.call({ topic: 'nobody' }, message('m'), { timeoutMs: 20 }), CallTimeout)
    await bus.server.serve('late', 'server', async ({ method }) => {
      seen.push(method)
      return 'here'
    })
    assert.equal(await answer, 'here')
    assert.deepEqual(seen, ['m'])
  })

  test(`${name}: what is closed is served no more`, async () => {
    await using bus = await open()
    const agent = await bus.agent()
    const served = await agent.serve('t', 'h', async () => 'here')
    assert.equal(await bus.server.call({ topic: 't' }, message('m'), soon), 'here')
    await served.close()
    await assert.rejects(agent.call({ topic: 't' }, message('m'), { timeoutMs: 50 }), CallTimeout)
  })

  test(`${name}: a message of eight megabytes arrives whole`, async () => {
    await using bus = await open()
    await bus.server.serve('t', 'h', async ({ args }) => args.text ?? null)
    const text = 'é'.repeat(4 * 1024 * 1024)
    assert.equal(await (await bus.agent()).call({ topic: 't' }, message('m', { text }), soon), text)
  })
}

test('local: the socket belongs to its user alone, and a second server is refused', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bus-'))
  const url = `local://${folder}/bus.sock`
  const server = await openTransport(url, { role: 'server', log: silentLog })
  assert.equal((await stat(join(folder, 'bus.sock'))).mode & 0o777, 0o600)
  await assert.rejects(openTransport(url, { role: 'server', log: silentLog }), /another process serves/)
  await server.close()
  await rm(folder, { recursive: true })
})

test('local: an agent outlives its server: calls fail, it comes back, serves again and is told to read again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bus-'))
  const url = `local://${folder}/bus.sock`
  const agent = await openTransport(url, { role: 'agent', log: silentLog })
  await agent.serve('l3_agent', 'h', async () => 'served')
  const connections: PromiseWithResolvers<void>[] = [Promise.withResolvers(), Promise.withResolvers()]
  let count = 0
  agent.onConnect(() => connections[count++]?.resolve())

  const first = await openTransport(url, { role: 'server', log: silentLog })
  await connections[0]!.promise
  await first.serve('slow', 'server', () => new Promise(() => {}).then(() => null))
  const lost = agent.call({ topic: 'slow' }, message('m'), soon)
  assert.equal(await first.call({ topic: 'l3_agent' }, message('m'), soon), 'served')
  void first.close()
  await assert.rejects(lost, /is lost/)

  const waiting = agent.call({ topic: 'q-plugin' }, message('m'), soon)
  const second = await openTransport(url, { role: 'server', log: silentLog })
  await second.serve('q-plugin', 'server', async () => 'second')
  await connections[1]!.promise
  assert.equal(await waiting, 'second')
  assert.equal(await second.call({ topic: 'l3_agent', host: 'h' }, message('m'), soon), 'served')
  await agent.close()
  await second.close()
  await rm(folder, { recursive: true })
})

test('openTransport: a scheme that is not served is refused by name', async () => {
  const open = (url: string) => openTransport(url, { role: 'agent', log: silentLog })
  await assert.rejects(open('rabbit://guest@localhost/'), /rabbit:\/\/ is no transport/)
  await assert.rejects(open('local://bus.sock'), /absolute path/)
})
