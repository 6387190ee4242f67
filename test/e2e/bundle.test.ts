/** A command as one file: it does what its modules do, and steps aside when one of them has changed. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { keepBundle } from '#cmd/bundle.ts'

const MODULES = {
  'cmd/main.ts': `import { greeting } from '../cli/words.ts'
async function main(): Promise<void> {
  const { farewell } = await import('../cli/late.ts')
  const { where } = await import('./apart.ts')
  const isBundle = import.meta.filename !== import.meta.dirname + '/main.ts'
  console.log(JSON.stringify([greeting('you'), farewell('you'), where.endsWith('src/cmd/apart.ts'), isBundle]))
}
void main()
`,
  'cmd/apart.ts': 'export const where: string = import.meta.filename\n',
  'cli/words.ts': `import { join } from 'node:path'
export class Said { readonly text: string
  constructor(text: string) { this.text = text } }
export const greeting = (name: string): string => new Said(join('hello', name)).text
`,
  'cli/late.ts': `import { Said } from './words.ts'
export function farewell(name: string): string { return new Said('bye ' + name).text }
`,
}

test('a bundle does what its modules do, and gives way to a source that changed', async () => {
  const root = mkdtempSync(join(tmpdir(), 'bundle-'))
  try {
    const [source, folder] = [join(root, 'src'), join(root, 'kept')]
    for (const [name, text] of Object.entries(MODULES)) {
      mkdirSync(join(source, name, '..'), { recursive: true })
      writeFileSync(join(source, name), text)
    }
    const keep = () => keepBundle({ source, entry: 'cmd/main.ts', apart: ['cmd/apart.ts'], watched: ['cli'], folder })
    const run = () => JSON.parse(execFileSync(process.execPath, [join(folder, 'main.cjs')], { encoding: 'utf8' }))
    await keep()
    assert.deepEqual(run(), ['hello/you', 'bye you', true, true])

    writeFileSync(join(source, 'cli/late.ts'), MODULES['cli/late.ts'].replace('bye', 'good bye'))
    assert.deepEqual(run(), ['hello/you', 'good bye you', true, false])

    await keep()
    assert.deepEqual(run(), ['hello/you', 'good bye you', true, true])
    assert.equal(readdirSync(folder).length, 3)

    writeFileSync(join(source, 'cli/new.ts'), '')
    assert.deepEqual(run(), ['hello/you', 'good bye you', true, false])

    writeFileSync(join(source, 'cli/words.ts'), 'this is no program')
    await assert.rejects(keep(), /Expected ";"/)
    assert.equal(readdirSync(folder).length, 3)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
})
