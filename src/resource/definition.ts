/**
 * The vocabulary that describes a resource: attributes, what each accepts and shows, and the extension that brings
 * them. The API, the documentation and the command line read these; nothing here runs.
 * Source: Networking API v2.0; style: docs/adr. One definition per folder, found by discovery.
 */
import type { Json } from '#base/json.ts'

/**
 * How a value is converted and checked. A word, with `?` after it when null is allowed: `uuid`, `string` (≤ 255),
 * `name` (string ≤ 255 without control characters), `boolean`, `integer`, `ip`, `mac`, `cidr` (canonicalised), `port`,
 * `any`, `dict`, `uuids` (list of uuid), or an object that says more.
 */
export type TypeSpec =
  | Word
  | `${Word}?`
  /** One of these values, to the letter. */
  | { readonly values: readonly (string | number)[]; readonly nullable?: true }
  | { readonly string: { readonly max?: number; readonly notEmpty?: true }; readonly nullable?: true }
  | { readonly integer: { readonly min?: number; readonly max?: number }; readonly nullable?: true }
  /**
   * A list whose items are each of that type, without duplicates if `unique`; null becomes the empty list if
   * `nullable`.
   */
  | { readonly list: TypeSpec; readonly unique?: true; readonly nullable?: true }
  /** A dictionary with just these keys. */
  | {
      readonly dict: { readonly [key: string]: { readonly type: TypeSpec; readonly required?: true } }
      readonly nullable?: true
    }
  /**
   * A check of the feature's own: given the value, answers the converted value or throws `Refusal` with the reason. `as`
   * tells the reference what such a value looks like.
   */
  | { readonly check: (value: Json) => Json; readonly as?: TypeSpec; readonly nullable?: true }

export type Word =
  | 'uuid'
  | 'string'
  | 'name'
  | 'boolean'
  | 'integer'
  | 'ip'
  | 'mac'
  | 'cidr'
  | 'port'
  | 'any'
  | 'dict'
  | 'uuids'

/** Why a value is refused, in upstream's words: it becomes `Invalid input for x. Reason: <this>.` */
export class Refusal extends Error {
  override name = 'Refusal'
}

/**
 * What entries of `rbac_policies` say of an object and the caller's project. `by` names the column that holds the
 * object's id, `id` by default.
 */
export interface Granted {
  readonly object: string
  readonly action: 'access_as_shared' | 'access_as_external'
  readonly by?: string
  /** Whoever it is granted to and would update the object is told that there is none, as upstream does for some. */
  readonly unsaid?: true
}

export interface Attribute {
  readonly type: TypeSpec
  /** In which requests it may be sent; absent: shown only. */
  readonly allow?: 'post' | 'put' | 'post put'
  /** Filled in on create when not sent. With neither this nor `optional`, an attribute allowed in post is required. */
  readonly default?: Json
  /** Not sent on create: stays absent, the plugin decides. */
  readonly optional?: true
  /** What lists may do with it; a filter or sort needs a column (or a `filters` entry of the plugin). */
  readonly query?: 'filter' | 'sort' | 'filter sort'
  /**
   * `enforce`: sending it needs the policy `create_<resource>:<attribute>` or `update_…` where such a rule exists.
   * Whether it is shown is decided by `get_<resource>:<attribute>` where such a rule exists.
   */
  readonly policy?: 'enforce'
  /**
   * A flag for each caller: whether an entry with that action is for everybody or for the caller's project. Policy
   * asks the entries. So do filters and what is shown, unless the table has a column of the attribute's name: then the
   * column says what the object is, and the entries who may use it so.
   */
  readonly granted?: Granted
  /** What is shown, where that is of another type than what is sent; for the reference. */
  readonly shown?: TypeSpec
  /** Accepted, never shown (`prefixlen`). */
  readonly hidden?: true
  /** One sentence for the reference. */
  readonly help?: string
}

