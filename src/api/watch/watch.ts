/**
 * `GET /v2.0/changes`: what has changed since a sequence, as a page or, for who accepts `text/event-stream`, as it
 * happens. Without `since` a page only says where the log ends: where to begin after reading what is there.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { HTTPMethodNotAllowed, type Reply } from '#api/faults.ts'
import { pythonRepr } from '#base/errors.ts'
import type { RequestContext } from '#plugin/context.ts'
import { BadRequest, HTTPBadRequest } from '#resource/errors.ts'
import { type ChangesSource, readChanges } from './changes.ts'
import { eventsOf } from './stream.ts'
import type { Watchers } from './watchers.ts'

export interface WatchRequest {
  readonly method: string
  readonly headers: IncomingHttpHeaders
  readonly query: URLSearchParams
  readonly context: RequestContext
}

export interface WatchOptions extends ChangesSource {
  readonly watchers: Watchers
  readonly heartbeatMs: number
}

const LIMIT_MAX = 1_000
/** Lines in one text to a listener; it takes no more until that is sent. */
const EVENTS_MAX = 200
const LIFE_MS = 900_000
const PARAMETERS: readonly string[] = ['since', 'limit', 'resource']
/** A connection that has been listened on serves nothing else: it ends with the stream. */
const STREAM = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
  connection: 'close',
} as const

/** @throws HTTPMethodNotAllowed, HTTPBadRequest, BadRequest, ChangesGone, TooManyListeners */
export async function answerChanges(options: WatchOptions, request: WatchRequest): Promise<Reply> {
  const { method, headers, query, context } = request
  if (method !== 'GET') throw HTTPMethodNotAllowed()
  const unknown = [...new Set(query.keys())].filter((name) => !PARAMETERS.includes(name))
  if (unknown.length > 0) {
    throw HTTPBadRequest({ message: `${pythonRepr(unknown)} is invalid attribute for filtering` })
  }
  const names = query.getAll('resource').filter((name) => name !== '')
  const strange = names.filter((name) => options.registry.find(name) === null)
  if (strange.length > 0) throw HTTPBadRequest({ message: `${pythonRepr(strange)} is no resource` })
  const resources = names.length === 0 ? null : new Set(names)
  const limit = Math.min(numberOf('limit', query.get('limit')) ?? LIMIT_MAX, LIMIT_MAX) || LIMIT_MAX
  const wantsStream = (headers.accept ?? '').includes('text/event-stream')
  const place = (wantsStream ? headers['last-event-id'] : undefined) ?? query.get('since')
  const since = numberOf('since', typeof place === 'string' ? place : null)
  if (wantsStream) return await streamOf(options, context, since, resources)
  const page =
    since === null
      ? { changes: [], next: await options.store.lastChange() }
      : await readChanges(options, context, { since, limit, resources })
  return { status: 200, body: JSON.stringify({ changes: page.changes, next: page.next }) }
}

async function streamOf(
  options: WatchOptions,
  context: RequestContext,
  place: number | null,
  resources: ReadonlySet<string> | null,
): Promise<Reply> {
  const { watchers, heartbeatMs, store } = options
  const read = (since: number) => readChanges(options, context, { since, limit: EVENTS_MAX, resources })
  const since = place ?? (await store.lastChange())
  // A place the log does not know is refused before anything is sent.
  await read(since)
  const remove = watchers.add(context.projectId)
  const listening = { since, read, changed: () => watchers.changed(), heartbeatMs, lifeMs: LIFE_MS }
  return {
    status: 200,
    body: null,
    headers: STREAM,
    stream(gone) {
      // Whether or not anything was read of it: a client may go before the first word.
      if (gone.aborted) remove()
      else gone.addEventListener('abort', remove, { once: true })
      return eventsOf(listening, AbortSignal.any([gone, watchers.closing]))
    },
  }
}

function numberOf(name: string, text: string | null): number | null {
  if (text === null || text === '') return null
  if (!/^\d{1,15}$/.test(text)) {
    throw BadRequest({ resource: name, msg: `${name} must be an integer 0 or greater and not '${text}'` })
  }
  return Number(text)
}
