/** Time as an argument, so that decisions can be tested: the wall clock, and how the API writes it. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number
}

export const systemClock: Clock = { now: () => Date.now() }

/** As `created_at` and `updated_at` are written: whole seconds, UTC, `2016-08-01T12:00:00Z`. */
export function isoSeconds(nowMs: number): string {
  return `${new Date(nowMs).toISOString().slice(0, 19)}Z`
}

/** As agent rows are written: `2016-08-01 12:00:00`. */
export function spacedSeconds(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 19).replace('T', ' ')
}
