/**
 * What the API does for every resource: list, show, create (also in bulk), update, delete, actions. Each is one
 * transaction: read what is needed, ask policy, count quota, let the plugin act, and answer what the caller may see.
 * Source: Networking API v2.0; the order of evaluation decides which of two errors a client gets, and is upstream's.
 */
import { isJsonObject, type JsonObject } from '#base/json.ts'
import { and, fulfils } from '#base/predicate.ts'
import type { RequestContext } from '#plugin/context.ts'
import type { Operation } from '#plugin/plugin.ts'
import type { Row, Served } from '#plugin/registry.ts'
import { below, findRow } from '#plugin/resources.ts'
import type { Started } from '#plugin/start.ts'
import { type Owner, readCreate, readUpdate } from '#resource/attributes.ts'
import { HTTPBadRequest } from '#resource/errors.ts'
import { MustWrite, type Tx } from '#store/store.ts'
import type { Authorizer, Visibility } from './authorize.ts'
import { itemsToCreate, itemToUpdate } from './body.ts'
import { BARE_NOT_FOUND, HTTPNotFound, PolicyNotAuthorized, type Reply } from './faults.ts'
import { pageLinks, parseFields, parseIfMatch, parseListQuery, type QueryOptions } from './query.ts'
import { viewOf } from './view.ts'

/** One request to a resource. */
export interface Call {
  readonly context: RequestContext
  readonly served: Served
  /** What the path says it is below. */
  readonly parent: { readonly served: Served; readonly id: string } | null
  readonly query: URLSearchParams
  /** Without its query, as the client would write it: links start with it. */
  readonly url: string
  readonly body: JsonObject | null
  readonly ifMatch: string | undefined
}

export interface ControllerOptions extends QueryOptions {
  readonly allowBulk: boolean
}

export class Controller {
  readonly #started: Started
  readonly #authorizer: Authorizer
  readonly #options: ControllerOptions

  constructor(started: Started, authorizer: Authorizer, options: ControllerOptions) {
    this.#started = started
    this.#authorizer = authorizer
    this.#options = options
  }

  async list(call: Call): Promise<Reply> {
    const { context, served, query, url } = call
    const { resource } = served
    const asked = parseListQuery(served, query, this.#options, context.projectId)
    const visibility = this.#authorizer.visibility(resource, context)
    const visible = and(this.#authorizer.listable(served, context), below(served, call.parent?.id ?? null))
    // What decides on an attribute may be in any column, so all are read then.
    const fields = visibility.sometimes.length > 0 ? null : asked.fields
    const { items, ids } = await this.#reading(context, async (op) => {
      await this.#parentOf(op, call)
      const rows = await this.#started.resources.list(op, resource.name, { ...asked, visible, fields })
      const shown = await this.#shown(op.tx, visibility, asked.fields, rows)
      return { items: shown, ids: asked.limit === null ? [] : rows.map((row) => row[resource.key] as string) }
    })
    const links = pageLinks(url, query, ids, asked)
    const body: JsonObject = { [resource.collection]: items }
    return ok(links.length === 0 ? body : { ...body, [`${resource.collection}_links`]: links as never })
  }

