/** What reviewers would otherwise repeat: lengths, a page for every folder, no forbidden word, nothing undocumented. */
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { test } from 'node:test'

const ROOT = `${import.meta.dirname}/../`
const FILE_LINES_MAX = 500
const README_LINES_MAX = 30
const LINE_LENGTH_MAX = 120

const code = globSync('{src,test,scripts,bench}/**/*.ts', { cwd: ROOT }).sort()
const text = (file: string): string => readFileSync(`${ROOT}${file}`, 'utf8')

test('a file is one idea: at most 500 lines', () => {
  assert.deepEqual(
    code.map((file) => [file, text(file).split('\n').length] as const).filter(([, lines]) => lines > FILE_LINES_MAX),
    [],
  )
})

test('lines are at most 120 columns wide, strings and links excepted', () => {
  const wrong = code.flatMap((file) =>
    text(file)
      .split('\n')
      .map((line, index) => ({ at: `${file}:${index + 1}`, line }))
      .filter(({ line }) => line.length > LINE_LENGTH_MAX && !/['"`].{60}|https?:|\/.{60}\//.test(line))
      .map(({ at }) => at),
  )
  assert.deepEqual(wrong, [])
})

test('every module opens by saying what it is', () => {
  assert.deepEqual(
    code.filter((file) => !/^(#!.*\n)?\/\*\*/.test(text(file)) && !file.endsWith('.test.ts')),
    [],
  )
})

test('every folder under src/ has a page of at most 30 lines', () => {
  const isRoom = (folder: string) => folder.split('/').length > 1 && !folder.endsWith('/migrations')
  const folders = [...new Set(code.filter((file) => file.startsWith('src/')).map((file) => dirname(file)))].filter(
    isRoom,
  )
  assert.deepEqual(
    folders.filter((folder) => !existsSync(`${ROOT}${folder}/README.md`)),
    [],
  )
  assert.deepEqual(
    folders.filter((folder) => text(`${folder}/README.md`).split('\n').length > README_LINES_MAX + 1),
    [],
  )
})

test('files are named for what they are', () => {
  assert.deepEqual(
    code.filter(
      (file) => /\/(utils?|helpers?|common|managers?|misc)\.ts$/.test(file) && file !== 'src/config/common.ts',
    ),
    [],
  )
})

test('no skipped test, no test that runs alone, no TODO without a number', () => {
  const wrong = code.filter(
    (file) =>
      file !== 'test/tidy.test.ts' &&
      /\b(test|it|describe)\.(skip|only|todo)\b|\bskip: true\b|TODO(?!\(#\d+\))/.test(text(file)),
  )
  assert.deepEqual(wrong, [])
})

test('every file is used: imported, found by its name, or run', () => {
  const found =
    /(\/(definition|plugin|policy|cli)\.ts|\/migrations\/|\.test\.ts|^src\/cmd\/|^scripts\/|^bench\/|^test\/)/
  const imported = new Set(
    code.flatMap((file) =>
      [...text(file).matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, name = '']) =>
        name.startsWith('#') ? `src/${name.slice(1)}` : `${dirname(file)}/${name.replace(/^\.\//, '')}`,
      ),
    ),
  )
  assert.deepEqual(
    code.filter((file) => !found.test(file) && !imported.has(file)),
    [],
  )
})

test('every wire error a feature declares is met by the compatibility page or the reference of errors', () => {
  const reference = existsSync(`${ROOT}docs/reference/errors.md`) ? text('docs/reference/errors.md') : ''
  const declared = code
    .filter((file) => file.endsWith('errors.ts') && file.startsWith('src/') && file !== 'src/base/errors.ts')
    .flatMap((file) => [...text(file).matchAll(/errorType\(\s*'(\w+)'/g)].map((match) => match[1]!))
  assert.deepEqual(
    declared.filter((type) => !reference.includes(`\`${type}\``)),
    [],
  )
})
