/**
 * OVSDB values as JavaScript's: a set is an array, a map is an object, a UUID is its text, an optional value may be
 * null. A set of one is sent bare, so decoding needs the column's kind. Pure. Source: RFC 7047, §5.1.
 */
import type { Json } from '#base/json.ts'

export type Kind = 'atom' | 'optional' | 'set' | 'map'
export type Atom = string | number | boolean
export type Value = Atom | null | readonly Atom[] | { readonly [key: string]: string }

export function decode(kind: Kind, value: Json): Value {
  if (kind === 'atom') return atom(value)
  const items = Array.isArray(value) && value[0] === 'set' ? (value[1] as Json[]) : null
  if (kind === 'set') return items ? items.map(atom) : [atom(value)]
  if (kind === 'optional') return items ? (items.length === 0 ? null : atom(items[0]!)) : atom(value)
  const pairs = (value as Json[])[1] as [Json, Json][]
  return Object.fromEntries(pairs.map(([key, item]) => [String(atom(key)), String(atom(item))]))
}

function atom(value: Json): Atom {
  return Array.isArray(value) ? (value[1] as string) : (value as Atom)
}

export const uuid = (id: string): Json => ['uuid', id]
export const namedUuid = (name: string): Json => ['named-uuid', name]
export const set = (items: readonly Json[]): Json => ['set', items]
export const map = (entries: { readonly [key: string]: string }): Json => ['map', Object.entries(entries)]
