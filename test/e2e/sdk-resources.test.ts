/** openstacksdk (Debian's) drives every resource: create, show, find, list with filters, update, delete. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { freePort, type OneHost, oneHost, sweep, temporaryState } from './one-host.ts'
import { openstackJson } from './openstack.ts'
import { SDK_CALLS, SDK_ENTRIES } from './sdk-resources.ts'

const DRIVER_MS_MAX = 300_000
const state = temporaryState()
const clouds = `${state}/clouds.yaml`
let host: OneHost
let driver: ChildProcess
let outcomes: AsyncIterator<string>
let aliases: readonly string[]

before(async () => {
  const ports = ['--port', String(await freePort()), '--identity-port', String(await freePort())]
  host = await oneHost(state, ['--api-only', ...ports])
  const [listed] = await openstackJson(clouds, 'neutrino-admin', ['extension list --network -f json -c Alias'])
  aliases = (listed as unknown as readonly { readonly Alias: string }[]).map(({ Alias }) => Alias)
  const env = { ...process.env, OS_CLIENT_CONFIG_FILE: clouds, OS_CLOUD: 'neutrino-admin', PYTHONWARNINGS: 'ignore' }
  driver = spawn('/usr/bin/python3', [join(import.meta.dirname, 'sdk.py')], {
    env: { ...env, HOME: state },
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: DRIVER_MS_MAX,
  })
  outcomes = createInterface({ input: driver.stdout! })[Symbol.asyncIterator]()
})
after(async () => {
  driver?.stdin?.end()
  if (driver && driver.exitCode === null && driver.signalCode === null) await once(driver, 'exit')
  await host?.end('SIGTERM')
  await sweep(state)
})

for (const [index, entry] of [...SDK_ENTRIES, ...SDK_CALLS].entries()) {
  test(`openstacksdk: ${entry.resource}${entry.needs ? ` (${entry.needs})` : ''}`, async () => {
    if (entry.needs) assert.ok(aliases.includes(entry.needs), `${entry.needs} is not served`)
    driver.stdin!.write(`${JSON.stringify({ ...entry, name: `it-${index}` })}\n`)
    const { value, done } = await outcomes.next()
    assert.ok(!done, 'the driver ended')
    assert.equal((JSON.parse(value) as { readonly error: string | null }).error, null)
  })
}
