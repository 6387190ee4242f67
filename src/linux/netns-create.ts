/**
 * Makes named namespaces without a program: what `ip netns add` does, by this process in one synchronous stretch. The
 * result is the same, so `ip netns` and everybody else finds them. Source: ip-netns(8), unshare(2), mount(2).
 */
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { inside } from './inside.ts'
import { checked, libc } from './libc.ts'
import { changeNetns } from './netlink-change.ts'
import { type Netns, netns, netnsExists } from './netns.ts'

const NETNS_DIR = '/run/netns'
const CLONE_NEWNET = 0x40000000
const [MS_BIND, MS_REC, MS_SHARED] = [4096, 16_384, 1 << 20]

/** Makes it, with its loopback up. Idempotent. @throws OperatingError without the privilege. */
export function createNetns(name: string): Netns {
  const made = netns(name)
  if (!netnsExists(name)) {
    shareDirectory()
    // A kill between making the file and mounting the namespace on it leaves a file that is none.
    rmSync(made.path, { force: true })
    closeSync(openSync(made.path, 'wx', 0o444))
    try {
      insideNew(() => checked('mount', libc().mount('/proc/thread-self/ns/net', made.path, 'none', MS_BIND, null)))
    } catch (error) {
      rmSync(made.path, { force: true })
      throw error
    }
  }
  changeNetns(made, [{ do: 'set-up', device: 'lo' }])
  return made
}

/** Other mount namespaces (of containers, of `ip netns exec`) shall see namespaces come and go. */
function shareDirectory(): void {
  mkdirSync(NETNS_DIR, { recursive: true, mode: 0o755 })
  const { mount } = libc()
  if (mount('', NETNS_DIR, 'none', MS_SHARED | MS_REC, null) === 0) return
  checked('mount', mount(NETNS_DIR, NETNS_DIR, 'none', MS_BIND | MS_REC, null))
  checked('mount', mount('', NETNS_DIR, 'none', MS_SHARED | MS_REC, null))
}

/** As `inside`, but of a namespace nobody has yet. */
function insideNew(work: () => void): void {
  inside(
    { name: 'new', path: '/proc/thread-self/ns/net', run: () => Promise.reject(new Error('not to be run in')) },
    () => {
      checked('unshare', libc().unshare(CLONE_NEWNET))
      work()
    },
  )
}
