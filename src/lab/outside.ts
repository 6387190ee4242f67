/**
 * The world outside: a namespace plugged into the external bridge that is the external network's gateway, and a small
 * web server in it that answers with the address its caller came from. What an instance reaches through its router, and
 * from where a floating IP is tried.
 */
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { run } from '#linux/command.ts'
import { type Netns, removeNetns } from '#linux/netns.ts'
import { createNetns } from '#linux/netns-create.ts'
import { processesMentioning, stopProcessesMentioning } from './processes.ts'

export interface OutsideOptions {
  /** Of the namespace and its device: at most 15 characters. */
  readonly name: string
  readonly bridge: string
  /** `ovsdb_connection` */
  readonly ovsdb: string
  /** With its prefix length: `172.24.4.1/24`. */
  readonly address: string
  /** Where the web server's files are put. */
  readonly folder: string
}

const TIMEOUT = { timeoutMs: 10_000 }
// The server listens on IPv6 too, so an IPv4 caller is written [::ffff:192.0.2.1].
const WHO_AM_I = `#!/bin/sh
caller=\${REMOTE_ADDR##*:}
printf 'Content-Type: text/plain\\r\\n\\r\\n%s\\n' "\${caller%]}"
`

/** Idempotent. */
export async function ensureOutside({ name, bridge, ovsdb, address, folder }: OutsideOptions): Promise<Netns> {
  const inside = createNetns(name)
  const port = ['--may-exist', 'add-port', bridge, name, '--', 'set', 'Interface', name, 'type=internal']
  await run(['ovs-vsctl', `--db=${ovsdb}`, '--timeout=10', ...port], TIMEOUT)
  await run(['ip', 'link', 'set', name, 'netns', name], TIMEOUT).catch(async (error: unknown) => {
    await inside.run(['ip', 'link', 'show', name], TIMEOUT).catch(() => {
      throw error // neither here nor there
    })
  })
  await inside.run(['ethtool', '-K', name, 'tx', 'off'], TIMEOUT)
  const batch = `link set ${name} up\naddress replace ${address} dev ${name}\n`
  await run(['ip', '-n', name, '-batch', '-'], { ...TIMEOUT, input: batch })
  mkdirSync(`${folder}/cgi-bin`, { recursive: true })
  writeFileSync(`${folder}/cgi-bin/whoami`, WHO_AM_I)
  chmodSync(`${folder}/cgi-bin/whoami`, 0o755)
  // Without `-f` it goes into the background once it listens.
  if (processesMentioning(folder).length === 0)
    await inside.run(['busybox', 'httpd', '-p', '80', '-h', folder], TIMEOUT)
  return inside
}

export async function removeOutside({ name, bridge, ovsdb, folder }: OutsideOptions): Promise<void> {
  await stopProcessesMentioning(folder)
  await run(['ovs-vsctl', `--db=${ovsdb}`, '--timeout=10', '--if-exists', 'del-port', bridge, name], TIMEOUT)
  await removeNetns(name)
  rmSync(folder, { recursive: true, force: true })
}
