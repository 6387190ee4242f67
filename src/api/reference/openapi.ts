/**
 * OpenAPI 3.1 of what is loaded: resources and their actions from the definitions, plugins' own paths from what they
 * registered, discovery. Attributes carry what JSON Schema has no word for as `x-` keys: the extension that brings
 * them, the policy rules that decide on them, whether lists filter and sort by them. Pure.
 * Source: OpenAPI Specification 3.1.0.
 */
import type { Json, JsonObject } from '#base/json.ts'
import type { Served } from '#plugin/registry.ts'
import type { Route, Started } from '#plugin/start.ts'
import type { CompiledAttribute, CompiledResource } from '#resource/catalogue.ts'
import type { Action } from '#resource/definition.ts'
import { fixedPaths } from './fixed.ts'
import { orNull, schemaOf } from './schema.ts'

export interface Described extends Pick<Started, 'definitions' | 'extensions' | 'registry' | 'routes'> {
  /** Whether a policy rule of that name exists. */
  hasRule(name: string): boolean
}

type Operations = { [method: string]: JsonObject }
type Schemas = { [name: string]: JsonObject }

const V2 = '/v2.0'
const DESCRIPTION = `What is created, listed, shown, updated and deleted here is described by the attributes of each
resource. Bodies are JSON, an object with the resource's name (or its plural, for several) as key. Lists take filters,
which may be repeated, and \`fields\`, \`sort_key\` with \`sort_dir\`, \`limit\`, \`marker\` and \`page_reverse\`.
What a project may not see is answered with 404.`.replaceAll('\n', ' ')

/** `base`: scheme, host and prefix, as the client knows them. */
export function openApiOf(described: Described, base: string): JsonObject {
  const { definitions, routes } = described
  const paths: { [path: string]: Operations } = {}
  const schemas: Schemas = { NeutronError: ERROR }
  const tags: JsonObject[] = []
  for (const resource of definitions.resources.values()) {
    const served = described.registry.get(resource.name)
    addResource(paths, schemas, served, described)
    tags.push({ name: titleOf(resource), description: aboutOf(resource, described) })
  }
  for (const [path, operations] of Object.entries(fixedPaths)) paths[path] = { ...operations }
  for (const route of routes) addRoute(paths, route)
  return {
    openapi: '3.1.0',
    info: { title: 'Networking API', version: 'v2.0', description: DESCRIPTION },
    servers: [{ url: base }],
    security: [{ token: [] }],
    tags: [...tags, { name: OTHER, description: 'Paths that are no resource.' }],
    paths,
    components: {
      schemas,
      securitySchemes: {
        token: { type: 'apiKey', in: 'header', name: 'X-Auth-Token', description: 'A token of the identity service.' },
      },
      responses: {
        Error: {
          description: 'Refused: the type and the message say why.',
          content: jsonOf({ $ref: '#/components/schemas/NeutronError' }),
        },
      },
      parameters: PAGING,
    },
  }
}

/** How a resource is called in the reference. */
export function titleOf({ collection, parent, definition: { prefix } }: CompiledResource): string {
  const name = collection.replaceAll('_', ' ')
  return parent ? `${name} of a ${parent.resource}` : prefix ? `${prefix} ${name}` : name
}

/** The path of a resource's collection. */
export function collectionPath(resource: CompiledResource, { definitions }: Pick<Described, 'definitions'>): string {
  const { collection, parent, definition } = resource
  const above = parent ? definitions.resources.get(parent.resource) : undefined
  if (above) return `${itemPath(above, { definitions })}/${collection}`
  return `${V2}/${definition.prefix === undefined ? '' : `${definition.prefix}/`}${collection}`
}

export function itemPath(resource: CompiledResource, described: Pick<Described, 'definitions'>): string {
  return `${collectionPath(resource, described)}/{${resource.body}_${resource.key}}`
}

/** The extension that defines a resource; null for an attribute's: the one that adds it. */
export function extensionOf({ name }: CompiledResource, attribute: string, { extensions }: Described): string {
  const adds = extensions.find(({ extends: added }) => added?.[name]?.[attribute] !== undefined)
  return (adds ?? extensions.find(({ resources }) => resources?.some((each) => each.name === name)))?.alias ?? ''
}

function aboutOf(resource: CompiledResource, described: Described): string {
  const { definition } = resource
  const brings = `By the extension \`${extensionOf(resource, '', described)}\`.`
  return definition.quota === undefined ? brings : `${brings} Under quota as \`${resource.name}\`.`
}

/** The rules that decide on an attribute, of those that exist. */
function rulesOf(resource: CompiledResource, attribute: string, { hasRule }: Described): string[] {
  return ['get', 'create', 'update'].map((verb) => `${verb}_${resource.name}:${attribute}`).filter(hasRule)
}

