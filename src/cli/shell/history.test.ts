import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { HISTORY_LINES_MAX, historyFile, keepLine, mayBeKept, readHistory, trimHistory } from './history.ts'

const words: Record<string, boolean> = {
  'net-list': true,
  'net-create blue --tenant-id 1': true,
  'port-create blue --name web': true,
  'net-list --os-password x': false,
  'net-list --os-passw=x': false,
  'bgp-peer-create --password x': false,
  'ipsec-site-connection-create --psk x': false,
  'ipsec-site-connection-create --ps x': false,
  'net-list --os-token abc': false,
  'x-create --options type=dict secret=y,a=b': false,
}
for (const [line, kept] of Object.entries(words)) {
  test(`history: '${line}' is ${kept ? 'kept' : 'not kept'}`, () => assert.equal(mayBeKept(line.split(' ')), kept))
}

test("history: the file is in the user's state folder", () => {
  assert.equal(historyFile({ XDG_STATE_HOME: '/s', HOME: '/h' }), '/s/neutron/history')
  assert.equal(historyFile({ HOME: '/h' }), '/h/.local/state/neutron/history')
  assert.equal(historyFile({ XDG_STATE_HOME: 'relative', HOME: '/h' }), '/h/.local/state/neutron/history')
})

test('history: what is kept is read again, by its owner only, and not without end', () => {
  const folder = mkdtempSync(join(tmpdir(), 'neutrino-history-'))
  const file = join(folder, 'neutron/history')
  try {
    assert.deepEqual(readHistory(file), [])
    trimHistory(file)
    assert.ok(keepLine(file, 'net-list'))
    assert.ok(keepLine(file, 'port-list'))
    assert.deepEqual(readHistory(file), ['net-list', 'port-list'])
    assert.equal(statSync(file).mode & 0o777, 0o600)

    chmodSync(file, 0o644)
    writeFileSync(file, Array.from({ length: 3 * HISTORY_LINES_MAX }, (_, at) => `line ${at}\n`).join(''))
    trimHistory(file)
    const lines = readHistory(file)
    assert.equal(lines.length, HISTORY_LINES_MAX)
    assert.equal(lines.at(-1), `line ${3 * HISTORY_LINES_MAX - 1}`)
    assert.equal(statSync(file).mode & 0o777, 0o600)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('history: where nothing can be written, it says so and does not throw', () => {
  assert.equal(keepLine('/dev/full/history', 'net-list'), false)
  assert.deepEqual(readHistory('/dev/full/history'), [])
})
