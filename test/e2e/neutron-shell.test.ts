/** `neutron` without a command, in a real terminal and from a pipe. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openClient } from '#lab/api-client.ts'
import { type ApiServer, apiServer } from './api-server.ts'
import { outcomeOf } from './neutron-command.ts'
import { openTerminal, type Terminal } from './terminal.ts'

const NEUTRON = join(import.meta.dirname, '../../src/cmd/neutron.ts')
const ARGV = [process.execPath, NEUTRON] as const
const PROMPT = /^\(neutron\)$/m
const home = mkdtempSync(join(tmpdir(), 'neutrino-home-'))
const HISTORY = join(home, 'state/neutron/history')
let server: ApiServer

before(async () => {
  server = await apiServer()
  const api = await openClient(join(server.state, 'clouds.yaml'), 'neutrino-demo')
  await api.create('networks', { name: 'blue' })
  await api.create('networks', { name: 'blue net' })
})
after(async () => {
  await server?.[Symbol.asyncDispose]()
  rmSync(home, { recursive: true, force: true })
})

const env = () => ({ ...server.env(), HOME: home, XDG_STATE_HOME: join(home, 'state') })

/** The shell, at its first prompt. */
async function shell(words: readonly string[] = []): Promise<Terminal> {
  const terminal = openTerminal([...ARGV, ...words], { env: env(), rows: 70 })
  await terminal.until(PROMPT)
  return terminal
}

const piped = (input: string, words: readonly string[] = []) =>
  outcomeOf(process.execPath, [NEUTRON, ...words], env(), input)

test('the shell: lists, goes on after errors, and leaves with status 0', async () => {
  await using terminal = await shell()
  terminal.line('net-list -c name')
  await terminal.until(/\| blue +\|[\s\S]*^\(neutron\)$/m)
  terminal.line('net-lst')
  await terminal.until(/Unknown command \['net-lst'\]\nDid you mean this\?\n {2}net-list\n\(neutron\)$/)
  terminal.line("net-show 'blu")
  await terminal.until(/Invalid syntax: No closing quotation\n\(neutron\)$/)
  terminal.line('net-show bleu')
  await terminal.until(/Unable to find network with name or id 'bleu'\nDid you mean this\?\n {2}blue\n\(neutron\)$/)
  terminal.line('net-show')
  await terminal.until(/net-show: error: the following arguments are required: NETWORK\n.*\n\(neutron\)$/)
  terminal.line("net-show 'blue net' -f value -c name")
  await terminal.until(/^blue net\n\(neutron\)$/m)
  terminal.line('quit now')
  await terminal.until(/quit: error: unrecognized arguments: now\n\(neutron\)$/)
  terminal.line('exit')
  assert.equal(await terminal.ended(), 0)
})

test('the shell: help, ?, help COMMAND and COMMAND --help', async () => {
  await using terminal = await shell()
  for (const line of ['help net-show', '?net-show', '? net-show', 'net-show --help']) {
    terminal.line(line)
    await terminal.until(/usage: net-show \[-h\][\s\S]*positional arguments:[\s\S]*\n\(neutron\)$/)
    terminal.clear()
  }
  terminal.line('help')
  await terminal.until(/^ {2}subnet-update +Update /m)
  assert.match(terminal.everything(), /^Shell commands:\n[\s\S]*^ {2}exit +Leave the shell\./m)
  assert.match(terminal.everything(), /^ {2}net-list +List networks/m)
  terminal.press('C-d')
  assert.equal(await terminal.ended(), 0)
})

