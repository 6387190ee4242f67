/**
 * Policy as the API applies it: which rules a request needs, whether they hold for a row, what a list may contain and
 * what a response shows. Rules arrive as predicates that are compiled once per caller's credentials; a row is looked
 * at only where the predicate depends on it.
 * Source: upstream's policy names: `create_network`, `create_network:shared`, `create_port:fixed_ips:ip_address`, the
 * action's name, `get_network:segments`; a refusal names all the rules that were asked together.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Credentials } from '#base/credentials.ts'
import { isJsonObject, type Json, type JsonObject } from '#base/json.ts'
import { and, equals, FALSE, fulfils, type Lookup, not, or, type Predicate, TRUE } from '#base/predicate.ts'
import type { RequestContext } from '#plugin/context.ts'
import { rbacPolicies } from '#plugin/grants.ts'
import type { Registry, Served } from '#plugin/registry.ts'
import type { Policy } from '#policy/policy.ts'
import type { CompiledResource } from '#resource/catalogue.ts'
import type { Table, Tx } from '#store/store.ts'
import { PolicyNotAuthorized } from './faults.ts'

type Target = { readonly [attribute: string]: unknown }

/** What a caller sees of a resource. */
export interface Visibility {
  readonly always: readonly string[]
  /** Attributes shown for some rows only. */
  readonly sometimes: readonly { readonly name: string; readonly predicate: Predicate }[]
}

export class Authorizer {
  readonly #policy: Policy
  readonly #registry: Registry

  constructor(policy: Policy, registry: Registry) {
    this.#policy = policy
    this.#registry = registry
  }

  isAdmin(credentials: Credentials): boolean {
    return this.#policy.isAdmin(credentials)
  }

