/**
 * `/{collection}/{id}/tags` and `/{collection}/{id}/tags/{tag}` of one resource. What the caller may not see is not there;
 * what it may see and not change is refused by the rule's name.
 * Source: Networking API v2.0, "Standard Attributes Tag Extension"; statuses and the body `null` are upstream's.
 */
import type { JsonObject } from '#base/json.ts'
import type { PluginHost, RouteHandler, RouteReply, RouteRequest } from '#plugin/plugin.ts'
import type { CompiledResource } from '#resource/catalogue.ts'
import type { Tx } from '#store/store.ts'
import { TagNotFound, TagResourceNotFound } from './errors.ts'
import { readTag, readTags, refuseTooMany, replacedTags, withTags } from './values.ts'

type Host = Pick<PluginHost, 'route' | 'store' | 'resources'>
type Verb = 'get' | 'create' | 'update' | 'delete'
type Change = (before: readonly string[]) => readonly string[]

export function serveTags(host: Host, resource: CompiledResource): void {
  const { route } = host
  const path = `/${resource.collection}/{${resource.name}_id}/tags`
  const read = (request: RouteRequest) => allowed(resource, request, 'get')
  const change = (request: RouteRequest, verb: Verb, to: Change) => changeTags(host, resource, request, verb, to)

  const list: RouteHandler = async (request) => ok({ tags: tagsOf(await read(request)) })
  const add: RouteHandler = async (request) => {
    const tags = readTags(request.body)
    await change(request, 'create', (before) => withTags(before, tags))
    return ok({ tags })
  }
  const replace: RouteHandler = async (request) => {
    const tags = readTags(request.body)
    await change(request, 'update', (before) => replacedTags(before, tags))
    return ok({ tags })
  }
  const clear: RouteHandler = async (request) => {
    await change(request, 'delete', () => [])
    return { status: 204 }
  }

  const check: RouteHandler = async (request) => {
    const tag = readTag(request.params.tag!)
    if (!tagsOf(await read(request)).includes(tag)) throw TagNotFound({ tag })
    return { status: 204 }
  }
  const addOne: RouteHandler = async (request) => {
    const tag = readTag(request.params.tag!)
    await change(request, 'update', (before) => withTags(before, [tag]))
    return { status: 201, body: null }
  }
  const removeOne: RouteHandler = async (request) => {
    const tag = readTag(request.params.tag!)
    await change(request, 'delete', (before) => {
      if (!before.includes(tag)) throw TagNotFound({ tag })
      return before.filter((each) => each !== tag)
    })
    return { status: 204 }
  }

  route('GET', path, list, 'The tags')
  route('POST', path, add, 'Add tags')
  route('PUT', path, replace, 'Replace the tags')
  route('DELETE', path, clear, 'Take all tags away')
  route('GET', `${path}/{tag:text}`, check, 'Whether it has the tag: 204 or 404')
  route('PUT', `${path}/{tag:text}`, addOne, 'Add the tag')
  route('DELETE', `${path}/{tag:text}`, removeOne, 'Take the tag away')
}

function ok(body: JsonObject): RouteReply {
  return { status: 200, body }
}

function tagsOf(row: JsonObject): readonly string[] {
  return row.tags as readonly string[]
}

function idOf({ name }: CompiledResource, { params }: RouteRequest): string {
  return params[`${name}_id`]!
}

/** The row. @throws TagResourceNotFound, PolicyNotAuthorized */
async function allowed(resource: CompiledResource, request: RouteRequest, verb: Verb): Promise<JsonObject> {
  const id = idOf(resource, request)
  const row = await request.find(resource.name, id)
  if (row === null) throw TagResourceNotFound({ resource: resource.collection, resource_id: id })
  await request.enforce(`${verb}_${resource.name}:tags`, row)
  return row
}

async function changeTags(
  { store, resources }: Host,
  resource: CompiledResource,
  request: RouteRequest,
  verb: Verb,
  to: Change,
): Promise<void> {
  const { id } = (await allowed(resource, request, verb)) as { id: string }
  const { collection, name } = resource
  await store.transaction(async (tx) => {
    const before = await lockedTags(tx, resources.table(name), id)
    if (before === null) throw TagResourceNotFound({ resource: collection, resource_id: id })
    const tags = to(before)
    refuseTooMany(collection, tags)
    await resources.update({ tx, context: request.context }, name, id, { tags })
  })
}

/** Read so that no other change of the row comes between; null when it has gone. */
async function lockedTags(
  tx: Tx,
  table: ReturnType<PluginHost['resources']['table']>,
  id: string,
): Promise<readonly string[] | null> {
  const query = tx.sql.selectFrom(table.name).select(['id', 'tags']).where('id', '=', id)
  const raw = await (tx.dialect === 'sqlite' ? query : query.forUpdate()).executeTakeFirst()
  return raw === undefined ? null : tagsOf(tx.decode(table, raw) as unknown as JsonObject)
}
