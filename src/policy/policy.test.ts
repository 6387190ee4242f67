import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Credentials } from '#base/credentials.ts'
import type { Json } from '#base/json.ts'
import { and, equals, FALSE, fulfils, isIn, or, TRUE } from '#base/predicate.ts'
import { ConfigError, configOf } from '#config/config.ts'
import type { Extension } from '#resource/definition.ts'
import { conditionOf } from './evaluate.ts'
import { kindsOf } from './kinds.ts'
import { type Check, parseRule } from './language.ts'
import { createPolicy, type PolicyOptions } from './policy.ts'

const admin: Credentials = { userId: 'u1', projectId: 'p1', projectName: 'admin', roles: ['admin', 'member', 'reader'] }
const member: Credentials = { userId: 'u2', projectId: 'p2', projectName: 'demo', roles: ['member', 'reader'] }
const nobody: Credentials = { userId: null, projectId: null, projectName: null, roles: [] }

const defaults = [
  { name: 'get_network', rule: 'rule:admin_or_project_reader or rule:shared or rule:external' },
  { name: 'get_subnet', rule: 'rule:admin_or_owner or rule:shared' },
  { name: 'get_port', rule: 'rule:admin_owner_or_network_owner' },
  { name: 'create_network:shared', rule: 'rule:admin_only' },
  { name: 'get_security_group_rule', rule: 'rule:owner or rule:sg_owner' },
]
const policy = (more: Partial<PolicyOptions> = {}) =>
  createPolicy({ defaults, config: configOf(), search: [], ...more })

test('policy: the parent of what is served below it is known by its definition', () => {
  const extension: Extension = {
    alias: 'parts',
    name: 'Parts',
    description: 'Parts of wholes.',
    updated: '2026-01-01T00:00:00-00:00',
    resources: [
      { name: 'whole', collection: 'wholes', attributes: { project_id: { type: 'string' } } },
      { name: 'part', collection: 'parts', parent: { resource: 'whole', column: 'whole_id' }, attributes: {} },
    ],
  }
  const rules = [
    { name: 'get_part', rule: 'rule:ext_parent_owner' },
    { name: 'get_whole', rule: 'rule:ext_parent_owner' },
  ]
  const parts = policy({ defaults: rules, extensions: [extension] })
  const compile = (name: string) => parts.compile(name, member)
  assert.deepEqual(compile('get_part'), {
    op: 'exists',
    table: 'wholes',
    column: 'id',
    equals: 'whole_id',
    where: equals('project_id', 'p2'),
  })
  assert.deepEqual(compile('get_whole'), FALSE)
})

test('policy: an administrator meets no condition, a member those that rows decide', () => {
  assert.deepEqual(policy().compile('get_network', admin), TRUE)
  assert.deepEqual(
    policy().compile('get_network', member),
    or(equals('project_id', 'p2'), equals('shared', true), equals('router:external', true)),
  )
  assert.deepEqual(policy().compile('create_network:shared', member), FALSE)
})

test('policy: what a parent owns or says becomes a question about its row', () => {
  const parent = (where: object, table = 'networks', by = 'network_id') => ({
    op: 'exists',
    table,
    column: 'id',
    equals: by,
    where,
  })
  assert.deepEqual(policy().compile('get_port', member), {
    op: 'or',
    of: [equals('project_id', 'p2'), parent(equals('project_id', 'p2'))],
  })
  assert.deepEqual(policy().compile('get_subnet', member), {
    op: 'or',
    of: [equals('project_id', 'p2'), parent(equals('shared', true))],
  })
  assert.deepEqual(policy().compile('get_security_group_rule', member), {
    op: 'or',
    of: [equals('project_id', 'p2'), parent(equals('project_id', 'p2'), 'security_groups', 'security_group_id')],
  })
})

test('policy: a name without a rule is decided by the default rule', () => {
  assert.equal(policy().has('get_thing'), false)
  assert.deepEqual(policy().compile('get_thing', member), equals('project_id', 'p2'))
  const config = configOf({ oslo_policy: { policy_default_rule: 'admin_only' } })
  assert.deepEqual(policy({ config }).compile('get_thing', member), FALSE)
})

