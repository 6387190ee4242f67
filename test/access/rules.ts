/**
 * The rules that decide on a resource, ours and upstream's, each asked about the same object by every persona: what
 * differs has a reason in DIFFERENT.
 */

import { Authorizer } from '#api/authorize.ts'
import type { Credentials } from '#base/credentials.ts'
import { configOf } from '#config/config.ts'
import type { RequestContext } from '#plugin/context.ts'
import type { Feature } from '#plugin/discover.ts'
import type { Started } from '#plugin/start.ts'
import { createPolicy, type Policy } from '#policy/policy.ts'
import type { CompiledResource } from '#resource/catalogue.ts'
import type { Tx } from '#store/store.ts'
import { CALLERS } from '../fakes/api.ts'
import upstream from './upstream-rules.json' with { type: 'json' }
import { type Persona, personas } from './world.ts'

/** Where ours is not upstream's, and why. A reason that explains nothing fails the test. */
export const DIFFERENT: readonly { readonly rule: RegExp; readonly why: string }[] = [
  {
    rule: /^(create|update)_port:binding:profile$/,
    why: 'administrators set a profile too, as in all releases before the newest',
  },
  {
    rule: /^((create|delete)_port_binding|activate)$/,
    why: 'administrators bind ports too, as in all releases before the newest',
  },
  {
    rule: /^update_port_binding$/,
    why: 'as the other rules of bindings; upstream has none for this one, and falls back on its default',
  },
  { rule: /^get_(network|subnet|port):tags$/, why: 'tags are shown with what has them, to the service role as well' },
]

export interface RuleRow {
  readonly rule: string
  readonly allowed: { readonly [persona in Persona]: boolean }
  /** Upstream's answers, where they are others. */
  readonly theirs: { readonly [persona in Persona]: boolean } | null
}

export class Rules {
  readonly #started: Started
  readonly #ours: Policy
  readonly #theirs: Policy
  readonly #names: ReadonlySet<string>

  constructor(started: Started, features: readonly Feature[]) {
    const options = { config: configOf(), files: [], extensions: started.extensions }
    const own = features.flatMap(({ policies }) => policies)
    const all = Object.entries<string>(upstream.rules).map(([name, rule]) => ({ name, rule }))
    this.#started = started
    this.#ours = createPolicy({ ...options, defaults: own })
    this.#theirs = createPolicy({ ...options, defaults: all })
    this.#names = new Set([...own, ...all].map(({ name }) => name))
  }

  /** Of the resource's verbs, actions and attributes, in that order, with everybody's answers about that row. */
  async rows(tx: Tx, resource: CompiledResource, target: object): Promise<RuleRow[]> {
    const rows: RuleRow[] = []
    for (const rule of this.#rulesOf(resource)) {
      const ours = await this.#asked(tx, this.#ours, rule, target)
      const theirs = await this.#asked(tx, this.#theirs, rule, target)
      const same = personas.every((who) => ours[who] === theirs[who])
      rows.push({ rule, allowed: ours, theirs: same ? null : theirs })
    }
    return rows
  }

  #rulesOf({ name, attributes, actions }: CompiledResource): string[] {
    const verbs = ['get', 'create', 'update', 'delete'].map((verb) => `${verb}_${name}`)
    const acts = [...actions.values()].map((action) => action.rule ?? action.name)
    const known = [...attributes.keys(), 'tags']
    const isServed = (rest: string) => known.some((attribute) => rest === attribute || rest.startsWith(`${attribute}:`))
    const finer = [...this.#names].filter((rule) => {
      const verb = verbs.find((each) => rule.startsWith(`${each}:`))
      return verb !== undefined && isServed(rule.slice(verb.length + 1))
    })
    return [...verbs, ...acts, ...finer.sort()].filter((rule) => this.#names.has(rule))
  }

  async #asked(tx: Tx, policy: Policy, rule: string, target: object): Promise<RuleRow['allowed']> {
    const authorizer = new Authorizer(policy, this.#started.registry)
    const allowed: { [persona: string]: boolean } = {}
    for (const who of personas) {
      // An attribute without a rule of its own is decided by its object's.
      const asked = policy.has(rule) ? rule : rule.replace(/^([a-z]+_[a-z0-9_]+):.*$/, '$1')
      allowed[who] = await holds(authorizer, tx, asked, contextOf(CALLERS[who]!, policy), target)
    }
    return allowed as RuleRow['allowed']
  }
}

function contextOf(credentials: Credentials, policy: Policy): RequestContext {
  return {
    ...credentials,
    requestId: 'req-00000000-0000-4000-8000-000000000000',
    globalRequestId: null,
    isAdmin: policy.isAdmin(credentials),
  }
}

async function holds(authorizer: Authorizer, tx: Tx, rule: string, context: RequestContext, target: object) {
  try {
    await authorizer.enforce(tx, rule, context, target as { readonly [attribute: string]: unknown })
    return true
  } catch {
    return false
  }
}
