import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { commandPages, describeCommands } from './command-pages.ts'

const FOLDER = `${import.meta.dirname}/../docs/reference/commands`

test('command reference: the pages are as the commands are (else: npm run docs)', async () => {
  const pages = await commandPages()
  const kept = new Map(readdirSync(FOLDER).map((name) => [name, readFileSync(`${FOLDER}/${name}`, 'utf8')]))
  const names = [...new Set([...pages.keys(), ...kept.keys()])]
  assert.deepEqual(
    names.filter((name) => pages.get(name) !== kept.get(name)),
    [],
  )
})

test('command reference: every command that asks a server has an example, and the requests it sends', async () => {
  const own = new Set(['bash-completion', 'complete', 'doctor', 'help'])
  const pages = (await describeCommands()).filter(({ name }) => !own.has(name))
  assert.deepEqual(
    pages.filter(({ example, requests }) => example === '' || requests.length === 0).map(({ name }) => name),
    [],
  )
  const create = pages.find(({ name }) => name === 'subnet-create')
  assert.deepEqual(create?.requests, ['GET /v2.0/networks?name=blue&fields=id', 'POST /v2.0/subnets'])
})

test('command reference: every command says in a line what it does', async () => {
  const pages = await describeCommands()
  assert.deepEqual(
    pages.filter(({ summary }) => !/^\S.*\S$/.test(summary)).map(({ name }) => name),
    [],
  )
})
