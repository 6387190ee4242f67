/**
 * What a check is worth for somebody: evaluated as far as the caller alone decides, the rest becomes a condition on the
 * target's row, which goes into SQL or is decided in memory. Pure.
 * Source: oslo.policy's checks; Neutron's owner check (a parent's project) and field check (a network's flags).
 */
import type { Credentials } from '#base/credentials.ts'
import type { Json } from '#base/json.ts'
import { and, equals, FALSE, not, or, type Predicate, TRUE } from '#base/predicate.ts'
import type { Granted } from '#resource/definition.ts'
import { grantedTo } from '#resource/granted.ts'
import type { Check, Template } from './language.ts'

/** What an attribute holds, so that a rule's text is compared as that; null: the resource has no such attribute. */
export type KindOf = (resource: string, attribute: string) => 'boolean' | 'integer' | 'text' | null

export interface Scope {
  readonly rules: ReadonlyMap<string, Check>
  /** The rule for names that are not there. */
  readonly defaultRule: string
  readonly kindOf: KindOf
  readonly parentOf: ParentOf
  /** What says for each project whether the attribute is so; null: the row says it for all. */
  readonly grantOf: GrantOf
}

export type GrantOf = (resource: string, attribute: string) => Granted | null

/** A scope and who asks. */
interface Asking extends Scope {
  readonly projectId: string | null
}

/** What a resource is served below: the resource, its table and the column that holds its id. */
export interface Parent {
  readonly resource: string
  readonly table: string
  readonly column: string
}

export type ParentOf = (resource: string) => Parent | null

/** The rule's condition for those credentials. A rule nobody wrote is the default rule; without that, never. */
export function conditionOf(rules: Scope, name: string, credentials: Credentials, isAdmin: boolean): Predicate {
  const scope: Asking = { ...rules, projectId: credentials.projectId }
  const values = credentialValues(credentials, isAdmin)
  const roles = new Set(credentials.roles.map((role) => role.toLowerCase()))
  const own = resourceOf(name)

  const condition = (check: Check): Predicate => {
    switch (check.kind) {
      case 'true':
        return TRUE
      case 'false':
        return FALSE
      case 'and':
        return and(...check.of.map(condition))
      case 'or':
        return or(...check.of.map(condition))
      case 'not':
        return not(condition(check.of))
      case 'role':
        return roles.has(check.name) ? TRUE : FALSE
      case 'rule':
        return named(check.name)
      case 'equal': {
        const value = 'literal' in check.left ? check.left.literal : values.get(check.left.credential)
        return value === undefined ? FALSE : targetEquals(scope, own, check.right, value)
      }
      case 'field':
        return fieldCondition(scope, own, check)
    }
  }
  const named = (rule: string): Predicate => {
    const check = ruleNamed(scope, rule)
    return check === null ? FALSE : condition(check)
  }
  return named(name)
}

export function ruleNamed({ rules, defaultRule }: Scope, name: string): Check | null {
  return rules.get(name) ?? rules.get(defaultRule) ?? null
}

/** `port` of `update_port:fixed_ips`; null for a rule that is named otherwise. */
export function resourceOf(name: string): string | null {
  return /^(?:get|create|update|delete)_([a-z0-9_]+)/.exec(name)?.[1] ?? null
}

/** As oslo.policy sees the caller. What is not set matches nothing, not even a target that has nothing there either. */
function credentialValues(credentials: Credentials, isAdmin: boolean): ReadonlyMap<string, string> {
  const { userId, projectId, projectName } = credentials
  const values: (readonly [string, string | null])[] = [
    ['user_id', userId],
    ['user', userId],
    ['project_id', projectId],
    ['tenant_id', projectId],
    ['tenant', projectId],
    ['project_name', projectName],
    ['tenant_name', projectName],
    ['is_admin', isAdmin ? 'True' : 'False'],
  ]
  return new Map(values.filter((entry): entry is readonly [string, string] => entry[1] !== null))
}

