/** JSON values as types: what requests, rows and messages are made of. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }
export type JsonObject = { readonly [key: string]: Json }

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * A whole number as JSON, exact however large: beyond 2^53, where a number is none of ours any more, its digits go into
 * the text as they are.
 */
export function exactInteger(value: bigint): Json {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : JSON.rawJSON(String(value))
}

declare global {
  interface JSON {
    /** A value that is put into the text as it stands. Source: ECMAScript, "JSON.rawJSON". */
    rawJSON(text: string): Json
  }
}
