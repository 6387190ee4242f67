/** Namespaces of networks and routers that nobody on this host remembers: left behind, or another installation's. */
import { isUuid } from '#base/ids.ts'
import type { Verdict } from '#doctor/finding.ts'
import { good, note } from '#doctor/finding.ts'
import { listNetns } from '#linux/netns.ts'
import { listed } from './configuration.ts'

/** Those with the prefix whose id is not known. */
export function leftOver(prefix: string, known: readonly string[]): Verdict {
  const ids = new Set(known)
  const left = listNetns().filter((name) => {
    const id = name.slice(prefix.length)
    return name.startsWith(prefix) && isUuid(id) && !ids.has(id)
  })
  if (left.length === 0) return good('none is left over')
  return note(`of nobody here: ${listed(left)}`, `ip netns delete ${left[0]}   (unless another installation has them)`)
}
