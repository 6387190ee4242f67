/**
 * Turns the text of a value into the option's type. Pure.
 * Source: oslo.config's types (Boolean, Integer, Float, Port, IPAddress, List, Dict, MultiString); the reasons are its.
 */
import { parseIp } from '#base/ip.ts'
import type { Option } from './options.ts'
import { strip } from './parse.ts'

/** A value that its type refuses; the message is the reason. */
export class BadValue extends Error {
  override name = 'BadValue'
}

const TRUE = new Set(['true', '1', 'on', 'yes'])
const FALSE = new Set(['false', '0', 'off', 'no'])

/** The typed value. `texts` are all values given, in reading order; only a `multi` option looks at more than the last.
 *  @throws BadValue */
export function typedValue(option: Option<unknown>, texts: readonly string[]): unknown {
  const value = option.type === 'multi' ? [...texts] : single(option, texts.at(-1) ?? '')
  const reason = value === null ? null : (option.check?.(value) ?? null)
  if (reason !== null) throw new BadValue(reason)
  return value
}

function single(option: Option<unknown>, text: string): unknown {
  switch (option.type) {
    case 'string':
      return chosen(option, text)
    case 'integer':
      return unset(option, text) ? null : bounded(option, integerOf(text))
    case 'port':
      return unset(option, text) ? null : bounded({ ...option, min: 0, max: 65_535 }, integerOf(text))
    case 'float':
      return unset(option, text) ? null : bounded(option, floatOf(text))
    case 'boolean':
      return booleanOf(text)
    case 'ip':
      return unset(option, text) ? null : addressOf(text)
    case 'list':
      return listOf(option, text)
    case 'dict':
      return dictOf(option, text)
    case 'multi':
      return [text]
  }
}

/** An empty number or address means unset, which only an option without a default can be. */
function unset(option: Option<unknown>, text: string): boolean {
  if (strip(text) !== '') return false
  if (option.default !== null) throw new BadValue('the value is empty')
  return true
}

function booleanOf(text: string): boolean {
  const word = text.toLowerCase()
  if (TRUE.has(word)) return true
  if (FALSE.has(word)) return false
  throw new BadValue(`Unexpected boolean value '${text}'`)
}

function integerOf(text: string): number {
  const digits = strip(text)
  const value = /^[+-]?\d+(?:_\d+)*$/.test(digits) ? Number(digits.replaceAll('_', '')) : Number.NaN
  if (!Number.isSafeInteger(value)) throw new BadValue(`'${text}' is not an integer`)
  return value + 0
}

function floatOf(text: string): number {
  const digits = strip(text)
  const isNumber = /^[+-]?(?:\d+(?:_\d+)*\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(digits)
  const value = isNumber ? Number(digits.replaceAll('_', '')) : Number.NaN
  if (!Number.isFinite(value)) throw new BadValue(`'${text}' is not a number`)
  return value
}

function bounded({ min, max }: { readonly min?: number; readonly max?: number }, value: number): number {
  if (min !== undefined && value < min) throw new BadValue(`Should be greater than or equal to ${min}`)
  if (max !== undefined && value > max) throw new BadValue(`Should be less than or equal to ${max}`)
  return value
}

function addressOf(text: string): string {
  if (parseIp(text) === null) throw new BadValue(`${text} is not IPv4 or IPv6 address`)
  return text
}

function chosen({ choices }: Option<unknown>, text: string): string {
  if (choices && !choices.includes(text)) {
    const valid = choices.map((choice) => `'${choice}'`).join(', ')
    throw new BadValue(`Valid values are [${valid}], but found '${text}'`)
  }
  return text
}

/** An item that its type refuses is tried again joined with the one after it: an item may hold commas. */
function listOf(option: Option<unknown>, text: string): unknown[] {
  const body = strip(text).replace(/,+$/, '')
  return joining(body === '' ? [] : body.split(','), (part) => itemOf(option, strip(part)))
}

function dictOf(option: Option<unknown>, text: string): { readonly [key: string]: unknown } {
  const body = strip(text)
  const pairs = joining(body === '' ? [] : body.split(','), (part) => {
    const colon = part.indexOf(':')
    if (colon < 0) throw new BadValue('Value should be NAME:VALUE pairs separated by ","')
    return [strip(part.slice(0, colon)), itemOf(option, strip(part.slice(colon + 1)))] as const
  })
  const seen = new Map<string, unknown>()
  for (const [key, value] of pairs) {
    if (key === '') throw new BadValue('Key cannot be empty')
    if (seen.has(key)) throw new BadValue(`Duplicate key ${key}`)
    seen.set(key, value)
  }
  return Object.fromEntries(seen)
}

function itemOf(option: Option<unknown>, text: string): unknown {
  return option.item === 'integer' ? integerOf(text) : chosen(option, text)
}

function joining<T>(parts: readonly string[], read: (part: string) => T): T[] {
  const results: T[] = []
  let first: unknown = null
  let held = ''
  for (const [index, part] of parts.entries()) {
    const candidate = first === null ? part : `${held},${part}`
    try {
      results.push(read(candidate))
      first = null
    } catch (error) {
      first ??= error
      held = candidate
      if (index === parts.length - 1) throw first
    }
  }
  return results
}
