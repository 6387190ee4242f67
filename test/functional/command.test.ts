/** Programs: what they print, how they end, what they inherit. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { CommandError, run } from '#linux/command.ts'

const TIMEOUT = { timeoutMs: 5_000 }

async function failure(work: Promise<string>): Promise<CommandError> {
  const error = await work.then(
    () => assert.fail('it did not fail'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof CommandError)
  return error
}

test('a program has its input, its environment and no signal blocked or ignored, and its output is answered', async () => {
  const env = { ...process.env, GREETING: 'hello' }
  const script = 'cat; echo $GREETING; grep -E "^Sig(Blk|Ign)" /proc/self/status'
  const text = await run(['sh', '-c', script], { ...TIMEOUT, input: 'in\n', env })
  assert.equal(text, 'in\nhello\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n')
  assert.equal(await run(['cat'], TIMEOUT), '')

  const long = 'x'.repeat(2_000_000)
  assert.equal(await run(['cat'], { ...TIMEOUT, input: long }), long)
  assert.equal(await run(['true'], { ...TIMEOUT, input: long }), '')
})

test('a program that fails, is not there, takes too long or is no longer wanted is told apart', async () => {
  const failed = await failure(run(['sh', '-c', 'echo no >&2; exit 7'], TIMEOUT))
  assert.deepEqual([failed.status, failed.stderr], [7, 'no\n'])
  assert.match((await failure(run(['no-such-program'], TIMEOUT))).message, /no-such-program: did not finish: .*ENOENT/)
  assert.equal((await failure(run(['sleep', '60'], { timeoutMs: 50 }))).status, null)
  const abort = new AbortController()
  const sleeping = run(['sleep', '60'], { ...TIMEOUT, signal: abort.signal })
  abort.abort(new Error('enough'))
  assert.match((await failure(sleeping)).message, /enough/)
  assert.match((await failure(run(['true'], { ...TIMEOUT, signal: abort.signal }))).message, /enough/)
})

test('a daemon goes on when what started it has ended; nothing is left open, no program unburied', async () => {
  const files = () => readdirSync('/proc/self/fd').length
  const before = files()
  const script = 'sleep 60 </dev/null >/dev/null 2>&1 & echo $!'
  const pid = Number(await run(['sh', '-c', script], TIMEOUT))
  process.kill(pid, 'SIGKILL')

  await Promise.all(Array.from({ length: 50 }, () => run(['true'], TIMEOUT)))

  assert.ok(files() <= before + 1, `${files()} files open, ${before} before`)
  const children = await run(['ps', '--ppid', String(process.pid), '-o', 'comm='], TIMEOUT)
  assert.deepEqual(children.trim(), 'ps')
})