export interface Action {
  /** The last segment of `PUT /<collection>/{id}/<name>`. */
  readonly name: string
  readonly help: string
  /** The policy rule it needs; by default the action's name. */
  readonly rule?: string
  /** Attributes in its body that policy may have rules for: `<rule>:<attribute>`, `<rule>:<attribute>:<key>`. */
  readonly attributes?: readonly string[]
  /** What it answers, for the reference; by default an object. */
  readonly answer?: TypeSpec
}

export interface ResourceDefinition {
  /** Singular, as in bodies: `security_group`. */
  readonly name: string
  /** Plural, as in bodies: `security_groups`; the path has it with dashes as well. */
  readonly collection: string
  /** The singular in bodies where it is not `name`: `port_forwarding` of a `floatingip_port_forwarding`. */
  readonly body?: string
  /** What stands before the collection in the path: `qos` in `/qos/policies`. */
  readonly prefix?: string
  /**
   * Served below an object of that resource: `/<its collection>/{id}/<collection>`. `column` of the table holds that
   * object's id, set from the path. Where that object is not, or is not the caller's to see, its own 404 is answered.
   * Policy's `ext_parent` means it.
   */
  readonly parent?: { readonly resource: string; readonly column: string }
  /** The attribute that names an object in the path, `id` by default. The table has a unique `id` all the same. */
  readonly key?: string
  readonly attributes: { readonly [name: string]: Attribute }
  readonly actions?: readonly Action[]
  /** What a request may do; all by default. */
  readonly methods?: readonly ('list' | 'show' | 'create' | 'update' | 'delete')[]
  /**
   * `NetworkNotFound` and its text with `%(id)s`, and `%(parent_id)s` below another; by default `<Resource>NotFound`, `<Resource> %(id)s could not be
   * found.`
   */
  readonly notFound?: { readonly type: string; readonly text: string }
  /** Counted against quotas; without a default of its own, `default_quota` limits it. Absent: not under quota. */
  readonly quota?: { readonly default?: number }
}

export interface Extension {
  readonly alias: string
  readonly name: string
  readonly description: string
  /** As `/v2.0/extensions` shows it: `2015-07-26T10:00:00-00:00`. */
  readonly updated: string
  readonly requires?: readonly string[]
  readonly resources?: readonly ResourceDefinition[]
  /** Attributes it adds to other resources, by resource name. */
  readonly extends?: { readonly [resource: string]: { readonly [attribute: string]: Attribute } }
  /** Aliases that only announce what this one or the machine does; each is listed with its own name and date. */
  readonly announces?: readonly Omit<Extension, 'resources' | 'extends' | 'announces' | 'requires'>[]
  /** Core resources (network, subnet, port) are not listed by `/v2.0/extensions`. */
  readonly unlisted?: true
}

export function defineExtension(extension: Extension): Extension {
  return extension
}

/** `id`, `name`, `project_id` (with its twin `tenant_id`): what nearly every resource starts with. */
export const identity = {
  id: { type: 'uuid', query: 'filter sort' },
  name: { type: 'name', allow: 'post put', default: '', query: 'filter sort' },
  project_id: { type: 'string', allow: 'post', query: 'filter sort' },
} as const satisfies { readonly [name: string]: Attribute }

/** A resource that has it can be tagged: its table has the column, extensions/standard-attr-tag serves the paths. */
export const tagged = {
  tags: {
    type: { list: { string: { max: 255 } }, unique: true },
    default: [],
    query: 'filter',
    help: 'Words of at most 255 characters, set below the path of the object.',
  },
} as const satisfies { readonly [name: string]: Attribute }

/** `description`, `created_at`, `updated_at`, `revision_number`. Kept by plugin/crud.ts. */
export const standard = {
  description: { type: 'string', allow: 'post put', default: '', query: 'filter sort' },
  created_at: { type: 'string', query: 'sort' },
  updated_at: { type: 'string', query: 'sort' },
  revision_number: { type: 'integer', query: 'filter sort' },
} as const satisfies { readonly [name: string]: Attribute }
