/**
 * The events of one listener, as text: lines of the log from its own place, in order, each with its sequence as the
 * event's id, so that a client that reconnects with `Last-Event-ID` misses nothing and gets nothing twice. Whoever reads
 * the generator sets the pace: nothing is read from the log before the last text was taken.
 * Source: HTML Living Standard, "Server-sent events".
 */
import { replyOfError } from '#api/faults.ts'
import { WireError } from '#base/errors.ts'
import type { JsonObject } from '#base/json.ts'
import { sleep } from '#base/lifetime.ts'
import type { ChangesPage } from './changes.ts'
import { ChangesGone } from './errors.ts'

export interface Listening {
  readonly since: number
  readonly read: (since: number) => Promise<ChangesPage>
  /** Resolves at the next commit. */
  readonly changed: () => Promise<void>
  readonly heartbeatMs: number
  /** The stream ends at the latest after that time: the client comes again, and is who it then is. */
  readonly lifeMs: number
}

/** What browsers and libraries wait before they come again. */
const RETRY_MS = 1_000
/** Commits in quick succession are told together. */
const TOGETHER_MS = 20

export async function* eventsOf(listening: Listening, signal: AbortSignal): AsyncGenerator<string> {
  let { since } = listening
  const end = performance.now() + listening.lifeMs
  yield `retry: ${RETRY_MS}\nid: ${since}\n\n`
  while (!signal.aborted && performance.now() < end) {
    const changed = listening.changed()
    let page: ChangesPage
    try {
      page = await listening.read(since)
    } catch (error) {
      // What cannot be read now ends the stream, and the client comes again; what is gone it must be told.
      if (error instanceof WireError && error.type === ChangesGone.type) yield eventOf('gone', replyOfError(error).body)
      return
    }
    if (page.changes.length > 0) yield page.changes.map(changeEvent).join('')
    since = page.next
    if (page.more) continue
    if (await happens(changed, listening.heartbeatMs, signal)) await sleep(TOGETHER_MS, signal).catch(() => {})
    else if (!signal.aborted) yield `: still here\nid: ${since}\n\n`
  }
}

function changeEvent(change: JsonObject): string {
  return `id: ${change.sequence}\n${eventOf('change', JSON.stringify(change))}`
}

/** JSON has no line breaks, so it is one line of data. */
function eventOf(event: string, data: string | null): string {
  return `event: ${event}\ndata: ${data}\n\n`
}

/** Whether it happens before the time is over or the signal says stop. */
async function happens(event: Promise<void>, withinMs: number, signal: AbortSignal): Promise<boolean> {
  const over = new AbortController()
  const waiting = sleep(withinMs, AbortSignal.any([signal, over.signal]))
  try {
    return await Promise.race([
      event.then(() => true),
      waiting.then(
        () => false,
        () => false,
      ),
    ])
  } finally {
    over.abort()
  }
}
