/** The rules of scripts/layers.ts, run against every import line under src/. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { test } from 'node:test'
import { LAYERS } from '../scripts/layers.ts'

const ROOT = `${import.meta.dirname}/../`
const FEATURE_ROOMS = ['services', 'extensions']
const DECLARED = ['definition.ts', 'options.ts', 'contract.ts']
const READABLE_OF_OTHERS = ['definition.ts', 'errors.ts', 'tables.ts']

const files = globSync('src/**/*.ts', { cwd: ROOT }).sort()
const sources = new Map(files.map((file) => [file, readFileSync(`${ROOT}${file}`, 'utf8')]))

/** The modules a file imports, as written. */
function importsOf(source: string): string[] {
  return [...source.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]!)
}

/** `#layer/x.ts` and `./x.ts` as a path below the repository. */
function resolved(from: string, specifier: string): string {
  return specifier.startsWith('#') ? `src/${specifier.slice(1)}` : `${dirname(from)}/${specifier.replace(/^\.\//, '')}`
}

function layerOf(file: string): string {
  const [, room = '', ...rest] = file.split('/')
  const name = basename(file)
  if (FEATURE_ROOMS.includes(room) || room === 'core' || room === 'ml2') {
    if (DECLARED.includes(name)) return 'declared'
    if (name === 'cli.ts') return 'cli'
    if (FEATURE_ROOMS.includes(room)) {
      return /(^|\.)agent(\.test)?\.ts$/.test(name) || rest.slice(1).includes('agent') ? 'fragment' : 'feature'
    }
  }
  return room
}

const featureOf = (file: string): string => file.split('/').slice(0, 3).join('/')
const isTest = (file: string): boolean => file.endsWith('.test.ts')

test('every import goes down the layer table', () => {
  const wrong: string[] = []
  for (const [file, source] of sources) {
    if (isTest(file)) continue
    const layer = layerOf(file)
    const allowed = LAYERS[layer]
    assert.ok(allowed, `${file}: no layer '${layer}' in the table`)
    for (const specifier of importsOf(source).filter((name) => name.startsWith('#'))) {
      const target = layerOf(resolved(file, specifier))
      if (target === layer || target === 'base' || allowed.includes('*') || allowed.includes(target)) continue
      wrong.push(`${file}: ${layer} may not import ${target} (${specifier})`)
    }
  }
  assert.deepEqual(wrong, [])
})

test('imports name their layer: ./ for the same folder, # for everything else', () => {
  const wrong = [...sources].flatMap(([file, source]) =>
    importsOf(source)
      .filter((name) => name.startsWith('../') || /^\.\/.*\//.test(name))
      .map((name) => `${file}: ${name}`),
  )
  assert.deepEqual(wrong, [])
})

test('of another feature only its definition, errors and tables are read', () => {
  const wrong: string[] = []
  for (const [file, source] of sources) {
    if (isTest(file) || !FEATURE_ROOMS.includes(file.split('/')[1] ?? '')) continue
    for (const specifier of importsOf(source)) {
      if (!/^#(services|extensions)\//.test(specifier)) continue
      const target = resolved(file, specifier)
      if (featureOf(target) === featureOf(file) || READABLE_OF_OTHERS.includes(basename(target))) continue
      wrong.push(`${file}: ${specifier}`)
    }
  }
  assert.deepEqual(wrong, [])
})

test('no import leads back to where it came from', () => {
  const edges = new Map(
    [...sources].map(([file, source]) => [
      file,
      importsOf(source.replaceAll(/^import type .*$/gm, ''))
        .filter((name) => /^[#.]/.test(name))
        .map((name) => resolved(file, name)),
    ]),
  )
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): void => {
    const seen = path.indexOf(file)
    assert.equal(seen, -1, `cycle: ${[...path.slice(seen), file].join(' → ')}`)
    if (done.has(file)) return
    for (const next of edges.get(file) ?? []) visit(next, [...path, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
})

test('programs are run in linux/command.ts and nowhere else', () => {
  const wrong = [...sources].filter(
    ([file, source]) =>
      !isTest(file) &&
      file !== 'src/linux/command.ts' &&
      /node:child_process|linux\/spawn\.ts|'\.\/spawn\.ts/.test(source),
  )
  assert.deepEqual(
    wrong.map(([file]) => file),
    [],
  )
})

test('linux/ takes values: it knows no option and no context', () => {
  const wrong = [...sources].filter(
    ([file, source]) => file.startsWith('src/linux/') && /#(config|plugin)\//.test(source),
  )
  assert.deepEqual(
    wrong.map(([file]) => file),
    [],
  )
})
