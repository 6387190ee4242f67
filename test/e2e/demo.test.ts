import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { after, test } from 'node:test'
import { processesMentioning } from '#lab/processes.ts'
import { namespaces, neutrino, ownHost, sweep } from './one-host.ts'

ownHost()

const STATE = '/var/lib/neutrino-demo'
after(() => sweep(STATE))

const devices = () => readdirSync('/sys/class/net').sort()

test('the demo passes every check, and leaves nothing behind', async () => {
  const before = { namespaces: namespaces(), devices: devices() }

  const printed = await neutrino(['demo', '--exit'])

  assert.match(printed, /\d+ checks passed/)
  assert.doesNotMatch(printed, /✖/)
  assert.deepEqual({ namespaces: namespaces(), devices: devices() }, before)
  assert.deepEqual(processesMentioning(STATE), [])
  assert.deepEqual(processesMentioning('/var/run/openvswitch'), [])
  assert.equal(existsSync(STATE), false)
})
