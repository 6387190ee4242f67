/** What attributes hold, which are so for some projects only, and what is below what, as the definitions say. Pure. */
import type { Attribute, Extension, Granted, TypeSpec } from '#resource/definition.ts'
import type { GrantOf, KindOf, ParentOf } from './evaluate.ts'

/** @returns null for an attribute the resource has not; a resource nobody defines is taken to have any. */
export function kindsOf(extensions: readonly Extension[]): KindOf {
  const kinds = new Map<string, Map<string, 'boolean' | 'integer' | 'text'>>()
  const add = (resource: string, attributes: { readonly [name: string]: Attribute }) => {
    const known = kinds.get(resource) ?? new Map<string, 'boolean' | 'integer' | 'text'>()
    for (const [name, { type }] of Object.entries(attributes)) known.set(name, kindOf(type))
    kinds.set(resource, known)
  }
  for (const { resources = [], extends: extended = {} } of extensions) {
    for (const { name, attributes } of resources) add(name, attributes)
    for (const [resource, attributes] of Object.entries(extended)) add(resource, attributes)
  }
  return (resource, attribute) => {
    const known = kinds.get(resource)
    return known ? (known.get(attribute) ?? null) : guessed(resource, attribute)
  }
}

/** A parent's table has the name of its collection. */
export function parentsOf(extensions: readonly Extension[]): ParentOf {
  const all = extensions.flatMap(({ resources = [] }) => resources)
  const tables = new Map(all.map(({ name, collection }) => [name, collection]))
  const parents = new Map(all.flatMap(({ name, parent }) => (parent ? [[name, parent] as const] : [])))
  return (resource) => {
    const parent = parents.get(resource)
    return parent ? { ...parent, table: tables.get(parent.resource) ?? `${parent.resource}s` } : null
  }
}

/** Which entries decide on an attribute, as the definitions say. */
export function grantsOf(extensions: readonly Extension[]): GrantOf {
  const grants = new Map<string, Granted>()
  const add = (resource: string, attributes: { readonly [name: string]: Attribute }) => {
    for (const [name, { granted }] of Object.entries(attributes))
      if (granted) grants.set(`${resource} ${name}`, granted)
  }
  for (const { resources = [], extends: extended = {} } of extensions) {
    for (const { name, attributes } of resources) add(name, attributes)
    for (const [resource, attributes] of Object.entries(extended)) add(resource, attributes)
  }
  return (resource, attribute) => grants.get(`${resource} ${attribute}`) ?? null
}

function kindOf(type: TypeSpec): 'boolean' | 'integer' | 'text' {
  if (typeof type === 'string') {
    const word = type.replace(/\?$/, '')
    return word === 'boolean' || word === 'integer' ? word : word === 'port' ? 'integer' : 'text'
  }
  if ('integer' in type) return 'integer'
  return 'values' in type && type.values.every((value) => typeof value === 'number') ? 'integer' : 'text'
}

const FLAGS = new Set(['shared', 'router:external', 'admin_state_up', 'is_default', 'port_security_enabled'])

/** `network:project_id` names a parent's attribute; `provider:network_type` is an attribute's whole name. */
function guessed(resource: string, attribute: string): 'boolean' | 'text' | null {
  if (attribute === 'shared' && (resource === 'subnet' || resource === 'port')) return null
  if (FLAGS.has(attribute)) return 'boolean'
  return !attribute.includes(':') || /^(?:provider|binding|router):/.test(attribute) ? 'text' : null
}
