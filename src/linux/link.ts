/**
 * Changes of a namespace's links, addresses and routes by one `ip -batch`: for lines the caller does not take apart.
 * netlink-change.ts does the usual ones without a program. Source: ip(8).
 */
import type { Netns } from './netns.ts'

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
