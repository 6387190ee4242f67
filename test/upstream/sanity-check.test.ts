/** `neutron-sanity-check` beside upstream's, on the same machine: the same exit code for the same flag. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { ownNamespaces } from '../functional/namespaces.ts'

ownNamespaces()

const OURS = join(import.meta.dirname, '../../src/cmd/neutron-sanity-check.ts')

/** Those that need no switch of the host. */
const FLAGS = [
  'ebtables_installed',
  'ipset_installed',
  'ip6tables_installed',
  'conntrack_installed',
  'dhcp_release6',
  'dnsmasq_version',
  'dnsmasq_local_service_supported',
  'dibbler_version',
  'gre_conntrack',
  'bridge_firewalling',
  'read_netns',
  'ip_nonlocal_bind',
  'noebtables_installed',
  'no_such_check',
]

async function statusOf(program: string, words: readonly string[]): Promise<number | null> {
  const child = spawn(program, words, { stdio: 'ignore' })
  return ((await once(child, 'exit')) as [number | null])[0]
}

for (const flag of FLAGS) {
  test(`--${flag} ends as upstream's does`, async () => {
    const words = ['--noovs_patch', `--${flag}`]
    const [ours, upstreams] = await Promise.all([
      statusOf(process.execPath, [OURS, ...words]),
      statusOf('/usr/bin/neutron-sanity-check', words),
    ])
    assert.equal(ours, upstreams)
  })
}
