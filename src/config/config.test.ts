import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { Fields, Log } from '#base/log.ts'
import { ConfigError, configOf, defaultsOf, type LoadOptions, loadConfig } from './config.ts'
import { boolean, defineOptions, dict, float, integer, ip, list, multi, port, string } from './options.ts'

const example = defineOptions('DEFAULT', {
  listen_port: port({ default: 9696, help: '' }),
  workers: integer({ min: 1, max: 8, help: '' }),
  ratio: float({ default: 0.5, help: '' }),
  level: string({ default: 'low', choices: ['low', 'high'], mutable: true, help: '' }),
  names: list({ default: [], help: '' }),
  confs: string({ default: '$state_path/dhcp', help: '' }),
  nova_metadata_host: string({ default: '127.0.0.1', deprecated: [{ name: 'nova_metadata_ip' }], help: '' }),
  password: string({
    default: '',
    secret: true,
    check: (value) => (value === 'x' ? `${value} is short` : null),
    help: '',
  }),
})
const ovs = defineOptions('ovs', {
  local_ip: ip({ help: '' }),
  bridge_mappings: dict({ default: {}, help: '' }),
  enabled: boolean({ default: false, help: '' }),
  device: multi({ default: [], help: '', deprecated: [{ section: 'DEFAULT', name: 'old_device' }] }),
  // biome-ignore lint/suspicious/noTemplateCurlyInString: oslo.config's references look so too
  path: string({ default: '$confs/${listen_port}/${ovs.enabled}/$nothing/$$/\\$', help: '' }),
})
const groups = [example, ovs]

const directory = mkdtempSync(join(tmpdir(), 'neutrino-config-'))
after(() => rmSync(directory, { recursive: true }))
let count = 0

function file(text: string, name = `${count++}.conf`): string {
  writeFileSync(join(directory, name), text)
  return join(directory, name)
}

function load(texts: readonly string[], more: Partial<LoadOptions> = {}) {
  const argv = texts.flatMap((text) => ['--config-file', file(text)])
  return loadConfig({
    groups,
    argv: [...argv, ...(more.argv ?? [])],
    env: more.env ?? {},
    log: more.log ?? recorder([]),
  })
}

function recorder(events: (Fields & { event: string })[]): Log {
  const write = (event: string, fields: Fields = {}) => void events.push({ event, ...fields })
  const log: Log = { debug: write, info: write, warn: write, error: write, child: () => log }
  return log
}

test('config: defaults hold where nothing is given, with their references replaced', () => {
  assert.equal(defaultsOf(example).confs, '/var/lib/neutron/dhcp')
  assert.deepEqual(configOf({}, groups).of(ovs), {
    local_ip: null,
    bridge_mappings: {},
    enabled: false,
    device: [],
    path: '/var/lib/neutron/dhcp/9696/False/$nothing/$/$',
  })
})

test('config: a later file beats an earlier one, the environment beats files, the command line beats all', () => {
  const texts = [
    '[DEFAULT]\nlisten_port = 1\nstate_path = /a\nratio = 2',
    '[DEFAULT]\nlisten_port = 2\nstate_path = /b',
  ]
  const config = load(texts, { argv: ['--state_path', '/c'], env: { OS_DEFAULT__LISTEN_PORT: '3' } })
  const { listen_port, ratio, confs } = config.of(example)
  assert.deepEqual({ listen_port, ratio, confs }, { listen_port: 3, ratio: 2, confs: '/c/dhcp' })
})

test('config: values of every type are read', () => {
  const text =
    '[OVS]\nlocal_ip = 192.0.2.1\nbridge_mappings = a:br-a, b : br-b\nenabled = Yes\ndevice = 1,2\ndevice = 3'
  assert.deepEqual(
    { ...load([text, '[ovs]\ndevice = 4']).of(ovs), path: '' },
    {
      local_ip: '192.0.2.1',
      bridge_mappings: { a: 'br-a', b: 'br-b' },
      enabled: true,
      device: ['1,2', '3', '4'],
      path: '',
    },
  )
  assert.deepEqual(load(['[DEFAULT]\nnames = a, b ,c,\nworkers =']).of(example).names, ['a', 'b', 'c'])
})

const bad: { readonly [text: string]: readonly [number, string, RegExp] } = {
  '[DEFAULT]\nlisten_port = 9696 # x': [2, '[DEFAULT] listen_port', /'9696 # x' is not an integer/],
  '[DEFAULT]\nlisten_port = 65536': [2, '[DEFAULT] listen_port', /less than or equal to 65535/],
  '[DEFAULT]\nlisten_port =': [2, '[DEFAULT] listen_port', /empty/],
  '[DEFAULT]\n\nworkers = 0': [3, '[DEFAULT] workers', /greater than or equal to 1/],
  '[DEFAULT]\nlevel = Low': [2, '[DEFAULT] level', /Valid values are \['low', 'high'\], but found 'Low'/],
  '[ovs]\nenabled =': [2, '[ovs] enabled', /Unexpected boolean value ''/],
  '[ovs]\nlocal_ip = ten': [2, '[ovs] local_ip', /ten is not IPv4 or IPv6 address/],
  '[ovs]\nbridge_mappings = a:b,a:c': [2, '[ovs] bridge_mappings', /Duplicate key a/],
  '[DEFAULT]\npassword = x': [2, '[DEFAULT] password', /the value is refused/],
  '[DEFAULT]\nconfs = $confs': [2, '[DEFAULT] confs', /refers to itself/],
}
for (const [text, [line, option, reason]] of Object.entries(bad)) {
  test(`config: ${JSON.stringify(text)} stops the start with file, line, option and reason`, () => {
    assert.throws(
      () => load([text]),
      (error) =>
        error instanceof ConfigError && error.line === line && error.option === option && reason.test(error.reason),
    )
  })
}

