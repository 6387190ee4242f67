import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NetworkInfo } from '#rpc/contract/dhcp.ts'
import { exampleNetwork } from './example.ts'
import { Networks } from './networks.ts'

const { signal } = new AbortController()
const named = (id: string): NetworkInfo => ({ ...exampleNetwork, id })

/** A source that counts what it is asked. */
function source(ids: string[]) {
  const calls: string[] = []
  return {
    calls,
    all: async () => {
      calls.push('all')
      return ids.map(named)
    },
    one: async (id: string) => {
      calls.push(id)
      return ids.includes(id) ? named(id) : null
    },
  }
}

test('dhcp networks: many questions at the same time are one call; what is not listed is not there', async () => {
  const asked = source(['a', 'b'])
  const networks = new Networks(asked)
  const found = await Promise.all(['a', 'b', 'c'].map((id) => networks.find(id, signal)))
  assert.deepEqual(
    found.map((network) => network?.id ?? null),
    ['a', 'b', null],
  )
  assert.deepEqual(asked.calls, ['all'])
})

test('dhcp networks: what was read serves once, and not after a message about it', async () => {
  const asked = source(['a', 'b'])
  const networks = new Networks(asked)
  assert.deepEqual(await networks.readAll(['gone'], signal), ['a', 'b'])
  networks.forget('b')
  assert.equal((await networks.find('a', signal))?.id, 'a')
  assert.equal(await networks.find('gone', signal), null)
  assert.deepEqual(asked.calls, ['all'])
  await networks.find('a', signal)
  await networks.find('b', signal)
  assert.deepEqual(asked.calls, ['all', 'a', 'b'])
})

test('dhcp networks: whether a network is still ours, only the list says', async () => {
  const asked = source([])
  const networks = new Networks({ ...asked, one: async (id) => named(id) })
  networks.forget('a', true)
  assert.equal(await networks.find('a', signal), null)
})

test('dhcp networks: a failure is no answer, and the doubt stays', async () => {
  const asked = source([])
  let fails = true
  const networks = new Networks({
    one: async (id) => named(id),
    all: async () => {
      if (fails) throw new Error('no answer')
      return asked.all()
    },
  })
  networks.forget('a', true)
  await assert.rejects(networks.find('a', signal), /no answer/)
  fails = false
  assert.equal(await networks.find('a', signal), null)
})

test('dhcp networks: what changes while it is read is read again', async () => {
  const networks = new Networks({
    one: async (id) => ({ ...named(id), mtu: 9000 }),
    all: async () => {
      networks.forget('a')
      return ['a', 'b', 'c'].map(named)
    },
  })
  const [a, b] = await Promise.all(['a', 'b', 'c'].map((id) => networks.find(id, signal)))
  assert.equal(a?.mtu, 9000)
  assert.equal(b?.mtu, 1450)
})
