import assert from 'node:assert/strict'
import { test } from 'node:test'
import { currentOf, headsOf, idOf, newestFirst, pathTo, revisionCalled, revisionsOf } from './revisions.ts'

const E1 = 'core/port/0001-ports.expand'
const E2 = 'services/router/0001-routers.expand'
const C1 = 'core/port/0002-drop-old.contract'
const E3 = 'core/port/0003-more-tags.expand'
const C2 = 'services/router/0002-drop.contract'
const revisions = revisionsOf([E1, E2, C1, E3, C2])
const names = (some: readonly { readonly name: string }[]) => some.map(({ name }) => name)
const path = (target: string, ...applied: string[]) => names(pathTo(target, revisions, new Set(applied)))

test('an id is made from the name alone, so that features to come change none', () => {
  assert.equal(idOf('core/port/0001-ports.expand'), 'be2efc576f54')
  const more = revisionsOf([E1, E2, C1, E3, C2, 'extensions/new/0001-new.expand'])
  assert.deepEqual(
    more.slice(0, 5).map(({ id }) => id),
    revisions.map(({ id }) => id),
  )
})

test('each branch is a line; a contract revision needs the expand revisions that were there before it', () => {
  assert.deepEqual(
    revisions.map(({ name, branch, down, needs, isHead, doc }) => [name, branch, down?.name, needs?.name, isHead, doc]),
    [
      [E1, 'expand', undefined, undefined, false, 'core/port: ports'],
      [E2, 'expand', E1, undefined, false, 'services/router: routers'],
      [C1, 'contract', undefined, E2, false, 'core/port: drop old'],
      [E3, 'expand', E2, undefined, true, 'core/port: more tags'],
      [C2, 'contract', C1, E3, true, 'services/router: drop'],
    ],
  )
  assert.deepEqual(names(headsOf(revisions)), [C2, E3])
  assert.deepEqual(names(newestFirst(revisions)), [C2, C1, E3, E2, E1])
})

const targets: { readonly [title: string]: readonly [target: string, applied: string[], expected: string[]] } = {
  'head is every head': ['head', [], [E1, E2, C1, E3, C2]],
  'what is applied is left out': ['heads', [E1, E2], [C1, E3, C2]],
  'a gap is filled': ['heads', [E1, E3], [E2, C1, C2]],
  'one branch alone': ['expand@head', [], [E1, E2, E3]],
  'the contract branch brings what it needs': ['contract@head', [], [E1, E2, C1, E3, C2]],
  'an id is everything before it on its branch': [idOf(E2), [], [E1, E2]],
  'the beginning of an id will do': [idOf(E3).slice(0, 5), [], [E1, E2, E3]],
  'a contract id brings what it needs and no more': [idOf(C1), [], [E1, E2, C1]],
  'a name is as good as an id': [E2, [], [E1, E2]],
  'so many steps': ['+2', [E1], [E2, C1]],
  'so many steps of a branch': ['expand@+2', [E1], [E2, E3]],
  'so many steps beyond a revision': [`${idOf(E1)}+1`, [], [E1, E2]],
  'nothing leads to the base': ['base', [], []],
  'a revision that is applied needs nothing': [idOf(E1), [E1], []],
}

for (const [title, [target, applied, expected]] of Object.entries(targets)) {
  test(`revisions: ${title}`, () => assert.deepEqual(path(target, ...applied), expected))
}

test('what nobody knows is refused in words', () => {
  assert.throws(() => path('nonsense'), /^UnknownRevision: Can't locate revision identified by 'nonsense'$/)
  assert.throws(() => path('kilo@head'), /No such revision or branch 'kilo@head'/)
  assert.throws(() => path('+6'), /Relative revision \+6 didn't produce 6 migrations/)
  assert.throws(() => path('+1', E1, E2, C1, E3, C2), /didn't produce 1 migrations/)
  assert.throws(() => revisionCalled('', revisions), /Can't locate/)
})

test('current is how far a branch is applied without a gap', () => {
  const current = (...applied: string[]) => names(currentOf(revisions, new Set(applied)))
  assert.deepEqual(current(), [])
  assert.deepEqual(current(E1), [E1])
  assert.deepEqual(current(E1, E3), [E1])
  assert.deepEqual(current(E2), [])
  assert.deepEqual(current(E1, E2, C1, E3), [C1, E3])
  assert.deepEqual(current(E1, E2, C1, E3, C2), [C2, E3])
})
