/**
 * What a tag may be, and which tags a change leaves. Pure.
 * Source: Networking API v2.0, "Standard Attributes Tag Extension"; the messages are upstream's.
 */
import { WireError } from '#base/errors.ts'
import type { Json, JsonObject } from '#base/json.ts'
import { Refusal, tagged } from '#resource/definition.ts'
import { BadRequest, InvalidInput } from '#resource/errors.ts'
import { compileType } from '#resource/types.ts'

export const TAGS_MAX = 50

const { type } = tagged.tags
const toTag = compileType(type.list)
const toTags = compileType(type)

/** The tag of a path. @throws InvalidInput */
export function readTag(text: string): string {
  return checked(() => toTag(text)) as string
}

/** The tags of a body. @throws InvalidInput */
export function readTags(body: JsonObject | null): readonly string[] {
  if (body === null || body.tags === undefined) throw InvalidInput({ error_message: 'Invalid tags body' })
  const { tags } = body
  return checked(() => toTags(tags)) as readonly string[]
}

function checked(convert: () => Json): Json {
  try {
    return convert()
  } catch (error) {
    if (error instanceof WireError || !(error instanceof Refusal)) throw error
    throw InvalidInput({ error_message: error.message })
  }
}

/** @throws BadRequest */
export function refuseTooMany(collection: string, tags: readonly string[]): void {
  if (tags.length <= TAGS_MAX) return
  const msg = `The number of tags exceed the per-resource limit of ${TAGS_MAX}`
  throw BadRequest({ resource: collection, msg })
}

/** All of both, in the order they came. */
export function withTags(before: readonly string[], added: readonly string[]): readonly string[] {
  return [...new Set([...before, ...added])]
}

/** What is wanted; tags that stay keep their place, so that asking for what is there changes nothing. */
export function replacedTags(before: readonly string[], wanted: readonly string[]): readonly string[] {
  return withTags(
    before.filter((tag) => wanted.includes(tag)),
    wanted,
  )
}

/** The tags a filter names: commas and repeats mean the same. */
export function tagsOfFilter(values: readonly Json[]): readonly string[] {
  return [...new Set(values.flatMap((value) => String(value).split(',')))]
}
