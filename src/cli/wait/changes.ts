/**
 * Something may have changed: told by the server's log of changes where it has one (docs/guide/watch.md), otherwise by
 * asking again after longer and longer pauses.
 */
import { isJsonObject, type Json } from '#base/json.ts'
import { sleep } from '#base/lifetime.ts'
import type { Client } from '#cli/command.ts'
import { CliError, HttpError } from '#cli/errors.ts'

/** A server without the log is asked after this long, then more and more seldom. */
const PAUSE_MS_MIN = 500
const PAUSE_MS_MAX = 5_000
const PAUSE_GROWTH = 1.5
/** How often the log is read. */
const LOG_EVERY_MS = 500
/** What the log does not tell (what others share is taken back) is seen after this long. */
const ANYWAY_MS = 10_000

/** Yields at once, then whenever one of these resources may have changed, until the signal. */
export async function* changesOf(
  client: Client,
  resources: ReadonlySet<string>,
  signal: AbortSignal,
): AsyncGenerator<void, void> {
  let since = await logEnd(client)
  let pause = PAUSE_MS_MIN
  yield
  while (!signal.aborted) {
    if (since === null) {
      await sleep(pause, signal)
      pause = Math.min(pause * PAUSE_GROWTH, PAUSE_MS_MAX)
    } else since = await nextChange(client, resources, since, signal)
    yield
  }
}

/** Where the log ends; null where the server keeps none that we may read. */
async function logEnd(client: Client): Promise<number | null> {
  try {
    return nextOf((await client.request('GET', '/changes')).body)
  } catch (error) {
    if (isPassing(error) || (error instanceof HttpError && error.status !== 401)) return null
    throw error
  }
}

/** Whether asking again later may help: the server is not there, or not well. */
export function isPassing(error: unknown): boolean {
  return error instanceof CliError && !(error instanceof HttpError && error.status < 500)
}

/** Reads on until there is a change, or it is time to look anyway; answers where it came to. */
async function nextChange(
  client: Client,
  resources: ReadonlySet<string>,
  since: number,
  signal: AbortSignal,
): Promise<number | null> {
  const end = performance.now() + ANYWAY_MS
  let from = since
  while (performance.now() < end) {
    await sleep(LOG_EVERY_MS, signal)
    try {
      const { body } = await client.request('GET', '/changes', { query: { since: from, resource: [...resources] } })
      const changes = isJsonObject(body) && Array.isArray(body.changes) ? body.changes : []
      from = nextOf(body) ?? from
      if (changes.length > 0) return from
    } catch (error) {
      // The log no longer reaches back so far: begin again.
      if (error instanceof HttpError && error.status === 410) return logEnd(client)
      // It does not tell of these: they are asked after instead.
      if (error instanceof HttpError && error.status === 400) return null
      if (!isPassing(error)) throw error
    }
  }
  return from
}

function nextOf(body: Json): number | null {
  return isJsonObject(body) && typeof body.next === 'number' ? body.next : null
}