  async show(call: Call, id: string): Promise<Reply> {
    const { context, served, query } = call
    const { resource } = served
    const visibility = this.#authorizer.visibility(resource, context)
    const fields = parseFields(query)
    return this.#reading(context, async (op) => {
      const parent = await this.#parentOf(op, call)
      const row = await this.#started.resources.get(op, resource.name, await idOf(op, call, id))
      if (!(await this.#authorizer.maySee(op.tx, served, context, row))) {
        if (!isOwn(row, context, parent)) throw resource.notFound(id, call.parent?.id)
        return BARE_NOT_FOUND
      }
      const [item] = await this.#shown(op.tx, visibility, fields, [row])
      return ok({ [resource.body]: item! })
    })
  }

  async create(call: Call): Promise<Reply> {
    const { context, served, body, parent } = call
    const { resource } = served
    const { resources, quotas } = this.#started
    const { bulk, items } = itemsToCreate(resource, body, this.#options.allowBulk)
    const owner = ownerOf(context)
    const place: JsonObject = resource.parent && parent ? { [resource.parent.column]: parent.id } : {}
    const values = items.map((item) => ({ ...readCreate(resource, item, owner), ...place }))
    const amounts = Map.groupBy(
      values.filter(({ project_id }) => typeof project_id === 'string' && project_id !== ''),
      ({ project_id }) => project_id as string,
    )
    const counts = new Map([...amounts].map(([project, list]) => [project, list.length]))
    const visibility = this.#authorizer.visibility(resource, context)
    return this.#writing(context, async (op) => {
      await this.#parentOf(op, call)
      const checkQuota = await quotas?.admit(op.tx, resource.name, counts)
      for (const item of values) await this.#authorizer.enforceCreate(op.tx, resource, context, item)
      await checkQuota?.()
      const rows = await resources.create(op, resource.name, values)
      const shown = await this.#shown(op.tx, visibility, null, rows)
      return reply(201, bulk ? { [resource.collection]: shown } : { [resource.body]: shown[0]! })
    })
  }

  async update(call: Call, id: string): Promise<Reply> {
    const { context, served, body, ifMatch } = call
    const { resource } = served
    const revision = parseIfMatch(ifMatch)
    const visibility = this.#authorizer.visibility(resource, context)
    const read = () => readUpdate(resource, itemToUpdate(resource, body), ownerOf(context))
    // As upstream: what is said of the resource is judged before the object is looked for, anything else after.
    const early = isJsonObject(body?.[resource.body]) ? read() : null
    return this.#writing(context, async (op) => {
      const row = await this.#rowFor(op, call, id)
      const values = early ?? read()
      const unsaid = resource.granted.some(({ granted }) => granted.unsaid) && !isOwn(row, context, null)
      const enforce = () => this.#authorizer.enforceUpdate(op.tx, resource, context, row, values)
      await this.#orNotFound(op, served, row, enforce, unsaid)
      const updated = await this.#started.resources.update(op, resource.name, row.id, values, revision)
      const [item] = await this.#shown(op.tx, visibility, null, [updated])
      return ok({ [resource.body]: item! })
    })
  }

  async remove(call: Call, id: string): Promise<Reply> {
    const { context, served, ifMatch, body } = call
    const { resource } = served
    const revision = parseIfMatch(ifMatch)
    return this.#writing(context, async (op) => {
      const row = await this.#rowFor(op, call, id)
      if (body !== null) throw HTTPBadRequest({ message: 'Request body is not supported in DELETE.' })
      await this.#orNotFound(op, served, row, () =>
        this.#authorizer.enforce(op.tx, `delete_${resource.name}`, context, row),
      )
      await this.#started.resources.remove(op, resource.name, row.id, revision)
      return { status: 204, body: null }
    })
  }

  async act(call: Call, id: string, action: string): Promise<Reply> {
    const { context, served, body } = call
    const { resource } = served
    return this.#writing(context, async (op) => {
      const row = await this.#rowFor(op, call, id)
      if (!(await this.#authorizer.maySee(op.tx, served, context, row))) throw HTTPNotFound()
      await this.#authorizer.enforceAction(op.tx, resource, action, context, row, body ?? {})
      return ok(await this.#started.resources.act(op, resource.name, row.id, action, body ?? {}))
    })
  }

  /** The row, unless it would not even be found: another project's that the caller may not see. */
  async #rowFor(op: Operation, call: Call, id: string): Promise<Row> {
    const { served, context } = call
    const parent = await this.#parentOf(op, call)
    const row = await findRow(op, served, id, call.parent?.id)
    if (row === null) throw served.resource.notFound(id, call.parent?.id)
    if (isOwn(row, context, parent) || (await this.#authorizer.maySee(op.tx, served, context, row))) return row
    throw served.resource.notFound(id, call.parent?.id)
  }

  /** Null for what is below nothing. @throws the parent's NotFound, also when the caller may not see it; what `below` throws. */
  async #parentOf({ tx }: Operation, { parent, context, served }: Call): Promise<JsonObject | null> {
    if (parent === null) return null
    const row = await this.#authorizer.findVisible(tx, parent.served, context, parent.id)
    if (row === null) throw parent.served.resource.notFound(parent.id)
    served.hooks.below?.(row)
    return row
  }

  /** A refusal for an object that the caller may not even see is told as its absence. */
  async #orNotFound(
    { tx, context }: Operation,
    served: Served,
    row: Row,
    enforce: () => Promise<void>,
    unsaid = false,
  ): Promise<void> {
    try {
      await enforce()
    } catch (error) {
      const refused = error instanceof Error && error.name === PolicyNotAuthorized.type
      if (refused && (unsaid || !(await this.#authorizer.maySee(tx, served, context, row)))) throw HTTPNotFound()
      throw error
    }
  }

  async #shown(
    tx: Tx,
    { always, sometimes }: Visibility,
    fields: readonly string[] | null,
    rows: readonly JsonObject[],
  ): Promise<JsonObject[]> {
    const wanted = (names: readonly string[]) =>
      fields === null ? names : names.filter((name) => fields.includes(name))
    const view = viewOf(wanted(always))
    if (sometimes.length === 0) return rows.map(view)
    const lookup = this.#authorizer.lookupOf(tx)
    const shown: JsonObject[] = []
    for (const row of rows) {
      const more: string[] = []
      for (const { name, predicate } of sometimes) {
        if (await fulfils(predicate, row, lookup)) more.push(name)
      }
      shown.push(more.length === 0 ? view(row) : viewOf(wanted([...always, ...more]))(row))
    }
    return shown
  }

  /** In a snapshot; once more in a writable transaction where something has to be made first. */
  async #reading<T>(context: RequestContext, run: (op: Operation) => Promise<T>): Promise<T> {
    try {
      return await this.#started.store.read((tx) => run({ tx, context }))
    } catch (error) {
      if (!(error instanceof MustWrite)) throw error
      return this.#writing(context, run)
    }
  }

  #writing<T>(context: RequestContext, run: (op: Operation) => Promise<T>): Promise<T> {
    return this.#started.store.transaction((tx) => run({ tx, context }))
  }
}

type Owned = { readonly [column: string]: unknown }

/** What has no project of its own belongs to its parent's. */
function isOwn(row: Owned, { projectId, isAdmin }: RequestContext, parent: JsonObject | null): boolean {
  return isAdmin || (projectId !== null && (row.project_id ?? parent?.project_id) === projectId)
}

/** The id of what the path names. @throws the resource's NotFound */
async function idOf(op: Operation, { served, parent }: Call, key: string): Promise<string> {
  if (served.resource.key === 'id' && parent === null) return key
  const row = await findRow(op, served, key, parent?.id)
  if (row === null) throw served.resource.notFound(key, parent?.id)
  return row.id
}

function ownerOf({ projectId, isAdmin, roles }: RequestContext): Owner {
  return { projectId, maySetProject: isAdmin || roles.includes('service') }
}

function ok(body: JsonObject): Reply {
  return reply(200, body)
}

function reply(status: number, body: JsonObject): Reply {
  return { status, body: JSON.stringify(body) }
}
