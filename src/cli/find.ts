/**
 * Names to ids: asks for the id where it looks like one, then for the name. Where several have the name, none is taken.
 * Source: neutronclient 8.1's requests and messages.
 */
import { isJsonObject, type Json, type JsonObject } from '#base/json.ts'
import type { Call } from './command.ts'
import { CliError, HttpError, NoUniqueMatch } from './errors.ts'
import type { Outline } from './outline.ts'

/** Names that are looked through for one that was meant. */
const NEAR_MAX = 500
const CONTROL = /\p{Cc}/u
const UUID = /^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}/

export interface FindOptions {
  /** What messages call it; by default the singular in bodies. */
  readonly called?: string
  readonly parentId?: string
  /** Attributes that are answered; all by default. */
  readonly fields?: readonly string[]
  /** Found by id alone. */
  readonly names?: false
}

type Asking = Pick<Call, 'client' | 'definitions'>

/** @throws CliError where the server's definitions do not have it. */
export function outlineOf(call: Pick<Call, 'definitions'>, resource: string): Outline {
  const found = call.definitions[resource]
  if (!found) throw new CliError(`There is no resource ${resource}.`)
  return found
}

/** The path of the collection, or of one with that id. */
export function pathOf(outline: Outline, id?: string, parentId = ''): string {
  const collection = outline.path.replace('{parent}', encodeURIComponent(parentId))
  return id === undefined ? collection : `${collection}/${encodeURIComponent(id)}`
}

/**
 * The object of that name or id.
 * @throws HttpError (404) where there is none; NoUniqueMatch where several have the name.
 */
export async function find(
  call: Asking,
  resource: string,
  nameOrId: string,
  options: FindOptions = {},
): Promise<JsonObject> {
  const outline = outlineOf(call, resource)
  const { called = outline.body, names } = options
  const list = async (query: Record<string, Json>) => {
    const asked = { ...query, ...(options.fields && { fields: options.fields }) }
    try {
      return await call.client.list(pathOf(outline, undefined, options.parentId), asked, outline.collection)
    } catch (error) {
      // A server without such resources has none of that name.
      if (error instanceof HttpError && error.status === 404) return []
      throw error
    }
  }
  if (UUID.test(nameOrId)) {
    const [found] = await list({ id: nameOrId })
    if (found) return found
  }
  if (names === false) throw new HttpError(`Unable to find ${called} with id '${nameOrId}'`, 404)
  const found = await list({ name: nameOrId })
  if (found.length > 1) {
    throw new NoUniqueMatch(`Multiple ${called} matches found for name '${nameOrId}', use an ID to be more specific.`)
  }
  if (found[0]) return found[0]
  const missing = new HttpError(`Unable to find ${called} with name or id '${nameOrId}'`, 404)
  missing.meant = () => namesNear(call, outline, nameOrId, options.parentId)
  throw missing
}

/** Of the names that objects of that resource have, those near to this one: one request, one page. */
async function namesNear({ client }: Asking, outline: Outline, name: string, parentId?: string): Promise<string[]> {
  try {
    const query = { fields: ['name'], limit: NEAR_MAX }
    const { body } = await client.request('GET', pathOf(outline, undefined, parentId), { query })
    const objects = isJsonObject(body) ? body[outline.collection] : undefined
    const names = (Array.isArray(objects) ? objects.filter(isJsonObject) : []).map((object) => object.name)
    const { nearest } = await import('./suggest.ts')
    return nearest(name, names.filter((other) => typeof other === 'string' && !CONTROL.test(other)) as string[])
  } catch {
    return []
  }
}

/** The id of the object of that name or id. */
export async function findId(
  call: Asking,
  resource: string,
  nameOrId: string,
  options: FindOptions = {},
): Promise<string> {
  const { id } = await find(call, resource, nameOrId, { ...options, fields: ['id'] })
  return String(id)
}
