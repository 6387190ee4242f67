/** Every command line of the guide to the `neutron` command, run as a reader would: what it prints is what is printed. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { consoleSteps, matches, runSteps, shapeOf } from './console.ts'
import { type NeutronWorld, neutronWorld } from './neutron-command.ts'

const ROOT = join(import.meta.dirname, '../..')
const PAGE = 'docs/guide/neutron-command.md'
const steps = consoleSteps(readFileSync(join(ROOT, PAGE), 'utf8'))

let world: NeutronWorld
let printed: readonly string[]

before(async () => {
  world = await neutronWorld()
  const env = { ...world.env, PATH: `${join(ROOT, 'bin')}:${world.env.PATH}` }
  printed = await runSteps(steps, env, world.folder)
})
after(() => world?.[Symbol.asyncDispose]())

test('the guide has a session in it', () => assert.ok(steps.length > 20))

for (const [index, { command, printed: wanted, line }] of steps.entries()) {
  test(`${PAGE}:${line}: ${command}`, () => {
    const lines = shapeOf(printed[index]!)
    if (!matches(lines, shapeOf(wanted))) assert.deepEqual(lines, shapeOf(wanted))
  })
}
