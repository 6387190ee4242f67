import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTerminal } from './terminal.ts'

test('a terminal of the size asked for, keys that arrive, an exit status that is told', async () => {
  await using terminal = openTerminal(['sh', '-c', 'stty size; cat; exit 3'], { columns: 90, rows: 20 })
  await terminal.until(/^20 90$/m)
  terminal.line('typed')
  await terminal.until(/^typed\ntyped$/m)
  terminal.press('C-d')
  assert.equal(await terminal.ended(), 3)
})

test('a terminal shows colours when it is asked for them', async () => {
  await using terminal = openTerminal(['sh', '-c', "printf '\\033[31mred\\033[0m\\n'; cat"])
  await terminal.until(/^red$/m)
  assert.ok(terminal.coloured().includes('\x1b[31mred'))
  assert.ok(!terminal.screen().includes('\x1b'))
})

test('what does not come is said with what is there', async () => {
  await using terminal = openTerminal(['sh', '-c', 'echo here; cat'], { waitMsMax: 300 })
  await assert.rejects(terminal.until(/never/), /waited for \/never\/[\s\S]*here/)
})
