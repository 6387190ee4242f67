import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { outcomeOf, ownHost } from './one-host.ts'

ownHost()

const folder = mkdtempSync(join(tmpdir(), 'sanity-'))
const check = (...words: string[]) => outcomeOf(words, 'neutron-sanity-check')

after(() => rmSync(folder, { recursive: true, force: true }))

test('what is there passes without a word, with no switch of the host touched or needed', async () => {
  const asked = ['ovs_vxlan', 'ovs_geneve', 'ovs_conntrack', 'arp_responder', 'arp_header_match', 'icmpv6_header_match']
  const more = ['dnsmasq_version', 'dnsmasq_local_service_supported', 'ip_nonlocal_bind', 'conntrack_installed']
  const flags = [...asked, ...more].map((name) => `--${name}`)
  assert.deepEqual(await check(...flags), { status: 0, out: '', err: '' })
})

test('a check that fails is named with what was seen, and makes the exit code 1', async () => {
  const { status, err } = await check('--ovsdb_native', '--noovs_patch')
  assert.equal(status, 1)
  assert.match(err, /^neutron-sanity-check: ovsdb_native: OVSDB: cannot connect to 127.0.0.1:6640/)
})

test('a program that is there and too old to know an option does not pass for what it says it is', async () => {
  writeFileSync(`${folder}/dnsmasq`, '#!/bin/sh\necho "dnsmasq: bad command line options: unknown" >&2\nexit 1\n')
  chmodSync(`${folder}/dnsmasq`, 0o755)
  const path = process.env.PATH
  process.env.PATH = `${folder}:${path}`
  const { status, err } = await check('--dnsmasq_local_service_supported', '--noovs_patch')
  process.env.PATH = path
  assert.equal(status, 1)
  assert.match(err, /dnsmasq_local_service_supported: dnsmasq: bad command line options: unknown/)
})

test('with a configuration, what follows from it is asked too, unless it is switched off', async () => {
  const file = `${folder}/agent.ini`
  writeFileSync(file, '[ovs]\ndatapath_type = netdev\nlocal_ip = 192.0.2.1\n[agent]\ntunnel_types = vxlan\n')
  assert.deepEqual(await check('--config-file', file), { status: 0, out: '', err: '' })
  writeFileSync(file, `[ovs]\ndatapath_type = netdev\n[DEFAULT]\ndnsmasq_config_file = ${folder}/bad.conf\n`)
  writeFileSync(`${folder}/bad.conf`, 'no-such-option\n')
  assert.equal((await check('--config-file', file)).status, 1)
  assert.equal((await check('--config-file', file, '--nodnsmasq_local_service_supported')).status, 0)
})

test('flags it does not know are a wrong command line, a bad configuration is named by file and line', async () => {
  const wrong = await check('--ovs_teleport', '--noovs_patch')
  assert.deepEqual(
    [wrong.status, wrong.err],
    [2, 'neutron-sanity-check: error: unrecognized arguments: --ovs_teleport\n'],
  )
  writeFileSync(`${folder}/bad.ini`, '[ovs]\ndatapath_type = other\n')
  const bad = await check('--config-file', `${folder}/bad.ini`)
  assert.equal(bad.status, 1)
  assert.match(bad.err, /bad.ini:2: \[ovs\] datapath_type/)
  assert.match((await check('--help')).out, /--ovs_vxlan\n +Check for OVS vxlan support/)
})
