/**
 * All resources of the loaded extensions, compiled: attributes that extensions add are merged in, and what each request
 * may send, filter and sort by is looked up, never searched. Made once at start; pure.
 */
import { errorType, type WireError } from '#base/errors.ts'
import type { Json } from '#base/json.ts'
import type { Action, Attribute, Extension, Granted, ResourceDefinition } from './definition.ts'
import { type Convert, compileFilter, compileType } from './types.ts'

export interface CompiledAttribute {
  readonly name: string
  readonly attribute: Attribute
  readonly convert: Convert
  readonly filter: (text: string) => Json
  readonly inPost: boolean
  readonly inPut: boolean
  /** Neither default nor `optional`: must be sent on create. */
  readonly required: boolean
  readonly default: Json | undefined
}

export type Method = 'list' | 'show' | 'create' | 'update' | 'delete'

export interface CompiledResource {
  readonly name: string
  readonly collection: string
  /** The singular in bodies. */
  readonly body: string
  /** What names one in the path. */
  readonly key: string
  /** Where it is served below another. */
  readonly parent: { readonly resource: string; readonly column: string } | null
  readonly definition: ResourceDefinition
  /** In the order of the definitions. */
  readonly attributes: ReadonlyMap<string, CompiledAttribute>
  /** What responses show, `tenant_id` beside `project_id`. */
  readonly visible: readonly string[]
  readonly filters: ReadonlySet<string>
  readonly sorts: ReadonlySet<string>
  /** Attributes that are so for some projects only. */
  readonly granted: readonly { readonly name: string; readonly granted: Granted }[]
  /** Whether it belongs to a project. */
  readonly owned: boolean
  readonly methods: ReadonlySet<Method>
  readonly actions: ReadonlyMap<string, Action>
  /** `parentId` of what is below another. */
  notFound(id: string, parentId?: string): WireError
}

export interface Catalogue {
  /** By singular name. */
  readonly resources: ReadonlyMap<string, CompiledResource>
  /** Those with a path of their own, by plural name with underscores, after their prefix: `qos/policies`. */
  readonly collections: ReadonlyMap<string, CompiledResource>
  /** Those below another, by its name and their plural. */
  readonly children: ReadonlyMap<string, ReadonlyMap<string, CompiledResource>>
  readonly prefixes: ReadonlySet<string>
  /** As `/v2.0/extensions` lists them, announced aliases included. */
  readonly listed: readonly ListedExtension[]
}

export interface ListedExtension {
  readonly alias: string
  readonly name: string
  readonly description: string
  readonly updated: string
  readonly links: readonly []
}

const METHODS: readonly Method[] = ['list', 'show', 'create', 'update', 'delete']

/** @throws Error when two extensions define the same resource or alias. */
export function compileCatalogue(extensions: readonly Extension[]): Catalogue {
  const resources = new Map<string, CompiledResource>()
  for (const { resources: own = [], alias } of extensions) {
    for (const definition of own) {
      if (resources.has(definition.name)) throw new Error(`${alias}: resource ${definition.name} is defined twice`)
      resources.set(definition.name, compileResource(definition, attributesOf(definition, extensions)))
    }
  }
  const all = [...resources.values()]
  const collections = new Map(all.filter(({ parent }) => !parent).map((resource) => [pathOf(resource), resource]))
  const children = new Map<string, Map<string, CompiledResource>>()
  for (const resource of all) {
    if (resource.parent === null) continue
    const { resource: parent } = resource.parent
    if (!resources.has(parent)) throw new Error(`${resource.name}: its parent ${parent} is not defined`)
    const siblings = children.get(parent) ?? new Map<string, CompiledResource>()
    children.set(parent, siblings.set(resource.collection, resource))
  }
  const prefixes = new Set(all.flatMap(({ definition: { prefix } }) => prefix ?? []))
  return { resources, collections, children, prefixes, listed: listedExtensions(extensions) }
}

function pathOf({ collection, definition: { prefix } }: CompiledResource): string {
  return prefix === undefined ? collection : `${prefix}/${collection}`
}