function addResource(
  paths: { [path: string]: Operations },
  schemas: Schemas,
  served: Served,
  described: Described,
): void {
  const { resource } = served
  const { methods, actions } = resource
  const name = pascal(resource.name)
  schemas[name] = shownSchema(resource, described)
  if (methods.has('create')) schemas[`${name}Create`] = sentSchema(resource, 'inPost')
  if (methods.has('update')) schemas[`${name}Update`] = sentSchema(resource, 'inPut')
  const above = pathParameters(collectionPath(resource, described))
  const own = pathParameters(itemPath(resource, described))
  const of = new Operation(resource, described)
  const collection: Operations = {}
  const item: Operations = {}
  if (methods.has('list')) collection.get = of.list([...above, ...listParameters(served)])
  if (methods.has('create')) collection.post = of.create(above)
  if (methods.has('show')) item.get = of.show([...own, { $ref: '#/components/parameters/fields' }])
  if (methods.has('update')) item.put = of.update([...own, { $ref: '#/components/parameters/if_match' }])
  if (methods.has('delete')) item.delete = of.remove([...own, { $ref: '#/components/parameters/if_match' }])
  if (Object.keys(collection).length > 0) paths[collectionPath(resource, described)] = collection
  if (Object.keys(item).length > 0) paths[itemPath(resource, described)] = item
  for (const action of actions.values()) {
    paths[`${itemPath(resource, described)}/${action.name}`] = { put: of.act(action, own) }
  }
}

/** What a caller sees who may see everything; others may see less. */
function shownSchema(resource: CompiledResource, described: Described): JsonObject {
  const properties: { [name: string]: JsonObject } = {}
  for (const name of resource.visible) {
    const attribute = resource.attributes.get(name === 'tenant_id' ? 'project_id' : name)!
    const rules = rulesOf(resource, attribute.name, described)
    const sent = attribute.inPost || attribute.inPut
    properties[name] = {
      ...describedSchema(attribute),
      ...(sent ? {} : { readOnly: true }),
      'x-extension': extensionOf(resource, attribute.name, described),
      ...(resource.filters.has(name) ? { 'x-filter': true } : {}),
      ...(resource.sorts.has(name) ? { 'x-sort': true } : {}),
      ...(rules.length > 0 ? { 'x-policy': rules } : {}),
    }
  }
  return { type: 'object', properties, additionalProperties: false }
}

function describedSchema({ attribute }: CompiledAttribute): JsonObject {
  const { help, type, shown: shownType = type, optional } = attribute
  const schema = schemaOf(shownType)
  // What nobody sent may not be there.
  const shown = optional ? orNull(schema) : schema
  return help === undefined ? shown : { ...shown, description: help }
}

function sentSchema(resource: CompiledResource, when: 'inPost' | 'inPut'): JsonObject {
  const sent = [...resource.attributes.values()].filter((attribute) => attribute[when])
  const properties: { [name: string]: JsonObject } = {}
  for (const { name, attribute } of sent) {
    const { help, type, default: value } = attribute
    const schema: JsonObject = {
      ...schemaOf(type),
      ...(when === 'inPost' && value !== undefined ? { default: value } : {}),
      ...(help === undefined ? {} : { description: help }),
    }
    properties[name] = schema
    if (name === 'project_id') properties.tenant_id = schema
  }
  const required = sent.filter(({ name, required: must }) => when === 'inPost' && must && name !== 'project_id')
  return {
    type: 'object',
    properties,
    ...(required.length > 0 ? { required: required.map(({ name }) => name) } : {}),
    additionalProperties: false,
  }
}

function listParameters({ resource, filters }: Served): JsonObject[] {
  const names = new Set([...resource.filters, ...filters.keys()])
  if (resource.attributes.has('updated_at')) names.add('changed_since')
  return [
    ...[...names].map((name) => queryOf(name, { type: 'array', items: { type: 'string' } })),
    queryOf('sort_key', { type: 'array', items: { enum: [...resource.sorts] } }),
    ...['sort_dir', 'fields', 'limit', 'marker', 'page_reverse'].map((name) => ({
      $ref: `#/components/parameters/${name}`,
    })),
  ]
}

function queryOf(name: string, schema: JsonObject): JsonObject {
  return { name, in: 'query', schema }
}

const PAGING: { readonly [name: string]: JsonObject } = {
  sort_dir: queryOf('sort_dir', { type: 'array', items: { enum: ['asc', 'desc'] } }),
  fields: { ...queryOf('fields', { type: 'array', items: { type: 'string' } }), description: 'Attributes to show.' },
  limit: { ...queryOf('limit', { type: 'integer', minimum: 0 }), description: 'The size of a page.' },
  marker: { ...queryOf('marker', { type: 'string' }), description: 'The last of the page before.' },
  page_reverse: { ...queryOf('page_reverse', { type: 'boolean' }), description: 'The page that ends before `marker`.' },
  if_match: {
    name: 'If-Match',
    in: 'header',
    schema: { type: 'string' },
    description: '`revision_number=N`: only while the object has that revision; otherwise 412.',
  },
}

const ERROR: JsonObject = {
  type: 'object',
  properties: {
    NeutronError: {
      type: 'object',
      properties: { type: { type: 'string' }, message: { type: 'string' }, detail: { type: 'string' } },
      required: ['type', 'message', 'detail'],
    },
  },
  required: ['NeutronError'],
}

