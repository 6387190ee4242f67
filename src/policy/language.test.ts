import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Check, parseRule, RuleSyntaxError } from './language.ts'

const role = (name: string): Check => ({ kind: 'role', name })
const equal = (credential: string, key: string): Check => ({
  kind: 'equal',
  left: { credential },
  right: { before: '', key, after: '' },
})

const cases: readonly (readonly [string, Parameters<typeof parseRule>[0], Check])[] = [
  ['the empty rule allows everybody', '', { kind: 'true' }],
  ['@ allows everybody', '@', { kind: 'true' }],
  ['! allows nobody', '!', { kind: 'false' }],
  ['a role compares without case', 'role:Admin', role('admin')],
  [
    'and binds tighter than or',
    'role:a or role:b and role:c',
    {
      kind: 'or',
      of: [role('a'), { kind: 'and', of: [role('b'), role('c')] }],
    },
  ],
  ['not binds tightest', 'not role:a and role:b', { kind: 'and', of: [{ kind: 'not', of: role('a') }, role('b')] }],
  [
    'parentheses cling to words',
    '(role:a OR project_id:%(project_id)s) and (not (role:c))',
    {
      kind: 'and',
      of: [
        { kind: 'or', of: [role('a'), equal('project_id', 'project_id')] },
        { kind: 'not', of: role('c') },
      ],
    },
  ],
  [
    'a literal is compared with the target',
    "'Member':%(role.name)s",
    {
      kind: 'equal',
      left: { literal: 'Member' },
      right: { before: '', key: 'role.name', after: '' },
    },
  ],
  [
    'a field may have a colon in its name',
    'field:networks:router:external=True',
    {
      kind: 'field',
      resource: 'networks',
      attribute: 'router:external',
      match: 'equals',
      text: 'True',
    },
  ],
  [
    'a field may be compared with a pattern',
    'field:port:device_owner=~^network:',
    {
      kind: 'field',
      resource: 'port',
      attribute: 'device_owner',
      match: 'starts',
      text: 'network:',
    },
  ],
  [
    'lists of lists are any of all',
    [['role:a', 'role:b'], ['role:c'], 'role:d', []],
    {
      kind: 'or',
      of: [{ kind: 'and', of: [role('a'), role('b')] }, role('c'), role('d')],
    },
  ],
  ['the empty list allows everybody', [], { kind: 'true' }],
  ['a list of nothing allows nobody', [[]], { kind: 'false' }],
]
for (const [title, rule, check] of cases) {
  test(`policy language: ${title}`, () => assert.deepEqual(parseRule(rule), check))
}

for (const rule of [
  'role',
  '(role:a',
  'role:a)',
  'role:a role:b',
  'and role:a',
  'role:a or',
  'not',
  '()',
  'http://x/%(y)s',
  'a:%(b)s%(c)s',
  'field:x',
  'field:a:b=~(c|d)',
]) {
  test(`policy language: ${JSON.stringify(rule)} is refused`, () => {
    assert.throws(() => parseRule(rule), RuleSyntaxError)
  })
}

test('policy language: any text is a rule or is refused as one', () => {
  const word = fc.constantFrom('and', 'or', 'not', '(', ')', 'role:a', '@', '!', 'a:%(b)s', 'x', '((', '%', ':')
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(word).map((words) => words.join(' ')),
      ),
      (text) => {
        try {
          parseRule(text)
        } catch (error) {
          assert.ok(error instanceof RuleSyntaxError)
        }
      },
    ),
  )
})
