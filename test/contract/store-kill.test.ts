/** SQLite, and a process killed with SIGKILL in the middle of a burst of creates. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import { openStore } from '#store/database.ts'
import { migrate } from '#store/migrate.ts'
import { boxes, migrations } from './store-schema.ts'

const BURST = join(import.meta.dirname, 'store-burst.ts')

test('every row that was acknowledged before a kill is there, with its line in the change log, and none twice', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'neutrino-kill-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  const url = `sqlite:///${join(directory, 'kill.db')}`
  const open = () => openStore(url, { log: silentLog, clock: systemClock })
  const first = await open()
  await migrate(first, migrations)
  await first.close()

  const acknowledged: string[] = []
  for (const [round, lines] of [40, 400, 1_500].entries()) acknowledged.push(...(await burst(url, round, lines)))

  const store = await open()
  const rows = await store.read((tx) => tx.list(boxes))
  const changes = await store.changesSince(0, 1_000_000)
  await store.close()
  const ids = new Set(rows.map(({ id }) => id))
  assert.equal(ids.size, rows.length)
  assert.deepEqual(
    acknowledged.filter((id) => !ids.has(id)),
    [],
  )
  assert.deepEqual(changes.map(({ id }) => id).sort(), [...ids].sort())
})

/** The ids acknowledged until the process was killed, some time after that many. */
async function burst(url: string, round: number, lines: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, [BURST, url, String(round)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk
    if (output.split('\n').length > lines) child.kill('SIGKILL')
  })
  const [code, signal] = await once(child, 'close')
  assert.deepEqual([code, signal], [null, 'SIGKILL'])
  return output.split('\n').slice(0, -1)
}