const OTHER = 'other'

/** The operations of one resource. */
class Operation {
  readonly #resource: CompiledResource
  readonly #described: Described
  readonly #schema: string

  constructor(resource: CompiledResource, described: Described) {
    this.#resource = resource
    this.#described = described
    this.#schema = `#/components/schemas/${pascal(resource.name)}`
  }

  list(parameters: readonly JsonObject[]): JsonObject {
    const { collection } = this.#resource
    const links: JsonObject = { type: 'array', items: LINK }
    const schema = objectOf({ [collection]: { type: 'array', items: { $ref: this.#schema } } }, [collection])
    const properties = { ...(schema.properties as JsonObject), [`${collection}_links`]: links }
    return this.#operation('get', `List ${collection}`, 200, { ...schema, properties }, { parameters })
  }

  show(parameters: readonly JsonObject[]): JsonObject {
    return this.#operation('get', `Show a ${this.#resource.body}`, 200, this.#one(), { parameters })
  }

  create(parameters: readonly JsonObject[]): JsonObject {
    const { body, collection } = this.#resource
    const sent: JsonObject = { $ref: `${this.#schema}Create` }
    const many = (items: JsonObject) => objectOf({ [collection]: { type: 'array', items } }, [collection])
    const requestBody = bodyOf({ oneOf: [objectOf({ [body]: sent }, [body]), many(sent)] })
    const schema: JsonObject = { oneOf: [this.#one(), many({ $ref: this.#schema })] }
    return this.#operation('create', `Create a ${body}, or several`, 201, schema, { parameters, requestBody })
  }

  update(parameters: readonly JsonObject[]): JsonObject {
    const { body } = this.#resource
    const requestBody = bodyOf(objectOf({ [body]: { $ref: `${this.#schema}Update` } }, [body]))
    return this.#operation('update', `Update a ${body}`, 200, this.#one(), { parameters, requestBody })
  }

  remove(parameters: readonly JsonObject[]): JsonObject {
    return this.#operation('delete', `Delete a ${this.#resource.body}`, 204, null, { parameters })
  }

  act({ name, help, rule = name, answer = 'dict' }: Action, parameters: JsonObject[]): JsonObject {
    const more = { parameters, requestBody: bodyOf({ type: 'object' }) }
    return {
      ...this.#operation('', help, 200, schemaOf(answer), more),
      'x-policy': [rule],
      operationId: `${name}_${this.#resource.name}`,
    }
  }

  #one(): JsonObject {
    const { body } = this.#resource
    return objectOf({ [body]: { $ref: this.#schema } }, [body])
  }

  #operation(verb: string, summary: string, status: number, schema: JsonObject | null, more: JsonObject): JsonObject {
    const { name, definition } = this.#resource
    const rule = `${verb}_${name}`
    const statuses = [400, 401, 403, 404, ...(verb === 'get' ? [] : [409]), ...(ifMatch(verb) ? [412] : [])]
    const notFound = definition.notFound?.type ?? `${pascal(name)}NotFound`
    return {
      operationId: `${summary.split(' ')[0]!.toLowerCase()}_${name}`,
      tags: [titleOf(this.#resource)],
      summary,
      ...(this.#described.hasRule(rule) ? { 'x-policy': [rule] } : {}),
      'x-not-found': notFound,
      ...more,
      responses: {
        [status]: schema === null ? { description: 'Done.' } : { description: 'Done.', content: jsonOf(schema) },
        ...Object.fromEntries(statuses.map((code) => [code, { $ref: '#/components/responses/Error' }])),
      },
    }
  }
}

const ifMatch = (verb: string) => verb === 'update' || verb === 'delete'

const LINK: JsonObject = {
  type: 'object',
  properties: { rel: { enum: ['next', 'previous'] }, href: { type: 'string' } },
  required: ['rel', 'href'],
}

function addRoute(paths: { [path: string]: Operations }, { method, path, help }: Route): void {
  const plain = `${V2}${path.replaceAll(':text}', '}')}`
  const operations = paths[plain] ?? {}
  paths[plain] = operations
  operations[method.toLowerCase()] = {
    tags: [OTHER],
    summary: help ?? plain,
    parameters: pathParameters(plain),
    ...(method === 'POST' || method === 'PUT' ? { requestBody: { content: jsonOf({ type: 'object' }) } } : {}),
    responses: {
      '2XX': { description: 'Done.', ...(method === 'DELETE' ? {} : { content: jsonOf({}) }) },
      default: { $ref: '#/components/responses/Error' },
    },
  }
}

function pathParameters(path: string): JsonObject[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name: name!,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
}

function objectOf(properties: JsonObject, required: readonly string[]): JsonObject {
  return { type: 'object', properties, required: [...required], additionalProperties: true }
}

function bodyOf(schema: JsonObject): JsonObject {
  return { required: true, content: jsonOf(schema) }
}

function jsonOf(schema: JsonObject): { readonly [type: string]: Json } {
  return { 'application/json': { schema } }
}

function pascal(name: string): string {
  return name.replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())
}
