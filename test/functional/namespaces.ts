/**
 * A test file that needs the kernel calls `ownNamespaces()` first: its process starts again in a network and a mount
 * namespace of its own, with an empty /run/netns, so that nothing it does is seen outside or outlives it.
 * Source: unshare(1), namespaces(7).
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'

const MARK = 'NEUTRINO_OWN_NAMESPACES'

export function ownNamespaces(): void {
  if (process.env[MARK] === undefined) {
    const argv = ['unshare', '--net', '--mount', '--propagation', 'private', '--', process.execPath]
    const env = { ...process.env, [MARK]: '1', NODE_NO_WARNINGS: '1' } as Record<string, string>
    process.execve!('/usr/bin/unshare', [...argv, ...process.execArgv, ...process.argv.slice(1)], env)
  }
  mkdirSync('/run/netns', { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', '/run/netns'])
  execFileSync('mount', ['-t', 'sysfs', 'sysfs', '/sys'])
  execFileSync('ip', ['link', 'set', 'lo', 'up'])
}
