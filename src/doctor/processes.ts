/**
 * Whether a process of Neutron runs on this host, by its command line: one of its own (`neutron-dhcp-agent`, ours or
 * upstream's), or `./neutrino up`, which is all of them. Only those of our network namespace and of our configuration
 * files count: elsewhere runs another host's. Source: proc(5).
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'
import type { Role } from './site.ts'

export const BINARIES: { readonly [role in Role]: string } = {
  server: 'neutron-server',
  openvswitch: 'neutron-openvswitch-agent',
  dhcp: 'neutron-dhcp-agent',
  l3: 'neutron-l3-agent',
  metadata: 'neutron-metadata-agent',
}

/** Its number; null when there is none. */
export function findProcess(role: Role, files: readonly string[]): number | null {
  const home = namespaceOf('self')
  const pid = readdirSync('/proc').find((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return false
    const argv = commandLine(name)
    return isProcessOf(role, argv, files) && namespaceOf(name) === home
  })
  return pid === undefined ? null : Number(pid)
}

/** Pure. */
export function isProcessOf(role: Role, argv: readonly string[], files: readonly string[]): boolean {
  const program = argv.slice(0, 4).findIndex((word) => {
    const name = basename(word).replace(/\.ts$/, '')
    return name === BINARIES[role] || name === 'neutrino'
  })
  if (program < 0) return false
  const words = argv.slice(program + 1)
  if (basename(argv[program]!).replace(/\.ts$/, '') === 'neutrino') {
    const state = valuesOf(words, '--state')[0] ?? '/var/lib/neutrino'
    return words[0] === 'up' && !words.includes('--api-only') && files.some((file) => file.startsWith(`${state}/etc/`))
  }
  const named = valuesOf(words, '--config-file')
  return named.length === 0 || named.some((file) => files.includes(file))
}

function valuesOf(words: readonly string[], flag: string): string[] {
  return words.flatMap((word, at) => {
    if (word.startsWith(`${flag}=`)) return [word.slice(flag.length + 1)]
    return word === flag && words[at + 1] !== undefined ? [words[at + 1]!] : []
  })
}

function namespaceOf(pid: string): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`)
  } catch {
    return null // it ended while we looked
  }
}

function commandLine(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
  } catch {
    return [] // it ended while we looked
  }
}
