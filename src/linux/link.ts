/**
 * Links, addresses and routes of a namespace: read over rtnetlink by this process, changed by one `ip -batch`. Does not
 * make virtual switch ports; those are the interface driver's. Source: rtnetlink(7), ip(8).
 */
import { type NetnsLink as Link, type NetnsRoute as Route, readNetns } from './netlink.ts'
import type { Netns } from './netns.ts'

export type { Link, Route }

/** All links of the namespace, loopback included. Takes no process. @throws OperatingError when there is none such. */
export async function readLinks(netns: Netns, signal?: AbortSignal): Promise<readonly Link[]> {
  signal?.throwIfAborted()
  return readNetns(netns).links
}

/** The routes of the main table that somebody set. Takes no process. @throws OperatingError */
export async function readRoutes(netns: Netns, signal?: AbortSignal): Promise<readonly Route[]> {
  signal?.throwIfAborted()
  return readNetns(netns).routes
}

/**
 * Changes: each line is what follows `ip` (`addr replace 10.0.0.1/24 dev tap0`; no options like `-6`). Every line is
 * tried, so lines should be idempotent. No line, no process.
 * @throws CommandError when any line failed.
 */
export async function ipBatch(netns: Netns, lines: readonly string[], signal?: AbortSignal): Promise<void> {
  if (lines.length === 0) return
  const input = `${lines.join('\n')}\n`
  await netns.run(['ip', '-force', '-batch', '-'], { input, timeoutMs: 30_000, ...(signal && { signal }) })
}
