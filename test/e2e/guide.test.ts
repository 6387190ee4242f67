/** Every command line of the guide to the `neutron` command, run as a reader would: what it prints is what is printed. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { consoleSteps, matches, runSteps, shapeOf } from './console.ts'
import { type ApiServer, apiServer } from './neutron-command.ts'

const ROOT = join(import.meta.dirname, '../..')
const PAGE = 'docs/guide/neutron-command.md'
const steps = consoleSteps(readFileSync(join(ROOT, PAGE), 'utf8'))
const folder = mkdtempSync(join(tmpdir(), 'neutrino-guide-'))

let server: ApiServer
let printed: readonly string[]

before(async () => {
  server = await apiServer()
  const { PATH = '/usr/bin:/bin' } = process.env
  const env = {
    PATH: `${join(ROOT, 'bin')}:${PATH}`,
    HOME: folder,
    LC_ALL: 'C.UTF-8',
    OS_CLIENT_CONFIG_FILE: server.cloudsFile,
    OS_CLOUD: 'neutrino-demo',
  }
  printed = await runSteps(steps, env, folder)
})
after(async () => {
  await server?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

test('the guide has a session in it', () => assert.ok(steps.length > 20))

for (const [index, { command, printed: wanted, line }] of steps.entries()) {
  test(`${PAGE}:${line}: ${command}`, () => {
    const lines = shapeOf(printed[index]!)
    if (!matches(lines, shapeOf(wanted))) assert.deepEqual(lines, shapeOf(wanted))
  })
}
