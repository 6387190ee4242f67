/** Completion by pressing Tab, in a real bash and a real zsh; and what Debian's own completion file asks for. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openClient } from '#lab/api-client.ts'
import { type ApiServer, apiServer } from './api-server.ts'
import { openTerminal, type Terminal } from './terminal.ts'

const NEUTRON = join(import.meta.dirname, '../../src/cmd/neutron.ts')
const SHARE = join(import.meta.dirname, '../../share')
const folder = mkdtempSync(join(tmpdir(), 'neutrino-completion-'))
const PATH = `${folder}/bin:/usr/bin:/bin`
let server: ApiServer

before(async () => {
  server = await apiServer()
  const api = await openClient(join(server.state, 'clouds.yaml'), 'neutrino-demo')
  for (const name of ['blue', 'blue net', 'green:1', 'red']) await api.create('networks', { name })
  mkdirSync(join(folder, 'bin'))
  writeFileSync(join(folder, 'bin/neutron'), `#!/bin/sh\nexec '${process.execPath}' '${NEUTRON}' "$@"\n`, {
    mode: 0o755,
  })
  mkdirSync(join(folder, 'functions'))
  symlinkSync(join(SHARE, 'zsh/site-functions/_neutron'), join(folder, 'functions/_neutron'))
  writeFileSync(join(folder, 'a-file.pem'), '')
})
after(async () => {
  await server?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

const env = (): Record<string, string> => ({
  ...server.env(),
  HOME: folder,
  ZDOTDIR: folder,
  PATH,
  PS1: '$ ',
  PROMPT: '$ ',
})

/** Both ways to have it in bash and in zsh: a file that is sourced or found, and the script the command prints. */
const SHELLS: Record<string, { readonly argv: readonly string[]; readonly load: string }> = {
  'bash, its file': {
    argv: ['bash', '--norc', '--noprofile'],
    load: `source ${SHARE}/bash-completion/completions/neutron`,
  },
  'bash, eval': { argv: ['bash', '--norc', '--noprofile'], load: 'eval "$(neutron complete bash)"' },
  'zsh, its file': {
    argv: ['zsh', '-f'],
    load: `fpath=(${folder}/functions $fpath); autoload -Uz compinit; compinit -u -d ${folder}/dump; PS1='$ '`,
  },
  'zsh, eval': {
    argv: ['zsh', '-f'],
    load: `autoload -Uz compinit; compinit -u -d ${folder}/dump2; PS1='$ '; eval "$(neutron complete zsh)"`,
  },
}

async function shell({ argv, load }: { argv: readonly string[]; load: string }): Promise<Terminal> {
  const terminal = openTerminal(argv, { env: env(), folder, columns: 120 })
  await terminal.until(/[$%#]$/)
  terminal.line(`${load}; echo loaded-$?`)
  await terminal.until(/^loaded-0\n\$$/m)
  terminal.press('C-l')
  await terminal.until(/^\$$/)
  return terminal
}

/** What is typed, and what stands there after Tab (pressed that often); the line is dropped afterwards. */
async function tab(terminal: Terminal, typed: string, then: RegExp, times = 1): Promise<void> {
  terminal.type(typed)
  await terminal.until((screen) => screen.trimEnd().endsWith(typed.trimEnd()))
  for (let pressed = 0; pressed < times; pressed += 1) terminal.press('Tab')
  await terminal.until(then)
  terminal.press('C-u', 'C-l')
  await terminal.until(/^\$$/)
}

for (const [title, how] of Object.entries(SHELLS)) {
  test(`completion in ${title}: commands, options, choices, names`, async () => {
    await using terminal = await shell(how)
    await tab(terminal, 'neutron security-group-rule-c', /^\$ neutron security-group-rule-create$/m)
    await tab(terminal, 'neutron net-list --no-pr', /^\$ neutron net-list --no-pr$/m)
    await tab(terminal, 'neutron net-list --print', /^\$ neutron net-list --print-empty$/m)
    await tab(terminal, 'neutron net-list --format js', /^\$ neutron net-list --format json$/m)
    await tab(terminal, 'neutron net-list --format=js', /^\$ neutron net-list --format=json$/m)
    await tab(terminal, 'neutron net-show re', /^\$ neutron net-show red$/m)
    await tab(terminal, 'neutron net-show gr', /^\$ neutron net-show green:1$/m)
    await tab(terminal, 'neutron net-show blue\\ ', /^\$ neutron net-show blue\\ net$/m)
    await tab(terminal, "neutron net-show 'blue n", /^\$ neutron net-show 'blue net'$/m)
    await tab(terminal, 'neutron --os-cacert a-', /^\$ neutron --os-cacert a-file\.pem$/m)
    await tab(terminal, 'neutron net-upd', /^\$ neutron net-update$/m)
  })

  test(`completion in ${title}: all that may come next is listed`, async () => {
    await using terminal = await shell(how)
    const times = how.argv[0] === 'bash' ? 2 : 1
    await tab(terminal, 'neutron net-', /net-create[\s\S]*net-show[\s\S]*net-update/, times)
    await tab(
      terminal,
      'neutron net-list --format ',
      /^(?=[\s\S]*csv)(?=[\s\S]*json)(?=[\s\S]*table)(?=[\s\S]*value)[\s\S]*yaml/,
      times,
    )
  })
}

test('completion: nothing is said where there is no server, no cloud and no command', async () => {
  const nowhere = { PATH, HOME: folder }
  for (const line of [
    'neutron net-show ',
    'neutron --os-cloud nowhere net-show r',
    'neutron unknown x',
    'neutron net-show "r',
  ]) {
    const out = execFileSync('neutron', ['complete', 'line', '--', line], { env: nowhere, encoding: 'utf8' })
    assert.equal(out, '', line)
  }
})

test("completion: the line's own options say whom to ask", () => {
  const { OS_CLOUD, ...rest } = env()
  const ask = (line: string) =>
    execFileSync('neutron', ['complete', 'line', '--', line], { env: rest, encoding: 'utf8' })
  assert.equal(ask(`neutron --os-cloud ${OS_CLOUD} net-show re`), 'red\t\n')
  assert.equal(ask('neutron net-show re'), '')
})

test("completion: Debian's own completion file for bash works with bash-completion's answer", () => {
  const words = execFileSync('neutron', ['bash-completion'], { env: { PATH, HOME: folder }, encoding: 'utf8' })
  assert.equal(words.trimEnd().split('\n').length, 1)
  const known = new Set(words.trimEnd().split(' '))
  for (const word of ['net-list', 'port-create', 'help', 'bash-completion', '--os-cloud', '--format', '-c']) {
    assert.ok(known.has(word), word)
  }
})
