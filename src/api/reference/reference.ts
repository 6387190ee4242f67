/**
 * Answers with the reference of a running server: OpenAPI and the page. Both are public, like the versions: they say
 * what the software is, and nothing of anybody's. Made when first asked for.
 */
import { HTTPMethodNotAllowed, type Reply } from '#api/faults.ts'
import { type Described, openApiOf } from './openapi.ts'
import { pageOf } from './page.ts'

export interface Reference {
  /** @throws HTTPMethodNotAllowed */
  openapi(method: string, base: string): Reply
  /** @throws HTTPMethodNotAllowed */
  page(method: string): Reply
}

/** Addresses a server is known by at a time: one for clients, one for its health checks, … */
const BASES_MAX = 8
const HTML = {
  'content-type': 'text/html; charset=UTF-8',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'",
} as const

export function createReference(described: Described): Reference {
  const documents = new Map<string, string>()
  let page: string | null = null
  return {
    openapi(method, base) {
      if (method !== 'GET') throw HTTPMethodNotAllowed()
      const body = documents.get(base) ?? JSON.stringify(openApiOf(described, base))
      if (documents.size >= BASES_MAX) documents.clear()
      documents.set(base, body)
      return { status: 200, body }
    },
    page(method) {
      if (method !== 'GET') throw HTTPMethodNotAllowed()
      page ??= pageOf(openApiOf(described, ''))
      return { status: 200, body: page, headers: HTML }
    },
  }
}