test('the shell: Tab completes commands, options, choices and names', async () => {
  await using terminal = await shell()
  terminal.type('net-sh')
  terminal.press('Tab')
  await terminal.until(/^\(neutron\) net-show$/m)
  terminal.type('bl')
  await terminal.pressUntil('Tab', /^blue +'blue net'$/m)
  terminal.press('C-c')
  await terminal.until(PROMPT)
  terminal.type("net-show 'blue n")
  terminal.press('Tab')
  await terminal.until(/^\(neutron\) net-show 'blue net'$/m)
  terminal.type('--form')
  terminal.press('Tab')
  await terminal.until(/--format$/m)
  terminal.type('j')
  terminal.press('Tab')
  await terminal.until(/net-show 'blue net' --format json$/m)
  terminal.press('Enter')
  await terminal.until(/"name": "blue net"/)
})

test('the shell: ^C drops the line, ^D leaves', async () => {
  await using terminal = await shell()
  terminal.type('net-delete blue')
  await terminal.until(/net-delete blue$/m)
  terminal.press('C-c')
  await terminal.until(/^\(neutron\) net-delete blue\^C\n\(neutron\)$/m)
  terminal.press('C-d')
  assert.equal(await terminal.ended(), 0)
})

test('the shell: ^C ends the request that hangs, not the shell', async () => {
  const deaf = createServer(() => {}).listen(0, '127.0.0.1')
  await once(deaf, 'listening')
  const address = deaf.address()
  assert.ok(address !== null && typeof address === 'object')
  const words = ['--os-url', `http://127.0.0.1:${address.port}`, '--os-token', 'any']
  const asked = once(deaf, 'connection')
  await using terminal = await shell(words)
  terminal.line('net-list')
  await asked
  terminal.press('C-c')
  await terminal.until(/net-list\n\^C\n\(neutron\)$/)
  terminal.line('help quit')
  await terminal.until(/quit: Leave the shell\.\n\(neutron\)$/)
  terminal.line('quit')
  assert.equal(await terminal.ended(), 0)
  deaf.close()
})

test('the shell: lines are kept for the next session, those with secrets are not', async () => {
  {
    await using terminal = await shell()
    terminal.line('net-list -c id')
    await terminal.until(/\+\n\(neutron\)$/)
    terminal.line('net-list --os-password secret -c id')
    await terminal.until(/\n\(neutron\)$/)
    terminal.line('port-list -c id')
    await terminal.until(/port-list -c id\n[\s\S]*\(neutron\)$/)
    terminal.line('exit')
    await terminal.ended()
  }
  assert.equal(statSync(HISTORY).mode & 0o777, 0o600)
  assert.doesNotMatch(readFileSync(HISTORY, 'utf8'), /secret/)
  await using terminal = await shell()
  terminal.press('Up', 'Up')
  await terminal.until(/^\(neutron\) port-list -c id$/m)
  terminal.press('Up')
  await terminal.until(/^\(neutron\) net-list -c id$/m)
})

test('the shell: survives a server that is restarted, and the token that went with it', async () => {
  await using terminal = await shell()
  terminal.line('net-list -c name -f value')
  await terminal.until(/^blue net\n[\s\S]*\(neutron\)$/m)
  await server.kill()
  terminal.clear()
  terminal.line('net-list -c name -f value')
  await terminal.until(/Unable to establish connection|refused|Connection/)
  await terminal.until(/\n\(neutron\)$/)
  await server.start()
  terminal.clear()
  terminal.line('net-list -c name -f value')
  await terminal.until(/^blue net\n[\s\S]*\(neutron\)$/m)
})

test('a pipe: lines are run in their order, comments and empty lines are nothing, errors do not end it', async () => {
  const { status, out, err } = await piped(
    "# names\n\nnet-show blue -c name -f value\nfoo\nnet-show nope\n  net-show 'blue net' -c name -f value\n",
  )
  assert.deepEqual(
    { status, out, err },
    {
      status: 0,
      out: 'blue\nblue net\n\n',
      err: "Unknown command ['foo']\nUnable to find network with name or id 'nope'\n",
    },
  )
})

test('a pipe: what follows quit is not run', async () => {
  const { status, out } = await piped('quit\nnet-show blue -c name -f value\n')
  assert.deepEqual({ status, out }, { status: 0, out: '' })
})