  /** The rows of a list the caller may see, as a condition on the table's columns. */
  listable({ resource, table }: Served, context: RequestContext): Predicate {
    return onColumns(this.#policy.compile(`get_${resource.name}`, context), table)
  }

  async maySee(tx: Tx, { resource }: Served, context: RequestContext, row: Target): Promise<boolean> {
    return this.#holds(tx, `get_${resource.name}`, context, row)
  }

  /** The same for many rows, asking other tables once for each value. */
  judge(tx: Tx, { resource }: Served, context: RequestContext): (row: Target) => Promise<boolean> {
    const rule = this.#policy.compile(`get_${resource.name}`, context)
    const lookup = this.lookupOf(tx)
    return (row) => fulfils(rule, row, lookup)
  }

  /** The row of that id, without contributions; null when there is none or the caller may not see it. */
  async findVisible(tx: Tx, served: Served, context: RequestContext, id: string): Promise<JsonObject | null> {
    const row = await tx.find(served.table, { id })
    return row !== null && (await this.maySee(tx, served, context, row)) ? (row as unknown as JsonObject) : null
  }

  /** An attribute whose rule says what the row's own says is shown wherever the row is. */
  visibility({ name, visible }: CompiledResource, context: RequestContext): Visibility {
    const own = this.#policy.compile(`get_${name}`, context)
    const always: string[] = []
    const sometimes: { name: string; predicate: Predicate }[] = []
    for (const attribute of visible) {
      const rule = `get_${name}:${attribute === 'tenant_id' ? 'project_id' : attribute}`
      const predicate = this.#policy.has(rule) ? this.#policy.compile(rule, context) : TRUE
      if (predicate.op === 'true' || isDeepStrictEqual(predicate, own)) always.push(attribute)
      else if (predicate.op !== 'false') sometimes.push({ name: attribute, predicate })
    }
    return { always, sometimes }
  }

  /** What other tables say, asked once for each value: rows of a page share their networks. */
  lookupOf(tx: Tx): Lookup {
    const lookup = this.#lookup(tx)
    const known = new Map<object, Map<Json, Promise<boolean>>>()
    return (node, value) => {
      const answers = known.get(node) ?? new Map<Json, Promise<boolean>>()
      known.set(node, answers)
      const answer = answers.get(value) ?? lookup(node, value)
      answers.set(value, answer)
      return answer
    }
  }

  /** @throws PolicyNotAuthorized */
  async enforce(tx: Tx, rule: string, context: RequestContext, target: Target): Promise<void> {
    if (!(await this.#holds(tx, rule, context, target))) throw PolicyNotAuthorized({ rule: `rule:${rule}` })
  }

  /** @throws PolicyNotAuthorized. `values` are the object to create, defaults filled in. */
  async enforceCreate(tx: Tx, resource: CompiledResource, context: RequestContext, values: JsonObject): Promise<void> {
    const set = Object.keys(values).filter((name) => {
      const standard = resource.attributes.get(name)?.default
      return standard === undefined || !isDeepStrictEqual(standard, values[name])
    })
    await this.#enforceAll(tx, resource, `create_${resource.name}`, context, values, set)
  }

  /** @throws PolicyNotAuthorized. Sending an attribute counts, also when it has that value already. */
  async enforceUpdate(
    tx: Tx,
    resource: CompiledResource,
    context: RequestContext,
    row: Target,
    values: JsonObject,
  ): Promise<void> {
    const target = { ...row, ...values }
    await this.#enforceAll(tx, resource, `update_${resource.name}`, context, target, Object.keys(values))
  }

  /** @throws PolicyNotAuthorized. Attributes of the body that the action names need their rules, too. */
  async enforceAction(
    tx: Tx,
    resource: CompiledResource,
    name: string,
    context: RequestContext,
    row: Target,
    body: JsonObject,
  ): Promise<void> {
    const { rule = name, attributes = [] } = resource.actions.get(name) ?? {}
    const sent = body[resource.body]
    const values: JsonObject = isJsonObject(sent) ? sent : {}
    const asked = attributes.flatMap((attribute) =>
      attribute in values ? this.#attributeRules(`${rule}:${attribute}`, values[attribute] as Json) : [],
    )
    for (const each of [rule, ...asked.map((item) => item.rule)]) await this.enforce(tx, each, context, row)
  }

  async #enforceAll(
    tx: Tx,
    resource: CompiledResource,
    action: string,
    context: RequestContext,
    target: Target,
    set: readonly string[],
  ): Promise<void> {
    const rules: Asked[] = [{ text: `rule:${action}`, rule: action }]
    let text = `rule:${action}`
    for (const { name, attribute } of resource.attributes.values()) {
      if (attribute.policy !== 'enforce' || !set.includes(name)) continue
      const asked = this.#attributeRules(`${action}:${name}`, target[name] as Json)
      if (asked.length === 0) continue
      rules.push(...asked)
      text = `(${text} and ${textOf(asked)})`
    }
    for (const { rule } of rules) {
      if (await this.#holds(tx, rule, context, target)) continue
      await this.#refuseMissing(tx, this.#policy.compile(rule, context), context, target)
      throw PolicyNotAuthorized({ rule: text })
    }
  }

  /** The rules that exist for an attribute and for the keys of what it was set to. */
  #attributeRules(rule: string, value: Json): Asked[] {
    const items = Array.isArray(value) ? (value as readonly Json[]) : [value]
    const keys = items.flatMap((item) => (isJsonObject(item) ? Object.keys(item) : []))
    return [rule, ...keys.map((key) => `${rule}:${key}`)]
      .filter((name) => this.#policy.has(name))
      .map((name) => ({ text: `rule:${name}`, rule: name }))
  }

  #holds(tx: Tx, rule: string, context: RequestContext, target: Target): Promise<boolean> {
    return fulfils(this.#policy.compile(rule, context), target, this.#lookup(tx))
  }

  /** A rule about the owner of an object that is not there for the caller: that is what it is told. */
  async #refuseMissing(tx: Tx, predicate: Predicate, context: RequestContext, target: Target): Promise<void> {
    if (predicate.op === 'and' || predicate.op === 'or') {
      for (const item of predicate.of) await this.#refuseMissing(tx, item, context, target)
    }
    if (predicate.op !== 'exists' || predicate.column !== 'id') return
    const id = target[predicate.equals]
    const served = this.#registry.servedFrom(predicate.table)
    if (served === null || typeof id !== 'string') return
    if ((await this.findVisible(tx, served, context, id)) === null) throw served.resource.notFound(id)
  }

  #tableOf(name: string): Table<unknown> | undefined {
    return this.#registry.servedFrom(name)?.table as Table<unknown> | undefined
  }

  #lookup(tx: Tx): Lookup {
    return async ({ table: name, column, where }, value) => {
      const table = name === rbacPolicies.name ? (rbacPolicies as Table<unknown>) : this.#tableOf(name)
      return table !== undefined && (await tx.count(table, onColumns(and(equals(column, value), where), table))) > 0
    }
  }
}

interface Asked {
  readonly text: string
  readonly rule: string
}

function textOf(asked: readonly Asked[]): string {
  const [first, ...rest] = asked.map(({ text }) => text)
  return rest.length === 0 ? first! : `(${first} and (${rest.join(' and ')}))`
}

/** The predicate about columns the table has: one it lacks is null in every row. Pure. */
export function onColumns<Row>(predicate: Predicate, table: Table<Row>): Predicate {
  const lacks = (column: string) => !table.columns.has(column)
  switch (predicate.op) {
    case 'and':
      return and(...predicate.of.map((item) => onColumns(item, table)))
    case 'or':
      return or(...predicate.of.map((item) => onColumns(item, table)))
    case 'not':
      return not(onColumns(predicate.of, table))
    case 'in':
      return lacks(predicate.column) ? (predicate.values.includes(null) ? TRUE : FALSE) : predicate
    case 'contains':
    case 'starts':
    case 'less':
    case 'greater':
      return lacks(predicate.column) ? FALSE : predicate
    case 'exists':
      return lacks(predicate.equals) ? FALSE : predicate
    default:
      return predicate
  }
}
