/**
 * Request bodies: JSON whatever the Content-Type says, an object with the resource's name or its plural as key. Pure.
 * Source: Networking API v2.0, "Request bodies"; the messages are upstream's.
 */
import { isJsonObject, type Json, type JsonObject } from '#base/json.ts'
import type { CompiledResource } from '#resource/catalogue.ts'
import { HTTPBadRequest } from '#resource/errors.ts'
import { HTTPRequestEntityTooLarge } from './faults.ts'

/** Deeper than any attribute needs; bounds recursion over values a client sends. */
const DEPTH_MAX = 32
/** Objects in one request: a body of nothing but empty ones would become gigabytes. */
const ITEMS_MAX = 20_000

export interface Items {
  readonly bulk: boolean
  readonly items: readonly JsonObject[]
}

/** Null for an empty body. @throws HTTPBadRequest when it is no JSON object. */
export function parseBody(text: string): JsonObject | null {
  if (text.trim() === '') return null
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw invalid()
  }
  if (!isJsonObject(value) || !isSound(value, DEPTH_MAX)) throw invalid()
  return value
}

/** Neither too deep nor with what no database keeps: a NUL, half a character, a number beyond all numbers. */
function isSound(value: Json, depth: number): boolean {
  if (typeof value === 'string') return isSoundText(value)
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return true
  if (depth === 0) return false
  if (Array.isArray(value)) return (value as readonly Json[]).every((item) => isSound(item, depth - 1))
  return Object.entries(value).every(([key, item]) => isSoundText(key) && isSound(item, depth - 1))
}

function isSoundText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

/** The objects of a create request, each bare or wrapped in its own key. */
export function itemsToCreate(
  { body: name, collection }: CompiledResource,
  body: JsonObject | null,
  allowBulk: boolean,
): Items {
  // One whose name is its plural too.
  if (name === collection && isJsonObject(body?.[name])) return { bulk: false, items: [itemOf(name, body)] }
  const plural = [collection, `${name}s`].find((key) => body !== null && Object.hasOwn(body, key))
  if (plural === undefined) return { bulk: false, items: [itemOf(name, body)] }
  if (!allowBulk) throw HTTPBadRequest({ message: 'Bulk operation not supported' })
  const list = body![plural]!
  if (list === null || list === '' || list === false || list === 0 || isEmpty(list)) {
    throw HTTPBadRequest({ message: 'Resources required' })
  }
  // Upstream walks through a text or an object as if it were a list, and finds no object in it.
  if (typeof list === 'string' || isJsonObject(list)) return { bulk: true, items: [itemOf(name, { [name]: '' })] }
  if (!Array.isArray(list)) throw invalid()
  if (list.length > ITEMS_MAX) throw HTTPRequestEntityTooLarge()
  const items = (list as readonly Json[]).map((item) => {
    if (item === null || typeof item === 'number' || typeof item === 'boolean') throw invalid()
    if (isJsonObject(item) && Object.hasOwn(item, name)) return itemOf(name, item)
    return itemOf(name, { [name]: item })
  })
  return { bulk: true, items }
}

export function itemToUpdate({ body: name, collection }: CompiledResource, body: JsonObject | null): JsonObject {
  if (body !== null && !Object.hasOwn(body, name) && Object.hasOwn(body, collection)) {
    throw HTTPBadRequest({ message: 'Bulk operation not supported' })
  }
  return itemOf(name, body)
}

function itemOf(name: string, body: JsonObject | null): JsonObject {
  const item = body !== null && Object.hasOwn(body, name) ? body[name]! : null
  if (item === null) throw HTTPBadRequest({ message: `Unable to find '${name}' in request body` })
  if (!isJsonObject(item)) throw HTTPBadRequest({ message: `Object '${name}' contains invalid data` })
  return item
}

function isEmpty(value: Json): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

function invalid() {
  return HTTPBadRequest({ message: 'Body contains invalid data' })
}
