/**
 * Two projects, an outsider, a reader, a manager, a service and somebody things are shared with, against every
 * resource, verb, action and rule there is; beside upstream's default policies; as docs/reference/access.md has it.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { compileCatalogue } from '#resource/catalogue.ts'
import { type Access, askEverybody, askPaths, features, nameWhatIsHidden } from '../access/access.ts'
import { accessPage } from '../access/page.ts'
import { NO_REFERENCES, REFERENCES } from '../access/references.ts'
import { DIFFERENT } from '../access/rules.ts'
import { personas, STRANGERS } from '../access/world.ts'
import { coreStore } from '../fakes/core.ts'

const PAGE = join(import.meta.dirname, '../../docs/reference/access.md')
let access: Access

before(async () => {
  access = await askEverybody(await coreStore(features))
})

test('strangers are told of what they may not see what they are told of what is not there', () => {
  const strangers = access.tellings.filter(({ what }) => STRANGERS.some((who) => what.startsWith(`${who} `)))
  assert(strangers.length > 100)
  assert.deepEqual(
    strangers.filter(({ hidden, absent }) => hidden !== absent),
    [],
  )
})

test('an outsider names what it may not see in vain, and as if it were not there', async () => {
  const all = await nameWhatIsHidden(await coreStore(features))
  assert.deepEqual(
    all.filter(({ status, hidden, absent }) => status < 400 || hidden !== absent),
    [],
  )
})

test("plugins' own paths tell an outsider no more", async () => {
  const all = await askPaths(await coreStore(features))
  assert(all.length > 20)
  assert.deepEqual(
    all.filter(({ hidden, absent }) => hidden !== absent || !hidden.startsWith('4')),
    [],
  )
})

test('every attribute that names another object is among those', () => {
  const { resources } = compileCatalogue(features.flatMap(({ definition }) => definition ?? []))
  const sent = [...resources.values()].flatMap(({ name, attributes }) =>
    [...attributes.values()].filter(({ inPost, inPut }) => inPost || inPut).map((each) => [name, each.name] as const),
  )
  const unnamed = sent.filter(
    ([resource, name]) => /_ids?$/.test(name) && !NO_REFERENCES.includes(name) && !REFERENCES[`${resource}.${name}`],
  )
  assert.deepEqual(unnamed, [])
})

test('nobody does what the rules do not let them, and everybody what they do', () => {
  const rules: { readonly [verb: string]: string } = { list: 'get', show: 'get', update: 'update', delete: 'delete' }
  const wrong: string[] = []
  for (const { resource, rows, rules: asked } of access.sections) {
    for (const { verb, outcomes } of rows) {
      const rule = asked.find((each) => each.rule === `${rules[verb]}_${resource}`)
      if (!rule) continue
      for (const who of personas) {
        if ((outcomes[who] === 'yes') !== rule.allowed[who]) wrong.push(`${who} ${verb} ${resource}: ${outcomes[who]}`)
      }
    }
  }
  assert.deepEqual(wrong, [])
})

test("the rules are upstream's, but for those that have a reason", () => {
  const different = access.sections.flatMap(({ rules }) => rules.filter(({ theirs }) => theirs !== null))
  assert.deepEqual(
    different.filter(({ rule }) => !DIFFERENT.some((one) => one.rule.test(rule))),
    [],
  )
  assert.deepEqual(
    DIFFERENT.filter((one) => !different.some(({ rule }) => one.rule.test(rule))),
    [],
  )
})

test('docs/reference/access.md says what was answered: else node scripts/access-reference.ts', () => {
  assert.equal(readFileSync(PAGE, 'utf8'), accessPage(access.sections))
})
