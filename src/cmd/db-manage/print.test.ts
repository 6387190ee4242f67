import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headsOf, idOf, revisionsOf } from '#store/revisions.ts'
import { renderCurrent, renderHeads, renderHistory } from './print.ts'

const [E1, E2, C1] = ['core/port/0001-ports.expand', 'ml2/0001-ml2.expand', 'core/port/0002-no-old.contract'] as const
const [e1, e2, c1] = [idOf(E1), idOf(E2), idOf(C1)]
const revisions = revisionsOf([E1, E2, C1])

test('history is newest first, contract before expand, with what a contract revision needs', () => {
  assert.deepEqual(renderHistory(revisions, { verbose: false, current: [e1] }), [
    `<base> (${e2}) -> ${c1} (contract) (head), core/port: no old`,
    `${e1} -> ${e2} (expand) (head), ml2: ml2`,
    `<base> -> ${e1} (expand) (current), core/port: ports`,
  ])
})

test('heads name their branch, current revisions whether they are heads', () => {
  assert.deepEqual(renderHeads(headsOf(revisions), { verbose: false }), [
    `${c1} (contract) (head)`,
    `${e2} (expand) (head)`,
  ])
  assert.deepEqual(renderCurrent([revisions[0]!, revisions[2]!], { verbose: false }), [e1, `${c1} (head)`])
})

test('more of a revision is where it is written and what it comes after', () => {
  const [entry = ''] = renderHeads([revisions[2]!], { verbose: true })
  const path = entry.match(/^Path: (.*)$/m)?.[1]
  assert.ok(path?.endsWith('/src/core/port/migrations/0002-no-old.contract.ts'), path)
  assert.equal(
    entry.replace(/^Path: .*$/m, 'Path: …'),
    `Rev: ${c1} (head)\nParent: <base>\nAlso depends on: ${e2}\nBranch names: contract\nPath: …\n\n    core/port: no old\n`,
  )
})
