/**
 * What a create or update request's object becomes: owner filled in, unknown and read-only attributes refused, defaults
 * set, values converted and checked, in upstream's order of evaluation. Pure; policy and quota come after.
 * Source: Networking API v2.0, "Faults"; the order is upstream's, seen in which of two errors a client gets.
 */
import { WireError } from '#base/errors.ts'
import type { Json, JsonObject } from '#base/json.ts'
import type { CompiledResource } from './catalogue.ts'
import { Refusal } from './definition.ts'
import { HTTPBadRequest } from './errors.ts'

/** The caller, as far as ownership goes. */
export interface Owner {
  readonly projectId: string | null
  /** Whether it may name a project that is not its own. */
  readonly maySetProject: boolean
}

type Values = { [attribute: string]: Json }

/** @throws HTTPBadRequest, InvalidInput */
export function readCreate(resource: CompiledResource, sent: JsonObject, owner: Owner): JsonObject {
  const values = withProject(resource, sent, owner)
  if (resource.owned && !Object.hasOwn(values, 'project_id')) {
    if (owner.projectId === null || owner.projectId === '') {
      throw bad('Running without keystone AuthN requires that project_id is specified')
    }
    values.project_id = owner.projectId
  }
  refuseUnknown(resource, values)
  for (const { name, inPost, required, default: value } of resource.attributes.values()) {
    if (Object.hasOwn(values, name)) {
      if (!inPost) throw bad(`Attribute '${name}' not allowed in POST`)
    } else if (required) {
      throw bad(`Failed to parse request. Required attribute '${name}' not specified`)
    } else if (inPost && value !== undefined) {
      values[name] = structuredClone(value)
    }
  }
  convertAll(resource, values)
  return values
}

/** @throws HTTPBadRequest, InvalidInput */
export function readUpdate(resource: CompiledResource, sent: JsonObject, owner: Owner): JsonObject {
  const values = withProject(resource, sent, owner)
  refuseUnknown(resource, values)
  for (const { name, inPut } of resource.attributes.values()) {
    if (!inPut && Object.hasOwn(values, name)) throw bad(`Cannot update read-only attribute ${name}`)
  }
  convertAll(resource, values)
  return values
}

/** A copy in which `tenant_id` has become `project_id`. */
function withProject({ owned }: CompiledResource, sent: JsonObject, owner: Owner): Values {
  const { tenant_id, ...values }: Values = sent
  if (tenant_id !== undefined) {
    if (!owned) return { ...values, tenant_id }
    if (values.project_id !== undefined && values.project_id !== tenant_id) {
      throw bad("'project_id' and 'tenant_id' do not match")
    }
    values.project_id = tenant_id
  }
  const foreign = values.project_id !== undefined && values.project_id !== owner.projectId
  if (owned && foreign && !owner.maySetProject) {
    throw bad(
      "Specifying 'project_id' other than the authenticated project in request is not allowed for the current user.",
    )
  }
  return values
}

function refuseUnknown({ attributes }: CompiledResource, values: Values): void {
  const unknown = Object.keys(values).filter((name) => !attributes.has(name))
  if (unknown.length > 0) throw bad(`Unrecognized attribute(s) '${unknown.join(', ')}'`)
}

function convertAll({ attributes }: CompiledResource, values: Values): void {
  for (const { name, convert } of attributes.values()) {
    if (!Object.hasOwn(values, name)) continue
    try {
      values[name] = convert(values[name]!)
    } catch (error) {
      if (error instanceof WireError) throw error
      if (!(error instanceof Refusal)) throw error
      throw bad(`Invalid input for ${name}. Reason: ${error.message}.`)
    }
  }
}

function bad(message: string) {
  return HTTPBadRequest({ message })
}
