/**
 * Kernel settings of a network namespace, read and written as files below /proc/sys from within it: no program is
 * started. Keys are paths below /proc/sys, because device names may hold dots (`net/ipv4/conf/eth0.5/arp_ignore`).
 * Source: proc(5); Documentation/networking/ip-sysctl of the kernel.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { inside } from './inside.ts'
import type { Netns } from './netns.ts'

export type Sysctls = { readonly [key: string]: string }

/** The values of these keys there; a key the kernel does not have is left out. */
export function readSysctls(netns: Netns, keys: readonly string[]): Sysctls {
  return inside(netns, () =>
    Object.fromEntries(
      keys.filter((key) => existsSync(file(key))).map((key) => [key, readFileSync(file(key), 'utf8').trim()]),
    ),
  )
}

/** Sets them there. @throws when a key does not exist or the kernel refuses the value. */
export function writeSysctls(netns: Netns, values: Sysctls): void {
  inside(netns, () => {
    for (const [key, value] of Object.entries(values)) writeFileSync(file(key), value)
  })
}

const file = (key: string): string => `/proc/sys/${key}`
