/** What Nova answered for each instance: counts by status, and when the last one came. Bounded: the oldest goes. */
import type { Clock } from '#base/clock.ts'
import { isoSeconds } from '#base/clock.ts'

const INSTANCES_MAX = 10_000

export interface Answered {
  readonly answered: { readonly [status: string]: number }
  readonly last_at: string | null
}

export class Answers {
  readonly #clock: Clock
  readonly #instances = new Map<string, Answered>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  note(instanceId: string, status: number): void {
    const { answered } = this.of(instanceId)
    this.#instances.delete(instanceId)
    this.#instances.set(instanceId, {
      answered: { ...answered, [status]: (answered[status] ?? 0) + 1 },
      last_at: isoSeconds(this.#clock.now()),
    })
    if (this.#instances.size > INSTANCES_MAX) this.#instances.delete(this.#instances.keys().next().value!)
  }

  of(instanceId: string): Answered {
    return this.#instances.get(instanceId) ?? { answered: {}, last_at: null }
  }
}
