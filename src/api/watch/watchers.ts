/**
 * Who listens for changes on this server: how many they are, and what wakes them. One subscription to the store serves
 * all of them, and none is held while nobody listens.
 */
import type { Store } from '#store/store.ts'
import { TooManyListeners } from './errors.ts'

export interface WatcherLimits {
  readonly max_listeners: number
  readonly max_listeners_per_project: number
}

export class Watchers {
  readonly #store: Store
  readonly #limits: WatcherLimits
  readonly #closing = new AbortController()
  readonly #projects = new Map<string, number>()
  #count = 0
  #unsubscribe: (() => void) | null = null
  #changed = Promise.withResolvers<void>()

  constructor(store: Store, limits: WatcherLimits) {
    this.#store = store
    this.#limits = limits
  }

  /** Aborted when the server goes. */
  get closing(): AbortSignal {
    return this.#closing.signal
  }

  /** Resolves at the next commit, of whatever server. Ask before reading, so that none is missed. */
  changed(): Promise<void> {
    return this.#changed.promise
  }

  /** One listener more; answers how to take it away again. @throws TooManyListeners */
  add(projectId: string | null): () => void {
    const project = projectId ?? ''
    const { max_listeners, max_listeners_per_project } = this.#limits
    const own = this.#projects.get(project) ?? 0
    if (this.#count >= max_listeners || this.#closing.signal.aborted) throw TooManyListeners({ limit: max_listeners })
    if (own >= max_listeners_per_project) throw TooManyListeners({ limit: max_listeners_per_project })
    this.#count += 1
    this.#projects.set(project, own + 1)
    this.#unsubscribe ??= this.#store.onChange(() => this.#wake())
    let gone = false
    return () => {
      if (gone) return
      gone = true
      this.#remove(project)
    }
  }

  close(): void {
    this.#closing.abort()
    this.#wake()
  }

  #remove(project: string): void {
    this.#count -= 1
    const left = (this.#projects.get(project) ?? 1) - 1
    if (left === 0) this.#projects.delete(project)
    else this.#projects.set(project, left)
    if (this.#count > 0) return
    this.#unsubscribe?.()
    this.#unsubscribe = null
  }

  #wake(): void {
    const { resolve } = this.#changed
    this.#changed = Promise.withResolvers()
    resolve()
  }
}
