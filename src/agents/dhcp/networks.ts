/**
 * Networks as the server tells them, read in bulk: questions asked at the same time are one call. An answer serves
 * once, and never after a message has said that the network changed. "It is not there" is an answer; a failure throws.
 */
import type { NetworkInfo } from '#rpc/contract/dhcp.ts'

export interface NetworkSource {
  /** All networks of this agent. */
  all(signal: AbortSignal): Promise<readonly NetworkInfo[]>
  one(id: string, signal: AbortSignal): Promise<NetworkInfo | null>
}

const SINGLE_CALLS_MAX = 2
const FRESH_MS = 5_000

interface Question {
  readonly id: string
  readonly signal: AbortSignal
  readonly answer: PromiseWithResolvers<NetworkInfo | null>
}

export class Networks {
  readonly #source: NetworkSource
  readonly #fresh = new Map<string, { readonly network: NetworkInfo | null; readonly until: number }>()
  /** When an id was last said to have changed, by a counter. */
  readonly #changed = new Map<string, number>()
  readonly #doubted = new Set<string>()
  #questions: Question[] = []
  #count = 0

  constructor(source: NetworkSource) {
    this.#source = source
  }

  /** Reads all: what `find` says next of these, and of `others` (ids that may be gone). Answers the ids that are. */
  async readAll(others: readonly string[], signal: AbortSignal): Promise<string[]> {
    const begun = this.#count
    const networks = await this.#source.all(signal)
    const found = new Map(networks.map((network) => [network.id, network]))
    for (const id of new Set([...found.keys(), ...others])) this.#keep(id, found.get(id) ?? null, begun)
    return [...found.keys()]
  }

  /** The network, or null when it is not this agent's. */
  find(id: string, signal: AbortSignal): Promise<NetworkInfo | null> {
    const fresh = this.#fresh.get(id)
    this.#fresh.delete(id)
    if (fresh && fresh.until > performance.now()) return Promise.resolve(fresh.network)
    const answer = Promise.withResolvers<NetworkInfo | null>()
    this.#questions.push({ id, signal, answer })
    if (this.#questions.length === 1) setImmediate(() => void this.#ask())
    return answer.promise
  }

  /** What was read of it is old. `doubted`: it may be another agent's now, which only the list of all can say. */
  forget(id: string, doubted = false): void {
    this.#fresh.delete(id)
    this.#changed.set(id, ++this.#count)
    if (doubted) this.#doubted.add(id)
  }

  async #ask(): Promise<void> {
    const questions = this.#questions
    this.#questions = []
    const isSmall = questions.length <= SINGLE_CALLS_MAX && !questions.some(({ id }) => this.#doubted.has(id))
    if (isSmall) {
      for (const { id, signal, answer } of questions) {
        this.#source.one(id, signal).then(answer.resolve, answer.reject)
      }
      return
    }
    const doubted = questions.map(({ id }) => id).filter((id) => this.#doubted.delete(id))
    try {
      const asked = questions.map(({ id }) => id)
      await this.readAll(asked, questions[0]!.signal)
      for (const { id, signal, answer } of questions) {
        // What changed while it was read is asked for again.
        const fresh = this.#fresh.get(id)
        this.#fresh.delete(id)
        if (fresh) answer.resolve(fresh.network)
        else this.find(id, signal).then(answer.resolve, answer.reject)
      }
    } catch (error) {
      for (const id of doubted) this.#doubted.add(id)
      for (const { answer } of questions) answer.reject(error)
    }
  }

  #keep(id: string, network: NetworkInfo | null, begun: number): void {
    if ((this.#changed.get(id) ?? 0) > begun) return
    this.#changed.delete(id)
    this.#fresh.set(id, { network, until: performance.now() + FRESH_MS })
  }
}
