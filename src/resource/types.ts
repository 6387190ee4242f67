/**
 * Converts and checks values by their declared type. The texts of refusals are contract: clients print and match them.
 * Pure. Source: upstream's attribute validators and converters, as observed in the messages of its API.
 */
import { pythonRepr } from '#base/errors.ts'
import { isUuid } from '#base/ids.ts'
import { canonicalIp, formatCidr, parseCidr, parseIp } from '#base/ip.ts'
import { isJsonObject, type Json, type JsonObject } from '#base/json.ts'
import { canonicalMac } from '#base/mac.ts'
import { Refusal, type TypeSpec, type Word } from './definition.ts'
import { InvalidInput } from './errors.ts'

/** Answers the converted value. @throws Refusal when it is not valid, InvalidInput when it cannot be converted. */
export type Convert = (value: Json) => Json

/** The largest value of an integer column. */
export const INTEGER_MAX = 2_147_483_647
const STRING_MAX = 255
const TRUE_WORDS: readonly string[] = ['1', 't', 'true', 'on', 'y', 'yes']
const FALSE_WORDS: readonly string[] = ['0', 'f', 'false', 'off', 'n', 'no']
const UNUSABLE_MACS: readonly string[] = ['00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff']

/** A value inside a message, as Python's `%s` prints it. */
export function said(value: Json): string {
  return typeof value === 'string' ? value : pythonRepr(value)
}

const WORDS: { readonly [W in Word]: Convert } = {
  uuid: toUuid,
  string: (value) => toText(value, STRING_MAX),
  name: toName,
  boolean: toBoolean,
  integer: (value) => toInteger(value, {}),
  ip: toIp,
  mac: toMac,
  cidr: toCidr,
  port: (value) => toInteger(value, { min: 0, max: 65_535 }),
  any: (value) => value,
  dict: toDict,
  uuids: (value) => toList(value, toUuid, true),
}

/** The function for a type, made once. */
export function compileType(spec: TypeSpec): Convert {
  if (typeof spec !== 'string') {
    const convert = compileObject(spec)
    if (spec.nullable !== true) return convert
    const empty: Json = 'list' in spec ? [] : null
    return (value) => (value === null ? empty : convert(value))
  }
  const nullable = spec.endsWith('?')
  const convert = WORDS[(nullable ? spec.slice(0, -1) : spec) as Word]
  return nullable ? (value) => (value === null ? null : convert(value)) : convert
}

/**
 * How a filter's text becomes a value to compare with: converted, not checked, so that a value no row can have simply
 * finds nothing. @throws InvalidInput for a boolean or integer that is none.
 */
export function compileFilter(spec: TypeSpec): (text: string) => Json {
  if (typeof spec !== 'string') {
    const numeric = 'integer' in spec || ('values' in spec && spec.values.every((value) => typeof value === 'number'))
    return numeric ? filterInteger : (text) => text
  }
  const word = spec.endsWith('?') ? spec.slice(0, -1) : spec
  if (word === 'boolean') return toBoolean
  if (word === 'integer' || word === 'port') return filterInteger
  if (word === 'mac') return (text) => canonicalMac(text) ?? text
  if (word === 'ip') return (text) => canonicalIp(text) ?? text
  if (word === 'cidr') {
    return (text) => {
      const cidr = parseCidr(text)
      return cidr === null ? text : formatCidr(cidr)
    }
  }
  return (text) => text
}

function filterInteger(text: string): number {
  const number = parseInteger(text)
  if (number === null) throw InvalidInput({ error_message: `'${text}' is not an integer` })
  return number
}

function compileObject(spec: Exclude<TypeSpec, string>): Convert {
  if ('values' in spec) return (value) => toOneOf(value, spec.values)
  if ('integer' in spec) return (value) => toInteger(value, spec.integer)
  if ('check' in spec) return spec.check
  if ('string' in spec) {
    const { max = STRING_MAX, notEmpty = false } = spec.string
    return (value) => {
      const text = toText(value, max)
      if (notEmpty && text.trim() === '') throw new Refusal(`'${text}' Blank strings are not permitted`)
      return text
    }
  }
  if ('list' in spec) {
    const item = compileType(spec.list)
    return (value) => toList(value, item, spec.unique === true)
  }
  const keys = Object.entries(spec.dict).map(([key, { type, required }]) => ({
    key,
    required: required === true,
    convert: compileType(type),
  }))
  return (value) => toDictOf(value, keys)
}

function toUuid(value: Json): string {
  if (typeof value !== 'string' || !isUuid(value)) throw new Refusal(`'${said(value)}' is not a valid UUID`)
  return value
}

function toText(value: Json, max: number): string {
  if (typeof value !== 'string') throw new Refusal(`'${said(value)}' is not a valid string`)
  // Python counts code points, JavaScript halves of some of them.
  if (value.length > max && [...value].length > max) {
    throw new Refusal(`'${value}' exceeds maximum length of ${max}`)
  }
  return value
}

