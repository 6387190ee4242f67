import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Answers } from './answers.ts'

test('answers are counted by status, each instance for itself; the oldest is forgotten first', () => {
  const answers = new Answers({ now: () => Date.parse('2026-01-01T00:00:00Z') })
  assert.deepEqual(answers.of('a'), { answered: {}, last_at: null })
  for (const status of [200, 200, 403]) answers.note('a', status)
  answers.note('b', 404)
  assert.deepEqual(answers.of('a'), { answered: { 200: 2, 403: 1 }, last_at: '2026-01-01T00:00:00Z' })
  for (let n = 0; n < 9_999; n++) answers.note(`i${n}`, 200)
  assert.deepEqual(answers.of('a').answered, {})
  assert.deepEqual(answers.of('b').answered, { 404: 1 })
})
