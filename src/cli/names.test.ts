/** Which command words mean. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findCommand, helpMatches, UnknownCommand } from './names.ts'

const all = ['explain port', 'net-create', 'net-list', 'net-list-on-dhcp-agent', 'router-show', 'topology']
const commands = { names: () => all, has: (name: string) => all.includes(name) }

const found = {
  'net-list -f json': ['net-list', 'net-list', ['-f', 'json']],
  'router-s r1': ['router-show', 'router-s', ['r1']],
  'explain port p1': ['explain port', 'explain port', ['p1']],
  'ex po p1': ['explain port', 'ex po', ['p1']],
  top: ['topology', 'top', []],
  'help net-list': ['help', 'help', ['net-list']],
}

for (const [line, [name, typed, rest]] of Object.entries(found)) {
  test(`names: ${line}`, () => assert.deepEqual(findCommand(line.split(' '), commands), { name, typed, rest }))
}

for (const line of ['net', 'net-l', 'nope', '-x net-list', 'explain']) {
  test(`names: ${line} is no command`, () => {
    const words = line.split(' ')
    assert.throws(
      () => findCommand(words, commands),
      (error) =>
        error instanceof UnknownCommand &&
        error.message === `Unknown command [${words.map((word) => `'${word}'`).join(', ')}]`,
    )
  })
}

test('names: help is told all that begin so', () => {
  assert.deepEqual(helpMatches('net-l', commands), ['net-list', 'net-list-on-dhcp-agent'])
})

test('names: what the server does not have is said, as long as it does not have it', () => {
  const refused = (line: string, some = all) => {
    const known = { names: () => some, has: (name: string) => some.includes(name) }
    try {
      return findCommand([line], known).name
    } catch (error) {
      return (error as Error).message
    }
  }
  assert.equal(refused('lb-pool-list'), "Unknown command ['lb-pool-list']: this server has no load balancers")
  assert.equal(refused('qos-policy-list'), "Unknown command ['qos-policy-list']: this server has no QoS policies")
  assert.equal(refused('qos-policy-lst', ['qos-policy-list']), "Unknown command ['qos-policy-lst']")
})
