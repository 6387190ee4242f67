/** A cloud's configuration while it is put together: the types and the one way to read a value. */
import type { Json } from '#base/json.ts'

/** Of the command line, under their names; undefined where they were not given. */
export type Options = Readonly<Record<string, Json | undefined>>
export type Environment = Readonly<Record<string, string | undefined>>
export type Config = Record<string, Json>

/** Empty for what is not there, and for what is no word. */
export function stringOf(value: Json | undefined): string {
  return value === undefined || value === null || typeof value === 'object' ? '' : String(value)
}
