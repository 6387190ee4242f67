/**
 * Work inside a network namespace by this very process: there and back in one synchronous stretch of the main thread,
 * so nothing else of the process ever runs in the wrong namespace. Needs CAP_SYS_ADMIN. Source: setns(2).
 */
import { closeSync, openSync, statSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import { OperatingError } from '#base/errors.ts'
import { checked, libc } from './libc.ts'
import type { Netns } from './netns.ts'

const CLONE_NEWNET = 0x40000000

/**
 * Runs `work` in the namespace and answers its result. `work` must be synchronous: a promise is refused.
 * @throws OperatingError when the namespace is not there or cannot be entered, and whatever `work` throws.
 */
export function inside<T>(netns: Netns, work: () => T): T {
  if (netns.name === null) return work()
  // The kernel shows /proc/self/net and new threads the namespace of the thread that asks; only the main one is ours.
  if (!isMainThread) throw new OperatingError('a network namespace is entered from the main thread only')
  const home = openSync('/proc/self/ns/net', 'r')
  try {
    const there = open(netns)
    try {
      checked(`setns ${netns.name}`, libc().setns(there, CLONE_NEWNET))
    } finally {
      closeSync(there)
    }
    try {
      const result = work()
      if (result instanceof Promise) throw new TypeError('work inside a namespace cannot wait')
      return result
    } finally {
      // A process that cannot come back would go on in the wrong network: better none at all.
      if (libc().setns(home, CLONE_NEWNET) < 0) process.abort()
    }
  } finally {
    closeSync(home)
  }
}

/** Tells a namespace from another that has its name later; null when there is none. Source: namespaces(7). */
export function netnsId({ path }: Netns): string | null {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stat ? `${stat.dev}:${stat.ino}` : null
}

function open({ name, path }: Netns): number {
  try {
    return openSync(path, 'r')
  } catch (cause) {
    throw new OperatingError(`network namespace ${name} cannot be opened`, { cause })
  }
}
