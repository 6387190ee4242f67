/**
 * Tells agents of committed changes: reads the change log in pages, asks each announcement what its resource's changes
 * mean, casts that, and only then moves its place in the log. What is equal within a page is told once; while a page is
 * told the next one grows, so a burst of changes is a few pages.
 */
import { OperatingError } from '#base/errors.ts'
import { newId, newRequestId } from '#base/ids.ts'
import { type Closeable, sleep } from '#base/lifetime.ts'
import type { Log } from '#base/log.ts'
import type { Cast } from '#plugin/plugin.ts'
import type { Announcement } from '#plugin/start.ts'
import type { Transport } from '#rpc/rpc.ts'
import { AGENTS } from '#store/announced.ts'
import type { Change, Store } from '#store/store.ts'
import { claim, ensureCursor, moveCursor, needsRenewal, release } from './cursor.ts'

/** Changes in one page. */
const PAGE_MAX = 1_000
/** Between the starts of two pages: what is committed meanwhile is told together. */
const PAGE_MS_MIN = 20
/** Between two writings of its place while a burst lasts. */
const KEEP_MS = 250
/** Without a wake-up, for changes that another process has committed. */
const POLL_MS = 1_000
const RETRY_MS_MIN = 100
const RETRY_MS_MAX = 5_000
/** Failures after which an announcement is left out of a page: the others must not wait for it for ever. */
const FAILURES_MAX = 5

export interface NotifierOptions {
  readonly store: Store
  readonly transport: Transport
  readonly announcements: readonly Announcement[]
  readonly log: Log
}

/** Starts at its place in the log; at the end of the log when it never had one. Closing it gives its lease up. */
export async function startNotifier(options: NotifierOptions): Promise<Closeable> {
  await ensureCursor(options.store, AGENTS)
  return new Notifier(options)
}

interface Place {
  sequence: number
  /** As it was written down, and when: what lies between is told again after a crash. */
  kept: number
  keptAt: number
}

class Notifier implements Closeable {
  readonly #options: NotifierOptions
  readonly #owner = newId()
  readonly #stop = new AbortController()
  readonly #unsubscribe: () => void
  readonly #done: Promise<void>
  #woken = true
  #wake = new AbortController()
  /** Null while another server tells. */
  #place: Place | null = null

  constructor(options: NotifierOptions) {
    this.#options = options
    this.#unsubscribe = options.store.onChange(() => {
      this.#woken = true
      this.#wake.abort()
    })
    this.#done = this.#run()
  }

  async close(): Promise<void> {
    if (!this.#stop.signal.aborted) {
      this.#unsubscribe()
      this.#stop.abort(new OperatingError('the notifier stops'))
    }
    await this.#done
  }

  async #run(): Promise<void> {
    const { log } = this.#options
    const { signal } = this.#stop
    let failures = 0
    while (!signal.aborted) {
      const startedAt = performance.now()
      this.#woken = false
      this.#wake = new AbortController()
      let told = 0
      try {
        told = await this.#page(failures)
        failures = 0
      } catch (error) {
        if (signal.aborted) break
        failures++
        // Whatever went wrong, where to read on is read again.
        this.#place = null
        log.warn('agents not told', { failures, error })
        await sleep(Math.min(RETRY_MS_MIN * 2 ** (failures - 1), RETRY_MS_MAX), signal).catch(() => {})
        continue
      }
      if (told === 0 && !this.#woken) {
        await sleep(POLL_MS, AbortSignal.any([signal, this.#wake.signal])).catch(() => {})
      } else {
        await sleep(Math.max(0, PAGE_MS_MIN - (performance.now() - startedAt)), signal).catch(() => {})
      }
    }
    await this.#leave().catch((error) => log.debug('lease not released', { error }))
  }

  async #leave(): Promise<void> {
    if (this.#place) await this.#keepPlace(true)
    await release(this.#options.store, AGENTS, this.#owner)
  }

  /** Answers how many changes it has told of. */
  async #page(failures: number): Promise<number> {
    const { store, transport, log } = this.#options
    this.#place ??= await this.#claim()
    if (this.#place === null) return 0
    const changes = await store.changesSince(this.#place.sequence, PAGE_MAX)
    const casts = distinct(changes.length === 0 ? [] : await this.#castsFor(changes, failures))
    for (const { topic, host, method, args, version } of casts) {
      const context = { request_id: newRequestId(), is_admin: true }
      const target = host === undefined ? { topic, fanout: true as const } : { topic, host }
      await transport.cast(target, { method, args, version, context })
    }
    this.#place.sequence = changes.at(-1)?.sequence ?? this.#place.sequence
    if (casts.length > 0) log.debug('agents told', { changes: changes.length, casts: casts.length })
    await this.#keepPlace(changes.length === 0)
    return changes.length
  }

  async #claim(): Promise<Place | null> {
    const sequence = await claim(this.#options.store, AGENTS, this.#owner, Date.now())
    return sequence === null ? null : { sequence, kept: sequence, keptAt: Date.now() }
  }

  /** Writes the place down: when there is nothing more to tell, now and then in a burst, and to keep the lease. */
  async #keepPlace(idle: boolean): Promise<void> {
    const { store } = this.#options
    const place = this.#place!
    const now = Date.now()
    const moved = place.sequence !== place.kept
    const due = moved ? idle || now - place.keptAt >= KEEP_MS : needsRenewal(store, place.keptAt, now)
    if (!due) return
    const kept = await moveCursor(store, {
      name: AGENTS,
      owner: this.#owner,
      from: place.kept,
      to: place.sequence,
      now,
    })
    if (kept) Object.assign(place, { kept: place.sequence, keptAt: now })
    else this.#place = null
  }

  /** One transaction for all announcements of the page; by resource, in the order of their first change. */
  async #castsFor(changes: readonly Change[], failures: number): Promise<Cast[]> {
    const { store, announcements, log } = this.#options
    const byResource = Map.groupBy(changes, ({ resource }) => resource)
    const wanted = [...byResource].flatMap(([resource, own]) =>
      announcements.filter((each) => each.resource === resource).map(({ tell }) => ({ resource, tell, own })),
    )
    if (wanted.length === 0) return []
    return await store.read(async (tx) => {
      const casts: Cast[] = []
      for (const { resource, tell, own } of wanted) {
        try {
          casts.push(...(await tell({ tx, changes: own })))
        } catch (error) {
          if (failures < FAILURES_MAX) throw error
          log.error('announcement left out', { resource, changes: own.length, error })
        }
      }
      return casts
    })
  }
}

/** Without repetitions, each where it stood first. Pure. */
export function distinct(casts: readonly Cast[]): Cast[] {
  return [...new Map(casts.map((cast) => [JSON.stringify(cast), cast] as const)).values()]
}
