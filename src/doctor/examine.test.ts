import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configOf } from '#config/config.ts'
import { defineOptions, string } from '#config/options.ts'
import { examine, hidden, textOf } from './examine.ts'
import { type Check, good, lacking, unknown } from './finding.ts'
import { hasRole, openSite, rolesOf, type SiteOptions } from './site.ts'

const secrets = defineOptions('metadata', {
  shared: string({ default: 'open-sesame', secret: true, help: 'A secret.' }),
})

function site(given: Partial<SiteOptions> = {}) {
  return openSite({
    config: configOf({ DEFAULT: { host: 'h1' } }),
    roles: new Set(),
    groups: [secrets],
    warnings: [],
    readSchema: async () => ({ applied: [], missing: [], unknown: [], foreign: { tables: [], alembic: [] } }),
    restart: (role) => `restart ${role}`,
    ...given,
  })
}

const check = (subject: string, ask: Check['check'], more: Partial<Check> = {}): Check => ({
  area: 'host',
  subject,
  why: 'It matters.',
  check: ask,
  ...more,
})

test('findings come in the order of the checks, with the reason why each matters', async () => {
  const slow = check('slow', async () => {
    await new Promise(setImmediate)
    return lacking('nothing there', 'mend it', 'the operator')
  })
  const { findings } = await examine([slow, check('quick', async () => good('there'))], site(), AbortSignal.any([]))
  assert.deepEqual(findings, [
    {
      area: 'host',
      subject: 'slow',
      state: 'lacking',
      evidence: 'nothing there',
      why: 'It matters.',
      mend: 'mend it',
      owes: 'the operator',
    },
    { area: 'host', subject: 'quick', state: 'good', evidence: 'there', why: 'It matters.', mend: null, owes: null },
  ])
})

test('a check that throws, or never answers, is unknown and says why', async () => {
  const broken = check('broken', async () => {
    throw new Error('no such table')
  })
  const late = check('late', () => new Promise(() => {}))
  const { findings } = await examine([broken, late], site(), AbortSignal.any([]), { checkMs: 20, settleMs: 1 })
  assert.deepEqual(
    findings.map(({ state, evidence }) => [state, evidence]),
    [
      ['unknown', 'it could not be asked: no such table'],
      ['unknown', 'it could not be asked: no answer within 0.02 s'],
    ],
  )
})

test('what is in motion is looked at once more before it is called lacking', async () => {
  let looks = 0
  const settled = check('settled', async () => (++looks === 1 ? lacking('not yet') : good('there')), { moving: true })
  const still = check('still', async () => lacking('never'), { moving: true })
  const { findings } = await examine([settled, still], site(), AbortSignal.any([]), { checkMs: 5_000, settleMs: 1 })
  assert.deepEqual(
    findings.map(({ evidence }) => evidence),
    ['there', 'never'],
  )
})

test('what does not apply is not asked, and told apart from what is good', async () => {
  const never = check('never', () => assert.fail('it was asked'), { applies: () => 'no router here' })
  assert.deepEqual(await examine([never], site(), AbortSignal.any([])), {
    findings: [],
    skipped: [{ area: 'host', subject: 'never', reason: 'no router here' }],
  })
})

test('one check may find several things, each under a name of its own', async () => {
  const many = check('agents', async () => [good('fine'), { ...unknown('who knows'), subject: 'agent on h2' }])
  const { findings } = await examine([many], site(), AbortSignal.any([]))
  assert.deepEqual(
    findings.map(({ subject }) => subject),
    ['agents', 'agent on h2'],
  )
})

test('secrets of the configuration and passwords in URLs are taken out of what is said', async () => {
  const says = check('says', async () =>
    lacking('open-sesame at mysql://neutron:hunter2@db/neutron', 'echo open-sesame'),
  )
  const { findings } = await examine([says], site(), AbortSignal.any([]))
  assert.equal(findings[0]!.evidence, '*** at mysql://neutron:***@db/neutron')
  assert.equal(findings[0]!.mend, 'echo ***')
  assert.equal(hidden('rabbit://a:b@c:5672,d:e@f/', []), 'rabbit://a:***@c:5672,d:e@f/')
})

test('an error is told with what caused it', () => {
  assert.equal(textOf(new Error('cannot connect', { cause: new Error('refused') })), 'cannot connect: refused')
  assert.equal(textOf(new Error('cannot connect: refused', { cause: new Error('refused') })), 'cannot connect: refused')
  assert.equal(textOf('text'), 'text')
})

test('the names of the files say what a host is for', () => {
  assert.deepEqual(rolesOf(['/etc/neutron/neutron.conf']), new Set())
  assert.deepEqual(rolesOf(['/etc/neutron/neutron.conf', '/etc/neutron/dhcp_agent.ini']), new Set(['dhcp']))
  assert.equal(rolesOf(['/root/mine.conf']).size, 5)
  assert.equal(hasRole(site({ roles: new Set(['l3']) }), 'dhcp', 'l3'), null)
  assert.equal(hasRole(site(), 'server'), 'no configuration of neutron-server was read')
})
