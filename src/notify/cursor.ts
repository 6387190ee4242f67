/**
 * The notifier's place in the change log, and which of several servers reads on from it: the one that holds the row's
 * lease. A lease that is not renewed passes to whoever asks next. SQLite has one server, which needs none.
 */
import { type Announced, announced } from '#store/announced.ts'
import type { Store, Tx } from '#store/store.ts'

/** A lease: longer than any page takes, short enough that the next server takes over soon. */
export const LEASE_MS = 10_000
/** Lines read at a time while looking for the end of the log. */
const SKIPPED_MAX = 5_000

/** The row, made at the end of the log when there is none: nobody has asked to be told of what was before. */
export async function ensureCursor(store: Store, name: string): Promise<void> {
  if (await store.read((tx) => tx.exists(announced, { name }))) return
  let sequence = 0
  for (;;) {
    const page = await store.changesSince(sequence, SKIPPED_MAX)
    sequence = page.at(-1)?.sequence ?? sequence
    if (page.length < SKIPPED_MAX) break
  }
  await store.transaction((tx) => tx.insertMissing(announced, [{ name, sequence, owner: '', leased_until: 0 }]))
}

/** The sequence to read on from; null while another server holds the lease. */
export async function claim(store: Store, name: string, owner: string, now: number): Promise<number | null> {
  const row = await store.read((tx) => tx.find(announced, { name }))
  if (!row) return null
  if (row.owner !== owner && row.leased_until > now && store.dialect !== 'sqlite') return null
  if (row.owner === owner && !needsRenewal(store, row.leased_until - LEASE_MS, now)) return row.sequence
  const taken = await store.transaction((tx) => write(tx, row, { owner, leased_until: now + LEASE_MS }))
  return taken ? row.sequence : null
}

/** Whether a lease written at `writtenAt` must be written again though nothing has moved. */
export function needsRenewal({ dialect }: Store, writtenAt: number, now: number): boolean {
  return dialect !== 'sqlite' && now - writtenAt > LEASE_MS / 2
}

/** Moves on; answers whether this server still had the lease. */
export async function moveCursor(
  store: Store,
  { name, owner, from, to, now }: { name: string; owner: string; from: number; to: number; now: number },
): Promise<boolean> {
  return await store.transaction(async (tx) => {
    const where = { name, owner, sequence: from }
    return (await tx.update(announced, where, { sequence: to, leased_until: now + LEASE_MS })) === 1
  })
}

/** Gives the lease up, so that another server reads on at once. */
export async function release(store: Store, name: string, owner: string): Promise<void> {
  await store.transaction((tx) => tx.update(announced, { name, owner }, { leased_until: 0 }))
}

async function write(tx: Tx, { name, owner, leased_until }: Announced, set: Partial<Announced>): Promise<boolean> {
  return (await tx.update(announced, { name, owner, leased_until }, set)) === 1
}
