/**
 * Starts the plugins: compiles their definitions, hands each its host, and answers what they have registered. Nothing
 * is listened to and nothing sent here; the API, the bus and the notifier read the answer.
 */
import type { Clock } from '#base/clock.ts'
import { OperatingError } from '#base/errors.ts'
import { type Closeable, sleep } from '#base/lifetime.ts'
import type { Log } from '#base/log.ts'
import type { Config } from '#config/options.ts'
import { type Catalogue, compileCatalogue } from '#resource/catalogue.ts'
import type { Extension } from '#resource/definition.ts'
import type { Change, Store, Tx } from '#store/store.ts'
import type { Feature } from './discover.ts'
import type { Cast, PluginHost, Question, Quotas, Resources, RouteHandler, RpcHandler } from './plugin.ts'
import { createQuotas } from './quota.ts'
import { Registry } from './registry.ts'
import { createResources } from './resources.ts'

/** The methods a plugin answers on an RPC topic. */
export interface RpcEndpoint {
  readonly topic: string
  readonly version: string
  readonly methods: { readonly [method: string]: RpcHandler }
}

/** What agents are told of a resource's changes. */
export interface Announcement {
  readonly resource: string
  readonly tell: (page: { tx: Tx; changes: readonly Change[] }) => Promise<readonly Cast[]>
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** `/quotas/{project_id}` */
  readonly path: string
  /** One sentence for the reference. */
  readonly help?: string | undefined
  readonly handle: RouteHandler
}

export interface Started extends Closeable {
  readonly extensions: readonly Extension[]
  readonly definitions: Catalogue
  readonly resources: Resources
  /** For the API: tables, hooks and filters by resource. */
  readonly registry: Registry
  /** Null when the quotas extension is not loaded: nothing is limited then. */
  readonly quotas: Quotas | null
  readonly endpoints: readonly RpcEndpoint[]
  readonly announcements: readonly Announcement[]
  readonly routes: readonly Route[]
  readonly store: Store
}

export interface StartOptions {
  readonly features: readonly Feature[]
  readonly config: Config
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  /** How agents are asked; absent: there is no bus, and every question fails. */
  readonly ask?: PluginHost['ask']
}

/** @throws what a plugin throws at its start; a resource nobody serves is an error too. */
export async function startPlugins(options: StartOptions): Promise<Started> {
  const { features, config, store, clock, log, ask = askNobody } = options
  const extensions = features.flatMap(({ definition }) => (definition ? [definition] : []))
  const definitions = compileCatalogue(extensions)
  const registry = new Registry(definitions.resources)
  const resources = createResources(registry, clock)
  const quotas = createQuotas(registry, config)
  const endpoints: RpcEndpoint[] = []
  const announcements: Announcement[] = []
  const routes: Route[] = []
  const periodics = new Periodics(log)

  const host: PluginHost = {
    config,
    clock,
    log,
    store,
    resources,
    definitions,
    quotas,
    events: registry.events(),
    serve: (resource, table, hooks = {}) => registry.serve(resource, table, hooks),
    show: (resource, attributes, contribute) =>
      registry.extras(resource).contributions.push({ attributes, contribute: contribute as never }),
    filter: (resource, filter, put) => registry.extras(resource).filters.set(filter, put),
    announce: (resource, tell) => announcements.push({ resource, tell }),
    ask,
    answer: (topic, version, methods) => endpoints.push({ topic, version, methods }),
    route: (method, path, handle, help) => routes.push({ method, path, handle, help }),
    periodic: (name, everyMs, run) => periodics.add(name, everyMs, run),
  }
  try {
    for (const feature of features)
      await startFeature(feature, { ...host, log: log.child({ feature: feature.folder }) })
    for (const name of definitions.resources.keys()) registry.get(name)
  } catch (error) {
    await periodics.close()
    throw error
  }
  periodics.start()
  const limited = extensions.some(({ alias }) => alias === 'quotas')
  return {
    extensions,
    definitions,
    resources,
    registry,
    quotas: limited ? quotas : null,
    endpoints,
    announcements,
    routes,
    store,
    close: () => periodics.close(),
  }
}

function askNobody({ topic, host }: Question): Promise<never> {
  return Promise.reject(new OperatingError(`no bus leads to ${topic} on ${host}`))
}

async function startFeature({ plugin, folder }: Feature, host: PluginHost): Promise<void> {
  try {
    await plugin?.start(host)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`${folder} failed to start: ${reason}`, { cause: error })
  }
}

type Periodic = {
  readonly name: string
  readonly everyMs: number
  readonly run: (signal: AbortSignal) => Promise<void>
}

/** Periodic work: each in its own loop, never overlapping itself. A failure is logged and the next turn comes. */
class Periodics implements Closeable {
  readonly #log: Log
  readonly #all: Periodic[] = []
  readonly #stop = new AbortController()
  #running: Promise<unknown> = Promise.resolve()

  constructor(log: Log) {
    this.#log = log
  }

  add(name: string, everyMs: number, run: Periodic['run']): void {
    this.#all.push({ name, everyMs, run })
  }

  start(): void {
    this.#running = Promise.all(this.#all.map((periodic) => this.#loop(periodic)))
  }

  async #loop({ name, everyMs, run }: Periodic): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        await sleep(everyMs, signal)
        await run(signal)
      } catch (error) {
        if (!signal.aborted) this.#log.error('periodic work failed', { name, error })
      }
    }
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }
}
