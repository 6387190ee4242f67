/**
 * What may be sent as extra DHCP options, and what becomes of those a port has. Pure. dnsmasq's own names and numbers
 * of options are not looked at here: it ignores a line it does not know.
 * Source: Networking API v2.0, "Extra DHCP options"; refusals in upstream's words.
 */
import { isJsonObject, type Json, type JsonObject } from '#base/json.ts'
import { InvalidInput } from '#resource/errors.ts'
import { compileType, said } from '#resource/types.ts'
import { DuplicateDhcpOption } from './errors.ts'
import type { DhcpOption } from './tables.ts'

/** As sent: without `ip_version` it is 4; a null value takes the option away. */
export interface SentOption {
  readonly opt_name: string
  readonly opt_value: string | null
  readonly ip_version?: 4 | 6
}

const NAME_MAX = 64
const VALUE_MAX = 255
/** An empty value of these says: do not announce it. */
const MAY_BE_BLANK: readonly string[] = ['router', 'classless-static-route']
const KEYS: readonly string[] = ['opt_name', 'opt_value', 'ip_version']
/** What ends a line, for Python or for dnsmasq's files, and what nobody prints. */
const LINE_END = /[\p{Cc}\p{Zl}\p{Zp}]/u

const toInteger = compileType('integer')
const uniqueItems = compileType({ list: 'any', unique: true })

/** @throws InvalidInput */
export function extraOptions(value: Json): Json {
  if (value === null) return null
  return (inWords(value) as readonly Json[]).map(extraOption)
}

/** A list without duplicates. @throws InvalidInput, where other lists are refused with the attribute's name. */
function inWords(value: Json): Json {
  try {
    return uniqueItems(value)
  } catch (error) {
    throw InvalidInput({ error_message: (error as Error).message })
  }
}

function extraOption(item: Json): Json {
  if (isJsonObject(item) && hasKeys(item) && isNamedAndValued(item)) {
    if (!('ip_version' in item)) return item
    const ip_version = toInteger(item.ip_version!)
    if (ip_version === 4 || ip_version === 6) return { ...item, ip_version }
  }
  throw InvalidInput({ error_message: `No valid key specs matched for: ${said(item)}` })
}

function hasKeys(item: JsonObject): boolean {
  return 'opt_name' in item && 'opt_value' in item && Object.keys(item).every((key) => KEYS.includes(key))
}

function isNamedAndValued({ opt_name: name, opt_value: value }: JsonObject): boolean {
  if (typeof name !== 'string') return false
  if (MAY_BE_BLANK.includes(name)) return value === null || (typeof value === 'string' && isShort(value, VALUE_MAX))
  return isLine(name, NAME_MAX) && (value === null || isLine(value!, VALUE_MAX))
}

function isLine(value: Json, max: number): boolean {
  return typeof value === 'string' && isShort(value, max) && value.trim() !== '' && !LINE_END.test(value)
}

function isShort(text: string, max: number): boolean {
  return text.length <= max || [...text].length <= max
}

/**
 * The options a port has after `sent`: by name and version, in the order they came. Nothing sent changes nothing.
 * @throws DuplicateDhcpOption when a new option is sent twice.
 */
export function mergedOptions(has: readonly DhcpOption[], sent: readonly SentOption[] | null): readonly DhcpOption[] {
  const options = new Map(has.map((option) => [keyOf(option), option]))
  const made = new Set<string>()
  for (const { opt_name, opt_value, ip_version = 4 } of sent ?? []) {
    const key = keyOf({ opt_name, ip_version })
    if (made.has(key)) throw DuplicateDhcpOption({ opt_name, ip_version })
    if (!options.has(key) && opt_value !== null) made.add(key)
    if (opt_value === null) options.delete(key)
    else options.set(key, { opt_name, opt_value, ip_version })
  }
  return [...options.values()]
}

function keyOf({ opt_name, ip_version }: Pick<DhcpOption, 'opt_name' | 'ip_version'>): string {
  return `${ip_version} ${opt_name}`
}