export interface LocatedResource {
  readonly resource: CompiledResource
  /** The object it is served below. */
  readonly parent: { readonly resource: CompiledResource; readonly id: string } | null
  /** What stands behind the collection. */
  readonly rest: readonly string[]
}

/** The resource a path is about; null for one that nobody defines. Collections may be written with dashes. */
export function locate(catalogue: Catalogue, segments: readonly string[]): LocatedResource | null {
  const nameAt = (index: number) => segments[index]?.replaceAll('-', '_') ?? ''
  const start = catalogue.prefixes.has(nameAt(0)) && segments.length > 1 ? 1 : 0
  const resource = catalogue.collections.get(start === 0 ? nameAt(0) : `${nameAt(0)}/${nameAt(1)}`)
  if (!resource) return null
  const child = catalogue.children.get(resource.name)?.get(nameAt(start + 2))
  if (!child) return { resource, parent: null, rest: segments.slice(start + 1) }
  return { resource: child, parent: { resource, id: segments[start + 1]! }, rest: segments.slice(start + 3) }
}

function attributesOf(
  { name, attributes }: ResourceDefinition,
  extensions: readonly Extension[],
): { readonly [name: string]: Attribute } {
  return Object.assign({}, attributes, ...extensions.map(({ extends: added = {} }) => added[name] ?? {}))
}

function compileResource(
  definition: ResourceDefinition,
  all: { readonly [name: string]: Attribute },
): CompiledResource {
  const attributes = new Map(Object.entries(all).map(([name, attribute]) => [name, compileAttribute(name, attribute)]))
  const owned = attributes.has('project_id')
  const having = (test: (attribute: Attribute) => boolean) =>
    [...attributes.values()]
      .filter(({ attribute }) => test(attribute))
      .flatMap(({ name }) => (name === 'project_id' ? ['project_id', 'tenant_id'] : [name]))
  const type = definition.notFound?.type ?? `${pascal(definition.name)}NotFound`
  const text = definition.notFound?.text ?? `${spaced(definition.name)} %(id)s could not be found.`
  const notFound = errorType(type, 404, text)
  return {
    name: definition.name,
    collection: definition.collection,
    body: definition.body ?? definition.name,
    key: definition.key ?? 'id',
    parent: definition.parent ?? null,
    definition,
    attributes,
    visible: having(({ hidden }) => hidden !== true),
    filters: new Set(having(({ query }) => query?.includes('filter') === true)),
    sorts: new Set(having(({ query }) => query?.includes('sort') === true)),
    granted: Object.entries(all).flatMap(([name, { granted }]) => (granted ? [{ name, granted }] : [])),
    owned,
    methods: new Set(definition.methods ?? METHODS),
    actions: new Map((definition.actions ?? []).map((action) => [action.name, action])),
    notFound: (id, parentId = '') => notFound({ id, parent_id: parentId }),
  }
}

function compileAttribute(name: string, attribute: Attribute): CompiledAttribute {
  const inPost = attribute.allow?.startsWith('post') === true
  return {
    name,
    attribute,
    convert: compileType(attribute.type),
    filter: compileFilter(attribute.type),
    inPost,
    inPut: attribute.allow?.endsWith('put') === true,
    required: inPost && attribute.default === undefined && attribute.optional !== true,
    default: attribute.default,
  }
}

function listedExtensions(extensions: readonly Extension[]): ListedExtension[] {
  const listed = extensions.flatMap((extension) => [
    ...(extension.unlisted ? [] : [extension]),
    ...(extension.announces ?? []).filter(({ unlisted }) => unlisted !== true),
  ])
  const aliases = new Map<string, ListedExtension>()
  for (const { alias, name, description, updated } of listed) {
    if (aliases.has(alias)) throw new Error(`extension ${alias} is announced twice`)
    aliases.set(alias, { alias, name, description, updated, links: [] })
  }
  return [...aliases.values()]
}

/** `security_group` → `SecurityGroup` */
function pascal(name: string): string {
  return name.replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())
}

/** `security_group` → `Security group` */
function spaced(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1).replaceAll('_', ' ')}`
}
