/**
 * Waiting for a turn: what one process may do at a time, in all the processes of all machines over one database. The
 * dialects say how the turn is taken and who has it; it is theirs to give it back when its holder dies.
 */
import { sleep } from '#base/lifetime.ts'
import { StoreBusy } from './errors.ts'

export interface Wait {
  /** How long at most; 0: not at all. */
  readonly waitMs: number
  /** Called once when it has to wait: who has the turn. */
  readonly onWait?: (holder: string) => void
  readonly signal?: AbortSignal
}

export interface Turn {
  /** Whether it is ours now. Does not wait. */
  take(): Promise<boolean>
  /** Who has it, in words. */
  holder(): Promise<string>
}

const LOOK_MS = 100

/** @throws StoreBusy naming the holder when the time is over */
export async function awaitTurn(turn: Turn, { waitMs, onWait, signal }: Wait): Promise<void> {
  const end = performance.now() + waitMs
  let told = false
  while (!(await turn.take())) {
    const holder = told && performance.now() < end ? null : await turn.holder()
    if (!told) onWait?.(holder!)
    told = true
    if (performance.now() >= end) {
      throw new StoreBusy(
        `waited ${Math.round(waitMs / 1_000)} s for ${holder ?? 'another process'}, which has the turn`,
      )
    }
    await sleep(LOOK_MS, signal)
  }
}
