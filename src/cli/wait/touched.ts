/**
 * Which objects a command changed or showed, seen from its requests: so that every command can wait for what it did,
 * also one that knows nothing of waiting. Decides only.
 */
import { isJsonObject, type Json } from '#base/json.ts'
import type { Answer, Client } from '#cli/command.ts'
import type { Outline, Outlines } from '#cli/outline.ts'

export interface Touched {
  readonly resource: string
  /** Of the object: `/ports/2f0c…`. */
  readonly path: string
  readonly id: string
  /** What an answer calls it. */
  readonly body: string
  readonly gone: boolean
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** What a request was about; null where it was about no object of a resource. Pure. */
export function touchedBy(method: Method, path: string, answer: Json, outlines: Outlines): Touched | null {
  for (const outline of Object.values(outlines)) {
    const rest = below(outline, path)
    if (rest === null) continue
    const [id, action] = rest
    if (method === 'POST' && id === undefined) {
      const made = isJsonObject(answer) ? answer[outline.body] : undefined
      return isJsonObject(made) && typeof made.id === 'string' ? touched(outline, `${path}/${made.id}`, made.id) : null
    }
    if (id === undefined) return null
    if (action === undefined) return { ...touched(outline, path, id), gone: method === 'DELETE' }
    // router-interface-add answers with the port that was made.
    const port = outlines.port
    const made = isJsonObject(answer) ? answer.port_id : undefined
    if (action === 'add_router_interface' && port && typeof made === 'string') {
      return touched(port, `${port.path}/${made}`, made)
    }
    return touched(outline, path.slice(0, path.lastIndexOf('/')), id)
  }
  return null
}

function touched(outline: Outline, path: string, id: string): Touched {
  return { resource: outline.name, path, id, body: outline.body, gone: false }
}

/** What follows the collection's path, at most an id and an action; null where the path is another's. */
function below(outline: Outline, path: string): readonly [id?: string, action?: string] | null {
  const pattern = outline.path.split('/')
  const parts = path.split('/')
  if (parts.length < pattern.length || parts.length > pattern.length + 2) return null
  if (!pattern.every((part, at) => part === '{parent}' || part === parts[at])) return null
  const [id, action] = parts.slice(pattern.length)
  if (action !== undefined && !outline.actions.some(({ name }) => name === action)) return null
  return id === undefined ? [] : action === undefined ? [id] : [id, action]
}

/** The client, and what was done through it: changes, or where there were none the object that was shown last. */
export function watched(client: Client, outlines: Outlines): { client: Client; touched(): Touched[] } {
  const changes: Touched[] = []
  let shown: Touched | null = null
  return {
    client: {
      ...delegate(client),
      async request(method, path, options): Promise<Answer> {
        const answer = await client.request(method, path, options)
        const touched = touchedBy(method, path, answer.body, outlines)
        if (touched && method !== 'GET') changes.push(touched)
        else if (touched) shown = touched
        return answer
      },
    },
    touched: () => (changes.length > 0 || shown === null ? changes : [shown]),
  }
}

function delegate(client: Client): Client {
  return {
    request: (...words) => client.request(...words),
    list: (...words) => client.list(...words),
    session: () => client.session(),
    endpoint: () => client.endpoint(),
  }
}
