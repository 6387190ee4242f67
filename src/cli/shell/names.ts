/**
 * Names of a resource's objects for completion: one page, asked at most every few seconds, waited for no longer than a
 * person waits for Tab. What cannot be asked has no names.
 */
import { sleep } from '#base/lifetime.ts'
import type { Client } from '#cli/command.ts'
import type { Outline } from '#cli/outline.ts'

const NAMES_MAX = 500
const FRESH_MS = 5_000
const ANSWER_MS_MAX = 3_000
/** What a terminal would not show as it is. */
const CONTROL = /\p{Cc}/u

export type NamesOf = (outline: Outline) => Promise<readonly string[]>

/** Asks through that client, and keeps the answers for a few seconds. `now` in milliseconds. */
export function namesFrom(client: Client, now: () => number = () => performance.now()): NamesOf {
  const kept = new Map<string, { readonly at: number; readonly names: Promise<readonly string[]> }>()
  return (outline) => {
    const known = kept.get(outline.name)
    if (known && now() - known.at < FRESH_MS) return known.names
    const names = ask(client, outline)
    kept.set(outline.name, { at: now(), names })
    return names
  }
}

async function ask(client: Client, outline: Outline): Promise<readonly string[]> {
  const late = new AbortController()
  try {
    return await Promise.race([page(client, outline), sleep(ANSWER_MS_MAX, late.signal).then(() => [])])
  } catch {
    return []
  } finally {
    late.abort()
  }
}

async function page(client: Client, outline: Outline): Promise<readonly string[]> {
  const named = 'name' in outline.attributes
  const fields = named ? [outline.key, 'name'] : [outline.key]
  const { body } = await client.request('GET', outline.path, { query: { fields, limit: NAMES_MAX } })
  return namesIn(body, outline)
}

/** Names where objects have one that no other has, ids elsewhere; sorted. Pure. */
export function namesIn(body: unknown, { collection, key }: Pick<Outline, 'collection' | 'key'>): string[] {
  const list = (body as Record<string, unknown> | null)?.[collection]
  const objects = (Array.isArray(list) ? list : []) as Record<string, unknown>[]
  const times = new Map<unknown, number>()
  for (const { name } of objects) times.set(name, (times.get(name) ?? 0) + 1)
  return objects
    .map((object) => {
      const { name } = object
      return typeof name === 'string' && name !== '' && times.get(name) === 1 ? name : String(object[key] ?? '')
    })
    .filter((word) => word !== '' && !CONTROL.test(word))
    .sort()
}
