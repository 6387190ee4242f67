/** A script of many modules as a process: it does what the modules do, and steps aside when one of them has changed. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { flatten, isFlatFresh } from '#cmd/flatten.ts'

const MODULES = {
  'cmd/main.ts': `import { greeting } from '../cli/words.ts'
const { farewell }: { farewell: (name: string) => string } = await import('../cli/late.ts')
const flat = 'flat' in import.meta
console.log(JSON.stringify([greeting('you'), farewell('you'), flat]))
`,
  'cli/words.ts': `import { join } from 'node:path'
export class Said { readonly text: string
  constructor(text: string) { this.text = text } }
export const greeting = (name: string): string => new Said(join('hello', name)).text
`,
  'cli/late.ts': `import { Said } from './words.ts'
export function farewell(name: string): string { return new Said('bye ' + name).text }
`,
}

test('a script of modules runs them, loads the rest when it is asked for, and gives way to a source that changed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flatten-'))
  try {
    const source = join(folder, 'src')
    for (const [name, text] of Object.entries(MODULES)) {
      mkdirSync(join(source, name, '..'), { recursive: true })
      writeFileSync(join(source, name), text)
    }
    const { text, rest } = flatten({
      source,
      entry: 'cmd/main.ts',
      early: [],
      late: [],
      watched: ['cli'],
      restFile: 'rest.cjs',
    })
    assert.doesNotMatch(text, /farewell = farewell/)
    mkdirSync(join(folder, '.cache'))
    writeFileSync(join(folder, '.cache/main.cjs'), text)
    writeFileSync(join(folder, '.cache/rest.cjs'), rest)
    const run = () =>
      JSON.parse(execFileSync(process.execPath, [join(folder, '.cache/main.cjs')], { encoding: 'utf8' }))
    assert.deepEqual(run(), ['hello/you', 'bye you', true])
    assert.equal(isFlatFresh(text, source), true)

    writeFileSync(join(source, 'cli/late.ts'), MODULES['cli/late.ts'].replace('bye', 'good bye'))
    assert.deepEqual(run(), ['hello/you', 'good bye you', false])
    assert.equal(isFlatFresh(text, source), false)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
