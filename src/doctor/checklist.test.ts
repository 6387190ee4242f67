import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checklist, summaryOf } from './checklist.ts'
import type { Finding } from './finding.ts'

const paint = (_style: string, text: string) => text
const finding = (given: Partial<Finding>): Finding => ({
  area: 'host',
  subject: 'disk',
  state: 'good',
  evidence: '9 MiB free',
  why: 'It fills up.',
  mend: null,
  owes: null,
  ...given,
})
const FULL = finding({ state: 'lacking', mend: 'make room', owes: 'the operator of h1' })
const LATE = finding({ area: 'bus', subject: 'server', state: 'unknown', evidence: 'no answer' })

test('of what is good only the number is shown, of what is wrong the reason, the remedy and whose step it is', () => {
  const lines = checklist([finding({ subject: 'memory' }), FULL, LATE], { paint, verbose: false, skipped: [] })
  assert.deepEqual(lines, [
    'host  1 good',
    '  ✖ disk                   9 MiB free',
    '      It fills up.',
    '      next step: the operator of h1',
    '    make room',
    'bus',
    '  ? server                 no answer',
  ])
})

test('asked for everything it also shows what is good and what was not asked', () => {
  const skipped = [{ area: 'l3' as const, subject: 'routers', reason: 'no l3_agent.ini' }]
  assert.deepEqual(checklist([finding({})], { paint, verbose: true, skipped }), [
    'host  1 good',
    '  ✔ disk                   9 MiB free',
    'l3',
    '  - routers                not asked: no l3_agent.ini',
  ])
})

test('what could not be asked for one reason is one line', () => {
  const unasked = ['a', 'b', 'c'].map((subject) =>
    finding({ subject, state: 'unknown', evidence: subject === 'b' ? 'late' : 'no root' }),
  )
  assert.deepEqual(checklist(unasked, { paint, verbose: false, skipped: [] }), [
    'host',
    '  ? a, c                   no root',
    '  ? b                      late',
  ])
})

test('the summary counts what is lacking, and never calls unknown good', () => {
  assert.equal(summaryOf([finding({})]), 'Nothing is lacking.')
  assert.equal(summaryOf([LATE]), 'Nothing is lacking; 1 could not be asked.')
  assert.equal(summaryOf([FULL, LATE]), '1 lacking; 1 could not be asked; the commands above mend it.')
})