test('policy: who has no project owns nothing, also not what has no project', () => {
  assert.deepEqual(policy().compile('get_thing', nobody), FALSE)
})

test('policy: who is an administrator is a rule, unless it is known', () => {
  assert.deepEqual(
    [admin, member].map((who) => policy().isAdmin(who)),
    [true, false],
  )
  assert.equal(policy().isAdmin({ ...nobody, isAdmin: true }), true)
  const own = policy({ defaults: [{ name: 'context_is_admin', rule: 'role:boss' }] })
  assert.deepEqual([own.isAdmin(admin), own.isAdmin({ ...member, roles: ['Boss'] })], [false, true])
})

test('policy: an attribute that the resource has not never reaches a statement', () => {
  const attributes = { id: { type: 'uuid' }, shared: { type: 'boolean' }, size: { type: 'integer' } } as const
  const extension = {
    alias: 'x',
    name: 'x',
    description: '',
    updated: '',
    resources: [{ name: 'thing', collection: 'things', attributes }],
  }
  const rules = [
    { name: 'get_thing', rule: 'rule:owner or field:things:shared=1 or field:things:size=~^a' },
    { name: 'update_thing', rule: 'field:things:size=5' },
  ]
  const own = policy({ defaults: rules, extensions: [extension] })
  assert.deepEqual(own.compile('get_thing', member), equals('shared', true))
  assert.deepEqual(own.compile('update_thing', member), equals('size', 5))
})

test('policy: what is shared by entries is asked of them, of everybody and of the caller', () => {
  const granted = { object: 'thing', action: 'access_as_shared' } as const
  const extension = {
    alias: 'x',
    name: 'x',
    description: '',
    updated: '',
    resources: [
      { name: 'thing', collection: 'things', attributes: { shared: { type: 'boolean', granted } } },
      {
        name: 'part',
        collection: 'parts',
        attributes: { shared: { type: 'boolean', granted: { ...granted, by: 'thing_id' } } },
      },
    ],
  } as const
  const rules = [
    { name: 'get_thing', rule: 'field:things:shared=True' },
    { name: 'get_part', rule: 'field:parts:shared=False' },
  ]
  const own = policy({ defaults: rules, extensions: [extension] })
  const entry = (by: string, targets: string[]) => ({
    op: 'exists',
    table: 'rbac_policies',
    column: 'object_id',
    equals: by,
    where: and(equals('object_type', 'thing'), equals('action', 'access_as_shared'), isIn('target_tenant', targets)),
  })
  assert.deepEqual(own.compile('get_thing', member), entry('id', ['*', 'p2']))
  assert.deepEqual(own.compile('get_thing', nobody), entry('id', ['*']))
  assert.deepEqual(own.compile('get_part', member), { op: 'not', of: entry('thing_id', ['*', 'p2']) })
})

test('policy: files replace rules, are read again when they change, and a bad one changes nothing', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'neutrino-policy-'))
  t.after(() => rmSync(directory, { recursive: true }))
  let now = 0
  const write = (text: string, name = 'policy.yaml') => writeFileSync(join(directory, name), text)
  write('"create_network:shared": "role:member"')
  mkdirSync(join(directory, 'policy.d'))
  write('"get_subnet": "!"', 'policy.d/10-subnets.yaml')
  const own = policy({ search: [directory], clock: { now: () => now } })
  assert.deepEqual(own.compile('create_network:shared', member), TRUE)
  assert.deepEqual(own.compile('get_subnet', admin), FALSE)

  write('"create_network:shared": "rule:admin_only" # again')
  now += 1_000
  assert.deepEqual(own.compile('create_network:shared', member), FALSE)

  write('"create_network:shared": "role:member and"')
  now += 1_000
  assert.deepEqual(own.compile('create_network:shared', member), FALSE)
})

