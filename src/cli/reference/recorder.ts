/**
 * A client that sends nothing: it writes down what it is asked and answers with an object of every kind, so that a
 * command runs to its end. What is written down are the requests of the command, in their order.
 */
import type { Json, JsonObject } from '#base/json.ts'
import type { Client, Query } from '#cli/command.ts'
import type { Outline, Outlines } from '#cli/outline.ts'

export interface Recorder {
  readonly client: Client
  /** `GET /v2.0/networks?name=blue`. */
  readonly requests: readonly string[]
}

export function recorder(outlines: Outlines): Recorder {
  const requests: string[] = []
  const note = (method: string, path: string, query: Query = {}) => {
    const words = Object.entries(query).flatMap(([name, value]) => {
      if (value === undefined) return []
      return (Array.isArray(value) ? value : [value]).map((each) => `${name}=${String(each)}`)
    })
    const line = decodeURIComponent(`${method} /v2.0${path}${words.length > 0 ? `?${words.join('&')}` : ''}`)
    if (!requests.includes(line)) requests.push(line)
  }
  const client: Client = {
    async request(method, path, { query } = {}) {
      note(method, path, query)
      return { status: 200, headers: {}, body: method === 'DELETE' ? null : answerTo(path, outlines) }
    },
    async list(path, query) {
      note('GET', path, query)
      return [objectAt(path, outlines)]
    },
    session: async () => ({ token: 'TOKEN', projectId: 'PROJECT_ID', userId: 'USER_ID', roles: ['member'] }),
    endpoint: async () => 'http://127.0.0.1:9696',
  }
  return { client, requests }
}

/** The object by every name that an answer may have it under, as one and as a list. */
function answerTo(path: string, outlines: Outlines): Json {
  const object = objectAt(path, outlines)
  const outline = outlineAt(path, outlines)
  const named = outline === null ? {} : { [outline.body]: object, [outline.collection]: [object] }
  const parts = path.split('/').map((part) => part.replaceAll('-', '_'))
  const likely = parts.flatMap((part): [string, Json][] => [
    [part, part.endsWith('s') ? [object] : object],
    [part.replace(/s$/, ''), object],
  ])
  return { ...object, ...Object.fromEntries(likely), ...named }
}

function objectAt(path: string, outlines: Outlines): JsonObject {
  const kind = outlineAt(path, outlines)?.name ?? path.split('/').at(-1)!.replaceAll('-', '_')
  return { id: `${kind.toUpperCase()}_ID`, name: 'name', status: 'ACTIVE', port_id: 'PORT_ID', tenant_id: 'PROJECT_ID' }
}

function outlineAt(path: string, outlines: Outlines): Outline | null {
  const parts = path.split('/')
  const fits = ({ path: pattern }: Outline, length: number) =>
    pattern.split('/').length === length &&
    pattern.split('/').every((part, at) => part === '{parent}' || part === parts[at])
  for (let length = parts.length; length > 1; length -= 1) {
    const found = Object.values(outlines).find((outline) => fits(outline, length))
    if (found) return found
  }
  return null
}
