/**
 * The contract of everything that gives the server behaviour: core resources, ML2, services and extensions. A plugin is
 * found by discovery, started once, and from then on only answers what it registered for. Rows are API objects: columns
 * carry wire names, so what is read from a table is what a client is shown, less what the definition hides.
 */
import type { Clock } from '#base/clock.ts'
import type { Json, JsonObject } from '#base/json.ts'
import type { Log } from '#base/log.ts'
import type { Predicate } from '#base/predicate.ts'
import type { Catalogue } from '#resource/catalogue.ts'
import type { Extension } from '#resource/definition.ts'
import type { Change, Store, Table, Tx } from '#store/store.ts'
import type { RequestContext } from './context.ts'

export interface Plugin {
  readonly api: Extension
  start(host: PluginHost): void | Promise<void>
}

export function definePlugin(plugin: Plugin): Plugin {
  return plugin
}

/** What every served row has. Tables may leave out what their resource does not show. */
export interface ResourceRow {
  readonly id: string
}

/** Where an operation runs: always inside one transaction, always for somebody. */
export interface Operation {
  readonly tx: Tx
  readonly context: RequestContext
}

/** A row on its way in: the request's values, ids and standard attributes set, columns still missing become null. */
export type Draft<Row> = Partial<Row> & { id: string; project_id?: string | null } & { [attribute: string]: unknown }

export interface Creating<Row> extends Operation {
  /** All rows of one request, in its order: a bulk create is one call. May be changed in place. */
  readonly rows: Draft<Row>[]
}
export interface Created<Row> extends Operation {
  readonly rows: readonly Row[]
}
export interface Updating<Row> extends Operation {
  readonly before: Row
  /** What the request sent. */
  readonly values: { readonly [attribute: string]: unknown }
  /** `before` with `values` laid over it. May be changed in place; what then differs from `before` is written. */
  readonly after: Draft<Row> & Row
}
export interface Updated<Row> extends Operation {
  readonly before: Row
  readonly after: Row
}
export interface Deleting<Row> extends Operation {
  readonly before: Row
}

/** Rules of the resource's own plugin. All run in the transaction; throwing refuses the request and changes nothing. */
export interface Hooks<Row> {
  beforeCreate?(creating: Creating<Row>): Promise<void>
  /** Rows are inserted and logged. */
  afterCreate?(created: Created<Row>): Promise<void>
  beforeUpdate?(updating: Updating<Row>): Promise<void>
  afterUpdate?(updated: Updated<Row>): Promise<void>
  beforeDelete?(deleting: Deleting<Row>): Promise<void>
  afterDelete?(deleting: Deleting<Row>): Promise<void>
  /**
   * Before any list or show of the resource. What has to be made first (the default security group) is not made in a
   * transaction that only reads: there it throws `MustWrite`, and the request runs again in one that may write.
   */
  beforeRead?(operation: Operation): Promise<void>
  /** Whether there can be any below that object: throws when not, whatever is asked. */
  below?(parent: JsonObject): void
  /**
   * How filters that are no plain column are put: values as sent (converted by the attribute's type where it has one).
   */
  readonly filters?: { readonly [filter: string]: (values: readonly Json[]) => Predicate }
  /**
   * Flags that are no column and that lists sort by. `column`: one in whose order rows are in the flag's order too, for
   * a list that sorts by the flag after something else.
   */
  readonly sorts?: { readonly [flag: string]: { readonly isSet: () => Predicate; readonly column: string } }
  /** Actions of the definition, by name; the answer is the whole response body. */
  readonly actions?: { readonly [action: string]: (op: ActionOperation<Row>) => Promise<JsonObject> }
}

export interface ActionOperation<Row> extends Operation {
  readonly row: Row
  /** As sent; the action checks it. */
  readonly body: JsonObject
}

export type EventKind = 'create' | 'update' | 'delete'

/** What one plugin may say about another's resource. */
export interface Events {
  /**
   * In the transaction, before the row is written; after the resource's own hook, before it when the row is deleted.
   * May change drafts, may refuse.
   */
  before<Row>(resource: string, kind: 'create', run: (event: Creating<Row>) => Promise<void>): void
  before<Row>(resource: string, kind: 'update', run: (event: Updating<Row>) => Promise<void>): void
  before<Row>(resource: string, kind: 'delete', run: (event: Deleting<Row>) => Promise<void>): void
  /** In the transaction, after the row is written. May refuse. */
  precommit<Row>(resource: string, kind: 'create', run: (event: Created<Row>) => Promise<void>): void
  precommit<Row>(resource: string, kind: 'update', run: (event: Updated<Row>) => Promise<void>): void
  precommit<Row>(resource: string, kind: 'delete', run: (event: Deleting<Row>) => Promise<void>): void
}

export interface ListQuery {
  readonly where: Predicate
  readonly sort: readonly { readonly column: string; readonly direction: 'asc' | 'desc' }[]
  /** Page size; null: everything. */
  readonly limit: number | null
  /** Id, or what names one in the path, after which the page starts. @throws NotFound when no visible row has it. */
  readonly marker: string | null
  /** The rows the caller may know of: those of the list, and the marker, whatever `where` says, are some of these. */
  readonly visible: Predicate
  readonly reverse: boolean
  /** Attributes wanted; null: all. Contributions nobody asked for are not computed. */
  readonly fields: readonly string[] | null
  /** What the request filters by, for contributions that show only what fits it: `where` has it all. */
  readonly filters: ReadonlyMap<string, readonly Json[]>
}

/** A page of rows that a plugin adds to, and what was asked for. */
export interface Page<Row> extends Operation, Pick<ListQuery, 'fields' | 'filters'> {
  readonly rows: readonly Row[]
}

