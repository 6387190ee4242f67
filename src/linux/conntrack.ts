/**
 * Connections the kernel follows, forgotten: when a translation goes, the connections that were made under it must go
 * too, or they outlive it. Source: conntrack(8), "-D".
 */
import { CommandError } from './command.ts'
import type { Netns } from './netns.ts'

const TIMEOUT_MS = 30_000

export interface ConnectionFilter {
  /** Where the first packet was going. */
  readonly destination?: string
  /** Where answers go: the address a source was translated to. */
  readonly replyDestination?: string
  readonly source?: string
  readonly protocol?: string
  /** Needs a protocol. */
  readonly destinationPort?: number
  readonly zone?: number
  readonly version?: 4 | 6
}

/** Forgets the connections that fulfil all of the filter. None is fine. @throws CommandError */
export async function deleteConnections(netns: Netns, filter: ConnectionFilter, signal?: AbortSignal): Promise<void> {
  try {
    await netns.run(['conntrack', '-D', ...argumentsOf(filter)], { timeoutMs: TIMEOUT_MS, ...(signal && { signal }) })
  } catch (error) {
    const foundNone = error instanceof CommandError && error.stderr.includes(': 0 flow entries')
    if (!foundNone) throw error
  }
}

function argumentsOf(filter: ConnectionFilter): string[] {
  const { source, destination, replyDestination, protocol, destinationPort, zone, version } = filter
  return [
    ...(version === 6 ? ['-f', 'ipv6'] : []),
    ...(source === undefined ? [] : ['-s', source]),
    ...(destination === undefined ? [] : ['-d', destination]),
    ...(replyDestination === undefined ? [] : ['-q', replyDestination]),
    ...(protocol === undefined ? [] : ['-p', protocol]),
    ...(destinationPort === undefined ? [] : ['--orig-port-dst', String(destinationPort)]),
    ...(zone === undefined ? [] : ['-w', String(zone)]),
  ]
}

/** The same for a range of ports, both ends included; conntrack(8) knows no ranges, so connections are listed first. */
export async function deleteConnectionsToPorts(
  netns: Netns,
  filter: ConnectionFilter & { readonly protocol: string },
  [first, last]: readonly [number, number],
  signal?: AbortSignal,
): Promise<void> {
  const remove = (destinationPort: number) => deleteConnections(netns, { ...filter, destinationPort }, signal)
  if (first === last) return remove(first)
  const argv = ['conntrack', '-L', ...argumentsOf(filter)]
  const listed = await netns.run(argv, { timeoutMs: TIMEOUT_MS, ...(signal && { signal }) })
  for (const port of destinationPorts(listed)) if (port >= first && port <= last) await remove(port)
}

/** The ports first packets went to, each once: a line has its original direction first. Pure. */
export function destinationPorts(listed: string): number[] {
  const found = listed.split('\n').flatMap((line) => / dport=(\d+) /.exec(line)?.[1] ?? [])
  return [...new Set(found.map(Number))]
}
