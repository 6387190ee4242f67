/**
 * A server with two projects' things in it, to ask who may do what with them: project `a` owns, `b` is an outsider, with
 * `c` everything that can be shared is shared.
 */
import assert from 'node:assert/strict'
import type { JsonObject } from '#base/json.ts'
import type { CompiledResource } from '#resource/catalogue.ts'
import type { Answer } from '../fakes/api.ts'
import type { TestCloud } from '../fakes/bus.ts'

// biome-ignore lint/suspicious/noExplicitAny: whatever the server said
export type Body = any

/** Who asks, by token, in the order of the page's columns. */
export const PERSONAS = {
  admin: 'administrator',
  service: 'service',
  manager: "owner's manager",
  alice: "owner's member",
  reader: "owner's reader",
  nobody: "owner's user without a role",
  carol: 'shared with',
  bob: 'outsider',
} as const
export type Persona = keyof typeof PERSONAS
export const personas = Object.keys(PERSONAS) as Persona[]

/** Those of other projects, who learn nothing of what they may not see. */
export const STRANGERS: readonly Persona[] = ['service', 'carol', 'bob']

/** Who owns what is asked about, and with whom it is shared. */
export const OWNER = 'a'
const FRIEND = 'c'

export class World {
  readonly api: TestCloud
  #count = 0
  readonly #kept = new Map<string, Promise<Body>>()

  constructor(api: TestCloud) {
    this.api = api
  }

  /** A number nobody else in this world has. */
  next(): number {
    this.#count += 1
    return this.#count
  }

  resource(name: string): CompiledResource {
    const resource = this.api.started.definitions.resources.get(name)
    assert(resource, `no resource ${name}`)
    return resource
  }

  /** Of the collection; of what is served below another, with that one's id. */
  path(name: string, parentId: string | null): string {
    const { collection, definition, parent } = this.resource(name)
    const own = collection.replaceAll('_', '-')
    if (parent) return `${this.path(parent.resource, null)}/${parentId}/${collection}`
    return `/v2.0/${definition.prefix === undefined ? own : `${definition.prefix}/${own}`}`
  }

  async make(name: string, values: JsonObject, by: Persona = 'alice', parentId: string | null = null): Promise<Body> {
    const { body } = this.resource(name)
    const mine = by === 'admin' && this.resource(name).owned ? { project_id: OWNER, ...values } : values
    const answer = await this.api.call(by, 'POST', this.path(name, parentId), { [body]: mine })
    const made = expectCreated(name, answer)[body]
    await this.#share(name, made)
    return made
  }

  /** Made once, by the owner unless it is said otherwise. */
  kept(name: string, values: () => JsonObject | Promise<JsonObject>, by: Persona = 'alice'): Promise<Body> {
    const key = `${name} ${by}`
    const known = this.#kept.get(key) ?? Promise.resolve(values()).then((body) => this.make(name, body, by))
    this.#kept.set(key, known)
    return known
  }

  async #share(name: string, { id, project_id }: Body): Promise<void> {
    const own = this.resource(name).granted.some(({ granted }) => granted.by === undefined)
    if (!own || project_id !== OWNER) return
    const rbac_policy = { object_type: name, object_id: id, action: 'access_as_shared', target_tenant: FRIEND }
    expectCreated('rbac_policy', await this.api.call('admin', 'POST', '/v2.0/rbac-policies', { rbac_policy }))
  }
}

function expectCreated(what: string, { status, text, body }: Answer): Body {
  assert.equal(status, 201, `${what}: ${text}`)
  return body
}
