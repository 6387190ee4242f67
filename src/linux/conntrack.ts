/**
 * Connections the kernel follows, forgotten: when a translation goes, the connections that were made under it must go
 * too, or they outlive it. Source: conntrack(8), "-D".
 */
import { CommandError } from './command.ts'
import type { Netns } from './netns.ts'

export interface ConnectionFilter {
  /** Where the first packet was going. */
  readonly destination?: string
  /** Where answers go: the address a source was translated to. */
  readonly replyDestination?: string
  readonly source?: string
  readonly zone?: number
  readonly version?: 4 | 6
}

/** Forgets the connections that fulfil all of the filter. None is fine. @throws CommandError */
export async function deleteConnections(netns: Netns, filter: ConnectionFilter, signal?: AbortSignal): Promise<void> {
  const { source, destination, replyDestination, zone, version } = filter
  const argv = [
    'conntrack',
    '-D',
    ...(version === 6 ? ['-f', 'ipv6'] : []),
    ...(source === undefined ? [] : ['-s', source]),
    ...(destination === undefined ? [] : ['-d', destination]),
    ...(replyDestination === undefined ? [] : ['-q', replyDestination]),
    ...(zone === undefined ? [] : ['-w', String(zone)]),
  ]
  try {
    await netns.run(argv, { timeoutMs: 30_000, ...(signal && { signal }) })
  } catch (error) {
    const foundNone = error instanceof CommandError && error.stderr.includes(': 0 flow entries')
    if (!foundNone) throw error
  }
}
