/** Which ports this plugin itself is removing: the port API refuses to remove those of routers and floating IPs. */
import type { Tx } from '#store/store.ts'

/** By transaction; entries go with it. */
const allowed = new WeakMap<Tx, Set<string>>()

/** The port may be removed in this transaction. */
export function allowRemoval(tx: Tx, portId: string): void {
  const ids = allowed.get(tx) ?? new Set()
  allowed.set(tx, ids.add(portId))
}

export function isAllowed(tx: Tx, portId: string): boolean {
  return allowed.get(tx)?.has(portId) ?? false
}
