import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import type { JsonObject } from '#base/json.ts'
import { apiMarkdown, extensionsMarkdown } from './markdown.ts'
import { openApiOf } from './openapi.ts'
import { pageOf } from './page.ts'
import { schemaOf, wordsOf } from './schema.ts'
import { describeAll } from './whole.ts'

const described = await describeAll()
const document = openApiOf(described, 'http://net.example')
const written = (file: string) => readFileSync(`${import.meta.dirname}/../../../docs/reference/${file}`, 'utf8')

test('reference: the pages in docs/reference are what the definitions say (`npm run docs` makes them again)', () => {
  assert.equal(written('api.md'), apiMarkdown(described))
  assert.equal(written('extensions.md'), extensionsMarkdown(described))
})

test('reference: the document is OpenAPI 3.1, with an operation for each method of each resource', async () => {
  const validator = new Validator()
  const { valid, errors } = await validator.validate(JSON.parse(JSON.stringify(document)))
  assert.deepEqual([valid, errors], [true, undefined])
  assert.equal(validator.version, '3.1')
  const paths = document.paths as { readonly [path: string]: JsonObject }
  assert.deepEqual(Object.keys(paths['/v2.0/networks'] ?? {}), ['get', 'post'])
  assert.deepEqual(Object.keys(paths['/v2.0/networks/{network_id}'] ?? {}), ['get', 'put', 'delete'])
  assert.deepEqual(Object.keys(paths['/v2.0/routers/{router_id}/add_router_interface'] ?? {}), ['put'])
  for (const { path } of described.routes) assert.ok(paths[`/v2.0${path.replaceAll(':text}', '}')}`], path)
  const ids = Object.values(paths).flatMap((operations) =>
    Object.values(operations).flatMap((operation) => (operation as JsonObject).operationId ?? []),
  )
  assert.equal(new Set(ids).size, ids.length)
})

test('reference: the page has every resource and every attribute, and nothing from outside', () => {
  const page = pageOf(document)
  for (const { attributes, collection } of described.definitions.resources.values()) {
    assert.ok(page.includes(collection), collection)
    for (const name of attributes.keys()) assert.ok(page.includes(`<code>${name}</code>`), name)
  }
  assert.doesNotMatch(page, /(?:src|href)="(?:https?:)?\/\//)
  assert.doesNotMatch(page, /undefined|\[object/)
})

test('reference: types are told as JSON Schema and in words', () => {
  const cases: readonly (readonly [Parameters<typeof schemaOf>[0], string])[] = [
    ['uuid?', 'uuid or null'],
    ['boolean', 'boolean'],
    ['ip', 'IP address'],
    ['ip?', 'IP address or null'],
    [{ values: [4, 6] }, '4, 6'],
    [{ values: ['a'], nullable: true }, '"a", null'],
    [{ integer: { min: 0, max: 9 } }, 'integer, 0 to 9'],
    [{ list: 'mac' }, 'list of MAC address'],
    [{ list: { dict: { a: { type: 'cidr' } } }, nullable: true }, 'list of {a} or null'],
    [{ string: { max: 4 } }, 'string, up to 4'],
    [{ check: (value) => value }, 'any'],
    [{ check: (value) => value, as: 'dict' }, 'object'],
  ]
  for (const [spec, words] of cases) assert.equal(wordsOf(schemaOf(spec)), words)
})
