import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { boolean, defineOptions, integer, list } from '#config/options.ts'
import { readConfiguration } from './read-configuration.ts'

const pair = defineOptions('pair', {
  size: integer({ default: 3, help: 'A number.' }),
  tidy: boolean({ default: false, help: 'A choice.' }),
  names: list({ default: ['a'], choices: ['a', 'b'], help: 'Words.' }),
})

function read(text: string) {
  const folder = mkdtempSync(join(tmpdir(), 'read-'))
  try {
    writeFileSync(`${folder}/x.conf`, text)
    return readConfiguration([pair], [{ kind: 'file', path: `${folder}/x.conf` }])
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('every option that is refused is named, its default assumed, and the others are what they are', () => {
  const { config, refusals, readable } = read('[pair]\nsize = large\ntidy = true\nnames = c\n')
  assert.deepEqual(
    refusals.map((text) => /x.conf:(\d): (\[pair\] \w+)/.exec(text)?.slice(1)),
    [
      ['2', '[pair] size'],
      ['4', '[pair] names'],
    ],
  )
  assert.deepEqual({ ...config.of(pair), readable }, { size: 3, tidy: true, names: ['a'], readable: true })
})

test('a file that is none is told, and nothing of it is believed', () => {
  const { config, refusals, readable } = read('[pair]\ntidy = true\nnot an assignment\n')
  assert.equal(refusals.length, 1)
  assert.deepEqual([readable, config.files, config.of(pair).tidy], [false, [], false])
})

test('what is only warned about is kept', () => {
  assert.deepEqual(
    read('[pair]\nsise = 1\n').warnings.map(({ event, fields }) => [event, fields.option]),
    [['unknown option', 'sise']],
  )
})