test('config: a deprecated name is read and said once; in one file the new name wins, the newest file wins', () => {
  const events: (Fields & { event: string })[] = []
  const log = recorder(events)
  const old = '[DEFAULT]\nnova_metadata_ip = 192.0.2.9'
  const current = '[DEFAULT]\nnova_metadata_host = 192.0.2.8'
  assert.equal(load([old], { log }).of(example).nova_metadata_host, '192.0.2.9')
  assert.deepEqual(
    events.filter(({ event }) => event === 'deprecated option').map(({ text }) => text),
    [
      'option "nova_metadata_ip" from group "DEFAULT" is deprecated, use option "nova_metadata_host" from group "DEFAULT"',
    ],
  )
  assert.equal(load([`${old}\nnova_metadata_host = 192.0.2.8`]).of(example).nova_metadata_host, '192.0.2.8')
  assert.equal(load([current, old]).of(example).nova_metadata_host, '192.0.2.9')
})

test('config: names nobody reads are warned about, those of upstream with the reason', () => {
  const events: (Fields & { event: string })[] = []
  load(
    [
      '[DEFAULT]\nlisten_prot = 1\nuse_namespaces = True\nadmin_user = neutron\n[nowhere]\nk = 1\n[ovn]\novsdb_log_level = INFO',
    ],
    {
      log: recorder(events),
    },
  )
  assert.deepEqual(
    events.map(({ event, line, section, option }) => [event, line, section, option]),
    [
      ['unknown section', 5, 'nowhere', undefined],
      ['unknown option', 2, 'DEFAULT', 'listen_prot'],
      ['option without effect', 3, 'DEFAULT', 'use_namespaces'],
      ['option without effect', 4, 'DEFAULT', 'admin_user'],
      ['option without effect', 8, 'ovn', 'ovsdb_log_level'],
    ],
  )
})

test('config: a directory is read where it stands, its *.conf by name, others not', () => {
  const conf = join(directory, 'conf.d')
  mkdirSync(conf)
  for (const [name, value] of [
    ['10-a.conf', 1],
    ['20-b.conf', 2],
    ['30-c.txt', 3],
  ] as const) {
    writeFileSync(join(conf, name), `[DEFAULT]\nlisten_port = ${value}\n`)
  }
  const before = file('[DEFAULT]\nlisten_port = 7')
  const of = (...argv: string[]) => loadConfig({ groups, argv, env: {} }).of(example).listen_port
  assert.equal(of('--config-file', before, '--config-dir', conf), 2)
  assert.equal(of(`--config-dir=${conf}`, `--config-file=${before}`), 7)
  assert.throws(() => of('--config-dir', join(directory, 'none')), /none: no such configuration directory/)
  assert.throws(() => of('--config-file', join(directory, 'none.conf')), /none.conf: no such configuration file/)
})

test('config: without a named file the default ones are found, and their directories', () => {
  const home = join(directory, 'home')
  mkdirSync(join(home, '.neutron', 'neutron-server.conf.d'), { recursive: true })
  writeFileSync(join(home, '.neutron', 'neutron.conf'), '[DEFAULT]\nlisten_port = 1\nworkers = 1')
  writeFileSync(join(home, 'neutron-server.conf'), '[DEFAULT]\nworkers = 2')
  writeFileSync(join(home, '.neutron', 'neutron-server.conf.d', 'x.conf'), '[DEFAULT]\nratio = 3')
  const { listen_port, workers, ratio } = loadConfig({ groups, env: { HOME: home }, program: 'neutron-server' }).of(
    example,
  )
  assert.deepEqual({ listen_port, workers, ratio }, { listen_port: 1, workers: 2, ratio: 3 })
})

test('config: a reload changes mutable options only, and a bad file changes nothing', () => {
  const path = file('[DEFAULT]\nlevel = low\nlisten_port = 1')
  const config = loadConfig({ groups, argv: ['--config-file', path], env: {} })
  let told = 0
  config.onReload(() => told++)

  writeFileSync(path, '[DEFAULT]\nlevel = high\nlisten_port = 2')
  assert.deepEqual(config.reload(), ['[DEFAULT] level'])
  assert.deepEqual([config.of(example).level, config.of(example).listen_port, told], ['high', 1, 1])

  writeFileSync(path, '[DEFAULT]\nlevel = wrong')
  assert.throws(() => config.reload(), ConfigError)
  assert.equal(config.of(example).level, 'high')
})

test('config: plain values beat files and are checked as values of files are', () => {
  const config = loadConfig({
    groups,
    argv: [],
    sources: [],
    env: {},
    values: { DEFAULT: { state_path: '/run/x', listen_port: 0 } },
  })
  assert.deepEqual([config.of(example).confs, config.of(example).listen_port], ['/run/x/dhcp', 0])
  assert.throws(() => configOf({ ovs: { enabled: 'perhaps' } }, groups), /\[ovs\] enabled/)
})

test('config: words that are no configuration are handed on', () => {
  const { rest } = loadConfig({ groups, sources: [], argv: ['upgrade', '--help', '--debug', 'heads'], env: {} })
  assert.deepEqual(rest, ['upgrade', '--help', 'heads'])
})