const bad: { readonly [text: string]: RegExp } = {
  '"a": "role:x and"': /policy.yaml:1: rule "a": the rule ends where a check is expected/,
  '\n"a": &x': /policy.yaml:2: a rule cannot begin with &/,
  '"a": "rule:b"\n"b": "rule:a"': /refers to itself: (a -> b -> a|b -> a -> b)/,
}
for (const [text, reason] of Object.entries(bad)) {
  test(`policy: a file with ${JSON.stringify(text)} stops the start`, (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'neutrino-policy-'))
    t.after(() => rmSync(directory, { recursive: true }))
    writeFileSync(join(directory, 'policy.yaml'), text)
    assert.throws(
      () => policy({ search: [directory] }),
      (error) => error instanceof ConfigError && reason.test(error.message),
    )
  })
}

test('policy: a file that is asked for by name must be there', () => {
  assert.throws(
    () => policy({ config: configOf({ oslo_policy: { policy_file: '/nowhere/policy.yaml' } }) }),
    /no such file/,
  )
})

/** oslo.policy's semantics, check by check, over a target with everything in it: the oracle. */
function allows(
  check: Check,
  target: { readonly [key: string]: Json },
  who: Credentials,
  rules: ReadonlyMap<string, Check>,
): boolean {
  const again = (inner: Check) => allows(inner, target, who, rules)
  switch (check.kind) {
    case 'true':
    case 'false':
      return check.kind === 'true'
    case 'and':
      return check.of.every(again)
    case 'or':
      return check.of.some(again)
    case 'not':
      return !again(check.of)
    case 'role':
      return who.roles.includes(check.name)
    case 'rule':
      return again(rules.get(check.name) ?? rules.get('default')!)
    case 'field': {
      const value = target[check.attribute]
      if (check.match === 'equals') return value === (check.text === 'True' ? true : check.text)
      return String(value).startsWith(check.text)
    }
    case 'equal': {
      const credentials: { readonly [name: string]: string | null } = { project_id: who.projectId, user_id: who.userId }
      const left = 'literal' in check.left ? check.left.literal : (credentials[check.left.credential] ?? null)
      const { before, key, after } = check.right
      return left !== null && left === (key === null ? before : `${before}${target[key]}${after}`)
    }
  }
}

test('policy: compiling and then asking the row answers as evaluating the whole rule does', async () => {
  const leaf = fc.constantFrom(
    '@',
    '!',
    'role:admin',
    'role:member',
    'rule:r0',
    'rule:r1',
    'rule:missing',
    'project_id:%(project_id)s',
    'user_id:%(device_id)s',
    'project_id:p2',
    "'a':%(name)s",
    'project_id:p%(digit)s',
    'user_name:%(name)s',
    'field:items:shared=True',
    'field:items:name=a',
    'field:items:name=~^a',
  )
  const { rule } = fc.letrec<{ rule: string }>((tie) => ({
    rule: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.tuple(tie('rule'), fc.constantFrom('and', 'or'), tie('rule')).map(([a, op, b]) => `(${a} ${op} ${b})`),
      tie('rule').map((inner) => `not (${inner})`),
    ),
  }))
  const plain = leaf.filter((text) => !text.startsWith('rule:'))
  const target = fc.record({
    project_id: fc.constantFrom('p1', 'p2', 'p3'),
    device_id: fc.constantFrom('u1', 'u2', 'x'),
    name: fc.constantFrom('a', 'ab', 'b'),
    digit: fc.constantFrom('1', '2'),
    shared: fc.boolean(),
  })
  const never = () => assert.fail('no parent is asked about')
  await fc.assert(
    fc.asyncProperty(
      rule,
      plain,
      plain,
      target,
      fc.constantFrom(admin, member, nobody),
      async (text, r0, r1, row, who) => {
        const rules = new Map(
          [
            ['get_item', text],
            ['r0', r0],
            ['r1', r1],
            ['default', 'role:admin'],
          ].map(([name, item]) => [name!, parseRule(item!)]),
        )
        const scope = { rules, defaultRule: 'default', kindOf: kindsOf([]), parentOf: () => null, grantOf: () => null }
        const condition = conditionOf(scope, 'get_item', who, false)
        assert.equal(await fulfils(condition, row, never), allows(rules.get('get_item')!, row, who, rules))
      },
    ),
    { numRuns: 500 },
  )
})
