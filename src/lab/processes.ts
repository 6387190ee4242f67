/**
 * Processes found by what their command line mentions: a path below our own state directory is only ours. Only those of
 * our mount namespace count: elsewhere the same path is another file.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { sleep } from '#base/lifetime.ts'

const STOP_MS_MAX = 5_000
const KILL_AFTER_MS = 2_000

/** Ids of living processes (not this one) with an argument that mentions the path. */
export function processesMentioning(path: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => commandLine(pid).some((argument) => mentions(argument, path)) && isOfOurMounts(pid))
    .map(Number)
}

function mentions(argument: string, path: string): boolean {
  const at = argument.indexOf(path)
  return at >= 0 && ['', '/', ',', ':'].includes(argument.charAt(at + path.length))
}

function isOfOurMounts(pid: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`) === readlinkSync('/proc/self/ns/mnt')
  } catch {
    return false // it ended while we looked
  }
}

function commandLine(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    return [] // it ended while we looked
  }
}

/** Ends them: SIGTERM, then SIGKILL. Resolves when none is left. */
export async function stopProcessesMentioning(path: string): Promise<void> {
  for (let waited = 0; waited < STOP_MS_MAX; waited += 50) {
    const pids = processesMentioning(path)
    if (pids.length === 0) return
    for (const pid of pids) {
      try {
        process.kill(pid, waited < KILL_AFTER_MS ? 'SIGTERM' : 'SIGKILL')
      } catch {
        // It is gone.
      }
    }
    await sleep(50)
  }
}