/** Printable characters only, and no space at either end. */
function toName(value: Json): string {
  const text = toText(value, STRING_MAX)
  if (/[\p{C}\p{Zl}\p{Zp}]/u.test(text) || /^\p{Z}|\p{Z}$/u.test(text)) {
    throw new Refusal(`'${text}' is not a valid string`)
  }
  return text
}

function toBoolean(value: Json): boolean {
  if (typeof value === 'boolean') return value
  const word = said(value).trim().toLowerCase()
  if (TRUE_WORDS.includes(word)) return true
  if (FALSE_WORDS.includes(word)) return false
  throw InvalidInput({ error_message: `'${said(value)}' cannot be converted to boolean` })
}

/** Whatever Python's `int` takes: numbers, booleans and texts of digits; a fraction is cut off. */
function toInteger(value: Json, { min, max = INTEGER_MAX }: { min?: number; max?: number }): number {
  const number = parseInteger(value)
  if (number === null) throw InvalidInput({ error_message: `'${said(value)}' is not an integer` })
  if (min === 0 && number < 0) throw new Refusal(`'${number}' should be non-negative`)
  const least = min ?? -INTEGER_MAX - 1
  if (number < least) throw new Refusal(`'${number}' is too small - must be at least '${least}'`)
  if (number > max) throw new Refusal(`'${number}' is too large - must be no larger than '${max}'`)
  return number
}

function parseInteger(value: Json): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? Math.trunc(value) : null
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'string' && /^\s*[+-]?\d{1,300}\s*$/.test(value)) return Number(value)
  return null
}

function toIp(value: Json): string {
  const ip = typeof value === 'string' ? parseIp(value) : null
  if (typeof value === 'string' && ip !== null) return ip.version === 4 ? value : (canonicalIp(value) as string)
  const plain = typeof value === 'string' ? withoutLeadingZeros(value) : null
  if (plain !== null) throw new Refusal(`'${said(value)}' is not an accepted IP address, '${plain}' is recommended`)
  throw new Refusal(`'${said(value)}' is not a valid IP address`)
}

/** `010.0.0.1` may mean octal or decimal, so it is refused with a hint. Null when that is not what is wrong. */
function withoutLeadingZeros(text: string): string | null {
  if (!/^\d{1,8}(?:\.\d{1,8}){3}$/.test(text)) return null
  const plain = text
    .split('.')
    .map((part) => String(Number(part)))
    .join('.')
  return parseIp(plain) === null ? null : plain
}

function toMac(value: Json): string {
  const mac = typeof value === 'string' ? canonicalMac(value) : null
  if (mac === null || UNUSABLE_MACS.includes(mac)) throw new Refusal(`'${said(value)}' is not a valid MAC address`)
  return mac
}

function toCidr(value: Json): string {
  const cidr = typeof value === 'string' ? parseCidr(value) : null
  if (cidr === null) throw InvalidInput({ error_message: `${said(value)} is not in a CIDR format` })
  return formatCidr(cidr)
}

function toDict(value: Json): JsonObject {
  if (!isJsonObject(value)) throw new Refusal(`'${said(value)}' is not a dictionary`)
  return value
}

function toOneOf(value: Json, values: readonly (string | number)[]): Json {
  const numeric = values.every((item) => typeof item === 'number')
  const converted = numeric ? toInteger(value, {}) : value
  if (!values.includes(converted as string | number)) {
    throw new Refusal(`'${said(converted)}' is not in ${pythonRepr(values)}`)
  }
  return converted
}

function toList(value: Json, item: Convert, unique: boolean): Json {
  if (!Array.isArray(value)) throw new Refusal(`'${said(value)}' is not a list`)
  if (unique) {
    const seen = new Set<string>()
    const twice = new Map<string, Json>()
    for (const each of value as readonly Json[]) {
      const key = JSON.stringify(each)
      if (seen.has(key)) twice.set(key, each)
      seen.add(key)
    }
    if (twice.size > 0) {
      throw new Refusal(`Duplicate items in the list: '${[...twice.values()].map(said).join(', ')}'`)
    }
  }
  return (value as readonly Json[]).map(item)
}

interface Key {
  readonly key: string
  readonly required: boolean
  readonly convert: Convert
}

function toDictOf(value: Json, keys: readonly Key[]): JsonObject {
  const dict = toDict(value)
  const required = keys.filter((key) => key.required).map(({ key }) => key)
  if (!required.every((key) => Object.hasOwn(dict, key))) {
    throw new Refusal(
      `Validation of dictionary's keys failed. Expected keys: ${setRepr(required)} ` +
        `Provided keys: ${setRepr(Object.keys(dict))}`,
    )
  }
  const unexpected = Object.keys(dict).filter((name) => !keys.some(({ key }) => key === name))
  if (unexpected.length > 0) throw new Refusal(`Unexpected keys supplied: ${unexpected.join(', ')}`)
  const sent = keys.filter(({ key }) => Object.hasOwn(dict, key))
  return Object.fromEntries(sent.map(({ key, convert }) => [key, convert(dict[key] as Json)]))
}

function setRepr(names: readonly string[]): string {
  return names.length === 0 ? 'set()' : `{${names.map((name) => pythonRepr(name)).join(', ')}}`
}
