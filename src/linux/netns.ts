/**
 * Network namespaces by name, as `ip netns` keeps them below /run/netns; netns-create.ts makes them. A namespace is an
 * argument of whatever works in it, never ambient. Source: ip-netns(8), nsenter(1).
 */
import { existsSync, readdirSync, statfsSync } from 'node:fs'
import { CommandError, type CommandOptions, run } from './command.ts'

const NETNS_DIR = '/run/netns'
/** The file system of namespaces: what statfs(2) says of a mounted one. */
const NSFS_MAGIC = 0x6e736673

export interface Netns {
  /** Null: the namespace this process runs in. */
  readonly name: string | null
  /** Its file, for setns(2) and nsenter(1). */
  readonly path: string
  /** Runs a program in it. @throws CommandError */
  run(argv: readonly string[], options: CommandOptions): Promise<string>
}

export const rootNetns: Netns = { name: null, path: '/proc/self/ns/net', run }

export function netns(name: string): Netns {
  const path = `${NETNS_DIR}/${name}`
  return { name, path, run: (argv, options) => run(['nsenter', `--net=${path}`, '--', ...argv], options) }
}

/** Names of all that exist; empty when there are none. */
export function listNetns(): string[] {
  return existsSync(NETNS_DIR) ? readdirSync(NETNS_DIR) : []
}

/** Whether it is there. A file of its name that no namespace is mounted on, left by whoever was killed, is none. */
export function netnsExists(name: string): boolean {
  try {
    return statfsSync(`${NETNS_DIR}/${name}`).type === NSFS_MAGIC
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

/** Removes it if it is there. The kernel frees it once nothing uses it. */
export async function removeNetns(name: string, signal?: AbortSignal): Promise<void> {
  if (!existsSync(`${NETNS_DIR}/${name}`)) return
  await run(['ip', 'netns', 'delete', name], { timeoutMs: 10_000, ...(signal && { signal }) }).catch(
    (error: unknown) => {
      if (!(error instanceof CommandError && error.stderr.includes('No such file'))) throw error
    },
  )
}