function targetEquals(scope: Asking, own: string | null, { before, key, after }: Template, value: string): Predicate {
  if (key === null) return value === before ? TRUE : FALSE
  if (value.length < before.length + after.length) return FALSE
  if (!value.startsWith(before) || !value.endsWith(after)) return FALSE
  const text = value.slice(before.length, value.length - after.length)

  const colon = key.indexOf(':')
  if (colon < 0 || scope.kindOf(own ?? '', key) !== null) return compare(scope, own, attributeOf(key), 'equals', text)
  const [parent, attribute] = [key.slice(0, colon), attributeOf(key.slice(colon + 1))]
  return parent === 'ext_parent'
    ? ofExtParent(scope, own, attribute, text)
    : ofParent(scope, own, parent, attribute, 'equals', text)
}

function ofExtParent(scope: Asking, own: string | null, attribute: string, text: string): Predicate {
  const parent = own === null ? null : scope.parentOf(own)
  if (parent === null) return FALSE
  const where = compare(scope, parent.resource, attribute, 'equals', text)
  if (where.op === 'false') return FALSE
  return { op: 'exists', table: parent.table, column: 'id', equals: parent.column, where }
}

/** `shared` of a network, asked about something in it that has no such flag of its own, is its network's. */
function fieldCondition(scope: Asking, own: string | null, check: Extract<Check, { kind: 'field' }>): Predicate {
  const { attribute, match, text } = check
  const resource = check.resource.replace(/s$/, '')
  const isShared = resource === 'network' && attribute === 'shared'
  return isShared && own !== null && own !== resource && scope.kindOf(own, attribute) === null
    ? ofParent(scope, own, resource, attributeOf(attribute), match, text)
    : compare(scope, own ?? resource, attributeOf(attribute), match, text)
}

type Match = 'equals' | 'starts' | 'contains'

function ofParent(
  scope: Asking,
  own: string | null,
  parent: string,
  attribute: string,
  match: Match,
  text: string,
): Predicate {
  if (own === parent) return compare(scope, own, attribute, match, text)
  const reference = `${parent}_id`
  if (own !== null && scope.kindOf(own, reference) === null) return FALSE
  const granted = scope.grantOf(parent, attribute)
  if (granted) return grantIs({ ...granted, by: reference }, scope.projectId, match, text)
  const where = compare(scope, parent, attribute, match, text)
  if (where.op === 'false') return FALSE
  return { op: 'exists', table: `${parent}s`, column: 'id', equals: reference, where }
}

function compare(scope: Asking, resource: string | null, attribute: string, match: Match, text: string): Predicate {
  const kind = resource === null ? 'text' : scope.kindOf(resource, attribute)
  if (kind === null) return FALSE
  const granted = resource === null ? null : scope.grantOf(resource, attribute)
  if (granted) return grantIs(granted, scope.projectId, match, text)
  if (match !== 'equals') return kind === 'text' ? { op: match, column: attribute, text } : FALSE
  const value = typed(kind, text)
  return value === undefined ? FALSE : equals(attribute, value)
}

function grantIs(granted: Granted, projectId: string | null, match: Match, text: string): Predicate {
  const value = match === 'equals' ? typed('boolean', text) : undefined
  if (value === undefined) return FALSE
  const condition = grantedTo(granted, projectId)
  return value ? condition : not(condition)
}

function typed(kind: 'boolean' | 'integer' | 'text', text: string): Json | undefined {
  if (kind === 'boolean') return /^(?:true|1)$/i.test(text) ? true : /^(?:false|0)$/i.test(text) ? false : undefined
  if (kind === 'integer') return /^-?\d+$/.test(text) ? Number(text) : undefined
  return text
}

/** The two names of one thing. */
function attributeOf(name: string): string {
  return name === 'tenant_id' ? 'project_id' : name
}
