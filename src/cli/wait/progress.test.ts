import assert from 'node:assert/strict'
import { test } from 'node:test'
import { progressOn } from './progress.ts'

test('progress: without a terminal a line for each change', () => {
  const written: string[] = []
  const progress = progressOn({ write: (text) => written.push(text), isTTY: false, columns: 0 })
  for (const text of ['DOWN', 'DOWN', 'BUILD', null]) progress(text)
  assert.deepEqual(written, ['DOWN\n', 'BUILD\n'])
})

test('progress: on a terminal one line with the time, cut to the width, and nothing left in the end', () => {
  const written: string[] = []
  let now = 0
  const progress = progressOn({ write: (text) => written.push(text), isTTY: true, columns: 20 }, () => now)
  progress('port web: DOWN')
  now = 12_400
  progress('port web: DOWN, and more than fits')
  progress(null)
  progress(null)
  const clear = '\r\u{1b}[K'
  assert.deepEqual(written, [`${clear}port web: DOWN 0 s`, `${clear}port web: DOW… 12 s`, clear])
})
