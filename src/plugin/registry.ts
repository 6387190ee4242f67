/**
 * What plugins have registered for each resource: its table and hooks, other plugins' events, filters and
 * contributions. Filled while plugins start, only read from then on.
 */
import assert from 'node:assert/strict'
import type { Json, JsonObject } from '#base/json.ts'
import type { Predicate } from '#base/predicate.ts'
import type { CompiledResource } from '#resource/catalogue.ts'
import type { Table } from '#store/store.ts'
import type { EventKind, Events, Hooks, Page, ResourceRow } from './plugin.ts'

export type Row = ResourceRow & { [column: string]: unknown }

export interface Contribution {
  readonly attributes: readonly string[]
  readonly contribute: (page: Page<Row>) => Promise<ReadonlyMap<string, JsonObject>>
}

export type PutFilter = (values: readonly Json[]) => Predicate

/** An event's listener; what it is handed depends on the kind. */
export type Listener = (event: never) => Promise<void>

export interface Served {
  readonly resource: CompiledResource
  readonly table: Table<Row>
  readonly hooks: Hooks<Row>
  readonly filters: Map<string, PutFilter>
  readonly contributions: Contribution[]
  /** By `before:create`, `precommit:update`, … */
  readonly listeners: Map<string, Listener[]>
}

interface Extras {
  readonly filters: Map<string, PutFilter>
  readonly contributions: Contribution[]
  readonly listeners: Map<string, Listener[]>
}

export class Registry {
  readonly #resources: ReadonlyMap<string, CompiledResource>
  readonly #served = new Map<string, Served>()
  readonly #extras = new Map<string, Extras>()

  constructor(resources: ReadonlyMap<string, CompiledResource>) {
    this.#resources = resources
  }

  serve<R extends ResourceRow>(name: string, table: Table<R>, hooks: Hooks<R>): void {
    const resource = this.#resources.get(name)
    assert(resource, `no definition of resource ${name}`)
    assert(!this.#served.has(name), `resource ${name} is served twice`)
    for (const column of [resource.key, ...(resource.parent ? [resource.parent.column] : [])]) {
      assert((table.columns as ReadonlyMap<string, unknown>).has(column), `${name}: its table has no ${column}`)
    }
    const { filters, contributions, listeners } = this.extras(name)
    for (const [filter, put] of Object.entries(hooks.filters ?? {})) filters.set(filter, put)
    this.#served.set(name, {
      resource,
      table: table as unknown as Table<Row>,
      hooks: hooks as unknown as Hooks<Row>,
      filters,
      contributions,
      listeners,
    })
  }

  /** What others add to a resource; it may be served later. */
  extras(name: string): Extras {
    const found = this.#extras.get(name)
    if (found) return found
    const made: Extras = { filters: new Map(), contributions: [], listeners: new Map() }
    this.#extras.set(name, made)
    return made
  }

  get(name: string): Served {
    const served = this.#served.get(name)
    assert(served, `nobody serves resource ${name}`)
    return served
  }

  find(name: string): Served | null {
    return this.#served.get(name) ?? null
  }

  all(): Iterable<Served> {
    return this.#served.values()
  }

  /** The resource that is served from the table of that name, for predicates that ask about another table. */
  servedFrom(table: string): Served | null {
    for (const served of this.#served.values()) if (served.table.name === table) return served
    return null
  }

  events(): Events {
    const add = (when: 'before' | 'precommit') => (resource: string, kind: EventKind, run: unknown) => {
      const { listeners } = this.extras(resource)
      const key = `${when}:${kind}`
      listeners.set(key, [...(listeners.get(key) ?? []), run as Listener])
    }
    return { before: add('before') as Events['before'], precommit: add('precommit') as Events['precommit'] }
  }
}
