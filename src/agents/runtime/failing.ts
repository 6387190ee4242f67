/** A failure of the reconciler's as it is told to whoever asks about a port. Pure. */
import { isoSeconds } from '#base/clock.ts'
import type { Failing } from '#rpc/contract/evidence.ts'
import type { Failure } from './reconciler.ts'

export function failingOf(failure: Failure | null): Failing | null {
  return failure && { error: failure.error, times: failure.times, since: isoSeconds(failure.sinceMs) }
}
