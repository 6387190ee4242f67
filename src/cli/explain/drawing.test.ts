import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { PortExplanation } from '#extensions/explanation/contract.ts'
import { type DrawingOptions, drawExplanation, verdict } from './drawing.ts'
import { FLOW_DELETED, step } from './example.ts'

const NOW = Date.parse('2026-11-23T01:00:00Z')
const OPTIONS: DrawingOptions = {
  columns: 80,
  ascii: false,
  absolute: false,
  nowMs: NOW,
  paint: (_, text) => text,
}

const PLUGGED = step(
  'plugged',
  'missing',
  'no interface on br-int says iface-id=53b23e79-7f10-495b-b718-905f4cbe19d3',
  {
    since: '2026-11-23T00:57:00Z',
    owner: 'nova-compute on h',
    mend: 'openstack server reboot --hard 795c',
  },
)
const BROKEN: PortExplanation = {
  port_id: '53b23e79-7f10-495b-b718-905f4cbe19d3',
  name: 'one',
  status: 'DOWN',
  steps: [
    step('created', 'done', 'one, of compute:nova', { at: '2026-11-20T01:00:00Z' }),
    step('told', 'done', 'every change was told', { at: '2026-11-23T01:00:00Z' }),
    PLUGGED,
    step('wired', 'waiting', "comes after 'placed'", { details: { after: 'placed' } }),
    step('mtu', 'unknown', 'the agent does not tell'),
    step('nova', 'not_applicable', 'it is not an instance of Nova'),
  ],
  cause: PLUGGED,
}

const SUBJECT = { noun: 'Port', id: BROKEN.port_id }

test('a checklist: a mark, a time and the evidence for each step; below the cause who owes it and what mends it', () => {
  assert.deepEqual(drawExplanation(SUBJECT, BROKEN, OPTIONS), [
    'Port one (53b23e79-7f10-495b-b718-905f4cbe19d3), DOWN',
    '  ✔ created      3 d ago      one, of compute:nova',
    '  ✔ agent told   just now     every change was told',
    '  ✖ plugged      for 3 min    no interface on br-int says',
    '                              iface-id=53b23e79-7f10-495b-b718-905f4cbe19d3',
    '    → nova-compute on h, since 2026-11-23 00:57:00Z (3 min ago)',
    '    openstack server reboot --hard 795c',
    "  … flows                     after 'on a host'",
    '  ? MTU                       the agent does not tell',
    '  · Nova told                 it is not an instance of Nova',
  ])
  const { works, text } = verdict(SUBJECT, BROKEN)
  const said =
    "Port one (53b23e79-7f10-495b-b718-905f4cbe19d3) does not work, for 'plugged': next is nova-compute on h."
  assert.deepEqual([works, text], [false, said])
})

test('ASCII where there is no UTF-8, times in UTC, and nothing wider than the terminal', () => {
  const lines = drawExplanation(SUBJECT, BROKEN, { ...OPTIONS, ascii: true, absolute: true, columns: 90 })
  assert.ok(
    lines.every((line) => /^[ -~]*$/.test(line) && line.length <= 90),
    lines.join('\n'),
  )
  assert.match(lines[1]!, /^ {2}\+ created {6}2026-11-20 01:00:00Z {2}one/)
  assert.match(lines.join('\n'), /^ {4}-> nova-compute/m)
})

test('what works says so, and what is not known; what only takes its time is not called broken', () => {
  const fine = { ...BROKEN, name: '', steps: [step('mtu', 'unknown', '')], cause: null }
  assert.deepEqual(verdict(SUBJECT, fine), {
    works: true,
    text: `Port ${BROKEN.port_id}: nothing is missing; not known: 'MTU'.`,
  })
  const waits = { ...fine, cause: step('told', 'waiting', '') }
  assert.deepEqual(verdict(SUBJECT, waits).text, `Port ${BROKEN.port_id} is not ready yet, for 'agent told'.`)
})

test("a port's name cannot write on the terminal", () => {
  const evil = { ...BROKEN, name: '\x1b[2Jx', steps: [step('created', 'done', '\x1b]0;y\x07, of nobody')], cause: null }
  assert.doesNotMatch(drawExplanation(SUBJECT, evil, OPTIONS).join('') + verdict(SUBJECT, evil).text, /\p{Cc}/u)
})

test('colours follow the state', () => {
  const lines = drawExplanation(SUBJECT, BROKEN, { ...OPTIONS, paint: (colour, text) => `<${colour}>${text}</>` })
  assert.match(lines[1]!, /<green>✔<\/>/)
  assert.match(lines[3]!, /<red>✖<\/>/)
  assert.match(lines[5]!, /<bold>→ nova-compute/)
})

test('the guide shows what is drawn', () => {
  const guide = readFileSync(join(import.meta.dirname, '../../../docs/guide/troubleshooting.md'), 'utf8')
  const drawn = drawExplanation(SUBJECT, FLOW_DELETED, { ...OPTIONS, columns: 100 })
  const shown = [...drawn, verdict(SUBJECT, FLOW_DELETED).text].join('\n')
  assert.ok(guide.includes(`\n${shown}\n`), shown)
})
