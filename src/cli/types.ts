/**
 * Types of arguments that many commands share: words to values, with what argparse's users read when a word is wrong.
 * Pure. Source: neutronclient 8.1's messages.
 */
import type { Json, JsonObject } from '#base/json.ts'
import { BadArgument } from './command.ts'

export const lower = (text: string): string => text.toLowerCase()
export const upper = (text: string): string => text.toUpperCase()

/** `true` in any case is true, everything else false. */
export const booleanOf = (text: string): boolean => text.toLowerCase() === 'true'

/** A whole number that is not negative. */
export function nonNegative(text: string): number {
  if (!/^\s*[+-]?\d+(_\d+)*\s*$/.test(text)) throw new BadArgument(`invalid int value: ${quoted(text)}`)
  const value = Number(text.replaceAll('_', ''))
  if (value < 0) throw new BadArgument(`input value ${value} is negative`)
  return value
}

/**
 * `key1=value1,key2=value2` as an object; a comma without a key behind it belongs to the value. With `required` or
 * `optional`, just those keys are known.
 * @throws BadArgument in the function it answers.
 */
export function dictOf(
  keys: { readonly required?: readonly string[]; readonly optional?: readonly string[] } = {},
): (text: string) => JsonObject {
  const { required = [], optional = [] } = keys
  const known = new Set([...required, ...optional])
  return (text) => {
    const result = splitPairs(text)
    const unknown = Object.keys(result).filter((key) => !known.has(key))
    if (known.size > 0 && unknown.length > 0) {
      const [invalid, valid] = [unknown, [...known]].map((keys) => keys.sort().join(', '))
      throw new BadArgument(`Invalid key(s) '${invalid}' specified. Valid key(s): '${valid}'.`)
    }
    const missing = required.filter((key) => !(key in result))
    if (missing.length > 0) throw new BadArgument(`Required key(s) '${missing.join(', ')}' not specified.`)
    return result
  }
}

function splitPairs(text: string): Record<string, Json> {
  const pairs: string[] = []
  if (text === '') return {}
  for (const part of text.split(',')) {
    if (part.includes('=')) pairs.push(part)
    else if (pairs.length === 0) throw new BadArgument(`missing value for key '${part}'`)
    else pairs[pairs.length - 1] += `,${part}`
  }
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      return [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
}

/** As Python's repr writes a string. */
export function quoted(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t')
  return escaped.includes("'") && !escaped.includes('"') ? `"${escaped}"` : `'${escaped.replaceAll("'", "\\'")}'`
}
