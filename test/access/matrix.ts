/**
 * Asks, for every resource there is, each persona to list, show, create, update and delete an example of it that the
 * owner has, and to do each of its actions. What the answers are worth is judged in test/contract/access.test.ts.
 */
import assert from 'node:assert/strict'
import { newId } from '#base/ids.ts'
import type { JsonObject } from '#base/json.ts'
import type { CompiledResource } from '#resource/catalogue.ts'
import type { Answer } from '../fakes/api.ts'
import { EXAMPLES, type Example } from './examples.ts'
import { type Body, type Persona, personas, STRANGERS, type World } from './world.ts'

/** `yes`, or why not: nothing in the list, or a status. */
export type Outcome = 'yes' | 'none' | number

export interface Row {
  /** A verb of HTTP's, or an action. */
  readonly verb: string
  readonly outcomes: { readonly [persona in Persona]: Outcome }
}

/** Two answers that ought to be the same: about what the caller may not see, and about what is not there. */
export interface Telling {
  readonly what: string
  readonly hidden: string
  readonly absent: string
}

export interface Matrix {
  readonly rows: readonly Row[]
  readonly tellings: readonly Telling[]
  /** The example as the database has it, and its key. */
  readonly target: Target
}

export interface Target {
  readonly key: string
  readonly object: Body
  readonly collection: string
}

export async function ask(world: World, resource: CompiledResource): Promise<Matrix> {
  const example = EXAMPLES[resource.name]
  assert(example, `test/access/examples.ts has no example of ${resource.name}`)
  const asking = new Asking(world, resource, example)
  await asking.fresh()
  const rows: Row[] = []
  for (const verb of ['list', 'show', 'create', 'update', 'delete'] as const) {
    if (resource.methods.has(verb)) rows.push({ verb, outcomes: await asking.everybody((who) => asking[verb](who)) })
    if (verb === 'create' && example.given) await asking.fresh()
  }
  for (const action of resource.actions.keys()) {
    rows.push({ verb: action, outcomes: await asking.everybody((who) => asking.act(who, action)) })
  }
  for (const who of STRANGERS) await asking.hints(who)
  return { rows, tellings: asking.tellings, target: asking.target }
}

class Asking {
  readonly tellings: Telling[] = []
  readonly #world: World
  readonly #resource: CompiledResource
  readonly #example: Example
  readonly #unseen = new Set<Persona>()
  #target: Target | null = null

  /** The example that is there now. */
  get target(): Target {
    assert(this.#target)
    return this.#target
  }

  constructor(world: World, resource: CompiledResource, example: Example) {
    this.#world = world
    this.#resource = resource
    this.#example = example
  }

  async everybody(asked: (who: Persona) => Promise<Outcome>): Promise<Row['outcomes']> {
    const outcomes: { [persona: string]: Outcome } = {}
    for (const who of personas) outcomes[who] = await asked(who)
    return outcomes as Row['outcomes']
  }

  async fresh(): Promise<Target> {
    const { parent, given, body, by } = this.#example
    const parentId = (await parent?.(this.#world)) ?? null
    const collection = this.#world.path(this.#resource.name, parentId)
    if (given) {
      const key = await given(this.#world)
      this.#target = { key, object: { id: key }, collection }
    } else {
      const object = await this.#world.make(this.#resource.name, await body!(this.#world, parentId), by, parentId)
      this.#target = { key: object[this.#resource.key], object, collection }
    }
    return this.#target
  }

  async list(who: Persona): Promise<Outcome> {
    const { key, collection } = this.target
    const answer = await this.#world.api.call(who, 'GET', collection)
    if (answer.status !== 200) return answer.status
    const items: Body[] = answer.body[this.#resource.collection]
    const name = this.#resource.name === 'network_ip_availability' ? 'network_id' : this.#resource.key
    return items.some((item) => item[name] === key) ? 'yes' : 'none'
  }

  async show(who: Persona): Promise<Outcome> {
    const answer = await this.#about(who, 'GET', '', null)
    if (answer.status !== 200) this.#unseen.add(who)
    if (answer.status === 404) this.#tell(who, 'GET', answer, await this.#absent(who, 'GET', '', null))
    return outcomeOf(answer)
  }

  async create(who: Persona): Promise<Outcome> {
    const { body, parent } = this.#example
    const parentId = (await parent?.(this.#world)) ?? null
    const values = await body!(this.#world, parentId)
    const answer = await this.#world.api.call(who, 'POST', this.target.collection, { [this.#resource.body]: values })
    return outcomeOf(answer)
  }

  update(who: Persona): Promise<Outcome> {
    return this.#change(who, 'PUT', '', { [this.#resource.body]: this.#example.change ?? {} })
  }

  async delete(who: Persona): Promise<Outcome> {
    const outcome = await this.#change(who, 'DELETE', '', null)
    if (outcome === 'yes') await this.fresh()
    return outcome
  }

  async act(who: Persona, action: string): Promise<Outcome> {
    const { object } = await this.fresh()
    const body = this.#example.actions?.[action]
    assert(body, `test/access/examples.ts has no body for ${action} of ${this.#resource.name}`)
    return this.#change(who, 'PUT', `/${action}`, await body(this.#world, object))
  }

  async #change(who: Persona, method: string, tail: string, body: JsonObject | null): Promise<Outcome> {
    const answer = await this.#about(who, method, tail, body)
    if (this.#unseen.has(who)) this.#tell(who, method + tail, answer, await this.#absent(who, method, tail, body))
    return outcomeOf(answer)
  }

  /** What lists and tags say of what the caller may not see. */
  async hints(who: Persona): Promise<void> {
    if (!this.#unseen.has(who)) return
    const { collection, key } = this.target
    const other = newId()
    const compare = async (method: string, path: (id: string) => string, body?: JsonObject) => {
      const send = (id: string) => this.#world.api.call(who, method, path(id), body)
      const absent = await send(other)
      const text = absent.text.replaceAll(other, key)
      this.#tell(who, `${method} ${path('…')}`, await send(key), { ...absent, text })
    }
    await compare('GET', (id) => `${collection}?${this.#resource.key}=${id}`)
    await compare('GET', (id) => `${collection}?limit=1&marker=${id}`)
    if (!this.#resource.attributes.has('tags')) return
    for (const method of ['GET', 'DELETE']) await compare(method, (id) => `${collection}/${id}/tags`)
    await compare('PUT', (id) => `${collection}/${id}/tags`, { tags: ['mine'] })
    await compare('PUT', (id) => `${collection}/${id}/tags/mine`)
  }

  #about(who: Persona, method: string, tail: string, body: JsonObject | null): Promise<Answer> {
    const { collection, key } = this.target
    return this.#world.api.call(who, method, `${collection}/${key}${tail}`, body ?? undefined)
  }

  /** The same, of what nobody has. */
  async #absent(who: Persona, method: string, tail: string, body: JsonObject | null): Promise<Answer> {
    const { collection, key } = this.target
    const other = newId()
    const answer = await this.#world.api.call(who, method, `${collection}/${other}${tail}`, body ?? undefined)
    return { ...answer, text: answer.text.replaceAll(other, key) }
  }

  #tell(who: Persona, verb: string, hidden: Answer, absent: Answer): void {
    const said = ({ status, text }: Answer) => `${status} ${text}`
    this.tellings.push({ what: `${who} ${verb} ${this.#resource.name}`, hidden: said(hidden), absent: said(absent) })
  }
}

function outcomeOf({ status }: Answer): Outcome {
  return status < 300 ? 'yes' : status
}
