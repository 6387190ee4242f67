/**
 * Types of attributes as JSON Schema (as OpenAPI 3.1 has it) and in a few words for readers. Pure. Values that are
 * converted (`"1"` for a boolean) are told as what they become.
 * Source: JSON Schema 2020-12, "Validation" and "Format".
 */
import type { Json, JsonObject } from '#base/json.ts'
import type { TypeSpec, Word } from '#resource/definition.ts'

const IP: JsonObject = { type: 'string', anyOf: [{ format: 'ipv4' }, { format: 'ipv6' }] }

const WORDS: { readonly [W in Word]: JsonObject } = {
  uuid: { type: 'string', format: 'uuid' },
  string: { type: 'string', maxLength: 255 },
  name: { type: 'string', maxLength: 255 },
  boolean: { type: 'boolean' },
  integer: { type: 'integer' },
  ip: IP,
  mac: { type: 'string', pattern: '^([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}$' },
  cidr: { type: 'string', pattern: '/[0-9]{1,3}$' },
  port: { type: 'integer', minimum: 0, maximum: 65_535 },
  any: {},
  dict: { type: 'object' },
  uuids: { type: 'array', items: { type: 'string', format: 'uuid' }, uniqueItems: true },
}

export function schemaOf(spec: TypeSpec): JsonObject {
  if (typeof spec === 'string') {
    const nullable = spec.endsWith('?')
    const schema = WORDS[(nullable ? spec.slice(0, -1) : spec) as Word]
    return nullable ? orNull(schema) : schema
  }
  const schema = objectSchema(spec)
  return spec.nullable ? orNull(schema) : schema
}

/** The schema that takes null as well. */
export function orNull(schema: JsonObject): JsonObject {
  const { type, anyOf, enum: values } = schema
  if (values !== undefined) return { ...schema, enum: [...(values as readonly Json[]), null] }
  // A format says nothing of what is no text, but an alternative must not fail for null.
  if (anyOf !== undefined) return { anyOf: [schema, { type: 'null' }] }
  if (typeof type === 'string') return { ...schema, type: [type, 'null'] }
  return schema
}

function objectSchema(spec: Exclude<TypeSpec, string>): JsonObject {
  if ('values' in spec) return { enum: [...spec.values] }
  if ('integer' in spec) {
    const { min, max } = spec.integer
    return {
      type: 'integer',
      ...(min === undefined ? {} : { minimum: min }),
      ...(max === undefined ? {} : { maximum: max }),
    }
  }
  if ('string' in spec) {
    const { max = 255, notEmpty } = spec.string
    return { type: 'string', maxLength: max, ...(notEmpty ? { minLength: 1 } : {}) }
  }
  if ('list' in spec)
    return { type: 'array', items: schemaOf(spec.list), ...(spec.unique ? { uniqueItems: true } : {}) }
  if ('check' in spec) return spec.as === undefined ? {} : schemaOf(spec.as)
  const keys = Object.entries(spec.dict)
  const required = keys.filter(([, { required: must }]) => must).map(([key]) => key)
  return {
    type: 'object',
    properties: Object.fromEntries(keys.map(([key, { type }]) => [key, schemaOf(type)])),
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: false,
  }
}

/** A schema in a few words: `list of uuid`, `integer, 0 to 255`, `IPv4 or IPv6, or null`. */
export function wordsOf(schema: JsonObject): string {
  const values = schema.enum as readonly Json[] | undefined
  if (values) return values.map((value) => (value === null ? 'null' : JSON.stringify(value))).join(', ')
  const some = schema.anyOf as readonly JsonObject[] | undefined
  if (some) {
    const [first, second] = some
    if (second?.type === 'null') return `${wordsOf(first!)} or null`
    return 'IP address'
  }
  const { type } = schema
  if (type === undefined) return 'any'
  const [name, nullable] = Array.isArray(type) ? [String(type[0]), true] : [String(type), false]
  return `${typeWords(name, schema)}${nullable ? ' or null' : ''}`
}

function typeWords(name: string, schema: JsonObject): string {
  const { minimum, maximum, maxLength, pattern } = schema
  if (name === 'array') {
    const items = wordsOf((schema.items ?? {}) as JsonObject)
    return items === 'any' ? 'list' : `list of ${items}`
  }
  if (name === 'object') {
    const keys = Object.keys((schema.properties ?? {}) as JsonObject)
    return keys.length === 0 ? 'object' : `{${keys.join(', ')}}`
  }
  if (name === 'integer') {
    if (minimum !== undefined && maximum !== undefined) return `integer, ${minimum} to ${maximum}`
    return minimum === undefined ? 'integer' : `integer, at least ${minimum}`
  }
  if (name !== 'string') return name
  if (schema.format === 'uuid') return 'uuid'
  if (pattern === WORDS.mac.pattern) return 'MAC address'
  if (pattern === WORDS.cidr.pattern) return 'CIDR'
  return maxLength === undefined || maxLength === 255 ? 'string' : `string, up to ${maxLength}`
}