/**
 * Every served resource, by name, for plugins and the API alike: the same hooks and events run whoever asks. Policy,
 * validation and quota are the API's: callers inside the server are trusted. Answers are API objects with every
 * contribution, before policy hides attributes.
 */
export interface Resources {
  list(op: Operation, resource: string, query?: Partial<ListQuery>): Promise<JsonObject[]>
  /** @throws the resource's NotFound */
  get(op: Operation, resource: string, id: string): Promise<JsonObject>
  create(op: Operation, resource: string, items: readonly JsonObject[]): Promise<JsonObject[]>
  /** @throws the resource's NotFound; RevisionNumberConstraintFailed when `revision` is given and is not the row's. */
  update(op: Operation, resource: string, id: string, values: JsonObject, revision?: number): Promise<JsonObject>
  remove(op: Operation, resource: string, id: string, revision?: number): Promise<void>
  act(op: Operation, resource: string, id: string, action: string, body: JsonObject): Promise<JsonObject>
  /**
   * Counts one revision more and logs an update: something that belongs to the rows has changed. `detail` says in the
   * change log what.
   */
  touch(op: Operation, resource: string, ids: readonly string[], detail?: JsonObject): Promise<void>
  /** The table a resource is served from. */
  table(resource: string): Table<ResourceRow>
}

/** A message for agents. Agents read what is wanted when they get one; a lost or repeated message does no harm. */
export interface Cast {
  readonly topic: string
  readonly method: string
  readonly args: JsonObject
  readonly version: string
  /** One agent's host; absent: `fanout` to all that serve the topic. */
  readonly host?: string
}

/** A question to the agent of one host: it reads and tells, and changes nothing. */
export interface Question {
  readonly topic: string
  readonly host: string
  readonly method: string
  readonly args: JsonObject
  readonly version: string
}

/** Answers a call from an agent. Idempotent: agents call again after a time-out. */
export type RpcHandler = (args: JsonObject, signal: AbortSignal) => Promise<Json>

/** A request to a path of the plugin's own, for what is no plain resource (`/quotas/{project_id}/details`). */
export interface RouteRequest {
  readonly context: RequestContext
  /** The path's variables, by name. */
  readonly params: { readonly [name: string]: string }
  readonly query: URLSearchParams
  /** The body's object; null when none was sent. */
  readonly body: JsonObject | null
  /** The row of a served resource; null when there is none, or the caller may not see it. */
  find(resource: string, id: string): Promise<JsonObject | null>
  /** @throws PolicyNotAuthorized when that rule does not hold for the target. */
  enforce(rule: string, target: JsonObject): Promise<void>
}

export interface RouteReply {
  readonly status: number
  /** Absent: an empty body. */
  readonly body?: Json
}

export type RouteHandler = (request: RouteRequest) => Promise<RouteReply>

/** How much of each resource a project may have, and has. */
export interface Quotas {
  /** The names under quota, in order of definition. */
  names(): readonly string[]
  /** The limits of a project that has none of its own; -1: unlimited. */
  defaults(): { readonly [resource: string]: number }
  limits(tx: Tx, projectId: string): Promise<{ readonly [resource: string]: number }>
  usage(tx: Tx, projectId: string, names: readonly string[]): Promise<{ readonly [resource: string]: number }>
  /**
   * Waits for other creates of that resource in those projects, where they are limited: so many more of it are to be
   * made. What it answers is called once policy has agreed. @throws OverQuota when there is no room for as many.
   */
  admit(tx: Tx, resource: string, amounts: ReadonlyMap<string, number>): Promise<() => Promise<void>>
}

/** What a plugin is handed at its start. */
export interface PluginHost {
  readonly config: import('#config/options.ts').Config
  readonly clock: Clock
  readonly log: Log
  readonly store: Store
  readonly resources: Resources
  /** Of all features that are loaded, compiled. */
  readonly definitions: Catalogue
  readonly events: Events
  readonly quotas: Quotas
  /** Serves a resource of the plugin's definition from that table. */
  serve<Row extends ResourceRow>(resource: string, table: Table<Row>, hooks?: Hooks<Row>): void
  /**
   * Attributes computed for a whole page of rows at once, by id. `attributes` names them, so that a list that does not
   * want them does not pay. One statement more for a page, never one per row.
   */
  show<Row extends ResourceRow>(
    resource: string,
    attributes: readonly string[],
    contribute: (page: Page<Row>) => Promise<ReadonlyMap<string, JsonObject>>,
  ): void
  /** Adds a filter to another plugin's resource. */
  filter(resource: string, filter: string, put: (values: readonly Json[]) => Predicate): void
  /** Says what agents are told of committed changes of that resource: a page of changes at a time, in order. */
  announce(resource: string, tell: (page: { tx: Tx; changes: readonly Change[] }) => Promise<readonly Cast[]>): void
  /** Answers these methods on an RPC topic; several plugins may share a topic, a method has one owner. */
  answer(topic: string, version: string, methods: { readonly [method: string]: RpcHandler }): void
  /**
   * The agent's answer. Outside any transaction: it takes as long as the agent does. @throws OperatingError when there
   * is none in time, or the agent does not know the method.
   */
  ask(question: Question, timeoutMs: number): Promise<Json>
  /**
   * Answers a path of the plugin's own below `/v2.0`; `{name}` stands for one segment, an id. `{name:text}`: for any
   * text, as long and with whatever ending the client sent; the plugin checks it. It goes before resources. `help`: a
   * sentence for the reference.
   */
  route(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, handle: RouteHandler, help?: string): void
  /** Runs every `everyMs`, never overlapping itself, until the server closes. */
  periodic(name: string, everyMs: number, run: (signal: AbortSignal) => Promise<void>): void
}
